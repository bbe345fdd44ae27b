/** Laboratory results and vital signs from a form and back; what is typed keeps its digits. */
import { conceptText, hasCode, numberTextAt, objectAt, objectsAt, stringAt } from '../elements/elements.ts'
import { JsonNumber, jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import { isDateTime } from '../dates/dates.ts'
import { valueView, type ValueView } from '../values/values.ts'
import {
  changesFrom,
  choiceIn,
  coded,
  concept,
  given,
  list,
  notes,
  noteText,
  overlaid,
  personReference,
  when,
  withCategory,
  type CodeChoice,
} from './elements-written.ts'
import { readValue, typedNumber } from '../values/typed-number.ts'

/** What the form of a result holds; '' means not given. */
export interface ObservationForm {
  kind: 'laboratory' | 'vital-signs'
  test: string
  /** LOINC where one was picked. */
  code: CodeChoice | null
  /** `typed` reads what is there; the others are chosen. `other` is a kind that forms do not write (a period, a yes). */
  valueKind: 'typed' | 'finding' | 'integer' | 'date' | 'absent' | 'other'
  /**
   * As typed: `5.40`, `<5`, `1:80`, `3-5`, `positive`; of a finding its code ({@link FINDINGS}), of `absent` the reason's code
   * ({@link ABSENT_REASONS}), of a date a FHIR date or time.
   */
  value: string
  unit: string
  /** UCUM code of the unit where it was picked, else ''. */
  unitCode: string
  /** Blood pressure: written as components instead of `value`. */
  systolic: string
  diastolic: string
  rangeLow: string
  rangeHigh: string
  rangeText: string
  /** Code of HL7 v3 ObservationInterpretation, e.g. `H`. */
  interpretation: string
  status: 'registered' | 'preliminary' | 'final' | 'amended' | 'corrected' | 'cancelled' | 'unknown'
  date: string
  performer: string
  note: string
}

/** Findings that forms offer, by codes of HL7 v3 ObservationInterpretation (free of a licence), with their displays. */
export const FINDINGS = {
  POS: 'Positive',
  NEG: 'Negative',
  DET: 'Detected',
  ND: 'Not detected',
  RR: 'Reactive',
  NR: 'Non-reactive',
  IND: 'Indeterminate',
} as const
export type Finding = keyof typeof FINDINGS

/** Why there is no value, by codes of HL7's data-absent-reason. */
export const ABSENT_REASONS = ['temp-unknown', 'not-performed', 'error', 'asked-declined', 'unknown'] as const

/** Whether the text is a code of {@link FINDINGS}. */
export function isFinding(text: string): text is Finding {
  return Object.hasOwn(FINDINGS, text)
}

/** A vital sign that forms offer: its LOINC code and its units (UCUM). */
export interface VitalSign {
  key: 'blood-pressure' | 'weight' | 'height' | 'temperature' | 'pulse' | 'oxygen' | 'glucose' | 'breathing'
  code: CodeChoice
  /** Other LOINC codes that mean the same sign in records of other systems. */
  alike: readonly string[]
  /** A unit may bring a code of its own: LOINC tells mass from substance concentration. */
  units: { unit: string; unitCode: string; code?: CodeChoice }[]
}

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'
const INTERPRETATION = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation'

/** Vital signs by the codes of FHIR's vital signs profile. */
export const VITAL_SIGNS: readonly VitalSign[] = [
  vital('blood-pressure', '85354-9', 'Blood pressure', [{ unit: 'mmHg', unitCode: 'mm[Hg]' }], ['55284-4']),
  vital('pulse', '8867-4', 'Heart rate', [{ unit: '/min', unitCode: '/min' }]),
  vital('temperature', '8310-5', 'Body temperature', [
    { unit: '°C', unitCode: 'Cel' },
    { unit: '°F', unitCode: '[degF]' },
  ]),
  vital(
    'weight',
    '29463-7',
    'Body weight',
    [
      { unit: 'kg', unitCode: 'kg' },
      { unit: 'lb', unitCode: '[lb_av]' },
    ],
    ['3141-9'],
  ),
  vital(
    'height',
    '8302-2',
    'Body height',
    [
      { unit: 'cm', unitCode: 'cm' },
      { unit: 'in', unitCode: '[in_i]' },
    ],
    ['3137-7'],
  ),
  vital('oxygen', '2708-6', 'Oxygen saturation', [{ unit: '%', unitCode: '%' }], ['59408-5']),
  vital('glucose', '2339-0', 'Glucose', [
    { unit: 'mg/dL', unitCode: 'mg/dL' },
    { unit: 'mmol/L', unitCode: 'mmol/L', code: { system: LOINC, code: '15074-8', display: 'Glucose' } },
  ]),
  vital('breathing', '9279-1', 'Respiratory rate', [{ unit: '/min', unitCode: '/min' }]),
]

function vital(
  key: VitalSign['key'],
  code: string,
  display: string,
  units: VitalSign['units'],
  alike: readonly string[] = [],
): VitalSign {
  return { key, code: { system: LOINC, code, display }, alike, units }
}

/** An empty form. */
export const EMPTY_OBSERVATION: ObservationForm = {
  kind: 'laboratory',
  test: '',
  code: null,
  valueKind: 'typed',
  value: '',
  unit: '',
  unitCode: '',
  systolic: '',
  diastolic: '',
  rangeLow: '',
  rangeHigh: '',
  rangeText: '',
  interpretation: '',
  status: 'final',
  date: '',
  performer: '',
  note: '',
}

/** A new result of the person `patient`. */
export function newObservation(form: ObservationForm, patient: string): JsonObject {
  return written(overlaid(null, { resourceType: 'Observation', subject: personReference(patient) }), form, null)
}

/** The record with the form written over it. What was not changed in the form stays as it was, digit by digit. */
export function changedObservation(previous: JsonObject, form: ObservationForm): JsonObject {
  return written(previous, form, observationForm(previous))
}

/** The form that shows the record. */
export function observationForm(resource: JsonObject): ObservationForm {
  const view = valueView(resource)
  const range = objectAt(resource, 'referenceRange')
  const pressure = (code: string) => {
    const part = objectsAt(resource, 'component').find(
      (component) => stringAt(component, 'code', 'coding', 'code') === code,
    )
    return numberTextAt(part, 'valueQuantity', 'value')
  }
  return {
    kind: objectsAt(resource, 'category', 'coding').some((category) => category['code'] === 'vital-signs')
      ? 'vital-signs'
      : 'laboratory',
    test: conceptText(resource, 'code'),
    code: choiceIn(resource, 'code'),
    ...valueOf(resource, view),
    unit: view.unit,
    unitCode: view.unitCode,
    systolic: pressure('8480-6'),
    diastolic: pressure('8462-4'),
    rangeLow: numberTextAt(range, 'low', 'value'),
    rangeHigh: numberTextAt(range, 'high', 'value'),
    rangeText: stringAt(range, 'text'),
    interpretation: stringAt(resource, 'interpretation', 'coding', 'code'),
    status: (stringAt(resource, 'status') || 'final') as ObservationForm['status'],
    date: stringAt(resource, 'effectiveDateTime') || stringAt(resource, 'effectivePeriod', 'start'),
    performer: stringAt(resource, 'performer', 'display'),
    note: noteText(resource),
  }
}

/**
 * The FHIR value element of what was typed: `5.40` and `<5` a Quantity, `3-5` a Range, `1:80` a Ratio, all else a text.
 * A number that could be read in two ways (`1,234`) stays text, so nobody's value changes by a factor.
 */
export function typedValueElement(value: string, unit: string, unitCode: string): { [element: string]: JsonValue } {
  const read = readValue(value)
  const elements = unitElements(unit, unitCode)
  const number = (digits: string) => jsonObject({ value: new JsonNumber(digits) })
  switch (read.type) {
    case 'none':
      return {}
    case 'number': {
      const comparator = read.comparator === '' ? undefined : read.comparator
      return { valueQuantity: jsonObject({ ...number(read.digits), comparator, ...elements }) }
    }
    case 'range':
      return {
        valueRange: jsonObject({
          low: jsonObject({ ...number(read.low), ...elements }),
          high: jsonObject({ ...number(read.high), ...elements }),
        }),
      }
    case 'ratio':
      return { valueRatio: jsonObject({ numerator: number(read.over), denominator: number(read.under) }) }
    default: {
      const text = value.trim()
      return { valueString: unit.trim() === '' ? text : `${text} ${unit.trim()}` }
    }
  }
}

function written(previous: JsonObject, form: ObservationForm, before: ObservationForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('status'), () => ({ status: form.status })),
    ...when(changed('kind'), () => ({ category: withCategory(previous, CATEGORY, form.kind) })),
    ...when(changed('test', 'code'), () => ({ code: concept(form.test, form.code) })),
    ...when(changed('date'), () => ({ effectiveDateTime: given(form.date), effectivePeriod: undefined })),
    ...when(changed('performer'), () => ({ performer: performer(form.performer) })),
    ...when(changed('valueKind', 'value', 'unit', 'unitCode', 'systolic', 'diastolic'), () =>
      valueElements(previous, form),
    ),
    ...when(changed('rangeLow', 'rangeHigh', 'rangeText', 'unit'), () => ({ referenceRange: ranges(previous, form) })),
    ...when(changed('interpretation'), () => ({ interpretation: interpretation(form.interpretation) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
  })
}

function valueElements(previous: JsonObject, form: ObservationForm): { [element: string]: JsonValue | undefined } {
  const cleared = Object.fromEntries(
    Object.keys(previous)
      .filter((key) => /^_?value[A-Z]/.test(key))
      .map((key) => [key, undefined]),
  )
  const parts = pressureParts(previous, form)
  const value = valueElement(form)
  const saysSomething = parts !== undefined || Object.keys(value).length > 0
  return {
    ...cleared,
    ...value,
    component: parts,
    ...(saysSomething && !('dataAbsentReason' in value) ? { dataAbsentReason: undefined } : {}),
  }
}

function valueElement({ valueKind, value, unit, unitCode }: ObservationForm): { [element: string]: JsonValue } {
  const text = value.trim()
  if (text === '') return {}
  switch (valueKind) {
    case 'finding':
      return isFinding(text)
        ? { valueCodeableConcept: coded(INTERPRETATION, text, FINDINGS[text]) }
        : { valueString: text }
    case 'integer': {
      const whole = typedNumber(text)
      return whole === null || !/^-?\d+$/.test(whole.text) ? typedValueElement(text, '', '') : { valueInteger: whole }
    }
    case 'date':
      return isDateTime(text) ? { valueDateTime: text } : { valueString: text }
    case 'absent':
      return { dataAbsentReason: coded(ABSENT, text) }
    case 'typed':
    case 'other':
      return typedValueElement(text, unit, unitCode)
  }
}

/** The value as the form shows it, with its kind. */
function valueOf(resource: JsonObject, view: ValueView): Pick<ObservationForm, 'valueKind' | 'value'> {
  if (view.kind === 'components') return { valueKind: 'typed', value: '' }
  if (view.kind === 'absent') return { valueKind: 'absent', value: view.absentReason }
  const code = stringAt(resource, 'valueCodeableConcept', 'coding', 'code')
  if (isFinding(code) && hasCode(resource, ['valueCodeableConcept'], code, INTERPRETATION))
    return { valueKind: 'finding', value: code }
  if ('valueInteger' in resource) return { valueKind: 'integer', value: numberTextAt(resource, 'valueInteger') }
  if ('valueDateTime' in resource) return { valueKind: 'date', value: stringAt(resource, 'valueDateTime') }
  const isTyped = ['quantity', 'range', 'ratio', 'text', 'none'].includes(view.kind)
  return { valueKind: isTyped ? 'typed' : 'other', value: typedValue(view.text, view.unit) }
}

function pressurePart(text: string, code: string, display: string): JsonObject[] {
  const value = typedNumber(text)
  if (value === null) return []
  const valueQuantity = jsonObject({ value, ...unitElements('mmHg', 'mm[Hg]') })
  return [jsonObject({ code: coded(LOINC, code, display), valueQuantity })]
}

function pressureParts(previous: JsonObject, { systolic, diastolic }: ObservationForm): JsonObject[] | undefined {
  const others = objectsAt(previous, 'component').filter(
    (part) => !['8480-6', '8462-4'].includes(stringAt(part, 'code', 'coding', 'code')),
  )
  const all = [
    ...pressurePart(systolic, '8480-6', 'Systolic blood pressure'),
    ...pressurePart(diastolic, '8462-4', 'Diastolic blood pressure'),
    ...others,
  ]
  return all.length === 0 ? undefined : all
}

function unitElements(unit: string, unitCode: string): { [element: string]: JsonValue } {
  const words = given(unit) ?? given(unitCode)
  const code = given(unitCode)
  return { ...(words === undefined ? {} : { unit: words }), ...(code === undefined ? {} : { system: UCUM, code }) }
}

function ranges(previous: JsonObject, form: ObservationForm): JsonObject[] | undefined {
  const [first, ...others] = objectsAt(previous, 'referenceRange')
  const end = (text: string) => {
    const value = typedNumber(text)
    return value === null ? undefined : jsonObject({ value, ...unitElements(form.unit, form.unitCode) })
  }
  const range = overlaid(first ?? null, {
    low: end(form.rangeLow),
    high: end(form.rangeHigh),
    text: given(form.rangeText),
  })
  const all = 'low' in range || 'high' in range || 'text' in range ? [range, ...others] : others
  return all.length === 0 ? undefined : all
}

function interpretation(code: string): JsonValue[] | undefined {
  return list(code === '' ? [] : [coded(INTERPRETATION, code)])
}

function performer(name: string): JsonObject[] | undefined {
  const display = given(name)
  return display === undefined ? undefined : [jsonObject({ display })]
}

/** The value as one would type it: without its unit, with a plain hyphen. */
function typedValue(text: string, unit: string): string {
  const bare = unit !== '' && text.endsWith(` ${unit}`) ? text.slice(0, -unit.length - 1) : text
  return bare.replace('–', '-')
}
