/** What the sections of a summary are made of: one line per fact, in both languages, read through the descriptors. */
import {
  allergyDanger,
  type Collection,
  dateSortKey,
  dayIn,
  type Descriptor,
  isJsonObject,
  type JsonValue,
  mayRelyOn,
  noneStated,
  parseJsonOrNull,
  patientForm,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { patientsOf } from './chart-patient.ts'
import { isNoneList, NONE_TYPES, type NoneList, statementWords } from './none-stated.ts'
import { flagOf, type RecordViews, stateWord, titleOf } from './record-view.ts'
import { deviceZone, formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import { say, type Said } from '../../i18n/said.ts'
import { firstPart } from '../../ui/display/first-part.ts'

/** One fact. */
export interface SummaryLine {
  /** `record <id>` or `contact <name>`: the same on every device of the owner. */
  key: string
  what: Said
  words: Said
  when: Said
  /** The same day as FHIR writes it, for paper in both languages; '' for none. */
  day: string
  /** An allergy with a severe past reaction, or whose next reaction is a high risk. */
  isHigh: boolean
  /** When it was last written, milliseconds. */
  savedAt: number
}

/** What sections are made from. */
export interface SummarySource {
  records: readonly ChartRecord[]
  views: RecordViews
  /** Whether this account reads a list of the chart. */
  mayRead: (collection: Collection) => boolean
  now: Date
  /** Without words for what nobody wrote down: for a card that is read in seconds. */
  isBrief?: boolean
}

/** A section of a summary: which facts it contains, and how they are shown. */
export interface ChartSection {
  title: (t: TFunction) => string
  /** Where its facts lie, its own list first, and what is asked of the right to read. */
  lists: readonly Collection[]
  /** In the order of the paper; `unclear` of its records are left out because nobody may rely on them. */
  lines: (source: SummarySource, unclear: number) => SummaryLine[]
  /** Its name in an International Patient Summary; null if it has no section there. */
  ips: string | null
  /** Whether the one-page summary contains it before a person chooses. */
  isPrintedAtFirst: boolean
}

/** The reliable records of a list. */
export function recordsIn({ records }: SummarySource, collection: string): ChartRecord[] {
  return records.filter((record) => record.collection === collection && mayRelyOn(record))
}

/**
 * The current records of a list with `unclear` unreliable entries; statements that there are none appear only if nothing current is named.
 */
export function currentRecordsIn(source: SummarySource, list: NoneList, unclear: number): ChartRecord[] {
  const stated = new Set(
    recordsIn(source, list)
      .filter((record) => noneStated(source.views.of(record).resource) !== null)
      .map(({ id }) => id),
  )
  const things = recordsIn(source, list).filter(
    (record) => source.views.isCurrent(record, source.now) && !stated.has(record.id),
  )
  const isNamed = things.some((record) => isOfList(list, record.type)) || unclear > 0
  // Next to a named entry, only a statement about another kind is shown: "no known food allergies".
  const isTold = (record: ChartRecord) => !isNamed || noneStated(source.views.of(record).resource) === 'none-of-kind'
  const statements = recordsIn(source, list).filter((record) => stated.has(record.id) && record.status !== 'past')
  return [...things, ...statements.filter(isTold)]
}

/** Whether the list is for this type: the list of conditions also contains procedures. */
function isOfList(list: NoneList, type: string): boolean {
  return type === NONE_TYPES[list] || type === 'MedicationRequest'
}

/** By date, the newest first. */
export function newestFirst(records: ChartRecord[]): ChartRecord[] {
  return records.toSorted((a, b) => (dateSortKey(a.date) < dateSortKey(b.date) ? 1 : -1))
}

/** By name. */
export function byName(a: SummaryLine, b: SummaryLine): number {
  return a.what.en < b.what.en ? -1 : a.what.en > b.what.en ? 1 : 0
}

/** The newest record of each thing (by code, else by name) and how many there are, newest first. */
export function onceEach(records: ChartRecord[]): { newest: ChartRecord; count: number }[] {
  const found = new Map<string, { newest: ChartRecord; count: number }>()
  for (const record of newestFirst(records)) {
    const key = record.code || record.title
    const known = found.get(key)
    if (known) known.count += 1
    else found.set(key, { newest: record, count: 1 })
  }
  return [...found.values()]
}

/** Characters of one fact of a line: a report of many pages is one line on paper, and complete in its record. */
export const LINE_LETTERS = 240

/** The words after the name of a fact. */
export type Words = (resource: JsonValue, descriptor: Descriptor, t: TFunction) => (string | undefined)[]

/** One record as a line; `count` records say the same. */
export function lineOfRecord(record: ChartRecord, { views }: SummarySource, words: Words, count = 1): SummaryLine {
  const { resource, descriptor } = views.of(record)
  const stated = noneStated(resource)
  return {
    key: `record ${record.id}`,
    what: say((t) =>
      stated && isNoneList(record.collection) && isOfList(record.collection, record.type)
        ? statementWords(record.collection, resource, titleOf(record, t), t)
        : firstPart(titleOf(record, t), LINE_LETTERS),
    ),
    words: say((t, language) =>
      [
        ...(stated ? statedOn(record, t, language) : words(resource, descriptor, t)),
        count > 1 ? t('summary.times', { count }) : '',
        record.conflict ? t('state.twoVersions') : '',
      ]
        .filter(Boolean)
        .map((part) => firstPart(part ?? '', LINE_LETTERS))
        .join(', '),
    ),
    when: dateSaid(record.date),
    day: dayIn(record.date, deviceZone()),
    isHigh: !stated && descriptor.type === 'AllergyIntolerance' && allergyDanger(resource).isHigh,
    savedAt: record.savedAt,
  }
}

/** The day of a statement that there are none; other lines show their day in a column. */
function statedOn({ date, type }: ChartRecord, t: TFunction, language: Language): string[] {
  const hasNoColumn = type === 'AllergyIntolerance' && date !== ''
  return hasNoColumn ? [t('summary.statedOn', { date: formatDateOnly(date, language, 'gregorian') })] : []
}

/** Paper is read anywhere: years are Gregorian, and a date keeps the precision that it has. */
export function dateSaid(date: string): Said {
  return say((_, language) => formatDateOnly(date, language, 'gregorian'))
}

/** Its state, unless that is "in use". */
export function otherWords(_: JsonValue, descriptor: Descriptor, t: TFunction): string[] {
  return ['active', 'completed', ''].includes(descriptor.statusCode) ? [] : [stateWord(descriptor, t)]
}

function resultWords(_: JsonValue, descriptor: Descriptor, t: TFunction): string[] {
  const { value } = descriptor
  const range = value?.ranges[0]?.text ?? ''
  const isFinal = ['final', '', 'unknown'].includes(descriptor.statusCode)
  return [
    value?.shown || t('record.noValue'),
    flagOf(descriptor, t)?.word ?? '',
    range === '' ? '' : t('result.rangeIs', { range }),
    isFinal ? '' : stateWord(descriptor, t),
  ]
}

/** The newest result of each test: a count of older ones would say nothing. */
export function newestOfEach(records: ChartRecord[], source: SummarySource): SummaryLine[] {
  const results = records.filter(({ type, status }) => type === 'Observation' && status !== 'not-done')
  return onceEach(results).map(({ newest }) => lineOfRecord(newest, source, resultWords))
}

/** Emergency contacts of every description of the person, each once. */
export function contactsOf(records: readonly ChartRecord[]) {
  const found = new Map<string, { name: string; relationship: string; phone: string; savedAt: number }>()
  for (const { resource, savedAt } of patientsOf(records)) {
    const parsed = parseJsonOrNull(resource)
    if (!isJsonObject(parsed)) continue
    for (const { name, relationship, phone } of patientForm(parsed).contacts)
      if (!found.has(name || phone)) found.set(name || phone, { name, relationship, phone, savedAt })
  }
  return [...found.values()]
}
