/**
 * Files that are no FHIR go the same way in: a SMART Health Card and a table of results. The report says what is known of a
 * card's signature, and why a row of a table was refused.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { chooseFile, createAccount, importHere, listCounts, main, readReport } from '../support/app-actions.ts'
import type { Page } from 'playwright-core'
import { createPictureBook } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld({ keepsShell: false })
})
afterAll(() => world?.close())

/** The report, after the question whose file it is where that is asked. */
async function reportOf(page: Page, file: string): Promise<Record<string, number>> {
  await chooseFile(page, file)
  const question = page.getByRole('button', { name: /^(?:Add to .*’s record|It’s the same person)/u }).first()
  const report = page.getByRole('heading', { level: 1, name: 'Import report' })
  await question.or(report).first().waitFor({ timeout: 60_000 })
  if (await question.isVisible()) await importHere(page)
  return readReport(page)
}

const fixture = (path: string) => join(import.meta.dirname, '../fixtures', path)

test('C14: a health card and a table of results are imported, with what is uncertain said', async () => {
  onTestFailed(() => world.showFailure())
  const book = createPictureBook()
  const { page } = await world.device('laptop')
  await createAccount(page, { name: 'John Anyperson' })

  const card = fixture('cards/spec/gen2023-example-00-e-file.smart-health-card')
  expect(await reportOf(page, card)).toMatchObject({ New: 4, Refused: 0 })
  await main(page)
    .getByText(
      'SMART Health Card from https://spec.smarthealth.cards/examples/issuer: not checked, because the issuer’s key isn’t on this device.',
    )
    .waitFor()
  await book.takeBoth(page, 'import-report-card')
  expect((await listCounts(page))['Vaccines']).toBe(3)
  // The same card from its QR code brings nothing new.
  const code = fixture('cards/spec/gen2023-example-00-f-qr-code-numeric-value-0.txt')
  expect(await reportOf(page, code)).toMatchObject({ New: 0, Refused: 0 })

  const table = join(world.folder, 'results.csv')
  writeFileSync(table, 'Date,Test,Result,Units\n03/04/2026,Glucose,99,mg/dL\n')
  await chooseFile(page, table)
  await main(page)
    .getByText('The date can be read as two days: the table doesn’t show whether the day or the month comes first.')
    .first()
    .waitFor()
  await book.takeBoth(page, 'import-report-table-unsure')
  writeFileSync(table, 'Date,Test,Result,Units\n13/04/2026,Glucose,99,mg/dL\n03/04/2026,Glucose,98,mg/dL\n')
  expect(await reportOf(page, table)).toMatchObject({ New: 2, Refused: 0 })
  expect((await listCounts(page))['Lab results']).toBe(2)
})
