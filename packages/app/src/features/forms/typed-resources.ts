/**
 * Records whose screens' forms hold what the domain's forms hold: texts are trimmed, dates read with the precision that was
 * typed, and a code stays only with the words that it came with. Vital signs and contacts have mappings of their own.
 */
import {
  type AppointmentForm,
  appointmentForm,
  changedAppointment,
  changedCondition,
  changedDocument,
  changedDose,
  changedFamilyMember,
  changedProcedure,
  changedRelatedPerson,
  type CodeChoice,
  conditionForm,
  type ConditionForm,
  documentForm,
  type DocumentForm,
  doseForm,
  type DoseForm,
  EMPTY_APPOINTMENT,
  EMPTY_CONDITION,
  EMPTY_DOCUMENT,
  EMPTY_DOSE,
  EMPTY_FAMILY,
  EMPTY_PROCEDURE,
  EMPTY_RELATED_PERSON,
  familyForm,
  type FamilyForm,
  instantText,
  isRelative,
  type JsonObject,
  newAppointment,
  newCondition,
  newDocument,
  newDose,
  newFamilyMember,
  newProcedure,
  newRelatedPerson,
  observationForm,
  type ObservationForm,
  type PatientForm,
  patientForm,
  procedureForm,
  type ProcedureForm,
  type RelatedPersonForm,
  relatedPersonForm,
  type VitalSign,
  VITAL_SIGNS,
} from '@chartkeep/domain'
import { codeOf, dateOf, type Kind, numberOf, type Start, written } from '../../app/chart/form-records.ts'
import { OBSERVATION } from '../../app/chart/lab-records.ts'
import { dateEntry } from '../../ui/date-entry.ts'
import type { ContactsValues } from '../../ui/forms/contacts-form.tsx'
import type { DocumentValues } from '../../ui/forms/document-form.tsx'
import { type FamilyValues, OTHER_RELATIVE } from '../../ui/forms/family-form.tsx'
import { EMPTY_VITAL, type VitalValues } from '../../ui/forms/vital-form.tsx'
import type { NumberKind } from '../../ui/number-note.tsx'
import { PATIENT } from './resources.ts'

interface TypedKind<Form> extends Kind<Form> {
  dates: readonly (keyof Form & string)[]
  /** Fields that hold a number, with its kind. */
  numbers?: { readonly [Field in keyof Form & string]?: NumberKind }
  /** The words that the code belongs to. */
  words?: keyof Form & string
}

export const CONDITION: TypedKind<ConditionForm> = {
  empty: EMPTY_CONDITION,
  read: conditionForm,
  make: newCondition,
  change: changedCondition,
  dates: ['onset', 'end'],
  words: 'name',
}
export const PROCEDURE: TypedKind<ProcedureForm> = {
  empty: EMPTY_PROCEDURE,
  read: procedureForm,
  make: newProcedure,
  change: changedProcedure,
  dates: ['date', 'end'],
  words: 'name',
}
export const FAMILY: TypedKind<FamilyForm> = {
  empty: EMPTY_FAMILY,
  read: familyForm,
  make: newFamilyMember,
  change: changedFamilyMember,
  dates: ['born'],
}
export const DOSE: TypedKind<DoseForm> = {
  empty: EMPTY_DOSE,
  read: doseForm,
  make: newDose,
  change: changedDose,
  dates: ['at', 'planned'],
  numbers: { dose: 'dose' },
  words: 'medicine',
}
export const APPOINTMENT: TypedKind<AppointmentForm> = {
  empty: EMPTY_APPOINTMENT,
  read: appointmentForm,
  make: newAppointment,
  change: changedAppointment,
  dates: ['start'],
  numbers: { minutes: 'number' },
}
export const RELATED: TypedKind<RelatedPersonForm> = {
  empty: EMPTY_RELATED_PERSON,
  read: relatedPersonForm,
  make: newRelatedPerson,
  change: changedRelatedPerson,
  dates: ['birthDate'],
}
const DOCUMENT: Kind<DocumentForm> = {
  empty: EMPTY_DOCUMENT,
  read: documentForm,
  make: newDocument,
  change: changedDocument,
}

/** What the form shows of a record, or of what a new one begins with: times as this device's local times. */
export function typedValues<Form extends object>(kind: TypedKind<Form>, form: Form): Form {
  const dates = kind.dates.map((field) => [field, dateEntry(String(form[field]))])
  return { ...form, ...Object.fromEntries(dates) }
}

/** `more` adds what the form does not ask, e.g. when it was written down; `before` is null for a new record. */
export function typedResource<Form extends object>(
  kind: TypedKind<Form>,
  values: Form,
  start: Start,
  more: (before: Form | null) => Partial<Form> = () => ({}),
): JsonObject {
  return written(kind, start, (before) => {
    const typed = Object.entries(values).map(([field, value]): [string, unknown] => {
      if (kind.dates.some((date) => date === field))
        return [field, dateOf(String(value), before === null ? undefined : String(before[field as keyof Form]))]
      const reads = kind.numbers?.[field as keyof Form & string]
      if (reads !== undefined)
        return [
          field,
          numberOf(String(value), before === null ? undefined : String(before[field as keyof Form]), reads),
        ]
      return [field, typeof value === 'string' ? value.trim() : value]
    })
    const { words } = kind
    const same = (other: Form) => words !== undefined && other[words] === String(values[words]).trim()
    const given = (values as { code?: CodeChoice | null }).code ?? null
    const code = words === undefined ? {} : { code: before === null ? given : codeOf(withCode(before), same as never) }
    return { ...Object.fromEntries(typed), ...code, ...more(before) } as Partial<Form>
  })
}

