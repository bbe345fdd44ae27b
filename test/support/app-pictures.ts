/**
 * What a program can judge of a screen: nothing wider than the page, no text under 14 px, no key name or gap unfilled, no English left in
 * Chinese, and axe. Each screen 1280 wide in English and 390 wide in Chinese; with CHARTKEEP_PICTURES=all, as `npm run pictures` sets it, at
 * each width in each language. Contrasts of a screen that is looked at twice are judged on the phone, except then. Pictures are for people to look
 * at (test-results/screenshots), and `npm test` takes none (CHARTKEEP_PICTURES=none). No pictures are taken of enlarged screens and dark ones: that nothing is cut at 200 % in Chinese and
 * 400 % in English, and that letters stand out in the dark, is looked at by the program alone.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { zh } from '@chartkeep/app/src/i18n/zh/index.ts'
import { repository } from '../../scripts/pinned-node.mjs'
import { waitFor } from './app-world.ts'
import { smallTargets } from './touch-sizes.ts'

const FOLDER = join(repository, 'test-results/screenshots')
const SIZES = { en: { width: 1280, height: 800 }, zh: { width: 390, height: 844 } } as const
const BOTH = Object.values(SIZES)
/** What a page has of a window of 1280 by 800 at 200 %, and of 1280 by 1024 at 400 % (WCAG 1.4.4 and 1.4.10). */
const ENLARGED = {
  en: { percent: 400, width: 320, height: 256 },
  zh: { percent: 200, width: 640, height: 400 },
} as const
/** Longer pages are shown as they first appear. */
const LONGEST = 2600

/** Every width in every language. */
const isWhole = process.env['CHARTKEEP_PICTURES'] === 'all'
const draws = process.env['CHARTKEEP_PICTURES'] !== 'none'
/** Rules of axe. */
const EVERY: RunOptions = {}
const LAYOUT: RunOptions = { rules: { 'color-contrast': { enabled: false } } }
/** What the app writes into records, in the language of the moment. */
const WRITTEN: readonly string[] = [en.trash.restoredReason]
/** What the English app says in four words and more, as no name or record does, and the Chinese otherwise. */
const ENGLISH = new Set(
  pairsOf(en, zh).flatMap(([text, chinese]) =>
    text !== chinese && !WRITTEN.includes(text) && /\s\S+\s\S+\s/u.test(text) && !text.includes('{') ? [text] : [],
  ),
)
const sizesOf = (language: PictureLanguage) => (isWhole ? BOTH : [SIZES[language]])
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

declare const window: typeof globalThis & { axe: { run(options: RunOptions): Promise<AxeResults> } }

/** The app's two languages as file names call them. */
export type PictureLanguage = 'en' | 'zh'
const TAGS = { en: 'en', zh: 'zh-Hant-TW' } as const

export interface PictureBook {
  /** What was found wrong, one line each; empty when all is well. */
  faults: string[]
  count: number
  /** The screen as it is, in one language, at the width that goes with it or at both. */
  take(page: Page, name: string, language: PictureLanguage): Promise<void>
  /** The screen as it is, in English, at both widths: for one that is shown in this language only. */
  takeWidths(page: Page, name: string): Promise<void>
  /** The screen as it is in both languages, English last; the language is changed as by another window. */
  takeBoth(page: Page, name: string): Promise<void>
  /** Addresses by names: as {@link takeBoth}, with one change of language for all of them; the page then is where it was. */
  takeAll(page: Page, addresses: readonly { name: string; hash: string }[]): Promise<void>
}

