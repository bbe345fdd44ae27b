/**
 * What the columns of a table mean: a proposal for the person to confirm, made from header words and from what is in the
 * cells. A pure function. What the table does not settle (day or month first, which sign is before decimals) is a question
 * and never a guess.
 */
import { readDate, readNumber, readValue, type DateHabits, type DecimalMark } from '@chartkeep/domain'
import { analyteOfHeader, looksLikeUnit, useOfHeader, type ColumnUse } from './column-words.ts'
import { delimitedRows, delimiterOf, MOST_TABLE_LETTERS, type DelimitedRow, type Delimiter } from './delimited.ts'

/**
 * How a table is read. `long`: each row is a result. `wide`: each row is a day, and the columns in `tests` are results.
 * `days-across`: each row is a test, and the columns in `days` hold its results.
 */
export interface TableMapping {
  delimiter: Delimiter
  /** Index of the row of headers among all rows; -1 for a table without. */
  headerRow: number
  layout: 'long' | 'wide' | 'days-across'
  /** What each column is for. */
  uses: ColumnUse[]
  /** Columns of a wide table. */
  tests: { column: number; test: string; unit: string }[]
  /** Columns of a table with days across; `date` as the header writes it. */
  days: { column: number; date: string }[]
  /** `dayMonth` null: nobody has said yet, and dates that can be two days are refused. */
  dates: DateHabits
  decimals: DecimalMark
}

export type TableQuestion = 'day-or-month' | 'decimals' | 'columns'

export interface TableProposal {
  mapping: TableMapping
  /** What only a person can say. None: the table speaks for itself. */
  questions: TableQuestion[]
  /** The first rows below the headers, for the dialog. */
  sample: string[][]
  /** By which the choices for tables of this kind are remembered. Holds headers, no values. */
  key: string
}

export type TableFault = 'no-table' | 'no-results' | 'too-large'

const MOST_LOOKED_AT = 200
const SAMPLE_ROWS = 5

/** What the table seems to be, or why it holds no results. */
export function proposeMapping(text: string): TableProposal | TableFault {
  if (text.length > MOST_TABLE_LETTERS) return 'too-large'
  const delimiter = delimiterOf(text)
  if (delimiter === null) return 'no-table'
  const rows: DelimitedRow[] = []
  for (const row of delimitedRows(text, delimiter)) {
    rows.push(row)
    if (rows.length >= MOST_LOOKED_AT) break
  }
  const found = byHeaders(rows, delimiter) ?? byContent(rows, delimiter)
  return found ?? 'no-results'
}

/** Whether the text is a table in which results can be found: for telling kinds of files. */
export function holdsResults(text: string): boolean {
  return typeof proposeMapping(text) !== 'string'
}

function byHeaders(rows: readonly DelimitedRow[], delimiter: Delimiter): TableProposal | null {
  let best: { index: number; score: number; mapping: TableMapping } | null = null
  for (const [index, row] of rows.slice(0, 30).entries()) {
    const mapping = mappingOfHeaders(row.cells, rows.slice(index + 1), delimiter, index)
    const score = mapping === null ? 0 : scoreOf(mapping)
    if (mapping !== null && score > (best?.score ?? 0)) best = { index, score, mapping }
  }
  return best === null ? null : proposalOf(best.mapping, rows, [])
}

function scoreOf({ uses, tests, days }: TableMapping): number {
  return uses.filter((use) => use !== 'none').length + tests.length + days.length
}

