/**
 * Observation: one thing measured or noticed about a person at one time; a laboratory result or a vital sign. Subset of
 * FHIR R4 (https://hl7.org/fhir/R4/observation.html) with its invariants obs-3, obs-6 and obs-7.
 */
import { Type, type Static } from 'typebox'
import type { JsonObject } from '../elements/json.ts'
import {
  Annotation,
  CodeableConcept,
  DateTime,
  Decimal,
  Instant,
  Line,
  Quantity,
  Range,
  Ratio,
  RecordBase,
  Reference,
  type Invariant,
} from './data-types.ts'

const ReferenceRange = Type.Refine(
  Type.Object({ low: Type.Optional(Quantity), high: Type.Optional(Quantity), text: Type.Optional(Line) }),
  (range) => 'low' in range || 'high' in range || 'text' in range,
  () => 'obs-3',
)

const Value = {
  valueQuantity: Type.Optional(Quantity),
  valueRange: Type.Optional(Range),
  valueRatio: Type.Optional(Ratio),
  valueInteger: Type.Optional(Decimal),
  valueDateTime: Type.Optional(DateTime),
  valueString: Type.Optional(Line),
  valueCodeableConcept: Type.Optional(CodeableConcept),
  dataAbsentReason: Type.Optional(CodeableConcept),
  interpretation: Type.Optional(Type.Array(CodeableConcept)),
  referenceRange: Type.Optional(Type.Array(ReferenceRange)),
}

export const Observation = Type.Object({
  ...RecordBase,
  ...Value,
  resourceType: Type.Literal('Observation'),
  status: Type.Enum([
    'registered',
    'preliminary',
    'final',
    'amended',
    'corrected',
    'cancelled',
    'entered-in-error',
    'unknown',
  ]),
  category: Type.Array(CodeableConcept, { minItems: 1 }),
  code: CodeableConcept,
  subject: Reference,
  effectiveDateTime: Type.Optional(DateTime),
  issued: Type.Optional(Instant),
  performer: Type.Optional(Type.Array(Reference)),
  note: Type.Optional(Type.Array(Annotation)),
  component: Type.Optional(Type.Array(Type.Object({ code: CodeableConcept, ...Value }))),
})
export type Observation = Static<typeof Observation>

/** obs-6: a reason for absence only where there is no value. One value at most; and something must be said at all. */
export const OBSERVATION_INVARIANTS: readonly Invariant[] = [
  { path: 'value[x]', key: 'one-value', holds: (observation) => valuesIn(observation) <= 1 },
  {
    path: 'dataAbsentReason',
    key: 'obs-6',
    holds: (observation) => !('dataAbsentReason' in observation && valuesIn(observation) > 0),
  },
  {
    path: 'value[x]',
    key: 'required',
    holds: (observation) =>
      ['dataAbsentReason', 'component', 'hasMember', 'note'].some((element) => element in observation) ||
      valuesIn(observation) > 0,
  },
]

function valuesIn(observation: JsonObject): number {
  return Object.keys(observation).filter((key) => /^value[A-Z]/.test(key)).length
}
