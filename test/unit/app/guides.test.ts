/** The guides and the table of journeys: both languages have the same chapters and pictures, every picture and every link is there, and each name of a button is one that the app shows. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { en } from '@chartkeep/app/src/i18n/en/index.ts'
import { zh } from '@chartkeep/app/src/i18n/zh/index.ts'
import { expect, test } from 'vitest'

const folder = join(import.meta.dirname, '../../../docs/guides')
const LANGUAGES = ['en', 'zh'] as const
/** Each with its chapters, and how many pictures, pages and names of the app it leads to at the least. */
const GUIDES = [
  { name: 'patients', chapters: 16, targets: 12, names: 40 },
  { name: 'clinicians', chapters: 11, targets: 4, names: 20 },
  { name: 'practice-administrators', chapters: 9, targets: 6, names: 10 },
].map((guide) => ({
  ...guide,
  pages: Object.fromEntries(
    LANGUAGES.map((language) => [language, readFileSync(join(folder, `${guide.name}-${language}.md`), 'utf8')]),
  ) as Record<(typeof LANGUAGES)[number], string>,
}))

const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, part = '']) => part)

test.each(GUIDES)(
  'Guides: $name: both languages have the same chapters, paragraphs, steps and pictures',
  ({ pages, chapters }) => {
    const shapeOf = (text: string) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const picture = /screenshots\/(.+)-(?:en|zh)\.png/u.exec(line)?.[1]
          return picture ?? /^(?:## \d+\.|\d+\.|-|\*\*|#)/u.exec(line)?.[0] ?? 'text'
        })
    expect(found(pages.en, /^## (\d+)\. /gmu).map(Number)).toEqual(Array.from({ length: chapters }, (_, at) => at + 1))
    expect(shapeOf(pages.zh)).toEqual(shapeOf(pages.en))
  },
)

test.each(GUIDES)(
  'Guides: $name: every picture and every page that it leads to is there, in its language',
  ({ pages, targets: least }) => {
    for (const language of LANGUAGES) {
      const targets = found(pages[language], /\]\(([^)]+)\)/gu)
      expect(targets.length).toBeGreaterThanOrEqual(least)
      for (const target of targets) {
        expect(existsSync(join(folder, target)), `${language}: ${target}`).toBe(true)
        if (target.endsWith('.png')) expect(target).toMatch(new RegExp(`-390-${language}\\.png$`, 'u'))
      }
      expect(found(pages[language], /!\[([^\]]*)\]/gu).every((alternative) => alternative.length > 4)).toBe(true)
    }
  },
)

const textsOf = (value: unknown): string[] =>
  typeof value === 'string' ? [value] : Object.values(value as object).flatMap(textsOf)
/** A gap that the app fills is in the guide as an ellipsis. */
const bare = (text: string) =>
  text
    .replace(/\{[^}]*\}|\.{3}/gu, '…')
    .replace(/\s*…\s*/gu, '…')
    .trim()
const texts = { en: new Set(textsOf(en).map(bare)), zh: new Set(textsOf(zh).map(bare)) }
const englishNames = (page: string) =>
  found(page, /\*\*([A-Z][^*]+?)\*\*(?!:)/gu).filter((name) => !/[.?]$/u.test(name))

test.each(GUIDES)(
  'Guides: $name: what is in bold as the name of a button or screen is what the app says',
  ({ pages, names: least }) => {
    const names = {
      en: englishNames(pages.en),
      zh: found(pages.zh, /「\*\*([^*]+)\*\*」/gu),
    }
    for (const language of LANGUAGES) {
      expect(names[language].length).toBeGreaterThanOrEqual(least)
      expect(names[language].filter((name) => !texts[language].has(bare(name)))).toEqual([])
    }
  },
)

test.each([
  { name: 'back-up-your-charts', least: 5 },
  { name: 'keep-documents', least: 12 },
  { name: 'backup-and-restore', least: 4 },
  { name: 'host-a-server', least: 3 },
  { name: 'tls-by-a-proxy', least: 2 },
  { name: 'check-a-proof', least: 1 },
])('Guides: $name: so is what is in bold in the guides to one thing', ({ name, least }) => {
  const names = englishNames(readFileSync(join(folder, `${name}.md`), 'utf8'))
  expect(names.length).toBeGreaterThanOrEqual(least)
  expect(names.filter((each) => !texts.en.has(bare(each)))).toEqual([])
})

test('Journeys: the table of what is done where names files that are there, and has a row for each part with both widths', () => {
  const table = readFileSync(join(folder, '../journeys.md'), 'utf8')
  const rows = table.split('\n').filter((line) => line.startsWith('| ') && !/^\| (?:Part|-)/u.test(line))
  expect(rows.length).toBeGreaterThanOrEqual(17)
  for (const row of rows)
    expect(
      row
        .split('|')
        .slice(1, -1)
        .every((cell) => cell.trim() !== ''),
    ).toBe(true)
  for (const name of found(table, /`([a-z-]+)`/gu))
    expect(existsSync(join(folder, `../../test/end-to-end/${name}.test.ts`)), name).toBe(true)
})
