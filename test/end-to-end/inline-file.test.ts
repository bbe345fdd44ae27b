/**
 * Files of records (B1, B3): a report whose PDF is inside it is imported, shown with its file, saved byte for byte, on this device and on
 * a second one, which says where the file is; a larger file shows progress, is stopped, and continues after the browser was killed. A backup of
 * all of it (K11) is checked, and restored on a device that has no network.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Page } from 'playwright-core'
import {
  chooseDevicePassphrase,
  createAccount,
  goTo,
  importFile,
  main,
  openList,
  openPersonSheet,
  openRecord,
  restoreAccount,
  syncNow,
  unlock,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { sampleText } from '../support/fhir-samples.ts'
import { filesOfZip } from '../support/zip-files.ts'

interface Report {
  presentedForm: { data: string }[]
}

/** The report of the committed HL7 bundle with its PDF, about a person whom the file names, and a dosage in numbers only. */
function bundle(): { text: string; pdf: Buffer } {
  const { entry } = JSON.parse(sampleText('hl7-r4-examples/Bundle-101.json')) as { entry: { resource: Report }[] }
  const report = entry[0]!.resource
  const subject = { reference: 'Patient/p1' }
  const prescription = {
    resourceType: 'MedicationRequest',
    id: 'm1',
    status: 'active',
    intent: 'order',
    subject,
    medicationCodeableConcept: { text: 'Metformin' },
    dosageInstruction: [
      {
        timing: { repeat: { frequency: 1, period: 1, periodUnit: 'd' } },
        doseAndRate: [{ doseQuantity: { value: 1 } }],
      },
    ],
  }
  const patient = { resourceType: 'Patient', id: 'p1', name: [{ text: 'Mei Chen' }], birthDate: '1992-03-04' }
  const resources = [patient, { ...report, subject }, prescription]
  const text = JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  })
  return { text, pdf: Buffer.from(report.presentedForm[0]!.data, 'base64') }
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

/** As many bytes of white space behind the file as make an original of several chunks. */
const LARGE_BYTES = 8 * 1024 * 1024

/** A slow line to the server, so that there is something to see and to stop; null: as it is. */
async function slowDown(page: Page, bytesPerSecond: number | null): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 0,
    downloadThroughput: bytesPerSecond ?? -1,
    uploadThroughput: -1,
  })
}

/** The original of an import in the list of documents. */
async function openOriginal(page: Page, name: string): Promise<void> {
  await goTo(page, 'Records')
  await main(page)
    .getByRole('link', { name: /^Documents/u })
    .first()
    .click()
  await openRecord(page, name)
}

async function savedFile(page: Page, ending = '.pdf'): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    main(page)
      .getByRole('button', { name: /^Save file/u })
      .click(),
  ])
  await main(page).getByText('The file was saved without encryption.').waitFor()
  expect(download.suggestedFilename()).toBe(`document${ending}`)
  return readFileSync(await download.path())
}

