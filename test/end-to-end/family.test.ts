/**
 * A family in one account (C2, K4, E6), in Chromium with the real server, on the chart of a Synthea patient: adding and marking a chart,
 * switching under an open form, who may open it otherwise, private lists, the hand-over at eighteen, on a laptop and a phone.
 */
import { join } from 'node:path'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Page } from 'playwright-core'
import {
  addMedicine,
  choose,
  correctDose,
  createAccount,
  goTo,
  main,
  openForm,
  openList,
  openPersonSheet,
  openRecord,
  saveForm,
  sharingCode,
  syncNow,
  waitForSync,
  wordsOnScreen,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import type { Device } from '../support/app-world.ts'
import { addManager, confirmAsked, takeOver } from '../support/people-journey.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
let laptop: Device
let phone: Device
const book = createPictureBook()

beforeAll(async () => {
  world = await openSeededWorld({ keepsShell: false, hasLines: true })
}, 400_000)
afterAll(() => world?.close())

const sheet = (page: Page) => page.getByRole('dialog', { name: 'People and settings' })

async function switchTo(page: Page, name: string): Promise<void> {
  await openPersonSheet(page)
  await sheet(page)
    .getByRole('link', { name: new RegExp(`^${name}`, 'u') })
    .click()
  await page.getByText(`You’re now in ${name}’s record.`).waitFor()
  await page.getByRole('button', { name: new RegExp(`${name}’s record\\.`, 'u') }).waitFor()
}

/** The birthday of somebody who turns eighteen in a month. */
function almostOfAge(): string {
  const day = new Date(Date.now() + 30 * 86_400_000)
  return `${day.getFullYear() - 18}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')}`
}

/** As long as the field takes it. */
const LONG_NAME = '歐陽陳李歐陽陳李歐陽陳李 Wilhelmina-Alexandrina van der Hoogenbandberg'

/** Icons of the header that were squeezed, and a search that takes more than its one line. */
function headerFaults(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('header svg, header a[href^="#/search"]')].flatMap((part) => {
      const { width, height } = part.getBoundingClientRect()
      const isRight = part.tagName === 'A' ? height <= 56 : width >= 18
      return isRight || !part.checkVisibility() ? [] : [`${part.tagName} ${part.classList} ${width} x ${height}`]
    }),
  )
}

