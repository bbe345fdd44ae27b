/**
 * The concierge's day in Chromium with the real server (M1 to M7): a patient asks for an appointment and writes, the desk finds both in its work list,
 * books, answers, moves and hands over; what was booked twice while apart is shown until somebody settles it.
 */
import { readFileSync } from 'node:fs'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Page } from 'playwright-core'
import {
  choose,
  confirmIdentity,
  createAccount,
  createPractice,
  goTo,
  goToPart,
  goToPlace,
  joinPractice,
  main,
  share,
  waitForSync,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { type Device, openWorld, type World } from '../support/app-world.ts'
import { refuseWrites, takeWrites } from '../support/refusing-disk.ts'

let world: World
let desk: Device
let phone: Device
let ward: Device
const book = createPictureBook()

beforeAll(async () => {
  world = await openWorld({ hasLines: true })
  desk = await world.device('desk')
  phone = await world.device('phone', 'phone')
  ward = await world.device('ward')
}, 400_000)
afterAll(() => world?.close())

/** When this file began: the days that it names stay the same when midnight passes while it runs. */
const begun = Date.now()
/** A day so many days from then, where the devices are. */
const dayAhead = (days: number) =>
  new Date(begun + days * 86_400_000).toLocaleDateString('sv-SE', { timeZone: 'Asia/Taipei' })

/** The patient asks for an appointment, from Care. */
async function ask(page: Page, what: string, day: string): Promise<void> {
  await goTo(page, 'Care')
  await main(page).getByRole('link', { name: en.calendar.ask }).first().click()
  await page.getByRole('heading', { level: 1, name: en.calendar.ask }).waitFor()
  await page.getByLabel(en.calendar.askWhat).fill(what)
  await page.getByLabel(en.calendar.day, { exact: true }).fill(day)
  await choose(page, en.calendar.part, 'Morning')
  await page.getByRole('button', { name: en.calendar.sendRequest }).click()
  await page.getByRole('heading', { level: 1, name: en.calendar.titlePatient }).waitFor()
}

/** An item of the work list, opened as the desk does it; `words`: of whoever handed it over. */
async function openWork(page: Page, kind: string, name: string, words = ''): Promise<void> {
  await goToPlace(page, 'Work list')
  await main(page).getByText(words).first().waitFor({ timeout: 60_000 })
  await main(page)
    .getByRole('link', { name: `${kind}, ${name}` })
    .first()
    .click({ timeout: 60_000 })
}

/** The form of a booking, which is open. */
async function bookAt(page: Page, day: string, time: string): Promise<void> {
  await page.getByLabel(en.calendar.withWhom).selectOption({ label: 'Lin Wei' })
  await page.getByLabel(en.calendar.day, { exact: true }).fill(day)
  await page.getByLabel(en.calendar.time, { exact: true }).fill(time)
  await page.getByRole('button', { name: new RegExp(`^(?:Book|Move to) ${time}$`, 'u') }).click()
}

test('M1, M2, M4, M7: a patient asks and writes, the desk finds both in its work list, hands over, books, moves and answers', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  await createPractice(desk.page, { practice: 'Green Clinic', name: 'Lin Wei', roles: ['physician'] })
  await goToPlace(desk.page, 'Work list')
  await main(desk.page).getByText(en.work.empty).waitFor()
  await goToPlace(desk.page, 'Patients')
  const code = (await desk.page.getByTestId('my-code').textContent())!
  await waitForSync(desk.page, /Saved and synced/u)

  await joinPractice(desk.page, ward.page, { name: 'Wu Ling', roles: ['nurse'] })
  await createAccount(phone.page, { name: 'Chen Mei' })
  await waitForSync(phone.page, /Saved and synced/u)
  await share(phone.page, {
    code,
    lists: ['Profile', 'Messages', 'Appointments'],
    rights: ['add records', 'edit records'],
    until: '48 hours',
  })
  await confirmIdentity(desk.page, { name: 'Chen Mei', birthDate: '1992-03-04', number: '1042' })
  // Whom one member identified is known to all.
  await goToPlace(ward.page, 'Patients')
  await main(ward.page).getByRole('link', { name: 'Chen Mei', exact: true }).waitFor({ timeout: 60_000 })

  // Asked and written in a place without network.
  phone.setOffline(true)
  await ask(phone.page, 'Blood pressure', dayAhead(7))
  await main(phone.page).getByText(en.calendar.goesOnline).waitFor()
  await book.takeBoth(phone.page, 'calendar-patient')
  await goTo(phone.page, 'Care')
  await main(phone.page).getByRole('link', { name: en.messages.new }).click()
  await phone.page.getByText('Not for emergencies', { exact: false }).waitFor()
  await phone.page.getByLabel(en.messages.subject).fill('Dizzy in the morning')
  await phone.page.getByLabel(en.messages.text, { exact: true }).fill('Since Monday, when I stand up.')
  await book.takeBoth(phone.page, 'message-new')
  await phone.page.getByRole('button', { name: en.messages.sendLater }).click()
  await phone.page.getByRole('heading', { level: 1, name: 'Dizzy in the morning' }).waitFor()
  await main(phone.page).getByText(en.messages.goesOnline).waitFor()
  phone.setOffline(false)

  // Complaint: "staff not told of a booking". The list and its count say so without a chart being opened.
  await goToPlace(desk.page, 'Work list')
  for (const kind of ['booking', 'message'] as const)
    await main(desk.page).getByText(en.work.kinds[kind], { exact: true }).last().waitFor({ timeout: 60_000 })
  await desk.page.getByRole('navigation', { name: 'Main' }).getByText('2 to do').first().waitFor({ state: 'attached' })
  await book.takeBoth(desk.page, 'work')

  // Both handed over with words, on a disk that takes the first alone (ST23): the other one is named and stays ticked, and stays here.
  desk.setOffline(true)
  const message = main(desk.page).getByRole('checkbox', { name: 'Message Chen Mei' })
  await main(desk.page).getByRole('checkbox', { name: 'Booking request Chen Mei' }).check()
  await message.check()
  await main(desk.page).getByRole('button', { name: 'Hand over 2' }).click()
  await desk.page.getByLabel(en.work.to, { exact: true }).selectOption({ label: 'Wu Ling' })
  await desk.page.getByLabel(en.work.comment).fill('Knows her well')
  await refuseWrites(desk.page, 'QuotaExceededError', 1)
  await main(desk.page).getByRole('button', { name: en.work.handOver, exact: true }).click()
  await main(desk.page)
    .getByRole('alert')
    .getByText('1 handed over, 1 not: Message Chen Mei. It stays ticked.', { exact: false })
    .waitFor()
  await takeWrites(desk.page)
  await book.take(desk.page, 'work-partly', 'en')
  expect(await message.isChecked()).toBe(true)
  await message.uncheck()
  desk.setOffline(false)
  // It is theirs now: gone from the list of whoever gave it, and in the team's.
  await main(desk.page).getByRole('checkbox', { name: 'Booking request Chen Mei' }).waitFor({ state: 'detached' })
  // A kind of which nothing is here is not nothing that waits.
  await main(desk.page).getByLabel(en.work.kind, { exact: true }).selectOption({ label: en.work.kinds.booking })
  await main(desk.page).getByText(en.work.emptyKind).waitFor()
  expect(await main(desk.page).getByText(en.work.empty).count()).toBe(0)
  await book.take(desk.page, 'work-none-of-kind', 'en')
  await main(desk.page).getByRole('button', { name: en.work.allKinds }).click()
  await main(desk.page).getByText(en.work.kinds.message, { exact: true }).last().waitFor()
  await main(desk.page).getByText('Team (2)', { exact: true }).click()
  await main(desk.page).getByText('Lin Wei: “Knows her well”').waitFor()

  // The nurse finds it with the words, and books it; the desk moves it; the patient is told.
  await openWork(ward.page, 'Booking request', 'Chen Mei', 'Lin Wei: “Knows her well”')
  await ward.page.getByRole('heading', { level: 1, name: en.calendar.book }).waitFor()
  await book.takeBoth(ward.page, 'booking-form')
  await bookAt(ward.page, dayAhead(7), '09:00')
  // What was opened from the list and is done leads to the next.
  await ward.page.getByRole('heading', { level: 1, name: 'Work list' }).waitFor()
  await goTo(phone.page, 'Care')
  await main(phone.page).getByText('09:00', { exact: false }).first().waitFor({ timeout: 60_000 })
  await goToPlace(desk.page, 'Calendar')
  await main(desk.page).getByText(en.calendar.views.list, { exact: true }).click()
  // Until the booking has come, what was asked is above the list, under the same name.
  await main(desk.page).getByRole('link', { name: 'Chen Mei', exact: true }).click({ timeout: 60_000 })
  await desk.page.getByRole('heading', { level: 1, name: en.calendar.move }).waitFor()
  await bookAt(desk.page, dayAhead(8), '10:30')
  await main(desk.page).getByText(en.calendar.state.moved, { exact: true }).waitFor()
  await main(phone.page).getByText('10:30', { exact: false }).first().waitFor({ timeout: 60_000 })
  await main(phone.page).getByRole('link', { name: en.calendar.back }).click()
  await main(phone.page).getByText(en.calendar.movedFrom, { exact: true }).waitFor()
  await book.takeBoth(phone.page, 'calendar-moved')

  // Into a calendar of the phone's own: the time that it was moved to, and not a word of what it is for or with whom.
  const [download] = await Promise.all([
    phone.page.waitForEvent('download'),
    phone.page.getByRole('button', { name: en.calendar.file }).click(),
  ])
  await phone.page.getByText(en.calendar.fileSaved).waitFor()
  const file = readFileSync(await download.path(), 'utf8')
  const start = new Date(`${dayAhead(8)}T10:30:00+08:00`).toISOString().replaceAll(/[-:]|\.000/gu, '')
  expect(file.match(/^DTSTART.*$/gmu)).toEqual([`DTSTART:${start}`])
  expect(file).not.toMatch(/Blood|Lin Wei|Green|Chen/u)

  // Read and answered; both sides say so.
  await openWork(desk.page, 'Message', 'Chen Mei')
  await desk.page.getByRole('heading', { level: 1, name: 'Dizzy in the morning' }).waitFor()
  // ST23: what the disk does not take is told, and the thread stays where it can be settled.
  for (const error of ['UnknownError', 'QuotaExceededError'] as const) {
    await refuseWrites(desk.page, error)
    await desk.page.getByRole('button', { name: en.messages.settle }).click()
    await main(desk.page).getByRole('alert').getByText(en.deed.failed, { exact: true }).waitFor()
    await takeWrites(desk.page)
  }
  await desk.page.getByLabel(en.messages.text, { exact: true }).fill('Please sit down first. We see you next week.')
  // What is told of the disk goes by itself when it takes writes again.
  await desk.page.locator('[data-trouble]').waitFor({ state: 'detached' })
  await book.takeBoth(desk.page, 'thread')
  await desk.page.getByRole('button', { name: en.messages.send }).click()
  await desk.page.getByRole('heading', { level: 1, name: 'Work list' }).waitFor()
  await main(desk.page).getByText(en.work.empty).waitFor({ timeout: 60_000 })

  // Complaint: "unread count stale": it is there when the message is, and goes by itself once it was read.
  await goTo(phone.page, 'Care')
  await main(phone.page).getByText('1 message you haven’t read').waitFor({ timeout: 60_000 })
  await book.takeBoth(phone.page, 'care')
  await main(phone.page)
    .getByRole('link', { name: /Dizzy in the morning/u })
    .click()
  await main(phone.page).getByText('Please sit down first', { exact: false }).waitFor({ timeout: 60_000 })
  await goTo(phone.page, 'Care')
  await main(phone.page).getByText('1 message you haven’t read').waitFor({ state: 'detached', timeout: 60_000 })
  await goToPlace(desk.page, 'Messages')
  await main(desk.page)
    .getByRole('link', { name: /Dizzy in the morning/u })
    .click()
  await main(desk.page)
    .getByText(/Chen Mei: read/u)
    .waitFor({ timeout: 60_000 })
  expect(book.faults).toEqual([])
})

