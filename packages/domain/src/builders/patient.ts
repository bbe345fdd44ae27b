/** Patient from a form and back: the person whose chart it is, with emergency contacts. */
import { personName } from '../elements/person-name.ts'
import { booleanAt, conceptText, hasCode, objectAt, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import { changesFrom, coded, extensionText, given, list, overlaid, when, without } from './elements-written.ts'
import { names, telecoms, telecomValue } from './person-elements.ts'

/** Somebody to call. */
export interface ContactForm {
  name: string
  relationship: string
  phone: string
}

/** A record number under which an institution keeps the person. */
export interface RecordNumberForm {
  assigner: string
  value: string
}

/** What the form of a person holds; '' means not given. */
export interface PatientForm {
  name: string
  birthDate: string
  gender: '' | 'male' | 'female' | 'other' | 'unknown'
  sexAtBirth: '' | 'M' | 'F' | 'OTH' | 'UNK'
  /** As the person knows it, e.g. `O+`; a measured one is a laboratory result (LOINC 882-1). */
  bloodType: string
  phone: string
  email: string
  /** BCP 47, e.g. `zh-TW`. */
  language: string
  clinic: string
  recordNumbers: RecordNumberForm[]
  contacts: ContactForm[]
  active: boolean
}

const IDENTIFIER_TYPE = 'http://terminology.hl7.org/CodeSystem/v2-0203'
const CONTACT_ROLE = 'http://terminology.hl7.org/CodeSystem/v2-0131'
const BLOOD_TYPE = 'urn:chartkeep:extension:blood-type'
const BIRTH_SEX = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex'

/** An empty form. */
export const EMPTY_PATIENT: PatientForm = {
  name: '',
  birthDate: '',
  gender: '',
  sexAtBirth: '',
  bloodType: '',
  phone: '',
  email: '',
  language: '',
  clinic: '',
  recordNumbers: [],
  contacts: [],
  active: true,
}

/** A new person. */
export function newPatient(form: PatientForm): JsonObject {
  return written(overlaid(null, { resourceType: 'Patient' }), form, null)
}

/** The record with the form written over it; other names, numbers and contacts' details stay. */
export function changedPatient(previous: JsonObject, form: PatientForm): JsonObject {
  return written(previous, form, patientForm(previous))
}

/** The form that shows the record. */
export function patientForm(resource: JsonObject): PatientForm {
  return {
    name: personName(resource),
    birthDate: stringAt(resource, 'birthDate'),
    gender: stringAt(resource, 'gender') as PatientForm['gender'],
    sexAtBirth: extensionText(resource, BIRTH_SEX) as PatientForm['sexAtBirth'],
    bloodType: extensionText(resource, BLOOD_TYPE),
    phone: telecomValue(resource, 'phone'),
    email: telecomValue(resource, 'email'),
    language:
      stringAt(resource, 'communication', 'language', 'coding', 'code') ||
      conceptText(resource, 'communication', 'language'),
    clinic: stringsAt(resource, 'generalPractitioner', 'display')[0] ?? '',
    recordNumbers: objectsAt(resource, 'identifier')
      .filter(isRecordNumber)
      .map((identifier) => ({ assigner: assignerOf(identifier), value: stringAt(identifier, 'value') })),
    contacts: objectsAt(resource, 'contact').map((person) => ({
      name: personName(person),
      relationship: conceptText(person, 'relationship'),
      phone: telecomValue(person, 'phone'),
    })),
    active: booleanAt(resource, 'active') ?? true,
  }
}

function written(previous: JsonObject, form: PatientForm, before: PatientForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('sexAtBirth', 'bloodType'), () => ({ extension: extensions(previous, form) })),
    ...when(changed('recordNumbers'), () => ({ identifier: identifiers(previous, form.recordNumbers) })),
    ...when(changed('active'), () => ({ active: form.active })),
    ...when(changed('name'), () => ({ name: names(previous, form.name) })),
    ...when(changed('phone', 'email'), () => ({ telecom: telecoms(previous, form) })),
    ...when(changed('gender'), () => ({ gender: given(form.gender) })),
    ...when(changed('birthDate'), () => ({ birthDate: given(form.birthDate) })),
    ...when(changed('contacts'), () => ({ contact: contacts(previous, form.contacts) })),
    ...when(changed('language'), () => ({ communication: languages(form.language) })),
    ...when(changed('clinic'), () => ({ generalPractitioner: clinics(previous, form.clinic) })),
  })
}

