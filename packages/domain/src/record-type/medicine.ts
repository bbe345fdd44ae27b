/** What the types that name a medicine have in common. */
import { dosagesOf } from '../medicines/dosage.ts'
import { dayAfter } from '../medicines/dose-plan.ts'
import { numberTextAt, objectAt, stringAt, typeOf } from '../elements/elements.ts'
import { dayIn, spanIn } from '../dates/zoned-time.ts'
import type { Extent } from './record-type.ts'

/** Where the medicine is. */
export const MEDICINE = ['medicationCodeableConcept', 'medicationReference']

/** Where its code is. */
export const MEDICINE_CODE = [['medicationCodeableConcept']]

/** Fields of medicines that never merge by themselves. */
export const DISPUTED_OF_MEDICINES = [
  'medication[x]',
  'dosage',
  'dosageInstruction',
  'dose',
  'doseQuantity',
  'dispenseRequest',
  'substitution',
]

/** Each dosage as written; one that is only structured by quantity and timing in the code's own words. */
export function doseText(resource: unknown): string {
  return dosagesOf(resource)
    .map(({ text, dose, timing, times, route }) => {
      const span = times?.periodMax ? `${times.period}-${times.periodMax}` : times?.period
      const every = times === null ? '' : `${times.frequency}/${span === '1' ? '' : span}${times.unit}`
      return text || [dose, timing || every, route].filter((part) => part !== '').join(' ')
    })
    .filter((text) => text !== '')
    .join('; ')
}

/**
 * A medicine ends with its period, and when all of its dosages have ended. A prescription that gives neither ends when it may no longer be dispensed and
 * the supply that was handed out last is used up: nothing else of it says that it continues.
 */
export function medicineExtent(resource: unknown, zone: string): Extent {
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
    end: end || (typeOf(resource) === 'MedicationRequest' ? prescriptionEnd(resource, zone) : ''),
    isOver: false,
  }
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
