/** AllergyIntolerance from a form and back. That there are none is said by none-stated.ts. */
import { conceptText, hasCode, objectsAt, stringAt, stringsAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import {
  changesFrom,
  choiceIn,
  coded,
  concept,
  given,
  list,
  notes,
  overlaid,
  personReference,
  when,
  type CodeChoice,
} from './elements-written.ts'

/** One past reaction. */
export interface ReactionForm {
  manifestation: string
  severity: '' | 'mild' | 'moderate' | 'severe'
  date: string
}

/** What the form of an allergy holds; '' means not given. */
export interface AllergyForm {
  substance: string
  code: CodeChoice | null
  type: '' | 'allergy' | 'intolerance'
  category: '' | 'food' | 'medication' | 'environment' | 'biologic'
  /** Risk of the next reaction. */
  criticality: '' | 'low' | 'high' | 'unable-to-assess'
  clinicalStatus: 'active' | 'inactive' | 'resolved'
  /** Date in any precision. */
  onset: string
  recorded: string
  reactions: ReactionForm[]
  note: string
}

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical'
const ABSENT = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'

/** An empty form. */
export const EMPTY_ALLERGY: AllergyForm = {
  substance: '',
  code: null,
  type: '',
  category: '',
  criticality: '',
  clinicalStatus: 'active',
  onset: '',
  recorded: '',
  reactions: [],
  note: '',
}

/** A new allergy of the person `patient` (a reference such as `Patient/x`). Check it with checkResource. */
export function newAllergy(form: AllergyForm, patient: string): JsonObject {
  return written(overlaid(null, { resourceType: 'AllergyIntolerance', patient: personReference(patient) }), form, null)
}

/** The record with the form written over it; all that the form does not know stays. */
export function changedAllergy(previous: JsonObject, form: AllergyForm): JsonObject {
  return written(previous, form, allergyForm(previous))
}

/** The form that shows the record. */
export function allergyForm(resource: JsonObject): AllergyForm {
  return {
    substance: conceptText(resource, 'code'),
    code: choiceIn(resource, 'code'),
    type: stringAt(resource, 'type') as AllergyForm['type'],
    category: (stringsAt(resource, 'category')[0] ?? '') as AllergyForm['category'],
    criticality: stringAt(resource, 'criticality') as AllergyForm['criticality'],
    clinicalStatus: (stringAt(resource, 'clinicalStatus', 'coding', 'code') ||
      'active') as AllergyForm['clinicalStatus'],
    onset: stringAt(resource, 'onsetDateTime'),
    recorded: stringAt(resource, 'recordedDate'),
    reactions: objectsAt(resource, 'reaction').map((reaction) => ({
      manifestation: manifestationText(reaction),
      severity: stringAt(reaction, 'severity') as ReactionForm['severity'],
      date: stringAt(reaction, 'onset'),
    })),
    note: stringAt(resource, 'note', 'text'),
  }
}

function written(previous: JsonObject, form: AllergyForm, before: AllergyForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('clinicalStatus'), () => ({ clinicalStatus: coded(CLINICAL, form.clinicalStatus) })),
    ...when(changed('type'), () => ({ type: given(form.type) })),
    ...when(changed('category'), () => ({ category: list(categories(previous, form.category)) })),
    ...when(changed('criticality'), () => ({ criticality: given(form.criticality) })),
    ...when(changed('substance', 'code'), () => ({ code: concept(form.substance, form.code) })),
    ...when(changed('onset'), () => ({ onsetDateTime: given(form.onset) })),
    ...when(changed('recorded'), () => ({ recordedDate: given(form.recorded) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
    ...when(changed('reactions'), () => ({ reaction: list(reactions(previous, form.reactions)) })),
  })
}

function categories(previous: JsonObject, category: string): string[] {
  const [, ...others] = stringsAt(previous, 'category')
  return [...(given(category) === undefined ? [] : [category]), ...others]
}

/** A reaction that the form still shows keeps what else was recorded of it. */
function reactions(previous: JsonObject, forms: ReactionForm[]): JsonObject[] {
  const left: (JsonObject | null)[] = objectsAt(previous, 'reaction')
  const filled = forms.filter(isFilled)
  const takeNamed = (name: string) => {
    const index = left.findIndex((old) => old !== null && manifestationText(old) === name)
    return index < 0 ? null : (left.splice(index, 1, null)[0] ?? null)
  }
  const named = filled.map((form) => takeNamed(form.manifestation.trim()))
  return filled.map((form, index) => {
    const same = named[index] ?? null
    // FHIR wants a manifestation: where the person knows only how bad it was, that it is not known is what is written.
    const manifestation = concept(form.manifestation) ?? coded(ABSENT, 'unknown')
    return overlaid(same ?? left[index] ?? null, {
      ...when(same === null, () => ({ manifestation: [manifestation] })),
      severity: given(form.severity),
      onset: given(form.date),
    })
  })
}

/** '' where the reaction says that its manifestation is not known. */
function manifestationText(reaction: JsonObject): string {
  return (
    objectsAt(reaction, 'manifestation')
      .map((manifestation) => (hasCode(manifestation, [], 'unknown', ABSENT) ? '' : conceptText(manifestation)))
      .find(Boolean) ?? ''
  )
}

function isFilled({ manifestation, severity, date }: ReactionForm): boolean {
  return [manifestation, severity, date].some((text) => text.trim() !== '')
}
