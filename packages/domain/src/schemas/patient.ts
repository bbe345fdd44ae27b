/**
 * Patient: the person whose chart it is. The subset of FHIR R4 Patient that the app writes
 * (https://hl7.org/fhir/R4/patient.html); other elements are kept.
 */
import { Type, type Static } from 'typebox'
import {
  CodeableConcept,
  ContactPoint,
  DateTime,
  FhirDate,
  HumanName,
  Identifier,
  Line,
  RecordBase,
} from './data-types.ts'

const Contact = Type.Refine(
  Type.Object({
    relationship: Type.Optional(Type.Array(CodeableConcept)),
    name: Type.Optional(HumanName),
    telecom: Type.Optional(Type.Array(ContactPoint)),
  }),
  (contact) => ['name', 'telecom', 'address', 'organization'].some((element) => element in contact),
  () => 'pat-1',
)

export const Patient = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Patient'),
  active: Type.Optional(Type.Boolean()),
  identifier: Type.Optional(Type.Array(Identifier)),
  name: Type.Array(HumanName, { minItems: 1 }),
  telecom: Type.Optional(Type.Array(ContactPoint)),
  gender: Type.Optional(Type.Enum(['male', 'female', 'other', 'unknown'])),
  birthDate: Type.Optional(FhirDate),
  deceasedDateTime: Type.Optional(DateTime),
  contact: Type.Optional(Type.Array(Contact)),
  communication: Type.Optional(
    Type.Array(Type.Object({ language: CodeableConcept, preferred: Type.Optional(Type.Boolean()) })),
  ),
  generalPractitioner: Type.Optional(Type.Array(Type.Object({ display: Type.Optional(Line) }))),
})
export type Patient = Static<typeof Patient>
