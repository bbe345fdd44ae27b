/**
 * What the records of a chart say will come: doses at given times, appointments, vaccines that are due, and the ends of shares. For reminders and for
 * the calendar file. Pure.
 */
import {
  appointmentForm,
  datePrecision,
  dayAfter,
  dayIn,
  dayPlan,
  dosagesOf,
  type DosageView,
  doseDay,
  firstDay,
  type UpcomingEvent,
  isJsonObject,
  isMoment,
  mayRelyOn,
  momentOf,
  objectAt,
  referenceValue,
  spanIn,
  stringAt,
  vaccinesDue,
  zonedDay,
  zonedMoment,
} from '@chartkeep/domain'
import type { CalendarEntry } from '@chartkeep/interop'
import type { ChartRecord, GrantView } from '@chartkeep/sync'
import { ownDeathOf } from '../words/chart-patient.ts'
import { isMedicine, localNow, medicinesInUse, medicinesWithDoses } from '../measures/doses.ts'
import type { RecordViews } from '../words/record-view.ts'
import { sharesOf } from '../people/shares.ts'

/** Days of doses that are looked ahead: today and the two after it. */
const DOSE_DAYS = 3
/** A calendar keeps ringing after a medicine was stopped; after this many days the file must be saved again. */
const CALENDAR_DAYS = 90
const DAY_MINUTES = 1440
/** A visit that is said to take longer is one of which that is not known. */
const MOST_MINUTES = 7 * DAY_MINUTES
/** Nine in the morning. */
const MORNING_MINUTES = 540
/** Types other than medicines. */
const OTHER_TYPES = new Set([
  'Patient',
  'MedicationAdministration',
  'Appointment',
  'AppointmentResponse',
  'Immunization',
  'ImmunizationRecommendation',
])

/** A happening with what it is of: a record, or the person whose access ends. */
export interface UpcomingChartEvent extends UpcomingEvent {
  record: ChartRecord | null
  /** A vaccine or a person's name; '' where the record has the title. */
  name: string
}

/** Whether {@link upcomingEventsOf} reads the record. */
export function isReminding(record: ChartRecord): boolean {
  return isMedicine(record) || OTHER_TYPES.has(record.type)
}

/** Everything that may have a reminder; `remindersOf` decides what is due. Nothing for a person who has died. */
export function upcomingEventsOf(
  records: readonly ChartRecord[],
  grants: readonly GrantView[],
  views: RecordViews,
  now: Date,
): UpcomingChartEvent[] {
  if (ownDeathOf(records, now) !== null) return []
  const valid = records.filter(mayRelyOn)
  const shares = sharesOf(grants)
    .filter(({ state, until }) => state === 'active' && isMoment(until))
    .map(({ key, until, name }): UpcomingChartEvent => {
      const date = new Date(until).toISOString()
      return { key: `share ${key} ${until}`, kind: 'shares', date, record: null, name }
    })
  return [...dosesOf(valid, views, now), ...appointmentsOf(valid, views), ...vaccinesOf(valid, views), ...shares]
}

/** A reminder rings even if another author recorded the dose as taken: the person who takes it knows. */
function dosesOf(records: readonly ChartRecord[], views: RecordViews, now: Date): UpcomingChartEvent[] {
  const clock = localNow(now)
  return medicinesWithDoses(medicinesInUse(records, views, now), records, views, DOSE_DAYS, now).flatMap((medicine) =>
    Array.from({ length: DOSE_DAYS }, (_, ahead) => dayAfter(clock.day, ahead)).flatMap((day) =>
      doseDay(medicine.resource, medicine.doses, day, clock)
        .doses.filter(({ time, dose, isExtra }) => time !== '' && (dose === null || dose.isOthers === true) && !isExtra)
        .map(({ time }): UpcomingChartEvent => ({
          key: `dose ${medicine.record.id} ${day} ${time}`,
          kind: 'doses',
          date: `${day}T${time}`,
          record: medicine.record,
          name: '',
        })),
    ),
  )
}

/** Without what the person cancelled and the practice has not taken note of yet (M4). */
function appointmentsOf(records: readonly ChartRecord[], views: RecordViews): UpcomingChartEvent[] {
  const cancelled = new Set(
    records
      .filter(({ type, byOwner }) => type === 'AppointmentResponse' && byOwner)
      .map((record) => referenceValue(objectAt(views.of(record).resource, 'appointment'), 'record')),
  )
  return records
    .filter(({ type, status, doc }) => type === 'Appointment' && status === 'active' && !cancelled.has(doc))
    .map((record) => ({
      key: `visit ${record.id} ${record.date}`,
      kind: 'appointments',
      date: record.date,
      record,
      name: '',
    }))
}

function vaccinesOf(records: readonly ChartRecord[], views: RecordViews): UpcomingChartEvent[] {
  const sources = records
    .filter(({ type }) => type === 'Immunization' || type === 'ImmunizationRecommendation')
    .map((record) => ({ id: record.id, resource: views.of(record).resource, record }))
  return vaccinesDue(sources).map((due) => ({
    key: `vaccine ${due.id} ${due.vaccine} ${due.date}`,
    kind: 'vaccines',
    date: due.date,
    record: sources.find(({ id }) => id === due.id)?.record ?? null,
    name: due.vaccine,
  }))
}

