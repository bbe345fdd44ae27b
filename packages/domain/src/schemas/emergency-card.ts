/**
 * What an emergency card shows, by the choice of its owner: a Basic (https://hl7.org/fhir/R4/basic.html) with one extension. Made and read by
 * builders/emergency-card.ts; it names what is shown and holds no value of its own.
 */
import { Type, type Static } from 'typebox'
import { CodeableConcept, FhirDate, Line, RecordBase } from './data-types.ts'

export const EmergencyCard = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('Basic'),
  code: CodeableConcept,
  created: Type.Optional(FhirDate),
  extension: Type.Array(
    Type.Object({
      url: Type.String(),
      extension: Type.Optional(Type.Array(Type.Object({ url: Type.String(), valueString: Type.Optional(Line) }))),
    }),
    { minItems: 1 },
  ),
})
export type EmergencyCard = Static<typeof EmergencyCard>
