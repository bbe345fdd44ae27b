/**
 * How a medicine is taken, in parts that a screen can put into words of any language; no words are made here
 * (https://hl7.org/fhir/R4/dosage.html).
 */
import { booleanAt, conceptText, numberTextAt, objectAt, objectsAt, stringAt, stringsAt } from './elements.ts'
import type { JsonObject } from './json.ts'
import { quantityText } from './quantity.ts'

/** Units of time that FHIR counts periods in. */
const PERIOD_UNITS = ['s', 'min', 'h', 'd', 'wk', 'mo', 'a'] as const
export type PeriodUnit = (typeof PERIOD_UNITS)[number]

/** One dosage; digits as they were written, '' means not given. */
export interface DosageView {
  /** The whole dosage in words, as its author wrote it; the rest need not be read then. */
  text: string
  dose: string
  /** The timing as a code's own words, e.g. `BID`. */
  timing: string
  /** So many times in so many units: `frequency` 2, `period` 1, `unit` d. Null when the dosage does not say so. */
  times: { frequency: string; frequencyMax: string; period: string; periodMax: string; unit: PeriodUnit } | null
  /** Times of day, `08:00`, and days of the week as FHIR codes them. */
  timesOfDay: string[]
  daysOfWeek: string[]
  /** First and last day of it, as written; `days`: for so many of them, null where that is not given in days or weeks. */
  bounds: { start: string; end: string; days: number | null }
  asNeeded: boolean
  route: string
}

/** The dosages of a medication record of any type, in its order; none for other records. */
export function dosagesOf(resource: unknown): DosageView[] {
  return [...objectsAt(resource, 'dosage'), ...objectsAt(resource, 'dosageInstruction')].map((dosage) => {
    const repeat = objectAt(dosage, 'timing', 'repeat')
    const unit = PERIOD_UNITS.find((known) => known === stringAt(repeat, 'periodUnit'))
    const period = numberTextAt(repeat, 'period')
    return {
      text: stringAt(dosage, 'text'),
      dose: quantityText(objectAt(dosage, 'doseAndRate', 'doseQuantity')) || quantityText(objectAt(dosage, 'dose')),
      timing: conceptText(dosage, 'timing', 'code'),
      times:
        unit === undefined || period === ''
          ? null
          : {
              frequency: numberTextAt(repeat, 'frequency') || '1',
              frequencyMax: numberTextAt(repeat, 'frequencyMax'),
              period,
              periodMax: numberTextAt(repeat, 'periodMax'),
              unit,
            },
      timesOfDay: stringsAt(repeat, 'timeOfDay').map((time) => time.slice(0, 5)),
      daysOfWeek: stringsAt(repeat, 'dayOfWeek'),
      bounds: {
        start: stringAt(repeat, 'boundsPeriod', 'start'),
        end: stringAt(repeat, 'boundsPeriod', 'end'),
        days: daysIn(objectAt(repeat, 'boundsDuration')),
      },
      asNeeded: booleanAt(dosage, 'asNeededBoolean') ?? objectAt(dosage, 'asNeededCodeableConcept') !== null,
      route: conceptText(dosage, 'route'),
    }
  })
}

/** Whole days of a Duration in days or weeks. */
function daysIn(duration: JsonObject | null): number | null {
  const unit = stringAt(duration, 'code') || stringAt(duration, 'unit')
  const days = Number(numberTextAt(duration, 'value')) * (unit === 'wk' ? 7 : 1)
  return (unit === 'd' || unit === 'wk') && Number.isInteger(days) && days > 0 ? days : null
}