test('C2, K4: a family member gets a chart, marked and named on every screen, and on the other device; nothing typed is carried over', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  laptop = await world.seededDevice('laptop')
  const { page } = laptop

  // Who may open it otherwise: asked on the overview until it is answered.
  const task = main(page)
    .getByRole('listitem')
    .filter({ hasText: 'Who should have access to Fletcher Hyatt’s record if something happens to you?' })
  // Somebody is to be added: the question stays until they are.
  await task.getByRole('link', { name: 'Answer' }).click()
  await choose(page, 'Your answer', 'Someone helps me manage this record')
  await main(page).getByText('This stays in To do until you’ve added them.', { exact: false }).waitFor()
  await main(page).getByRole('button', { name: 'Save to Fletcher Hyatt’s record' }).last().click()
  await page.getByRole('heading', { level: 1, name: en.people.add }).waitFor()
  await goTo(page, 'Home')
  // Nobody: said plainly what that means, and it can be changed.
  await task.getByRole('link', { name: 'Answer' }).click()
  await choose(page, 'Your answer', 'No one for now')
  await main(page).getByRole('button', { name: 'Save to Fletcher Hyatt’s record' }).last().click()
  const change = main(page).getByRole('button', { name: 'Change the answer' })
  await change.waitFor()
  await main(page).getByText(en.people.none).waitFor()
  await goTo(page, 'Home')
  await main(page).getByRole('heading', { level: 2, name: 'Important' }).waitFor()
  expect(await task.count()).toBe(0)
  await openPersonSheet(page)
  await sheet(page).getByRole('link', { name: 'Name, mark and people' }).click()
  await change.click()
  await choose(page, 'Your answer', 'Someone I trust keeps a sealed copy of my recovery kit')
  await main(page).getByRole('button', { name: 'Save to Fletcher Hyatt’s record' }).last().click()
  await main(page).getByText('Enter who has the sealed kit.').waitFor()
  await main(page).getByLabel('Who has it?').fill('Aunt Rosa')
  await book.take(page, 'chart-opener', 'en')
  await main(page).getByRole('button', { name: 'Save to Fletcher Hyatt’s record' }).last().click()
  await main(page).getByText('Aunt Rosa has a sealed second kit').waitFor()
  await goTo(page, 'Home')
  await main(page).getByRole('heading', { level: 2, name: 'Important' }).waitFor()
  expect(await task.count()).toBe(0)

  await openPersonSheet(page)
  await sheet(page).getByRole('link', { name: 'Add a family member' }).click()
  await page.getByRole('heading', { level: 1, name: 'Add a family member' }).waitFor()
  await page.getByRole('button', { name: 'Create this record' }).click()
  await page.getByRole('alert').first().waitFor()
  await page.getByLabel('What do you call this person?').fill('Mei')
  await choose(page, 'Relationship to you', 'daughter')
  await choose(page, 'Colour', 'Violet')
  await page.getByLabel('Date of birth (if you know it)').fill(almostOfAge())
  await book.takeWidths(page, 'family-add')
  await page.getByRole('button', { name: 'Create Mei’s record' }).click()
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  await page.getByText('You’re now in Mei’s record.').waitFor()
  expect(await page.getByRole('button', { name: /Mei’s record\./u }).innerText()).toMatch(/Mei\s+daughter/u)
  await book.takeBoth(page, 'family-overview')

  // Eighteen is near: what to do, step by step.
  await main(page).getByRole('listitem').filter({ hasText: 'Mei turns 18 on' }).getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'Hand the record over at 18' }).waitFor()
  await main(page).getByText('First make them a helper of this record.').waitFor()
  await book.takeBoth(page, 'hand-over')
  await main(page).getByRole('link', { name: 'Back to Who manages this record' }).click()
  await main(page).getByText('You’re the only owner of this record.', { exact: false }).waitFor()
  expect(await main(page).getByRole('button', { name: 'Leave this record' }).count()).toBe(0)

  // Under an open form: the draft stays where it was begun.
  await openForm(page, 'Allergy')
  await page.getByRole('button', { name: 'Save to Mei’s record' }).waitFor()
  await page.getByLabel(/allergic to/u).fill('Peanut butter')
  await switchTo(page, 'Fletcher Hyatt')
  await page.getByText('Your draft in Mei’s record is saved.').waitFor()
  await book.take(page, 'family-switched', 'en')
  await openForm(page, 'Allergy')
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('')
  await page.getByRole('button', { name: 'Save to Fletcher Hyatt’s record' }).waitFor()
  await switchTo(page, 'Mei')
  await openForm(page, 'Allergy')
  await page.getByText('It’s only on this device.', { exact: false }).waitFor()
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('Peanut butter')
  await saveForm(page)

  // However long a name is, what is next to it keeps its size.
  await openPersonSheet(page)
  await sheet(page).getByRole('link', { name: 'Name, mark and people' }).click()
  await page.getByLabel('What do you call this person?').fill(LONG_NAME)
  await main(page).getByRole('button', { name: 'Save to Mei’s record' }).first().click()
  await page.getByRole('button', { name: new RegExp(`${LONG_NAME}’s record\\. `, 'u') }).waitFor()
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    expect(await headerFaults(page), `${width} wide`).toEqual([])
  }

  // Another name and mark.
  await page.getByLabel('What do you call this person?').fill('Mei-Mei')
  await page.getByLabel('Initials').fill('美')
  await main(page)
    .getByRole('button', { name: /^Save to /u })
    .first()
    .click()
  await main(page).getByText('Saved. Your other devices follow at the next sync.').waitFor()
  await page.getByRole('button', { name: /Mei-Mei’s record\./u }).waitFor()
  await book.takeBoth(page, 'chart-settings')
  await waitForSync(page, /Saved and synced/u)

  // The phone has her too, as she is called and marked here.
  phone = await world.seededDevice('phone')
  await waitForSync(phone.page, /Saved and synced/u)
  await openPersonSheet(phone.page)
  const there = sheet(phone.page).getByRole('link', { name: /^Mei-Mei/u })
  await there.waitFor({ timeout: 60_000 })
  expect(await there.innerText()).toMatch(/daughter/u)
  await book.take(phone.page, 'family-sheet-phone', 'en')
  await there.click()
  await goTo(phone.page, 'Records')
  await main(phone.page)
    .getByRole('link', { name: /^Allergies/u })
    .click()
  await main(phone.page).getByRole('link', { name: 'Peanut butter' }).waitFor({ timeout: 60_000 })
  expect([...laptop.faults, ...phone.faults]).toEqual([])
})

