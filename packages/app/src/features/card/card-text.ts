/**
 * An emergency card as plain text: what its QR code holds, so that any phone shows it without the app, a network or an address. About 300 bytes
 * of UTF-8 keep the code coarse enough for a scratched card; what does not fit is counted in the text and told on the screen.
 */
import { type Language, LANGUAGES } from '../../i18n/index.ts'
import { lineOf, say } from '../../i18n/said.ts'
import type { CardItem } from './card-items.ts'

/** Room in the QR code, bytes of UTF-8. */
export const QR_BYTES = 300

/** The languages of a card. */
export function languagesOf(language: Language | 'both'): readonly Language[] {
  return language === 'both' ? LANGUAGES : [language]
}

/** `ALLERGY · 過敏`. */
export function groupLabel(group: CardItem['group'], languages: readonly Language[]): string {
  return lineOf(
    say((t) => t(`emergencyCard.names.${group}`)),
    languages,
    ' ',
  )
}

/** One line without its group: `Penicillin: Severe / 重度`. */
export function itemText({ what, words }: Pick<CardItem, 'what' | 'words'>, languages: readonly Language[]): string {
  return [lineOf(what, languages, ' / '), lineOf(words, languages, ' / ')].filter(Boolean).join(': ')
}

/** The text of the code and what found no room in it. `made` is a day, `2026-11-21`. */
export function qrText(
  items: readonly CardItem[],
  languages: readonly Language[],
  made: string,
): { text: string; left: CardItem[] } {
  const heading = `${lineOf(
    say((t) => t('emergencyCard.heading')),
    languages,
    ' ',
  )} ${made}`
  const kept: CardItem[] = []
  for (const item of items) if (fits(written(heading, [...kept, item], 0, languages))) kept.push(item)
  while (kept.length < items.length && !fits(written(heading, kept, items.length - kept.length, languages))) {
    if (kept.pop() === undefined) break
  }
  return {
    text: written(heading, kept, items.length - kept.length, languages),
    left: items.filter((item) => !kept.includes(item)),
  }
}

function fits(text: string): boolean {
  return new TextEncoder().encode(text).length <= QR_BYTES
}

/** Lines of a group stand under its name, which is written once. */
function written(heading: string, items: readonly CardItem[], left: number, languages: readonly Language[]): string {
  let group = ''
  const lines = items.map((item) => {
    const isFirst = item.group !== group && item.group !== 'person'
    group = item.group
    const mark = item.isHigh ? '(!) ' : ''
    return `${isFirst ? `${groupLabel(item.group, languages)}: ` : ''}${mark}${itemText(item, languages)}`
  })
  const more =
    left === 0
      ? []
      : [
          lineOf(
            say((t) => t('emergencyCard.more', { count: left })),
            languages,
            ' / ',
          ),
        ]
  return [heading, ...lines, ...more].join('\n')
}
