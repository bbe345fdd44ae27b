/** Condition from a form and back: a problem, an illness, a past illness. */
import { conceptText, objectsAt, stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import {
  changesFrom,
  choiceIn,
  coded,
  concept,
  dateAt,
  given,
  list,
  named,
  notes,
  oneOf,
  overlaid,
  personReference,
  when,
  withCategory,
  type CodeChoice,
} from './elements-written.ts'

/** What the form of a condition holds; '' means not given. */
export interface ConditionForm {
  name: string
  /** SNOMED CT, ICD-10 or another system, where the record came with one. */
  code: CodeChoice | null
  clinicalStatus: '' | 'active' | 'recurrence' | 'relapse' | 'inactive' | 'remission' | 'resolved'
  verification: '' | 'unconfirmed' | 'provisional' | 'differential' | 'confirmed' | 'refuted'
  /** In words; `mild`, `moderate` and `severe` are shown in the language of the reader. */
  severity: string
  bodySite: string
  /** Dates in any precision. */
  onset: string
  end: string
  recorded: string
  /** Who said so. */
  asserter: string
  note: string
}

const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical'
const VERIFICATION = 'http://terminology.hl7.org/CodeSystem/condition-ver-status'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/condition-category'
const RUNNING = new Set(['active', 'recurrence', 'relapse'])

/** An empty form. */
export const EMPTY_CONDITION: ConditionForm = {
  name: '',
  code: null,
  clinicalStatus: '',
  verification: '',
  severity: '',
  bodySite: '',
  onset: '',
  end: '',
  recorded: '',
  asserter: '',
  note: '',
}

/** A new condition of the person `patient`. Check it with checkResource. */
export function newCondition(form: ConditionForm, patient: string): JsonObject {
  const start = { resourceType: 'Condition', category: withCategory(null, CATEGORY, 'problem-list-item') }
  return written(overlaid(null, { ...start, subject: personReference(patient) }), form, null)
}

/** The record with the form written over it; all that the form does not know stays. */
export function changedCondition(previous: JsonObject, form: ConditionForm): JsonObject {
  return written(previous, form, conditionForm(previous))
}

/** The form that shows the record. */
export function conditionForm(resource: JsonObject): ConditionForm {
  return {
    name: conceptText(resource, 'code'),
    code: choiceIn(resource, 'code'),
    clinicalStatus: stringAt(resource, 'clinicalStatus', 'coding', 'code') as ConditionForm['clinicalStatus'],
    verification: stringAt(resource, 'verificationStatus', 'coding', 'code') as ConditionForm['verification'],
    severity: conceptText(resource, 'severity'),
    bodySite: conceptText(resource, 'bodySite'),
    onset: dateAt(resource, 'onsetDateTime') || dateAt(resource, 'onsetPeriod', 'start'),
    end: dateAt(resource, 'abatementDateTime') || dateAt(resource, 'abatementPeriod', 'start'),
    recorded: stringAt(resource, 'recordedDate'),
    asserter: stringAt(resource, 'asserter', 'display'),
    note: stringAt(resource, 'note', 'text'),
  }
}

/**
 * Whether an end and a clinical state contradict one another (FHIR con-4): what has ended is not continuing.
 */
export function contradictsEnd({ clinicalStatus, end }: Pick<ConditionForm, 'clinicalStatus' | 'end'>): boolean {
  return given(end) !== undefined && RUNNING.has(clinicalStatus)
}

function written(previous: JsonObject, form: ConditionForm, before: ConditionForm | null): JsonObject {
  const changed = changesFrom(before, form)
  // FHIR wants a clinical status: with an end it is not continuing any more, without one writing it down says that it is.
  const status = form.clinicalStatus || (given(form.end) === undefined ? 'active' : 'inactive')
  return overlaid(previous, {
    ...when(changed('clinicalStatus'), () => ({ clinicalStatus: coded(CLINICAL, status) })),
    ...when(changed('verification'), () => ({
      verificationStatus: form.verification === '' ? undefined : coded(VERIFICATION, form.verification),
    })),
    ...when(changed('severity'), () => ({ severity: concept(form.severity) })),
    ...when(changed('name', 'code'), () => ({ code: concept(form.name, form.code) })),
    ...when(changed('bodySite'), () => ({ bodySite: sites(previous, form.bodySite) })),
    ...when(changed('onset'), () => oneOf(previous, 'onset', { onsetDateTime: given(form.onset) })),
    ...when(changed('end'), () => oneOf(previous, 'abatement', { abatementDateTime: given(form.end) })),
    ...when(changed('recorded'), () => ({ recordedDate: given(form.recorded) })),
    ...when(changed('asserter'), () => ({ asserter: named(form.asserter) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
  })
}

function sites(previous: JsonObject, site: string): JsonObject[] | undefined {
  const [, ...others] = objectsAt(previous, 'bodySite')
  return list([concept(site) ?? [], others].flat()) as JsonObject[] | undefined
}