test('E6: what is private is in its list with a mark, is found, and is on no page, card or share', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page } = laptop
  await switchTo(page, 'Fletcher Hyatt')
  await openForm(page, 'Condition')
  await page.getByLabel('Condition', { exact: true }).fill('Claustrophobia')
  await page.getByRole('checkbox', { name: 'Private' }).check()
  // A draft comes back as private as it was.
  await goTo(page, 'Home')
  await openForm(page, 'Condition')
  await page.getByText('It’s only on this device.', { exact: false }).waitFor()
  expect(await page.getByRole('checkbox', { name: 'Private' }).isChecked()).toBe(true)
  await book.take(page, 'private-form', 'en')
  await saveForm(page)
  await page.getByRole('heading', { level: 1, name: 'Claustrophobia' }).waitFor()
  await main(page).getByText('Private', { exact: true }).waitFor()
  await main(page).getByRole('link', { name: 'Back to Conditions' }).click()

  // One that was in the shared list moves, after a word on who may have read it.
  await page.getByRole('searchbox').fill('Alcoholism')
  await openRecord(page, 'Alcoholism')
  await main(page).getByRole('button', { name: 'Make private' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('People who have this list may have read it.', { exact: false }).waitFor()
  await book.take(page, 'private-move', 'en')
  await dialog.getByRole('button', { name: 'Make private' }).click()
  await main(page).getByText('Private', { exact: true }).waitFor()
  await openList(page, 'Conditions')
  await page.getByRole('searchbox').fill('Alcoholism')
  await main(page).getByText('Private').first().waitFor()
  expect(await main(page).getByRole('link', { name: 'Alcoholism', exact: true }).count()).toBe(1)
  await page.getByRole('searchbox').fill('')
  await book.takeBoth(page, 'private-list')

  // On paper for others: none of it.
  for (const [place, words] of [
    ['One page for my doctor', 'Hypertension'],
    ['Emergency card', 'Hypertension'],
  ] as const) {
    await openPersonSheet(page)
    await sheet(page).getByRole('link', { name: place }).click()
    await page.getByRole('heading', { level: 1, name: place }).waitFor()
    await main(page).getByText(words).first().waitFor()
    expect(await main(page).innerText()).not.toMatch(/Claustrophobia|Alcoholism/u)
  }
  // Their own search finds both.
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await main(page).getByLabel('Search your record').fill('alcoholism')
  await main(page)
    .getByRole('heading', { name: /^Conditions \(Private\) \(1\)/u })
    .waitFor()

  await waitForSync(page, /Saved and synced/u)
  await switchTo(phone.page, 'Fletcher Hyatt')
  await openList(phone.page, 'Conditions')
  await main(phone.page).getByRole('searchbox').fill('Alcoholism')
  await openRecord(phone.page, 'Alcoholism')
  await main(phone.page).getByText('Private', { exact: true }).waitFor({ timeout: 60_000 })
  await main(phone.page).getByRole('button', { name: 'Make not private' }).click()
  await phone.page.getByRole('dialog').getByRole('button', { name: 'Make not private' }).click()
  await main(phone.page).getByRole('button', { name: 'Make private' }).waitFor()
  expect([...laptop.faults, ...phone.faults]).toEqual([])
})

