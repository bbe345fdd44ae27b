/** Procedure: something done to or for the person. Subset of FHIR R4 (https://hl7.org/fhir/R4/procedure.html). */
import { Type, type Static } from 'typebox'
import { Annotation, CodeableConcept, DateTime, Period, RecordBase, Reference } from './data-types.ts'

export const Procedure = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Procedure'),
  status: Type.Enum([
    'preparation',
    'in-progress',
    'not-done',
    'on-hold',
    'stopped',
    'completed',
    'entered-in-error',
    'unknown',
  ]),
  statusReason: Type.Optional(CodeableConcept),
  code: CodeableConcept,
  subject: Reference,
  performedDateTime: Type.Optional(DateTime),
  performedPeriod: Type.Optional(Period),
  performer: Type.Optional(Type.Array(Type.Object({ actor: Reference }))),
  location: Type.Optional(Reference),
  reasonCode: Type.Optional(Type.Array(CodeableConcept)),
  bodySite: Type.Optional(Type.Array(CodeableConcept)),
  outcome: Type.Optional(CodeableConcept),
  note: Type.Optional(Type.Array(Annotation)),
})
export type Procedure = Static<typeof Procedure>
