/**
 * How a measured value shows: the digits as they were written, comparator, range, ratio, words, components such as blood
 * pressure, and the range and interpretation that came with it. Numbers are for plots only; text is what a person reads.
 */
import { allAt, booleanAt, conceptText, hasCode, numberTextAt, objectAt, objectsAt, stringAt } from './elements.ts'
import { isJsonObject, JsonNumber, type JsonObject } from './json.ts'

/** Shape of a value. `none` means that nothing was given; `absent` that the source says why it is missing. */
export type ValueKind =
  | 'quantity'
  | 'range'
  | 'ratio'
  | 'text'
  | 'code'
  | 'boolean'
  | 'number'
  | 'date'
  | 'period'
  | 'components'
  | 'sampled'
  | 'absent'
  | 'none'

/** What the laboratory (or, failing that, its range) says about a value. `other` has words of its own. */
export type Flag =
  'normal' | 'low' | 'high' | 'critical-low' | 'critical-high' | 'abnormal' | 'critical-abnormal' | 'other' | 'none'

/** A reference range: as a person reads it and as numbers for a band; a missing side is null. */
export interface RangeView {
  text: string
  low: number | null
  high: number | null
  unit: string
  /** Code of `type`, e.g. `normal`, `recommended`; '' when not said. */
  type: string
  /** Whom it applies to, in the source's words; '' when not said. */
  appliesTo: string
}

/** One value as screens and plots need it. */
export interface ValueView {
  kind: ValueKind
  /** The value on one line with its unit and comparator, e.g. `5.40 mg/dL`, `<5 ng/mL`, `1:80`, `120/80 mmHg`; '' for none. */
  text: string
  /** The digits exactly as written, '' when the value is not one number. */
  literal: string
  /** For plots: the number, the titre of a ratio (`80` of `1:80`), else null. */
  number: number | null
  comparator: '' | '<' | '<=' | '>=' | '>'
  /** Unit as printed. */
  unit: string
  /** UCUM code, '' when the unit has no UCUM code. Points of different unit codes are never joined. */
  unitCode: string
  /** Ends of a Range value, null when open or not a Range. */
  low: number | null
  high: number | null
  /** Code of dataAbsentReason, e.g. `unknown`, `asked-declined`; '' when not said. */
  absentReason: string
  flag: Flag
  /** The source's words for the interpretation, '' for none. */
  flagText: string
  /** Where the flag comes from: the source's interpretation, or our comparison with the only range given. */
  flagFrom: 'source' | 'range' | 'none'
  ranges: RangeView[]
  components: ComponentView[]
}

/** One part of a value, such as the systolic pressure. */
export interface ComponentView extends Omit<ValueView, 'components'> {
  title: string
  code: string
  system: string
}

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'

/** The value of an Observation (or of anything with `value[x]`). Any input gets an answer; nothing throws. */
export function valueView(resource: unknown): ValueView {
  const components = objectsAt(resource, 'component').map(componentView)
  const own = withContext(singleValue(resource), resource)
  if (components.length === 0) return { ...own, components }
  if (own.kind !== 'none' && own.kind !== 'absent') return { ...own, components }
  const pressure = bloodPressure(resource)
  return {
    ...own,
    kind: 'components',
    text: pressure ?? components.map((part) => `${part.title} ${part.text}`.trim()).join(' · '),
    unit: sameOf(components.map((part) => part.unit)),
    unitCode: sameOf(components.map((part) => part.unitCode)),
    flag: own.flag === 'none' ? worst(components.map((part) => part.flag)) : own.flag,
    components,
  }
}

/** A Quantity on one line: comparator, digits, unit. Also reads Money, Age, Duration. '' for none. */
export function quantityText(quantity: unknown): string {
  const digits = numberTextAt(quantity, 'value')
  if (digits === '') return ''
  const unit = unitOf(quantity)
  return `${comparatorOf(quantity)}${digits}${unit === '' ? '' : ` ${unit}`}`
}

/** Whether two values may stand on one line of a plot: same kind of value, same unit by UCUM code or else by print. */
export function sameUnit(a: ValueView, b: ValueView): boolean {
  if (a.kind !== b.kind) return false
  return a.unitCode !== '' && b.unitCode !== '' ? a.unitCode === b.unitCode : a.unit === b.unit
}

type Bare = Omit<ValueView, 'components' | 'flag' | 'flagText' | 'flagFrom' | 'ranges'>