function mappingOfHeaders(
  headers: readonly string[],
  below: readonly DelimitedRow[],
  delimiter: Delimiter,
  headerRow: number,
): TableMapping | null {
  if (below.length === 0 || headers.length < 2) return null
  const uses = firstOfEach(headers.map(useOfHeader), headers)
  const has = (use: ColumnUse) => uses.includes(use)
  const base = { delimiter, headerRow, uses, tests: [], days: [], dates: HABITS, decimals: '.' as const }
  if (has('value') && (has('test') || has('code'))) return { ...base, layout: 'long' }
  const isChinese = headers.some((header) => CHINESE.test(header))
  const days = headers.flatMap((header, column) =>
    ['date', 'unsure'].includes(readDate(header, { dayMonth: null, isRoc: isChinese }).type) && /\D/u.test(header)
      ? [{ column, date: header }]
      : [],
  )
  if (has('test') && days.length > 0) return { ...base, layout: 'days-across', days }
  const tests = headers.flatMap((header, column) => {
    const analyte = uses[column] === 'none' || uses[column] === 'place' ? analyteOfHeader(header) : null
    return analyte === null ? [] : [{ column, ...analyte }]
  })
  // A row by itself names neither days nor headers for certain.
  if (has('date') && tests.length > 0) {
    for (const { column } of tests) uses[column] = 'none'
    return { ...base, layout: 'wide', tests }
  }
  return null
}

/** Of several columns for the same thing the first is taken; of dates the day on which the sample was taken. */
function firstOfEach(uses: readonly ColumnUse[], headers: readonly string[]): ColumnUse[] {
  const taken = new Map<ColumnUse, number>()
  for (const [column, use] of uses.entries()) {
    const before = taken.get(use)
    if (before === undefined) taken.set(use, column)
    else if (use === 'date' && COLLECTED.test(headers[column]!) && !COLLECTED.test(headers[before]!))
      taken.set(use, column)
    else if (
      use === 'test' &&
      /name|名稱|bezeichnung/iu.test(headers[column]!) &&
      !/name|名稱/iu.test(headers[before]!)
    )
      taken.set(use, column)
  }
  return uses.map((use, column) => (use !== 'none' && taken.get(use) === column ? use : 'none'))
}

const COLLECTED = /collect|drawn?|specimen|sample|採|抽血|檢體|abnahme|entnahme|pr[ée]l[èe]v/iu
const CHINESE = /\p{Script=Han}/u
const HABITS: DateHabits = { dayMonth: null, isRoc: false }

/** A table without headers, or with headers in words that nobody here knows: by its cells. It always asks. */
function byContent(rows: readonly DelimitedRow[], delimiter: Delimiter): TableProposal | null {
  const filled = rows.filter(({ cells }) => cells.length > 2 && cells.some((cell) => cell !== ''))
  if (filled.length === 0) return null
  const width = Math.max(...filled.map(({ cells }) => cells.length))
  const body = filled.length > 1 ? filled.slice(1) : filled
  const share = (column: number, is: (cell: string) => boolean) => {
    const cells = body.map(({ cells: all }) => all[column] ?? '').filter((cell) => cell !== '')
    return cells.length === 0 ? 0 : cells.filter(is).length / cells.length
  }
  const columns = Array.from({ length: width }, (_, column) => column)
  const isDay = (cell: string) =>
    /\d[-/.年]\d/u.test(cell) && ['date', 'unsure'].includes(readDate(cell, { ...HABITS, isRoc: true }).type)
  const date = columns.find((column) => share(column, isDay) > 0.8)
  const unit = columns.find((column) => share(column, looksLikeUnit) > 0.5)
  const value = columns.find((column) => column !== date && column !== unit && share(column, isValue) > 0.6)
  const test = columns.find(
    (column) =>
      ![date, unit, value].includes(column) && share(column, (cell) => !isValue(cell) && /\p{L}{2}/u.test(cell)) > 0.8,
  )
  if (unit === undefined || value === undefined || test === undefined) return null
  const range = columns.find(
    (column) =>
      ![date, unit, value, test].includes(column) && share(column, (cell) => readValue(cell).type === 'range') > 0.5,
  )
  const uses = columns.map((column): ColumnUse => {
    if (column === date) return 'date'
    if (column === unit) return 'unit'
    if (column === value) return 'value'
    if (column === test) return 'test'
    return column === range ? 'range' : 'none'
  })
  const first = filled[0]!
  const isHeader = !isValue(first.cells[value] ?? '')
  const headerRow = isHeader ? rows.indexOf(first) : -1
  const mapping: TableMapping = {
    delimiter,
    headerRow,
    layout: 'long',
    uses,
    tests: [],
    days: [],
    dates: HABITS,
    decimals: '.',
  }
  return proposalOf(mapping, rows, ['columns'])
}

