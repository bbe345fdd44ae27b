/**
 * How a measured value shows: the digits as they were written, comparator, range, ratio, words, components such as blood
 * pressure, and the range and interpretation that came with it. Numbers are for plots only; text is what a person reads.
 */
import { booleanAt, conceptText, hasCode, numberTextAt, objectAt, objectsAt, stringAt } from '../elements/elements.ts'
import { isJsonObject, type JsonObject } from '../elements/json.ts'
import {
  comparatorOf,
  digitsOf,
  plottable,
  quantityText,
  readableDigits,
  spanText,
  unitCodeOf,
  unitOf,
  type Comparator,
} from './quantity.ts'
import { shownLine, shownText } from '../elements/shown-text.ts'
import { flagOf, rangeView, worst, type Flagged, type RangeView } from './reference-range.ts'

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

/** One value as screens and plots need it. */
export interface ValueView extends Flagged {
  kind: ValueKind
  /** The value on one line with its unit and comparator, e.g. `5.40 mg/dL`, `<5 ng/mL`, `1:80`, `120/80 mmHg`; '' for none. */
  text: string
  /** `text` for reading: long fractions are rounded (decision 0055). Whatever is compared, exported or corrected is `text`. */
  shown: string
  /** The digits exactly as written, '' when the value is not one number. */
  literal: string
  /** For plots: the number, the titre of a ratio (`80` of `1:80`), else null. */
  number: number | null
  comparator: Comparator
  /** Unit as printed. */
  unit: string
  /** UCUM code, '' when the unit has no UCUM code. Points of different unit codes are never joined. */
  unitCode: string
  /** Ends of a Range value, null when open or not a Range. */
  low: number | null
  high: number | null
  /** Code of dataAbsentReason, e.g. `unknown`, `asked-declined`; '' when not said. */
  absentReason: string
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
    text: pressure?.text ?? components.map((part) => `${part.title} ${part.text}`.trim()).join(' · '),
    shown: pressure?.shown ?? components.map((part) => `${part.title} ${part.shown}`.trim()).join(' · '),
    unit: sameOf(components.map((part) => part.unit)),
    unitCode: sameOf(components.map((part) => part.unitCode)),
    flag: own.flag === 'none' ? worst(components.map((part) => part.flag)) : own.flag,
    components,
  }
}

type Bare = Omit<ValueView, 'components' | 'flag' | 'flagText' | 'flagFrom' | 'ranges' | 'shown'>

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
  const [over, under] = [digitsOf(numerator), digitsOf(denominator)]
  const units = [unitOf(numerator), unitOf(denominator)]
  const bare = units[0] === '' && units[1] === ''
  const titre = over === '1' && bare && denominator !== null
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
    comparator: titre ? comparatorOf(denominator) : '',
    unit: bare ? '' : units.filter((unit) => unit !== '').join('/'),
  }
}

function withContext(bare: Bare, holder: unknown): Omit<ValueView, 'components'> {
  const ranges = objectsAt(holder, 'referenceRange').map(rangeView)
  const { text, literal } = bare
  const shown = shownText(literal === '' ? text : text.replace(literal, readableDigits(literal)))
  return { ...bare, shown, ranges, ...flagOf(bare, holder, ranges) }
}

function componentView(component: JsonObject): ComponentView {
  return {
    ...withContext(singleValue(component), component),
    title: shownLine(conceptText(component, 'code')),
    code: stringAt(component, 'code', 'coding', 'code'),
    system: stringAt(component, 'code', 'coding', 'system'),
  }
}

function bloodPressure(resource: unknown): { text: string; shown: string } | null {
  const part = (code: string) =>
    objectsAt(resource, 'component').find((component) => hasCode(component, ['code'], code, LOINC))
  const systolic = objectAt(part('8480-6'), 'valueQuantity')
  const diastolic = objectAt(part('8462-4'), 'valueQuantity')
  if (numberTextAt(systolic, 'value') === '' || numberTextAt(diastolic, 'value') === '') return null
  if (unitOf(systolic) !== unitOf(diastolic)) return null
  const [upper, lower] = [digitsOf(systolic), digitsOf(diastolic)]
  const line = (of: (digits: string) => string) => `${of(upper)}/${of(lower)} ${unitOf(systolic)}`.trim()
  return { text: line((digits) => digits), shown: line(readableDigits) }
}

function sameOf(values: string[]): string {
  return values.every((value) => value === values[0]) ? (values[0] ?? '') : ''
}
