/** See it: from the overview of a full chart a person takes doses, finds results and their trend, walks the timeline, and sees what is due. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { choose, goTo, importFile, main, openForm, openList, openRecord, saveForm } from '../support/app-actions.ts'
import { createPictureBook, type PictureBook } from '../support/app-pictures.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld
let page: Page
let book: PictureBook
/** Screens to be looked at in both languages when all is written: one change of language does for all. */
const addresses: { name: string; hash: string }[] = []

beforeAll(async () => {
  world = await openSeededWorld({ keepsShell: false })
  page = (await world.seededDevice('laptop')).page
  book = createPictureBook()
})
afterAll(() => world?.close())

const SOON = { timeout: 30_000 }
const card = (title: string): Locator => page.getByRole('region', { name: title, exact: true })

/** What has the focus, by its words. */
const inFocus = () =>
  page.evaluate(() => document.activeElement?.ariaLabel ?? (document.activeElement as HTMLElement | null)?.innerText)
const remember = (name: string) => addresses.push({ name, hash: new URL(page.url()).hash })

beforeEach(() => {
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
})

test('Overview: a planned dose is written down by one tap and taken back by one more; counts keep their base', async () => {
  await openForm(page, 'Medicine')
  await page.getByLabel('Medicine', { exact: true }).fill('Bisoprolol')
  await page.getByLabel('Dose', { exact: true }).fill('5 mg')
  await page.getByLabel('Times of day').fill('00:01, 23:59')
  await choose(page, 'Taking it now?', 'Taking it now')
  await saveForm(page)
  await goTo(page, 'Home')
  const now = card(en.overview.now)
  // By keys: each action takes its own button away, and the focus goes to what is in its place.
  const undo = now.getByRole('button', { name: 'Undo: Bisoprolol' })
  await now.getByRole('button', { name: 'Taken: Bisoprolol 00:01' }).press('Enter')
  await expect.poll(inFocus, SOON).toBe('Undo: Bisoprolol')
  await page.keyboard.press('Enter')
  await expect.poll(inFocus, SOON).toBe('Taken: Bisoprolol 00:01')
  await page.keyboard.press('Enter')
  await expect.poll(inFocus, SOON).toBe('Undo: Bisoprolol')
  await now.getByRole('button', { name: 'Skip: Bisoprolol 23:59' }).click()
  await expect.poll(() => undo.count(), SOON).toBe(2)
  remember('see-overview')

  await openList(page, 'Medicines')
  const week = card(en.adherence.title)
    .first()
    .getByRole('row', { name: /^Bisoprolol/u })
  await week.waitFor()
  expect(await week.getByRole('cell').allTextContents()).toEqual(['2', '1', '0', '1', '0', '0'])
  remember('see-medicines')
  await openRecord(page, 'Bisoprolol')
  await page.getByText(/of 2 planned doses, 1 taken, 0 late, 1 skipped, 0 not logged/u).waitFor()
  remember('see-doses')

  // A plan that came with a file is called as its record is, and is as old as it says.
  await goTo(page, 'Care')
  await page
    .getByRole('listitem')
    .filter({ hasText: '31 Aug 1975' })
    .getByRole('link', { name: 'Cancer care plan' })
    .click()
  await page.getByRole('heading', { level: 1, name: 'Cancer care plan' }).waitFor()

  // A button that cannot be pressed while it works has the focus again when it can.
  await page.getByRole('link', { name: /^Sync: /u }).click()
  await page.getByRole('heading', { level: 1, name: 'Sync' }).waitFor()
  await page.getByRole('button', { name: 'Sync now' }).press('Enter')
  await expect.poll(inFocus, SOON).toBe('Sync now')
  await new Promise((resolve) => setTimeout(resolve, 500))
  await expect.poll(inFocus, SOON).toBe('Sync now')
})