/** The same for a calendar: doses that come again as one entry for all medicines of one time; null leaves a kind out. */
export function calendarEntries(
  records: readonly ChartRecord[],
  views: RecordViews,
  before: { doses: number | null; appointments: number | null; vaccines: number | null },
  now: Date,
): CalendarEntry[] {
  if (ownDeathOf(records, now) !== null) return []
  const valid = records.filter(mayRelyOn)
  const visits = before.appointments === null ? [] : appointmentsOf(valid, views)
  const vaccines = before.vaccines === null ? [] : vaccinesOf(valid, views)
  return [
    ...(before.doses === null ? [] : doseEntries(medicinesInUse(valid, views, now), views, before.doses, now)),
    ...visits.flatMap((visit) => dated(visit, visitMinutes(visit, views), before.appointments ?? 0, now)),
    ...vaccines.flatMap((vaccine) => dated(vaccine, 0, before.vaccines ?? 0, now)),
  ]
}

function visitMinutes({ record }: UpcomingChartEvent, views: RecordViews): number {
  const resource = record && views.of(record).resource
  const minutes = isJsonObject(resource) ? Number(appointmentForm(resource).minutes) : 0
  return minutes > 0 && minutes <= MOST_MINUTES ? minutes : 0
}

function dated({ key, date }: UpcomingChartEvent, minutes: number, before: number, now: Date): CalendarEntry[] {
  if (datePrecision(date) === null) return []
  if (datePrecision(date) !== 'time') {
    const start = firstDay(date)
    const alarmMinutes = Math.ceil(before / DAY_MINUTES) * DAY_MINUTES - MORNING_MINUTES
    return start < localNow(now).day ? [] : [{ seed: key, start, minutes: 0, alarmMinutes }]
  }
  const start = momentOf(date)
  return start >= now.getTime() ? [{ seed: key, start, minutes, alarmMinutes: before }] : []
}

function doseEntries(
  medicines: readonly ChartRecord[],
  views: RecordViews,
  alarmMinutes: number,
  now: Date,
): CalendarEntry[] {
  const { day: today, zone } = localNow(now)
  const last = dayAfter(today, CALENDAR_DAYS)
  const entries = new Map<string, CalendarEntry>()
  for (const record of medicines) {
    const { resource } = views.of(record)
    for (const { asNeeded, timesOfDay, daysOfWeek, times, bounds } of dosagesOf(resource)) {
      if (asNeeded) continue
      const everyDays = daysOfWeek.length === 0 && times?.unit === 'd' ? Math.max(1, Number(times.period) || 1) : 1
      for (const time of timesOfDay) {
        const first = firstDose(resource, time, today, zone)
        if (first === null) continue
        const until = lastDose(resource, time, bounds, last, zone)
        if (first > until) continue
        const weekdays = daysOfWeek.filter(isWeekday)
        // Every other day has a day on which it began; every day has not.
        const seed = ['doses', time, everyDays, weekdays.join(','), until, everyDays > 1 ? first : ''].join(' ')
        entries.set(seed, {
          seed,
          start: `${first}T${time}`,
          minutes: 0,
          alarmMinutes,
          repeats: { everyDays, weekdays, until },
        })
      }
    }
  }
  return [...entries.values()]
}

/** The last day on which a dosage comes again: of the medicine, of the dosage itself, and no later than `last`. */
function lastDose(
  resource: unknown,
  time: string,
  { start, end, days }: DosageView['bounds'],
  last: string,
  zone: string,
): string {
  const first = dayIn(start || stringAt(resource, 'effectivePeriod', 'start'), zone)
  const counted = days === null || first.length < 10 ? '' : dayAfter(first, days - 1)
  const ends = [stringAt(resource, 'effectivePeriod', 'end'), end].flatMap((date) => {
    const span = spanIn(date, zone)
    if (span === null) return []
    const day = span.start === span.end ? dayIn(date, zone) : zonedDay(span.end - 1, zone).day
    return [zonedMoment(day, time, zone) <= span.end ? day : dayAfter(day, -1)]
  })
  return [...ends, counted].reduce((earliest, day) => (day !== '' && day < earliest ? day : earliest), last)
}

type Weekday = NonNullable<CalendarEntry['repeats']>['weekdays'][number]

function isWeekday(day: string): day is Weekday {
  return ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].includes(day)
}

/** The first day from today on that has the dose; null where there is none in two months. */
function firstDose(resource: unknown, time: string, today: string, zone: string): string | null {
  for (let ahead = 0; ahead < 62; ahead += 1) {
    const day = dayAfter(today, ahead)
    const plan = dayPlan(resource, day, zone)
    if (plan.kind === 'times' && plan.times.includes(time)) return day
  }
  return null
}
