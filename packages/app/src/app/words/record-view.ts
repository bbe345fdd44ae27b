/**
 * Records as lists and detail pages show them: parsed once per version, read lazily (a list of 10,000 parses only the
 * rows that come into view), in the language of the moment.
 */
import {
  ABSENT_REASONS,
  allergyDanger,
  CARE_TASKS,
  type CareTask,
  collectionOfStreamName,
  dayIn,
  describe,
  type Descriptor,
  doseAnswer,
  type Flag,
  isCardRecord,
  hasState,
  isFinding,
  isJsonObject,
  isSignature,
  type JsonValue,
  noneStated,
  observationForm,
  parseJsonOrNull,
  partsOf,
  type Relative,
  relativeOf,
  RELATIVES,
  type SignatureMeaning,
  sortKeyIn,
  type Validity,
  validityFrom,
  stringAt,
  VITAL_SIGNS,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { deviceReader, deviceZone, formatDate, formatDateOnly } from '../../i18n/dates.ts'
import { en } from '../../i18n/en/index.ts'
import type { Language } from '../../i18n/index.ts'
import { codeTitle, withoutTail } from './code-titles.ts'
import { dosageWords } from './dosage-words.ts'
import { isNoneList, statementTitle, statementWords } from './none-stated.ts'
import { codeWord } from './record-facts.ts'
import { firstPart } from '../../ui/display/first-part.ts'
import type { ListRow, Mark } from '../../ui/lists/list-rows.ts'
import type { PointFlag, TrendPoint } from '../../ui/plots/plot-geometry.ts'

/** A record read: its elements and what they say. */
export interface RecordView {
  resource: JsonValue
  descriptor: Descriptor
}

/** Reads records, each version once. Lives with the open chart and dies with it. */
export class RecordViews {
  private readonly views = new Map<string, RecordView>()

  /** Never throws: text that is no JSON is shown as an empty record of its type. */
  of(record: Pick<ChartRecord, 'id' | 'revision' | 'resource'>): RecordView {
    const key = `${record.id} ${record.revision}`
    const known = this.views.get(key)
    if (known) return known
    const view = readResource(record.resource)
    this.views.set(key, view)
    return view
  }

  /** The record's validity at a moment on this device; records without relevant dates are not parsed. */
  validity(record: ChartRecord, now: Date = new Date()): Validity {
    return validityFrom(record.type, record.status, () => this.of(record).resource, deviceReader(now))
  }

  /** Whether it is in force, or nobody said that it is not. */
  isCurrent(record: ChartRecord, now?: Date): boolean {
    return this.validity(record, now).state === 'current'
  }
}

/** Parses and describes one resource text. */
export function readResource(text: string): RecordView {
  const resource = parseJsonOrNull(text)
  return { resource, descriptor: describe(resource) }
}

/** What the words of rows depend on. */
export interface Wording {
  t: TFunction
  language: Language
  views: RecordViews
  /** Where the detail of a record is. */
  hrefOf: (record: ChartRecord) => string
  /** Warnings next to a medicine, if the rows show them (medicine-looks.ts). */
  looksOf?: (record: ChartRecord) => readonly Mark[]
}

/** The rows of a list. What they say is worked out when it is first shown, searched or sorted by: a list of 10,000 shows 40. */
export function rowsOf(records: readonly ChartRecord[], wording: Wording): ListRow[] {
  return records.map((record) => new RecordRow(record, wording))
}

class RecordRow implements ListRow {
  readonly id: string
  readonly type: string
  readonly dateKey: string
  private readonly record: ChartRecord
  private readonly wording: Wording
  private knownTitle: string | undefined
  private knownSearch: string | undefined

  constructor(record: ChartRecord, wording: Wording) {
    this.record = record
    this.wording = wording
    this.id = record.id
    this.type = record.type
    this.dateKey = sortKeyIn(record.date, deviceZone())
  }

  get rank(): 0 | 1 | 2 {
    return this.record.status === 'error' ? 2 : this.wording.views.isCurrent(this.record) ? 0 : 1
  }
  get title(): string {
    this.knownTitle ??= titleOf(this.record, this.wording.t)
    return this.knownTitle
  }
  get search(): string {
    this.knownSearch ??= `${this.record.text} ${this.title.toLowerCase()} ${dayIn(this.record.date, deviceZone())}`
    return this.knownSearch
  }
  get by(): string {
    return sourceOf(this.record, this.wording.t)
  }

  get href(): string {
    return this.wording.hrefOf(this.record)
  }
  get date(): string {
    return formatDateOnly(this.record.date, this.wording.language)
  }
  get value(): string {
    return firstPart(valueOf(this.record, this.wording))
  }
  get flag(): Mark | undefined {
    return flagOf(this.wording.views.of(this.record).descriptor, this.wording.t, this.record)
  }
  get range(): string {
    return this.wording.views.of(this.record).descriptor.value?.ranges[0]?.text ?? ''
  }
  get state(): Mark | undefined {
    if (this.record.status === 'error') {
      const { descriptor } = this.wording.views.of(this.record)
      return { status: 'neutral', word: errorWord(descriptor, this.wording.t) }
    }
    if (this.record.status === 'unclear') return { status: 'attention', word: this.wording.t('state.unclear') }
    return stateMark(this.record, this.wording)
  }
  get marks(): readonly Mark[] {
    return marksOf(this.record, this.wording.t)
  }
  get titleMarks(): readonly Mark[] {
    return this.wording.looksOf?.(this.record) ?? []
  }
}

/** What the record is, in the screen's language where it is one of our own words; the type's name where it says nothing itself. */
export function titleOf(record: Pick<ChartRecord, 'title' | 'type' | 'collection' | 'resource'>, t: TFunction): string {
  const title = record.title.toLowerCase()
  if (record.type === 'Observation') {
    const sign = VITAL_SIGNS.find(({ code }) => code.display.toLowerCase() === title)
    if (sign && record.collection.startsWith('vitals')) return t(`vital.${sign.key}`)
  }
  if (record.type === 'FamilyMemberHistory') {
    const relative = (Object.keys(RELATIVES) as Relative[]).find((code) => RELATIVES[code] === title)
    if (relative) return t(`relative.${relative}`)
  }
  if (record.type === 'Task') {
    const task = (Object.keys(CARE_TASKS) as CareTask[]).find((code) => CARE_TASKS[code].toLowerCase() === title)
    if (task) return t(`careTask.${task}`)
  }
  if (Object.hasOwn(en.sign.meaning, record.title) && isSignature(record)) {
    const meaning = record.title as SignatureMeaning
    return t('joined.label', { label: t('sign.one'), text: t(`sign.meaning.${meaning}`) })
  }
  // The owner's choice for the emergency card: the one record whose name is ours.
  if (isCardRecord(record)) return t('screen.card')
  return (
    statementTitle(record.title, t) ??
    codeTitle(record, t) ??
    (withoutTail(record.title) || record.type || t('thing.other'))
  )
}

/** Who it comes from, in a word or two. */
export function sourceOf(record: ChartRecord, t: TFunction): string {
  if (record.late) return t('late.source', { name: record.late.name || t('audit.someone') })
  if (record.importSource !== '') return t('list.imported')
  return authorName(record, t)
}

/** Who wrote it: "You", a name, or "Somebody"; of what an owner took in late, whose it was. */
export function authorName({ author, late }: Pick<ChartRecord, 'author' | 'late'>, t: TFunction): string {
  if (late) return late.name || t('audit.someone')
  return author.me ? t('list.you') : author.name || t('audit.someone')
}

/** What a record says besides its name, in words: a dosage, a dose or a relative in the screen's language, else the descriptor's text. */
export function detailWords(resource: JsonValue, descriptor: Descriptor, t: TFunction): string {
  const answer = doseAnswer(resource)
  if (answer !== '') return [t(`dose.${answer}`), descriptor.detail].filter(Boolean).join(', ')
  const value = findingWords(resource, descriptor, t)
  if (value !== null) return value
  const relative = relativeOf(resource)
  if (relative !== '') return t(`relative.${relative}`)
  return dosageWords(resource, t) || descriptor.value?.shown || descriptor.detail
}

/** A finding that forms write, and the reason for a missing value, in the screen's language; null for all else. */
export function findingWords(resource: JsonValue, { value }: Descriptor, t: TFunction): string | null {
  if (value?.kind === 'code') {
    const { valueKind, value: code } = isJsonObject(resource) ? observationForm(resource) : { valueKind: '', value: '' }
    return valueKind === 'finding' && isFinding(code) ? t(`finding.${code}`) : null
  }
  const reason = ABSENT_REASONS.find((known) => known === value?.absentReason)
  return value?.kind === 'absent' && reason !== undefined ? t(`absent.${reason}`) : null
}

function valueOf(record: ChartRecord, { t, views }: Wording): string {
  const { resource, descriptor } = views.of(record)
  const stated = noneStated(resource)
  if (stated === 'not-asked') return t('none.notAsked')
  const list = collectionOfStreamName(record.collection) ?? ''
  if (stated && isNoneList(list)) return statementWords(list, resource, record.title, t)
  const detail = detailWords(resource, descriptor, t)
  if (detail !== '') return detail
  if (descriptor.type === 'Observation') return t('record.noValue')
  // The row's own mark says it.
  return descriptor.status === 'unclear' ? '' : stateWord(descriptor, t)
}

/**
 * The state of a record, for types that show it in lists, unless it is in use or its row says so already; none for a statement that there
 * is none.
 */
export function stateMark(record: ChartRecord, wording: Wording): Mark | undefined {
  const { resource, descriptor } = wording.views.of(record)
  const dates = validityWord(wording.views.validity(record), wording)
  if (dates !== '') return { status: 'neutral', word: dates }
  const isNow = !['past', 'not-done', 'draft'].includes(record.status) && descriptor.statusCode !== 'on-hold'
  if (isNow || !partsOf(record.type).status.isMarkedInLists || noneStated(resource) !== null) return undefined
  const word = stateWord(descriptor, wording.t)
  return word === valueOf(record, wording) ? undefined : { status: 'neutral', word }
}

/** That its dates end a record, or have not begun it; '' where they say neither. */
export function validityWord(validity: Validity, { t, language }: Pick<Wording, 't' | 'language'>): string {
  if (validity.state !== 'ended' && validity.state !== 'coming') return ''
  const date = formatDateOnly(validity.date, language)
  if (validity.state === 'coming') return t('standing.starts', { date })
  return date === '' ? t('standing.ended') : t('standing.endedOn', { date })
}

/** The word for a record's state: for its own code if the app has a word, else for the broad state; '' for a type without states. */
export function stateWord(descriptor: Pick<Descriptor, 'type' | 'status' | 'statusCode'>, t: TFunction): string {
  if (descriptor.statusCode !== '' && descriptor.statusCode !== 'unknown')
    return capital(codeWord(descriptor.statusCode, t))
  switch (descriptor.status) {
    case 'active':
      return t('state.active')
    case 'past':
      return t('state.past')
    case 'draft':
      return t('state.draft')
    case 'error':
      return t('state.error')
    case 'not-done':
      return t('state.notDone')
    case 'trash':
      return t('state.trash')
    case 'unclear':
      return t('state.unclear')
    case 'unknown':
      return hasState(descriptor.type) ? t('state.unknown') : ''
  }
}

/** Entered in error, or refuted: the source says that it is not so. */
export function errorWord({ statusCode }: Pick<Descriptor, 'statusCode'>, t: TFunction): string {
  return t(statusCode === 'refuted' ? 'state.refuted' : 'state.error')
}

/** Waiting, two versions, private: the marks of a row in addition to its source. */
export function marksOf(record: ChartRecord, t: TFunction): Mark[] {
  return [
    ...(record.conflict ? [{ status: 'attention', word: t('state.twoVersions') } as const] : []),
    ...(record.waiting ? [{ status: 'info', word: t('state.waiting') } as const] : []),
    ...(record.collection.endsWith('-private') ? [{ status: 'private', word: t('state.private') } as const] : []),
  ]
}

/** The mark that a value or an allergy carries; nothing for results in range: we never call a result normal. */
export function flagOf(descriptor: Descriptor, t: TFunction, record?: ChartRecord): Mark | undefined {
  if (descriptor.type === 'AllergyIntolerance' && record) {
    const resource = parseJsonOrNull(record.resource)
    if (noneStated(resource) === null) return dangerMark(resource, t)
  }
  switch (descriptor.value?.flag) {
    case 'high':
      return { status: 'attention', word: t('result.above') }
    case 'low':
      return { status: 'attention', word: t('result.below') }
    case 'critical-high':
      return { status: 'danger', word: t('result.criticalHigh') }
    case 'critical-low':
      return { status: 'danger', word: t('result.criticalLow') }
    case 'critical-abnormal':
      return { status: 'danger', word: t('result.abnormal') }
    case 'abnormal':
      // "Abnormal" is the laboratory's word, not ours.
      return {
        status: 'attention',
        word: t(descriptor.value.flagFrom === 'range' ? 'result.outside' : 'result.abnormal'),
      }
    case 'other':
      return saidMark(descriptor.value.flagText, t)
    default:
      return undefined
  }
}

const LONGEST_MARK = 40

/**
 * The source's word for a value other than its range, for example that a germ is resistant; a whole sentence is shown among the record's
 * facts.
 */
function saidMark(words: string, t: TFunction): Mark | undefined {
  const word = Object.hasOwn(en.result.said, words) ? t(`result.said.${words as keyof typeof en.result.said}`) : words
  return word === '' || word.length > LONGEST_MARK ? undefined : { status: 'neutral', word }
}

/**
 * How bad an allergy is, as a mark in every row, head, banner, card and print: a severe reaction, anaphylaxis or a high risk next time is "Severe";
 * the worst reaction follows. Nothing given is not the same as mild.
 */
export function dangerMark(resource: JsonValue, t: TFunction): Mark {
  const { worst, criticality } = allergyDanger(resource)
  if (worst === 'severe' || criticality === 'high') return { status: 'danger', word: t('allergy.wasSevere') }
  if (worst === 'moderate') return { status: 'attention', word: t('allergy.wasModerate') }
  if (criticality === 'unable-to-assess') return { status: 'attention', word: t('allergy.riskUnknown') }
  if (criticality === 'low') return { status: 'neutral', word: t('allergy.riskLow') }
  if (worst === 'mild') return { status: 'neutral', word: t('allergy.wasMild') }
  return { status: 'attention', word: t('allergy.riskNotGiven') }
}

const POINT_FLAGS: Record<Flag, PointFlag> = {
  normal: 'in',
  low: 'below',
  high: 'above',
  'critical-low': 'critical-low',
  'critical-high': 'critical-high',
  abnormal: 'abnormal',
  'critical-abnormal': 'critical-high',
  other: 'none',
  none: 'none',
}

/** One result as a point of a trend. */
export function trendPointOf(record: ChartRecord, wording: Wording, open: string): TrendPoint {
  const { descriptor, resource } = wording.views.of(record)
  const { value } = descriptor
  const range = value?.ranges[0]
  return {
    id: record.id,
    href: record.id === open ? undefined : wording.hrefOf(record),
    date: record.date,
    shownDate: formatDate(record.date, wording.language),
    value:
      value && (value.kind === 'quantity' || value.kind === 'number' || value.kind === 'ratio') ? value.number : null,
    text: firstPart(value?.shown || wording.t('record.noValue')),
    comparator: value?.comparator ?? '',
    isRatio: value?.kind === 'ratio',
    flag: POINT_FLAGS[value?.flag ?? 'none'],
    flagWord: flagOf(descriptor, wording.t)?.word ?? (value?.flag === 'normal' ? wording.t('result.inRange') : ''),
    range: range ? { low: null, high: null, text: range.text } : null,
    was: null,
    group: `${stringAt(resource, 'specimen', 'display')}|${stringAt(resource, 'method', 'text')}|${value?.unitCode || value?.unit || ''}`,
    by: sourceOf(record, wording.t),
  }
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
