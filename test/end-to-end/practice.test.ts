/**
 * A practice in Chromium with the real server (C12): made, its patients identified, found and opened, two charts that never mix, members invited
 * by pairing; for each role what the app offers and what it does not, as docs/roles.md has it; a member removed.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { mayDoInPractice, PRACTICE_ROLES, type PracticeRole } from '@chartkeep/domain'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import {
  choose,
  chooseDevicePassphrase,
  confirmIdentity,
  createAccount,
  createPractice,
  goTo,
  goToPart,
  goToPlace,
  lock,
  main,
  openForm,
  openPersonSheet,
  PASSPHRASE,
  saveForm,
  share,
  sharingCode,
  waitForSync,
  wordsOnScreen,
} from '../support/app-actions.ts'
import { createPictureBook, goToHash } from '../support/app-pictures.ts'
import { type Device, openWorld, type World } from '../support/app-world.ts'

let world: World
let desk: Device
let home: Device
let ward: Device
let code = ''
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
  desk = await world.device('desk')
  home = await world.device('home', 'phone')
  ward = await world.device('ward')
}, 400_000)
afterAll(() => world?.close())

const strip = (page: Page) => page.getByRole('region', { name: 'Patient', exact: true })
const tell = async () => {
  console.error(book.faults.join('\n'))
  await world.showFailure()
}

test('C12: a practice is made, a patient is identified by birth date and number, and the chart is opened, with whoever it is over every screen', async () => {
  onTestFailed(tell)
  const { page } = desk
  await createPractice(page, { practice: 'Green Clinic', name: 'Lin Wei' })
  await goToPlace(page, 'Patients')
  await main(page).getByText(en.patients.emptyTitle).waitFor()
  code = (await page.getByTestId('my-code').textContent())!
  await book.takeBoth(page, 'patients-empty')
  await waitForSync(page, /Saved and synced/u)

  const phone = home.page
  await createAccount(phone, { name: 'Chen Mei' })
  await openForm(phone, 'Allergy')
  await phone.getByLabel(/allergic to/u).fill('Penicillin')
  await choose(phone, 'What happened the worst time?', 'Life-threatening')
  await saveForm(phone)
  await waitForSync(phone, /Saved and synced/u)
  // M9: there is nobody to ask. Nothing can be sent, and the way leads to a share.
  await goTo(phone, 'Care')
  const chart = new URL(phone.url()).hash.split('/')[2]!
  for (const [place, send] of [
    ['messages', en.messages.send],
    ['calendar', en.calendar.sendRequest],
  ] as const) {
    await goToHash(phone, `#/${place}/${chart}/new`)
    await main(phone).getByText(en.care.shareFirst).waitFor()
    expect(await main(phone).getByRole('button', { name: send, exact: true }).count()).toBe(0)
    await book.takeBoth(phone, `${place}-nobody`)
  }
  await main(phone).getByRole('link', { name: en.care.shareNow }).click()
  await phone.getByRole('heading', { level: 1, name: en.share.stepWho }).waitFor()
  await share(phone, {
    code,
    lists: ['Profile', 'Allergies', 'Conditions'],
    rights: ['add records'],
    until: '48 hours',
  })

  // Opening waits until somebody has said who it is.
  await goToPlace(page, 'Patients')
  await main(page).getByRole('button', { name: 'Confirm identity: Chen Mei' }).waitFor({ timeout: 60_000 })
  expect(await main(page).getByRole('link', { name: 'Chen Mei' }).count()).toBe(0)
  // The chart gives neither birth date nor number: the screen says so, and continues by the code or the practice's own number alone.
  await main(page).getByRole('button', { name: 'Confirm identity: Chen Mei' }).click()
  await main(page).getByText(en.patients.nothingGiven).waitFor()
  expect(await page.getByLabel(en.patients.asked).count()).toBe(0)
  await book.takeBoth(page, 'patients-nothing-given')
  await page.getByRole('button', { name: en.patients.confirmByFiles }).click()
  await main(page).getByText(en.patients.needOwnNumber).waitFor()
  await page.getByRole('button', { name: 'Not now' }).click()
  await confirmIdentity(page, { name: 'Chen Mei', birthDate: '1992-03-04', number: '1042' })
  await book.takeBoth(page, 'patients')
  await page.getByRole('button', { name: 'Understood' }).click()
  for (const [typed, found] of [
    ['mei', 1],
    ['1042', 1],
    // Typed at the desk, and in no chart.
    ['1992/3/4', 0],
    ['nobody', 0],
  ] as const) {
    await main(page).getByRole('searchbox', { name: 'Name, record number or birth date' }).fill(typed)
    await expect.poll(() => main(page).getByRole('link', { name: 'Chen Mei', exact: true }).count()).toBe(found)
  }
  await main(page).getByRole('searchbox', { name: 'Name, record number or birth date' }).fill('')
  await main(page).getByRole('link', { name: 'Chen Mei', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Summary' }).waitFor()
  await strip(page).getByText('Allergy: Penicillin, severe').waitFor()
  await strip(page).getByText('No. 1042').waitFor()
  await strip(page).getByText('birth date not given').waitFor()
  await main(page)
    .getByText(/lists aren’t shared with you/u)
    .waitFor()
  await book.takeBoth(page, 'patient')
  expect(await page.title()).not.toMatch(/Mei|1042/u)
})

test('C12: two charts never mix: each screen names its own patient, and what is typed in one chart is offered in that chart alone', async () => {
  onTestFailed(tell)
  const [phone, { page }] = [home.page, desk]
  await openPersonSheet(phone)
  await phone.getByRole('dialog').getByRole('link', { name: 'Add a family member' }).click()
  await phone.getByLabel('What do you call this person?').fill('Chen Bo')
  await phone.getByLabel('Date of birth (if you know it)').fill('1961-11-30')
  await phone.getByRole('button', { name: 'Create Chen Bo’s record' }).click()
  await phone.getByText('You’re now in Chen Bo’s record.').waitFor()
  await waitForSync(phone, /Saved and synced/u)
  await share(phone, {
    code,
    only: { at: 'Green Clinic', role: 'only physicians' },
    lists: ['Profile', 'Allergies'],
    rights: ['add records'],
    until: '48 hours',
    onStep: async (step) => {
      if (step === 2) await book.takeWidths(phone, 'share-roles')
    },
  })
  await main(phone).getByText('physician', { exact: true }).waitFor()

  await goToPlace(page, 'Patients')
  const offered = main(page).getByRole('button', { name: 'Confirm identity: Chen Bo' })
  await offered.click({ timeout: 60_000 })
  // Another person with the same name: the chart is not opened.
  await page.getByLabel('Birth date, as the person told it').fill('1971-11-30')
  await page.getByRole('button', { name: 'Confirm: same person' }).click()
  await main(page).getByText(en.patients.differs).waitFor()
  await book.takeWidths(page, 'patients-differs')
  // By the code of whoever holds the chart: no other opens it.
  await page.getByRole('button', { name: en.patients.byCode }).click()
  const shown = page.getByLabel(en.patients.codeText)
  for (const [given, told] of [
    [code, en.patients.codeOther],
    ['a card of the library', en.patients.codeBad],
  ] as const) {
    await shown.fill(given)
    await page.getByRole('button', { name: en.patients.codeCompare }).click()
    await main(page).getByText(told).waitFor()
    expect(await page.getByRole('button', { name: 'Confirm: same person' }).count()).toBe(0)
  }
  await book.takeWidths(page, 'patients-code')
  await shown.fill(await sharingCode(phone))
  await page.getByRole('button', { name: en.patients.codeCompare }).click()
  await main(page).getByText('This is the code of Chen Mei, who holds this chart.').waitFor()
  // A number that is another person's.
  await page.getByLabel('Record number in this practice').fill('1042')
  await page.getByRole('button', { name: 'Confirm: same person' }).click()
  await main(page).getByText('This record number belongs to Chen Mei already.').waitFor()
  await page.getByLabel('Record number in this practice').fill('0877')
  await page.getByRole('button', { name: 'Confirm: same person' }).click()

  // A draft is begun in Mei's chart, then Bo's is opened next to it.
  const allergies = async (name: string) => {
    await page.getByRole('navigation', { name: 'Open charts' }).getByRole('link', { name, exact: true }).click()
    await goToPart(page, en.clinic.allLists, en.screen.records)
    await main(page)
      .getByRole('link', { name: /^Allergies/u })
      .click()
    await page.getByRole('heading', { level: 1, name: 'Allergies' }).waitFor()
  }
  await allergies('Chen Mei')
  await main(page).getByRole('link', { name: 'Add', exact: false }).first().click()
  await page.getByLabel(/allergic to/u).fill('Latex')
  await goToPlace(page, 'Patients')
  await main(page).getByRole('link', { name: 'Chen Bo', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Summary' }).waitFor()
  await strip(page).getByText('No. 0877').waitFor()
  for (const word of ['Penicillin', 'Chen Mei', '1042', 'Latex']) {
    expect(await strip(page).getByText(word).count()).toBe(0)
    expect(await main(page).getByText(word).count()).toBe(0)
  }
  await allergies('Chen Bo')
  expect(await main(page).getByText('Penicillin').count()).toBe(0)
  await main(page).getByRole('link', { name: 'Add', exact: false }).first().click()
  await page.getByLabel(/allergic to/u).waitFor()
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('')
  await page.getByRole('button', { name: 'Save to Chen Bo’s record' }).waitFor()
  await page
    .getByRole('navigation', { name: 'Open charts' })
    .getByRole('link', { name: 'Chen Mei', exact: true })
    .click()
  await page.getByRole('button', { name: 'Save to Chen Mei’s record' }).waitFor()
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('Latex')
  await book.take(page, 'patient-two-tabs', 'en')
  await page.getByRole('button', { name: 'Close the chart of Chen Bo' }).click()
  expect(await page.getByRole('navigation', { name: 'Open charts' }).getByRole('link').count()).toBe(1)
})

/** What the side bar has, and the actions of the table by which each place is given. */
const PLACES: Record<string, (roles: readonly PracticeRole[]) => boolean> = {
  'Work list': (roles) => mayDoInPractice(roles, 'assign-work'),
  Patients: (roles) => mayDoInPractice(roles, 'confirm-identity'),
  Calendar: (roles) => mayDoInPractice(roles, 'book'),
  Messages: (roles) => mayDoInPractice(roles, 'write-message'),
  Results: (roles) => mayDoInPractice(roles, 'release-result') || mayDoInPractice(roles, 'write-note'),
  Signatures: (roles) => mayDoInPractice(roles, 'sign-note') || mayDoInPractice(roles, 'write-note'),
  Practice: () => true,
}

