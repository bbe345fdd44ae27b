/**
 * What an emergency card can show: every fact that helps a stranger in the first minutes, offered and never ticked. A key stands for the fact,
 * not for its value, so the card always says what the chart says now.
 */
import { identityOf, sectionOf } from '../../app/glance/summary.ts'
import type { SummarySource } from '../../app/words/summary-lines.ts'
import { formatDate } from '../../i18n/dates.ts'
import { asWritten, say, type Said } from '../../i18n/said.ts'

/** Groups in the order in which a card says them. */
export const CARD_GROUPS = ['person', 'allergies', 'conditions', 'medications', 'contacts'] as const
/** One of {@link CARD_GROUPS}. */
export type CardGroup = (typeof CARD_GROUPS)[number]

/** One fact that can stand on the card, as one line of it. */
export interface CardItem {
  key: string
  group: CardGroup
  what: Said
  words: Said
  isHigh: boolean
  /** What cards often show; a word beside the box, nothing more. */
  isSuggested: boolean
  /** When it was last written, milliseconds. */
  savedAt: number
}

/** All that can be chosen, in the order of the card. */
export function cardItems(source: SummarySource, chartName: string): CardItem[] {
  const { name, birthDate, bloodType, savedAt } = identityOf(source.records, chartName)
  const born = (date: string) =>
    say((t, language) => t('summary.born', { date: formatDate(date, language, 'gregorian') }))
  const fact = (key: string, what: Said, isSuggested: boolean): CardItem => ({
    key,
    group: 'person',
    what,
    words: asWritten(''),
    isHigh: false,
    isSuggested,
    savedAt,
  })
  return [
    fact('name', asWritten(name), true),
    ...(birthDate === '' ? [] : [fact('birth-date', born(birthDate), false)]),
    ...(birthDate.length <= 4 ? [] : [fact('birth-year', born(birthDate.slice(0, 4)), true)]),
    ...(bloodType === ''
      ? []
      : [
          fact(
            'blood-type',
            say((t) => t('summary.blood', { type: bloodType })),
            true,
          ),
        ]),
    ...CARD_GROUPS.slice(1).flatMap((group) =>
      sectionOf(group as Exclude<CardGroup, 'person'>, { ...source, isBrief: true }).lines.map(
        ({ key, what, words, isHigh, ...line }) => ({
          key,
          group,
          what,
          // A condition says no more in seconds than its name.
          words: group === 'conditions' ? asWritten('') : words,
          isHigh,
          isSuggested: isHigh || group === 'contacts',
          savedAt: line.savedAt,
        }),
      ),
    ),
  ]
}

/** What was chosen and is still in the chart, in the order of the card, and how many keys stand for nothing any more. */
export function chosenItems(items: readonly CardItem[], shows: readonly string[]): { lines: CardItem[]; gone: number } {
  const lines = items.filter(({ key }) => shows.includes(key))
  return { lines, gone: new Set(shows).size - lines.length }
}
