/**
 * Whether what a record says is true of the person now. A status says what somebody once wrote; a period, an abatement or a course that is over goes
 * before it, and so does a start that is still to come. The one place that decides it, for every list, summary, reminder and file.
 */
import { datePrecision } from './dates.ts'
import { dayAfter } from './dose-plan.ts'
import { dosagesOf } from './dosage.ts'
import { booleanAt, numberTextAt, objectAt, stringAt, tableRow, typeOf } from './elements.ts'
import { isJsonObject } from './json.ts'
import { mayRelyOn, type RecordStatus, statusOf } from './record-status.ts'
import { dayIn, type Reader, spanIn } from './zoned-time.ts'

/**
 * `current`: in force, or nobody says that it is not; a draft counts. `ended` and `coming`: by its dates, whatever its status says; `date` as FHIR
 * writes it, '' where nobody said when. `set-aside`: its status says that it is past, not done or
 * in the trash, or that nobody may rely on it.
 */
export type Standing = { state: 'current' | 'set-aside' } | { state: 'ended' | 'coming'; date: string }

/** Start and end of what a record says, as written, '' for none. `isOver`: it has ended, and no date says when. */
interface Extent {
  start: string
  end: string
  isOver: boolean
}

/** Where the period in which a record holds stands, for types that may stop holding; `abatement` and medicines are read by themselves. */
const PERIOD: Readonly<Record<string, string[]>> = {
  CarePlan: ['period'],
  CareTeam: ['period'],
  Coverage: ['period'],
  DeviceUseStatement: ['timingPeriod'],
  EpisodeOfCare: ['period'],
  Flag: ['period'],
  PractitionerRole: ['period'],
}
/** Types that dates may end, so that nobody has to read a record of another type to know. */
const ENDING = new Set([...Object.keys(PERIOD), 'Condition', 'MedicationRequest', 'MedicationStatement'])

/** Where a record stands for a reader. */
export function standingOf(resource: unknown, reader: Reader): Standing {
  const type = typeOf(resource)
  return standingFrom(type, statusOf(type, resource).status, () => resource, reader)
}

/** The same where status and type are known: the record is read only if its dates may say something else. */
export function standingFrom(
  type: string,
  status: RecordStatus | string,
  read: () => unknown,
  reader: Reader,
): Standing {
  if (status === 'past' || status === 'not-done' || !mayRelyOn({ status })) return { state: 'set-aside' }
  return (ENDING.has(type) ? standingByDates(type, read(), reader) : null) ?? { state: 'current' }
}

/** What the dates of a record say, whatever its status; null where they say neither that it has ended nor that it is to come. */
export function standingByDates(
  type: string,
  resource: unknown,
  reader: Reader,
): { state: 'ended' | 'coming'; date: string } | null {
  const { start, end, isOver } = extentOf(type, resource, reader.zone)
  if (isOver || hasPassed(end, reader)) return { state: 'ended', date: end }
  return (spanIn(start, reader.zone)?.start ?? -Infinity) > reader.now ? { state: 'coming', date: start } : null
}

/** An end lasts as long as what it names: a day until midnight, a year until New Year. */
function hasPassed(end: string, { now, zone }: Reader): boolean {
  const span = spanIn(end, zone)
  return span !== null && (span.start === span.end ? span.end < now : span.end <= now)
}

function extentOf(type: string, resource: unknown, zone: string): Extent {
  switch (type) {
    case 'Condition':
      return conditionExtent(resource)
    case 'MedicationStatement':
    case 'MedicationRequest':
      return medicineExtent(type, resource, zone)
    default: {
      const period = objectAt(resource, ...tableRow(PERIOD, type).flat())
      return { start: stringAt(period, 'start'), end: stringAt(period, 'end'), isOver: false }
    }
  }
}

