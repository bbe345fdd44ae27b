/**
 * Writes a calendar file (iCalendar, RFC 5545) for the clock of a phone: times that ring, under one neutral title, and nothing about what they are for.
 *
 * Moments are in UTC. Times that come again each day are local without a zone (RFC 5545 3.3.5, form 1): 8 o'clock is 8 o'clock wherever the phone
 * is, over every change of its clock, and no table of zones is needed.
 */
import { bytesToHex, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import { datePrecision, dateSpan, firstDay, hasOffset, isMoment, momentOf, readableTime } from '@chartkeep/domain'

/** One entry. `seed` makes its UID: the same again puts the entry in the place of the old one. */
export interface CalendarEntry {
  seed: string
  /**
   * A moment in milliseconds, or a FHIR date. A time without an offset is local; a month or a year becomes its first day, because a calendar has
   * no month without days. An entry whose start is neither is left out.
   */
  start: number | string
  /** 0 for a mark in time. */
  minutes: number
  /** Rings so long before; null for no alarm. Of a whole day: before its midnight, less than nothing is after it. */
  alarmMinutes: number | null
  /** Every so many days, or on days of the week, up to and with a local day, the last one of a month or a year. */
  repeats?: { everyDays: number; weekdays: readonly Weekday[]; until: string }
}

/** Days of the week as FHIR and, in capitals and short, iCalendar write them. */
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun'

/** The whole file, with line ends as the standard wants them. `title` is on every entry; `now` in milliseconds. */
export function calendarFile(
  entries: readonly CalendarEntry[],
  { title, now }: { title: string; now: number },
): string {
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Chartkeep//Reminders//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    ...entries.flatMap((entry) => eventLines(entry, title, now)),
    'END:VCALENDAR',
  ]
    .map((line) => `${folded(line)}\r\n`)
    .join('')
}

function eventLines(
  { seed, start, minutes, alarmMinutes, repeats }: CalendarEntry,
  title: string,
  now: number,
): string[] {
  const begin = startOf(start)
  if (begin === null) return []
  const isDay = begin.startsWith(';')
  return [
    'BEGIN:VEVENT',
    `UID:${bytesToHex(sha256(utf8ToBytes(`chartkeep calendar ${seed}`))).slice(0, 32)}@chartkeep.invalid`,
    `DTSTAMP:${utc(now)}`,
    // A later file of the same entry counts as newer.
    `SEQUENCE:${Math.floor(now / 60_000) - FIRST_MINUTE}`,
    `DTSTART${begin}`,
    ...(isDay || minutes === 0 ? [] : [`DURATION:PT${minutes}M`]),
    ...(repeats ? [`RRULE:${ruleText(repeats, begin)}`] : []),
    `SUMMARY:${escaped(title)}`,
    'CLASS:PRIVATE',
    'TRANSP:TRANSPARENT',
    ...(alarmMinutes === null
      ? []
      : [
          'BEGIN:VALARM',
          'ACTION:DISPLAY',
          `TRIGGER:${alarmMinutes > 0 ? '-' : ''}PT${Math.abs(alarmMinutes)}M`,
          `DESCRIPTION:${escaped(title)}`,
          'END:VALARM',
        ]),
    'END:VEVENT',
  ]
}

/** 1 January 2026: sequence numbers stay within 31 bits for long. */
const FIRST_MINUTE = Date.UTC(2026, 0, 1) / 60_000

function ruleText({ everyDays, weekdays, until }: NonNullable<CalendarEntry['repeats']>, begin: string): string {
  // The end has the form of the start: local for local, UTC for UTC, a day for a day (3.3.10).
  const last = digits(lastDay(until))
  const end = begin.startsWith(';') ? last : begin.endsWith('Z') ? `${last}T235959Z` : `${last}T235959`
  if (weekdays.length > 0) {
    return `FREQ=WEEKLY;BYDAY=${weekdays.map((day) => day.slice(0, 2).toUpperCase()).join(',')};UNTIL=${end}`
  }
  return `FREQ=DAILY${everyDays > 1 ? `;INTERVAL=${everyDays}` : ''};UNTIL=${end}`
}

function utc(moment: number): string {
  return `${digits(new Date(moment).toISOString().slice(0, 19))}Z`
}

/** What is after DTSTART: a moment in UTC, a local time, or a day; null for what is no date. */
function startOf(start: number | string): string | null {
  if (typeof start === 'number') return isMoment(start) ? `:${utc(start)}` : null
  const precision = datePrecision(start)
  if (precision === null) return null
  if (precision !== 'time') return `;VALUE=DATE:${digits(firstDay(start))}`
  if (hasOffset(start)) return `:${utc(momentOf(start))}`
  return `:${digits(readableTime(start)).slice(0, 'YYYYMMDDTHHMMSS'.length)}`
}

/** The last day of a FHIR date: of `2026-02` the 28th. */
function lastDay(date: string): string {
  const span = dateSpan(date)
  return date.length >= 'YYYY-MM-DD'.length || span === null
    ? date.slice(0, 'YYYY-MM-DD'.length)
    : new Date(span.end - 1).toISOString().slice(0, 'YYYY-MM-DD'.length)
}

function digits(text: string): string {
  return text.replace(/[-:]/g, '')
}

/** TEXT of RFC 5545 3.3.11; control characters do not belong in it. */
function escaped(text: string): string {
  return text
    .replace(/\r\n?|\n/g, '\n')
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/\p{Cc}/gu, '')
}

/** Lines of at most 75 bytes, a space before each that continues; no character is cut (3.1). */
function folded(line: string): string {
  let text = ''
  let bytes = 0
  for (const character of line) {
    const size = utf8ToBytes(character).length
    if (bytes + size > 75) {
      text += '\r\n '
      bytes = 1
    }
    text += character
    bytes += size
  }
  return text
}
