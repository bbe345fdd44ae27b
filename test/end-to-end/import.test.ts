/**
 * Import that never misleads (C13, C14): a file about another person is asked about, goes into a chart of its own, and is undone from its report and
 * from the page of the original; a file that cannot be read is named, and kept as a document only when the person says so.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import type { Page } from 'playwright-core'
import {
  chooseFile,
  createAccount,
  goTo,
  importFile,
  listCounts,
  main,
  openList,
  openPersonSheet,
  openRecord,
  readReport,
  saveForm,
} from '../support/app-actions.ts'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
})
afterAll(() => world?.close())

const condition = (id: string, text: string, patient = 'p') => ({
  resourceType: 'Condition',
  id,
  code: { text },
  subject: { reference: `Patient/${patient}` },
})
const person = (id: string, given: string, family: string, birthDate: string) => ({
  resourceType: 'Patient',
  id,
  name: [{ family, given: [given] }],
  birthDate,
  gender: 'female',
})

function fileOf(name: string, resources: object[]): string {
  const file = join(world.folder, name)
  const entry = resources.map((resource) => ({ resource }))
  writeFileSync(file, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
  return file
}

const press = (page: Page, name: string | RegExp) => main(page).getByRole('button', { name }).first().click()
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

test('C14: a file about another person goes into no chart unasked; a chart of their own is started, and the import is undone', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const laptop = await world.device('laptop')
  const { page } = laptop
  await createAccount(page, { name: 'Carla Echevarría' })

  // Her own file: the name agrees, and there is nothing else to compare yet.
  const own = fileOf('carla.json', [person('p', 'CARLA', 'Echevarria', '2011-10-04'), condition('1', 'Hay fever')])
  expect(await importFile(page, own)).toMatchObject({ New: 2, Refused: 0 })

  const theirs = fileOf('juliette.json', [
    person('p', 'Juliette', 'Padberg', '1995-04-18'),
    condition('1', 'Asthma'),
    condition('2', 'Eczema'),
    condition('3', 'Migraine'),
  ])
  await chooseFile(page, theirs)
  await main(page)
    .getByText('This file is about Juliette Padberg, born 18 Apr 1995. This record is Carla Echevarría’s.')
    .waitFor()
  await book.takeBoth(page, 'import-other-person')
  expect(
    await main(page)
      .getByRole('button', { name: /^Add to .*’s record/u })
      .count(),
  ).toBe(0)
  await press(page, 'Cancel')
  await heading(page, 'Import')
  expect((await listCounts(page))['Conditions']).toBe(1)

  await chooseFile(page, theirs)
  await press(page, 'Create a record for this person')
  expect(await readReport(page)).toMatchObject({ New: 4, Refused: 0 })
  await main(page).getByText('Juliette Padberg').first().waitFor()
  await main(page).getByText('The file itself is kept in this record’s private documents.').waitFor()
  await book.takeBoth(page, 'import-report-new-chart')
  expect((await listCounts(page))['Conditions']).toBe(3)

  // One is changed by hand, and stays with its reason when all is undone from the page of the original.
  await openList(page, 'Conditions')
  await openRecord(page, 'Asthma')
  await page.getByRole('link', { name: 'Edit' }).click()
  await page
    .getByLabel(/Condition|What/u)
    .first()
    .fill('Asthma, mild')
  await saveForm(page)
  await goTo(page, 'Records')
  await main(page)
    .getByRole('link', { name: /^Documents/u })
    .first()
    .click()
  await openRecord(page, 'juliette.json')
  await main(page).getByText('4 entries in this record came from this file.').waitFor()
  await press(page, 'Undo this import')
  const question = page.getByRole('dialog', { name: 'Undo this import' })
  await question.getByText('Asthma, mild: changed since').waitFor()
  await book.takeBoth(page, 'import-undo-question')
  await question.getByRole('button', { name: 'Delete 3 entries' }).click()
  await main(page)
    .getByText(/^Undone\. 3 entries are in Trash/u)
    .waitFor({ timeout: 60_000 })
  await book.takeBoth(page, 'import-undone')
  expect((await listCounts(page))['Conditions']).toBe(1)
  expect(laptop.faults).toEqual([])

  // The same file again: it goes to the chart of its person, which is there by now, and is undone from the report.
  await openPersonSheet(page)
  await page
    .getByRole('button', { name: /Carla/u })
    .or(page.getByRole('link', { name: /Carla/u }))
    .first()
    .click()
  await chooseFile(page, theirs)
  await press(page, 'Add to Juliette Padberg’s record')
  expect(await readReport(page)).toMatchObject({ New: 3, 'Already here': 1 })
  await press(page, 'Undo this import')
  await page.getByRole('button', { name: 'Delete 3 entries' }).click()
  await main(page)
    .getByText(/^Undone\. 3 entries are in Trash/u)
    .waitFor({ timeout: 60_000 })
})

test('C13: a file that cannot be read is named, said not to be kept, and kept as a document when the person says so', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { page } = await world.device('desktop')
  await createAccount(page, { name: 'Mei Chen' })
  const file = join(world.folder, 'letter.pdf')
  writeFileSync(file, '%PDF-1.7\n%âãÏÓ\n1 0 obj')
  await chooseFile(page, file)
  await heading(page, 'Import report')
  const said = await main(page).innerText()
  expect(said).toContain('This file is a PDF. Chartkeep can’t read records from it. Nothing was imported.')
  expect(said).toContain('The file itself isn’t stored.')
  await book.takeBoth(page, 'import-report-unread')
  await press(page, 'Add it as a document')
  await main(page).getByText('The file itself is kept in this record’s private documents.').waitFor()
  await main(page).getByRole('link', { name: 'See the file' }).click()
  await heading(page, 'letter.pdf')

  // Several persons in one file: one is chosen, the others are named.
  const family = fileOf('family.json', [
    person('p', 'Mei', 'Chen', '1992-03-04'),
    person('q', 'Lan', 'Chen', '1992-03-04'),
    condition('1', 'Asthma'),
    condition('2', 'Eczema', 'q'),
  ])
  await chooseFile(page, family)
  await page.getByRole('radio', { name: 'Mei Chen' }).check()
  await book.takeBoth(page, 'import-several')
  await press(page, 'Add to Mei Chen’s record')
  expect(await readReport(page)).toMatchObject({ New: 2, 'About someone else': 2 })
  await main(page).getByText('Left out: 2 entries about others in the file (Lan Chen).').waitFor()
  await book.takeBoth(page, 'import-report-left-out')
})
