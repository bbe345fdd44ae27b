/**
 * The types of records that this program knows, one object each. Whatever is told by type goes by this list: a type that is not in it is kept, shown by
 * what most types have, and written by nobody here.
 */
import { allergyIntoleranceType } from './allergy-intolerance.ts'
import { appointmentType } from './appointment.ts'
import { appointmentResponseType } from './appointment-response.ts'
import { auditEventType } from './audit-event.ts'
import { basicType } from './basic.ts'
import { carePlanType } from './care-plan.ts'
import { communicationType } from './communication.ts'
import { compositionType } from './composition.ts'
import { conditionType } from './condition.ts'
import { diagnosticReportType } from './diagnostic-report.ts'
import { documentReferenceType } from './document-reference.ts'
import { encounterType } from './encounter.ts'
import { familyMemberHistoryType } from './family-member-history.ts'
import { immunizationType } from './immunization.ts'
import { medicationAdministrationType } from './medication-administration.ts'
import { medicationRequestType } from './medication-request.ts'
import { medicationStatementType } from './medication-statement.ts'
import { observationType } from './observation.ts'
import { patientType } from './patient.ts'
import { procedureType } from './procedure.ts'
import { relatedPersonType } from './related-person.ts'
import { scheduleType } from './schedule.ts'
import { slotType } from './slot.ts'
import { taskType } from './task.ts'
import { READ_TYPES, type ReadTypeName, readType } from './read-types.ts'
import type { AnyForm, RecordType } from './record-type.ts'

/** The types that the app writes or has a page for. */
const TYPES = {
  AllergyIntolerance: allergyIntoleranceType,
  Appointment: appointmentType,
  AppointmentResponse: appointmentResponseType,
  AuditEvent: auditEventType,
  Basic: basicType,
  CarePlan: carePlanType,
  Communication: communicationType,
  Composition: compositionType,
  Condition: conditionType,
  DiagnosticReport: diagnosticReportType,
  DocumentReference: documentReferenceType,
  Encounter: encounterType,
  FamilyMemberHistory: familyMemberHistoryType,
  Immunization: immunizationType,
  MedicationAdministration: medicationAdministrationType,
  MedicationRequest: medicationRequestType,
  MedicationStatement: medicationStatementType,
  Observation: observationType,
  Patient: patientType,
  Procedure: procedureType,
  RelatedPerson: relatedPersonType,
  Schedule: scheduleType,
  Slot: slotType,
  Task: taskType,
}

/** Name of a type with an object of its own, or one that is only read. */
export type RecordTypeName = keyof typeof TYPES | ReadTypeName

/** Every type by its name: each has every part, under its own name. */
export const RECORD_TYPES = { ...READ_TYPES, ...TYPES } satisfies {
  [Name in RecordTypeName]: RecordType<Name, AnyForm | null>
}

/** All of them. */
export const ALL_TYPES: readonly RecordType[] = Object.values(RECORD_TYPES)

/** What goes for a type that is not in the list. */
const UNKNOWN: RecordType = readType('', {})

/** The parts of a type, whatever its name is. */
export function partsOf(type: string): RecordType {
  return Object.hasOwn(RECORD_TYPES, type) ? RECORD_TYPES[type as RecordTypeName] : UNKNOWN
}