test('M5: "two staff book the same slot": what was booked twice while apart is shown as two cards, until one is moved', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  await ask(phone.page, 'Ear wax', dayAhead(8))
  await ask(phone.page, 'Hearing test', dayAhead(8))
  await waitForSync(phone.page, /Saved and synced/u)
  await goToPlace(desk.page, 'Work list')
  await main(desk.page).getByText(en.work.kinds.booking, { exact: true }).last().waitFor({ timeout: 60_000 })
  await goToPlace(ward.page, 'Work list')
  await main(ward.page).getByText(en.work.kinds.booking, { exact: true }).last().waitFor({ timeout: 60_000 })
  for (const device of [desk, ward]) device.setOffline(true)
  for (const { page } of [desk, ward]) {
    await openWork(page, 'Booking request', 'Chen Mei')
    await bookAt(page, dayAhead(9), '10:45')
    await page.getByRole('heading', { level: 1, name: 'Work list' }).waitFor()
  }
  // What one of them books the other declines.
  await openWork(ward.page, 'Booking request', 'Chen Mei')
  await bookAt(ward.page, dayAhead(10), '11:45')
  await openWork(desk.page, 'Booking request', 'Chen Mei')
  await main(desk.page).getByRole('link', { name: en.calendar.back }).click()
  const waiting = main(desk.page).getByRole('region', { name: en.calendar.requests })
  await waiting.getByRole('button', { name: en.calendar.decline }).click()
  await waiting.getByLabel(en.calendar.reason).fill('We do none')
  await waiting.locator('form').getByRole('button', { name: en.calendar.decline }).click()
  await waiting.waitFor({ state: 'detached' })
  for (const device of [desk, ward]) device.setOffline(false)
  const clashOn = (page: Page) => main(page).getByRole('group', { name: en.calendar.clash.request })
  for (const { page } of [desk, ward]) {
    await goToPlace(page, 'Calendar')
    await clashOn(page).waitFor({ timeout: 60_000 })
    expect(await clashOn(page).getByRole('heading', { level: 3 }).count()).toBe(2)
  }
  await book.takeBoth(desk.page, 'calendar-clash')
  await clashOn(desk.page).getByRole('button', { name: en.calendar.cancel }).last().click()
  await desk.page.getByLabel(en.calendar.reason).fill('Booked twice by mistake')
  const cancel = clashOn(desk.page).locator('form').getByRole('button', { name: en.calendar.cancel })
  // ST23: what the disk does not take is told, and what was typed stays.
  await refuseWrites(desk.page, 'UnknownError')
  await cancel.click()
  await clashOn(desk.page).getByText(en.calendar.failed, { exact: true }).waitFor()
  await takeWrites(desk.page)
  await cancel.click()
  for (const { page } of [desk, ward]) await clashOn(page).waitFor({ state: 'detached', timeout: 60_000 })
  const refused = (page: Page) => main(page).getByRole('group', { name: en.calendar.clash.answers })
  const takeBack = refused(desk.page).getByRole('button', { name: en.calendar.takeBack })
  await refuseWrites(desk.page, 'QuotaExceededError')
  await takeBack.click()
  await refused(desk.page).getByText(en.calendar.failed, { exact: true }).waitFor()
  await takeWrites(desk.page)
  await takeBack.click()
  await desk.page.locator('[data-trouble]').waitFor({ state: 'detached' })
  for (const { page } of [desk, ward]) await refused(page).waitFor({ state: 'detached', timeout: 60_000 })

  // Hours are set, and what is free in them is offered when somebody books.
  await desk.page.getByRole('button', { name: en.calendar.hoursChange }).click()
  for (const day of Object.values(en.day)) await desk.page.getByRole('checkbox', { name: day, exact: true }).check()
  await desk.page.getByRole('button', { name: 'Save', exact: true }).first().click()
  await main(desk.page).getByText(en.calendar.hoursSaved, { exact: true }).first().waitFor()
  await desk.page.getByLabel(en.calendar.bookFor).selectOption({ label: 'Chen Mei' })
  await desk.page.getByRole('heading', { level: 1, name: en.calendar.book }).waitFor()
  await desk.page.getByLabel(en.calendar.withWhom).selectOption({ label: 'Lin Wei' })
  await desk.page.getByLabel(en.calendar.day, { exact: true }).fill(dayAhead(9))
  const free = desk.page.getByRole('group', { name: en.calendar.free })
  await free.getByRole('radio', { name: '09:30' }).waitFor()
  expect(await free.getByRole('radio', { name: '10:30' }).count()).toBe(0)
  await free.getByRole('radio', { name: '09:30' }).check()
  await desk.page.getByRole('button', { name: 'Book 09:30' }).click()
  await desk.page.getByRole('heading', { level: 1, name: en.calendar.titleChart }).waitFor()
  await goToPlace(desk.page, 'Calendar')
  await main(desk.page).getByText(en.calendar.views.week, { exact: true }).click()
  await book.takeBoth(desk.page, 'calendar-week')

  // Whoever did not come: written down at the desk afterwards, and said to both.
  await desk.page.getByLabel(en.calendar.bookFor).selectOption({ label: 'Chen Mei' })
  await desk.page.getByRole('heading', { level: 1, name: en.calendar.book }).waitFor()
  await bookAt(desk.page, dayAhead(-1), '11:15')
  const unsettled = main(desk.page).getByRole('region', { name: en.calendar.unsettled })
  await unsettled.getByRole('button', { name: en.calendar.deed.noshow }).waitFor()
  await book.takeBoth(desk.page, 'calendar-unsettled')
  await unsettled.getByRole('button', { name: en.calendar.deed.noshow }).click()
  await unsettled.waitFor({ state: 'detached' })
  for (const { page } of [desk, phone])
    await main(page)
      .getByRole('region', { name: en.calendar.past })
      .getByText(en.calendar.state.noshow, { exact: true })
      .waitFor({ timeout: 60_000 })
  expect(book.faults).toEqual([])
  expect([...desk.faults, ...ward.faults, ...phone.faults]).toEqual([])
})