const NONE: Bare = {
  kind: 'none',
  text: '',
  literal: '',
  number: null,
  comparator: '',
  unit: '',
  unitCode: '',
  low: null,
  high: null,
  absentReason: '',
}

function singleValue(holder: unknown): Bare {
  if (!isJsonObject(holder)) return NONE
  const key = Object.keys(holder).find((name) => /^value[A-Z]/.test(name) && hasContent(holder[name]))
  if (key === undefined) {
    const reason =
      stringAt(holder, 'dataAbsentReason', 'coding', 'code') || stringAt(holder, 'dataAbsentReason', 'text')
    return reason === '' ? NONE : { ...NONE, kind: 'absent', absentReason: reason }
  }
  return valueOf(key.slice('value'.length), holder, key)
}

function hasContent(value: unknown): boolean {
  return value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
}

function valueOf(type: string, holder: JsonObject, key: string): Bare {
  const value = objectAt(holder, key)
  switch (type) {
    case 'Quantity':
    case 'Age':
    case 'Duration':
    case 'Money':
    case 'SimpleQuantity':
      return quantityValue(value)
    case 'Range':
      return rangeValue(value)
    case 'Ratio':
      return ratioValue(value)
    case 'CodeableConcept':
    case 'Coding':
    case 'CodeableReference':
      return { ...NONE, kind: 'code', text: conceptText(holder, key) || conceptText(value, 'concept') }
    case 'Boolean':
      return { ...NONE, kind: 'boolean', text: String(booleanAt(holder, key) ?? '') }
    case 'Period': {
      const text = [stringAt(value, 'start'), stringAt(value, 'end')]
      return { ...NONE, kind: 'period', text: text[1] === '' ? (text[0] ?? '') : text.join(' – ') }
    }
    case 'SampledData':
      return { ...NONE, kind: 'sampled', text: '', unit: unitOf(objectAt(value, 'origin')) }
    case 'DateTime':
    case 'Date':
    case 'Time':
    case 'Instant':
      return { ...NONE, kind: 'date', text: stringAt(holder, key) }
    default: {
      const digits = numberTextAt(holder, key)
      if (digits !== '') return { ...NONE, kind: 'number', text: digits, literal: digits, number: plottable(digits) }
      return {
        ...NONE,
        kind: 'text',
        text: stringAt(holder, key) || stringAt(value, 'display') || stringAt(value, 'title'),
      }
    }
  }
}

function quantityValue(value: unknown): Bare {
  const digits = numberTextAt(value, 'value')
  if (digits === '') {
    // A Quantity without digits may still carry words ("trace") or only a unit: that is no value.
    return { ...NONE, kind: 'none', unit: unitOf(value), unitCode: unitCodeOf(value) }
  }
  return {
    ...NONE,
    kind: 'quantity',
    text: quantityText(value),
    literal: digits,
    number: plottable(digits),
    comparator: comparatorOf(value),
    unit: unitOf(value),
    unitCode: unitCodeOf(value),
  }
}

function rangeValue(value: unknown): Bare {
  const unit = unitOf(objectAt(value, 'high')) || unitOf(objectAt(value, 'low'))
  const low = numberTextAt(value, 'low', 'value')
  const high = numberTextAt(value, 'high', 'value')
  return {
    ...NONE,
    kind: 'range',
    text: spanText(low, high, unit),
    unit,
    unitCode: unitCodeOf(objectAt(value, 'high')) || unitCodeOf(objectAt(value, 'low')),
    low: plottable(low),
    high: plottable(high),
  }
}

function ratioValue(value: unknown): Bare {
  const numerator = objectAt(value, 'numerator')
  const denominator = objectAt(value, 'denominator')
  const over = comparatorOf(numerator) + numberTextAt(numerator, 'value')
  const under = comparatorOf(denominator) + numberTextAt(denominator, 'value')
  const units = [unitOf(numerator), unitOf(denominator)]
  const bare = units[0] === '' && units[1] === ''
  const titre = over === '1' && bare
  const text = bare
    ? [over, under].filter((part) => part !== '').join(':')
    : [quantityText(numerator), under === '1' ? units[1] : quantityText(denominator)]
        .filter((part) => part !== '')
        .join(' / ')
  return {
    ...NONE,
    kind: 'ratio',
    text,
    number: titre ? plottable(numberTextAt(denominator, 'value')) : null,
    unit: bare ? '' : units.filter((unit) => unit !== '').join('/'),
  }
}

function withContext(bare: Bare, holder: unknown): Omit<ValueView, 'components'> {
  const ranges = objectsAt(holder, 'referenceRange').map(rangeView)
  return { ...bare, ranges, ...flagOf(bare, holder, ranges) }
}

