/**
 * Schedule and Slot: the hours of a member of a practice, and what differs from them. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/schedule.html, https://hl7.org/fhir/R4/slot.html). R4 has weekly hours for a PractitionerRole only
 * (availableTime), so they are in an extension of the Schedule.
 */
import { Type, type Static } from 'typebox'
import { momentOf } from '../dates/dates.ts'
import { stringAt } from '../elements/elements.ts'
import { Extension, Instant, LogicalReference, RecordBase, Text, type Invariant } from './data-types.ts'

export const Schedule = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Schedule'),
  active: Type.Optional(Type.Boolean()),
  actor: Type.Array(LogicalReference, { minItems: 1 }),
  comment: Type.Optional(Text),
  extension: Type.Optional(Type.Array(Extension)),
})
export type Schedule = Static<typeof Schedule>

export const Slot = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Slot'),
  schedule: LogicalReference,
  status: Type.Enum(['busy', 'free', 'busy-unavailable', 'busy-tentative', 'entered-in-error']),
  start: Instant,
  end: Instant,
  comment: Type.Optional(Text),
})
export type Slot = Static<typeof Slot>

export const SLOT_INVARIANTS: readonly Invariant[] = [
  {
    path: 'end',
    key: 'end-before-start',
    holds: (slot) => !(momentOf(stringAt(slot, 'end')) <= momentOf(stringAt(slot, 'start'))),
  },
]