/** `isClose`: also what is cut, at the usual size and enlarged, what moves, and contrasts in the dark. */
export function createPictureBook({ isClose = false } = {}): PictureBook {
  mkdirSync(FOLDER, { recursive: true })
  const book: PictureBook = {
    faults: [],
    count: 0,
    take: (page, name, language) => shoot(page, name, language, sizesOf(language)),
    takeWidths: (page, name) => shoot(page, name, 'en', BOTH, true),
    async takeBoth(page, name) {
      for (const language of ['zh', 'en'] as const) {
        await changeLanguage(page, language)
        await shoot(page, name, language, sizesOf(language), true)
      }
    },
    async takeAll(page, addresses) {
      const back = new URL(page.url()).hash
      for (const language of ['zh', 'en'] as const) {
        await changeLanguage(page, language)
        for (const { name, hash } of addresses) {
          await goToHash(page, hash)
          await shoot(page, name, language, sizesOf(language), true)
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
    isSeenTwice = false,
  ): Promise<void> {
    const before = page.viewportSize()
    for (const size of sizes) {
      await page.setViewportSize(size)
      await settle(page)
      const picture = `${name}-${size.width}-${language}`
      const faults = [
        ...(await violations(
          page,
          isSeenTwice && size.width !== SIZES.zh.width && !isClose && !isWhole ? LAYOUT : EVERY,
        )),
        ...(await seenFaults(page, TAGS[language])),
        ...(language === 'zh' ? await leftInEnglish(page) : []),
        ...(isClose ? await cutFaults(page) : []),
        ...(size.width === SIZES.zh.width ? await smallTargets(page) : []),
      ]
      book.faults.push(...faults.map((fault) => `${picture}: ${fault}`))
      if (draws) await draw(page, size, picture)
      book.count += 1
    }
    if (isClose) await lookCloser(page, name, language)
    if (before) await page.setViewportSize(before)
  }

  async function lookCloser(page: Page, name: string, language: PictureLanguage): Promise<void> {
    for (const { percent, ...size } of isWhole ? Object.values(ENLARGED) : [ENLARGED[language]]) {
      await page.setViewportSize(size)
      await settle(page)
      book.faults.push(...(await cutFaults(page)).map((fault) => `${name} at ${percent} % in ${language}: ${fault}`))
    }
    if (language === 'en')
      book.faults.push(...(await darkViolations(page)).map((fault) => `${name} in the dark: ${fault}`))
  }
}

async function draw(page: Page, size: (typeof BOTH)[number], picture: string): Promise<void> {
  await page.evaluate(() => window.scrollTo(0, 0))
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  // A taller window, not a long picture: the bar at the bottom stays at the bottom.
  if (height > size.height && height <= LONGEST) await page.setViewportSize({ ...size, height })
  await page.screenshot({ path: join(FOLDER, `${picture}.png`), caret: 'hide' })
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

/** In Settings, as a person does; the page then is there. */
export async function setLanguage(page: Page, language: PictureLanguage): Promise<void> {
  await goToHash(page, '#/settings')
  const choice = page.locator('select', { has: page.locator('option[value="zh-Hant-TW"]') })
  await choice.selectOption(TAGS[language])
  await page.locator(`html[lang="${TAGS[language]}"]`).waitFor()
}

/** As the same app in another window of the device does; the page stays where it is. */
async function changeLanguage(page: Page, language: PictureLanguage): Promise<void> {
  await page.evaluate((tag) => {
    localStorage.setItem('chartkeep-language', tag)
    dispatchEvent(new StorageEvent('storage', { key: 'chartkeep-language', newValue: tag }))
  }, TAGS[language])
  await page.locator(`html[lang="${TAGS[language]}"]`).waitFor()
}

/** Until a heading is there, nothing is loading, and fonts are ready. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await waitFor('the screen to be loaded', async () => (await page.locator('[aria-busy="true"]').count()) === 0)
  await page.evaluate(async () => {
    await document.fonts.ready
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
}

/** What axe finds wrong with the page in view, in one line each. What passes is not written down, which costs as much. */
async function violations(page: Page, rules: RunOptions): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  return page.evaluate(
    async (options) => {
      const { violations: found } = await window.axe.run(options)
      return found.map(({ id, help, nodes }) => `axe ${id}: ${help} (${nodes.map(({ target }) => target).join(' | ')})`)
    },
    { resultTypes: ['violations' as const], ...rules },
  )
}

/** Each text of the one language with that of the other. */
function pairsOf(one: object, other: object): [string, unknown][] {
  return Object.entries(one).flatMap(([name, text]: [string, unknown]) => {
    const same: unknown = Reflect.get(other, name)
    if (typeof text === 'string') return [[text, same]]
    return typeof text === 'object' && text !== null ? pairsOf(text, Object(same)) : []
  })
}

/** Texts of the page in Chinese that are word for word those of the English app, where the Chinese has its own. What was called out, or said of a field, stays as it was said. */
async function leftInEnglish(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const found: string[] = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const isOfTheApp =
        node.parentElement?.checkVisibility() &&
        !node.parentElement.closest(':is([lang="en"], [role="status"], [role="alert"], [aria-live], [id$="-error"])')
      if (isOfTheApp) found.push(node.textContent?.trim() ?? '')
    }
    return found
  })
  return [...new Set(texts)].filter((text) => ENGLISH.has(text)).map((text) => `left in English: "${text}"`)
}

