/**
 * Results of one test over time: which records belong together, which units they may be shown in, and their points. What is converted keeps its
 * original beside it; what cannot be brought to the unit is counted and left to its own record.
 */
import {
  type Analyte,
  analyteOf,
  ANALYTES,
  type ComponentView,
  convertedDigits,
  dateSortKey,
  type RangeView,
  type ValueView,
  VITAL_SIGNS,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import type { TrendPoint } from '../../ui/plot-geometry.ts'
import { trendPointOf, type Wording } from './record-view.ts'
import type { Converter } from './unit-converter.ts'
import { unitCodeOf } from './units.ts'

const LOINC = 'http://loinc.org|'
const SYSTOLIC = '8480-6'
const DIASTOLIC = '8462-4'

/** All results of one test, newest first. */
export interface Trend {
  key: string
  records: ChartRecord[]
}

/** The key of each LOINC code that is one of several for the same thing. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ...VITAL_SIGNS.flatMap(({ key, code, alike }) =>
    [code.code, ...alike].map((loinc) => [loinc, `vital ${key}`] as const),
  ),
  ...ANALYTES.flatMap(({ key, codes }) => codes.map((loinc) => [loinc, `analyte ${key}`] as const)),
])

/** What results go together by: the analyte or vital sign of their LOINC code, else the code, else their words. */
export function trendKey({ code, title }: Pick<ChartRecord, 'code' | 'title'>): string {
  if (code === '') return `words ${title.trim().toLowerCase()}`
  return KEYS.get(loincOf(code)) ?? `code ${code}`
}

function loincOf(code: string): string {
  return code.startsWith(LOINC) ? code.slice(LOINC.length) : ''
}

/** Whether the record is a result that counts. */
export function isResult({ type, status }: Pick<ChartRecord, 'type' | 'status'>): boolean {
  return type === 'Observation' && status !== 'error' && status !== 'not-done' && status !== 'trash'
}

/** The tests among records, the one with the newest result first; nothing is read but what lists know. */
export function trendsOf(records: readonly ChartRecord[]): Trend[] {
  const found = new Map<string, { record: ChartRecord; at: string }[]>()
  for (const record of records) {
    if (!isResult(record)) continue
    const key = trendKey(record)
    const entry = { record, at: dateSortKey(record.date) }
    const known = found.get(key)
    if (known) known.push(entry)
    else found.set(key, [entry])
  }
  return [...found]
    .map(([key, entries]) => ({ key, entries: entries.toSorted(newestFirst) }))
    .toSorted((a, b) => newestFirst(a.entries[0], b.entries[0]))
    .map(({ key, entries }) => ({ key, records: entries.map(({ record }) => record) }))
}

/** By the text of {@link dateSortKey}. */
function newestFirst(a: { at: string } | undefined, b: { at: string } | undefined): number {
  const [left, right] = [a?.at ?? '', b?.at ?? '']
  return left < right ? 1 : left > right ? -1 : 0
}

/** A unit that a trend can be shown in: its UCUM code, or its print where it has none. */
export interface UnitChoice {
  code: string
  print: string
}

/** The unit of a value as a choice; null for a value without one. */
export function unitOf(value: Pick<ValueView, 'unit' | 'unitCode'> | undefined): UnitChoice | null {
  if (!value || (value.unit === '' && value.unitCode === '')) return null
  const code = value.unitCode || unitCodeOf(value.unit) || value.unit
  return { code, print: value.unit || code }
}

/** The analyte of a trend, by its first record that has one. */
function trendAnalyte(trend: Trend): Analyte | null {
  for (const { code } of trend.records) {
    const analyte = analyteOf(loincOf(code))
    if (analyte) return analyte
  }
  return null
}

/** Units of the results, the newest first, and further ones that they can be brought to. */
export function unitChoices(trend: Trend, { views }: Wording, convert: Converter): UnitChoice[] {
  const analyte = trendAnalyte(trend)
  const choices = new Map<string, UnitChoice>()
  for (const record of trend.records) {
    const { value } = views.of(record).descriptor
    const unit = value?.kind === 'quantity' ? unitOf(value) : null
    if (unit && !choices.has(unit.code)) choices.set(unit.code, unit)
  }
  const sign = VITAL_SIGNS.find(({ key }) => trend.key === `vital ${key}`)
  const offered = [
    ...(analyte?.units ?? []).map((code) => ({ code, print: printOf(code) })),
    ...(sign?.units ?? []).map(({ unit, unitCode }) => ({ code: unitCode, print: unit })),
  ]
  const present = [...choices.values()]
  for (const unit of offered) {
    const isReached = present.some(({ code }) => convert(1, code, unit.code, analyte) !== null)
    if (!choices.has(unit.code) && isReached) choices.set(unit.code, unit)
  }
  return [...choices.values()]
}

function printOf(code: string): string {
  return code.startsWith('u') ? `µ${code.slice(1)}` : code
}

/** The points of a trend in a unit. `others`: results with numbers that cannot be brought to it. */
export function trendPoints(
  trend: Trend,
  unit: UnitChoice | null,
  wording: Wording,
  convert: Converter,
  open = '',
): { points: TrendPoint[]; others: number } {
  const analyte = trendAnalyte(trend)
  let others = 0
  const points = trend.records.flatMap((record): TrendPoint[] => {
    const { value } = wording.views.of(record).descriptor
    const point = trendPointOf(record, wording, open)
    if (value?.kind === 'components') return pressurePoints(point, value.components, wording.t)
    if (value?.kind !== 'quantity' || value.number === null) return [point]
    const own = unitOf(value)
    if ((own?.code ?? '') === (unit?.code ?? '')) return [point]
    const converted = own && unit ? convert(value.number, own.code, unit.code, analyte) : null
    if (converted === null || own === null || unit === null) {
      others += 1
      return []
    }
    const rest = { own: own.code, unit, analyte, convert }
    return [
      {
        ...point,
        value: converted,
        text: `${value.comparator}${convertedDigits(converted, value.literal)} ${unit.print}`,
        original: value.text,
        range: convertedRange(value.ranges[0], rest),
        was: null,
        group: point.group.replace(/\|[^|]*$/u, `|${unit.code}`),
      },
    ]
  })
  return { points, others }
}

/** The ends of a report's range in the unit of the plot; in words only where its unit is another than the value's. */
function convertedRange(
  range: RangeView | undefined,
  { own, unit, analyte, convert }: { own: string; unit: UnitChoice; analyte: Analyte | null; convert: Converter },
): TrendPoint['range'] {
  if (!range) return null
  const from = range.unit === '' ? own : unitCodeOf(range.unit) || range.unit
  const end = (value: number | null) => (value === null ? null : convert(value, from, unit.code, analyte))
  const [low, high] = [end(range.low), end(range.high)]
  if (low === null && high === null) return null
  const digits = (value: number | null) => (value === null ? '' : convertedDigits(value, '100'))
  const text =
    low !== null && high !== null
      ? `${digits(low)}–${digits(high)}`
      : low === null
        ? `≤ ${digits(high)}`
        : `≥ ${digits(low)}`
  return { low, high, text: `${text} ${unit.print}` }
}

/** Blood pressure as its two numbers; other results in parts have no line. */
function pressurePoints(point: TrendPoint, components: readonly ComponentView[], t: TFunction): TrendPoint[] {
  const parts = [
    { part: components.find(({ code }) => code === SYSTOLIC), series: t('plot.upper') },
    { part: components.find(({ code }) => code === DIASTOLIC), series: t('plot.lower') },
  ]
  const found = parts.flatMap(({ part, series }) => (part && part.number !== null ? [{ part, series }] : []))
  if (found.length === 0) return []
  return found.map(({ part, series }) => {
    const range = part.ranges[0]
    return {
      ...point,
      value: part.number,
      text: part.shown,
      whole: point.text,
      comparator: part.comparator,
      series,
      range: range ? { low: range.low, high: range.high, text: range.text } : null,
    }
  })
}
