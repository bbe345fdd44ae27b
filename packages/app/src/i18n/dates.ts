/**
 * Dates as people read them. A FHIR date may be a year or a year and month; it is shown with exactly the precision it
 * has, never widened. Gregorian by default, ROC (民國) years where the person chose them.
 */
import { type DateHabits, dayIn, deviceZone, momentOf, type Reader } from '@chartkeep/domain'
import { currentLanguage, type Language } from './index.ts'

/** Which years are shown. */
export type Calendar = 'gregorian' | 'roc'

export { deviceZone }

const CALENDAR_KEY = 'chartkeep-calendar'
const LONG_MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Who reads on this device, now. */
export function deviceReader(now: Date = new Date()): Reader {
  return { now: now.getTime(), zone: deviceZone() }
}

/** The calendar kept on this device. */
export function currentCalendar(): Calendar {
  return globalThis.localStorage?.getItem(CALENDAR_KEY) === 'roc' ? 'roc' : 'gregorian'
}

/** How dates are typed here: day and month in the order of the device's locale, ROC years where the language or the calendar has them. */
export function dateHabits(
  language: Language = currentLanguage(),
  calendar: Calendar = currentCalendar(),
  locale: string = globalThis.navigator?.language ?? 'en',
): DateHabits {
  return { dayMonth: dayMonthOf(locale), isRoc: language === 'zh-Hant-TW' || calendar === 'roc' }
}

function dayMonthOf(locale: string): DateHabits['dayMonth'] {
  try {
    const format = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'numeric', day: 'numeric' })
    const [first] = format.formatToParts(new Date(0)).filter(({ type }) => ['day', 'month', 'year'].includes(type))
    return first?.type === 'day' || first?.type === 'month' ? first.type : null
  } catch {
    // A tag that is no locale.
    return null
  }
}

/** Keeps the choice of calendar on this device. */
export function setCalendar(calendar: Calendar): void {
  globalThis.localStorage?.setItem(CALENDAR_KEY, calendar)
}

/**
 * Shows a FHIR date or dateTime: `2026-11-21` → `21 Nov 2026` / `2026年11月21日`, `1997-03` → `Mar 1997`, `1997` → `1997`.
 * A time is shown as the local time of this device. Text that is no FHIR date comes back as it is.
 */
export function formatDate(date: string, language: Language, calendar: Calendar = currentCalendar()): string {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(T.+)?)?)?$/u.exec(date)
  if (!parts) return date
  if (parts[4]) {
    const moment = new Date(momentOf(date))
    if (Number.isNaN(moment.getTime())) return date
    return `${formatDay(moment, language, calendar)} ${formatTime(moment)}`
  }
  return words(
    Number(parts[1]),
    parts[2] ? Number(parts[2]) : null,
    parts[3] ? Number(parts[3]) : null,
    language,
    calendar,
  )
}

/**
 * A FHIR date as a field shows and takes it: `2026-11-23` → `November 23, 2026` (`23 November 2026` where the day comes first) / `2026年11月23日`.
 * What the typed-date reader would not read back, or is no date without a time, comes back as it is.
 */
export function fieldDate(
  date: string,
  language: Language = currentLanguage(),
  calendar: Calendar = currentCalendar(),
  { dayMonth }: DateHabits = dateHabits(),
): string {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/u.exec(date)
  if (!parts) return date
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  if (language === 'zh-Hant-TW') return words(year, parts[2] ? month : null, parts[3] ? day : null, language, calendar)
  const name = parts[2] ? LONG_MONTHS[month - 1] : ''
  if ((calendar === 'roc' && year > 1911) || name === undefined) return date
  if (!parts[2]) return date
  if (!parts[3]) return `${name} ${year}`
  return dayMonth === 'day' ? `${day} ${name} ${year}` : `${name} ${day}, ${year}`
}

/** The year and, where it has one, the month of a FHIR date, for the head of a calendar. */
export function calendarHead(date: string, language: Language = currentLanguage()): string {
  const calendar = currentCalendar()
  const [year, month] = date.split('-').map(Number)
  if (language === 'zh-Hant-TW') return words(year ?? 0, month ?? null, null, language, calendar)
  const years = words(year ?? 0, null, null, language, calendar)
  return month === undefined ? years : `${LONG_MONTHS[month - 1] ?? month} ${years}`
}

/** As {@link formatDate}, but leaves out the time of day. */
export function formatDateOnly(date: string, language: Language, calendar: Calendar = currentCalendar()): string {
  return formatDate(dayIn(date, deviceZone()) || date, language, calendar)
}

/** The local day of a moment; '' for none. */
export function formatDay(moment: Date, language: Language, calendar: Calendar = currentCalendar()): string {
  if (Number.isNaN(moment.getTime())) return ''
  return words(moment.getFullYear(), moment.getMonth() + 1, moment.getDate(), language, calendar)
}

/** Local time of day, `09:41`; '' for no moment. */
export function formatTime(moment: Date): string {
  if (Number.isNaN(moment.getTime())) return ''
  return `${String(moment.getHours()).padStart(2, '0')}:${String(moment.getMinutes()).padStart(2, '0')}`
}

/** Local day and time; today's moments show the time alone. '' for no moment. */
export function formatMoment(moment: Date, language: Language, now: Date = new Date()): string {
  if (moment.toDateString() === now.toDateString()) return formatTime(moment)
  return `${formatDay(moment, language)} ${formatTime(moment)}`.trim()
}

function words(year: number, month: number | null, day: number | null, language: Language, calendar: Calendar): string {
  const isRoc = calendar === 'roc' && year > 1911
  if (language === 'zh-Hant-TW') {
    const years = isRoc ? `民國${year - 1911}年` : `${year}年`
    return years + (month === null ? '' : `${month}月`) + (day === null ? '' : `${day}日`)
  }
  const years = isRoc ? `ROC ${year - 1911}` : String(year)
  if (month === null) return years
  return `${day === null ? '' : `${day} `}${MONTHS[month - 1] ?? month} ${years}`
}
