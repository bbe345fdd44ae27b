/**
 * Observation: one thing measured or noticed about a person at one time; a laboratory result or a vital sign. Subset of
 * FHIR R4 (https://hl7.org/fhir/R4/observation.html) with its invariants obs-3, obs-6 and obs-7.
 */
import { Type, type Static } from 'typebox'
import { isJsonObject } from '../json.ts'
import {
  Annotation,
  CodeableConcept,
  DateTime,
  Instant,
  Line,
  Quantity,
  Range,
  Ratio,
  RecordBase,
  Reference,
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
  valueString: Type.Optional(Line),
  valueCodeableConcept: Type.Optional(CodeableConcept),
  dataAbsentReason: Type.Optional(CodeableConcept),
  interpretation: Type.Optional(Type.Array(CodeableConcept)),
  referenceRange: Type.Optional(Type.Array(ReferenceRange)),
}

const Elements = Type.Object({
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

/** obs-6: a reason for absence only where there is no value; one value; and something must be said at all. */
export const Observation = Type.Refine(
  Type.Refine(
    Type.Refine(
      Elements,
      (observation) => valuesIn(observation) <= 1,
      () => 'one-value',
    ),
    (observation) => !('dataAbsentReason' in observation && valuesIn(observation) > 0),
    () => 'obs-6',
  ),
  (observation) =>
    ['dataAbsentReason', 'component', 'hasMember', 'note'].some((element) => element in observation) ||
    valuesIn(observation) > 0,
  () => 'value-required',
)
export type Observation = Static<typeof Elements>

function valuesIn(observation: unknown): number {
  return isJsonObject(observation) ? Object.keys(observation).filter((key) => /^value[A-Z]/.test(key)).length : 0
}