test('Trends: offline, from the overview to a result and its trend in three steps; another unit keeps the report next to it', async () => {
  await world.server.stop()
  await goTo(page, 'Home')
  await page.getByRole('link', { name: 'Search your record' }).locator('visible=true').first().click()
  await page.getByRole('searchbox').fill('total chol')
  await main(page)
    .getByRole('link', { name: /^Total Cholesterol/u })
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: 'Total Cholesterol' }).waitFor()
  const figure = page.getByRole('figure').filter({ hasText: 'Total Cholesterol' })
  await figure.getByText(/^Total Cholesterol, 14 results from/u).waitFor()
  await figure.getByText('mmol/L', { exact: true }).click()
  await figure.getByText(/^Newest: .*\(reported as [\d.]+ mg\/dL\)/u).waitFor()
  await figure.getByText(/latest [\d.]+ mmol\/L \(reported as [\d.]+ mg\/dL\)/u).waitFor()
  await book.take(page, 'see-trend', 'en')
  await figure.getByText('Table', { exact: true }).click()
  await expect.poll(() => figure.getByRole('row').count(), SOON).toBe(15)
  await figure
    .getByRole('row', { name: /mmol\/L reported as [\d.]+ mg\/dL/u })
    .first()
    .waitFor()

  await openList(page, 'Lab results')
  await main(page).getByText('By test', { exact: true }).click()
  const tests = page.getByRole('list', { name: 'Lab results, By test' })
  await tests.getByRole('link', { name: /^Triglycerides.*14 results/u }).waitFor()
  remember('see-tests')
  await openList(page, 'Vital signs')
  await main(page).getByText('By test', { exact: true }).click()
  await page.getByRole('link', { name: /^Blood pressure.*10 results/u }).click()
  await page.getByText(/^Blood pressure, 10 results from .*, Upper number from [\d.]+ mmHg to/u).waitFor()
  remember('see-pressure')
})

test('Timeline: everything under years and months, filtered by kind and years, walked by keys, jumped through by years', async () => {
  await goTo(page, 'Records')
  await main(page).getByRole('link', { name: 'Timeline' }).click()
  await page.getByRole('heading', { level: 1, name: 'Timeline' }).waitFor()
  const list = page.getByRole('list', { name: 'Timeline' })
  await list.getByRole('heading', { name: '1996', exact: true }).waitFor()
  await page.getByLabel('Go to a year').selectOption('1968')
  await list.getByRole('heading', { name: '1968', exact: true }).waitFor()
  expect(await list.getByRole('listitem').count()).toBeLessThan(60)
  const row = page.locator('a[data-row]:focus')
  await row.waitFor()
  const before = Number(await row.getAttribute('data-row'))
  await page.keyboard.press('ArrowDown')
  await expect.poll(async () => Number(await row.getAttribute('data-row')), SOON).toBeGreaterThan(before)
  await page.keyboard.press('End')
  await list.getByRole('heading', { name: '1915', exact: true }).waitFor()

  await page.getByRole('group', { name: 'Kinds' }).getByRole('button', { name: 'Vaccines' }).click()
  await page.getByLabel('From', { exact: true }).selectOption('1990')
  await page.getByLabel('Until', { exact: true }).selectOption('1993')
  await page.getByText(/^4 of [\d,]+/u).waitFor()
  await list.getByRole('heading', { name: 'Dec 1993', exact: true }).waitFor()
  await list
    .getByRole('link', { name: /Influenza/u })
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: /^Influenza/u }).waitFor()
  await page.goBack()
  await page.getByText(/^4 of [\d,]+/u).waitFor()
})

