/**
 * The geometry of a trend plot: scales, ticks, range bands, line segments. Numbers only; trend-plot.tsx draws them. X is true time, Y is
 * not forced to zero, titres use a log axis.
 */
import { dateSpan } from '@chartkeep/domain'

/** What the source, or its range, says about a result. */
export type PointFlag = 'in' | 'above' | 'below' | 'critical-high' | 'critical-low' | 'abnormal' | 'none'

/** One result as a plot needs it; texts are ready for people. */
export interface TrendPoint {
  id: string
  /** Where its detail is; undefined for the one that is open. */
  href?: string | undefined
  /** FHIR date as it came; partial dates become bars. */
  date: string
  shownDate: string
  /** Null for results in words. */
  value: number | null
  /** With unit, comparator and all digits. */
  text: string
  /** `<5` is drawn at 5 with a tick, never joined. */
  comparator: string
  /** `1:80`: titres have a log axis. */
  isRatio: boolean
  flag: PointFlag
  flagWord: string
  /** `original` is the range as the report has it, where it was brought to another unit. */
  range: { low: number | null; high: number | null; text: string; original?: string } | null
  /** What the result was before it was corrected. */
  was: { value: number | null; text: string } | null
  /** As it was reported, where `value` and `text` were brought to another unit. */
  original?: string | undefined
  /** One of several numbers of a measurement (upper and lower blood pressure), in words: a line of its own. `whole` is the measurement's text. */
  series?: string | undefined
  whole?: string | undefined
  /** Specimen and method; points of different groups are not joined. */
  group: string
  by: string
}

/** A point with its place in time. */
export interface Placed {
  point: TrendPoint
  start: number
  end: number
  /** The middle of the span, where the dot is drawn. */
  at: number
  isPartial: boolean
}

const DAY = 86_400_000
const LONGEST_JOIN = 18 * 30.44 * DAY

/** Points with a readable date, oldest first. */
export function placePoints(points: readonly TrendPoint[]): Placed[] {
  return points
    .flatMap((point) => {
      const span = dateSpan(point.date)
      if (!span) return []
      const isPartial = span.end - span.start > DAY * 1.5
      return [{ point, ...span, at: isPartial ? (span.start + span.end) / 2 : span.start, isPartial }]
    })
    .sort((a, b) => a.at - b.at)
}

/** Lowest and highest number that the Y axis must show: values, old values and range ends, with a margin; null without numbers. */
export function valueExtent(placed: readonly Placed[], isLog: boolean): { low: number; high: number } | null {
  const numbers = placed.flatMap(({ point }) => {
    if (point.value === null) return []
    const known = [point.value, point.was?.value, point.range?.low, point.range?.high]
    return known.filter((number): number is number => typeof number === 'number' && Number.isFinite(number))
  })
  if (numbers.length === 0) return null
  let low = Math.min(...numbers)
  let high = Math.max(...numbers)
  if (isLog) return { low: Math.max(low, 0.5) / 2, high: high * 2 }
  if (low === high) {
    const margin = Math.abs(low) * 0.2 || 1
    low -= margin
    high += margin
  }
  const margin = (high - low) * 0.14
  return { low: low >= 0 ? Math.max(0, low - margin) : low - margin, high: high + margin }
}

/** Round steps between `low` and `high`, about `wanted` of them. */
export function valueTicks(low: number, high: number, wanted: number, isLog: boolean): number[] {
  if (isLog) {
    const ticks: number[] = []
    for (let tick = 10 * 2 ** Math.floor(Math.log2(low / 10)); tick <= high; tick *= 2)
      if (tick >= low) ticks.push(tick)
    return ticks
  }
  const rough = (high - low) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough
  const ticks: number[] = []
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step)
    ticks.push(Number(tick.toPrecision(12)))
  return ticks
}

/** A mark on the time axis. */
export interface TimeTick {
  at: number
  /** FHIR partial date: a year or a month. */
  date: string
}

/** Years, or months where the span is short; at most `wanted`. */
export function timeTicks(start: number, end: number, wanted: number): TimeTick[] {
  const months = (end - start) / (30.44 * DAY)
  const first = new Date(start)
  const ticks: TimeTick[] = []
  if (months <= 20) {
    const step = [1, 2, 3, 6].find((candidate) => months / candidate <= wanted) ?? 12
    for (let month = 0; month <= months + step; month += step) {
      const at = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + month, 1)
      if (at >= start && at <= end) ticks.push({ at, date: new Date(at).toISOString().slice(0, 7) })
    }
  } else {
    const years = months / 12
    const step = [1, 2, 5, 10, 20].find((candidate) => years / candidate <= wanted) ?? 50
    for (let year = Math.ceil(first.getUTCFullYear() / step) * step; ; year += step) {
      const at = Date.UTC(year, 0, 1)
      if (at > end) break
      if (at >= start) ticks.push({ at, date: String(year) })
    }
  }
  return ticks
}

/** A stretch of time with one reference range. */
export interface Band {
  start: number
  end: number
  low: number | null
  high: number | null
  text: string
  original?: string | undefined
}

/** The points of each series, in the order in which the series first appear. */
export function seriesOf(placed: readonly Placed[]): { name: string; placed: Placed[] }[] {
  const names = [...new Set(placed.map(({ point }) => point.series ?? ''))]
  return names.map((name) => ({ name, placed: placed.filter(({ point }) => (point.series ?? '') === name) }))
}

/** Range bands of one series, stepping half-way between two reports where the range changed; none where a report gave none. */
export function rangeBands(placed: readonly Placed[], start: number, end: number): Band[] {
  const bands: Band[] = []
  placed.forEach(({ point, at }, index) => {
    const previous = placed[index - 1]
    const next = placed[index + 1]
    const from = previous ? (previous.at + at) / 2 : start
    const to = next ? (next.at + at) / 2 : end
    const { range } = point
    if (!range || (range.low === null && range.high === null)) return
    const last = bands.at(-1)
    if (last && last.end === from && last.low === range.low && last.high === range.high) last.end = to
    else bands.push({ start: from, end: to, ...range })
  })
  return bands
}

/** Pairs of one series to join by a straight line: plain numbers of one group, at most 18 months apart. */
export function joins(placed: readonly Placed[]): [Placed, Placed][] {
  const pairs: [Placed, Placed][] = []
  for (let index = 1; index < placed.length; index++) {
    const from = placed[index - 1]
    const to = placed[index]
    if (!from || !to) continue
    const isPlain = [from, to].every(
      ({ point, isPartial }) => point.value !== null && point.comparator === '' && !isPartial,
    )
    if (isPlain && from.point.group === to.point.group && to.at - from.at <= LONGEST_JOIN) pairs.push([from, to])
  }
  return pairs
}
