/**
 * MedicationAdministration: one dose, taken or skipped. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/medicationadministration.html) with its invariant mad-1.
 */
import { Type, type Static } from 'typebox'
import { objectAt } from '../elements/elements.ts'
import {
  Annotation,
  CodeableConcept,
  DateTime,
  Period,
  Quantity,
  RecordBase,
  Reference,
  Text,
  type Invariant,
} from './data-types.ts'

export const MedicationAdministration = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('MedicationAdministration'),
  status: Type.Enum(['in-progress', 'not-done', 'on-hold', 'completed', 'entered-in-error', 'stopped', 'unknown']),
  statusReason: Type.Optional(Type.Array(CodeableConcept)),
  medicationCodeableConcept: Type.Optional(CodeableConcept),
  medicationReference: Type.Optional(Reference),
  subject: Reference,
  supportingInformation: Type.Optional(Type.Array(Reference)),
  effectiveDateTime: Type.Optional(DateTime),
  effectivePeriod: Type.Optional(Period),
  request: Type.Optional(Reference),
  note: Type.Optional(Type.Array(Annotation)),
  dosage: Type.Optional(
    Type.Object({
      text: Type.Optional(Text),
      route: Type.Optional(CodeableConcept),
      dose: Type.Optional(Quantity),
    }),
  ),
})
export type MedicationAdministration = Static<typeof MedicationAdministration>

/** The medicine and the time are required; mad-1: a dosage says a dose or a rate. */
export const DOSE_INVARIANTS: readonly Invariant[] = [
  {
    path: 'medicationCodeableConcept',
    key: 'required',
    holds: (dose) => 'medicationCodeableConcept' in dose || 'medicationReference' in dose,
  },
  {
    path: 'effectiveDateTime',
    key: 'required',
    holds: (dose) => 'effectiveDateTime' in dose || 'effectivePeriod' in dose,
  },
  {
    path: 'dosage',
    key: 'mad-1',
    holds: (dose) => {
      const dosage = objectAt(dose, 'dosage')
      return dosage === null || ['dose', 'rateRatio', 'rateQuantity'].some((element) => element in dosage)
    },
  },
]
