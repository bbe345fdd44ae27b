/** See it: from the overview of a full chart a person takes doses, finds results and their trend, walks the timeline, and sees what is due. */
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Locator, Page } from 'playwright-core'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { choose, goTo, openForm, openList, openRecord, saveForm } from '../support/app-deeds.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openSeededWorld, type SeededWorld } from '../support/seeded-world.ts'

let world: SeededWorld

beforeAll(async () => {
  world = await openSeededWorld({ keepsShell: false })
})
afterAll(() => world?.close())

const SOON = { timeout: 30_000 }
const card = (page: Page, title: string): Locator => page.getByRole('region', { name: title, exact: true })

test('Overview: a planned dose is written down by one tap and taken back by one more; counts keep their base', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page } = await world.seededDevice('laptop')
  await openForm(page, 'Medicine')
  await page.getByLabel('Medicine', { exact: true }).fill('Bisoprolol')
  await page.getByLabel('Dose', { exact: true }).fill('5 mg')
  await page.getByLabel('Times of day').fill('00:01, 23:59')
  await choose(page, 'Taken now?', 'Taking it now')
  await saveForm(page)
  await goTo(page, 'Overview')
  const now = card(page, en.overview.now)
  await now.getByRole('button', { name: 'Taken: Bisoprolol 00:01' }).click()
  const undo = now.getByRole('button', { name: 'Undo: Bisoprolol' })
  await undo.waitFor()
  await undo.click()
  await now.getByRole('button', { name: 'Taken: Bisoprolol 00:01' }).click()
  await undo.waitFor()
  await now.getByRole('button', { name: 'Skip: Bisoprolol 23:59' }).click()
  await expect.poll(() => undo.count(), SOON).toBe(2)
  await book.takeBoth(page, 'see-overview')

  await openList(page, 'Medicines')
  const week = card(page, en.adherence.title)
    .first()
    .getByRole('row', { name: /^Bisoprolol/u })
  expect(await week.getByRole('cell').allTextContents()).toEqual(['2', '1', '0', '1', '0', '0'])
  await book.takeBoth(page, 'see-medicines')
  await openRecord(page, 'Bisoprolol')
  await page.getByText(/of 2 planned doses 1 taken, 0 late, 1 skipped, 0 not recorded/u).waitFor()
  await book.takeBoth(page, 'see-doses')
  expect(book.faults).toEqual([])
})
