/**
 * Reads a date as people type it and gives back a FHIR partial date of exactly the precision typed.
 *
 * A FHIR time, as a record already holds it, comes back as it is; a day with a time of day (`2026-11-21 08:30`) becomes
 * that time in this device's zone. Beside it the times of `datetime-local` fields. Accepts 1997, 1997-03, 1997/3/21, 1997年3月, 21 Mar 1997, Mar 1997, and ROC years: 86/3/21, 民國86年3月21日, ROC 86.
 */

import { isDateTime, momentOf, zonedDay } from '@chartkeep/domain'
import { deviceZone } from '../i18n/dates.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const ROC_OFFSET = 1911

/** `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or a time with seconds and zone; null where the text is no date that exists. */
export function parseDateEntry(text: string): string | null {
  if (text.includes('T') && isDateTime(text.trim())) return text.trim()
  const plain = text.normalize('NFKC').trim().toLowerCase()
  const clock = /^(.*\S)[\s,]+(\d{1,2}):(\d{2})$/u.exec(plain)
  return clock ? timeOfDay(parseDay(clock[1] ?? ''), Number(clock[2]), Number(clock[3])) : parseDay(plain)
}

/** Until when something is to be done: '' for none, null for what names no day, as a year alone, which would be over when it begins. */
export function parseDueEntry(text: string): string | null {
  if (text.trim() === '') return ''
  const due = parseDateEntry(text)
  return due === null || due.length < 10 ? null : due
}

function timeOfDay(day: string | null, hour: number, minute: number): string | null {
  if (day?.length !== 10 || hour > 23 || minute > 59) return null
  return localTime(new Date(Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8)), hour, minute))
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

function parseDay(plain: string): string | null {
  if (plain === '') return null
  const isRoc = /^(?:民國|民国|roc)\s*/u.test(plain)
  const rest = plain
    .replace(/^(?:民國|民国|roc)\s*/u, '')
    .replace(/年\s*(?=\d)|月\s*(?=\d)/gu, '-')
    .replace(/[年月日]$/u, '')
    .trim()
  const numbers = /^(\d{1,4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/u.exec(rest)
  if (numbers) {
    const typed = numbers[1] ?? ''
    const month = numbers[2] ? Number(numbers[2]) : null
    const day = numbers[3] ? Number(numbers[3]) : null
    if (typed.length === 4 && !isRoc) return partialDate(Number(typed), month, day)
    // Two or three digits are a ROC year only where that is certain: with the word, or as a full date.
    if (typed.length <= 3 && (isRoc || (typed.length >= 2 && day !== null))) {
      return partialDate(Number(typed) + ROC_OFFSET, month, day)
    }
    return null
  }
  const named = /^(?:(\d{1,2})\s+)?([a-z]{3,9})\.?,?\s+(\d{4})$/u.exec(rest)
  if (named) {
    const month = MONTHS.findIndex((name) => named[2]?.startsWith(name)) + 1
    return month === 0 ? null : partialDate(Number(named[3]), month, named[1] ? Number(named[1]) : null)
  }
  return null
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

function partialDate(year: number, month: number | null, day: number | null): string | null {
  if (year < 1800 || year > 2200) return null
  if (month === null) return String(year)
  if (month < 1 || month > 12) return null
  if (day === null) return `${year}-${pad(month)}`
  if (day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null
  return `${year}-${pad(month)}-${pad(day)}`
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
