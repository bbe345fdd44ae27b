/**
 * Dates as people type them, with exactly the precision that they typed: 1997, 1997-03, 21 March 1997, 3/21/1997, 1997年3月21日, 民國86年3月21日, 19970321.
 * Whether 5/6/2015 is in May or in June is a habit of the place; where it has none the date is asked for, never guessed. Days only: what a time of
 * day means depends on a zone, which the caller knows.
 */
import { plainSigns } from './typed-number.ts'

/** How dates are written where the person is. */
export interface DateHabits {
  /** Of day and month, which comes first when the year comes last; null where the year comes first. */
  dayMonth: 'day' | 'month' | null
  /** Years of two or three digits are ROC years (year 1 is 1912). The words 民國 and ROC say so anywhere. */
  isRoc: boolean
}

/** `date` is a FHIR date; `time` minutes since midnight, null for none. `unsure` holds the two days that the text can mean. */
export type ReadDate =
  | { type: 'none' }
  | { type: 'date'; date: string; time: number | null }
  | { type: 'unsure'; readings: readonly [string, string]; time: number | null }
  | { type: 'no-date' }

const NO_DATE = { type: 'no-date' } as const
const LONGEST = 60
const ROC_OFFSET = 1911
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]
const CLOCK =
  /^(.*[\s,日號号])(上午|早上|中午|下午|晚上|am|pm)?\s*(\d{1,2})(?::(\d{2})|[點点時时](?:(\d{1,2})分?)?)\s*(am|pm|a\.m\.|p\.m\.)?$/u
const ROC = /^(?:民國|民国|roc|r\.o\.c\.)\s*/u
const WEEKDAY = /^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)/u

/** Reads a date that a person typed. */
export function readDate(text: string, habits: DateHabits): ReadDate {
  if (text.length > LONGEST) return NO_DATE
  const plain = plainSigns(text).trim().toLowerCase()
  if (plain === '') return { type: 'none' }
  const clock = CLOCK.exec(plain)
  const day = readDay((clock?.[1] ?? plain).replace(/[\s,]+$/u, ''), habits)
  if (clock === null || day === null) return day === null ? NO_DATE : asRead(day, null)
  const time = minutesOf(clock)
  // A time of day belongs to a day, not to a month.
  const isDay = [day].flat().every((date) => date.length === 10)
  return time === null || !isDay ? NO_DATE : asRead(day, time)
}

type Day = string | readonly [string, string]

function asRead(day: Day, time: number | null): ReadDate {
  return typeof day === 'string' ? { type: 'date', date: day, time } : { type: 'unsure', readings: day, time }
}

function minutesOf([, , before = '', hours = '', minutes, chinese, after = '']: RegExpExecArray): number | null {
  const half = (before || after).replaceAll('.', '')
  const [hour, minute] = [Number(hours), Number(minutes ?? chinese ?? 0)]
  if (hour > 23 || minute > 59) return null
  if (half === '') return hour * 60 + minute
  const isAfternoon = ['pm', '下午', '晚上', '中午'].includes(half)
  // 下午 15:30 says twice that it is the afternoon; 15 am says nothing.
  if (hour > 12) return isAfternoon ? hour * 60 + minute : null
  if (hour === 0) return isAfternoon ? null : minute
  const isMorningAtNoon = half === '中午' && hour === 11
  return (hour % 12) * 60 + minute + (isAfternoon && !isMorningAtNoon ? 720 : 0)
}

function readDay(text: string, habits: DateHabits): Day | null {
  const isRoc = ROC.test(text)
  const isChinese = /年/u.test(text)
  const rest = text
    .replace(ROC, '')
    .replace(/^(?:西元|公元)\s*/u, '')
    .replace(WEEKDAY, '')
    .replace(/\s*[年月]\s*(?=\d)/gu, '-')
    .replace(/\s*[年月日號号]$/u, '')
    .replace(/(\d)\s*([-/.])\s*(?=\d)/gu, '$1$2')
    .trim()
  return yearFirst(rest, { isRoc, isChinese, habits }) ?? (isRoc ? null : (yearLast(rest, habits) ?? named(rest)))
}

function yearFirst(
  text: string,
  { isRoc, isChinese, habits }: { isRoc: boolean; isChinese: boolean; habits: DateHabits },
): string | null {
  const compact = /^(\d{3,4})(\d{2})(\d{2})$/u.exec(text)
  const parts = compact ?? /^(\d{1,4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/u.exec(text)
  if (!parts) return null
  const [, year = '', month, day] = parts
  const date = (from: number) =>
    partialDate(Number(year) + from, month === undefined ? null : Number(month), day === undefined ? null : Number(day))
  if (year.length === 4) return isRoc ? null : date(0)
  // Two or three digits are a ROC year with the word for it; without it where people write so, and it is a whole date or has the sign for year.
  const isUsual = habits.isRoc && year.length >= 2 && (day !== undefined || (isChinese && year.length === 3))
  return isRoc || isUsual ? date(ROC_OFFSET) : null
}

function yearLast(text: string, { dayMonth }: DateHabits): Day | null {
  const month = /^(\d{1,2})[-/.](\d{4})$/u.exec(text)
  if (month) return partialDate(Number(month[2]), Number(month[1]), null)
  const parts = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/u.exec(text)
  if (!parts) return null
  const [first, second, year] = [Number(parts[1]), Number(parts[3]), Number(parts[4])]
  const [dayFirst, monthFirst] = [partialDate(year, second, first), partialDate(year, first, second)]
  if (dayFirst === null || monthFirst === null || dayFirst === monthFirst) return dayFirst ?? monthFirst
  // Points are written where the day comes first.
  if (parts[2] === '.') return dayFirst
  if (dayMonth === null) return [dayFirst, monthFirst]
  return dayMonth === 'day' ? dayFirst : monthFirst
}

function named(text: string): string | null {
  const dayFirst = /^(?:(\d{1,2})(?:st|nd|rd|th)?(?:\s+of)?[\s/-]*)?([a-z]{3,9})\.?[,\s/-]+(\d{4})$/u.exec(text)
  if (dayFirst) return namedDate(dayFirst[3], dayFirst[2], dayFirst[1])
  const monthFirst = /^([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:\s*,\s*|\s+)(\d{4})$/u.exec(text)
  if (monthFirst) return namedDate(monthFirst[3], monthFirst[1], monthFirst[2])
  const monthSecond = /^(\d{4})[\s/-]+([a-z]{3,9})\.?(?:[\s/-]+(\d{1,2}))?$/u.exec(text)
  return monthSecond ? namedDate(monthSecond[1], monthSecond[2], monthSecond[3]) : null
}

function namedDate(year = '', name = '', day?: string): string | null {
  const month = MONTHS.findIndex((full) => full.startsWith(name === 'sept' ? 'sep' : name)) + 1
  return month === 0 ? null : partialDate(Number(year), month, day === undefined ? null : Number(day))
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

/**
 * Whether a FHIR date surely is before another, in the precision that both have: 1979 is before 1980-05, 1980 is not. A time counts as the day
 * that it was written with.
 */
export function isSurelyBefore(date: string, other: string): boolean {
  const length = Math.min(date.slice(0, 10).length, other.slice(0, 10).length)
  return length > 0 && date.slice(0, length) < other.slice(0, length)
}