/** What the dark theme can make worse; nothing for a page that is dark already, which was looked at as it is. */
async function darkViolations(page: Page): Promise<string[]> {
  const isScheme = (scheme: 'dark' | 'light') => page.locator(`html[data-mantine-color-scheme="${scheme}"]`)
  if ((await isScheme('dark').count()) > 0) return []
  await page.emulateMedia({ colorScheme: 'dark' })
  await isScheme('dark').waitFor()
  await settle(page)
  const found = await violations(page, { runOnly: ['color-contrast'] })
  await page.emulateMedia({ colorScheme: 'light' })
  await isScheme('light').waitFor()
  return found
}

/** What a page hides, above all when it is enlarged: anything next to the window, text that its own box cuts off, bars that leave no room for what is between them, or moves. */
function cutFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = []
    const root = document.documentElement
    const { clientWidth, clientHeight } = root
    if (root.scrollWidth > clientWidth) found.push(`wider than the page by ${root.scrollWidth - clientWidth} px`)
    const isHidden = (element: Element) =>
      element.closest('.ck-hidden, .ck-skip, [aria-hidden="true"], svg, canvas') !== null
    const isBehindSheet = document.querySelector('[role=dialog]') !== null
    const bars = new Set<Element>()
    for (const element of document.body.querySelectorAll('*')) {
      if (!element.checkVisibility() || isHidden(element)) continue
      const style = getComputedStyle(element)
      const box = element.getBoundingClientRect()
      const isBar = box.width > clientWidth / 2 && (box.top <= 0 || box.bottom >= clientHeight)
      // A sheet in front of the page scrolls by itself.
      if (['fixed', 'sticky'].includes(style.position) && isBar && !isBehindSheet) bars.add(element)
      const words = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim())
      if (words.length === 0 || box.width <= 1) continue
      // A box that scrolls by itself, as a wide table may, hides nothing.
      let scrolls: Element | null = element
      while (scrolls && !['auto', 'scroll'].includes(getComputedStyle(scrolls).overflowX))
        scrolls = scrolls.parentElement
      const text = element.textContent?.trim().slice(0, 40)
      if (!scrolls && (box.right > clientWidth + 1 || box.left < -1)) found.push(`beside the window: "${text}"`)
      const isCut = ['hidden', 'clip'].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1
      if (isCut && style.display !== 'inline') found.push(`cut off: "${text}"`)
    }
    // Devices of the tests ask for less motion.
    const moving = document.getAnimations().filter((animation) => Number(animation.effect?.getTiming().duration) > 20)
    for (const { effect } of moving) found.push(`moves: ${(effect as KeyframeEffect).target?.className}`)
    const covered = [...bars].reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0)
    if (covered > clientHeight / 2) found.push(`bars cover ${Math.round(covered)} of ${clientHeight} px`)
    return [...new Set(found)]
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
