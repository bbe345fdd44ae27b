/** Rows of a table of results as FHIR Observations, by a mapping that a person confirmed or that the table settles itself. */
import {
  EMPTY_OBSERVATION,
  newObservation,
  plainSigns,
  rangeInWords,
  readDate,
  readValue,
  type JsonObject,
  type ObservationForm,
} from '@chartkeep/domain'
import type { ColumnUse } from './column-words.ts'
import { delimitedRows } from './delimited.ts'
import type { TableMapping } from './table-mapping.ts'

/** A result, or the person of some, as a record. */
export interface TableRecord {
  resource: JsonObject
  fullUrl: string
  /** What it was made of, for telling it from others and for finding it again: the same in each export. */
  origin: string
  /** Line of the text, from 1; 0 for a person. */
  line: number
}

export type RowFault = 'date-unsure' | 'date-unreadable' | 'value-unsure' | 'no-test'
export type RowSkip = 'no-content' | 'repeated'

export interface TableResults {
  /** People first. Each result names its person by `fullUrl`, where the table names people. */
  records: TableRecord[]
  refused: { line: number; fault: RowFault }[]
  skipped: { line: number; reason: RowSkip }[]
  /** Cells with results: records of results, refused and skipped together. */
  found: number
}

interface Row {
  line: number
  cell(use: ColumnUse): string
}

interface Result {
  line: number
  test: string
  code: string
  value: string
  unit: string
  date: string
  range: string
  low: string
  high: string
  flag: string
  place: string
  note: string
  person: Person | null
}

interface Person {
  name: string
  birthDate: string
  number: string
}

/** All results of the table. */
export function tableResults(text: string, mapping: TableMapping): TableResults {
  const all: TableResults = { records: [], refused: [], skipped: [], found: 0 }
  const people = new Map<string, string>()
  const results: TableRecord[] = []
  const seen = new Set<string>()
  let index = -1
  for (const { cells, line } of delimitedRows(text, mapping.delimiter)) {
    index += 1
    if (index <= mapping.headerRow || cells.every((cell) => cell === '')) continue
    const row: Row = { line, cell: (use) => cells[mapping.uses.indexOf(use)] ?? '' }
    for (const result of resultsOfRow(row, cells, mapping)) {
      all.found += 1
      const made = recordOf(result, mapping, people)
      if (typeof made === 'string') {
        if (made === 'no-content') all.skipped.push({ line, reason: made })
        else all.refused.push({ line, fault: made })
      } else if (seen.has(made.origin)) all.skipped.push({ line, reason: 'repeated' })
      else {
        seen.add(made.origin)
        results.push(made)
      }
    }
  }
  all.records = [...[...people].map(([key, fullUrl]) => personRecord(key, fullUrl)), ...results]
  return all
}

function resultsOfRow(row: Row, cells: readonly string[], { layout, tests, days }: TableMapping): Result[] {
  const common = {
    line: row.line,
    code: row.cell('code'),
    flag: row.cell('flag'),
    place: row.cell('place'),
    note: row.cell('note'),
    range: row.cell('range'),
    low: row.cell('low'),
    high: row.cell('high'),
    person: personOf(row),
  }
  switch (layout) {
    case 'long': {
      const date = [row.cell('date'), row.cell('time')].filter((part) => part !== '').join(' ')
      return [{ ...common, date, test: row.cell('test'), value: row.cell('value'), unit: row.cell('unit') }]
    }
    case 'wide':
      return tests.flatMap(({ column, test, unit }) =>
        isEmpty(cells[column])
          ? []
          : [{ ...common, date: row.cell('date'), test, unit, value: cells[column]!, flag: '' }],
      )
    case 'days-across':
      return days.flatMap(({ column, date }) =>
        isEmpty(cells[column])
          ? []
          : [{ ...common, date, test: row.cell('test'), unit: row.cell('unit'), value: cells[column]!, flag: '' }],
      )
  }
}

function isEmpty(cell: string | undefined): boolean {
  return cell === undefined || /^[-–—.]?$/u.test(cell)
}

function personOf(row: Row): Person | null {
  const person = { name: row.cell('person'), birthDate: row.cell('birth-date'), number: row.cell('person-number') }
  return person.name === '' && person.number === '' ? null : person
}

function recordOf(
  result: Result,
  mapping: TableMapping,
  people: Map<string, string>,
): TableRecord | RowFault | 'no-content' {
  const { test, code, value, unit } = result
  if (value === '' || /^[-–—]$/u.test(value)) return 'no-content'
  if (test === '' && code === '') return 'no-test'
  const date = readDate(result.date, mapping.dates)
  if (date.type === 'unsure') return 'date-unsure'
  if (date.type === 'no-date') return 'date-unreadable'
  const day = date.type === 'date' ? date.date : ''
  const read = valueWithUnit(value, unit, mapping)
  if (read === null) return 'value-unsure'
  const form: ObservationForm = {
    ...EMPTY_OBSERVATION,
    test: test || code,
    code: LOINC.test(code) ? { system: 'http://loinc.org', code, display: '' } : null,
    ...read,
    ...rangeOf(result, mapping),
    ...flagOf(result),
    date: day,
    performer: result.place,
  }
  const person = result.person === null ? '' : urlOf(result.person, people, mapping)
  const resource = newObservation(form, '')
  if (person === '') delete resource['subject']
  else resource['subject'] = { reference: person }
  const { line: _, ...told } = result
  return { resource, fullUrl: '', origin: JSON.stringify(told), line: result.line }
}

