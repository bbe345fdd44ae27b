/**
 * A large chart. Opening it: how far it is is on the unlock screen, and it can be stopped. Its first sync on another device: workers
 * open what is pulled; it is locked half-way, and a worker dies. Nothing is lost by any of that. Before both, an app that is slow to come.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { decodeAs } from '@chartkeep/protocol'
import { PullRequest } from '@chartkeep/protocol/messages'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  createAccount,
  importFile,
  listCounts,
  lock,
  PASSPHRASE,
  restoreAccount,
  unlock,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, waitFor, type Device, type World } from '../support/app-world.ts'
import { searchHeap } from '../support/heap-search.ts'
import { writePotassiumFile } from '../support/potassium-file.ts'

let world: World

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
})
afterAll(() => world?.close())

const COUNT = 6_000
const CANARY = randomBytes(9).toString('hex')
let kit = ''
let second: Device

test('ST18: a large chart shows how far it is while it opens, can be stopped, and opens whole after that', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { page } = await world.device('large')
  kit = await createAccount(page, { name: 'Mei Chen' })
  const file = join(world.folder, 'many.ndjson')
  writePotassiumFile(file, COUNT, `Potassium ${CANARY}`)
  expect((await importFile(page, file))['New']).toBe(COUNT)
  await lock(page)
  const session = await page.context().newCDPSession(page)
  // A slow phone, on which opening takes long enough to be seen.
  await session.send('Emulation.setCPUThrottlingRate', { rate: 8 })
  await page.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  const bar = page.getByRole('progressbar', { name: 'Opening your records' })
  await bar.waitFor({ timeout: 60_000 })
  // In one step with what is said: a quick machine would have opened the chart between two.
  const said = await page.getByRole('button', { name: 'Stop opening' }).evaluate((stop: HTMLButtonElement) => {
    const texts = [...document.querySelectorAll('[role=status]')].map(({ textContent }) => textContent)
    stop.click()
    return texts
  })
  expect(said.filter((text) => /Opening your records: \d+ %/u.test(text ?? ''))).toHaveLength(1)
  await page.getByText('You stopped opening.').waitFor({ timeout: 60_000 })
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  await book.takeWidths(page, 'unlock-stopped')
  await unlock(page)
  expect((await listCounts(page))['Lab results']).toBe(COUNT)
  await waitForSync(page, /Saved and synced/u)
  expect(book.faults.join('\n')).toBe('')
})

test('UX 2: a first visit does not wait for the store; where something is kept a line says that it is waited for, until it comes', async () => {
  onTestFailed(() => world.showFailure())
  second = await world.device('second', 'laptop', [], '')
  const { page } = second
  const welcome = page.getByRole('heading', { level: 1, name: 'Your health record, kept by you' })
  const opening = page.getByText('Chartkeep is opening. This takes a moment.')
  // What the document names itself comes; the rest, which answers whether there is an account, does not.
  const named = await (await fetch(world.server.address)).text()
  const held = Promise.withResolvers<void>()
  await page.route('**/assets/*.js', async (route) => {
    if (!named.includes(new URL(route.request().url()).pathname)) await held.promise
    await route.continue()
  })
  await page.reload()
  await welcome.waitFor()
  // Any database: what is in it only the store can tell.
  await page.evaluate(async () => {
    const asked = indexedDB.open('kept', 1)
    await new Promise((resolve) => (asked.onsuccess = resolve))
    asked.result.close()
    history.replaceState(null, '', '/')
  })
  await page.reload()
  await opening.waitFor()
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(0)
  held.resolve()
  await welcome.waitFor()
  expect(await opening.count()).toBe(0)
  await page.unrouteAll({ behavior: 'wait' })
  await page.evaluate(() => void indexedDB.deleteDatabase('kept'))
})

test('ST12, Y5: a first sync that is locked half-way ends there with its workers, continues after unlocking, and outlives a worker that dies', async () => {
  onTestFailed(() => world.showFailure())
  const { page, faults } = second
  // Three pages come; the fourth is asked for once one of them is in the store, and the line is silent about it.
  let pages = 0
  await page.route('**/pull', async (route) => {
    if (++pages <= 3) await route.continue()
  })
  const [worker] = await Promise.all([page.waitForEvent('worker'), restoreAccount(page, { code: kit })])
  expect(worker.url()).toContain('/assets/opener-worker')
  await waitFor('the fourth page to be asked for', async () => pages > 3)
  expect(page.workers()).toHaveLength(1)
  await lock(page)
  expect(page.workers()).toEqual([])
  await page.getByLabel('Your four words', { exact: true }).waitFor()
  expect((await searchHeap(page, [CANARY])).found).toEqual([])

  await page.unrouteAll({ behavior: 'ignoreErrors' })
  const bodies: (Buffer | null)[] = []
  const armed = Promise.withResolvers<void>()
  await page.route('**/pull', async (route) => {
    bodies.push(route.request().postDataBuffer())
    if (bodies.length > 1) await armed.promise
    await route.continue()
  })
  const wasAsked = page.waitForEvent('console', (said) => said.text() === 'a last answer')
  const [next] = await Promise.all([page.waitForEvent('worker'), unlock(page)])
  // The worker answers once, and is gone.
  await next.evaluate(() =>
    addEventListener('message', () => {
      console.log('a last answer')
      close()
    }),
  )
  armed.resolve()
  await wasAsked
  await waitForSync(page, /Saved and synced/u)
  const first = decodeAs(PullRequest, bodies[0]!)
  expect(first?.streams.some(({ after }) => after > 500)).toBe(true)
  expect((await listCounts(page))['Lab results']).toBe(COUNT)
  await waitFor('the last worker to end', async () => page.workers().length === 0)
  expect(faults).toEqual([])
})
