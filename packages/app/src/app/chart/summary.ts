/**
 * What a chart says in short, for paper: sections of one line per fact, in both languages, read through the descriptors so that every kind of
 * record shows. Nothing is made up: what nobody asked, what nobody wrote and what is not shared are three answers. Lists that are private, and
 * what was entered in error, never come here.
 */
import {
  allergyDanger,
  type Collection,
  dateSortKey,
  dayIn,
  describe,
  type Descriptor,
  isJsonObject,
  isToCome,
  type JsonValue,
  mayRelyOn,
  noneStated,
  parseJsonOrNull,
  patientForm,
  stringsAt,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { deviceZone, formatDateOnly } from '../../i18n/dates.ts'
import type { Language } from '../../i18n/index.ts'
import { asWritten, say, type Said } from '../../i18n/said.ts'
import { firstPart } from '../../ui/first-part.ts'
import { ownDeathOf, patientsOf } from './chart-patient.ts'
import { localNow } from './doses.ts'
import { isNoneList, NONE_TYPES, type NoneList, statementWords } from './none-stated.ts'
import { codeWord } from './record-facts.ts'
import { dangerMark, detailWords, flagOf, type RecordViews, stateWord, titleOf } from './record-view.ts'
import { dueVaccines } from './vaccines.ts'

/** Sections of a summary in the order in which a doctor reads them. */
export const SECTIONS = [
  'allergies',
  'medications',
  'conditions',
  'labs',
  'vitals',
  'immunizations',
  'procedures',
  'contacts',
  'plans',
] as const
/** One of {@link SECTIONS}. */
export type SectionName = (typeof SECTIONS)[number]

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

/** Why a section has no line. */
export type Nothing = 'nothing' | 'only-past' | 'no-right'

export interface SummarySection {
  name: SectionName
  lines: SummaryLine[]
  nothing: Nothing | null
  /** How many entries were left out because something in them that is not known here changes what they say. */
  unclear: number
}

/** Where a section's facts lie, and what is asked of the right to read. */
export const LISTS_OF: Readonly<Record<SectionName, readonly Collection[]>> = {
  allergies: ['allergies'],
  medications: ['medications'],
  conditions: ['conditions'],
  labs: ['labs'],
  vitals: ['vitals'],
  immunizations: ['immunizations'],
  procedures: ['conditions'],
  contacts: ['profile'],
  plans: ['plans', 'appointments', 'immunizations'],
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

/** One section; its lines in the order of the paper. */
export function sectionOf(name: SectionName, source: SummarySource): SummarySection {
  if (!LISTS_OF[name].some(source.mayRead)) return { name, lines: [], nothing: 'no-right', unclear: 0 }
  const lines = READERS[name](source)
  const unclear = unclearIn(name, source)
  return { name, lines, nothing: lines.length > 0 || unclear > 0 ? null : nothingOf(name, source), unclear }
}

/** Of a section's own list; what describes the person is never left out. Procedures stand among the conditions. */
function unclearIn(name: SectionName, { records }: SummarySource): number {
  const list = LISTS_OF[name][0]
  return records.filter(
    ({ status, collection, type }) =>
      status === 'unclear' &&
      collection === list &&
      name !== 'contacts' &&
      (list !== 'conditions' || (type === 'Procedure') === (name === 'procedures')),
  ).length
}

function nothingOf(name: SectionName, source: SummarySource): Nothing {
  const isPast = of(source, name === 'procedures' ? 'conditions' : (LISTS_OF[name][0] as string)).some(
    (record) =>
      (record.status === 'past' || source.views.standing(record, source.now).state === 'ended') &&
      (name !== 'conditions' || record.type === 'Condition'),
  )
  if (isPast && ['allergies', 'medications', 'conditions'].includes(name)) return 'only-past'
  return 'nothing'
}

const READERS: Readonly<Record<SectionName, (source: SummarySource) => SummaryLine[]>> = {
  allergies: (source) =>
    standing(source, 'allergies')
      .map((record) => ({ ...lineOfRecord(record, source, allergyWords), when: asWritten(''), day: '' }))
      .toSorted((a, b) => Number(b.isHigh) - Number(a.isHigh) || order(a, b)),
  medications: (source) =>
    standing(source, 'medications')
      .filter((record) => record.type !== 'MedicationAdministration')
      .map((record) => lineOfRecord(record, source, medicineWords(source.isBrief ?? false)))
      .toSorted(order),
  conditions: (source) =>
    newestFirst(standing(source, 'conditions').filter((record) => record.type === 'Condition')).map((record) =>
      lineOfRecord(record, source, otherWords),
    ),
  labs: (source) => newestOfEach(of(source, 'labs'), source),
  vitals: (source) => newestOfEach(of(source, 'vitals'), source),
  immunizations: vaccines,
  procedures: (source) =>
    onceEach(of(source, 'conditions').filter(({ type, status }) => type === 'Procedure' && status !== 'not-done')).map(
      ({ newest, count }) => lineOfRecord(newest, source, otherWords, count),
    ),
  contacts,
  plans,
}

function of({ records }: SummarySource, collection: string): ChartRecord[] {
  return records.filter((record) => record.collection === collection && mayRelyOn(record))
}

/** What stands in a list now; that there is none of it only where nothing is named beside that. */
function standing(source: SummarySource, list: NoneList): ChartRecord[] {
  const stated = new Set(
    of(source, list)
      .filter((record) => noneStated(source.views.of(record).resource) !== null)
      .map(({ id }) => id),
  )
  const things = of(source, list).filter(
    (record) => source.views.isCurrent(record, source.now) && !stated.has(record.id),
  )
  const isNamed = things.some((record) => isOfList(list, record.type)) || unclearIn(list, source) > 0
  // Beside something of the list only a statement about another kind stands: "no known food allergies".
  const isTold = (record: ChartRecord) => !isNamed || noneStated(source.views.of(record).resource) === 'none-of-kind'
  const statements = of(source, list).filter((record) => stated.has(record.id) && record.status !== 'past')
  return [...things, ...statements.filter(isTold)]
}

/** Whether the list is a list of this type: procedures stand among the conditions. */
function isOfList(list: NoneList, type: string): boolean {
  return type === NONE_TYPES[list] || type === 'MedicationRequest'
}

function newestFirst(records: ChartRecord[]): ChartRecord[] {
  return records.toSorted((a, b) => (dateSortKey(a.date) < dateSortKey(b.date) ? 1 : -1))
}

function order(a: SummaryLine, b: SummaryLine): number {
  return a.what.en < b.what.en ? -1 : a.what.en > b.what.en ? 1 : 0
}

/** The newest record of each thing (by code, else by name) and how many there are, newest first. */
function onceEach(records: ChartRecord[]): { newest: ChartRecord; count: number }[] {
  const found = new Map<string, { newest: ChartRecord; count: number }>()
  for (const record of newestFirst(records)) {
    const key = record.code || record.title
    const known = found.get(key)
    if (known) known.count += 1
    else found.set(key, { newest: record, count: 1 })
  }
  return [...found.values()]
}

/** Letters of one fact of a line: a report of many pages is one line of the paper, and stands in whole in its record. */
const LINE_LETTERS = 240

type Words = (resource: JsonValue, descriptor: Descriptor, t: TFunction) => (string | undefined)[]

function lineOfRecord(record: ChartRecord, { views }: SummarySource, words: Words, count = 1): SummaryLine {
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

/** The day of a statement that there is none: of other lines it stands in a column of its own. */
function statedOn({ date, type }: ChartRecord, t: TFunction, language: Language): string[] {
  const hasNoColumn = type === 'AllergyIntolerance' && date !== ''
  return hasNoColumn ? [t('summary.statedOn', { date: formatDateOnly(date, language, 'gregorian') })] : []
}

/** Paper is read anywhere: years are Gregorian, and a date keeps the precision that it has. */
function dateSaid(date: string): Said {
  return say((_, language) => formatDateOnly(date, language, 'gregorian'))
}

function allergyWords(resource: JsonValue, descriptor: Descriptor, t: TFunction): string[] {
  const codes = stringsAt(resource, 'verificationStatus', 'coding', 'code')
  // A translation may stand before the code that has a word here.
  const sure = codes.find((code) => codeWord(code, t) !== code) ?? codes[0] ?? ''
  return [dangerMark(resource, t).word, descriptor.detail, sure === '' || sure === 'confirmed' ? '' : codeWord(sure, t)]
}

function medicineWords(isBrief: boolean): Words {
  return (resource, descriptor, t) => [
    detailWords(resource, descriptor, t) || (isBrief ? '' : t('summary.noDose')),
    ...otherWords(resource, descriptor, t),
  ]
}

/** How it stands, where that is more than "in use". */
function otherWords(_: JsonValue, descriptor: Descriptor, t: TFunction): string[] {
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
function newestOfEach(records: ChartRecord[], source: SummarySource): SummaryLine[] {
  const results = records.filter(({ type, status }) => type === 'Observation' && status !== 'not-done')
  return onceEach(results).map(({ newest }) => lineOfRecord(newest, source, resultWords))
}

function vaccines(source: SummarySource): SummaryLine[] {
  const all = of(source, 'immunizations').filter(({ type }) => type === 'Immunization')
  const given = onceEach(all.filter(({ status }) => status !== 'not-done')).map(({ newest, count }) =>
    lineOfRecord(newest, source, () => [], count),
  )
  const refused = onceEach(all.filter(({ status }) => status === 'not-done')).map(({ newest }) =>
    lineOfRecord(newest, source, (_, __, t) => [t('state.notDone')]),
  )
  return [...given, ...refused]
}

function contacts({ records }: SummarySource): SummaryLine[] {
  return contactsOf(records).map(({ name, relationship, phone, savedAt }) => ({
    key: `contact ${name || phone}`,
    what: asWritten(firstPart(name || phone, LINE_LETTERS)),
    words: asWritten(firstPart([relationship, name === '' ? '' : phone].filter(Boolean).join(', '), LINE_LETTERS)),
    when: asWritten(''),
    day: '',
    isHigh: false,
    savedAt,
  }))
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

/** Plans that run, appointments that come, vaccines that are due. */
function plans(source: SummarySource): SummaryLine[] {
  const zone = deviceZone()
  const running = of(source, 'plans').filter(
    (record) => source.views.isCurrent(record, source.now) && (record.type === 'CarePlan' || record.type === 'Goal'),
  )
  const coming = of(source, 'appointments').filter(
    (record) =>
      record.type === 'Appointment' &&
      source.views.isCurrent(record, source.now) &&
      isToCome(record.date, { now: source.now.getTime(), zone }),
  )
  const isDead = ownDeathOf(source.records, source.now) !== null
  const found = isDead ? [] : dueVaccines(source.records, source.views, localNow(source.now))
  const due = found.flatMap((one) =>
    one.record === undefined
      ? []
      : [
          {
            ...lineOfRecord(one.record, source, () => []),
            what: asWritten(one.vaccine),
            words: say((t, language) =>
              one.date === ''
                ? t('due.noDate')
                : t('summary.due', { date: formatDateOnly(one.date, language, 'gregorian') }),
            ),
            when: asWritten(''),
            day: '',
          },
        ],
  )
  return [
    ...newestFirst(running).map((record) => lineOfRecord(record, source, otherWords)),
    ...newestFirst(coming)
      .toReversed()
      .map((record) => lineOfRecord(record, source, otherWords)),
    ...due,
  ]
}

/** Who the paper is about, as lines for its head. */
export function identityOf(records: readonly ChartRecord[], name: string) {
  const forms = patientsOf(records).flatMap(({ resource }) => {
    const parsed = parseJsonOrNull(resource)
    return isJsonObject(parsed) ? [patientForm(parsed)] : []
  })
  const first = (read: (form: ReturnType<typeof patientForm>) => string) => forms.map(read).find(Boolean) ?? ''
  return {
    name: first((form) => form.name) || name,
    birthDate: first((form) => form.birthDate),
    gender: first((form) => form.gender),
    recordNumbers: [...new Set(forms.flatMap((form) => form.recordNumbers.map(({ value }) => value)))],
    bloodType: bloodTypeOf(records),
    savedAt: Math.max(0, ...patientsOf(records).map(({ savedAt }) => savedAt)),
  }
}

/** LOINC's "ABO and Rh group", and the ABO group alone, as results write them. */
const BLOOD_GROUPS = ['http://loinc.org|882-1', 'http://loinc.org|883-9']

function bloodTypeOf(records: readonly ChartRecord[]): string {
  const results = newestFirst(records.filter(({ type, status }) => type === 'Observation' && status === 'active'))
  for (const group of BLOOD_GROUPS) {
    const result = results.find(({ code }) => code === group)
    const text = result === undefined ? '' : (describe(parseJsonOrNull(result.resource)).value?.text ?? '')
    if (text !== '') return text
  }
  return ''
}
