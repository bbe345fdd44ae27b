/**
 * FamilyMemberHistory: the illnesses of one relative. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/familymemberhistory.html).
 */
import { Type, type Static } from 'typebox'
import {
  Annotation,
  CodeableConcept,
  DateTime,
  FhirDate,
  Line,
  Quantity,
  RecordBase,
  Reference,
  type Invariant,
} from './data-types.ts'

const RelativeCondition = Type.Object({
  code: CodeableConcept,
  outcome: Type.Optional(CodeableConcept),
  onsetAge: Type.Optional(Quantity),
  onsetString: Type.Optional(Line),
  note: Type.Optional(Type.Array(Annotation)),
})

export const FamilyMemberHistory = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('FamilyMemberHistory'),
  status: Type.Enum(['partial', 'completed', 'entered-in-error', 'health-unknown']),
  patient: Reference,
  date: Type.Optional(DateTime),
  name: Type.Optional(Line),
  relationship: CodeableConcept,
  sex: Type.Optional(CodeableConcept),
  bornDate: Type.Optional(FhirDate),
  bornString: Type.Optional(Line),
  deceasedBoolean: Type.Optional(Type.Boolean()),
  deceasedAge: Type.Optional(Quantity),
  deceasedDate: Type.Optional(FhirDate),
  deceasedString: Type.Optional(Line),
  note: Type.Optional(Type.Array(Annotation)),
  condition: Type.Optional(Type.Array(RelativeCondition)),
})
export type FamilyMemberHistory = Static<typeof FamilyMemberHistory>

/** fhs-1: an age or a birth, not both. */
export const FAMILY_INVARIANTS: readonly Invariant[] = [
  {
    path: 'born[x]',
    key: 'fhs-1',
    holds: (relative) => {
      const elements = Object.keys(relative)
      return !(elements.some((name) => /^age[A-Z]/.test(name)) && elements.some((name) => /^born[A-Z]/.test(name)))
    },
  },
]