const LOINC = /^\d{1,5}-\d$/u

/** `126 mg/dL` in one cell, where the table has no column of units; null for a number that can be two. */
function valueWithUnit(
  text: string,
  unit: string,
  { decimals }: TableMapping,
): Pick<ObservationForm, 'valueKind' | 'value' | 'unit'> | null {
  const plain = plainSigns(text).replace(/^'(?=[=+@-])/u, '')
  const [, marked = '', mark = ''] = /^(.*\d)\s*([*HLhl↑↓]{1,2})$/u.exec(plain) ?? []
  const bare = mark === '' ? plain : marked
  const whole = readValue(bare, decimals)
  if (whole.type === 'unsure') return null
  if (whole.type !== 'words') return { valueKind: 'typed', value: inPoints(bare, whole), unit }
  const parts = unit === '' ? /^([<>]?=?\s*\d[\d.,]*)(?:\s+(?=10[\^*\d])|\s*(?=[^\d\s.,]))(.{1,20})$/u.exec(bare) : null
  const number = parts === null ? null : readValue(parts[1]!, decimals)
  if (number?.type === 'unsure') return null
  if (number?.type === 'number' && looksLikeUnitText(parts![2]!))
    return { valueKind: 'typed', value: inPoints(parts![1]!, number), unit: parts![2]!.trim() }
  // Words have no unit.
  return { valueKind: 'typed', value: text, unit: '' }
}

function looksLikeUnitText(text: string): boolean {
  return /^(?:%|[a-zµμ/^*\d. ]+)$/iu.test(text) && !/^(?:[hl]|pos|neg)$/iu.test(text)
}

/** The text as {@link readValue} reads it with a point before decimals. */
function inPoints(text: string, read: ReturnType<typeof readValue>): string {
  switch (read.type) {
    case 'number':
      return `${read.comparator}${read.digits}`
    case 'range':
      return `${read.low}-${read.high}`
    case 'ratio':
      return `${read.over}:${read.under}`
    default:
      return text
  }
}

function rangeOf(
  { range, low, high }: Result,
  { decimals }: TableMapping,
): Pick<ObservationForm, 'rangeLow' | 'rangeHigh' | 'rangeText'> {
  const limit = (text: string) => {
    const read = readValue(text, decimals)
    return read.type === 'number' && read.comparator === '' ? read.digits : ''
  }
  if (range === '' && (low !== '' || high !== '')) {
    const ends = { rangeLow: limit(low), rangeHigh: limit(high) }
    const isRead = (low === '' || ends.rangeLow !== '') && (high === '' || ends.rangeHigh !== '')
    return { ...ends, rangeText: isRead ? '' : `${low} - ${high}` }
  }
  const words = range === '' ? null : rangeInWords(range, decimals)
  // An open end (`<200`) is no limit that belongs to the range: its text says so, and the app reads it.
  const isClosed = words !== null && words.low !== '' && words.high !== '' && words.isTitre !== true
  return { rangeLow: isClosed ? words.low : '', rangeHigh: isClosed ? words.high : '', rangeText: range }
}

const FLAGS: readonly [RegExp, string][] = [
  [/^(?:hh|h\*|\*h|h!|critical(?:ly)? high|panic high|↑↑|過高|危險高)$/iu, 'HH'],
  [/^(?:ll|l\*|\*l|l!|critical(?:ly)? low|panic low|↓↓|過低|危險低)$/iu, 'LL'],
  [/^(?:h|high|above(?: range| normal)?|↑|\+|高|偏高|hoch|erh[öo]ht|haut|[ée]lev[ée]|alto)$/iu, 'H'],
  [/^(?:l|low|below(?: range| normal)?|↓|-|低|偏低|niedrig|erniedrigt|bas|bajo)$/iu, 'L'],
  [/^(?:a|abn|abnormal|\*|!|y|yes|異常|异常|auff[äa]llig|anormal)$/iu, 'A'],
  [/^(?:n|normal|正常|unauff[äa]llig)$/iu, 'N'],
]

function flagOf({ flag, note, value }: Result): Pick<ObservationForm, 'interpretation' | 'note'> {
  const told = flag === '' ? (/\d\s*([*HLhl↑↓]{1,2})$/u.exec(plainSigns(value))?.[1] ?? '') : flag
  const code = FLAGS.find(([words]) => words.test(plainSigns(told).trim()))?.[1] ?? ''
  // A flag of other words stays as a note.
  const words = code === '' && told !== '' ? [told] : []
  return { interpretation: code, note: [...words, ...(note === '' ? [] : [note])].join('\n') }
}

function urlOf(person: Person, people: Map<string, string>, { dates }: TableMapping): string {
  const born = readDate(person.birthDate, dates)
  const key = JSON.stringify([person.name, born.type === 'date' ? born.date : '', person.number])
  let url = people.get(key)
  if (url === undefined) people.set(key, (url = `urn:chartkeep:person:${people.size + 1}`))
  return url
}

function personRecord(key: string, fullUrl: string): TableRecord {
  const [name = '', birthDate = '', number = ''] = JSON.parse(key) as string[]
  const resource: JsonObject = {
    resourceType: 'Patient',
    ...(number === '' ? {} : { identifier: [{ value: number }] }),
    ...(name === '' ? {} : { name: [{ text: name }] }),
    ...(birthDate === '' ? {} : { birthDate }),
  }
  return { resource, fullUrl, origin: key, line: 0 }
}