function extensions(
  previous: JsonObject,
  { sexAtBirth, bloodType }: Pick<PatientForm, 'sexAtBirth' | 'bloodType'>,
): JsonValue[] | undefined {
  const others = without(previous, 'extension', ({ url }) => url === BIRTH_SEX || url === BLOOD_TYPE)
  const [sex, blood] = [given(sexAtBirth), given(bloodType)]
  return list([
    ...others,
    ...(sex === undefined ? [] : [jsonObject({ url: BIRTH_SEX, valueCode: sex })]),
    ...(blood === undefined ? [] : [jsonObject({ url: BLOOD_TYPE, valueString: blood })]),
  ])
}

function isRecordNumber(identifier: JsonObject): boolean {
  return hasCode(identifier, ['type'], 'MR')
}

function assignerOf(identifier: JsonObject): string {
  return stringAt(identifier, 'assigner', 'display') || stringAt(identifier, 'system')
}

function identifiers(previous: JsonObject, numbers: RecordNumberForm[]): JsonObject[] | undefined {
  const present = objectsAt(previous, 'identifier').filter(isRecordNumber)
  const kept = numbers.flatMap(({ assigner, value }) => {
    const number = given(value)
    if (number === undefined) return []
    const old = present.find((identifier) => assignerOf(identifier) === assigner.trim())
    const fresh = {
      type: coded(IDENTIFIER_TYPE, 'MR'),
      assigner: given(assigner) === undefined ? undefined : jsonObject({ display: assigner.trim() }),
    }
    return [overlaid(old ?? null, { ...(old === undefined ? fresh : {}), value: number })]
  })
  const all = [...without(previous, 'identifier', isRecordNumber), ...kept]
  return all.length === 0 ? undefined : all
}

function contacts(previous: JsonObject, forms: ContactForm[]): JsonObject[] | undefined {
  const present = objectsAt(previous, 'contact')
  const all = forms
    .filter(({ name, phone }) => given(name) !== undefined || given(phone) !== undefined)
    .map((form, index) =>
      contact(present.find((old) => personName(old) === form.name.trim()) ?? present[index] ?? null, form),
    )
  return all.length === 0 ? undefined : all
}

function contact(previous: JsonObject | null, form: ContactForm): JsonObject {
  const same = (text: string, path: 'name' | 'relationship') =>
    previous !== null &&
    text.trim() === (path === 'name' ? personName(previous) : conceptText(previous, 'relationship'))
  const name = given(form.name)
  const words = given(form.relationship)
  const role = overlaid(coded(CONTACT_ROLE, 'C', 'Emergency Contact'), { text: words })
  return overlaid(previous, {
    ...(same(form.relationship, 'relationship') ? {} : { relationship: [role] }),
    ...(same(form.name, 'name') ? {} : { name: name === undefined ? undefined : jsonObject({ text: name }) }),
    telecom: telecoms(previous ?? jsonObject(), { phone: form.phone, email: telecomValue(previous, 'email') }),
  })
}

function languages(language: string): JsonObject[] | undefined {
  const code = given(language)
  return code === undefined ? undefined : [jsonObject({ language: coded('urn:ietf:bcp:47', code), preferred: true })]
}

function clinics(previous: JsonObject, clinic: string): JsonObject[] | undefined {
  const [, ...others] = objectsAt(previous, 'generalPractitioner')
  const display = given(clinic)
  const all =
    display === undefined
      ? others
      : [overlaid(objectAt(previous, 'generalPractitioner') === null ? null : jsonObject(), { display }), ...others]
  return all.length === 0 ? undefined : all
}