function componentView(component: JsonObject): ComponentView {
  return {
    ...withContext(singleValue(component), component),
    title: conceptText(component, 'code'),
    code: stringAt(component, 'code', 'coding', 'code'),
    system: stringAt(component, 'code', 'coding', 'system'),
  }
}

function rangeView(range: JsonObject): RangeView {
  const unit = unitOf(objectAt(range, 'high')) || unitOf(objectAt(range, 'low'))
  const low = numberTextAt(range, 'low', 'value')
  const high = numberTextAt(range, 'high', 'value')
  const words = stringAt(range, 'text')
  return {
    text: words !== '' && low === '' && high === '' ? words : spanText(low, high, unit) || words,
    low: plottable(low),
    high: plottable(high),
    unit,
    type: stringAt(range, 'type', 'coding', 'code'),
    appliesTo: objectsAt(range, 'appliesTo')
      .map((concept) => conceptText([concept]))
      .filter((text) => text !== '')
      .join(', '),
  }
}

function spanText(low: string, high: string, unit: string): string {
  const tail = unit === '' ? '' : ` ${unit}`
  if (low !== '' && high !== '') return `${low}–${high}${tail}`
  if (low !== '') return `≥ ${low}${tail}`
  return high === '' ? '' : `≤ ${high}${tail}`
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

function flagOf(
  bare: Bare,
  holder: unknown,
  ranges: RangeView[],
): { flag: Flag; flagText: string; flagFrom: ValueView['flagFrom'] } {
  const concepts = objectsAt(holder, 'interpretation')
  const codes = concepts.flatMap((concept) => allAt(concept, 'coding', 'code'))
  const known = codes.map((code) => FLAGS.get(String(code))).find((flag) => flag !== undefined)
  const words = concepts.map((concept) => conceptText([concept])).find((text) => text !== '') ?? ''
  if (known !== undefined || words !== '') return { flag: known ?? 'other', flagText: words, flagFrom: 'source' }
  return { flag: byRange(bare, ranges), flagText: '', flagFrom: byRange(bare, ranges) === 'none' ? 'none' : 'range' }
}

/** Compares only what surely may be compared: one plain number, one normal range for everybody, the same unit. */
function byRange(bare: Bare, ranges: RangeView[]): Flag {
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

function worst(flags: Flag[]): Flag {
  return SEVERITY.find((flag) => flags.includes(flag)) ?? 'none'
}

function digitsOf(quantity: unknown): string {
  return comparatorOf(quantity) + numberTextAt(quantity, 'value')
}

function bloodPressure(resource: unknown): string | null {
  const part = (code: string) =>
    objectsAt(resource, 'component').find((component) => hasCode(component, ['code'], code, LOINC))
  const systolic = objectAt(part('8480-6'), 'valueQuantity')
  const diastolic = objectAt(part('8462-4'), 'valueQuantity')
  if (numberTextAt(systolic, 'value') === '' || numberTextAt(diastolic, 'value') === '') return null
  if (unitOf(systolic) !== unitOf(diastolic)) return null
  return `${digitsOf(systolic)}/${digitsOf(diastolic)} ${tidyUnit(unitOf(systolic))}`.trim()
}

function comparatorOf(quantity: unknown): ValueView['comparator'] {
  const comparator = stringAt(quantity, 'comparator')
  return comparator === '<' || comparator === '<=' || comparator === '>=' || comparator === '>' ? comparator : ''
}

function unitOf(quantity: unknown): string {
  const unit = stringAt(quantity, 'unit') || stringAt(quantity, 'code') || stringAt(quantity, 'currency')
  return tidyUnit(unit)
}

/** UCUM annotations alone (`{score}`, `{#}`) and the unit one say nothing to a person; `mm[Hg]` is written mmHg. */
function tidyUnit(unit: string): string {
  if (unit === '1' || /^\{[^}]*\}$/.test(unit)) return ''
  return unit === 'mm[Hg]' ? 'mmHg' : unit
}

function unitCodeOf(quantity: unknown): string {
  return stringAt(quantity, 'system') === UCUM ? stringAt(quantity, 'code') : ''
}

function plottable(digits: string): number | null {
  if (digits === '') return null
  const number = new JsonNumber(digits).valueOf()
  return Number.isFinite(number) ? number : null
}

function sameOf(values: string[]): string {
  return values.every((value) => value === values[0]) ? (values[0] ?? '') : ''
}
