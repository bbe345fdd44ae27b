/** A practice's own record of a patient: made when a member has confirmed who it is, and kept when access to the chart ends. */
import { CARE_SYSTEMS, chartOf, memberReference, referenceValue } from '../elements/care-references.ts'
import { objectAt, objectsAt, stringAt } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { overlaid } from '../builders/elements-written.ts'
import { changedPatient, EMPTY_PATIENT, newPatient, patientForm, type PatientForm } from '../builders/patient.ts'

export interface PracticePatientForm {
  /** The id of the person's chart (`urn:chartkeep:chart`). */
  chart: string
  /** The practice's record number, '' for none; `practice` assigns it. */
  number: string
  practice: string
  name: string
  birthDate: string
  gender: PatientForm['gender']
  /** The member who looks after this person; null for nobody in particular. */
  assigned: { id: string; name: string } | null
}

/** The form of such a record; null for a Patient that is about no chart. */
export function practicePatientForm(resource: JsonObject): PracticePatientForm | null {
  const chart = chartOf(resource)
  if (chart === '') return null
  const { name, birthDate, gender, recordNumbers } = patientForm(resource)
  const doctor = objectAt(resource, 'generalPractitioner')
  const member = referenceValue(doctor, 'member')
  return {
    chart,
    number: recordNumbers[0]?.value ?? '',
    practice: recordNumbers[0]?.assigner ?? '',
    name,
    birthDate,
    gender,
    assigned: member === '' ? null : { id: member, name: stringAt(doctor, 'display') },
  }
}

/** A new record, or `previous` with the form written over it. */
export function practicePatient(previous: JsonObject | null, form: PracticePatientForm): JsonObject {
  const { chart, number, practice, name, birthDate, gender, assigned } = form
  const before = previous === null ? { ...EMPTY_PATIENT } : patientForm(previous)
  const patient = {
    ...before,
    name,
    birthDate,
    gender,
    recordNumbers: number.trim() === '' ? [] : [{ assigner: practice, value: number }],
  }
  const written = previous === null ? newPatient(patient) : changedPatient(previous, patient)
  const others = objectsAt(written, 'identifier').filter(({ system }) => system !== CARE_SYSTEMS.chart)
  return overlaid(written, {
    identifier: [jsonObject({ system: CARE_SYSTEMS.chart, value: chart }), ...others],
    generalPractitioner:
      assigned === null ? undefined : [jsonObject({ ...memberReference(assigned.id, assigned.name) })],
  })
}
