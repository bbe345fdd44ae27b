/**
 * Who looked (A2-A5), in Chromium with the real server: the owner writes on one device and reads on another, sees what devices reported and
 * what the server noted, sees who saw one record, and saves a proof that the verifier accepts and, one bit changed, does not.
 */
import { spawnSync } from 'node:child_process'
import { DatabaseSync } from 'node:sqlite'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { zh } from '@chartkeep/app/src/i18n/zh/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addMedicine,
  createAccount,
  goTo,
  main,
  openList,
  openRecord,
  restoreAccount,
  syncNow,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook, goToHash, setLanguage, type PictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
})
afterAll(() => world?.close())

const verifier = join(import.meta.dirname, '../../packages/verify/bin/chartkeep-verify.mjs')
const WORDS = { en, zh }

/** Pictures of what a click on a screen opens, in both languages, English last. */
async function inBoth(
  page: Page,
  book: PictureBook,
  name: string,
  open: (words: typeof en) => Promise<void>,
): Promise<void> {
  const { hash } = new URL(page.url())
  for (const language of ['zh', 'en'] as const) {
    await setLanguage(page, language)
    await goToHash(page, hash)
    await open(WORDS[language] as unknown as typeof en)
    await book.take(page, name, language)
  }
}

const verify = (...args: string[]) => spawnSync(process.execPath, [verifier, ...args], { encoding: 'utf8' })

test('A2, A3, A4, A5: the log says what was checked, shows the notes of the server, and gives a proof that a stranger can check', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const laptop = await world.device('laptop')
  const { page } = laptop
  const code = await createAccount(page, { name: 'Mei Chen' })
  await openList(page, 'Medicines')
  await addMedicine(page, { name: 'Metformin', dose: '500 mg' })
  await waitForSync(page, /Saved and synced/u)

  const phone = await world.device('phone', 'phone')
  await restoreAccount(phone.page, { code })
  await waitForSync(phone.page, /Saved and synced/u)
  await syncNow(phone.page)
  await syncNow(page)
  await syncNow(page)

  await goTo(page, 'Sharing')
  await main(page).getByRole('link', { name: 'Activity' }).click()
  await main(page)
    .getByText(/None is missing or changed/)
    .waitFor()
  await main(page)
    .getByText(/The server signed the list of \d+ entries/)
    .waitFor()
  await main(page)
    .getByText(/1 other device of yours confirms the same list/)
    .waitFor({ timeout: 60_000 })
  await main(page).getByText(en.who.proved).first().waitFor()
  expect(await main(page).getByText(en.who.lineMissing).count()).toBe(0)
  expect(await main(page).getByText(en.who.lineUnnoted).count()).toBe(0)
  await book.takeBoth(page, 'who-checked')

  // What the server noted: both devices, with the address that it saw.
  await inBoth(page, book, 'who-server', async (words) => {
    await main(page).getByText(words.who.server, { exact: true }).click()
    await main(page).getByText(words.who.serverIntro).waitFor()
  })
  await main(page)
    .getByText(/You got \d+ entr(y|ies) of/)
    .first()
    .waitFor()
  await main(page)
    .getByText(/127\.0\.0\.1|::1/)
    .first()
    .waitFor()

  // A proof of one entry, checked by a program that knows nothing else.
  await main(page).getByText(en.who.devices, { exact: true }).click()
  const action = main(page).getByRole('button', { name: 'Save proof: You added Metformin to Medicines' })
  const [download] = await Promise.all([page.waitForEvent('download'), action.click()])
  expect(download.suggestedFilename()).toBe('chartkeep-proof.cbor')
  const file = join(world.folder, 'proof.cbor')
  await download.saveAs(file)
  const dialog = page.getByRole('dialog', { name: en.who.proofTitle })
  await dialog.waitFor()
  const numbers = await dialog.locator('dd').allTextContents()
  expect(world.server.output()).toContain(`Server key fingerprint: ${numbers[0]}`)
  await dialog.getByRole('button', { name: en.deed.close }).last().click()
  await inBoth(page, book, 'who-proof', async (words) => {
    await Promise.all([
      page.waitForEvent('download'),
      main(page)
        .getByRole('button', { name: /Metformin/ })
        .first()
        .click(),
    ])
    await page.getByRole('dialog', { name: words.who.proofTitle }).waitFor()
  })
  await page.getByRole('dialog').getByRole('button', { name: en.deed.close }).last().click()
  const held = verify(file, ...numbers.flatMap((number) => ['--trust', number]))
  expect([held.status, held.stderr]).toEqual([0, ''])
  expect(held.stdout).toContain('"created"')
  expect(held.stdout).toContain('Metformin')
  expect(verify(file).status).toBe(2)
  const bytes = readFileSync(file)
  bytes[Math.floor(bytes.length / 2)]! ^= 1
  const broken = join(world.folder, 'broken.cbor')
  writeFileSync(broken, bytes)
  expect(verify(broken, ...numbers.flatMap((number) => ['--trust', number])).status).toBe(1)

  // One record: who wrote it.
  await goTo(page, 'Records')
  await openList(page, 'Medicines')
  await openRecord(page, 'Metformin')
  await main(page).getByRole('link', { name: en.who.recordTitle }).click()
  await main(page).getByText('You added Metformin to Medicines').waitFor()
  await book.takeBoth(page, 'who-record')
  expect(book.faults).toEqual([])
})

