/**
 * MedicationAdministration from a form and back: one dose, taken, taken late, or skipped with its reason. R4 has no element
 * for the time that was planned nor for "late": both are extensions of ours.
 */
import { booleanAt, conceptText, objectAt, objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { quantityText } from '../values/quantity.ts'
import {
  changesFrom,
  choiceIn,
  concept,
  dateAt,
  extensionText,
  given,
  list,
  notes,
  oneOf,
  overlaid,
  personReference,
  when,
  without,
  type CodeChoice,
} from './elements-written.ts'
import { doseQuantity, medicationForm } from './medication.ts'

/** What the form of a dose holds; '' means not given. */
export interface DoseForm {
  medicine: string
  code: CodeChoice | null
  answer: '' | 'taken' | 'late' | 'skipped'
  /** When it was taken, or should have been: in any precision. */
  at: string
  /** When it was due, for a late one. */
  planned: string
  /** As typed: `500 mg`, `1 tablet`. */
  dose: string
  /** Why it was skipped or late. */
  reason: string
  note: string
  /** The record of the medicine, e.g. `MedicationStatement/1`. */
  of: string
}

const LATE = 'urn:chartkeep:extension:taken-late'
const PLANNED = 'urn:chartkeep:extension:planned-time'

/** An empty form. */
export const EMPTY_DOSE: DoseForm = {
  medicine: '',
  code: null,
  answer: '',
  at: '',
  planned: '',
  dose: '',
  reason: '',
  note: '',
  of: '',
}

/** A new dose of the person `patient`. */
export function newDose(form: DoseForm, patient: string): JsonObject {
  const start = { resourceType: 'MedicationAdministration', subject: personReference(patient) }
  return written(overlaid(null, start), form, null)
}

/** The record with the form written over it; all that the form does not know stays. */
export function changedDose(previous: JsonObject, form: DoseForm): JsonObject {
  return written(previous, form, doseForm(previous))
}

/** What a dose of this medicine begins with; `of` is the reference to its record. */
export function doseOf(medicine: JsonObject, of: string): DoseForm {
  // A prescription names its dosage by another element.
  const asked = medicine['dosage'] ?? medicine['dosageInstruction']
  const { name, code } = medicationForm(medicine)
  const { dose } = medicationForm(jsonObject({ dosage: asked }))
  const isCounted = doseQuantity(dose)?.['value'] !== undefined
  return { ...EMPTY_DOSE, medicine: name, code, dose: isCounted ? dose : '', of }
}

/** The form that shows the record. */
export function doseForm(resource: JsonObject): DoseForm {
  return {
    medicine:
      conceptText(resource, 'medicationCodeableConcept') || stringAt(resource, 'medicationReference', 'display'),
    code: choiceIn(resource, 'medicationCodeableConcept'),
    answer: doseAnswer(resource),
    at: dateAt(resource, 'effectiveDateTime') || dateAt(resource, 'effectivePeriod', 'start'),
    planned: extensionText(resource, PLANNED),
    dose:
      quantityText(objectAt(resource, 'dosage', 'dose')) ||
      stringAt(resource, 'dosage', 'dose', 'unit') ||
      stringAt(resource, 'dosage', 'text'),
    reason: conceptText(resource, 'statusReason'),
    note: stringAt(resource, 'note', 'text'),
    of: stringAt(resource, 'request', 'reference') || stringAt(resource, 'supportingInformation', 'reference'),
  }
}

/** What became of a dose; '' for one that says neither (continuing, stopped, unknown) and for other records. */
export function doseAnswer(resource: unknown): DoseForm['answer'] {
  if (typeOf(resource) !== 'MedicationAdministration') return ''
  const status = stringAt(resource, 'status')
  if (status === 'not-done') return 'skipped'
  if (status !== 'completed') return ''
  const late = objectsAt(resource, 'extension').find((extension) => extension['url'] === LATE)
  return booleanAt(late, 'valueBoolean') === true ? 'late' : 'taken'
}

function written(previous: JsonObject, form: DoseForm, before: DoseForm | null): JsonObject {
  const changed = changesFrom(before, form)
  return overlaid(previous, {
    ...when(changed('answer', 'planned'), () => ({ extension: extensions(previous, form) })),
    ...when(changed('answer'), () => ({ status: statusOf(form.answer) })),
    ...when(changed('reason'), () => ({ statusReason: list([concept(form.reason) ?? []].flat()) })),
    ...when(changed('medicine', 'code'), () =>
      oneOf(previous, 'medication', {
        medicationCodeableConcept: concept(form.medicine, form.code),
      }),
    ),
    ...when(changed('at'), () => oneOf(previous, 'effective', { effectiveDateTime: given(form.at) })),
    ...when(changed('of'), () => references(form.of)),
    ...when(changed('dose'), () => ({ dosage: dosage(previous, form.dose) })),
    ...when(changed('note'), () => ({ note: notes(previous, form.note) })),
  })
}

function statusOf(answer: DoseForm['answer']): string {
  return answer === 'skipped' ? 'not-done' : answer === '' ? 'unknown' : 'completed'
}

function extensions(previous: JsonObject, { answer, planned }: DoseForm): JsonObject[] | undefined {
  const others = without(previous, 'extension', ({ url }) => url === LATE || url === PLANNED)
  const time = given(planned)
  return list([
    ...others,
    ...(answer === 'late' ? [jsonObject({ url: LATE, valueBoolean: true })] : []),
    ...(time === undefined ? [] : [jsonObject({ url: PLANNED, valueDateTime: time })]),
  ]) as JsonObject[] | undefined
}

/** `request` is for prescriptions only. */
function references(of: string): { [element: string]: JsonObject | JsonObject[] | undefined } {
  const reference = given(of)
  if (reference === undefined) return { request: undefined, supportingInformation: undefined }
  const target = jsonObject({ reference })
  return reference.startsWith('MedicationRequest/')
    ? { request: target, supportingInformation: undefined }
    : { request: undefined, supportingInformation: [target] }
}

/** mad-1: without a dose there is no dosage. */
function dosage(previous: JsonObject, dose: string): JsonObject | undefined {
  const quantity = doseQuantity(dose)
  if (quantity === undefined) return undefined
  return overlaid(objectAt(previous, 'dosage'), { text: given(dose), dose: quantity })
}
