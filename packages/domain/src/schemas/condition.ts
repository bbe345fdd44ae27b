/**
 * Condition: a problem, illness or past illness of the person. Subset of FHIR R4 (https://hl7.org/fhir/R4/condition.html)
 * with its invariants con-3, con-4 and con-5.
 */
import { Type, type Static } from 'typebox'
import { hasCode, stringAt } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { Annotation, CodeableConcept, DateTime, Line, RecordBase, Reference, type Invariant } from './data-types.ts'

export const Condition = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Condition'),
  clinicalStatus: Type.Optional(CodeableConcept),
  verificationStatus: Type.Optional(CodeableConcept),
  category: Type.Optional(Type.Array(CodeableConcept)),
  severity: Type.Optional(CodeableConcept),
  /** The illness, or the statement that none is known. */
  code: CodeableConcept,
  bodySite: Type.Optional(Type.Array(CodeableConcept)),
  subject: Reference,
  onsetDateTime: Type.Optional(DateTime),
  onsetString: Type.Optional(Line),
  abatementDateTime: Type.Optional(DateTime),
  abatementString: Type.Optional(Line),
  recordedDate: Type.Optional(DateTime),
  asserter: Type.Optional(Reference),
  note: Type.Optional(Type.Array(Annotation)),
})
export type Condition = Static<typeof Condition>

/** Clinical states that may have an end. */
const ENDED = new Set(['inactive', 'remission', 'resolved'])

/** A clinical status exactly unless entered in error, and an end only of what has ended. */
export const CONDITION_INVARIANTS: readonly Invariant[] = [
  {
    path: 'clinicalStatus',
    key: 'con-3',
    holds: (condition) =>
      'clinicalStatus' in condition || isError(condition) || !hasCode(condition, ['category'], 'problem-list-item'),
  },
  {
    path: 'clinicalStatus',
    key: 'con-4',
    holds: (condition) =>
      !Object.keys(condition).some((element) => /^abatement[A-Z]/.test(element)) ||
      isError(condition) ||
      ENDED.has(stringAt(condition, 'clinicalStatus', 'coding', 'code')),
  },
  {
    path: 'clinicalStatus',
    key: 'con-5',
    holds: (condition) => !('clinicalStatus' in condition && isError(condition)),
  },
]

function isError(condition: JsonObject): boolean {
  return stringAt(condition, 'verificationStatus', 'coding', 'code') === 'entered-in-error'
}
