/**
 * Appointment: a visit that is planned, took place or did not. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/appointment.html) with its invariants app-2, app-3 and app-4.
 */
import { Type, type Static } from 'typebox'
import { stringAt } from '../elements/elements.ts'
import {
  CodeableConcept,
  DateTime,
  Instant,
  Line,
  Period,
  PositiveInteger,
  RecordBase,
  Reference,
  Text,
  type Invariant,
} from './data-types.ts'

const Participant = Type.Refine(
  Type.Object({
    type: Type.Optional(Type.Array(CodeableConcept)),
    actor: Type.Optional(Type.Object({ ...Reference.properties, type: Type.Optional(Line) })),
    status: Type.Enum(['accepted', 'declined', 'tentative', 'needs-action']),
  }),
  (participant) => 'type' in participant || 'actor' in participant,
  () => 'required',
)

export const Appointment = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Appointment'),
  status: Type.Enum([
    'proposed',
    'pending',
    'booked',
    'arrived',
    'fulfilled',
    'cancelled',
    'noshow',
    'entered-in-error',
    'checked-in',
    'waitlist',
  ]),
  cancelationReason: Type.Optional(CodeableConcept),
  reasonCode: Type.Optional(Type.Array(CodeableConcept)),
  description: Type.Optional(Line),
  start: Type.Optional(Instant),
  end: Type.Optional(Instant),
  minutesDuration: Type.Optional(PositiveInteger),
  created: Type.Optional(DateTime),
  comment: Type.Optional(Text),
  patientInstruction: Type.Optional(Text),
  participant: Type.Array(Participant, { minItems: 1 }),
  requestedPeriod: Type.Optional(Type.Array(Period)),
})
export type Appointment = Static<typeof Appointment>

const WITHOUT_TIME = new Set(['proposed', 'cancelled', 'waitlist'])
const NOT_HELD = new Set(['cancelled', 'noshow'])

/** Start and end together, both unless it is only asked for, and a reason for cancelling only of what was cancelled. */
export const APPOINTMENT_INVARIANTS: readonly Invariant[] = [
  { path: 'end', key: 'app-2', holds: (appointment) => 'start' in appointment === 'end' in appointment },
  {
    path: 'start',
    key: 'app-3',
    holds: (appointment) =>
      ('start' in appointment && 'end' in appointment) || WITHOUT_TIME.has(stringAt(appointment, 'status')),
  },
  {
    path: 'cancelationReason',
    key: 'app-4',
    holds: (appointment) => !('cancelationReason' in appointment) || NOT_HELD.has(stringAt(appointment, 'status')),
  },
]
