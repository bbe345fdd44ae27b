/**
 * A reported number in another unit, with the decimals that clinicians use for it there. Decision 0086. The one place that rounds a converted
 * number: no screen, axis, table or page does so itself.
 */
import { plottable, readableDigits } from './quantity.ts'
import type { Analyte, Converter } from './unit-conversion.ts'

/** The last decimal place that clinicians use for a unit, whatever is measured in it; an analyte's own decimals go first. */
const UNIT_DECIMALS: Readonly<Record<string, number>> = {
  Cel: 1,
  '[degF]': 1,
  K: 1,
  kg: 1,
  '[lb_av]': 1,
  '[oz_av]': 1,
  g: 0,
  cm: 1,
  '[in_i]': 1,
  '[in_us]': 1,
  '[ft_i]': 2,
  m: 2,
  'mm[Hg]': 0,
  kPa: 1,
}

type Limits = Pick<Analyte, 'units' | 'limits'>

/** Signs that their unit tells: body temperature, whose pairs are exact, and blood pressure (European Society of Cardiology, 2024; shock at 90). */
const SIGNS: readonly Limits[] = [
  {
    units: ['Cel', '[degF]'],
    limits: [
      [35, 95],
      [37.5, 99.5],
      [38, 100.4],
      [38.5, 101.3],
      [39, 102.2],
      [40, 104],
      [41, 105.8],
    ],
  },
  {
    units: ['mm[Hg]', 'kPa'],
    limits: [
      [80, 10.7],
      [90, 12],
      [120, 16],
      [130, 17.3],
      [140, 18.7],
    ],
  },
]
const NONE: Limits = { units: [], limits: [] }

const MOST_DECIMALS = 6
/** Tried when the usual decimals would tell a value as being on the other side of a limit. */
const MORE_DECIMALS = 3
/** Arithmetic in binary leaves its traces in the sixteenth digit. */
const SURE_DIGITS = 12

/** How a number is brought to another unit; `analyte` is null for a test that is not named in the table. */
export interface Conversion {
  from: string
  to: string
  analyte: Analyte | null
  convert: Converter
}

/** A limit as it was reported and as it is shown in the other unit. */
export interface ShownLimit {
  reported: number
  shown: number
}

/**
 * The number of `literal`, as it was reported, in another unit: `value` for plots, `digits` to read. It keeps its side of every diagnostic limit of
 * its analyte and of `limits`, such as the ends of the report's own range: 7.0 and 6.9 mmol/L of glucose are 126 and 124 mg/dL, and 47 mmol/mol of
 * HbA1c is 6.45 % and not 6.5 %. `atLeast` asks for so many decimals. Null where the number cannot be brought to the unit.
 */
export function convertedNumber(
  literal: string,
  conversion: Conversion,
  limits: readonly ShownLimit[] = [],
  atLeast = 0,
): { value: number; digits: string; decimals: number } | null {
  const { from, to, analyte, convert } = conversion
  const reported = plottable(literal)
  const value = reported === null ? null : convert(reported, from, to, analyte)
  if (reported === null || value === null || !Number.isFinite(value)) return null
  const usual = Math.max(decimalsOf(literal, conversion), atLeast)
  const kept = [...diagnosticLimits(conversion), ...limits]
  for (let decimals = usual; decimals <= usual + MORE_DECIMALS; decimals++) {
    const digits = rounded(value, decimals)
    const shown = Number(digits)
    const isZero = shown === 0 && Math.abs(value) > 1e-12
    if (!isZero && kept.every((limit) => isSameSide(reported, shown, limit))) return { value, digits, decimals }
  }
  // The two units print this limit in a way that no rounding brings together (5.59 mmol/L is 100.7 mg/dL): the plain number is the truth.
  return { value, digits: rounded(value, usual), decimals: usual }
}

/** Whether the shown number compares with the shown limit as the reported one does with the reported limit: below, at it, or above. */
function isSameSide(reported: number, shown: number, limit: ShownLimit & { isFrom?: boolean }): boolean {
  const [before, after] = [order(reported, limit.reported), order(shown, limit.shown)]
  return limit.isFrom === true ? before >= 0 === after >= 0 : before === after
}

function order(a: number, b: number): number {
  return Math.abs(a - b) <= Math.max(Math.abs(a), Math.abs(b)) * 1e-9 ? 0 : Math.sign(a - b)
}

/** The limits of what is measured, in both units; each begins at its number (`isFrom`). */
function diagnosticLimits({ from, to, analyte, convert }: Conversion): (ShownLimit & { isFrom: boolean })[] {
  const { units, limits } =
    analyte ?? SIGNS.find((sign) => sign.units.includes(from) || sign.units.includes(to)) ?? NONE
  const inUnit = (pair: readonly [number, number], unit: string, other: string) => {
    const at = units.indexOf(unit)
    if (at >= 0) return pair[at] ?? null
    // A unit that guidelines do not print (g/L): the pair's number that the other side does not use, or else the first.
    const known = units.indexOf(other) === 0 ? 1 : 0
    const exact = units[known]
    const number = pair[known]
    return exact === undefined || number === undefined ? null : convert(number, exact, unit, analyte)
  }
  return limits.flatMap((pair) => {
    const [reported, shown] = [inUnit(pair, from, to), inUnit(pair, to, from)]
    return reported === null || shown === null ? [] : [{ reported, shown, isFrom: true }]
  })
}

/**
 * A conversion that only moves the point keeps every digit. Else the decimals that clinicians use; where nobody has said them, as many as keep two
 * reported numbers apart that differ in their last place.
 */
function decimalsOf(literal: string, { from, to, analyte, convert }: Conversion): number {
  const [none, one] = [convert(0, from, to, analyte), convert(1, from, to, analyte)]
  const slope = none === null || one === null ? Number.NaN : Math.abs(one - none)
  const power = Math.log10(slope) - placesOf(readableDigits(literal))
  if (!Number.isFinite(power)) return 0
  const isShift = Math.abs(power - Math.round(power)) < 1e-6
  const usual = isShift ? undefined : (analyte?.decimals[to] ?? UNIT_DECIMALS[to])
  const needed = isShift ? -Math.round(power) : Math.ceil(-power - 1e-9)
  return usual ?? Math.min(MOST_DECIMALS, Math.max(0, needed))
}

/** How many decimal places a literal has; fewer than none for `1e3`. */
function placesOf(literal: string): number {
  const [, fraction = '', power = '0'] = /^-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/u.exec(literal) ?? []
  return fraction.length - Number(power)
}

/** Rounded half away from zero, with exactly so many decimals. */
function rounded(value: number, decimals: number): string {
  const [mantissa, power] = Math.abs(value)
    .toExponential(SURE_DIGITS - 1)
    .split('e')
  const units = Math.round(Number(`${mantissa}e${Number(power) + decimals}`))
  const digits = Number(`${units}e-${decimals}`).toFixed(decimals)
  return value < 0 && units !== 0 ? `-${digits}` : digits
}
