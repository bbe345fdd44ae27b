/**
 * K11: backups that make themselves, of a Synthea patient of over 1,000 entries and with no server: into a folder, read back, the last three
 * kept, and what is wrong (a full disk, no disk) said. The folder is a real one of the browser (OPFS); only the system's dialogue, which is nobody's to answer here, is
 * replaced. Then everything is restored by the kit on a phone, whose first attempt is killed, and taken out of both: the same to the byte.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  chooseDevicePassphrase,
  listCounts,
  main,
  openPersonSheet,
  unlock,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'
import { filesOfZip } from '../support/zip-files.ts'

let world: SeededWorld
beforeAll(async () => {
  world = await openSeededWorld()
})
afterAll(() => world?.close())

const HOUR_MS = 60 * 60_000
const BACKUP = 'feather harbor pencil window'
const LONG = { timeout: 120_000 }

/** The system's dialogue for folders answers with a folder of the browser. */
async function answerWith(page: Page, folder: string): Promise<void> {
  await page.evaluate((name) => {
    Reflect.set(window, 'showDirectoryPicker', async () =>
      (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true }),
    )
  }, folder)
}

/** Names in a folder, in order; null where it is not there. */
function namesIn(page: Page, folder: string): Promise<string[] | null> {
  return page.evaluate(async (name) => {
    const root = await navigator.storage.getDirectory()
    const handle = await root.getDirectoryHandle(name).catch(() => null)
    if (handle === null) return null
    const names: string[] = []
    // What is being written is next to its file until that is closed.
    for await (const each of handle.keys()) if (!each.endsWith('.crswap')) names.push(each)
    return names.toSorted()
  }, folder)
}

async function bytesOf(page: Page, folder: string, file: string): Promise<Buffer> {
  const text = await page.evaluate(
    async ([directory, name]) => {
      const root = await navigator.storage.getDirectory()
      const handle = await (await root.getDirectoryHandle(directory!)).getFileHandle(name!)
      const reader = new FileReader()
      reader.readAsDataURL(await handle.getFile())
      await new Promise((resolve) => (reader.onload = resolve))
      return String(reader.result).replace(/^.*,/u, '')
    },
    [folder, file],
  )
  return Buffer.from(text, 'base64')
}

async function openBackup(page: Page): Promise<void> {
  await openPersonSheet(page)
  await page.getByRole('dialog').getByRole('link', { name: 'Backup and export' }).click()
  await page.getByRole('heading', { level: 1, name: 'Backup' }).waitFor()
}