function isValue(cell: string): boolean {
  return ['number', 'ratio', 'unsure'].includes(readValue(cell).type)
}

function proposalOf(mapping: TableMapping, rows: readonly DelimitedRow[], asked: TableQuestion[]): TableProposal {
  const body = rows.slice(mapping.headerRow + 1).map(({ cells }) => cells)
  const headers = rows[mapping.headerRow]?.cells ?? []
  const questions = [...asked]
  const isRoc = rows.some(({ cells }) => cells.some((cell) => CHINESE.test(cell)))
  const dates =
    mapping.layout === 'days-across' ? mapping.days.map(({ date }) => date) : cellsOf(body, mapping.uses, 'date')
  const dayMonth = dayMonthOf(dates, isRoc)
  if (dayMonth === 'unsettled') questions.push('day-or-month')
  const numbers = numbersOf(body, mapping)
  const decimals = decimalsOf(numbers, mapping.delimiter)
  if (decimals === 'unsettled') questions.push('decimals')
  return {
    mapping: {
      ...mapping,
      dates: { dayMonth: dayMonth === 'unsettled' ? null : dayMonth, isRoc },
      decimals: decimals === 'unsettled' ? '.' : decimals,
    },
    questions,
    sample: body.slice(0, SAMPLE_ROWS),
    key: JSON.stringify([mapping.delimiter, ...headers.map((header) => header.toLowerCase())]),
  }
}

function cellsOf(body: readonly (readonly string[])[], uses: readonly ColumnUse[], use: ColumnUse): string[] {
  const column = uses.indexOf(use)
  return column < 0 ? [] : body.map((cells) => cells[column] ?? '').filter((cell) => cell !== '')
}

function dayMonthOf(dates: readonly string[], isRoc: boolean): 'day' | 'month' | null | 'unsettled' {
  const readings = dates.map((date) => readDate(date, { dayMonth: null, isRoc }))
  if (readings.every(({ type }) => type !== 'unsure')) return null
  // A table has one habit: a day after the 12th anywhere tells it.
  const first = dates.some((date) => /^(?:1[3-9]|2\d|3[01])[/-]\d{1,2}[/-]\d{4}/u.test(date))
  const second = dates.some((date) => /^\d{1,2}[/-](?:1[3-9]|2\d|3[01])[/-]\d{4}/u.test(date))
  return first === second ? 'unsettled' : first ? 'day' : 'month'
}

function numbersOf(body: readonly (readonly string[])[], { layout, uses, tests, days }: TableMapping): string[] {
  const columns =
    layout === 'wide'
      ? tests.map(({ column }) => column)
      : layout === 'days-across'
        ? days.map(({ column }) => column)
        : [uses.indexOf('value')]
  const others = (['low', 'high', 'range'] as const).map((use) => uses.indexOf(use))
  return [...columns, ...others]
    .filter((column) => column >= 0)
    .flatMap((column) => body.map((cells) => cells[column] ?? ''))
    .flatMap((cell) => cell.split(/[-–~〜至]|\s+/u))
    .map((cell) => cell.replace(/^[<>=≤≥≦≧]+/u, '').trim())
}

function decimalsOf(numbers: readonly string[], delimiter: Delimiter): DecimalMark | 'unsettled' {
  const commas = numbers.some((number) => /^\d+,(?:\d{1,2}|\d{4,})$/u.test(number) || /^0,\d+$/u.test(number))
  const points = numbers.some((number) => /^\d+\.(?:\d{1,2}|\d{4,})$/u.test(number) || /^0\.\d+$/u.test(number))
  if (commas !== points) return commas ? ',' : '.'
  const isUnsure = numbers.some(
    (number) =>
      readNumber(number, delimiter === ';' ? '.' : ',').type === 'unsure' || readNumber(number).type === 'unsure',
  )
  if (!commas && !isUnsure) return '.'
  return 'unsettled'
}
