/**
 * What a person does with the full chart in the hand and with no network: finds anything by a few letters, is reminded by words that say nothing,
 * starts cold, and gets a new version without being disturbed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { addMedicine, choose, main, openForm, openPersonSheet, saveForm, unlock } from '../support/app-actions.ts'
import { createPictureBook, goToHash, setLanguage } from '../support/app-pictures.ts'
import { type Device, waitFor } from '../support/app-world.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'
import { smallTargets } from '../support/touch-sizes.ts'

let world: SeededWorld
let phone: Device

beforeAll(async () => {
  world = await openSeededWorld({ hasWindows: true, hasLines: true })
  phone = await world.seededDevice('phone')
})
afterAll(() => world?.close())

const hits = (page: Page) => main(page).getByRole('listitem').getByRole('link')

test('Search: with no network, any record is found by letters, by keys alone, in both languages, and no word of it is kept', async ({
  onTestFailed,
}) => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const laptop = await world.seededDevice('laptop')
  const { page, faults } = laptop
  laptop.setOffline(true)

  // By keys alone: / opens it, letters find, an arrow walks, Enter opens.
  await page.getByRole('link', { name: 'Search your record' }).waitFor()
  await page.keyboard.press('/')
  const field = page.getByRole('searchbox', { name: 'Search your record' })
  await field.waitFor()
  await waitFor('the field to have the focus', () => field.evaluate((input) => input === document.activeElement))
  await page.keyboard.type('body mass 1992')
  await main(page)
    .getByText(/^\d+ results?$/u)
    .waitFor()
  // Those of all that was typed: hits of its first letters go again, and the focus with them.
  await waitFor('hits of every word', async () => {
    const texts = await hits(page).allTextContents()
    return texts.length > 0 && texts.every((text) => /body mass.*1992/isu.test(text))
  })
  await page.keyboard.press('ArrowDown')
  const first = hits(page).first()
  expect(await first.evaluate((link) => link === document.activeElement)).toBe(true)
  // Marked as text, not by colour alone.
  expect((await first.locator('mark').allTextContents()).join(' ').toLowerCase()).toContain('body mass')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: /Body Mass Index/iu }).waitFor()
  expect(page.url()).not.toContain('body')
  expect(await page.title()).toBe('Record – Chartkeep')

  // What was typed is still there; Chinese words find what an American clinic wrote; kind and year narrow it.
  await page.goBack()
  await waitFor('what was typed', async () => (await field.inputValue()) === 'body mass 1992')
  await field.fill('膽固醇')
  await hits(page).filter({ hasText: 'Total Cholesterol' }).first().waitFor()
  await field.fill('cholesterol')
  const year = main(page).getByLabel('Year', { exact: true })
  await waitFor('years', async () => (await year.locator('option').count()) > 3)
  const wanted = await year.locator('option').nth(2).getAttribute('value')
  await year.selectOption(wanted)
  await waitFor('hits of that year alone', async () => {
    const texts = await hits(page).allTextContents()
    return texts.length > 0 && texts.every((text) => text.includes(String(wanted)))
  })
  await main(page).getByLabel('Kind').selectOption({ label: 'All kinds' })
  await year.selectOption({ label: 'All years' })
  await field.fill('檢驗')
  await main(page)
    .getByRole('button', { name: /^Show all \d+: Lab results$/u })
    .click()
  await waitFor('a page of hits', async () => (await hits(page).count()) === 50)
  await field.fill('')
  await main(page).getByLabel('Kind').selectOption({ label: 'All kinds' })
  await field.fill('no such zebra')
  await main(page).getByText('No matches').waitFor()
  await main(page)
    .getByText(/^Searched 1,1\d\d entries of Fletcher Hyatt\./u)
    .waitFor()

  // What is written down is found at once, by its own words.
  await field.fill('')
  await main(page).getByText('No matches').waitFor({ state: 'detached' })
  await field.fill('zebrafen')
  await main(page).getByText('No matches').waitFor()
  await addMedicine(page, { name: 'Zebrafen', dose: '20 mg' })
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await waitFor('what was typed', async () => (await field.inputValue()) === 'zebrafen')
  await hits(page).filter({ hasText: 'Zebrafen' }).waitFor()
  await field.fill('glucose 1')
  await hits(page).first().waitFor()
  await book.takeBoth(page, 'search-hits')
  await setLanguage(page, 'en')
  expect(book.faults).toEqual([])
  expect(faults).toEqual([])
})

const shown = (page: Page) => page.evaluate(() => (globalThis as unknown as { asked: unknown[] }).asked)

test('Reminders: a dose comes due and rings with words that say nothing about it; it is put off, recorded, and saved for a calendar', async ({
  onTestFailed,
}) => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { page, context, faults } = phone
  await context.grantPermissions(['notifications'], { origin: world.server.origin })
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  phone.setOffline(true)
  // Fingers meet every control of these screens and of a form.
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await page.getByRole('searchbox', { name: 'Search your record' }).fill('glucose')
  await hits(page).first().waitFor()
  expect(await smallTargets(page)).toEqual([])
  await openForm(page, 'Medicine')
  expect(await smallTargets(page)).toEqual([])
  await goToHash(page, '#/settings/reminders')
  await main(page).getByText('Nothing is due now.').waitFor()
  expect(await smallTargets(page)).toEqual([])

  // Two minutes will pass at once, which the app takes for a sleep.
  await goToHash(page, '#/settings')
  await page.getByLabel('Also lock when this device was asleep').uncheck()
  // A dose for the next minute but one, by this device's own clock and zone.
  const { now, time } = await page.evaluate(() => {
    const due = new Date(Date.now() + 120_000)
    const digits = (number: number) => String(number).padStart(2, '0')
    return { now: Date.now(), time: `${digits(due.getHours())}:${digits(due.getMinutes())}` }
  })
  await openForm(page, 'Medicine')
  await page.getByLabel('Medicine', { exact: true }).fill('Secretol')
  await page.getByLabel('Dose', { exact: true }).fill('1 tablet')
  await page.getByLabel('Times of day').fill(time)
  await choose(page, 'Taking it now?', 'Taking it now')
  await saveForm(page)

  await openPersonSheet(page)
  await page.getByRole('dialog').getByRole('link', { name: 'Reminders' }).click()
  await page.getByRole('heading', { level: 1, name: 'Reminders' }).waitFor()
  const dose = main(page).getByRole('listitem').filter({ hasText: 'Secretol' })
  await dose.first().waitFor()
  await main(page).getByText('Nothing is due now.').waitFor()
  await page.getByRole('button', { name: 'Alert me here' }).click()
  await main(page).getByText('Chartkeep rings on this device while it’s open.').waitFor()

  // A browser without a screen shows no notification; what it was asked to show is all that a locked screen could.
  await page.evaluate(() => {
    const asked: unknown[] = []
    Object.assign(globalThis, { asked })
    ServiceWorkerRegistration.prototype.showNotification = async (...given) => void asked.push(given)
  })
  // Two minutes pass; then the page is looked at again, as after a sleep.
  await page.clock.setFixedTime(now + 130_000)
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
  const later = page.getByRole('button', { name: 'Remind me in an hour: Secretol' })
  await later.waitFor()
  await waitFor('a notification', async () => (await shown(page)).length > 0)
  expect(await shown(page)).toEqual([['Chartkeep: you have a reminder.', { tag: 'reminder', icon: '/icon.svg' }]])
  await book.takeBoth(page, 'reminders')

  await later.click()
  await main(page).getByText('Put off.').waitFor()
  await dose
    .first()
    .getByText(/put off until/u)
    .waitFor()

  // The file for the calendar: neutral, and nothing in its name.
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save the calendar file' }).click()
  const file = await download
  expect(file.suggestedFilename()).toBe('chartkeep-reminders.ics')
  const text = readFileSync(await file.path(), 'utf8')
  expect(text).toContain(`T${time.replace(':', '')}00`)
  expect(text).toContain('SUMMARY:Chartkeep reminder')
  expect(text).not.toMatch(/Secretol|Fletcher|tablet/iu)

  // Recorded as taken, it is done; on a screen as wide as a laptop's.
  await page.setViewportSize({ width: 1280, height: 800 })
  await dose.first().getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'Secretol' }).waitFor()
  await page
    .getByRole('button', { name: /^Taken/u })
    .first()
    .click()
  await goToHash(page, '#/settings/reminders')
  await waitFor('today’s dose to go', async () => {
    const texts = await dose.allTextContents()
    return texts.length > 0 && texts.every((words) => !words.includes('put off'))
  })
  expect(book.faults).toEqual([])
  expect(faults).toEqual([])
})

test('Phone: the app starts cold with no network; a new version waits while a form is open, says so, and is in use at the next start', async ({
  onTestFailed,
}) => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller !== null)
  await phone.stop()
  await world.server.stop()
  await phone.start()
  await unlock(phone.page)
  const { page } = phone
  await page.getByRole('link', { name: 'Search your record' }).first().click()
  await page.getByRole('searchbox', { name: 'Search your record' }).fill('influenza')
  await hits(page).first().waitFor()

  // Another version of the app is at the server.
  const worker = join(world.folder, 'app/service-worker.js')
  const old = readFileSync(worker, 'utf8')
  const next = old.replace(/(chartkeep-shell-\W{0,6})[0-9a-f]{16}/u, '$10123456789abcdef')
  expect(next).not.toBe(old)
  writeFileSync(worker, next)
  phone.setOffline(false)
  await world.server.start()
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill('Latex')
  await page.evaluate(async () => void (await (await navigator.serviceWorker.getRegistration())?.update()))
  await page.waitForFunction(async () => Boolean((await navigator.serviceWorker.getRegistration())?.waiting))
  expect(await page.getByLabel(/allergic to/u).inputValue()).toBe('Latex')
  await goToHash(page, '#/settings')
  await main(page)
    .getByText(/^A new version is ready\./u)
    .waitFor()
  await book.takeBoth(page, 'settings-new-version')
  await phone.stop()
  await phone.start()
  await unlock(phone.page)
  expect(await phone.page.evaluate(() => caches.keys())).toEqual(['chartkeep-shell-0123456789abcdef'])
  await goToHash(phone.page, '#/settings')
  await main(phone.page).getByRole('heading', { level: 2, name: 'This app' }).waitFor()
  expect(
    await main(phone.page)
      .getByText(/A new version is ready/u)
      .count(),
  ).toBe(0)
  expect(book.faults).toEqual([])
  expect(phone.faults).toEqual([])
})