test('B1: the file inside a report is shown with its type and size, and saved as it came, here and on a second device', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { text, pdf } = bundle()
  const file = join(world.folder, 'report.json')
  writeFileSync(file, text)
  const laptop = await world.device('laptop')
  const code = await createAccount(laptop.page, { name: 'Mei Chen' })
  expect(await importFile(laptop.page, file)).toMatchObject({ New: 3, Refused: 0 })
  await main(laptop.page).getByText('The file also describes the person, such as birth date and address.').waitFor()
  await book.takeBoth(laptop.page, 'import-report-profile')
  // Said once: what was there already is no news.
  expect(await importFile(laptop.page, file)).toMatchObject({ New: 0, Refused: 0 })
  expect(await main(laptop.page).getByText('describes the person').count()).toBe(0)

  await goTo(laptop.page, 'Records')
  await openList(laptop.page, 'Medicines')
  await main(laptop.page).getByText('1 each time, once a day').first().waitFor()
  await openList(laptop.page, 'Lab results')
  await openRecord(laptop.page, 'Complete Blood Count')
  await main(laptop.page).getByText('application/pdf · 68 kB').waitFor()
  await book.takeBoth(laptop.page, 'record-with-file')
  expect(hashOf(await savedFile(laptop.page))).toBe(hashOf(pdf))
  await main(laptop.page).locator('summary', { hasText: 'Original data' }).click()
  await main(laptop.page)
    .getByLabel('As text')
    .or(main(laptop.page).locator('details input[type=checkbox]'))
    .first()
    .check()
  expect(await main(laptop.page).locator('pre').textContent()).toContain('"data": "chartkeep-data:…"')
  await syncNow(laptop.page)
  await waitForSync(laptop.page, /Saved and synced/u)

  const phone = await world.device('phone', 'phone')
  await restoreAccount(phone.page, { code })
  await waitForSync(phone.page, /Saved and synced/u)
  await goTo(phone.page, 'Records')
  await openList(phone.page, 'Lab results')
  await openRecord(phone.page, 'Complete Blood Count')
  const report = main(phone.page).getByRole('listitem').filter({ hasText: 'application/pdf' })
  const keep = report.getByRole('switch')
  await report.getByText(/· At the server only$/u).waitFor()
  expect(await keep.isChecked()).toBe(false)
  await book.takeBoth(phone.page, 'file-at-server')
  await world.server.kill()
  await report.getByRole('button', { name: /^Save file/u }).click()
  await report.getByText(/The file is on the server, which isn’t answering/u).waitFor()
  await book.take(phone.page, 'file-not-here', 'en')
  await world.server.start()
  await keep.press('Space')
  await report.getByText(/· On this device$/u).waitFor({ timeout: 60_000 })
  expect(await keep.isChecked()).toBe(true)
  await world.server.kill()
  expect(hashOf(await savedFile(phone.page))).toBe(hashOf(pdf))
  await world.server.start()
  await keep.press('Space')
  await report.getByText(/· At the server only$/u).waitFor()
  expect(hashOf(await savedFile(phone.page))).toBe(hashOf(pdf))

  await laptop.stop()
  const original = Buffer.concat([
    Buffer.from(JSON.stringify({ ...JSON.parse(text), id: 'large' })),
    Buffer.alloc(LARGE_BYTES, ' '),
  ])
  const large = join(world.folder, 'large.json')
  writeFileSync(large, original)
  await laptop.start()
  await unlock(laptop.page)
  await importFile(laptop.page, large)
  await syncNow(laptop.page)
  await waitForSync(laptop.page, /Saved and synced/u)
  await syncNow(phone.page)
  await openOriginal(phone.page, 'large.json')
  const film = main(phone.page).getByRole('listitem').filter({ hasText: 'application/json' })
  await film.getByText(/· At the server only$/u).waitFor()
  await slowDown(phone.page, 500_000)
  await film.getByRole('button', { name: /^Save file/u }).click()
  await film.getByText(/^[1-7] MB of 8 MB$/u).waitFor({ timeout: 60_000 })
  await book.take(phone.page, 'file-on-its-way', 'en')
  await film.getByRole('button', { name: 'Stop' }).click()
  await film.getByText(/^Stopped\. Open the file again to continue/u).waitFor()
  await phone.kill()
  await phone.start()
  // A kill may lose the last choice of the language, which is no secret and not in the store.
  await phone.page.getByText('English', { exact: true }).click()
  await unlock(phone.page)
  await openOriginal(phone.page, 'large.json')
  const again = main(phone.page).getByRole('listitem').filter({ hasText: 'application/json' })
  await again.getByText(/\d MB of 8 MB on this device/u).waitFor()
  await book.takeBoth(phone.page, 'file-in-part')
  const saved = await savedFile(phone.page, '.json')
  expect(hashOf(saved)).toBe(hashOf(original))
  expect([...laptop.faults, ...phone.faults]).toEqual([])
  expect(book.faults).toEqual([])
}, 300_000)

const BACKUP = 'feather harbor pencil window'

