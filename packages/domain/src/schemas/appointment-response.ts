/**
 * AppointmentResponse: what one side says to a record of the other about an appointment: declined by the practice, cancelled by the patient.
 * Subset of FHIR R4 (https://hl7.org/fhir/R4/appointmentresponse.html) with its invariant apr-1.
 */
import { Type, type Static } from 'typebox'
import { Extension, Instant, LogicalReference, RecordBase, Text, type Invariant } from './data-types.ts'

export const AppointmentResponse = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('AppointmentResponse'),
  appointment: LogicalReference,
  start: Type.Optional(Instant),
  end: Type.Optional(Instant),
  actor: Type.Optional(LogicalReference),
  participantStatus: Type.Enum([
    'accepted',
    'declined',
    'tentative',
    'in-process',
    'completed',
    'needs-action',
    'entered-in-error',
  ]),
  comment: Type.Optional(Text),
  extension: Type.Optional(Type.Array(Extension)),
})
export type AppointmentResponse = Static<typeof AppointmentResponse>

export const RESPONSE_INVARIANTS: readonly Invariant[] = [
  { path: 'actor', key: 'apr-1', holds: (response) => 'actor' in response || 'participantType' in response },
]
