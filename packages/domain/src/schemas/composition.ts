/** Composition: a note in sections, or an addendum to one. Subset of FHIR R4 (https://hl7.org/fhir/R4/composition.html). */
import { Type, type Static } from 'typebox'
import { CodeableConcept, Instant, Line, LogicalReference, RecordBase } from './data-types.ts'

/** XHTML in a div, as FHIR asks for (https://hl7.org/fhir/R4/narrative.html). */
export const Narrative = Type.Object({
  status: Type.Enum(['generated', 'extensions', 'additional', 'empty']),
  div: Type.String({ minLength: 1, maxLength: 200_000 }),
})

export const Composition = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Composition'),
  status: Type.Enum(['preliminary', 'final', 'amended', 'entered-in-error']),
  type: CodeableConcept,
  subject: LogicalReference,
  encounter: Type.Optional(LogicalReference),
  date: Instant,
  author: Type.Array(LogicalReference, { minItems: 1 }),
  title: Line,
  relatesTo: Type.Optional(
    Type.Array(
      Type.Object({
        code: Type.Enum(['replaces', 'transforms', 'signs', 'appends']),
        targetReference: Type.Optional(LogicalReference),
      }),
    ),
  ),
  section: Type.Optional(
    Type.Array(
      Type.Object({
        title: Type.Optional(Line),
        code: Type.Optional(CodeableConcept),
        text: Type.Optional(Narrative),
      }),
    ),
  ),
})
export type Composition = Static<typeof Composition>
