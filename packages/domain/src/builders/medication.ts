/** MedicationStatement from a form and back. The dose is stored as digits and unit, and in the sentence people read. */
import { booleanAt, conceptText, numberTextAt, objectAt, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import { JsonNumber, jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import { quantityText } from '../values/quantity.ts'
import {
  changesFrom,
  choiceIn,
  concept,
  extensionText,
  given,
  list,
  notes,
  overlaid,
  personReference,
  when,
  without,
  type CodeChoice,
} from './elements-written.ts'
import { type DecimalMark, plainSigns, readNumber, type ReadNumber, typedNumber } from '../values/typed-number.ts'

/** R4 has no element for it in a MedicationStatement. */
export const SUPPLY_UNTIL = 'urn:chartkeep:extension:supply-until'

/** What the form of a medicine holds; '' means not given. */
export interface MedicationForm {
  name: string
  /** RxNorm or another system, where one was picked. */
  code: CodeChoice | null
  /** As typed: `500 mg`, `half a tablet`. */
  dose: string
  /** As typed: `twice a day`. */
  frequency: string
  /** Times of day, `08:00`. */
  times: string[]
  /** Days of the week on which it is taken, as FHIR codes them; none for every day. */
  days: DayOfWeek[]
  /** Every so many days, as digits; '' for every day. */
  everyDays: string
  route: string
  instructions: string
  asNeeded: boolean
  status: 'active' | 'completed' | 'stopped' | 'on-hold' | 'intended' | 'not-taken' | 'unknown'
  start: string
  end: string
  reason: string
  /** Until when what is at home lasts, as a date. */
  supplyUntil: string
  note: string
}

/** Days of the week by FHIR's codes, Monday first. */
export const DAYS_OF_WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type DayOfWeek = (typeof DAYS_OF_WEEK)[number]

/** An empty form. */
export const EMPTY_MEDICATION: MedicationForm = {
  name: '',
  code: null,
  dose: '',
  frequency: '',
  times: [],
  days: [],
  everyDays: '',
  route: '',
  instructions: '',
  asNeeded: false,
  status: 'active',
  start: '',
  end: '',
  reason: '',
  supplyUntil: '',
  note: '',
}

/** A new medicine of the person `patient`. */
export function newMedication(form: MedicationForm, patient: string): JsonObject {
  return written(overlaid(null, { resourceType: 'MedicationStatement', subject: personReference(patient) }), form, null)
}

/** The record with the form written over it. */
export function changedMedication(previous: JsonObject, form: MedicationForm): JsonObject {
  return written(previous, form, medicationForm(previous))
}

/** The form that shows the record. */
export function medicationForm(resource: JsonObject): MedicationForm {
  const dosage = objectAt(resource, 'dosage')
  return {
    name: conceptText(resource, 'medicationCodeableConcept') || stringAt(resource, 'medicationReference', 'display'),
    code: choiceIn(resource, 'medicationCodeableConcept'),
    dose: doseOf(dosage),
    frequency: conceptText(dosage, 'timing', 'code'),
    ...scheduleOf(dosage),
    route: conceptText(dosage, 'route'),
    instructions: stringAt(dosage, 'patientInstruction'),
    asNeeded: booleanAt(dosage, 'asNeededBoolean') ?? false,
    status: (stringAt(resource, 'status') || 'active') as MedicationForm['status'],
    start: stringAt(resource, 'effectivePeriod', 'start') || stringAt(resource, 'effectiveDateTime'),
    end: stringAt(resource, 'effectivePeriod', 'end'),
    reason: conceptText(resource, 'reasonCode'),
    supplyUntil: extensionText(resource, SUPPLY_UNTIL),
    note: stringAt(resource, 'note', 'text'),
  }
}

function doseOf(dosage: JsonObject | null): string {
  const quantity = objectAt(dosage, 'doseAndRate', 'doseQuantity')
  const structured = quantityText(quantity) || stringAt(quantity, 'unit')
  // Imported dosages are often one sentence that says more than its parts: it is shown as the dose, so that nothing is lost by editing.
  const text = stringAt(dosage, 'text')
  const parts = [structured, conceptText(dosage, 'timing', 'code'), conceptText(dosage, 'route')]
  return text === '' || text === wordsOf(parts) ? structured : text
}

function wordsOf(parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(', ')
}

function written(previous: JsonObject, form: MedicationForm, before: MedicationForm | null): JsonObject {
  const changed = changesFrom(before, form)
  const start = given(form.start)
  const end = given(form.end)
  return overlaid(previous, {
    ...when(changed('status'), () => ({ status: form.status })),
    ...when(changed('name', 'code'), () => ({
      medicationCodeableConcept: concept(form.name, form.code),
      medicationReference: undefined,
    })),
    ...when(changed('start', 'end'), () => ({
      effectivePeriod: start === undefined && end === undefined ? undefined : jsonObject({ start, end }),
      effectiveDateTime: undefined,
    })),
    ...when(changed('reason'), () => ({ reasonCode: list([concept(form.reason) ?? []].flat()) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
    ...when(changed('supplyUntil'), () => ({ extension: extensions(previous, form.supplyUntil) })),
    ...when(changed('dose', 'frequency', 'times', 'days', 'everyDays', 'route', 'instructions', 'asNeeded'), () => ({
      dosage: dosages(previous, form),
    })),
  })
}

function extensions(previous: JsonObject, supplyUntil: string): JsonValue[] | undefined {
  const others = without(previous, 'extension', ({ url }) => url === SUPPLY_UNTIL)
  const until = given(supplyUntil)
  return list(until === undefined ? others : [...others, jsonObject({ url: SUPPLY_UNTIL, valueDate: until })])
}

function dosages(previous: JsonObject, form: MedicationForm): JsonObject[] | undefined {
  const [first, ...others] = objectsAt(previous, 'dosage')
  const frequency = concept(form.frequency)
  const dose = doseQuantity(form.dose)
  const sameDose = doseOf(first ?? null) === form.dose.trim()
  const sameRoute = conceptText(first, 'route') === form.route.trim()
  const sameTiming = conceptText(first, 'timing', 'code') === form.frequency.trim()
  const timing = overlaid(objectAt(first, 'timing'), {
    ...(sameTiming ? {} : { code: frequency }),
    ...(sameSchedule(first, form) ? {} : { repeat: repeated(objectAt(first, 'timing', 'repeat'), form) }),
  })
  // A schedule without words of its own is told in the language of whoever reads it: no text is before it.
  const isTold = frequency === undefined && (isScheduled(form) || objectAt(timing, 'repeat') !== null)
  const text = isTold ? '' : wordsOf([form.dose, form.frequency, form.route])
  const isSame = sameDose && sameTiming && sameRoute && sameSchedule(first, form)
  const dosage = overlaid(first ?? null, {
    ...(isSame ? {} : { text: given(text) }),
    patientInstruction: given(form.instructions),
    timing: Object.keys(timing).length === 0 ? undefined : timing,
    asNeededBoolean: form.asNeeded ? true : undefined,
    ...(sameRoute ? {} : { route: concept(form.route) }),
    ...(isSame ? {} : { doseAndRate: dose === undefined ? undefined : [jsonObject({ doseQuantity: dose })] }),
  })
  const all = Object.keys(dosage).length === 0 ? others : [dosage, ...others]
  return all.length === 0 ? undefined : all
}

type Schedule = Pick<MedicationForm, 'times' | 'days' | 'everyDays'>

function scheduleOf(dosage: JsonObject | null): Schedule {
  const repeat = objectAt(dosage, 'timing', 'repeat')
  const period = numberTextAt(repeat, 'period')
  const unit = stringAt(repeat, 'periodUnit')
  const days = stringsAt(repeat, 'dayOfWeek')
  const isWeekly = unit === 'wk' && days.length === 0 && ['', '1'].includes(numberTextAt(repeat, 'frequency'))
  const weeks = isWeekly && /^[1-9]\d*$/.test(period) ? String(7 * Number(period)) : ''
  return {
    times: stringsAt(repeat, 'timeOfDay').map((time) => time.slice(0, 5)),
    days: DAYS_OF_WEEK.filter((day) => days.includes(day)),
    everyDays: unit === 'd' && period !== '1' ? period : weeks,
  }
}

function isScheduled({ times, days, everyDays }: Schedule): boolean {
  return times.length > 0 || days.length > 0 || given(everyDays) !== undefined
}

function sameSchedule(dosage: JsonObject | undefined, form: Schedule): boolean {
  const { times, days, everyDays } = form
  return JSON.stringify(scheduleOf(dosage ?? null)) === JSON.stringify({ times, days, everyDays })
}

/** So often in so many days, at these times (FHIR tim-10: then by no meal), on these days. What bounds it stays. */
function repeated(previous: JsonObject | null, form: Schedule): JsonObject | undefined {
  const { times, days } = form
  const isSet = isScheduled(form)
  // How often in weeks, months or years is in no field: a time of day that is added makes it no daily medicine.
  const isSlow = ['wk', 'mo', 'a'].includes(stringAt(previous, 'periodUnit')) && form.everyDays.trim() === ''
  const sameDays = JSON.stringify(stringsAt(previous, 'dayOfWeek').toSorted()) === JSON.stringify([...days].toSorted())
  const result = overlaid(previous, {
    ...(isSlow && sameDays
      ? {}
      : {
          frequency: isSet ? new JsonNumber(String(Math.max(1, times.length))) : undefined,
          period: isSet ? (typedNumber(form.everyDays) ?? new JsonNumber('1')) : undefined,
          periodUnit: isSet ? 'd' : undefined,
        }),
    dayOfWeek: list([...days]),
    timeOfDay: list(times.map((time) => `${time.padStart(5, '0')}:00`)),
    ...(times.length > 0 ? { when: undefined, offset: undefined } : {}),
  })
  return Object.keys(result).length === 0 ? undefined : result
}

/** A dose as it is read: an amount with its unit, words such as `1/2 tablet` or `1-2 tablets`, or what can mean two amounts. */
export type ReadDose =
  { type: 'none' } | { type: 'number'; digits: string; unit: string } | Exclude<ReadNumber, { type: 'number' }>

/** Reads `500 mg`, `０．５ mL`, `1,5 g`. */
export function readDose(dose: string, mark: DecimalMark = '.'): ReadDose {
  const plain = plainSigns(dose).trim()
  if (plain === '') return { type: 'none' }
  const [, number = '', unit = ''] = /^([\d.,]*\d)\s*(?![x×*]\s*\d)([\p{L}%µ([].*)?$/u.exec(plain) ?? []
  const read = readNumber(number, mark)
  if (read.type === 'number') return { ...read, unit: unit.trim() }
  if (read.type === 'words') return read
  const [first, second] = read.readings
  return { type: 'unsure', readings: [`${first} ${unit}`.trim(), `${second} ${unit}`.trim()] }
}

/** `500 mg` has digits and unit; a dose in words is stored as a unit without digits; undefined for none. */
export function doseQuantity(dose: string): JsonObject | undefined {
  const read = readDose(dose)
  if (read.type === 'none') return undefined
  if (read.type !== 'number') return jsonObject({ unit: dose.trim() })
  return jsonObject({ value: new JsonNumber(read.digits), unit: given(read.unit) })
}
