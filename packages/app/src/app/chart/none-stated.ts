/** The empties of allergies, medicines and conditions in words: none known, none of one kind, not asked, nothing recorded. */
import {
  isJsonObject,
  type JsonValue,
  listAnswer,
  NONE_TEXTS,
  type NoneAnswer,
  noneStated,
  type NoneType,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import type { Mark } from '../../ui/list-rows.ts'

/** The lists that know three empties, with the type that states them. */
export const NONE_TYPES = {
  allergies: 'AllergyIntolerance',
  medications: 'MedicationStatement',
  conditions: 'Condition',
} as const satisfies Record<string, NoneType>
/** One of those lists. */
export type NoneList = keyof typeof NONE_TYPES

/** Whether the list knows three empties. */
export function isNoneList(collection: string): collection is NoneList {
  return Object.hasOwn(NONE_TYPES, collection)
}

/** The words for a statement that a record's title is; null for another title. */
export function statementTitle(title: string, t: TFunction): string | null {
  for (const list of Object.keys(NONE_TYPES) as NoneList[]) {
    const texts = NONE_TEXTS[NONE_TYPES[list]]
    const answer = (Object.keys(texts) as NoneAnswer[]).find((one) => texts[one] === title)
    if (answer) return t(`none.${list}.${answer}`)
  }
  return null
}

/** What the records of a list say, and the statements that something recorded since contradicts. */
export function noneState(
  list: NoneList,
  records: readonly ChartRecord[],
  views: { of(record: ChartRecord): { resource: JsonValue } },
): { answer: ReturnType<typeof listAnswer>; outdated: ChartRecord[]; past: number } {
  const types = [NONE_TYPES[list], ...(list === 'medications' ? ['MedicationRequest'] : [])]
  const valid = records.filter(({ type, status }) => status !== 'error' && types.includes(type))
  const resources = valid.map((record) => views.of(record).resource).filter(isJsonObject)
  const answer = listAnswer(NONE_TYPES[list], resources)
  const outdated =
    answer === 'some' ? valid.filter((record) => noneStated(views.of(record).resource) === 'none-known') : []
  const past = valid.filter((record) => record.status === 'past' && noneStated(views.of(record).resource) === null)
  return { answer, outdated, past: past.length }
}

/** A list without anything current as a mark; each of the empties has its own, and only past entries are none of them. */
export function emptyMark(list: NoneList, answer: ReturnType<typeof listAnswer>, t: TFunction, past = 0): Mark {
  if (answer === 'past-only' && past > 0) return { status: 'neutral', word: t('important.onlyPast', { count: past }) }
  if (answer === 'none-known') return { status: 'neutral', word: t(`none.${list}.none-known`) }
  if (answer === 'none-of-kind') return { status: 'attention', word: t('none.ofKind') }
  if (answer === 'not-asked') return { status: 'attention', word: t(`none.${list}.not-asked`) }
  return { status: list === 'allergies' ? 'attention' : 'neutral', word: t('allergy.empty') }
}
