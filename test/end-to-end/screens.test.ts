/**
 * Every screen of the slice at 1280 and 390 pixels in both languages: pictures in test-results/screenshots, no
 * violation that axe-core can find (light and dark), nothing wider than the page, no key of a text showing.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { repository } from '../../scripts/pinned-node.mjs'
import { en } from '../../packages/app/src/i18n/en/index.ts'
import {
  addMedicine,
  choose,
  createAccount,
  importFile,
  lock,
  main,
  openForm,
  openList,
  saveForm,
  waitForSync,
} from '../support/app-deeds.ts'
import { openWorld, type World } from '../support/app-world.ts'
import { FLETCHER, SAMPLES } from '../support/fhir-samples.ts'

const PICTURES = join(repository, 'test-results/screenshots')
const WIDTHS = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]
const LANGUAGES = ['en', 'zh-Hant-TW']
/** Texts that hold a key instead of words, e.g. `share.step`. */
const KEY = new RegExp(`\\b(?:${Object.keys(en).join('|')})\\.[a-z]\\w+\\b`, 'u')

interface AxeResult {
  violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[]
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let world: World

beforeAll(async () => {
  rmSync(PICTURES, { recursive: true, force: true })
  mkdirSync(PICTURES, { recursive: true })
  world = await openWorld()
})
afterAll(() => world?.close())

async function settle(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
  // Fonts, plots and lists that measure themselves need two frames.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.waitForTimeout(150)
}

async function violationsOn(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(root: Document, options: object): Promise<AxeResult> } }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }),
  )
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}

/** Pictures of what is in view, and what is wrong with it. */
async function show(page: Page, name: string, language: string): Promise<string[]> {
  const problems: string[] = []
  for (const size of WIDTHS) {
    await page.setViewportSize(size)
    await settle(page)
    const place = `${name} ${size.width} ${language}`
    const picture = `${name}-${size.width}-${language === 'en' ? 'en' : 'zh'}.png`
    await page.screenshot({ path: join(PICTURES, picture) })
    // Structure is the same in both languages and colours in both sizes: not all of the eight need a look each.
    if (language === 'en' || size.width < 600) {
      problems.push(...(await violationsOn(page)).map((problem) => `${place} light ${problem}`))
    }
    if (language === 'en' && size.width > 600) {
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.waitForTimeout(300)
      problems.push(...(await violationsOn(page)).map((problem) => `${place} dark ${problem}`))
      await page.emulateMedia({ colorScheme: 'light' })
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    if (width > size.width) problems.push(`${place} is ${width} px wide`)
    const key = KEY.exec(await page.locator('body').innerText())
    if (key) problems.push(`${place} shows the key ${key[0]}`)
    const title = await page.title()
    if (!title.endsWith('– Chartkeep')) problems.push(`${place} is titled ${title}`)
  }
  await page.setViewportSize({ width: 1280, height: 800 })
  return problems
}

async function speak(page: Page, language: string): Promise<void> {
  await page.evaluate(() => (location.hash = '#/settings'))
  const choice = page.locator('select').first()
  await choice.waitFor()
  await choice.selectOption(language)
  await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe(language)
}

test('Screens: before a chart is open, in both languages and sizes, they pass axe and fit the page', async () => {
  onTestFailed(() => world.showFailure())
  const { page } = await world.device('visitor')
  const problems: string[] = []
  for (const language of LANGUAGES) {
    await page.evaluate(() => (location.hash = '#/start'))
    await page.getByText(language === 'en' ? 'English' : '繁體中文', { exact: true }).click()
    for (const [name, hash] of [
      ['welcome', '#/start'],
      ['create', '#/start/new'],
      ['restore', '#/restore'],
    ] as const) {
      await page.evaluate((to) => (location.hash = to), hash)
      await page.getByRole('heading', { level: 1 }).waitFor()
      problems.push(...(await show(page, name, language)))
    }
  }
  expect(problems).toEqual([])
})

test('Screens: every screen of a chart, in both languages and sizes, passes axe and fits the page', async () => {
  onTestFailed(() => world.showFailure())
  const device = await world.device('patient')
  const { page } = device
  await createAccount(page, { name: 'Fletcher Hyatt' })
  await importFile(page, join(SAMPLES, FLETCHER))
  await addMedicine(page, { name: 'Metformin', dose: '500 mg' })
  await openForm(page, 'Allergy')
  await page.getByLabel(/allergic to/u).fill('Penicillin')
  await page.getByRole('checkbox', { name: 'Rash' }).check()
  await choose(page, 'Risk next time', 'high')
  await saveForm(page)
  for (const [value, date] of [
    ['5.4', '2024-03-12'],
    ['5.5', '2024-09-20'],
    ['<4.5', '2025-02'],
    ['6.1', '2025-10-02'],
    ['6.9', '2026-06-12'],
  ] as const) {
    await openForm(page, 'Lab result')
    await page.getByLabel('Test', { exact: true }).fill('HbA1c')
    await page.getByLabel('Value', { exact: true }).fill(value)
    await page.getByLabel('Unit', { exact: true }).fill('%')
    await page.getByLabel('Range from').fill('4.0')
    await page.getByLabel('Range to').fill('5.6')
    await page.getByLabel('Sample taken').fill(date)
    await saveForm(page)
  }
  const lab = await page.evaluate(() => location.hash)
  await page.getByRole('link', { name: 'History', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: /^History/u }).waitFor()
  const history = await page.evaluate(() => location.hash)
  await openList(page, 'Lab results')
  const labs = await page.evaluate(() => location.hash)
  await openList(page, 'Medicines')
  const medicines = await page.evaluate(() => location.hash)
  await openForm(page, 'Allergy')
  const form = await page.evaluate(() => location.hash)
  await waitForSync(page, /Confirmed/u)

  const chart = lab.split('/')[2] ?? ''
  const screens = {
    overview: `#/overview/${chart}`,
    records: `#/chart/${chart}`,
    labs,
    medicines,
    lab,
    history,
    form,
    timeline: `#/timeline/${chart}`,
    documents: `#/docs/${chart}`,
    search: `#/search/${chart}`,
    care: `#/care/${chart}`,
    import: `#/import/${chart}`,
    sharing: `#/share/${chart}`,
    'share-new': `#/share/${chart}/new`,
    who: `#/who/${chart}`,
    patients: '#/patients',
    sync: '#/sync',
    devices: '#/devices',
    settings: '#/settings',
  }
  const problems: string[] = []
  for (const language of LANGUAGES) {
    await speak(page, language)
    for (const [name, hash] of Object.entries(screens)) {
      await page.evaluate((to) => (location.hash = to), hash)
      await main(page).getByRole('heading', { level: 1 }).waitFor()
      if (name === 'search') await page.getByRole('searchbox').fill('a1c')
      problems.push(...(await show(page, name, language)))
    }
    await page.evaluate((to) => (location.hash = to), screens.labs)
    await page.getByRole('table').waitFor()
    expect(await page.locator('tbody tr').count()).toBeLessThanOrEqual(60)
  }
  await speak(page, 'en')
  await page.evaluate((to) => (location.hash = to), screens.overview)
  await lock(page)
  problems.push(...(await show(page, 'unlock', 'en')))
  expect(problems).toEqual([])
  expect(device.faults).toEqual([])
})
