/**
 * When a member of a practice can be booked: weekly hours (Schedule), times that differ from them (Slot), and what is booked. Free times are
 * worked out each time, by the clocks of the practice's zone; none is stored, so none can be stale.
 */
import type { Booking } from './bookings.ts'
import { takesTime } from './bookings.ts'
import { type CareReference, memberReference, recordReference, referenceValue } from '../elements/care-references.ts'
import { asJson } from '../practice/care-task.ts'
import { given, overlaid } from '../builders/elements-written.ts'
import { numberTextAt, objectAt, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import { DAYS_OF_WEEK, type DayOfWeek } from '../builders/medication.ts'
import { JsonNumber, jsonObject, type JsonObject } from '../elements/json.ts'
import { dayAfter } from '../medicines/dose-plan.ts'
import { momentOf } from '../dates/dates.ts'
import { zonedMoment } from '../dates/zoned-time.ts'

const AVAILABLE_TIME = 'urn:chartkeep:extension:available-time'
const ZONE = 'urn:chartkeep:extension:zone'
const USUAL_MINUTES = 'urn:chartkeep:extension:usual-minutes'

/** Hours on days of the week: `start` and `end` are local times (`09:00`). */
export interface WeeklyHours {
  days: readonly DayOfWeek[]
  start: string
  end: string
}

export interface Availability {
  /** Record id of the Schedule, '' for one that is not saved. */
  id: string
  member: string
  memberName: string
  /** IANA name of the zone whose clocks the hours go by. */
  zone: string
  usualMinutes: number
  hours: readonly WeeklyHours[]
}

/** A time that differs from the hours: `off` takes it out, else it is open next to them. */
export interface AvailabilityException {
  id: string
  schedule: string
  start: number
  end: number
  isOff: boolean
  comment: string
}

/** Span of time in milliseconds, half open. */
export interface TimeSpan {
  start: number
  end: number
}

/** The Schedule record of a member; `previous` keeps what this form does not know. */
export function writtenSchedule(previous: JsonObject | null, availability: Omit<Availability, 'id'>): JsonObject {
  const known = new Set([AVAILABLE_TIME, ZONE, USUAL_MINUTES])
  return overlaid(previous, {
    resourceType: 'Schedule',
    active: true,
    actor: [asJson(memberReference(availability.member, availability.memberName))],
    extension: [
      ...objectsAt(previous, 'extension').filter(({ url }) => typeof url !== 'string' || !known.has(url)),
      jsonObject({ url: ZONE, valueString: availability.zone }),
      jsonObject({ url: USUAL_MINUTES, valuePositiveInt: new JsonNumber(String(availability.usualMinutes)) }),
      ...availability.hours.map(({ days, start, end }) =>
        jsonObject({
          url: AVAILABLE_TIME,
          extension: [
            ...days.map((day) => jsonObject({ url: 'daysOfWeek', valueCode: day })),
            jsonObject({ url: 'availableStartTime', valueTime: `${start}:00` }),
            jsonObject({ url: 'availableEndTime', valueTime: `${end}:00` }),
          ],
        }),
      ),
    ],
  })
}

/** The hours that a Schedule holds; null for one of nobody of a practice. */
export function availabilityOf(id: string, resource: unknown): Availability | null {
  const actor = objectsAt(resource, 'actor').find((reference) => referenceValue(reference, 'member') !== '')
  if (actor === undefined || stringAt(resource, 'resourceType') !== 'Schedule') return null
  const extension = (url: string) => objectsAt(resource, 'extension').filter((one) => one['url'] === url)
  return {
    id,
    member: referenceValue(actor, 'member'),
    memberName: stringAt(actor, 'display'),
    zone: stringAt(extension(ZONE)[0], 'valueString') || 'UTC',
    usualMinutes: Number(numberTextAt(extension(USUAL_MINUTES)[0], 'valuePositiveInt')) || 30,
    hours: extension(AVAILABLE_TIME).flatMap((one): WeeklyHours[] => {
      const part = (url: string) => objectsAt(one, 'extension').filter((inner) => inner['url'] === url)
      const start = stringAt(part('availableStartTime')[0], 'valueTime').slice(0, 5)
      const end = stringAt(part('availableEndTime')[0], 'valueTime').slice(0, 5)
      const codes = stringsAt(part('daysOfWeek'), 'valueCode')
      const days = DAYS_OF_WEEK.filter((day) => codes.includes(day))
      return start === '' || end <= start || days.length === 0 ? [] : [{ days, start, end }]
    }),
  }
}

/** A Slot that takes time out of the hours of a Schedule, or adds some. */
export function newException(exception: {
  schedule: string
  start: string
  end: string
  isOff: boolean
  comment: string
}): JsonObject {
  const schedule: CareReference = recordReference(exception.schedule, 'Schedule')
  return overlaid(null, {
    resourceType: 'Slot',
    schedule: asJson(schedule),
    status: exception.isOff ? 'busy-unavailable' : 'free',
    start: exception.start,
    end: exception.end,
    comment: given(exception.comment),
  })
}

/** What a Slot says; null for what is no exception of a Schedule of ours. */
export function exceptionOf(id: string, resource: unknown): AvailabilityException | null {
  const status = stringAt(resource, 'status')
  const [start, end] = [momentOf(stringAt(resource, 'start')), momentOf(stringAt(resource, 'end'))]
  const schedule = referenceValue(objectAt(resource, 'schedule'), 'record')
  if (schedule === '' || !(start < end) || (status !== 'free' && status !== 'busy-unavailable')) return null
  return { id, schedule, start, end, isOff: status === 'busy-unavailable', comment: stringAt(resource, 'comment') }
}

/** The hours of a member on a day, exceptions applied, bookings not; by start, not overlapping. */
export function openTimes(
  availability: Availability,
  exceptions: readonly AvailabilityException[],
  day: string,
): TimeSpan[] {
  const weekday = DAYS_OF_WEEK[(new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7]
  const { zone } = availability
  const whole = { start: zonedMoment(day, '00:00', zone), end: zonedMoment(dayAfter(day, 1), '00:00', zone) }
  const usual = availability.hours
    .filter(({ days }) => weekday !== undefined && days.includes(weekday))
    .map(({ start, end }) => ({ start: zonedMoment(day, start, zone), end: zonedMoment(day, end, zone) }))
  const own = exceptions.filter(({ schedule }) => schedule === availability.id)
  const added = own.filter(({ isOff }) => !isOff).flatMap((span) => within(span, whole) ?? [])
  return without(
    joined([...usual, ...added]),
    own.filter(({ isOff }) => isOff),
  )
}

/** Times of this length at which the member is open and not booked, on the grid of that length from the start of each open time. */
export function freeTimes(
  availability: Availability,
  exceptions: readonly AvailabilityException[],
  bookings: readonly Booking[],
  { day, minutes }: { day: string; minutes: number },
): TimeSpan[] {
  const taken = bookings.filter((booking) => takesTime(booking) && booking.member === availability.member)
  const length = minutes * 60_000
  return openTimes(availability, exceptions, day).flatMap(({ start, end }) => {
    const times: TimeSpan[] = []
    for (let at = start; at + length <= end; at += length) {
      const span = { start: at, end: at + length }
      if (!taken.some((booking) => booking.start < span.end && span.start < booking.end)) times.push(span)
    }
    return times
  })
}

function within(span: TimeSpan, limits: TimeSpan): TimeSpan | null {
  const [start, end] = [Math.max(span.start, limits.start), Math.min(span.end, limits.end)]
  return start < end ? { start, end } : null
}

function joined(spans: readonly TimeSpan[]): TimeSpan[] {
  const result: TimeSpan[] = []
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last && start <= last.end) last.end = Math.max(last.end, end)
    else result.push({ start, end })
  }
  return result
}

function without(spans: readonly TimeSpan[], gaps: readonly TimeSpan[]): TimeSpan[] {
  return gaps
    .reduce<readonly TimeSpan[]>(
      (left, gap) =>
        left.flatMap((span) => {
          const inside = within(span, gap)
          if (inside === null) return [span]
          return [
            { start: span.start, end: inside.start },
            { start: inside.end, end: span.end },
          ].filter(({ start, end }) => start < end)
        }),
      spans,
    )
    .map((span) => ({ ...span }))
}
