/**
 * DocumentReference: a document and the files it consists of. R4's `attachment.hash` is SHA-1, so ours is in an
 * extension. Subset of FHIR R4 (https://hl7.org/fhir/R4/documentreference.html).
 */
import { Type, type Static } from 'typebox'
import { CodeableConcept, Count, Instant, Line, Period, RecordBase, Reference, Text } from './data-types.ts'

const Attachment = Type.Refine(
  Type.Object({
    contentType: Type.Optional(
      Type.Refine(
        Line,
        (text: string) => /^[\w.+-]+\/[\w.+-]+(?:;.*)?$/.test(text),
        () => 'content-type',
      ),
    ),
    title: Type.Optional(Line),
    url: Type.Optional(Line),
    data: Type.Optional(Type.String()),
    size: Type.Optional(Count),
  }),
  (attachment) => 'url' in attachment || 'data' in attachment,
  () => 'file-required',
)

export const DocumentReference = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('DocumentReference'),
  status: Type.Enum(['current', 'superseded', 'entered-in-error']),
  docStatus: Type.Optional(Type.Enum(['preliminary', 'final', 'amended', 'entered-in-error'])),
  type: Type.Optional(CodeableConcept),
  category: Type.Optional(Type.Array(CodeableConcept)),
  subject: Type.Optional(Reference),
  date: Type.Optional(Instant),
  author: Type.Optional(Type.Array(Reference)),
  description: Type.Optional(Text),
  relatesTo: Type.Optional(
    Type.Array(Type.Object({ code: Type.Enum(['replaces', 'transforms', 'signs', 'appends']), target: Reference })),
  ),
  context: Type.Optional(Type.Object({ period: Type.Optional(Period), related: Type.Optional(Type.Array(Reference)) })),
  content: Type.Array(Type.Object({ attachment: Attachment }), { minItems: 1 }),
})
export type DocumentReference = Static<typeof DocumentReference>