test('K11: a backup is made, checked, and restored with its files on a new device that has no network; what is wrong is said', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { text, pdf } = bundle()
  const file = join(world.folder, 'for-backup.json')
  writeFileSync(file, Buffer.concat([Buffer.from(text), Buffer.alloc(3_000_000, ' ')]))
  const desk = await world.device('desk')
  const { page } = desk
  const code = await createAccount(page, { name: 'Mei Chen' })
  await importFile(page, file)
  await openPersonSheet(page)
  await page.getByRole('dialog').getByRole('link', { name: 'Backup and export' }).click()
  await main(page).getByText('No backup yet').waitFor()
  await book.takeBoth(page, 'backup')
  // The system's own dialogue is nobody's to answer here: the browser's download takes its place.
  await page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'))
  await page.locator('#now-passphrase').fill(BACKUP)
  await page.locator('#now-passphrase-again').fill(BACKUP)
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    main(page).getByRole('button', { name: 'Back up now', exact: true }).click(),
  ])
  await main(page).getByText('Backup saved and checked.').waitFor()
  expect(download.suggestedFilename()).toMatch(/^backup-\d{4}-\d\d-\d\d\.chartkeep$/u)
  const bytes = readFileSync(await download.path())
  await book.take(page, 'backup-made', 'en')
  await main(page).getByRole('button', { name: 'Take everything out' }).click()
  await page.getByRole('dialog').getByText('Anyone who gets it can read all of it.').waitFor()
  await book.take(page, 'leave-question', 'en')
  const [zip] = await Promise.all([
    page.waitForEvent('download', { timeout: 60_000 }),
    page.getByRole('dialog').getByRole('button', { name: 'Export without encryption' }).click(),
  ])
  await main(page).getByText('Saved without encryption.').waitFor()
  const out = filesOfZip(readFileSync(await zip.path()))
  expect(zip.suggestedFilename()).toBe('not-protected.zip')
  expect(out.get('NOT-PROTECTED.txt')!.toString()).toContain('未受保護')
  const records = out.get('chart-1/records.json')!.toString()
  const taken = JSON.parse(records) as {
    entry: { resource: { resourceType: string; presentedForm?: { data: string }[] } }[]
  }
  expect(taken.entry.map(({ resource }) => resource.presentedForm?.[0]?.data).filter(Boolean)).toEqual([
    pdf.toString('base64'),
  ])
  const shown = out.get('chart-1/index.html')!.toString()
  expect(`${records}${shown}`).not.toContain('chartkeep-')
  expect([...out.values()].map(hashOf)).toEqual(expect.arrayContaining([hashOf(pdf), hashOf(readFileSync(file))]))
  expect(shown).toMatch(/Complete Blood Count[^]*<a href="files\/0\d+\.\w+">/u)
  const names = { whole: 'whole.chartkeep', cut: 'cut.chartkeep', changed: 'changed.chartkeep' }
  writeFileSync(join(world.folder, names.whole), bytes)
  writeFileSync(join(world.folder, names.cut), bytes.subarray(0, bytes.length - 1_500_000))
  const changed = Buffer.from(bytes)
  changed[changed.length - 1_500_000]! ^= 1
  writeFileSync(join(world.folder, names.changed), changed)

  const tablet = await world.device('tablet')
  const there = tablet.page
  await there.getByRole('link', { name: 'I already have one' }).click()
  await there.getByRole('link', { name: 'Restore from a backup file' }).click()
  await there.getByRole('heading', { level: 1, name: 'Restore from a backup' }).waitFor()
  await there.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await tablet.context.setOffline(true)
  const restore = async (name: string, passphrase: string) => {
    const choose = there.getByRole('button', { name: 'Choose the backup file' })
    const [chooser] = await Promise.all([there.waitForEvent('filechooser'), choose.click()])
    await chooser.setFiles(join(world.folder, name))
    await there.locator('#secret').fill(passphrase)
    await chooseDevicePassphrase(there)
    await there.getByRole('button', { name: 'Restore my records' }).click()
  }
  await restore(names.whole, 'another four words here')
  // What opens this device from now on is compared before anything is read.
  await there.getByText('The backup is fine, but these words don’t open it.').waitFor({ timeout: 60_000 })
  await there.getByLabel('Type the words to confirm').fill(BACKUP)
  await there.getByRole('button', { name: 'Restore my records' }).click()
  await there.getByText('These don’t match. Check both.').first().waitFor()
  await restore(names.whole, 'another four words here')
  await there.getByText('The backup is fine, but these words don’t open it.').waitFor({ timeout: 60_000 })
  await book.take(there, 'restore-backup-error', 'en')
  await restore(names.cut, BACKUP)
  await there.getByText(/^This backup is incomplete \(it ends at \d+ of \d+\)\./u).waitFor({ timeout: 60_000 })
  await restore(names.changed, BACKUP)
  await there.getByText(/^This backup was changed or damaged/u).waitFor({ timeout: 60_000 })
  await restore(names.whole, BACKUP)
  await there.getByRole('heading', { level: 1, name: 'Home' }).waitFor({ timeout: 120_000 })
  await goTo(there, 'Records')
  await openList(there, 'Lab results')
  await openRecord(there, 'Complete Blood Count')
  expect(hashOf(await savedFile(there))).toBe(hashOf(pdf))
  await openPersonSheet(there)
  await there.getByRole('dialog').getByRole('link', { name: 'Backup and export' }).click()
  await main(there).getByRole('heading', { name: 'Join your account' }).waitFor()
  await book.takeBoth(there, 'backup-join')
  await tablet.context.setOffline(false)
  await there.locator('#join-code').fill(code)
  await there.getByRole('button', { name: 'Join', exact: true }).click()
  await main(there).getByRole('heading', { name: 'Join your account' }).waitFor({ state: 'detached', timeout: 60_000 })
  await waitForSync(there, /Saved and synced/u)
  expect([...desk.faults, ...tablet.faults]).toEqual([])
  expect(book.faults).toEqual([])
}, 300_000)
