/**
 * Days and times of day in a zone of the IANA database, and the moments that they are, over changes of the clock; by Intl, no tables of ours.
 * The one place that turns a moment into a calendar day, or a FHIR date into moments.
 */
import { datePrecision, dateSortKey, hasOffset, momentOf } from './dates.ts'

/** Who reads a chart: their clock, in milliseconds since 1970, and the IANA time zone that they are in. */
export interface Reader {
  now: number
  zone: string
}

let device = { name: 'UTC', offset: Number.NaN, until: 0 }

/** The time zone of this device by its name in the IANA database. It may change under way, so it is asked again each minute. */
export function deviceZone(): string {
  const now = new Date()
  if (now.getTime() >= device.until || now.getTimezoneOffset() !== device.offset) {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
    // A browser that does not know its zone says so by a name that Intl itself refuses.
    const name = timeZone === 'Etc/Unknown' ? 'UTC' : timeZone
    device = { name, offset: now.getTimezoneOffset(), until: now.getTime() + 60_000 }
  }
  return device.name
}

/**
 * The calendar day on which a FHIR date, dateTime or instant falls for a reader in the zone. A time with an offset is a moment: its day is the zone's.
 * A date stays as it is written, with the precision it has, and so does the day of a time without an offset, which is a local time. '' for no date.
 */
export function dayIn(date: string, zone: string): string {
  const precision = datePrecision(date)
  if (precision === null) return ''
  if (precision !== 'time') return date
  if (!hasOffset(date)) return date.slice(0, 10)
  const { day } = zonedDay(momentOf(date), zone)
  // 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z stand for "no date", and no FHIR date can say the day before or after them.
  return /^\d{4}-/u.test(day) && !date.startsWith('0001') ? day : date.slice(0, 10)
}

/**
 * The moments that a FHIR date covers for a reader in the zone, in milliseconds since 1970, `end` excluded: a day from midnight to midnight, a year
 * from New Year to New Year. Of a time both are its moment; without an offset it is a time of the zone. Null for no date.
 */
export function spanIn(date: string, zone: string): { start: number; end: number } | null {
  const precision = datePrecision(date)
  if (precision === null) return null
  if (precision === 'time') {
    const seconds = Math.min(59, Number(/^.{16}:(\d{2})/u.exec(date)?.[1] ?? 0))
    const moment = hasOffset(date)
      ? momentOf(date)
      : zonedMoment(date.slice(0, 10), date.slice(11, 16), zone) + seconds * 1000
    return { start: moment, end: moment }
  }
  const [year, month, day] = [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10))]
  const next = {
    day: [year, month, day + 1],
    month: [year, month + 1, 1],
    year: [year + 1, 1, 1],
  }[precision] as [number, number, number]
  return { start: midnight(year, month || 1, day || 1, zone), end: midnight(...next, zone) }
}

/**
 * A key whose order as text is the order in time for a reader in the zone: first by day, then by moment. A month is behind its days, a day behind
 * its times. '' for no date, which sorts first.
 */
export function sortKeyIn(date: string, zone: string): string {
  const day = dayIn(date, zone)
  return day === '' ? '' : day === date ? `${day}~` : `${day} ${dateSortKey(date)}`
}

/** Whether a FHIR date is not yet over for a reader; false for no date. */
export function isToCome(date: string, { now, zone }: Reader): boolean {
  const span = spanIn(date, zone)
  return span !== null && (span.end > now || span.start >= now)
}

function midnight(year: number, month: number, day: number, zone: string): number {
  return localMoment(dayNumber(year, month, day), zone)
}

const formats = new Map<string, Intl.DateTimeFormat>()

/**
 * The moment in milliseconds at which clocks of the zone show `day` (`2026-03-29`) and `time` (`08:00`). A time that the clocks leap over is
 * taken as by the clocks before: 02:30 becomes 03:30. Of a time that comes twice the first is meant.
 */
export function zonedMoment(day: string, time: string, zone: string): number {
  return localMoment(Date.parse(`${day}T${time}:00Z`), zone)
}

/** The moment at which clocks of the zone show what clocks of UTC show at `shown`. */
function localMoment(shown: number, zone: string): number {
  const [before, after] = [offsetAt(shown - DAY_MS, zone), offsetAt(shown + DAY_MS, zone)]
  const early = shown - before
  if (offsetAt(early, zone) === before) return early
  const late = shown - after
  return offsetAt(late, zone) === after ? late : early
}

/** The day and the time of day that clocks of the zone show at a moment. */
export function zonedDay(moment: number, zone: string): { day: string; time: string } {
  const text = new Date(moment + offsetAt(moment, zone)).toISOString()
  return { day: text.slice(0, 10), time: text.slice(11, 16) }
}

const DAY_MS = 86_400_000

/** Offsets by zone and day of UTC; undefined where the clocks change on that day. */
const offsets = new Map<string, Map<number, number | undefined>>()

/** How far the clocks of the zone are ahead of UTC at a moment, in milliseconds. Intl takes so long that lists of 10,000 dates would be slow. */
function offsetAt(moment: number, zone: string): number {
  let ofZone = offsets.get(zone)
  if (ofZone === undefined) offsets.set(zone, (ofZone = new Map<number, number | undefined>()))
  const day = Math.floor(moment / DAY_MS)
  if (!ofZone.has(day)) {
    const [first, last] = [shownOffset(day * DAY_MS, zone), shownOffset((day + 1) * DAY_MS - 1, zone)]
    ofZone.set(day, first === last ? first : undefined)
  }
  return ofZone.get(day) ?? shownOffset(moment, zone)
}

function shownOffset(moment: number, zone: string): number {
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn-hc-h23', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(zone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]))
  const [hour, minute, second] = [parts['hour'] ?? 0, parts['minute'] ?? 0, parts['second'] ?? 0]
  const shown =
    dayNumber(parts['year'] ?? 0, parts['month'] ?? 1, parts['day'] ?? 1) + ((hour * 60 + minute) * 60 + second) * 1000
  return shown - Math.floor(moment / 1000) * 1000
}

/** Midnight of the day in UTC, in milliseconds since 1970. Date.UTC reads years under 100 as 19xx; this does not. */
function dayNumber(year: number, month: number, day: number): number {
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  return date.getTime()
}
