/**
 * CarePlan: what is to be done for the person, with its goals and steps. Subset of FHIR R4 (https://hl7.org/fhir/R4/careplan.html).
 * Goals are contained, so that one version of the plan holds all that is approved and acknowledged.
 */
import { Type, type Static } from 'typebox'
import { Annotation, CodeableConcept, DateTime, Line, Period, RecordBase, Reference, Text } from './data-types.ts'

/** Goal, inside a plan (https://hl7.org/fhir/R4/goal.html). */
export const Goal = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Goal'),
  lifecycleStatus: Type.Enum([
    'proposed',
    'planned',
    'accepted',
    'active',
    'on-hold',
    'completed',
    'cancelled',
    'entered-in-error',
    'rejected',
  ]),
  description: CodeableConcept,
  subject: Reference,
})

const Step = Type.Object({
  detail: Type.Optional(
    Type.Object({
      status: Type.Enum([
        'not-started',
        'scheduled',
        'in-progress',
        'on-hold',
        'completed',
        'cancelled',
        'stopped',
        'unknown',
        'entered-in-error',
      ]),
      description: Type.Optional(Line),
      scheduledString: Type.Optional(Line),
    }),
  ),
})

export const CarePlan = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('CarePlan'),
  contained: Type.Optional(Type.Array(Type.Object({ resourceType: Line }))),
  status: Type.Enum(['draft', 'active', 'on-hold', 'revoked', 'completed', 'entered-in-error', 'unknown']),
  intent: Type.Enum(['proposal', 'plan', 'order', 'option']),
  title: Line,
  description: Type.Optional(Text),
  subject: Reference,
  period: Type.Optional(Period),
  created: Type.Optional(DateTime),
  author: Type.Optional(Reference),
  goal: Type.Optional(Type.Array(Reference)),
  activity: Type.Optional(Type.Array(Step)),
  note: Type.Optional(Type.Array(Annotation)),
})
export type CarePlan = Static<typeof CarePlan>
