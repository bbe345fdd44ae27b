/**
 * DiagnosticReport: results that came together, with the laboratory's conclusion. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/diagnosticreport.html).
 */
import { Type, type Static } from 'typebox'
import { CodeableConcept, DateTime, Instant, RecordBase, Reference, Text } from './data-types.ts'

export const DiagnosticReport = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('DiagnosticReport'),
  status: Type.Enum([
    'registered',
    'partial',
    'preliminary',
    'final',
    'amended',
    'corrected',
    'appended',
    'cancelled',
    'entered-in-error',
    'unknown',
  ]),
  category: Type.Array(CodeableConcept, { minItems: 1 }),
  code: CodeableConcept,
  subject: Reference,
  effectiveDateTime: Type.Optional(DateTime),
  issued: Type.Optional(Instant),
  performer: Type.Optional(Type.Array(Reference)),
  result: Type.Array(Reference, { minItems: 1 }),
  conclusion: Type.Optional(Text),
})
export type DiagnosticReport = Static<typeof DiagnosticReport>
