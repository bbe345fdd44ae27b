/**
 * AllergyIntolerance: a substance that harms the person. `criticality` is the risk of the next reaction, `severity` how
 * bad each past one was; the two are never mixed. Subset of FHIR R4 (https://hl7.org/fhir/R4/allergyintolerance.html).
 */
import { Type, type Static } from 'typebox'
import { stringAt } from '../elements/elements.ts'
import { Annotation, CodeableConcept, DateTime, RecordBase, Reference, type Invariant } from './data-types.ts'

const Reaction = Type.Object({
  substance: Type.Optional(CodeableConcept),
  manifestation: Type.Array(CodeableConcept, { minItems: 1 }),
  severity: Type.Optional(Type.Enum(['mild', 'moderate', 'severe'])),
  onset: Type.Optional(DateTime),
  note: Type.Optional(Type.Array(Annotation)),
})

export const AllergyIntolerance = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('AllergyIntolerance'),
  clinicalStatus: Type.Optional(CodeableConcept),
  verificationStatus: Type.Optional(CodeableConcept),
  type: Type.Optional(Type.Enum(['allergy', 'intolerance'])),
  category: Type.Optional(Type.Array(Type.Enum(['food', 'medication', 'environment', 'biologic']))),
  criticality: Type.Optional(Type.Enum(['low', 'high', 'unable-to-assess'])),
  /** The substance, or the statement that none is known. */
  code: CodeableConcept,
  patient: Reference,
  onsetDateTime: Type.Optional(DateTime),
  recordedDate: Type.Optional(DateTime),
  note: Type.Optional(Type.Array(Annotation)),
  reaction: Type.Optional(Type.Array(Reaction)),
})
export type AllergyIntolerance = Static<typeof AllergyIntolerance>

/** ait-1 and ait-2: a clinical status, exactly unless the record was entered in error. */
export const ALLERGY_INVARIANTS: readonly Invariant[] = [
  { path: 'clinicalStatus', key: 'ait-1', holds: (allergy) => 'clinicalStatus' in allergy || isError(allergy) },
  { path: 'clinicalStatus', key: 'ait-2', holds: (allergy) => !('clinicalStatus' in allergy && isError(allergy)) },
]

function isError(allergy: unknown): boolean {
  return stringAt(allergy, 'verificationStatus', 'coding', 'code') === 'entered-in-error'
}