test('Y3, A5: two versions are combined field by field, and sync health, devices and the log say what happened', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page } = laptop
  await goTo(page, 'Home')
  await addMedicine(page, { name: 'Metformin', dose: '500 mg' })
  await waitForSync(page, /Saved and synced/u)
  await openList(phone.page, 'Medicines')
  await main(phone.page).getByRole('searchbox').fill('Metformin')
  await openRecord(phone.page, 'Metformin')

  await world.server.stop()
  await waitForSync(page, /Offline/u)
  await correctDose(page, '850 mg')
  await phone.page.getByRole('link', { name: 'Edit', exact: true }).click()
  await phone.page.getByLabel('Dose', { exact: true }).fill('1000 mg')
  await phone.page.getByLabel('Notes', { exact: true }).fill('with food')
  await saveForm(phone.page)

  // What waits is named, and with whom the chart is shared; every chart for itself.
  await page.getByRole('link', { name: /^Sync: /u }).click()
  await page.getByRole('heading', { level: 1, name: 'Sync' }).waitFor()
  const health = main(page).getByRole('region', { name: 'Fletcher Hyatt' })
  await health.getByRole('link', { name: 'Metformin', exact: true }).waitFor()
  await health.getByText('Only you.').waitFor()
  await main(page)
    .getByRole('region', { name: 'Mei-Mei' })
    .getByText(/Confirmed/u)
    .waitFor()
  await book.takeBoth(page, 'sync-waiting')

  await world.server.start()
  await main(page).getByRole('button', { name: 'Sync now' }).click()
  await waitForSync(page, /Saved and synced/u)
  await syncNow(phone.page)
  await goTo(phone.page, 'Home')
  const task = main(phone.page).getByRole('listitem').filter({ hasText: 'Two versions of Metformin' })
  await task.getByRole('link', { name: 'Choose' }).click({ timeout: 60_000 })
  await main(phone.page).getByRole('heading', { name: 'Version A' }).waitFor()
  await book.takeBoth(phone.page, 'conflict-combine')
  await choose(phone.page, 'Which is right?', 'Combine')
  await main(phone.page).getByRole('button', { name: 'Choose', exact: true }).click()
  await phone.page.getByRole('alert').first().waitFor()
  // Whichever of the two is kept: the laptop's dose and the phone's note.
  for (const group of await main(phone.page).getByRole('group', { name: /^Use /u }).all()) {
    await group.getByRole('radio', { name: /850 mg|with food/u }).check()
  }
  await main(phone.page).getByRole('button', { name: 'Choose', exact: true }).click()
  await phone.page.getByRole('heading', { level: 1, name: 'Metformin' }).waitFor()
  await main(phone.page)
    .getByText(/850 mg/u)
    .first()
    .waitFor()
  await main(phone.page).getByText('with food').first().waitFor()
  // Both versions stay in the history.
  await main(phone.page)
    .getByRole('link', { name: /^History/u })
    .click()
  await main(phone.page)
    .getByText(/1000 mg/u)
    .first()
    .waitFor()
  await waitForSync(phone.page, /Saved and synced/u)

  // Devices: each with when it was last heard from. The log by time and list.
  await openPersonSheet(page)
  await sheet(page).getByRole('link', { name: 'Devices' }).click()
  await main(page)
    .getByText(/^Last seen /u)
    .first()
    .waitFor({ timeout: 60_000 })
  await book.take(page, 'devices-heard', 'en')
  await goTo(page, 'Sharing')
  await main(page).getByRole('link', { name: 'Activity' }).click()
  await page.getByLabel('List', { exact: true }).selectOption('medications')
  await page.getByLabel('Time', { exact: true }).selectOption('1')
  await main(page).getByText('You added Metformin to Medicines').first().waitFor()
  expect(await main(page).getByText('Claustrophobia').count()).toBe(0)
  expect([...laptop.faults, ...phone.faults]).toEqual([])
})