test('Vaccines and people: what is due by the records, a refusal with its reason, and details that came by import put right', async () => {
  await openForm(page, 'Vaccine')
  await page.getByLabel('Vaccine', { exact: true }).fill('Tick fever')
  await page.getByLabel('Date given', { exact: true }).fill('2021-04')
  await page.getByLabel('Dose number', { exact: true }).fill('2')
  await page.getByText('More: notes and details').click()
  await page.getByLabel('Next due', { exact: true }).fill('2024-04')
  await saveForm(page)
  await openForm(page, 'Vaccine')
  await page.getByLabel('Vaccine', { exact: true }).fill('Yellow fever')
  await choose(page, 'Was it given?', 'Not given')
  await page.getByLabel('Why not?', { exact: true }).fill('Refused')
  await page.getByLabel('When was that?', { exact: true }).fill('2025-05')
  await saveForm(page)
  await openList(page, 'Vaccines')
  const due = card(en.immunization.dueTitle)
  await due.getByRole('link', { name: /^Tick fever.*was due Apr 2024.*overdue/u }).waitFor()
  const kinds = card(en.immunization.history)
  await kinds.getByText('Not given: Refused').waitFor()
  await kinds.getByText('10 doses recorded').waitFor()
  await kinds.getByText('5 more').click()
  await kinds.getByRole('link', { name: '2 Nov 1986' }).waitFor()
  remember('see-vaccines')
  await goTo(page, 'Home')
  await card(en.overview.now)
    .getByRole('link', { name: /^Tick fever/u })
    .waitFor()

  const file = join(world.folder, 'people.json')
  const person = { resourceType: 'RelatedPerson', id: 'r1', patient: { reference: 'Patient/fe0562b5' } }
  const resource = { ...person, name: [{ text: 'Ruth Hyatt' }], relationship: [{ text: 'Daughter' }] }
  writeFileSync(file, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ resource }] }))
  await importFile(page, file)
  await openList(page, 'Profile')
  await openRecord(page, 'Ruth Hyatt')
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.getByLabel('Phone', { exact: true }).fill('0912 345 678')
  await book.take(page, 'see-contact', 'en')
  await saveForm(page)
  await main(page)
    .getByText(/0912 345 678/u)
    .first()
    .waitFor()
  await openList(page, 'Profile')
  await openRecord(page, 'Fletcher Hyatt')
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await choose(page, 'Blood type', 'O+')
  await saveForm(page)
  await main(page).getByText('O+', { exact: true }).waitFor()
  await openList(page, 'Documents')
  await main(page)
    .getByRole('link', { name: /people\.json/u })
    .first()
    .click()
  await page.getByRole('link', { name: 'Edit', exact: true }).click()
  await page.getByLabel('Title', { exact: true }).fill('People to call')
  await page.getByLabel('What kind of document?', { exact: true }).fill('List')
  await book.take(page, 'see-document', 'en')
  await saveForm(page)
  await page.getByRole('heading', { level: 1, name: 'People to call' }).waitFor()
})

test('UX 8: what stands out at a glance passes axe at both widths in both languages', async () => {
  await book.takeAll(page, addresses)
  expect(addresses).toHaveLength(6)
  expect(book.faults).toEqual([])
})

test('On a phone, offline: a dose is one tap from the overview, a trend is one tap on a result, and the timeline is read with a thumb', async () => {
  const phone = (await world.seededDevice('phone')).page
  const dose = phone.getByRole('button', { name: 'Taken: Lasix 40mg' })
  await dose.tap()
  await phone.getByRole('button', { name: 'Undo: Lasix 40mg' }).waitFor()
  await phone
    .getByRole('region', { name: en.overview.latest })
    .getByRole('link', { name: /^Glucose/u })
    .tap()
  await phone.getByText(/^Glucose, 13 results from/u).waitFor()
  await goTo(phone, 'Records')
  await main(phone).getByRole('link', { name: 'Timeline' }).tap()
  await phone.getByRole('list', { name: 'Timeline' }).getByRole('link').first().waitFor()
  await phone.getByLabel('Go to a year').selectOption('1986')
  await phone.getByRole('list', { name: 'Timeline' }).getByRole('heading', { name: '1986', exact: true }).waitFor()
})
