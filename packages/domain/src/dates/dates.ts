/**
 * FHIR dates with the precision they came with: `1997`, `1997-03`, `1997-03-09`, or a time with its zone
 * (https://hl7.org/fhir/R4/datatypes.html#dateTime). A missing part is never invented; partial dates sort at the end of
 * their month or year.
 */

/** How much of a date is known. */
export type DatePrecision = 'year' | 'month' | 'day' | 'time'

const PARTIAL = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,12})?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/**
 * Precision of a FHIR date, dateTime or instant; null when the text is none (30 February included). A time without
 * seconds or zone is read, because real files hold it.
 */
export function datePrecision(text: string): DatePrecision | null {
  // Search asks this of every text of a record, and few begin as a date does.
  const first = text.charCodeAt(0)
  if (!(first >= 0x30 && first <= 0x39)) return null
  const match = PARTIAL.exec(text)
  if (match === null) return null
  const [, year, month, day, time, hour, minute, second, zone] = match
  if (year === '0000') return null
  if (month !== undefined && (Number(month) < 1 || Number(month) > 12)) return null
  if (day !== undefined && !isDayOf(Number(day), Number(year), Number(month))) return null
  if (time !== undefined && (Number(hour) > 23 || Number(minute) > 59 || Number(second ?? 0) > 60)) return null
  if (zone !== undefined && zone !== 'Z' && (Number(zone.slice(1, 3)) > 14 || Number(zone.slice(4)) > 59)) return null
  if (time !== undefined) return 'time'
  return day !== undefined ? 'day' : month !== undefined ? 'month' : 'year'
}

/** Whether the text is a date as FHIR means it (year, month or day; no time). */
export function isDate(text: string): boolean {
  const precision = datePrecision(text)
  return precision !== null && precision !== 'time'
}

/** Whether the text is a FHIR dateTime: a date, or a time with seconds and zone. */
export function isDateTime(text: string): boolean {
  return (
    datePrecision(text) !== null &&
    (!text.includes('T') || /T\d{2}:\d{2}:\d{2}(?:\.\d{1,12})?(?:Z|[+-]\d{2}:\d{2})$/.test(text))
  )
}

/**
 * A key whose order as text is the order in time. Times with a zone are put to UTC; a time without zone counts as UTC.
 * A year is behind everything of that year, a month behind its days, a day behind its times. '' for no date, which
 * sorts first.
 */
export function dateSortKey(text: string): string {
  const precision = datePrecision(text)
  if (precision === null) return ''
  if (precision !== 'time') return `${text}~`
  const instant = instantOf(text)
  return Number.isNaN(instant) ? `${text.slice(0, 10)}~` : new Date(instant).toISOString()
}

/** Order of two dates, oldest first; no date comes first. For `sort`. */
export function compareDates(a: string, b: string): number {
  const keyA = dateSortKey(a)
  const keyB = dateSortKey(b)
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0
}

/**
 * The span of time that the date may mean, in milliseconds since 1970, `end` excluded; for a time start and end are the
 * same instant. Dates without zone are taken as UTC. Null for no date. For plots: a partial date is a bar, not a dot.
 */
export function dateSpan(text: string): { start: number; end: number } | null {
  const precision = datePrecision(text)
  if (precision === null) return null
  const year = Number(text.slice(0, 4))
  const month = Number(text.slice(5, 7) || '1') - 1
  const day = Number(text.slice(8, 10) || '1')
  switch (precision) {
    case 'time': {
      const instant = instantOf(text)
      return { start: instant, end: instant }
    }
    case 'day':
      return { start: utc(year, month, day), end: utc(year, month, day + 1) }
    case 'month':
      return { start: utc(year, month, 1), end: utc(year, month + 1, 1) }
    case 'year':
      return { start: utc(year, 0, 1), end: utc(year + 1, 0, 1) }
  }
}

/** The first day of a FHIR date without a time: `2026` begins on `2026-01-01`. */
export function firstDay(date: string): string {
  return `${date}-01-01`.slice(0, 10)
}

/** Whether a number of milliseconds since 1970 is a moment that dates can say; one beyond is none, whatever a record counts to. */
export function isMoment(milliseconds: number): boolean {
  return Math.abs(milliseconds) <= 8.64e15
}

/** The moment as a FHIR instant in UTC with seconds, e.g. `2026-11-21T08:00:00Z`. */
export function instantText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}

/**
 * The moment of a FHIR time in milliseconds since 1970; NaN for every other text, days among them. A time without an offset is a local time of this
 * device.
 */
export function momentOf(text: string): number {
  return datePrecision(text) === 'time' ? Date.parse(readableTime(text)) : Number.NaN
}

/** Whether the text ends in an offset from UTC, so that it names a moment wherever it is read. */
export function hasOffset(text: string): boolean {
  return /T.*(?:Z|[+-]\d{2}:\d{2})$/u.test(text)
}

/** A FHIR time as `Date.parse` reads it: with seconds, and a leap second as the second before it, because Date has none. */
export function readableTime(text: string): string {
  return /T\d{2}:\d{2}:/u.test(text)
    ? text.replace(/(T\d{2}:\d{2}:)60/u, '$159')
    : text.replace(/(T\d{2}:\d{2})/u, '$1:00')
}

function instantOf(text: string): number {
  return Date.parse(`${readableTime(text)}${hasOffset(text) ? '' : 'Z'}`)
}

/** Date.UTC reads years under 100 as 19xx; this does not. */
function utc(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.getTime()
}

function isDayOf(day: number, year: number, month: number): boolean {
  return day >= 1 && (day <= 28 || day <= daysInMonth(year, month))
}

function daysInMonth(year: number, month: number): number {
  return new Date(utc(year, month, 0)).getUTCDate()
}
