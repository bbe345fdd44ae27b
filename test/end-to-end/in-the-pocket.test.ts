/**
 * What a person does with the full chart in the hand and with no network: finds anything by a few letters.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { addMedicine, main } from '../support/app-deeds.ts'
import { createPictureBook, setLanguage } from '../support/app-pictures.ts'
import { waitFor } from '../support/app-world.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld

beforeAll(async () => {
  world = await openSeededWorld()
})
afterAll(() => world?.close())

const hits = (page: Page) => main(page).getByRole('listitem').getByRole('link')

test('Search: with no network, any record is found by letters, by keys alone, in both languages, and no word of it is kept', async ({
  onTestFailed,
}) => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { page, context, faults } = await world.seededDevice('laptop')
  await context.setOffline(true)

  // By keys alone: / opens it, letters find, an arrow walks, Enter opens.
  await page.keyboard.press('/')
  const field = page.getByRole('searchbox', { name: 'Search this chart' })
  await field.waitFor()
  await waitFor('the field to have the focus', () => field.evaluate((input) => input === document.activeElement))
  await page.keyboard.type('body mass 1992')
  await main(page)
    .getByText(/^\d+ results?$/u)
    .waitFor()
  await hits(page).first().waitFor()
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
  await main(page).getByLabel('Kind of record').selectOption({ label: 'Every kind' })
  await year.selectOption({ label: 'Every year' })
  await field.fill('檢驗')
  await main(page)
    .getByRole('button', { name: /^Show all \d+: Lab results$/u })
    .click()
  await waitFor('a page of hits', async () => (await hits(page).count()) === 50)
  await field.fill('')
  await main(page).getByLabel('Kind of record').selectOption({ label: 'Every kind' })
  await field.fill('no such zebra')
  await main(page).getByText('Nothing found').waitFor()
  await main(page)
    .getByText(/^Searched 1,1\d\d records of Fletcher Hyatt\./u)
    .waitFor()

  // What is written down is found at once, by its own words.
  await field.fill('zebrafen')
  await main(page).getByText('Nothing found').waitFor()
  await addMedicine(page, { name: 'Zebrafen', dose: '20 mg' })
  await page.getByRole('link', { name: 'Search this chart' }).first().click()
  await waitFor('what was typed', async () => (await field.inputValue()) === 'zebrafen')
  await hits(page).filter({ hasText: 'Zebrafen' }).waitFor()
  await field.fill('glucose 1')
  await hits(page).first().waitFor()
  await book.takeBoth(page, 'search-hits')
  await setLanguage(page, 'en')
  expect(book.faults).toEqual([])
  expect(faults).toEqual([])
})
