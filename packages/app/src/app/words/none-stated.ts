/** The empties of allergies, medicines and conditions in words: none known, none of one kind, not asked, nothing recorded. */
import {
  isJsonObject,
  type JsonValue,
  listAnswer,
  mayRelyOn,
  NONE_TEXTS,
  type NoneAnswer,
  type NoneScope,
  noneScopes,
  noneStated,
  type NoneType,
  type Validity,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { deviceReader, formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import type { Mark } from '../../ui/lists/list-rows.ts'

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

/** A statement in the screen's words; `title` is what its writer called it, for a kind that has no words here. '' for an ordinary record. */
export function statementWords(list: NoneList, resource: JsonValue, title: string, t: TFunction): string {
  const answer = noneStated(resource)
  if (answer === null) return ''
  if (answer !== 'none-of-kind') return t(`none.${list}.${answer}`)
  return scopeWords(noneScopes(resource), t) || title
}

/** "No known drug allergies, no known food allergies"; '' without a kind. */
export function scopeWords(scopes: readonly NoneScope[], t: TFunction): string {
  return joined(
    scopes.map((scope) => t(`none.scope.${scope}`)),
    t,
  )
}

/** Several statements in one line, each once; '' for none. */
export function joined(words: readonly string[], t: TFunction): string {
  return [...new Set(words)].reduce((text, more) => (text === '' ? more : t('joined.more', { text, more })), '')
}

/** What a list says, and the statements behind it. */
export interface NoneState {
  answer: ReturnType<typeof listAnswer>
  /** The statements that give the answer, or that accompany recorded entries; newest first. */
  stated: ChartRecord[]
  /** Those of none at all that something recorded contradicts. */
  outdated: ChartRecord[]
  /** How many past entries there are. */
  past: number
  /** How many are under a condition that this app does not know. */
  unclear: number
}

type Views = { of(record: ChartRecord): { resource: JsonValue } }
type DatedViews = Views & { validity(record: ChartRecord): Validity }

/** What the records of a list say. */
export function noneState(list: NoneList, records: readonly ChartRecord[], views: DatedViews): NoneState {
  const types = [NONE_TYPES[list], ...(list === 'medications' ? ['MedicationRequest'] : [])]
  const ofList = records.filter(({ type }) => types.includes(type))
  const valid = ofList.filter(mayRelyOn)
  const resources = ofList.map((record) => views.of(record).resource).filter(isJsonObject)
  const answer = listAnswer(NONE_TYPES[list], resources, deviceReader())
  const isOver = (record: ChartRecord) => record.status === 'past' || views.validity(record).state === 'ended'
  const answerOf = (record: ChartRecord) => noneStated(views.of(record).resource)
  const current = valid
    .filter((record) => record.status !== 'past' && answerOf(record) !== null)
    .toSorted((a, b) => Number(a.date < b.date) - Number(a.date > b.date))
  return {
    answer,
    stated: current.filter((record) =>
      answer === 'some' ? answerOf(record) !== 'not-asked' : answerOf(record) === answer,
    ),
    outdated: answer === 'some' ? current.filter((record) => answerOf(record) === 'none-known') : [],
    past: valid.filter((record) => isOver(record) && answerOf(record) === null).length,
    unclear: ofList.filter(({ status }) => status === 'unclear').length,
  }
}

/** A statement with its day: "No known drug allergies (stated on 21 November 2026)"; without a day only its words. */
export function statedWords(list: NoneList, record: ChartRecord, views: Views, t: TFunction, language: Language) {
  const what = statementWords(list, views.of(record).resource, record.title, t)
  return record.date === '' ? what : t('none.statedOn', { what, date: formatDateOnly(record.date, language) })
}

/** Entries left out of summaries because a modifier changes their meaning. */
export function unclearMark({ unclear }: Pick<NoneState, 'unclear'>, t: TFunction): Mark {
  return { status: 'attention', word: t('none.unclear', { count: unclear }) }
}

/** A list without anything current as a mark; each of the empties has its own, and only past entries are none of them. */
export function emptyMark(list: NoneList, state: NoneState, views: Views, t: TFunction, language: Language): Mark {
  const { answer, past, stated } = state
  if (answer === 'past-only' && past > 0) return { status: 'neutral', word: t('important.onlyPast', { count: past }) }
  // What is recorded and not shown as current has not begun yet.
  if (answer === 'some') return { status: 'neutral', word: t('standing.onlyComing') }
  if (answer === 'not-asked') return { status: 'attention', word: t(`none.${list}.not-asked`) }
  if (answer === 'unclear') return unclearMark(state, t)
  const newest = stated[0]
  if (answer === 'none-known' && newest)
    return { status: 'neutral', word: statedWords(list, newest, views, t, language) }
  if (answer === 'none-of-kind') {
    const kinds = stated.map((record) => statedWords(list, record, views, t, language))
    return { status: 'attention', word: t('none.ofKind', { what: joined(kinds, t) }) }
  }
  return { status: list === 'allergies' ? 'attention' : 'neutral', word: t('allergy.empty') }
}
