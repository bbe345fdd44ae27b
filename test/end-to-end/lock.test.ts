/**
 * Locking: no plaintext stays in the page's memory (ST12), it locks by itself after idle and after sleep, unfinished
 * text is kept, and it works with the server gone. Canaries are random, so that no text of the app can be one.
 */
import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  createAccount,
  goTo,
  lock,
  main,
  openForm,
  openList,
  openRecord,
  PASSPHRASE,
  saveForm,
  unlock,
  waitForSync,
} from '../support/app-actions.ts'
import { openWorld, waitFor, type World } from '../support/app-world.ts'
import { searchHeap } from '../support/heap-search.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

const canary = (kind: string) => `${kind}${randomBytes(9).toString('hex')}`

test('ST12: after locking, no canary of records, names, drafts, passphrase or kit is in the heap; unlocked, they are', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = await world.device('heap')
  const [name, substance, note, medicine, dose, draft] = ['Nm', 'Sb', 'Nt', 'Md', 'Ds', 'Dr'].map(canary) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const passphrase = `${canary('pw')} orbit meadow saddle`
  const kit = await createAccount(page, { name, passphrase })
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill(substance)
  await page.getByText('More: notes and details').click()
  await page.getByLabel('Notes').fill(note)
  await saveForm(page)
  await openForm(page, 'Medicine')
  await page.getByLabel('Medicine', { exact: true }).fill(medicine)
  await page.getByLabel('Dose', { exact: true }).fill(dose)
  await page.getByRole('group', { name: 'Taking it now?' }).getByRole('radio', { name: 'Taking it now' }).check()
  await saveForm(page)
  await openList(page, 'Allergies')
  await openRecord(page, substance)
  await waitForSync(page, /Saved and synced/u)
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill(draft)

  const texts = [name, substance, note, medicine, dose, draft, passphrase, kit, kit.split('-').join('')]
  const unlocked = await searchHeap(page, texts)
  // The control: the search finds what is there.
  for (const text of [name, substance, note, medicine, dose, draft]) expect(unlocked.found).toContain(text)

  await lock(page)
  await page.getByLabel('Your four words', { exact: true }).waitFor()
  await waitForNewDocument(page)
  const locked = await searchHeap(page, texts)
  console.log(`heap snapshots: unlocked ${unlocked.size}, locked ${locked.size} characters`)
  expect(locked.found).toEqual([])
  expect(locked.size).toBeGreaterThan(100_000)

  // Back shows nothing, and brings nothing back.
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'Unlock' }).waitFor()
  expect((await searchHeap(page, texts)).found).toEqual([])

  // Nothing was lost: neither what was saved nor what was typed.
  await unlock(page, passphrase)
  await openList(page, 'Allergies')
  await main(page).getByRole('link', { name: substance, exact: true }).waitFor()
  await openForm(page, 'Allergy')
  await page.getByText('It’s only on this device.', { exact: false }).waitFor()
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe(draft)
  await saveForm(page)
  await openForm(page, 'Allergy')
  expect(await page.getByText('It’s only on this device.', { exact: false }).count()).toBe(0)
})

/** The lock has loaded the document again: it is a page of the browser's own making, with no session in its history. */
async function waitForNewDocument(page: Page): Promise<void> {
  await waitFor('the page to be loaded anew', () =>
    page.evaluate(
      () =>
        performance.getEntriesByType('navigation').some((entry) => 'type' in entry && entry.type === 'reload') &&
        document.querySelector('#passphrase') !== null,
    ),
  )
}

/** One device for the two ways in which it locks without its server. */
let away: Page
const awayName = canary('Nm')

test('ST12: it locks with the server gone, and opens again', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = await world.device('away')
  away = page
  await createAccount(page, { name: awayName })
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await waitForSync(page, /Saved and synced/u)
  await world.server.stop()
  await waitForSync(page, /Offline/u)
  await page.getByRole('link', { name: /^Sync: /u }).click()
  await main(page).getByText('You’re offline.', { exact: false }).waitFor()
  await openList(page, 'Allergies')
  await goTo(page, 'Home')
  await lock(page)
  await waitForNewDocument(page)
  await unlock(page)
  // The browser's way back ends at an address that was made before: it says so, and leads on.
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'This link doesn’t work here' }).waitFor()
  await main(page)
    .getByText('It’s from another device, or from before Chartkeep last locked.', { exact: false })
    .waitFor()
  await main(page).getByRole('link', { name: 'Home' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  await world.server.start()
})

test('ST12: where the page cannot be loaded again it locks in place, and the records are gone from the heap', async () => {
  onTestFailed(() => world.showFailure())
  const page = away
  const substance = canary('Sb')
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill(substance)
  await saveForm(page)
  await waitForSync(page, /Saved and synced/u)
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  // As in a browser that keeps no service worker, with the server gone.
  await page.evaluate(async () => {
    for (const cache of await caches.keys()) await caches.delete(cache)
  })
  await world.server.stop()
  await waitForSync(page, /Offline/u)
  await page.evaluate(() => Object.assign(window, { isOldDocument: true }))
  await lock(page)
  await page.getByLabel('Your four words', { exact: true }).waitFor()
  expect(await page.evaluate(() => 'isOldDocument' in window)).toBe(true)
  expect(await page.locator('body').innerText()).not.toContain(substance)
  expect((await searchHeap(page, [awayName, substance])).found).toEqual([])
  await unlock(page)
  await openList(page, 'Allergies')
  await main(page).getByRole('link', { name: substance, exact: true }).waitFor()
  await world.server.start()
})

/** One device for the ways in which it locks by itself: each test opens what the one before has locked. */
let alone: Page

test('ST12: it locks after the chosen idle minutes, and says so', async () => {
  const { page } = await world.device('alone')
  alone = page
  await page.clock.install()
  await page.goto(world.server.origin)
  await createAccount(page, { name: 'Mei Chen' })
  await page.evaluate(() => localStorage.setItem('chartkeep-lock-minutes', '5'))
  await page.clock.runFor('04:10')
  await page.getByText('Locking in one minute').waitFor()
  await page.keyboard.press('Shift')
  await page.clock.runFor('04:40')
  await page.getByText('Locking in one minute').waitFor()
  await page.clock.runFor('00:30')
  await page.getByText('Locked after 5 minutes.', { exact: false }).waitFor()
})

test('ST12: the event by which a browser says that it freezes the page locks', async () => {
  await unlock(alone)
  // A headless page is never hidden, so no browser freezes it: the event itself is the test's, all after it is real.
  await alone.evaluate(() => document.dispatchEvent(new Event('freeze')))
  await alone.getByText('Locked because this device was asleep.', { exact: false }).waitFor()
})

test('ST12: it locks when the clock shows that the device was asleep, unless that is switched off', async () => {
  const page = alone
  await unlock(page)
  await goTo(page, 'Records')
  // A hidden tab whose timers come once a minute is not asleep.
  await page.clock.fastForward('01:05')
  await page.clock.runFor('00:10')
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Records')
  await page.clock.fastForward('03:00')
  await page.getByText('Locked because this device was asleep.', { exact: false }).waitFor()
  await unlock(page, PASSPHRASE)
  await page.evaluate(() => localStorage.setItem('chartkeep-lock-on-sleep', 'no'))
  await page.clock.fastForward('03:00')
  await page.clock.runFor('00:10')
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Home')
})
