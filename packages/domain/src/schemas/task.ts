/**
 * Task: something that somebody is to do about a record, or what was done about it. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/task.html) for the tasks of {@link CARE_TASKS}.
 */
import { Type, type Static } from 'typebox'
import { CodeableConcept, DateTime, Line, Period, RecordBase, Reference, Text } from './data-types.ts'

const Parameter = Type.Object({
  type: CodeableConcept,
  valueString: Type.Optional(Text),
  valueDateTime: Type.Optional(DateTime),
  valueReference: Type.Optional(Reference),
})

export const Task = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Task'),
  status: Type.Enum([
    'draft',
    'requested',
    'received',
    'accepted',
    'rejected',
    'ready',
    'cancelled',
    'in-progress',
    'on-hold',
    'failed',
    'completed',
    'entered-in-error',
  ]),
  statusReason: Type.Optional(CodeableConcept),
  intent: Line,
  code: Type.Optional(CodeableConcept),
  focus: Type.Optional(Reference),
  for: Type.Optional(Reference),
  executionPeriod: Type.Optional(Period),
  authoredOn: Type.Optional(DateTime),
  requester: Type.Optional(Reference),
  owner: Type.Optional(Reference),
  restriction: Type.Optional(Type.Object({ period: Type.Optional(Period) })),
  input: Type.Optional(Type.Array(Parameter)),
  output: Type.Optional(Type.Array(Parameter)),
})
export type Task = Static<typeof Task>
