/**
 * Which doses of a medicine are planned on a day, what became of them, and counts over days. Days are `YYYY-MM-DD` and times `HH:MM`, both of the
 * time zone that the caller names. What nobody wrote down is "not recorded", never "not taken".
 */
import { datePrecision, isMoment } from '../dates/dates.ts'
import { dosagesOf, type DosageView } from './dosage.ts'
import { objectAt, stringAt } from '../elements/elements.ts'
import { dayIn, spanIn, zonedMoment } from '../dates/zoned-time.ts'

/** Doses of one day. `times`: at these times. `count`: so many, at no given time. `open`: the record does not say how often, or only as needed. */
export type DayPlan =
  | { kind: 'times'; times: string[] }
  | { kind: 'count'; count: number }
  | { kind: 'none' }
  | { kind: 'open'; asNeeded: boolean }

/** A dose that was written down. */
export interface RecordedDose {
  id: string
  day: string
  time: string
  /** The planned time that it answers; '' where it names none. */
  plannedDay: string
  plannedTime: string
  answer: 'taken' | 'late' | 'skipped'
  /** Somebody with whom the chart is shared wrote it down: what an owner did goes before it. */
  isOthers?: boolean
}

/** `coming`: its time has not come yet. */
export type DoseState = 'taken' | 'late' | 'skipped' | 'not-recorded' | 'coming'

/** A planned dose (`time` is '' where the plan gives none) or, with `isExtra`, one that was written down beyond the plan. */
export interface DayDose {
  time: string
  state: DoseState
  /** What was written down; null for what was not. */
  dose: RecordedDose | null
  isExtra: boolean
}

/** The doses of one day. */
export interface DoseDay {
  day: string
  plan: DayPlan
  doses: DayDose[]
}

/** Counts with their base: `planned` doses whose time has come, on `days` days. `extra` were written down beyond the plan. */
export interface Adherence {
  days: number
  planned: number
  taken: number
  late: number
  skipped: number
  notRecorded: number
  extra: number
}

const DAY_MS = 86_400_000
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
/** More doses a day than this are a mistake of the record, and would fill the screen. */
const MOST_DOSES = 24

/**
 * What a medication record plans for a day of somebody in the zone. Nothing is planned before its start and after its end: where these are moments, a
 * dose at a given time must lie between them. A partial date counts with its whole span.
 */
export function dayPlan(resource: unknown, day: string, zone: string): DayPlan {
  const period = periodOf(resource)
  const plans = dosagesOf(resource).map((dosage) =>
    limited(limited(planOf(dosage, day, period.start, zone), dosage.bounds, day, zone), period, day, zone),
  )
  const times = plans.flatMap((plan) => (plan.kind === 'times' ? plan.times : []))
  if (times.length > 0) return { kind: 'times', times: [...new Set(times)].toSorted() }
  const count = plans.reduce((sum, plan) => sum + (plan.kind === 'count' ? plan.count : 0), 0)
  if (count > 0) return { kind: 'count', count: Math.min(count, MOST_DOSES) }
  const open = plans.filter((plan) => plan.kind === 'open')
  if (plans.length === 0) return limited({ kind: 'open', asNeeded: false }, period, day, zone)
  if (open.length > 0) return { kind: 'open', asNeeded: open.every((plan) => plan.kind === 'open' && plan.asNeeded) }
  return { kind: 'none' }
}

/** First and last day as written; '' where not given. */
function periodOf(resource: unknown): { start: string; end: string } {
  const period = objectAt(resource, 'effectivePeriod')
  return { start: known(stringAt(period, 'start')), end: known(stringAt(period, 'end')) }
}

function known(date: string): string {
  return datePrecision(date) === null ? '' : date
}

