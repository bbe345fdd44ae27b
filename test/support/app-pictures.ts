/**
 * Pictures of a screen for people to look at (test-results/screenshots), and what a program can judge of them: nothing
 * wider than the page, no text under 14 px, no key name or gap unfilled, and axe. Each screen 1280 wide in English and 390
 * wide in Chinese; with CHARTKEEP_PICTURES=all, as `npm run screenshots` sets it, at each width in each language.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { repository } from '../../scripts/pinned-node.mjs'
import { waitFor } from './app-world.ts'

const FOLDER = join(repository, 'test-results/screenshots')
const SIZES = { en: { width: 1280, height: 800 }, zh: { width: 390, height: 844 } } as const
const BOTH = Object.values(SIZES)
/** Longer pages are shown as they first appear. */
const LONGEST = 2600

const isEachWidth = process.env['CHARTKEEP_PICTURES'] === 'all'
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

declare const window: typeof globalThis & { axe: { run(options: RunOptions): Promise<AxeResults> } }

/** The app's two languages as file names call them. */
export type PictureLanguage = 'en' | 'zh'
const TAGS = { en: 'en', zh: 'zh-Hant-TW' } as const

export interface PictureBook {
  /** What was found wrong, one line each; empty when all is well. */
  faults: string[]
  count: number
  /** The screen as it stands, in one language, at the width that goes with it or at both. */
  take(page: Page, name: string, language: PictureLanguage): Promise<void>
  /** The screen as it stands, in English, at both widths: for one that is shown in this language only. */
  takeWidths(page: Page, name: string): Promise<void>
  /** An address of an open session in both languages, English last; the language is changed in Settings. */
  takeBoth(page: Page, name: string): Promise<void>
  /** Addresses by names: as {@link takeBoth}, with one change of language for all of them. */
  takeAll(page: Page, addresses: readonly { name: string; hash: string }[]): Promise<void>
}

export function createPictureBook(): PictureBook {
  mkdirSync(FOLDER, { recursive: true })
  const book: PictureBook = {
    faults: [],
    count: 0,
    take: (page, name, language) => shoot(page, name, language, isEachWidth ? BOTH : [SIZES[language]]),
    takeWidths: (page, name) => shoot(page, name, 'en', BOTH),
    async takeBoth(page, name) {
      await book.takeAll(page, [{ name, hash: new URL(page.url()).hash }])
    },
    async takeAll(page, addresses) {
      const back = new URL(page.url()).hash
      for (const language of ['zh', 'en'] as const) {
        await setLanguage(page, language)
        for (const { name, hash } of addresses) {
          await goToHash(page, hash)
          await book.take(page, name, language)
        }
      }
      await goToHash(page, back)
    },
  }
  return book

  async function shoot(
    page: Page,
    name: string,
    language: PictureLanguage,
    sizes: readonly (typeof BOTH)[number][],
  ): Promise<void> {
    const before = page.viewportSize()
    for (const size of sizes) {
      await page.setViewportSize(size)
      await settle(page)
      const picture = `${name}-${size.width}-${language}`
      const faults = [...(await violations(page)), ...(await seenFaults(page, TAGS[language]))]
      book.faults.push(...faults.map((fault) => `${picture}: ${fault}`))
      await page.evaluate(() => window.scrollTo(0, 0))
      const height = await page.evaluate(() => document.documentElement.scrollHeight)
      // A taller window, not a long picture: the bar at the bottom stays at the bottom.
      if (height > size.height && height <= LONGEST) await page.setViewportSize({ ...size, height })
      await page.screenshot({ path: join(FOLDER, `${picture}.png`), caret: 'hide' })
      book.count += 1
    }
    if (before) await page.setViewportSize(before)
  }
}

/** Changes the address as a link would. */
export async function goToHash(page: Page, hash: string): Promise<void> {
  const moves = await page.evaluate((wanted) => {
    const isOther = location.hash !== wanted
    document.querySelector('h1')?.toggleAttribute('data-left', isOther)
    location.hash = wanted
    return isOther
  }, hash)
  // A screen that is fetched first leaves the old one standing.
  if (moves) await page.locator('h1[data-left]').waitFor({ state: 'detached' })
  await settle(page)
}

/** In Settings, as a person does; the page then stands there. */
export async function setLanguage(page: Page, language: PictureLanguage): Promise<void> {
  await goToHash(page, '#/settings')
  const choice = page.locator('select', { has: page.locator('option[value="zh-Hant-TW"]') })
  await choice.selectOption(TAGS[language])
  await page.locator(`html[lang="${TAGS[language]}"]`).waitFor()
}

/** Until a heading stands there, nothing is loading, and fonts are ready. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await waitFor('the screen to be loaded', async () => (await page.locator('[aria-busy="true"]').count()) === 0)
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
}

/** What axe finds wrong with the page in view, in one line each. All rules run; what passes is not written down, which costs as much. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  return page.evaluate(async () => {
    const { violations: found } = await window.axe.run({ resultTypes: ['violations'] })
    return found.map(({ id, help, nodes }) => `axe ${id}: ${help} (${nodes.map(({ target }) => target).join(' | ')})`)
  })
}

/** What else a program can see: one line for each fault. */
function seenFaults(page: Page, language: string): Promise<string[]> {
  return page.evaluate((wanted) => {
    const found: string[] = []
    const root = document.documentElement
    if (root.lang !== wanted) found.push(`lang is ${root.lang}`)
    if (root.scrollWidth > root.clientWidth) {
      const wide = [...document.querySelectorAll('body *')].filter(
        (element) => element.getBoundingClientRect().right > root.clientWidth + 1,
      )
      found.push(`wider than the page by ${root.scrollWidth - root.clientWidth} px: ${wide.at(-1)?.className}`)
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const text = node.textContent?.trim() ?? ''
      const element = node.parentElement
      if (text === '' || !element?.checkVisibility() || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue
      const { width, height } = element.getBoundingClientRect()
      if (width <= 1 || height <= 1 || element.closest('[aria-hidden="true"]')) continue
      // The text of a PDF lies unseen over the page that it is printed on, in that page's own size.
      if (element.closest('[data-as-printed]')) continue
      if (parseFloat(getComputedStyle(element).fontSize) < 14) found.push(`text under 14 px: "${text.slice(0, 40)}"`)
      if (/\{\w+(?:, number)?\}/u.test(text)) found.push(`a gap is not filled: "${text.slice(0, 60)}"`)
      if (/^[a-z]+(?:\.[a-zA-Z]+)+$/u.test(text) && !/\.(?:json|txt|gz|pdf)$/u.test(text))
        found.push(`a key name shows: "${text}"`)
    }
    if (!/^[^:]{1,40} – Chartkeep$/u.test(document.title)) found.push(`title: ${document.title}`)
    return [...new Set(found)]
  }, language)
}