function conditionExtent(resource: unknown): Extent {
  const start = stringAt(resource, 'onsetDateTime') || stringAt(resource, 'onsetPeriod', 'start')
  const period = objectAt(resource, 'abatementPeriod')
  const written = [
    stringAt(resource, 'abatementDateTime'),
    stringAt(period, 'end') || stringAt(period, 'start'),
    stringAt(resource, 'abatementString'),
  ]
  const end = written.find((text) => datePrecision(text) !== null) ?? ''
  // An age, words or a plain yes say that it is over, and not when.
  const isSaid =
    isJsonObject(resource) &&
    Object.entries(resource).some(([key, value]) => /^abatement[A-Z]/u.test(key) && value !== false && value !== '')
  return { start, end, isOver: end === '' && isSaid }
}

/**
 * A medicine ends with its period, and when all of its dosages have ended. A prescription that gives neither ends when it may be dispensed no more and
 * the supply that was handed out last is used up: nothing else of it says that it goes on.
 */
function medicineExtent(type: string, resource: unknown, zone: string): Extent {
  const period = objectAt(resource, 'effectivePeriod')
  const from = stringAt(period, 'start')
  const dosages = dosagesOf(resource)
  const ends = dosages.map(({ bounds }) => dosageEnd(bounds, from, zone))
  const starts = dosages.map(({ bounds }) => bounds.start)
  const byDosage = ends.every((end) => spanIn(end, zone) !== null) ? last(ends, zone) : ''
  const written = stringAt(period, 'end')
  const end = spanIn(written, zone) === null ? byDosage : byDosage === '' ? written : first([written, byDosage], zone)
  return {
    start: from || stringAt(resource, 'effectiveDateTime') || (starts.every(Boolean) ? first(starts, zone) : ''),
    end: end || (type === 'MedicationRequest' ? prescriptionEnd(resource, zone) : ''),
    isOver: false,
  }
}

/**
 * What a Patient says of the person's death: `date` as FHIR writes it, '' where only the fact is known. `false`: that they live. Null: nothing, and
 * so says a date that is still to come.
 */
export function deathIn(patient: unknown, reader: Reader): { date: string } | false | null {
  const date = stringAt(patient, 'deceasedDateTime')
  if (date !== '') {
    const span = spanIn(date, reader.zone)
    if (span === null) return { date: '' }
    return span.start <= reader.now ? { date } : null
  }
  const isDead = booleanAt(patient, 'deceasedBoolean')
  return isDead === null ? null : isDead && { date: '' }
}

/** The end of one dosage, or its last day where it lasts for so many from a day that is known. */
function dosageEnd(bounds: { start: string; end: string; days: number | null }, from: string, zone: string): string {
  if (bounds.end !== '') return bounds.end
  const day = dayIn(bounds.start || from, zone)
  return bounds.days === null || day.length < 10 ? '' : dayAfter(day, bounds.days - 1)
}

function prescriptionEnd(resource: unknown, zone: string): string {
  const request = objectAt(resource, 'dispenseRequest')
  const until = stringAt(request, 'validityPeriod', 'end')
  const supply = objectAt(request, 'expectedSupplyDuration')
  const unit = stringAt(supply, 'code') || stringAt(supply, 'unit')
  const days = Number(numberTextAt(supply, 'value')) * (UNIT_DAYS[unit] ?? 0)
  const day = dayIn(until, zone)
  return days > 0 && day.length === 10 ? dayAfter(day, Math.ceil(days)) || until : until
}

const UNIT_DAYS: Readonly<Record<string, number>> = { d: 1, day: 1, days: 1, wk: 7, week: 7, weeks: 7, mo: 31, a: 366 }

function first(dates: readonly string[], zone: string): string {
  return dates.toSorted((a, b) => endIn(a, zone) - endIn(b, zone))[0] ?? ''
}

function last(dates: readonly string[], zone: string): string {
  return dates.toSorted((a, b) => endIn(b, zone) - endIn(a, zone))[0] ?? ''
}

function endIn(date: string, zone: string): number {
  return spanIn(date, zone)?.end ?? Infinity
}