/** What an operator does to his own file. */
async function tamper(sql: string): Promise<void> {
  await world.server.stop()
  const db = new DatabaseSync(join(world.server.data, 'chartkeep.sqlite'))
  db.exec(sql)
  db.close()
  await world.server.start()
}

test('A3, A5: a gap is shown as a gap with its numbers, and a log that was taken back is named, with what the device knows kept', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const desk = await world.device('desk')
  const { page } = desk
  const code = await createAccount(page, { name: 'Lin Wei' })
  await openList(page, 'Medicines')
  await addMedicine(page, { name: 'Aspirin', dose: '100 mg' })
  await waitForSync(page, /Saved and synced/u)
  await syncNow(page)

  // Notes that are gone before a device reads them: it says so, and checks the rest.
  await tamper('UPDATE audit_leaves SET sealed = NULL WHERE stream IS NULL AND n IN (1, 2)')
  const tablet = await world.device('tablet')
  await restoreAccount(tablet.page, { code })
  await waitForSync(tablet.page, /Saved and synced/u)
  await goTo(tablet.page, 'Sharing')
  await main(tablet.page).getByRole('link', { name: 'Activity' }).click()
  await main(tablet.page).getByText('Notes 1 to 2 of the server are missing').waitFor({ timeout: 60_000 })
  await main(tablet.page)
    .getByText(/None is missing or changed/)
    .waitFor()
  await book.takeBoth(tablet.page, 'who-gap')

  // The whole log taken back: an older one than was signed.
  await tamper('DELETE FROM audit_heads; DELETE FROM audit_leaves; DELETE FROM audit_nodes; DELETE FROM cosignatures')
  await syncNow(page)
  await goTo(page, 'Sharing')
  await main(page).getByRole('link', { name: 'Activity' }).click()
  const named = [en.who.behind, en.who.fork, en.who.withheld]
  await main(page)
    .getByText(new RegExp(named.join('|')))
    .waitFor({ timeout: 60_000 })
  await main(page).getByText('You added Aspirin to Medicines').waitFor()
  expect(
    await main(page)
      .getByRole('button', { name: /^Save proof/ })
      .count(),
  ).toBe(0)
  await book.takeBoth(page, 'who-taken-back')
  // F1: what is kept of it can be seen and given away, in a file that names none of the chart.
  const kept = main(page).getByRole('region', { name: en.evidence.title })
  await kept.getByText(en.evidence.place.audit, { exact: false }).waitFor()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    kept.getByRole('button', { name: en.evidence.save }).click(),
  ])
  await kept.getByText(en.evidence.saved).waitFor()
  expect(download.suggestedFilename()).toBe('chartkeep-evidence.json')
  const saved = readFileSync(await download.path(), 'utf8')
  expect(JSON.parse(saved)).toMatchObject({ format: 'chartkeep-evidence', kept: [{ place: 'audit' }] })
  expect(saved).not.toMatch(/Aspirin|Lin Wei/u)
  const checked = verify(await download.path())
  expect([checked.status, checked.stderr]).toEqual([2, ''])
  expect(checked.stdout).toMatch(/^PROVES /u)

  // A person who knows why decides to continue; nothing does so by itself.
  await main(page).getByRole('button', { name: en.who.anew }).click()
  const dialog = page.getByRole('dialog', { name: en.who.anewTitle })
  await dialog.getByRole('button', { name: en.who.anew }).click()
  await main(page)
    .getByText(/None is missing or changed/)
    .waitFor({ timeout: 60_000 })
  await main(page)
    .getByText(/The server signed the list of \d+ entries/)
    .waitFor()
  expect(book.faults).toEqual([])
})
