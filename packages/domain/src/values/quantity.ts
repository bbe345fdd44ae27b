/**
 * Quantities as they were written: digits, comparator and unit on one line, and as numbers for plots
 * (https://hl7.org/fhir/R4/datatypes.html#Quantity).
 */
import { numberTextAt, stringAt } from '../elements/elements.ts'
import { JsonNumber } from '../elements/json.ts'

const UCUM = 'http://unitsofmeasure.org'

/** How a value relates to its digits; '' means equal, `ad` so much as reaches an amount (FHIR R5), `other` a sign that FHIR does not have. */
export type Comparator = '' | '<' | '<=' | '>=' | '>' | 'ad' | 'other'

/** A Quantity on one line: comparator, digits, unit. Also reads Money, Age, Duration. '' for none. */
export function quantityText(quantity: unknown): string {
  const digits = numberTextAt(quantity, 'value')
  if (digits === '') return ''
  const unit = unitOf(quantity)
  return `${digitsOf(quantity)}${unit === '' ? '' : ` ${unit}`}`
}

/** Comparator and digits without the unit, '' for none. */
export function digitsOf(quantity: unknown): string {
  const sign = stringAt(quantity, 'comparator').trim()
  return `${/^[a-z]/iu.test(sign) ? `${sign} ` : sign}${numberTextAt(quantity, 'value')}`
}

const LONGEST_FRACTION = 4
const SHOWN_DIGITS = 4

/**
 * Digits as a person reads them: a fraction longer than four digits, which is no measurement but a program's arithmetic, is rounded to four
 * significant digits; all else stays as it was written, and so does what is too large or too small for that.
 */
export function readableDigits(digits: string): string {
  const [, whole = '', fraction = ''] = /^-?(\d+)\.(\d+)$/u.exec(digits) ?? []
  if (fraction.length <= LONGEST_FRACTION) return digits
  if (whole !== '0') return Number(digits).toFixed(Math.max(0, SHOWN_DIGITS - whole.length))
  const text = Number(digits).toPrecision(SHOWN_DIGITS)
  return text.includes('e') || text.length > digits.length ? digits : text
}

/** From low to high on one line; either side may be ''. */
export function spanText(low: string, high: string, unit: string): string {
  const tail = unit === '' ? '' : ` ${unit}`
  if (low !== '' && high !== '') return `${low}–${high}${tail}`
  if (low !== '') return `≥ ${low}${tail}`
  return high === '' ? '' : `≤ ${high}${tail}`
}

const COMPARATORS: readonly string[] = ['', '<', '<=', '>=', '>', 'ad'] satisfies Comparator[]

/** The comparator, '' when there is none. */
export function comparatorOf(quantity: unknown): Comparator {
  const comparator = stringAt(quantity, 'comparator').trim()
  return COMPARATORS.includes(comparator) ? (comparator as Comparator) : 'other'
}

/** The unit as printed, else its code. */
export function unitOf(quantity: unknown): string {
  const unit = stringAt(quantity, 'unit') || stringAt(quantity, 'code') || stringAt(quantity, 'currency')
  return tidyUnit(unit)
}

/** UCUM annotations alone (`{score}`, `{#}`) and the unit one say nothing to a person; `mm[Hg]` is written mmHg. */
function tidyUnit(unit: string): string {
  if (unit === '1' || /^\{[^}]*\}$/.test(unit)) return ''
  return unit === 'mm[Hg]' ? 'mmHg' : unit
}

/** The UCUM code of the unit, '' when the unit has none. */
export function unitCodeOf(quantity: unknown): string {
  return stringAt(quantity, 'system') === UCUM ? stringAt(quantity, 'code') : ''
}

/** The digits as a number for plots, null when there are none or they are out of range. */
export function plottable(digits: string): number | null {
  if (digits === '') return null
  const number = new JsonNumber(digits).valueOf()
  return Number.isFinite(number) ? number : null
}