function withCode<Form>(form: Form): Form & { code: CodeChoice | null } {
  return form as Form & { code: CodeChoice | null }
}

export function conditionResource(values: ConditionForm, start: Start): JsonObject {
  return typedResource(CONDITION, values, start, (before) => ({
    recorded: before === null ? instantText(start.now) : before.recorded,
  }))
}

export function familyResource({ otherRelative, ...values }: FamilyValues, start: Start): JsonObject {
  return typedResource(FAMILY, values, start, (before) => ({
    relationship: values.relationship === OTHER_RELATIVE ? otherRelative.trim() : values.relationship,
    conditions: values.isUnknown
      ? []
      : values.conditions
          .map(({ name, age }) => ({ name: name.trim(), age: numberOf(age, undefined) }))
          .filter(({ name }) => name),
    deathAge: values.deceased === 'yes' ? numberOf(values.deathAge, before?.deathAge) : '',
    date: before === null ? instantText(start.now) : before.date,
  }))
}

/** A relative whom the choices do not name goes by words. */
export function familyValues(form: FamilyForm): FamilyValues {
  const isNamed = form.relationship === '' || isRelative(form.relationship)
  return {
    ...typedValues(FAMILY, form),
    relationship: isNamed ? form.relationship : OTHER_RELATIVE,
    otherRelative: isNamed ? '' : form.relationship,
  }
}

export function contactsResource({ contacts }: ContactsValues, start: Start, name: string): JsonObject {
  return written(PATIENT, start, (before): Partial<PatientForm> => ({
    name: before?.name || name,
    contacts: contacts.map((contact) => ({
      name: contact.name.trim(),
      relationship: contact.relationship.trim(),
      phone: contact.phone.trim(),
    })),
  }))
}

export function contactsValues(resource: JsonObject): ContactsValues {
  return { contacts: patientForm(resource).contacts }
}

/** Words with commas between them, of either script. */
const COMMA = /[,，、]/u

export function documentResource({ tags, ...values }: DocumentValues, start: Start): JsonObject {
  const words = [...new Set(tags.split(COMMA).map((tag) => tag.trim()))].filter(Boolean)
  return written(DOCUMENT, start, (before) => ({
    title: values.title.trim(),
    type: values.type.trim(),
    category: values.category.trim(),
    author: values.author.trim(),
    date: dateOf(values.date, before?.date),
    tags: words,
  }))
}

export function documentValues(resource: JsonObject): DocumentValues {
  const { title, type, category, author, date, tags } = documentForm(resource)
  return { title, type, category, author, date: dateEntry(date), tags: tags.join(', ') }
}

/** The sign that a code means: its own, one of its units', or one that other systems use for the same. */
function signOf(code: string): VitalSign | undefined {
  return VITAL_SIGNS.find(
    (sign) =>
      sign.code.code === code ||
      sign.alike.includes(code) ||
      sign.units.some((unit) => unit.code !== undefined && unit.code.code === code),
  )
}

export function vitalResource(values: VitalValues, start: Start): JsonObject {
  const sign = VITAL_SIGNS.find(({ key }) => key === values.sign)
  return written(OBSERVATION, start, (before): Partial<ObservationForm> => {
    const isPressure = sign?.key === 'blood-pressure'
    const code = values.unit.trim()
    const unit = sign?.units.find(({ unitCode }) => sign.units.length === 1 || unitCode === code)
    const isSameSign = before !== null && sign !== undefined && signOf(before.code?.code ?? '')?.key === sign.key
    const isSameUnit = before !== null && before.unitCode === unit?.unitCode
    // The same sign in the same unit keeps the code and the words that it came with.
    const isKept = isSameSign && (isSameUnit || unit?.code === undefined)
    const test = values.test.trim()
    const what = isKept
      ? { test: before.test, code: before.code }
      : sign === undefined
        ? { test, code: codeOf(before, (old) => old.test === test) }
        : { test: sign.code.display, code: unit?.code ?? sign.code }
    return {
      kind: 'vital-signs',
      ...what,
      value: isPressure ? '' : numberOf(values.value, before?.value, 'value'),
      unit: isPressure
        ? (before?.unit ?? '')
        : sign === undefined
          ? code
          : isSameUnit
            ? before.unit
            : (unit?.unit ?? ''),
      unitCode: isPressure
        ? (before?.unitCode ?? '')
        : sign === undefined
          ? before?.unit === code
            ? before.unitCode
            : ''
          : (unit?.unitCode ?? ''),
      systolic: isPressure ? numberOf(values.systolic, before?.systolic) : '',
      diastolic: isPressure ? numberOf(values.diastolic, before?.diastolic) : '',
      date: dateOf(values.date, before?.date),
      performer: values.performer.trim(),
      note: values.notes.trim(),
    }
  })
}

export function vitalValues(resource: JsonObject): VitalValues {
  const form = observationForm(resource)
  const sign = signOf(form.code?.code ?? '')
  // A unit that the form does not offer for this sign (a Fahrenheit by another name) is shown in words.
  const isOffered =
    sign !== undefined &&
    (sign.key === 'blood-pressure' || sign.units.some(({ unitCode }) => unitCode === form.unitCode))
  return {
    ...EMPTY_VITAL,
    sign: isOffered ? sign.key : 'other',
    test: form.test,
    value: form.value,
    unit: isOffered ? form.unitCode : form.unit,
    systolic: form.systolic,
    diastolic: form.diastolic,
    date: dateEntry(form.date),
    performer: form.performer,
    notes: form.note,
  }
}
