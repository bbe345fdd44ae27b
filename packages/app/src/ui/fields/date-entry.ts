/**
 * Reads a date as people type it and gives back a FHIR partial date of exactly the precision typed; the domain knows how dates are written, this
 * device how they are written here. A FHIR time, as a record already holds it, comes back as it is; a day with a time of day (`2026-11-21 08:30`)
 * becomes that time in this device's zone. Also the times of `datetime-local` fields.
 */

import { isDateTime, momentOf, readDate, zonedDay } from '@chartkeep/domain'
import { dateHabits, deviceZone } from '../../i18n/dates.ts'

/** What was typed, read: a FHIR date or time, or the two that it can mean. */
export type DateEntry =
  | { type: 'none' | 'no-date' }
  | { type: 'date'; date: string }
  | { type: 'unsure'; readings: readonly [string, string] }

/** Reads a date by the habits of this device and its person. */
export function readDateEntry(text: string): DateEntry {
  if (text.includes('T') && isDateTime(text.trim())) return { type: 'date', date: text.trim() }
  const read = readDate(text, dateHabits())
  switch (read.type) {
    case 'date':
      return { type: 'date', date: read.time === null ? read.date : timeOfDay(read.date, read.time) }
    case 'unsure': {
      const { readings, time } = read
      const [first, second] = readings
      return { type: 'unsure', readings: time === null ? readings : [timeOfDay(first, time), timeOfDay(second, time)] }
    }
    default:
      return read
  }
}

/** `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time with seconds and zone; null where the text is no date that exists, or can mean two. */
export function parseDateEntry(text: string): string | null {
  const read = readDateEntry(text)
  return read.type === 'date' ? read.date : null
}

/** Until when something is to be done: '' for none, null for what names no day, as a year alone, which would be over when it begins. */
export function parseDueEntry(text: string): string | null {
  if (text.trim() === '') return ''
  const due = parseDateEntry(text)
  return due === null || due.length < 10 ? null : due
}

function timeOfDay(day: string, time: number): string {
  const [year, month, date] = day.split('-').map(Number)
  return localTime(new Date(year ?? 0, (month ?? 1) - 1, date, Math.floor(time / 60), time % 60))
}

/** The moment as a FHIR time in this device's zone, seconds dropped: `2026-11-21T08:30:00+08:00`. */
export function localTime(moment: Date): string {
  const offset = -moment.getTimezoneOffset()
  const zone = `${offset < 0 ? '-' : '+'}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`
  return `${today(moment)}T${pad(moment.getHours())}:${pad(moment.getMinutes())}:00${zone}`
}

/** What a field shows for a FHIR date: a time as day and local time of day, all else as it is. Read back by {@link parseDateEntry}. */
export function dateEntry(date: string): string {
  const moment = new Date(momentOf(date))
  if (Number.isNaN(moment.getTime())) return date
  return `${today(moment)} ${pad(moment.getHours())}:${pad(moment.getMinutes())}`
}

/** Local today as YYYY-MM-DD. */
export function today(now: Date = new Date()): string {
  return zonedDay(now.getTime(), deviceZone()).day
}

/** One hour in milliseconds. */
export const HOUR = 3_600_000

/** A local time for `<input type="datetime-local">`, to the minute. `time`: milliseconds since 1970. */
export function localMinute(time: number): string {
  const moment = new Date(time)
  return `${today(moment)}T${pad(moment.getHours())}:${pad(moment.getMinutes())}`
}

/** Milliseconds since 1970 of a local time as such a field holds it; NaN where it holds none. */
export function minuteTime(field: string): number {
  return new Date(field).getTime()
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
