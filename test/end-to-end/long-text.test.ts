/**
 * A chart with a report of 20,000 letters, a word of 5,000 and a text of 3,000 lines: lists, overview, timeline, hits and the page for a doctor show
 * their beginnings, a record shows all of it when asked, and nothing is wider than the screen. Then what the chart says of what has ended.
 */
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { createAccount, goTo, importFile, main, openList, openRecord } from '../support/app-actions.ts'
import { createPictureBook, goToHash } from '../support/app-pictures.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { pdfPages } from '../support/pdf-text.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

const REPORT = `${'The specimen shows regular glands without atypia. '.repeat(400)}Conclusion at the very end: benign.`
const WORD = 'A'.repeat(5000)
const LINES = Array.from({ length: 3000 }, (_, line) => `Line ${line + 1}`).join('\n')
const laboratory = [{ coding: [{ code: 'laboratory' }] }]
const FILE = [
  { resourceType: 'DiagnosticReport', status: 'final', code: { text: 'Pathology' }, conclusion: REPORT },
  {
    resourceType: 'Observation',
    status: 'final',
    category: laboratory,
    code: { text: 'One long word' },
    effectiveDateTime: '2026-11-20',
    valueString: WORD,
  },
  {
    resourceType: 'Observation',
    status: 'final',
    category: laboratory,
    code: { text: 'Many lines' },
    effectiveDateTime: '2026-11-21',
    valueString: LINES,
  },
  { resourceType: 'Condition', code: { text: WORD } },
  { resourceType: 'AllergyIntolerance', code: { text: 'Peanut' }, reaction: [{ manifestation: [{ text: REPORT }] }] },
  {
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text: 'Wordy pill' },
    dosage: [{ text: REPORT }],
  },
  {
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text: 'Over pill' },
    effectivePeriod: { start: '2024-01-01', end: '2024-05-03' },
  },
]

async function imported(page: Page, name: string, resources: readonly object[]): Promise<void> {
  const file = join(world.folder, name)
  const entry = resources.map((resource, index) => ({ resource: { id: `${name[0]}${index}`, ...resource } }))
  writeFileSync(file, JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }))
  await importFile(page, file)
}

/** How wide and how high what is shown is. */
const extent = (page: Page) =>
  page.evaluate(() => ({
    over: document.documentElement.scrollWidth - innerWidth,
    height: document.querySelector('#main-content')!.scrollHeight,
  }))

test('Long text is folded wherever a person looks over a chart, is read in whole on its record, and widens no screen; the pages told are those printed', async () => {
  const book = createPictureBook()
  onTestFailed(async () => {
    console.error(book.faults.join('\n'))
    await world.showFailure()
  })
  const { page } = await world.device('laptop')
  await createAccount(page, { name: 'Mei' })
  await imported(page, 'long.json', FILE)
  const places: { name: string; hash: string }[] = []
  const remember = (name: string) => places.push({ name, hash: new URL(page.url()).hash })

  await goTo(page, 'Home')
  await main(page).getByRole('link', { name: 'Peanut' }).waitFor()
  expect(await main(page).innerText()).not.toContain('Over pill')
  remember('long-overview')
  await openList(page, 'Lab results')
  remember('long-labs')
  await openRecord(page, 'Pathology')
  remember('long-record')
  await goTo(page, 'Records')
  await main(page).getByRole('link', { name: en.screen.timeline }).click()
  await page.getByRole('heading', { level: 1, name: en.screen.timeline }).waitFor()
  remember('long-timeline')
  await goTo(page, 'Home')
  await main(page).getByRole('link', { name: en.screen.page }).click()
  await page.getByRole('heading', { level: 1, name: en.screen.page }).waitFor()
  remember('long-page')
  const told = await page.getByText(/^It (?:fits on one page|takes \d+ pages?)\./u).innerText()
  const sheets = await pdfPages(await page.pdf({ preferCSSPageSize: true }))
  expect(Number(/\d+/u.exec(told)?.[0] ?? 1)).toBe(sheets.length)
  expect(sheets.length).toBeLessThanOrEqual(2)

  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 844 })
    for (const { name, hash } of places) {
      await goToHash(page, hash)
      await main(page).getByRole('heading', { level: 1 }).waitFor()
      const { over, height } = await extent(page)
      expect([width, name, over > 0, height < 8000]).toEqual([width, name, false, true])
    }
  }
  await goToHash(page, places.find(({ name }) => name === 'long-record')!.hash)
  const end = main(page)
    .getByText(/Conclusion at the very end: benign\./u)
    .first()
  const isInSight = () => end.evaluate((text) => text.scrollHeight <= text.clientHeight + 2)
  const all = main(page)
    .getByRole('button', { name: /^Show all/u })
    .first()
  await all.waitFor()
  expect(await isInSight()).toBe(false)
  await all.click()
  expect(await isInSight()).toBe(true)
  expect((await extent(page)).over).toBeLessThanOrEqual(0)
  await main(page).getByRole('button', { name: en.longText.less }).first().click()

  await openList(page, 'Medicines')
  await openRecord(page, 'Over pill')
  await main(page).getByText('Status: Active. Ended 3 May 2024.').waitFor()
  remember('ended-record')
  await imported(page, 'died.json', [
    { resourceType: 'Patient', name: [{ text: 'Mei' }], deceasedDateTime: '2026-11-03' },
  ])
  await goTo(page, 'Home')
  await main(page).getByText('Died 3 Nov 2026').waitFor()
  await page.setViewportSize({ width: 1280, height: 844 })
  await book.takeAll(page, places)
  expect(book.faults.join('\n')).toBe('')
})
