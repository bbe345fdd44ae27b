/**
 * Immunization: a vaccine given, or not given with its reason. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/immunization.html).
 */
import { Type, type Static } from 'typebox'
import {
  Annotation,
  CodeableConcept,
  DateTime,
  FhirDate,
  Line,
  PositiveInteger,
  RecordBase,
  Reference,
  type Invariant,
} from './data-types.ts'

export const Immunization = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Immunization'),
  status: Type.Enum(['completed', 'entered-in-error', 'not-done']),
  statusReason: Type.Optional(CodeableConcept),
  vaccineCode: CodeableConcept,
  patient: Reference,
  occurrenceDateTime: Type.Optional(DateTime),
  occurrenceString: Type.Optional(Line),
  lotNumber: Type.Optional(Line),
  expirationDate: Type.Optional(FhirDate),
  site: Type.Optional(CodeableConcept),
  performer: Type.Optional(Type.Array(Type.Object({ actor: Reference }))),
  protocolApplied: Type.Optional(
    Type.Array(
      Type.Object({
        doseNumberPositiveInt: Type.Optional(PositiveInteger),
        doseNumberString: Type.Optional(Line),
      }),
    ),
  ),
  note: Type.Optional(Type.Array(Annotation)),
})
export type Immunization = Static<typeof Immunization>

/** When it was given must be said, in any precision or in words. */
export const IMMUNIZATION_INVARIANTS: readonly Invariant[] = [
  {
    path: 'occurrenceDateTime',
    key: 'required',
    holds: (immunization) => 'occurrenceDateTime' in immunization || 'occurrenceString' in immunization,
  },
]
