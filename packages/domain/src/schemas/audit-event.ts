/**
 * AuditEvent: who did what, when. Append-only. Subset of FHIR R4 (https://hl7.org/fhir/R4/auditevent.html); what it says
 * is made and read by builders/audit.ts.
 */
import { Type, type Static } from 'typebox'
import { CodeableConcept, Coding, Instant, Line, RecordBase, Reference } from './data-types.ts'

export const AuditEvent = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('AuditEvent'),
  type: Coding,
  subtype: Type.Optional(Type.Array(Coding)),
  action: Type.Optional(Type.Enum(['C', 'R', 'U', 'D', 'E'])),
  recorded: Instant,
  outcome: Type.Optional(Type.Enum(['0', '4', '8', '12'])),
  purposeOfEvent: Type.Optional(Type.Array(CodeableConcept)),
  agent: Type.Array(
    Type.Object({ who: Type.Optional(Reference), name: Type.Optional(Line), requestor: Type.Boolean() }),
    { minItems: 1 },
  ),
  source: Type.Object({ observer: Reference }),
  entity: Type.Optional(Type.Array(Type.Object({ what: Type.Optional(Reference), name: Type.Optional(Line) }))),
})
export type AuditEvent = Static<typeof AuditEvent>