/** What is left of a day's plan between a start and an end. */
function limited(plan: DayPlan, { start, end }: { start: string; end: string }, day: string, zone: string): DayPlan {
  const [first, last] = [dayIn(start, zone), dayIn(end, zone)]
  // As text, because `2026-03` takes in every day of March.
  if ((first !== '' && day < first) || (last !== '' && day > `${last}~`)) return { kind: 'none' }
  if (plan.kind === 'none' || (day !== first && day !== last)) return plan
  const from = day === first ? (spanIn(start, zone)?.start ?? -Infinity) : -Infinity
  const to = day === last ? (spanIn(end, zone)?.end ?? Infinity) : Infinity
  // An end at midnight leaves none of the day that it begins.
  if (plan.kind !== 'times') return to > zonedMoment(day, '00:00', zone) ? plan : { kind: 'none' }
  const times = plan.times.filter((time) => {
    const at = zonedMoment(day, time, zone)
    return at >= from && at <= to
  })
  return times.length === 0 ? { kind: 'none' } : { kind: 'times', times }
}

function planOf(
  { asNeeded, times, timesOfDay, daysOfWeek, bounds }: DosageView,
  day: string,
  from: string,
  zone: string,
): DayPlan {
  const start = known(bounds.start) || from
  // Days are counted from a first day; a month or a year names none.
  const first = ['day', 'time'].includes(datePrecision(start) ?? '') ? dayIn(start, zone) : ''
  if (bounds.days !== null && first !== '' && daysBetween(first, day) >= bounds.days) return { kind: 'none' }
  if (asNeeded) return { kind: 'open', asNeeded: true }
  if (daysOfWeek.length > 0 && !daysOfWeek.includes(weekday(day))) return { kind: 'none' }
  if (times !== null && !isDaily(times, daysOfWeek.length > 0)) return { kind: 'open', asNeeded: false }
  const period = times?.unit === 'd' ? Number(times.period) : null
  if (period !== null && Number.isInteger(period) && period > 1) {
    // Every so many days needs a first day; without one nobody can say which days are meant.
    if (first === '') return { kind: 'open', asNeeded: false }
    if (daysBetween(first, day) % period !== 0) return { kind: 'none' }
  }
  const valid = timesOfDay.filter((time) => /^(?:[01]\d|2[0-3]):[0-5]\d$/u.test(time))
  if (valid.length > 0) return { kind: 'times', times: valid }
  if (times === null) return daysOfWeek.length > 0 ? { kind: 'count', count: 1 } : { kind: 'open', asNeeded: false }
  const perDay = times.unit === 'd' && period !== null && period >= 1 ? Number(times.frequency) : hourly(times)
  return perDay !== null && Number.isInteger(perDay) && perDay > 0
    ? { kind: 'count', count: perDay }
    : { kind: 'open', asNeeded: false }
}

/**
 * Whether it is known for each day if it is one of the dosage. Once a week at eight is not every day at eight: only days of the week tell which
 * day of each week is meant, and nothing tells which one of two weeks, of a month or of a year.
 */
function isDaily({ period, periodMax, unit }: NonNullable<DosageView['times']>, hasDays: boolean): boolean {
  if (periodMax !== '' && periodMax !== period) return false
  if (unit === 'wk') return hasDays && Number(period) === 1
  return unit === 'd' ? Number.isInteger(Number(period)) : unit !== 'mo' && unit !== 'a'
}

/** `every 8 hours` is three times a day; other hours do not come out even and stay open. */
function hourly({ frequency, period, unit }: NonNullable<DosageView['times']>): number | null {
  return unit === 'h' && Number(period) > 0 && 24 % Number(period) === 0
    ? (24 / Number(period)) * Number(frequency)
    : null
}

function weekday(day: string): string {
  return WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? ''
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS)
}

/** The day so many days later (or earlier); '' for one that no date of four digits can say. */
export function dayAfter(day: string, days: number): string {
  const at = Date.parse(`${day}T00:00:00Z`) + days * DAY_MS
  const text = isMoment(at) ? new Date(at).toISOString() : ''
  return /^\d{4}-/u.test(text) ? text.slice(0, 10) : ''
}

