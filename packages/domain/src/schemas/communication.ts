/**
 * Communication: a message of a thread, a file that goes with one, or what a reader says of messages: arrived, read, needs no answer. Subset of
 * FHIR R4 (https://hl7.org/fhir/R4/communication.html).
 */
import { Type, type Static } from 'typebox'
import { objectsAt, stringAt } from '../elements/elements.ts'
import {
  CodeableConcept,
  Count,
  Extension,
  Instant,
  Line,
  LogicalReference,
  RecordBase,
  Text,
  type Invariant,
} from './data-types.ts'

const Attachment = Type.Object({
  contentType: Type.Optional(Line),
  title: Type.Optional(Line),
  size: Type.Optional(Count),
  url: Type.Optional(Line),
  data: Type.Optional(Type.String()),
})

export const Communication = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Communication'),
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
  category: Type.Optional(Type.Array(CodeableConcept)),
  topic: Type.Optional(CodeableConcept),
  subject: Type.Optional(LogicalReference),
  partOf: Type.Optional(Type.Array(LogicalReference)),
  inResponseTo: Type.Optional(Type.Array(LogicalReference)),
  sender: Type.Optional(LogicalReference),
  recipient: Type.Optional(Type.Array(LogicalReference)),
  sent: Type.Optional(Instant),
  payload: Type.Optional(
    Type.Array(Type.Object({ contentString: Type.Optional(Text), contentAttachment: Type.Optional(Attachment) }), {
      minItems: 1,
    }),
  ),
  extension: Type.Optional(Type.Array(Extension)),
})
export type Communication = Static<typeof Communication>

/** What belongs to a thread of ours says something, or says of which messages it speaks. */
export const COMMUNICATION_INVARIANTS: readonly Invariant[] = [
  {
    path: 'payload',
    key: 'required',
    holds: (communication) =>
      stringAt(communication, 'category', 'coding', 'system') !== 'urn:chartkeep:communication' ||
      objectsAt(communication, 'payload').length > 0 ||
      objectsAt(communication, 'inResponseTo').length > 0,
  },
]
