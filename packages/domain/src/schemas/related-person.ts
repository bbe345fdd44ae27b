/** RelatedPerson: somebody close to the person. Subset of FHIR R4 (https://hl7.org/fhir/R4/relatedperson.html). */
import { Type, type Static } from 'typebox'
import { CodeableConcept, ContactPoint, FhirDate, HumanName, RecordBase, Reference } from './data-types.ts'

export const RelatedPerson = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('RelatedPerson'),
  active: Type.Optional(Type.Boolean()),
  patient: Reference,
  relationship: Type.Optional(Type.Array(CodeableConcept)),
  name: Type.Optional(Type.Array(HumanName)),
  telecom: Type.Optional(Type.Array(ContactPoint)),
  birthDate: Type.Optional(FhirDate),
})
export type RelatedPerson = Static<typeof RelatedPerson>
