/**
 * Numbers as people and reports write them: full-width digits, the real minus sign, `.5`, `0,125`, `1 234`, `1.2E+2`, `1.2×10²`, limits, ranges and
 * titres. What can mean two numbers is not read but asked; all else stays words. The digits that were typed are kept, in the form of a FHIR decimal
 * (https://hl7.org/fhir/R4/datatypes.html#decimal).
 */
import { JsonNumber } from '../elements/json.ts'
import type { Comparator } from './quantity.ts'

/** The sign before decimals where the person is. */
export type DecimalMark = '.' | ','

/** One number: `digits` is a FHIR decimal. `unsure` holds both numbers that the text can mean. */
export type ReadNumber =
  { type: 'number'; digits: string } | { type: 'unsure'; readings: readonly [string, string] } | { type: 'words' }

/** What a field for a value holds. Of `unsure` the readings are whole values, such as `<1234`. */
export type ReadValue =
  | { type: 'none' }
  | { type: 'number'; comparator: Comparator; digits: string }
  | { type: 'range'; low: string; high: string }
  | { type: 'ratio'; over: string; under: string }
  | { type: 'unsure'; readings: readonly [string, string] }
  | { type: 'words' }

const WORDS = { type: 'words' } as const
/** The patterns look at a text again from each of its characters; a number is short. */
const LONGEST = 60

const RAISED: Readonly<Record<string, string>> = Object.fromEntries(
  [...'⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻'].map((letter, index) => [letter, '0123456789+-'[index] ?? '']),
)

/**
 * Full-width letters, spaces, minus signs and comparators in their plain form. Not NFKC, which would read `10²` as 102 and `½` as 1⁄2.
 */
export function plainSigns(text: string): string {
  return text
    .replace(/(×|x|\*)\s*10([⁺⁻]?[⁰¹²³⁴-⁹]+)/gu, (_, _times, raised: string) =>
      ['×10^', ...[...raised].map((letter) => RAISED[letter] ?? letter)].join(''),
    )
    .replace(/[\uFF01-\uFF5E]/gu, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0))
    .replace(/[\u3000\u00A0\u2000-\u200A\u202F]/gu, ' ')
    .replace(/[\u2010\u2011\u2212\uFE63]/gu, '-')
    .replace(/[≤≦⩽]/gu, '<=')
    .replace(/[≥≧⩾]/gu, '>=')
}

/** Reads one number. `mark` decides whether `1.234` or `1,234` may have thousands in it. */
export function readNumber(text: string, mark: DecimalMark = '.'): ReadNumber {
  const plain = plainSigns(text).trim()
  if (plain.length > LONGEST) return WORDS
  const [, digits = plain, power] = /^(.*\S)\s*(?:[eE]|[x×*]\s?10\^)([+-]?\d{1,3})$/u.exec(plain) ?? []
  const read = readDigits(digits, mark)
  return power === undefined || Number(power) === 0 ? read : withPower(read, Number(power))
}

function withPower(read: ReadNumber, power: number): ReadNumber {
  // A number with thousands and a power is nothing that people write.
  return read.type === 'number' ? { type: 'number', digits: `${read.digits}e${power}` } : WORDS
}

function readDigits(text: string, mark: DecimalMark): ReadNumber {
  const [, sign = '', rest = ''] = /^(-?)(.*)$/u.exec(text) ?? []
  const number = (whole: string, fraction: string): ReadNumber => {
    if (!/^(?:0|[1-9]\d*)$/u.test(whole)) return WORDS
    return { type: 'number', digits: `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}` }
  }
  if (/^\d+$/u.test(rest)) return number(rest, '')
  // Thousands by spaces or apostrophes, or by the sign that is not the last one: `1 234.5`, `1'234`, `1,234.5`, `1.234.567`.
  const grouped = /^(\d{1,3})([ '’.,])(\d{3}(?:\2\d{3})*)(?:([.,])(\d+))?$/u.exec(rest)
  if (grouped) {
    const [, first = '', by = '', others = '', decimal, fraction = ''] = grouped
    const isOneGroup = others.length === 3 && decimal === undefined
    if (decimal !== by && !(isOneGroup && '.,'.includes(by)))
      return number(`${first}${others.replaceAll(by, '')}`, fraction)
  }
  const parts = /^(\d*)([.,])(\d*)$/u.exec(rest)
  if (!parts) return WORDS
  const [, whole = '', by = '', fraction = ''] = parts
  if (whole === '' && fraction === '') return WORDS
  const hasThousands = by !== mark && fraction.length === 3 && /^[1-9]\d{0,2}$/u.test(whole)
  if (hasThousands) return { type: 'unsure', readings: [`${sign}${whole}${fraction}`, `${sign}${whole}.${fraction}`] }
  return number(whole === '' ? '0' : whole, fraction)
}

/** The number as FHIR JSON has it; null where the text is none, or may be two. */
export function typedNumber(text: string, mark: DecimalMark = '.'): JsonNumber | null {
  const read = readNumber(text, mark)
  return read.type === 'number' ? new JsonNumber(read.digits) : null
}

const LIMIT = /^(<=|>=|<|>)\s*(.+)$/u
const RANGE = /^(\S+?)\s*(?:[-–—~〜至]|to\b)\s*(\S+)$/u
const RATIO = /^(\S+?)\s*:\s*(\S+)$/u

/** Reads what is in a field for a value: a number, `<5`, `3-5`, `1:80`, or words. */
export function readValue(text: string, mark: DecimalMark = '.'): ReadValue {
  const plain = plainSigns(text).trim()
  if (plain === '') return { type: 'none' }
  if (plain.length > LONGEST) return WORDS
  const [, limit = '', rest = plain] = LIMIT.exec(plain) ?? []
  const number = readNumber(rest, mark)
  if (number.type === 'number') return { ...number, comparator: limit as Comparator }
  if (number.type === 'unsure') return unsure([number], ([digits]) => `${limit}${digits}`)
  if (limit !== '') return WORDS
  const range = twoNumbers(RANGE.exec(plain), mark)
  if (range) {
    const [low, high] = range
    if (low.type === 'number' && high.type === 'number') return { type: 'range', low: low.digits, high: high.digits }
    return unsure(range, (ends) => ends.join('-'))
  }
  const ratio = twoNumbers(RATIO.exec(plain), mark)
  if (!ratio) return WORDS
  const [over, under] = ratio
  if (over.type === 'number' && under.type === 'number')
    return { type: 'ratio', over: over.digits, under: under.digits }
  return unsure(ratio, (parts) => parts.join(':'))
}

type Known = Exclude<ReadNumber, { type: 'words' }>

function twoNumbers(match: RegExpExecArray | null, mark: DecimalMark): [Known, Known] | null {
  const [first, second] = [match?.[1] ?? '', match?.[2] ?? ''].map((text) => readNumber(text, mark))
  return first === undefined || second === undefined || first.type === 'words' || second.type === 'words'
    ? null
    : [first, second]
}

/** Both readings of a value: with thousands in each of its numbers that may have them, and with decimals. */
function unsure(numbers: readonly Known[], text: (digits: string[]) => string): ReadValue {
  const reading = (index: 0 | 1) =>
    text(numbers.map((number) => (number.type === 'number' ? number.digits : number.readings[index])))
  return { type: 'unsure', readings: [reading(0), reading(1)] }
}

/** A whole number from 0 on; null for any other text. */
export function wholeNumber(text: string): number | null {
  const digits = typedNumber(text)?.text ?? ''
  return /^\d{1,9}$/u.test(digits) ? Number(digits) : null
}
