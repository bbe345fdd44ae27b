/**
 * How a medicine is taken, in parts that a screen can put into words of any language; no words are made here
 * (https://hl7.org/fhir/R4/dosage.html).
 */
import { booleanAt, conceptText, numberTextAt, objectAt, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { quantityText, spanText, unitOf } from '../values/quantity.ts'

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
  /** Codes of FHIR's EventTiming for parts of the day and meals, e.g. `MORN`, `AC`. */
  when: string[]
  /** For how long, as written, e.g. `7 d`; how often in all. */
  length: string
  count: string
  asNeeded: boolean
  /** What it is needed for, where that is said. */
  reason: string
  /** How fast, e.g. `50 mL / h`. */
  rate: string
  /** The most in a period, e.g. `4 g / 24 h`. */
  most: string
  route: string
  /** What else to mind, in the author's words. */
  instructions: string[]
}

/** The dosages of a medication record of any type, in its order; none for other records. */
export function dosagesOf(resource: unknown): DosageView[] {
  return [...objectsAt(resource, 'dosage'), ...objectsAt(resource, 'dosageInstruction')].map((dosage) => {
    const repeat = objectAt(dosage, 'timing', 'repeat')
    const unit = PERIOD_UNITS.find((known) => known === stringAt(repeat, 'periodUnit'))
    const period = numberTextAt(repeat, 'period')
    return {
      text: stringAt(dosage, 'text'),
      dose:
        doseText(objectAt(dosage, 'doseAndRate', 'doseQuantity')) ||
        rangeText(objectAt(dosage, 'doseAndRate', 'doseRange')) ||
        quantityText(objectAt(dosage, 'dose')),
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
      when: stringsAt(repeat, 'when'),
      length: quantityText(objectAt(repeat, 'boundsDuration')) || rangeText(objectAt(repeat, 'boundsRange')),
      count: numberTextAt(repeat, 'count'),
      asNeeded: booleanAt(dosage, 'asNeededBoolean') ?? objectAt(dosage, 'asNeededCodeableConcept') !== null,
      reason: conceptText(dosage, 'asNeededCodeableConcept'),
      rate: rateText(objectAt(dosage, 'doseAndRate') ?? dosage),
      most: ratioText(objectAt(dosage, 'maxDosePerPeriod')),
      route: conceptText(dosage, 'route'),
      instructions: [
        stringAt(dosage, 'patientInstruction'),
        ...objectsAt(dosage, 'additionalInstruction').map((concept) => conceptText([concept])),
      ].filter((words) => words !== ''),
    }
  })
}

/** A dose in words is stored as a unit without digits. */
function doseText(quantity: JsonObject | null): string {
  return quantityText(quantity) || unitOf(quantity)
}

function rangeText(range: JsonObject | null): string {
  const [low, high] = [objectAt(range, 'low'), objectAt(range, 'high')]
  const unit = unitOf(high) || unitOf(low)
  return spanText(numberTextAt(low, 'value'), numberTextAt(high, 'value'), unit)
}

function rateText(rated: JsonObject): string {
  return (
    quantityText(objectAt(rated, 'rateQuantity')) ||
    rangeText(objectAt(rated, 'rateRange')) ||
    ratioText(objectAt(rated, 'rateRatio'))
  )
}

function ratioText(ratio: JsonObject | null): string {
  const parts = [quantityText(objectAt(ratio, 'numerator')), quantityText(objectAt(ratio, 'denominator'))]
  return parts.filter((part) => part !== '').join(' / ')
}

/** Whole days of a Duration in days or weeks. */
function daysIn(duration: JsonObject | null): number | null {
  const unit = stringAt(duration, 'code') || stringAt(duration, 'unit')
  const days = Number(numberTextAt(duration, 'value')) * (unit === 'wk' ? 7 : 1)
  return (unit === 'd' || unit === 'wk') && Number.isInteger(days) && days > 0 ? days : null
}