test('Y3: a form that was opened before the record changed elsewhere is not saved over that: it stays open, shows what changed, and then goes over it', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page } = laptop
  for (const there of [page, phone.page]) {
    await waitForSync(there, /Saved and synced/u)
    await goTo(there, 'Home')
    await openList(there, 'Medicines')
    await main(there).getByRole('searchbox').fill('Metformin')
    await openRecord(there, 'Metformin')
  }
  phone.setOffline(true)
  await waitForSync(phone.page, /Offline/u)
  await phone.page.getByRole('link', { name: 'Edit', exact: true }).click()
  await phone.page.getByLabel('How often').fill('three times a day')
  await correctDose(page, '425 mg')
  await waitForSync(page, /Saved and synced/u)
  // While the form is open the phone reads what the laptop has written.
  phone.setOffline(false)
  await waitForSync(phone.page, /Saved and synced/u)
  const save = phone.page.getByRole('button', { name: /^Save (?:to|for) /u })
  await save.click()
  const told = main(phone.page).getByRole('alert').filter({ hasText: en.form.changedTitle })
  await told.getByText(/425 mg/u).waitFor()
  expect(await phone.page.locator(':focus').getByRole('alert').count()).toBe(1)
  expect(await phone.page.getByLabel('How often').inputValue()).toBe('three times a day')
  await book.takeBoth(phone.page, 'form-changed')
  // The laptop's version remains until the person decides.
  await main(page)
    .getByText(/425 mg/u)
    .first()
    .waitFor()
  expect(
    await main(page)
      .getByText(/three times a day/u)
      .count(),
  ).toBe(0)

  await saveForm(phone.page)
  await main(phone.page)
    .getByText(/three times a day/u)
    .first()
    .waitFor()
  await waitForSync(phone.page, /Saved and synced/u)
  await main(page)
    .getByText(/three times a day/u)
    .first()
    .waitFor({ timeout: 60_000 })
  expect(book.faults).toEqual([])
})

test('C2: at eighteen the chart goes into the hands of the child, signed by both, and the parent stays only if it is shared with them', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page } = laptop
  const mei = await world.device('mei')
  await createAccount(mei.page, { name: 'Mei Chen' })
  const code = await sharingCode(mei.page)
  const words = await wordsOnScreen(mei.page)
  await waitForSync(mei.page, /Saved and synced/u)

  await switchTo(page, 'Mei-Mei')
  await addManager(page, { code, picture: join(world.folder, 'code.png'), words, name: 'Mei Chen' }, async () => {})
  await openPersonSheet(page)
  await sheet(page).getByRole('link', { name: 'Name, mark and people' }).click()
  await main(page).getByText('Mei Chen is a helper of this record').waitFor()
  await main(page).getByRole('link', { name: 'Hand the record over at 18' }).click()
  await main(page).getByText('Mei Chen is a helper of this record.').waitFor()
  await main(page).getByRole('button', { name: 'Hand the record over to Mei Chen' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Offer my place to Mei Chen' }).click()
  await main(page).getByRole('button', { name: 'Take the offer back' }).waitFor()
  await book.take(page, 'hand-over-offered', 'en')
  // Where the server does not answer nothing is taken back, and that is said.
  await world.server.stop()
  await main(page).getByRole('button', { name: 'Take the offer back' }).click()
  await main(page).getByText('The server isn’t answering.', { exact: false }).waitFor()
  await world.server.start()
  await main(page).getByText('You offered ownership to Mei Chen', { exact: false }).waitFor()
  await syncNow(page)
  await waitForSync(page, /Saved and synced/u)
  await confirmAsked(mei.page)
  await takeOver({ from: page, to: mei.page, chart: 'Mei-Mei', giver: 'Fletcher Hyatt' })
  await openPersonSheet(page)
  expect(
    await sheet(page)
      .getByRole('link', { name: /^Mei-Mei/u })
      .count(),
  ).toBe(0)
  expect([...laptop.faults, ...mei.faults]).toEqual([])
})

test('UX 8: the pictures of the family pass axe and the plain rules', () => {
  expect(book.count).toBeGreaterThan(8)
  expect(book.faults.join('\n')).toBe('')
})