test('C12: a member comes in by pairing, is offered what each role may do and nothing else, and is stopped when removed', async () => {
  onTestFailed(tell)
  const [{ page }, { page: nurse }] = [desk, ward]
  await nurse.getByRole('link', { name: 'Join or set up a practice' }).click()
  await nurse.getByRole('link', { name: 'A practice invited me' }).click()
  await nurse.getByLabel('Name for the unlock screen').fill('Ward')
  await chooseDevicePassphrase(nurse)
  await nurse.getByRole('button', { name: 'Show the code' }).click()
  await nurse.getByText(en.joining.waiting).waitFor()
  await book.takeWidths(nurse, 'join-code')
  const shown = await nurse.getByTestId('pairing-code').inputValue()

  await goToPlace(page, 'Practice')
  await book.takeBoth(page, 'practice')
  await main(page).getByRole('link', { name: 'Invite a member' }).click()
  await page.getByLabel('Name of the new member').waitFor()
  await book.takeBoth(page, 'practice-invite')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('alert').first().waitFor()
  await page.getByLabel('Name of the new member').fill('Wu Ling')
  await page.getByRole('checkbox', { name: 'nurse', exact: true }).check()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Code of the new device', { exact: true }).fill(shown)
  await page.getByRole('button', { name: 'Continue' }).click()
  for (const each of [page, nurse]) await each.getByRole('button', { name: 'The words match' }).waitFor()
  expect(await wordsOnScreen(nurse)).toEqual(await wordsOnScreen(page))
  await page.getByRole('button', { name: 'The words match' }).click()
  await nurse.getByRole('button', { name: 'The words match' }).click()
  await main(page).getByText('Wu Ling is a member now.', { exact: false }).waitFor({ timeout: 60_000 })
  await nurse.getByRole('button', { name: /Wu Ling.*This device, settings and lock/su }).waitFor({ timeout: 60_000 })
  await book.take(nurse, 'practice-nurse', 'en')

  // Who the patients are was confirmed for the whole practice.
  await goToPlace(nurse, 'Patients')
  await main(nurse).getByRole('link', { name: 'Chen Mei', exact: true }).click({ timeout: 60_000 })
  await strip(nurse).getByText('Allergy: Penicillin, severe').waitFor({ timeout: 60_000 })
  await strip(nurse).getByText('No. 1042').waitFor()
  // The other chart was given to physicians alone.
  await goToPlace(nurse, 'Patients')
  await main(nurse).getByRole('link', { name: 'Chen Mei', exact: true }).waitFor()
  expect(await main(nurse).getByText('Chen Bo').count()).toBe(0)

  // Every role for itself, given to one member in turn: what is offered is what the table says.
  await main(page).getByRole('link', { name: 'Practice' }).last().click()
  let held: PracticeRole = 'nurse'
  for (const role of ['nurse', ...PRACTICE_ROLES.filter((each) => each !== 'nurse')] as const) {
    if (role !== held) {
      await main(page).getByRole('button', { name: 'Change roles: Wu Ling' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('checkbox', { name: en.role[role], exact: true }).check()
      await dialog.getByRole('checkbox', { name: en.role[held], exact: true }).uncheck()
      await dialog.getByRole('button', { name: 'Change roles' }).click()
      await dialog.waitFor({ state: 'detached', timeout: 60_000 })
      held = role
    }
    await nurse
      .getByRole('button', { name: new RegExp(`Wu Ling\\s+${en.role[role]} · Green Clinic`, 'su') })
      .waitFor({ timeout: 60_000 })
    await goToHash(nurse, '#/practice')
    await nurse.getByRole('heading', { level: 1, name: 'Practice' }).waitFor()
    const links = nurse.getByRole('navigation', { name: 'Main' }).first().getByRole('link')
    for (const [place, isFor] of Object.entries(PLACES)) {
      const there = links.filter({ hasText: new RegExp(`^${place}`, 'u') })
      await expect.poll(() => there.count(), { message: `${role}: ${place}` }).toBe(isFor([role]) ? 1 : 0)
    }
    const mayAdminister = mayDoInPractice([role], 'administer-members')
    for (const [kind, name] of [
      ['link', 'Invite a member'],
      ['button', 'Change roles: Lin Wei'],
    ] as const)
      await expect
        .poll(() => main(nurse).getByRole(kind, { name }).count(), { message: `${role}: ${name}` })
        .toBe(mayAdminister ? 1 : 0)
    if (mayAdminister) await bothChangeOne(page, nurse)
    // The address of what is not offered says so instead.
    await goToHash(nurse, '#/practice/invite')
    await main(nurse)
      .getByText(
        mayAdminister ? en.practice.inviteWho : `only administrators can ${en.practice.deed['administer-members']}`,
      )
      .first()
      .waitFor()
  }

  await main(page).getByRole('link', { name: 'Activity' }).click()
  await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
  await goToPlace(page, 'Practice')
  await main(page).getByRole('button', { name: 'Remove: Wu Ling' }).click()
  await page.getByRole('dialog').getByText(en.practice.removeStops).waitFor()
  await book.take(page, 'practice-remove', 'en')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await main(page).getByRole('heading', { name: 'No longer a member' }).waitFor({ timeout: 60_000 })
  // Whether it still heard of it or is just not admitted any more: it says so.
  await nurse.getByText(en.clinic.removed).or(nurse.getByText(en.clinic.stopped)).first().waitFor({ timeout: 60_000 })
  await book.take(nurse, 'practice-stopped', 'en')
  expect(desk.faults).toEqual([])
})

/** Two administrators at the roles of one member: whose dialogue is still open is told, and sees them as they are now. */
async function bothChangeOne(first: Page, second: Page): Promise<void> {
  const open = async (page: Page) => {
    await main(page).getByRole('button', { name: 'Change roles: Lin Wei' }).click()
    return page.getByRole('dialog')
  }
  const role = (dialog: Locator, name: PracticeRole) =>
    dialog.getByRole('checkbox', { name: en.role[name], exact: true })
  const late = await open(second)
  await role(late, 'scribe').check()
  const early = await open(first)
  await role(early, 'auditor').check()
  await early.getByRole('button', { name: 'Change roles' }).click()
  await early.waitFor({ state: 'detached', timeout: 60_000 })
  await late.getByText(en.practice.rolesChanged.replace('{name}', 'Lin Wei')).waitFor({ timeout: 60_000 })
  await expect.poll(() => role(late, 'auditor').isChecked()).toBe(true)
  expect(await role(late, 'scribe').isChecked()).toBe(false)
  await book.takeBoth(second, 'practice-roles-changed')
  await late.getByRole('button', { name: en.deed.cancel }).click()
  await late.waitFor({ state: 'detached' })
}

test('C12: rows close together where a mouse is used, and the way to one’s own family goes through the lock', async () => {
  onTestFailed(tell)
  const { page } = desk
  const density = () => page.evaluate(() => document.documentElement.dataset['density'] ?? '')
  await openPersonSheet(page)
  // One account on this device: there is nothing to go to.
  expect(
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /My family/u })
      .count(),
  ).toBe(0)
  await page.getByRole('dialog').getByRole('checkbox', { name: 'Rows close together' }).check()
  expect(await density()).toBe('compact')
  await page.keyboard.press('Escape')
  await lock(page)
  await page.getByRole('link', { name: 'Create another account' }).click()
  await createAccount(page, { name: 'Lin Wei' })
  expect(await density()).toBe('')
  await openPersonSheet(page)
  await book.take(page, 'practice-switch', 'en')
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^My practice/u })
    .click()
  await page.getByRole('heading', { level: 1, name: 'Unlock' }).waitFor()
  await main(page).getByRole('button', { name: 'Account 1', exact: true }).click()
  await page.getByLabel('Your four words', { exact: true }).fill(PASSPHRASE)
  await page.getByRole('button', { name: 'Unlock', exact: true }).click()
  await page.getByRole('button', { name: /This device, settings and lock/u }).waitFor({ timeout: 60_000 })
  expect(await density()).toBe('compact')
})

test('UX 8: the pictures of the practice pass axe and the plain rules', () => {
  expect(book.count).toBeGreaterThan(8)
  expect(book.faults.join('\n')).toBe('')
})
