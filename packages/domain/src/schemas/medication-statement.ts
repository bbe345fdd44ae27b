/**
 * MedicationStatement: what the person takes or took, as they say it. Subset of FHIR R4
 * (https://hl7.org/fhir/R4/medicationstatement.html).
 */
import { Type, type Static } from 'typebox'
import {
  Annotation,
  CodeableConcept,
  DateTime,
  Decimal,
  Line,
  Period,
  Quantity,
  RecordBase,
  Reference,
  Text,
  Time,
  type Invariant,
} from './data-types.ts'

const Dosage = Type.Object({
  text: Type.Optional(Text),
  patientInstruction: Type.Optional(Text),
  timing: Type.Optional(
    Type.Object({
      code: Type.Optional(CodeableConcept),
      repeat: Type.Optional(
        Type.Object({
          frequency: Type.Optional(Decimal),
          period: Type.Optional(Decimal),
          periodUnit: Type.Optional(Type.Enum(['s', 'min', 'h', 'd', 'wk', 'mo', 'a'])),
          dayOfWeek: Type.Optional(Type.Array(Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))),
          timeOfDay: Type.Optional(Type.Array(Time)),
        }),
      ),
    }),
  ),
  asNeededBoolean: Type.Optional(Type.Boolean()),
  route: Type.Optional(CodeableConcept),
  doseAndRate: Type.Optional(Type.Array(Type.Object({ doseQuantity: Type.Optional(Quantity) }))),
})

export const MedicationStatement = Type.Object({
  ...RecordBase,
  resourceType: Type.Literal('MedicationStatement'),
  status: Type.Enum([
    'active',
    'completed',
    'entered-in-error',
    'intended',
    'stopped',
    'on-hold',
    'unknown',
    'not-taken',
  ]),
  medicationCodeableConcept: Type.Optional(CodeableConcept),
  medicationReference: Type.Optional(Type.Object({ reference: Type.Optional(Line), display: Type.Optional(Line) })),
  subject: Reference,
  effectiveDateTime: Type.Optional(DateTime),
  effectivePeriod: Type.Optional(Period),
  dateAsserted: Type.Optional(DateTime),
  reasonCode: Type.Optional(Type.Array(CodeableConcept)),
  note: Type.Optional(Type.Array(Annotation)),
  dosage: Type.Optional(Type.Array(Dosage)),
})
export type MedicationStatement = Static<typeof MedicationStatement>

/** The medicine itself is required, coded, referred to or in words. */
export const MEDICATION_INVARIANTS: readonly Invariant[] = [
  {
    path: 'medicationCodeableConcept',
    key: 'required',
    holds: (statement) => 'medicationCodeableConcept' in statement || 'medicationReference' in statement,
  },
]
