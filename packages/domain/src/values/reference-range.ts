/**
 * Reference ranges and what is said of a value against them: the source's interpretation first, and only where it is
 * silent our own comparison of what surely may be compared. Nothing here knows a limit that the report does not give.
 */
import { conceptText, numberTextAt, objectAt, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { comparatorOf, plottable, quantityText, spanText, unitCodeOf, unitOf, type Comparator } from './quantity.ts'
import { polarityOf, rangeInWords, type Polarity } from './range-words.ts'
import { readValue } from './typed-number.ts'

/** What the laboratory (or, failing that, its range) says about a value. `other` has words of its own. */
export type Flag =
  'normal' | 'low' | 'high' | 'critical-low' | 'critical-high' | 'abnormal' | 'critical-abnormal' | 'other' | 'none'

/** A reference range: as a person reads it and as numbers for a band; a missing side is null. */
export interface RangeView {
  text: string
  low: number | null
  high: number | null
  /** The ends as they were written, '' for none. */
  lowDigits: string
  highDigits: string
  /** Whether the end itself is outside, as 150 is of `<150`. */
  isLowOpen: boolean
  isHighOpen: boolean
  /** The ends are titres: `<1:80`. */
  isTitre: boolean
  /** The finding that a range in words asks for, '' for none. */
  expects: Polarity | ''
  unit: string
  /** UCUM code of the unit, '' where it has none. */
  unitCode: string
  /** Code of `type`, e.g. `normal`, `recommended`; '' when not said. */
  type: string
  /** Whom it applies to, in the source's words; '' when not said. */
  appliesTo: string
  /** It is for people of some age. */
  hasAge: boolean
}

/** The part of a value that a range is compared with. */
interface Compared {
  kind: string
  text: string
  number: number | null
  comparator: Comparator
  low: number | null
  high: number | null
  unit: string
  unitCode: string
}

/** A flag and where it comes from. */
export interface Flagged {
  flag: Flag
  /** The source's words for the interpretation, '' for none. */
  flagText: string
  /** `source`: the source's interpretation; `range`: our comparison with the range given. */
  flagFrom: 'source' | 'range' | 'none'
}

/** One referenceRange of FHIR. Its text is read where it has no numbers and can mean one thing only. */
export function rangeView(range: JsonObject): RangeView {
  const [low, high] = [objectAt(range, 'low'), objectAt(range, 'high')]
  const units = [high, low].map(unitOf)
  const unit = units.find((known) => known !== '') ?? ''
  const words = stringAt(range, 'text')
  const [lowDigits, highDigits] = [numberTextAt(low, 'value'), numberTextAt(high, 'value')]
  const more = {
    type: stringAt(range, 'type', 'coding', 'code'),
    appliesTo: objectsAt(range, 'appliesTo')
      .map((concept) => conceptText([concept]))
      .filter((text) => text !== '')
      .join(', '),
    hasAge: objectAt(range, 'age') !== null,
  }
  const isInWords = lowDigits === '' && highDigits === ''
  // Two ends in two units are no range that anything can be compared with.
  const isMixed = units.every((known) => known !== '') && plainUnit(units[0] ?? '') !== plainUnit(units[1] ?? '')
  const read = isInWords ? rangeInWords(words) : null
  const ends = read ?? {
    low: isMixed ? '' : lowDigits,
    high: isMixed ? '' : highDigits,
    isLowOpen: comparatorOf(low) === '>',
    isHighOpen: comparatorOf(high) === '<',
    isTitre: false,
    expects: '' as const,
    unit,
  }
  return {
    text: isInWords
      ? words
      : isMixed
        ? [quantityText(low), quantityText(high)].join('–')
        : spanText(lowDigits, highDigits, unit) || words,
    low: plottable(ends.low),
    high: plottable(ends.high),
    lowDigits: ends.low,
    highDigits: ends.high,
    isLowOpen: ends.isLowOpen,
    isHighOpen: ends.isHighOpen,
    isTitre: ends.isTitre,
    expects: ends.expects,
    unit: ends.unit,
    unitCode: isInWords ? '' : unitCodeOf(high) || unitCodeOf(low),
    ...more,
  }
}

const FLAGS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['N', 'normal'],
  ['L', 'low'],
  ['LU', 'low'],
  ['L<', 'low'],
  ['LL', 'critical-low'],
  ['H', 'high'],
  ['HU', 'high'],
  ['H>', 'high'],
  ['HH', 'critical-high'],
  ['A', 'abnormal'],
  ['AA', 'critical-abnormal'],
])

/** Off the scale of the instrument: nothing is known of the value against its range. */
const OFF_SCALE = ['<', '>']

/** An interpretation in words alone; other words stand for themselves. */
const FLAG_WORDS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['normal', 'normal'],
  ['low', 'low'],
  ['high', 'high'],
  ['critical low', 'critical-low'],
  ['critical high', 'critical-high'],
  ['abnormal', 'abnormal'],
])

/** The flag of a value: what its holder's interpretation says, else what surely follows from its ranges. */
export function flagOf(bare: Compared, holder: unknown, ranges: readonly RangeView[]): Flagged {
  const concepts = objectsAt(holder, 'interpretation')
  const codes = concepts.flatMap((concept) => stringsAt(concept, 'coding', 'code'))
  const known = codes.map((code) => FLAGS.get(code)).find((flag) => flag !== undefined)
  const words = concepts.map((concept) => conceptText([concept])).find((text) => text !== '') ?? ''
  const byOurs = byRanges(bare, ranges)
  const isSilent = known === undefined && (words === '' || codes.some((code) => OFF_SCALE.includes(code)))
  if (isSilent && (byOurs !== 'none' || words === ''))
    return { flag: byOurs, flagText: words, flagFrom: byOurs === 'none' ? 'none' : 'range' }
  return { flag: known ?? FLAG_WORDS.get(words.toLowerCase()) ?? 'other', flagText: words, flagFrom: 'source' }
}

