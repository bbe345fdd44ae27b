/** What a record is: FHIR subsets, collections, descriptors, values, dates, forms and merge rules. No input or output. */
export * from './builders/allergy.ts'
export * from './builders/appointment.ts'
export * from './builders/audit.ts'
export * from './builders/condition.ts'
export * from './builders/document.ts'
export * from './builders/dose.ts'
export { type CodeChoice, typedNumber } from './builders/elements-written.ts'
export * from './builders/emergency-card.ts'
export * from './builders/family.ts'
export * from './builders/immunization.ts'
export {
  changedMedication,
  DAYS_OF_WEEK,
  type DayOfWeek,
  EMPTY_MEDICATION,
  medicationForm,
  newMedication,
  type MedicationForm,
} from './builders/medication.ts'
export * from './builders/none-stated.ts'
export * from './builders/observation.ts'
export * from './builders/patient.ts'
export * from './builders/procedure.ts'
export * from './builders/status-change.ts'
export * from './collections.ts'
export * from './dates.ts'
export * from './descriptor.ts'
export * from './dosage.ts'
export * from './dose-plan.ts'
export * from './due.ts'
export { type RecordStatus } from './record-status.ts'
export { noneStated, personName, type RecordCode } from './record-title.ts'
export * from './elements.ts'
export * from './import-identity.ts'
export * from './inline-data.ts'
export * from './json.ts'
export * from './merge.ts'
export { quantityText, type Comparator } from './quantity.ts'
export { type Flag, type Flagged, type RangeView } from './reference-range.ts'
export * from './references.ts'
export * from './schemas/check.ts'
export * from './subject.ts'
export { tagsOf } from './tags.ts'
export * from './moved-away.ts'
export * from './trash.ts'
export * from './values.ts'
