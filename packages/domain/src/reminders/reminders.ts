/**
 * What a person is to be reminded of, and when it rings: doses, appointments, vaccines, shares that end. Pure: what happens, what was chosen, what
 * was put off and the clock come in, reminders come out. Only what a record says is reminded of; nothing is planned here.
 */
import { datePrecision, firstDay } from '../dates/dates.ts'
import { dayAfter } from '../medicines/dose-plan.ts'
import { spanIn, zonedDay, zonedMoment } from '../dates/zoned-time.ts'

/** What can be reminded of, each with how long before it may ring, in minutes; the first is the usual one. */
export const REMINDER_KINDS = {
  doses: [0, 5, 15, 30],
  appointments: [1440, 30, 60, 120, 2880, 10_080],
  vaccines: [10_080, 1440, 20_160, 43_200],
  shares: [1440, 180, 4320, 10_080],
} as const
export type ReminderKind = keyof typeof REMINDER_KINDS

/** One thing that comes at a time. */
export interface UpcomingEvent {
  /** The same for the same thing, whenever it is asked for. */
  key: string
  kind: ReminderKind
  /** A FHIR date of any precision, or a local day and time without zone (`2026-03-29T08:00`). */
  date: string
}

/** What a person chose. */
export interface ReminderChoices {
  /** Minutes before, for each kind; null: not at all. */
  before: Record<ReminderKind, number | null>
  /** Local times between which nothing rings; equal ones: none. */
  quiet: { from: string; to: string }
}

export const DEFAULT_REMINDERS: ReminderChoices = {
  before: { doses: 0, appointments: 1440, vaccines: 10_080, shares: 1440 },
  // None: a dose at bedtime must not be kept silent by a choice that nobody made.
  quiet: { from: '00:00', to: '00:00' },
}

/** What a person did with reminders, by key: until when one is put off, when it was done; milliseconds. */
export interface ReminderActions {
  later: Readonly<Record<string, number>>
  done: Readonly<Record<string, number>>
}

export interface Reminder<T extends UpcomingEvent = UpcomingEvent> {
  upcoming: T
  /** When it comes and when it rings, milliseconds. A day without a time counts from {@link MORNING}. */
  at: number
  rings: number
  /** `due`: it has rung, and is neither done nor over. `later`: put off. `coming`: it will ring. */
  state: 'due' | 'later' | 'coming'
}

/** When a day without a time begins for people. */
const MORNING = '09:00'

const MINUTE_MS = 60_000
/** How long after its time something is still worth a reminder; vaccines stay due until they are given. */
const LASTS_MINUTES: Record<ReminderKind, number> = { doses: 720, appointments: 120, vaccines: Infinity, shares: 0 }

/** Reminders that are due, put off or to come before `until`, by when they ring. `zone`: of this device, as the IANA database names it. */
export function remindersOf<T extends UpcomingEvent>(
  upcomingEvents: readonly T[],
  choices: ReminderChoices,
  actions: ReminderActions,
  clock: { now: number; until: number; zone: string },
): Reminder<T>[] {
  return upcomingEvents
    .flatMap((upcoming): Reminder<T>[] => {
      const before = choices.before[upcoming.kind]
      const at = momentOf(upcoming.date, clock.zone)
      if (before === null || at === null || actions.done[upcoming.key] !== undefined) return []
      if (clock.now > at + LASTS_MINUTES[upcoming.kind] * MINUTE_MS) return []
      const later = actions.later[upcoming.key]
      const planned = ringTime(upcoming, at, before, clock.zone)
      const rings = afterQuiet(Math.max(planned, later ?? planned), choices.quiet, clock.zone)
      if (rings >= clock.until) return []
      const isDue = rings <= clock.now
      return [{ upcoming, at, rings, state: isDue ? 'due' : later === undefined ? 'coming' : 'later' }]
    })
    .toSorted((a, b) => a.rings - b.rings || a.at - b.at)
}

/** When the thing itself comes; null for no date. Of a month or a year the first morning: from then on it can be seen to. */
function momentOf(date: string, zone: string): number | null {
  const precision = datePrecision(date)
  if (precision === null) return null
  if (precision !== 'time') return zonedMoment(firstDay(date), MORNING, zone)
  return spanIn(date, zone)?.start ?? null
}

/** Whole days before are counted by the clocks: the day before at the same time, also where an hour was left out in between. */
function ringTime({ date }: UpcomingEvent, at: number, before: number, zone: string): number {
  if (before % 1440 !== 0 || before === 0) return at - before * MINUTE_MS
  const { day, time } = zonedDay(at, zone)
  return zonedMoment(dayAfter(day, -before / 1440), date.includes('T') ? time : MORNING, zone)
}

/** The end of the quiet hours where the moment is in them, else the moment. */
export function afterQuiet(moment: number, { from, to }: ReminderChoices['quiet'], zone: string): number {
  if (from === to) return moment
  const { day, time } = zonedDay(moment, zone)
  const isOverNight = from > to
  const isQuiet = isOverNight ? time >= from || time < to : time >= from && time < to
  if (!isQuiet) return moment
  const isEvening = isOverNight && time >= from
  return zonedMoment(isEvening ? dayAfter(day, 1) : day, to, zone)
}

/** What rang after `from` and up to `to`. */
export function rungBetween<T extends UpcomingEvent>(
  reminders: readonly Reminder<T>[],
  from: number,
  to: number,
): Reminder<T>[] {
  return reminders.filter(({ rings }) => rings > from && rings <= to)
}

/** Actions without those of long ago, which nothing asks for any more. */
export function recentActions({ later, done }: ReminderActions, now: number): ReminderActions {
  const isRecent = ([, at]: [string, number]) => at > now - 400 * 1440 * MINUTE_MS
  return {
    later: Object.fromEntries(Object.entries(later).filter(isRecent)),
    done: Object.fromEntries(Object.entries(done).filter(isRecent)),
  }
}
