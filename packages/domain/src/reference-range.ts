/**
 * Reference ranges and what is said of a value against them: the source's interpretation first, and only where it is
 * silent our own comparison of what surely may be compared.
 */
import { conceptText, numberTextAt, objectAt, objectsAt, stringAt, stringsAt } from './elements.ts'
import type { JsonObject } from './json.ts'
import { plottable, spanText, unitOf, type Comparator } from './quantity.ts'

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
  unit: string
  /** Code of `type`, e.g. `normal`, `recommended`; '' when not said. */
  type: string
  /** Whom it applies to, in the source's words; '' when not said. */
  appliesTo: string
}

/** The part of a value that a range is compared with. */
interface Compared {
  kind: string
  number: number | null
  comparator: Comparator
  unit: string
  unitCode: string
}

/** A flag and where it comes from. */
export interface Flagged {
  flag: Flag
  /** The source's words for the interpretation, '' for none. */
  flagText: string
  /** `source`: the source's interpretation; `range`: our comparison with the only range given. */
  flagFrom: 'source' | 'range' | 'none'
}

/** One referenceRange of FHIR. */
export function rangeView(range: JsonObject): RangeView {
  const unit = unitOf(objectAt(range, 'high')) || unitOf(objectAt(range, 'low'))
  const low = numberTextAt(range, 'low', 'value')
  const high = numberTextAt(range, 'high', 'value')
  const words = stringAt(range, 'text')
  return {
    text: words !== '' && low === '' && high === '' ? words : spanText(low, high, unit) || words,
    low: plottable(low),
    high: plottable(high),
    lowDigits: low,
    highDigits: high,
    unit,
    type: stringAt(range, 'type', 'coding', 'code'),
    appliesTo: objectsAt(range, 'appliesTo')
      .map((concept) => conceptText([concept]))
      .filter((text) => text !== '')
      .join(', '),
  }
}

const FLAGS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['N', 'normal'],
  ['L', 'low'],
  ['LU', 'critical-low'],
  ['LL', 'critical-low'],
  ['H', 'high'],
  ['HU', 'critical-high'],
  ['HH', 'critical-high'],
  ['A', 'abnormal'],
  ['AA', 'critical-abnormal'],
  ['<', 'low'],
  ['>', 'high'],
])

/** An interpretation in words alone; other words stand for themselves. */
const FLAG_WORDS: ReadonlyMap<string, Flag> = new Map<string, Flag>([
  ['normal', 'normal'],
  ['low', 'low'],
  ['high', 'high'],
  ['critical low', 'critical-low'],
  ['critical high', 'critical-high'],
  ['abnormal', 'abnormal'],
])

/** The flag of a value, from its holder's interpretation or from its ranges. */
export function flagOf(bare: Compared, holder: unknown, ranges: RangeView[]): Flagged {
  const concepts = objectsAt(holder, 'interpretation')
  const codes = concepts.flatMap((concept) => stringsAt(concept, 'coding', 'code'))
  const known = codes.map((code) => FLAGS.get(code)).find((flag) => flag !== undefined)
  const words = concepts.map((concept) => conceptText([concept])).find((text) => text !== '') ?? ''
  const flag = known ?? FLAG_WORDS.get(words.toLowerCase()) ?? 'other'
  if (known !== undefined || words !== '') return { flag, flagText: words, flagFrom: 'source' }
  return { flag: byRange(bare, ranges), flagText: '', flagFrom: byRange(bare, ranges) === 'none' ? 'none' : 'range' }
}

/** Compares only what surely may be compared: one plain number, one normal range for everybody, the same unit. */
function byRange(bare: Compared, ranges: RangeView[]): Flag {
  const range = ranges[0]
  if (
    bare.kind !== 'quantity' ||
    bare.number === null ||
    bare.comparator !== '' ||
    range === undefined ||
    ranges.length !== 1
  )
    return 'none'
  if (range.appliesTo !== '' || (range.type !== '' && range.type !== 'normal')) return 'none'
  if (range.low === null && range.high === null) return 'none'
  if (range.unit !== '' && range.unit !== bare.unit && range.unit !== bare.unitCode) return 'none'
  if (range.low !== null && bare.number < range.low) return 'low'
  if (range.high !== null && bare.number > range.high) return 'high'
  return 'normal'
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
