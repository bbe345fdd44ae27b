/** The person of the chart (https://hl7.org/fhir/R4/patient.html). */
import { changedPatient, EMPTY_PATIENT, newPatient, patientForm, type PatientForm } from '../builders/patient.ts'
import { stringAt } from '../elements/elements.ts'
import { Patient } from '../schemas/patient.ts'
import { IN_USE, nothing, type RecordForm, recordType } from '../record-type/record-type.ts'
import { personTitle } from '../record-type/title-words.ts'

export const patientType = recordType({
  type: 'Patient',
  list: 'profile',
  schema: { shape: Patient, invariants: [] },
  title: personTitle(),
  code: [],
  date: { elements: ['birthDate'], ends: ['deceasedDateTime'], otherwise: nothing },
  status: IN_USE,
  extent: null,
  value: null,
  detail: (resource) => stringAt(resource, 'gender'),
  search: [],
  disputed: [],
  toldApart: null,
  mayHoldAllergen: false,
  mayBeAmended: false,
  ips: null,
  form: {
    empty: EMPTY_PATIENT,
    read: patientForm,
    make: newPatient,
    change: changedPatient,
    dates: ['birthDate'],
    numbers: {},
    words: null,
  } satisfies RecordForm<PatientForm>,
})
