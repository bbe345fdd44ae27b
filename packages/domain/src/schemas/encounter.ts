/** Encounter: one visit, stay or call. Subset of FHIR R4 (https://hl7.org/fhir/R4/encounter.html). */
import { Type, type Static } from 'typebox'
import { stringAt } from '../elements/elements.ts'
import {
  CodeableConcept,
  Coding,
  Extension,
  Identifier,
  LogicalReference,
  Period,
  RecordBase,
  type Invariant,
} from './data-types.ts'

export const Encounter = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Encounter'),
  identifier: Type.Optional(Type.Array(Identifier)),
  status: Type.Enum([
    'planned',
    'arrived',
    'triaged',
    'in-progress',
    'onleave',
    'finished',
    'cancelled',
    'entered-in-error',
    'unknown',
  ]),
  class: Coding,
  serviceType: Type.Optional(CodeableConcept),
  subject: LogicalReference,
  participant: Type.Optional(Type.Array(Type.Object({ individual: Type.Optional(LogicalReference) }))),
  period: Period,
  reasonCode: Type.Optional(Type.Array(CodeableConcept)),
  extension: Type.Optional(Type.Array(Extension)),
})
export type Encounter = Static<typeof Encounter>

/** A visit has begun at some time. */
export const ENCOUNTER_INVARIANTS: readonly Invariant[] = [
  { path: 'period.start', key: 'required', holds: (encounter) => stringAt(encounter, 'period', 'start') !== '' },
]