test('M8: a patient who shares with two practices says to whom a message goes; it waits there alone, and both sides see with whom it is', async () => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const blue = await world.device('blue')
  await createPractice(blue.page, { practice: 'Blue Clinic', name: 'Hsu Yun', roles: ['physician'] })
  await goToPlace(blue.page, 'Patients')
  const code = (await blue.page.getByTestId('my-code').textContent())!
  await waitForSync(blue.page, /Saved and synced/u)
  await share(phone.page, { code, lists: ['Profile', 'Messages'], rights: ['add records'], until: '48 hours' })
  await confirmIdentity(blue.page, { name: 'Chen Mei', birthDate: '1992-03-04', number: '77' })
  // The thread with the first practice is with it, and continues with it without a question.
  await goTo(phone.page, 'Care')
  await main(phone.page)
    .getByRole('link', { name: /Dizzy in the morning/u })
    .click()
  await main(phone.page).getByText('With Green Clinic', { exact: true }).waitFor()
  await main(phone.page).getByText('To Green Clinic', { exact: true }).waitFor()
  await main(phone.page).getByText('Blue Clinic can read it too', { exact: false }).waitFor()
  await book.takeBoth(phone.page, 'message-reply-two')

  await goTo(phone.page, 'Care')
  await main(phone.page).getByRole('link', { name: en.messages.new }).click()
  await phone.page.getByLabel(en.messages.subject).fill('Itching eyes')
  await phone.page.getByLabel(en.messages.text, { exact: true }).fill('Since the weekend.')
  await phone.page.getByRole('button', { name: en.messages.send, exact: true }).click()
  await phone.page.getByText(en.messages.needWhom).waitFor()
  await book.takeBoth(phone.page, 'message-new-whom')
  await choose(phone.page, en.messages.toWhom, 'Blue Clinic')
  await main(phone.page).getByText('To Blue Clinic', { exact: true }).waitFor()
  await main(phone.page).getByText('Green Clinic can read it too', { exact: false }).waitFor()
  await phone.page.getByRole('button', { name: en.messages.send, exact: true }).click()
  await phone.page.getByRole('heading', { level: 1, name: 'Itching eyes' }).waitFor()
  await main(phone.page).getByText('With Blue Clinic', { exact: true }).waitFor()

  await openWork(blue.page, 'Message', 'Chen Mei')
  await blue.page.getByRole('heading', { level: 1, name: 'Itching eyes' }).waitFor()
  await blue.page.getByLabel(en.messages.text, { exact: true }).fill('Come in on Monday.')
  await blue.page.getByRole('button', { name: en.messages.send, exact: true }).click()
  await main(phone.page).getByText('Come in on Monday.').waitFor({ timeout: 60_000 })

  // The other practice holds the list and can read it; none of it waits there.
  await goToPlace(desk.page, 'Patients')
  await main(desk.page).getByRole('link', { name: 'Chen Mei', exact: true }).click()
  await goToPart(desk.page, 'Messages')
  await main(desk.page).getByText(en.messages.toOthers, { exact: true }).first().waitFor({ timeout: 60_000 })
  expect(await main(desk.page).getByText(en.messages.unanswered, { exact: true }).count()).toBe(0)
  await book.takeBoth(desk.page, 'messages-to-others')
  await main(desk.page)
    .getByRole('link', { name: /Itching eyes/u })
    .click()
  await main(desk.page).getByText('With Blue Clinic', { exact: true }).waitFor()
  await main(desk.page).getByText('between the patient and Blue Clinic', { exact: false }).waitFor()
  expect(await main(desk.page).getByLabel(en.messages.text, { exact: true }).count()).toBe(0)
  await book.takeBoth(desk.page, 'thread-to-others')
  await goToPlace(desk.page, 'Work list')
  await main(desk.page).getByText(en.work.empty).waitFor({ timeout: 60_000 })

  // Whom a thread is with may no longer read the list: the patient is told before they write what would not arrive.
  await goTo(phone.page, 'Sharing')
  const shared = main(phone.page).getByRole('region', { name: 'Blue Clinic' })
  await shared.getByRole('button', { name: 'Stop sharing' }).click()
  await phone.page.getByRole('dialog').getByRole('button', { name: 'Stop sharing' }).click()
  await main(phone.page)
    .getByText(/^Sharing stopped at/u)
    .first()
    .waitFor({ timeout: 60_000 })
  await goTo(phone.page, 'Care')
  await main(phone.page)
    .getByRole('link', { name: /Itching eyes/u })
    .click()
  await main(phone.page)
    .getByText('Blue Clinic can no longer read your messages.', { exact: false })
    .waitFor({ timeout: 60_000 })
  expect(await main(phone.page).getByText('To Blue Clinic', { exact: true }).count()).toBe(0)
  await book.takeBoth(phone.page, 'message-party-gone')
  expect(book.faults).toEqual([])
  expect([...desk.faults, ...blue.faults, ...phone.faults]).toEqual([])
})