/** The day and the time of day that it is for whoever takes the medicine, and the IANA time zone that they are in. */
export interface LocalNow {
  day: string
  time: string
  zone: string
}

/**
 * A day's plan with what was written down for it. A dose answers the planned time that it names, else the nearest one that nobody answered;
 * `now` tells what is still to come.
 */
export function doseDay(resource: unknown, doses: readonly RecordedDose[], day: string, now: LocalNow): DoseDay {
  const plan = dayPlan(resource, day, now.zone)
  const slots = plan.kind === 'times' ? plan.times : plan.kind === 'count' ? Array<string>(plan.count).fill('') : []
  const ofDay = doses
    .filter((dose) => (dose.plannedDay || dose.day) === day)
    .toSorted((a, b) => Number(a.isOthers ?? false) - Number(b.isOthers ?? false) || (a.time < b.time ? -1 : 1))
  const answers: (RecordedDose | null)[] = slots.map(() => null)
  const rest = ofDay.filter((dose) => {
    const named = dose.plannedTime === '' ? -1 : slots.indexOf(dose.plannedTime)
    if (named < 0 || answers[named] !== null) return true
    answers[named] = dose
    return false
  })
  const extra = rest.filter((dose) => {
    const free = slots.flatMap((slot, index) => (answers[index] === null ? [{ slot, index }] : []))
    const nearest = free.toSorted((a, b) => distance(a.slot, dose.time) - distance(b.slot, dose.time))[0]
    if (nearest === undefined) return true
    answers[nearest.index] = dose
    return false
  })
  const planned = slots.map((time, index): DayDose => {
    const dose = answers[index] ?? null
    return { time, state: dose?.answer ?? (isComing(day, time, now) ? 'coming' : 'not-recorded'), dose, isExtra: false }
  })
  return {
    day,
    plan,
    doses: [...planned, ...extra.map((dose) => ({ time: dose.time, state: dose.answer, dose, isExtra: true }))],
  }
}

/** A dose without a time of day is still to come as long as its day lasts. */
function isComing(day: string, time: string, now: Pick<LocalNow, 'day' | 'time'>): boolean {
  return day > now.day || (day === now.day && (time === '' || time > now.time))
}

function distance(slot: string, time: string): number {
  return slot === '' || time === '' ? 0 : Math.abs(minutes(slot) - minutes(time))
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
}

/** The last `count` days up to today, oldest first. */
export function doseDays(resource: unknown, doses: readonly RecordedDose[], count: number, now: LocalNow): DoseDay[] {
  return Array.from({ length: count }, (_, index) =>
    doseDay(resource, doses, dayAfter(now.day, index - count + 1), now),
  )
}

/**
 * The days that count: of a medicine whose record gives no start, those before the first dose that was written down are left out, because
 * nobody said that it was planned then.
 */
export function trackedDays(resource: unknown, days: readonly DoseDay[]): DoseDay[] {
  if (periodOf(resource).start !== '') return [...days]
  const first = days.findIndex(({ doses }) => doses.some(({ dose }) => dose !== null))
  return first < 0 ? [...days] : days.slice(first)
}

/** Counts over days. What is still to come is not in them; a skipped dose beyond the plan changes nothing. */
export function adherence(days: readonly DoseDay[]): Adherence {
  const all = days.flatMap(({ doses }) => doses)
  const planned = all.filter(({ isExtra, state }) => !isExtra && state !== 'coming')
  const count = (state: DoseState) => planned.filter((dose) => dose.state === state).length
  return {
    days: days.length,
    planned: planned.length,
    taken: count('taken'),
    late: count('late'),
    skipped: count('skipped'),
    notRecorded: count('not-recorded'),
    extra: all.filter(({ isExtra, state }) => isExtra && state !== 'skipped').length,
  }
}
