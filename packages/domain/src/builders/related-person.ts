/**
 * RelatedPerson from a form and back: somebody close to the person, such as a carer or an emergency contact that came with a file. What is typed
 * here by hand are contacts of the Patient; this record is corrected where it is.
 */
import { booleanAt, conceptText, stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { personName } from '../elements/person-name.ts'
import { changesFrom, concept, given, list, overlaid, personReference, when } from './elements-written.ts'
import { names, telecoms, telecomValue } from './person-elements.ts'

/** What the form holds; '' means not given. */
export interface RelatedPersonForm {
  name: string
  relationship: string
  phone: string
  email: string
  birthDate: string
  /** 'yes' while this person is close to them still. */
  active: 'yes' | 'no'
}

/** An empty form. */
export const EMPTY_RELATED_PERSON: RelatedPersonForm = {
  name: '',
  relationship: '',
  phone: '',
  email: '',
  birthDate: '',
  active: 'yes',
}

/** Somebody close to the person `patient`. */
export function newRelatedPerson(form: RelatedPersonForm, patient: string): JsonObject {
  return written(overlaid(null, { resourceType: 'RelatedPerson', patient: personReference(patient) }), form, null)
}

/** The record with the form written over it; other names, addresses and codes stay. */
export function changedRelatedPerson(previous: JsonObject, form: RelatedPersonForm): JsonObject {
  return written(previous, form, relatedPersonForm(previous))
}

/** The form that shows the record. */
export function relatedPersonForm(resource: JsonObject): RelatedPersonForm {
  return {
    name: personName(resource),
    relationship: conceptText(resource, 'relationship'),
    phone: telecomValue(resource, 'phone'),
    email: telecomValue(resource, 'email'),
    birthDate: stringAt(resource, 'birthDate'),
    active: (booleanAt(resource, 'active') ?? true) ? 'yes' : 'no',
  }
}

function written(previous: JsonObject, form: RelatedPersonForm, before: RelatedPersonForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('active'), () => ({ active: form.active === 'yes' })),
    ...when(changed('relationship'), () => ({ relationship: list([concept(form.relationship) ?? []].flat()) })),
    ...when(changed('name'), () => ({ name: names(previous, form.name) })),
    ...when(changed('phone', 'email'), () => ({ telecom: telecoms(previous, form) })),
    ...when(changed('birthDate'), () => ({ birthDate: given(form.birthDate) })),
  })
}
