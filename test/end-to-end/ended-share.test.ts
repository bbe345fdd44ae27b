/**
 * After a share has ended, in Chromium with the real server (N9): the practice finds the patient in its list, reads what it wrote and finishes what is
 * open; also after a restart without a network, and at the device of a member who never had the chart.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  addAllergy,
  confirmIdentity,
  createAccount,
  createPractice,
  goTo,
  goToPart,
  goToPlace,
  joinPractice,
  lock,
  main,
  PASSPHRASE,
  share,
  syncNow,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'

let world: World
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
}, 400_000)
afterAll(() => world?.close())

const button = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name, exact: true })

async function openPatient(page: Page): Promise<void> {
  await goToPlace(page, 'Patients')
  await main(page).getByRole('link', { name: 'Chen Mei', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: en.patients.summaryOf }).waitFor()
}

/** A finished note in the visit that is shown, left there unsigned. */
async function writeNote(page: Page, title: string, text: string): Promise<void> {
  await main(page).getByRole('link', { name: en.visit.addNote }).click()
  await page.getByLabel(en.note.titleLabel).fill(title)
  await page.getByLabel(/Subjective/u).fill(text)
  await button(page, en.note.preview).click()
  await button(page, en.note.finish).click()
  await main(page).getByText(en.note.state.written).first().waitFor()
}

test('N9, C10, M7: after the end the patient stays in the list, and notes, visits and open work are read and finished, offline and after a restart too', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const [desk, office, home] = [await world.device('desk'), await world.device('office'), await world.device('home')]
  const [lin, su, mei] = [desk.page, office.page, home.page]
  await createPractice(lin, { practice: 'Green Clinic', name: 'Lin Wei', roles: ['physician'] })
  await waitForSync(lin, /Saved and synced/u)
  await goToPlace(lin, 'Patients')
  const code = (await lin.getByTestId('my-code').textContent())!
  await createAccount(mei, { name: 'Chen Mei' })
  await addAllergy(mei, 'Penicillin')
  await waitForSync(mei, /Saved and synced/u)
  await share(mei, {
    code,
    lists: ['Profile', 'Allergies', 'Visits', 'Notes', 'Plans', 'Lab results'],
    rights: ['add records', 'edit records', 'sign'],
    until: '48 hours',
  })
  await confirmIdentity(lin, { name: 'Chen Mei', birthDate: '1992-03-04', number: '1042' })

  // A visit with a note that is signed and given to the patient, and one that waits for a signature.
  await openPatient(lin)
  await goToPart(lin, 'Visits')
  await main(lin).getByRole('link', { name: en.visit.begin }).click()
  await lin.getByLabel(en.visit.reason).fill('Chest pain')
  await button(lin, en.visit.begin).click()
  await lin.getByRole('heading', { level: 1, name: 'Chest pain' }).waitFor()
  await writeNote(lin, 'First visit', 'Worse at night')
  await button(lin, /^Sign as/u).click()
  await button(lin, en.note.share).click()
  await main(lin).getByText(en.note.shared).waitFor()
  await goToPart(lin, 'Visits')
  await main(lin)
    .getByRole('link', { name: /Chest pain/u })
    .click()
  await writeNote(lin, 'Second look', 'Better by day')
  await button(lin, en.sign.ask).click()
  await lin.getByLabel(en.sign.askMeaning).selectOption('author')
  await lin.getByLabel(en.sign.askWho).selectOption({ label: 'Lin Wei' })
  await button(lin, en.sign.askSend).click()
  await main(lin).getByText('Lin Wei: waits').waitFor()
  await waitForSync(lin, /Saved and synced/u)

  // The patient stops, with the note open at the desk.
  await goTo(mei, 'Sharing')
  await main(mei).getByRole('button', { name: 'Stop sharing' }).first().click()
  await mei.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
  await waitForSync(mei, /Saved and synced/u)
  await syncNow(lin)
  await lin.goBack()
  await main(lin).getByText(en.shared.over, { exact: true }).waitFor({ timeout: 60_000 })
  await main(lin).getByText('Better by day').waitFor()
  await main(lin).getByText(en.patients.oursStays).waitFor()

  await goToPlace(lin, 'Patients')
  const row = main(lin).getByRole('row').filter({ hasText: 'Chen Mei' })
  await row.getByText(en.shared.over, { exact: true }).waitFor()
  await book.takeBoth(lin, 'patients-ended-practice')
  await openPatient(lin)
  await main(lin).getByText(en.patients.theirsGone).waitFor()
  expect(await main(lin).getByText('Penicillin').count()).toBe(0)
  await lin.getByText(en.patients.allergiesGone).first().waitFor()
  await book.takeBoth(lin, 'patient-ended')
  await goToPart(lin, 'Visits')
  await main(lin)
    .getByRole('link', { name: /Chest pain/u })
    .waitFor()
  await goToPart(lin, 'Notes')
  await book.takeBoth(lin, 'notes-ended')
  await main(lin)
    .getByRole('link', { name: /First visit/u })
    .click()
  await main(lin).getByText('Worse at night').waitFor()
  await main(lin)
    .getByText(/Lin Wei \(physician\) signed as author/u)
    .waitFor()
  await book.takeBoth(lin, 'note-ended')

  // What was open is still in the work list, and can be closed.
  await goToPlace(lin, 'Work list')
  await main(lin)
    .getByRole('link', { name: /Note to sign, Chen Mei/u })
    .click()
  await main(lin)
    .getByRole('link', { name: /Second look/u })
    .first()
    .click()
  await button(lin, /^Sign as/u).click()
  await main(lin).getByText(en.note.state.signed, { exact: true }).first().waitFor()
  await goToPlace(lin, 'Work list')
  await main(lin).getByText(en.work.empty).waitFor()
  await waitForSync(lin, /Saved and synced/u)

  // A scribe who comes now has never had the chart; nothing is said against the server for showing no more of it.
  await joinPractice(lin, su, { name: 'Su An', roles: ['scribe'] })
  await waitForSync(su, /Saved and synced/u)
  await goToPlace(su, 'Patients')
  await main(su).getByText(en.shared.over, { exact: true }).first().waitFor({ timeout: 60_000 })
  await openPatient(su)
  await main(su).getByText(en.patients.oursStays).waitFor()
  await goToPart(su, 'Notes')
  await main(su)
    .getByRole('link', { name: /First visit/u })
    .click()
  await main(su).getByText('Worse at night').waitFor()
  expect(await button(su, /^Sign as/u).count()).toBe(0)

  // After a restart without a network it is all there.
  await world.server.stop()
  await lock(lin)
  await lin.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await lin.getByRole('button', { name: 'Unlock', exact: true }).click()
  await lin.getByRole('heading', { level: 1, name: 'Work list' }).waitFor({ timeout: 60_000 })
  await goToPlace(lin, 'Patients')
  await main(lin).getByLabel(en.patients.searchWords).fill('First visit')
  await button(lin, en.patients.searchGo).click()
  await main(lin)
    .getByRole('link', { name: /First visit/u })
    .first()
    .click()
  await main(lin).getByText('Worse at night').first().waitFor()
  await goToPart(lin, 'Timeline')
  await main(lin).getByText('Second look').waitFor()
  expect(await main(lin).getByText('author', { exact: true }).count()).toBe(0)
  expect(book.faults).toEqual([])
  expect([desk, office, home].flatMap(({ faults }) => faults)).toEqual([])
}, 400_000)