/** Targets and limits of a treatment say nothing about what is usual. */
const TARGETS = ['recommended', 'treatment', 'therapeutic']

/** How a value compares with its ranges: with the only one, or with several for everybody that agree. `none` where that is not sure. */
export function byRanges(bare: Compared, ranges: readonly RangeView[]): Flag {
  const usual = ranges.filter(({ type }) => !TARGETS.includes(type))
  const isForAll = usual.every(
    ({ type, appliesTo, hasAge }) =>
      (type === '' || type === 'normal') && appliesTo === '' && !(hasAge && usual.length > 1),
  )
  const [first = 'none', ...others] = isForAll ? usual.map((range) => byRange(bare, range)) : []
  return others.every((flag) => flag === first) ? first : 'none'
}

function byRange(bare: Compared, range: RangeView): Flag {
  if (range.expects !== '') {
    const found = bare.kind === 'text' || bare.kind === 'code' ? polarityOf(bare.text) : ''
    return found === '' ? 'none' : found === range.expects ? 'normal' : 'abnormal'
  }
  const span = (bare.kind === 'ratio') === range.isTitre && isUnitOfRange(bare, range) ? spanOf(bare) : null
  if (span === null || (range.low === null && range.high === null)) return 'none'
  const { low, high } = range
  // What is counted or weighed is never below nothing: `<5` is inside 0–10.
  const floor = low === 0 && span.min === Number.NEGATIVE_INFINITY && span.max > 0 ? null : low
  if (low !== null && (span.max < low || (span.max === low && (span.isMaxOpen || range.isLowOpen)))) return 'low'
  if (high !== null && (span.min > high || (span.min === high && (span.isMinOpen || range.isHighOpen)))) return 'high'
  const isOverLow = floor === null || span.min > floor || (span.min === floor && (!range.isLowOpen || span.isMinOpen))
  const isUnderHigh = high === null || span.max < high || (span.max === high && (!range.isHighOpen || span.isMaxOpen))
  return isOverLow && isUnderHigh ? 'normal' : 'none'
}

/** All numbers that the value may be. */
interface Span {
  min: number
  max: number
  isMinOpen: boolean
  isMaxOpen: boolean
}

function spanOf(bare: Compared): Span | null {
  const end = Number.POSITIVE_INFINITY
  if (bare.kind === 'range') {
    if (bare.low === null && bare.high === null) return null
    return { min: bare.low ?? -end, max: bare.high ?? end, isMinOpen: false, isMaxOpen: false }
  }
  if (bare.kind === 'text') {
    const read = readValue(bare.text)
    return read.type === 'number' ? spanFrom(plottable(read.digits), read.comparator) : null
  }
  return ['quantity', 'number', 'ratio'].includes(bare.kind) ? spanFrom(bare.number, bare.comparator) : null
}

function spanFrom(number: number | null, comparator: Comparator): Span | null {
  if (number === null) return null
  const end = Number.POSITIVE_INFINITY
  switch (comparator) {
    case '':
      return { min: number, max: number, isMinOpen: false, isMaxOpen: false }
    case '<':
    case '<=':
      return { min: -end, max: number, isMinOpen: true, isMaxOpen: comparator === '<' }
    case '>':
    case '>=':
      return { min: number, max: end, isMinOpen: comparator === '>', isMaxOpen: true }
    case 'ad':
    case 'other':
      return null
  }
}

/** Whether the range is in the value's unit, or in none. */
export function isUnitOfRange(
  value: Pick<Compared, 'unit' | 'unitCode'>,
  { unit, unitCode }: Pick<RangeView, 'unit' | 'unitCode'>,
): boolean {
  if (unit === '') return true
  const own = [value.unit, value.unitCode].filter((known) => known !== '').map(plainUnit)
  return [unit, unitCode].some((known) => known !== '' && own.includes(plainUnit(known)))
}

/** One spelling for what is one unit, as reports print it and as UCUM writes it. Letters keep their case: it tells units apart. */
function plainUnit(unit: string): string {
  return unit
    .replace(/[µμ]/gu, 'u')
    .replace(/[\s_{}]+/gu, '')
    .replace(/^[x×](?=10)/u, '')
    .replace(/^10\*?\^?([2-9]|1[0-2]|[²³⁴-⁹]|¹[⁰¹²])(?=\/)/u, (_, power: string) => `10^${power.normalize('NFKC')}`)
    .replaceAll('²', '2')
    .replace(/(^|[/.])([dcmunpf]?)l(?![a-zA-Z])/gu, '$1$2L')
    .replace(/\[iu\]|\biu\b/giu, 'IU')
    .replace(/\[?\b([hl])pf\b\]?/giu, (_, power: string) => `${power.toUpperCase()}PF`)
    .replace(/meq/iu, 'meq')
    .replace(/^mm\[Hg\]$/u, 'mmHg')
}

const SEVERITY: Flag[] = [
  'critical-high',
  'critical-low',
  'critical-abnormal',
  'high',
  'low',
  'abnormal',
  'other',
  'normal',
]

/** The gravest of several flags. */
export function worst(flags: Flag[]): Flag {
  return SEVERITY.find((flag) => flags.includes(flag)) ?? 'none'
}
