/**
 * Results of one test over time: which records belong together, the units to show them in, and their points. A converted value keeps its
 * original; a value that cannot be converted is counted and shown only in its own record.
 */
import {
  type Analyte,
  analyteOf,
  ANALYTES,
  type ComponentView,
  convertedNumber,
  type Converter,
  dateSortKey,
  isUnitOfRange,
  mayRelyOn,
  type RangeView,
  spanText,
  type ValueView,
  VITAL_SIGNS,
} from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import type { TrendPoint } from '../../ui/plots/plot-geometry.ts'
import { trendPointOf, type Wording } from '../words/record-view.ts'
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
export function isResult(record: Pick<ChartRecord, 'type' | 'status'>): boolean {
  return record.type === 'Observation' && record.status !== 'not-done' && mayRelyOn(record)
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
    const unit = value?.kind === 'quantity' || value?.kind === 'components' ? unitOf(value) : null
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
  const target: Target = { unit, analyte: trendAnalyte(trend), convert }
  let others = 0
  const points = trend.records.flatMap((record): TrendPoint[] => {
    const { value } = wording.views.of(record).descriptor
    const point = trendPointOf(record, wording, open)
    const found =
      value?.kind === 'components'
        ? pressurePoints(point, value.components, wording.t, target)
        : value && value.kind === 'quantity' && value.number !== null
          ? inUnit(point, value, target)
          : [value ? { ...point, range: rangeInUnit(value, { ...target, unit: unitOf(value) }) } : point]
    if (found === null) others += 1
    return found ?? []
  })
  return { points, others }
}

/** The unit of a plot, and how numbers are brought to it. */
interface Target {
  unit: UnitChoice | null
  analyte: Analyte | null
  convert: Converter
}

/** A point of a number in the unit of the plot, with what was reported where it had to be converted; null where it cannot be brought to it. */
function inUnit(point: TrendPoint, value: Measured, target: Target): [TrendPoint] | null {
  const own = unitOf(value)
  const { unit, analyte, convert } = target
  if ((own?.code ?? '') === (unit?.code ?? ''))
    return [{ ...point, range: rangeInUnit(value, { ...target, unit: own }) }]
  if (own === null || unit === null) return null
  const conversion = { from: own.code, to: unit.code, analyte, convert }
  const plain = convertedNumber(value.literal, conversion)
  if (plain === null) return null
  const range = rangeInUnit(value, target, plain.decimals)
  const ends = [
    { reported: value.ranges[0]?.low, shown: range?.low },
    { reported: value.ranges[0]?.high, shown: range?.high },
  ].flatMap(({ reported, shown }) => (reported == null || shown == null ? [] : [{ reported, shown }]))
  const { value: number, digits } = convertedNumber(value.literal, conversion, ends) ?? plain
  const shown = {
    ...point,
    value: number,
    text: `${value.text.slice(0, value.text.indexOf(value.literal))}${digits} ${unit.print}`,
    original: value.shown,
    range,
    was: null,
    group: point.group.replace(/\|[^|]*$/u, `|${unit.code}`),
  }
  return [shown]
}

/** What a point needs to know of a value or of one of its parts. */
type Measured = Pick<ValueView, 'text' | 'literal' | 'shown' | 'unit' | 'unitCode' | 'ranges'>

/**
 * The report's range in the unit of the plot, with at least so many decimals, its ends as they are shown; in words only where it cannot be brought
 * to that unit.
 */
function rangeInUnit(
  value: Pick<Measured, 'unit' | 'unitCode' | 'ranges'>,
  { unit, analyte, convert }: Target,
  decimals = 0,
): TrendPoint['range'] {
  const range = value.ranges[0]
  if (!range) return null
  const words = { low: null, high: null, text: range.text }
  const own = unitOf(value)
  const isOwn = isUnitOfRange(value, range)
  const from = isOwn ? own?.code : unitCodeOf(range.unit) || range.unit
  if (from === unit?.code) return { low: range.low, high: range.high, text: range.text }
  if (from === undefined || unit === null) return words
  const end = (digits: string) => convertedNumber(digits, { from, to: unit.code, analyte, convert }, [], decimals)
  const [low, high] = [end(range.lowDigits), end(range.highDigits)]
  if ((low === null) !== (range.low === null) || (high === null) !== (range.high === null)) return words
  if (low === null && high === null) return words
  return {
    low: low === null ? null : Number(low.digits),
    high: high === null ? null : Number(high.digits),
    text: rangeText(low?.digits ?? '', high?.digits ?? '', unit.print, range),
    original: range.text,
  }
}

function rangeText(low: string, high: string, print: string, { isLowOpen, isHighOpen }: RangeView): string {
  if (low === '' && isHighOpen) return `< ${high} ${print}`
  if (high === '' && isLowOpen) return `> ${low} ${print}`
  return spanText(low, high, print)
}

/** Blood pressure as its two numbers; other results in parts have no line. */
function pressurePoints(
  point: TrendPoint,
  components: readonly ComponentView[],
  t: TFunction,
  target: Target,
): TrendPoint[] | null {
  const parts = [
    { part: components.find(({ code }) => code === SYSTOLIC), series: t('plot.upper') },
    { part: components.find(({ code }) => code === DIASTOLIC), series: t('plot.lower') },
  ]
  const found = parts.flatMap(({ part, series }) => (part && part.number !== null ? [{ part, series }] : []))
  const points = found.map(({ part, series }) => {
    const own = { ...point, value: part.number, text: part.shown, comparator: part.comparator, series }
    return inUnit(own, part, { ...target, unit: target.unit ?? unitOf(part) })
  })
  const shown = points.flatMap((both) => both ?? [])
  if (shown.length < points.length) return null
  if (shown.every(({ original }) => original === undefined)) return shown.map((own) => ({ ...own, whole: point.text }))
  const unit = target.unit?.print ?? ''
  const whole = `${shown.map(({ text }) => text.replace(` ${unit}`, '')).join('/')} ${unit}`
  return shown.map((own) => ({ ...own, whole, original: point.text }))
}