/** Everything in open formats, without the moments at which it was taken out. */
async function takenOut(page: Page): Promise<Map<string, string>> {
  // As in a browser without the dialogue for files: a download.
  await page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'))
  await main(page).getByRole('button', { name: 'Take everything out' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download', LONG),
    page.getByRole('dialog').getByRole('button', { name: 'Export without encryption' }).click(),
  ])
  await main(page).getByText('Saved without encryption.').waitFor()
  const files = filesOfZip(readFileSync(await download.path()))
  return new Map(
    [...files]
      .filter(([name]) => !name.endsWith('.html'))
      .map(([name, bytes]) => [name, bytes.toString('latin1').replace(/"(timestamp|lastUpdated)": ?"[^"]*"/gu, '')]),
  )
}

test('K11: backups make themselves in a folder, say when they cannot, and bring everything back without a server', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const laptop = await world.seededDevice('laptop')
  const { page } = laptop
  await world.server.stop()
  await openBackup(page)
  await answerWith(page, 'disk')
  const form = main(page).locator('form', {
    hasText: 'While it’s open and unlocked, Chartkeep saves an encrypted backup to a folder you choose and checks it.',
  })
  await form.getByRole('button', { name: 'Switch it on and back up now' }).click()
  await form.getByRole('link', { name: 'Choose the folder first.' }).waitFor()
  await book.takeBoth(page, 'backup-schedule')
  await form.getByRole('button', { name: 'Choose the folder', exact: true }).click()
  await form.getByText('Chosen: disk').waitFor()
  await form.getByRole('radio', { name: 'Every day', exact: true }).check()
  await page.locator('#schedule-passphrase').fill(BACKUP)
  await page.locator('#schedule-passphrase-again').fill(BACKUP)
  await form.getByRole('button', { name: 'Switch it on and back up now' }).click()
  await main(page).getByText('It works: 1 backup is in the folder.').waitFor(LONG)
  await book.takeBoth(page, 'backup-scheduled')

  // A day later, at the next unlocking; and the day after. The oldest goes when a fourth is there and whole.
  let hours = 0
  const nextDay = async () => {
    hours += 25
    await page.clock.setSystemTime(new Date(Date.now() + hours * HOUR_MS))
    await page.reload()
    await unlock(page)
  }
  const first = (await namesIn(page, 'disk'))!
  expect(first).toHaveLength(1)
  for (const count of [2, 3, 3]) {
    const before = (await namesIn(page, 'disk'))!
    if (before.length === 3) await addMedicine(page, { name: 'Metformin', dose: '500 mg' })
    await nextDay()
    await openBackup(page)
    const isNew = (names: string[] | null) => names?.length === count && names.at(-1) !== before.at(-1)
    await expect.poll(async () => isNew(await namesIn(page, 'disk')), LONG).toBe(true)
    await main(page).getByText(`It works: ${count} backups are in the folder.`).waitFor(LONG)
  }
  const names = (await namesIn(page, 'disk'))!
  expect(names).toHaveLength(3)
  expect(names).not.toContain(first[0])
  const counts = await listCounts(page)
  const bytes = await bytesOf(page, 'disk', names.at(-1)!)
  await openBackup(page)
  const before = await takenOut(page)

  // The disk is full: said above every screen, nothing half-written stays, and the earlier backups are as they were.
  const cdp = await page.context().newCDPSession(page)
  const { origin } = world.server
  const { usage } = await cdp.send('Storage.getUsageAndQuota', { origin })
  await cdp.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + bytes.length / 2 })
  await nextDay()
  await page.getByText('No backup was made.').waitFor(LONG)
  expect(await namesIn(page, 'disk')).toEqual(names)
  expect(await bytesOf(page, 'disk', names.at(-1)!)).toEqual(bytes)
  await cdp.send('Storage.overrideQuotaForOrigin', { origin })

  // The disk is pulled out: said above every screen, and fixed by another folder.
  await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('disk', { recursive: true }))
  await nextDay()
  await page.getByText('No backup was made.').waitFor(LONG)
  await book.takeBoth(page, 'backup-trouble')
  // As wide as a phone.
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('link', { name: 'Open Backup' }).click()
  await answerWith(page, 'other disk')
  await main(page).getByRole('button', { name: 'Choose the folder', exact: true }).click()
  await main(page).getByText('It works: 1 backup is in the folder.').waitFor(LONG)
  expect(await namesIn(page, 'other disk')).toHaveLength(1)
  await page.setViewportSize({ width: 1280, height: 800 })
  await main(page).getByRole('button', { name: 'Switch it off' }).click()
  await main(page).getByRole('button', { name: 'Switch it on and back up now' }).waitFor()

  // On a phone that knows nothing, by the kit; the first attempt is killed in the middle.
  await world.server.start()
  const phone = await world.device('new phone', 'phone')
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null, null, LONG)
  await world.server.stop()
  writeFileSync(join(world.folder, 'whole.chartkeep'), bytes)
  const restore = async () => {
    const there = phone.page
    await there.getByRole('link', { name: 'I already have one' }).click()
    await there.getByRole('link', { name: 'Restore from a backup file' }).click()
    const open = there.getByRole('button', { name: 'Choose the backup file' })
    const [chooser] = await Promise.all([there.waitForEvent('filechooser'), open.click()])
    await chooser.setFiles(join(world.folder, 'whole.chartkeep'))
    await there.getByRole('radio', { name: 'My recovery kit' }).check()
    await there.locator('#secret').fill(world.kit)
    await chooseDevicePassphrase(there)
    await there.getByRole('button', { name: 'Restore my records' }).click()
    await there.getByText(/^Bringing everything: [1-9]/u).waitFor({ timeout: 60_000 })
  }
  await restore()
  await phone.kill()
  await phone.start()
  await restore()
  await phone.page.getByRole('heading', { level: 1, name: 'Home' }).waitFor(LONG)
  expect(await listCounts(phone.page)).toEqual(counts)
  await openBackup(phone.page)
  const after = await takenOut(phone.page)
  expect([...after.keys()]).toEqual([...before.keys()])
  for (const [name, content] of after) expect(content === before.get(name), name).toBe(true)
  expect([...laptop.faults, ...phone.faults]).toEqual([])
  expect(book.faults).toEqual([])
}, 400_000)
