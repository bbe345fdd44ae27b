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
import { deviceType } from './device.ts'
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
import { objectAt } from '../elements/elements.ts'
import { quantityText } from '../values/quantity.ts'
import { DISPUTED_OF_MEDICINES, MEDICINE, MEDICINE_CODE } from '../record-type/medicine.ts'
import {
  type AnyForm,
  dated,
  EVENT,
  IN_USE,
  nothing,
  ONGOING,
  periodAt,
  recordType,
  type RecordType,
} from '../record-type/record-type.ts'
import { medicineTitle, personTitle, titled } from '../record-type/title-words.ts'

/**
 * Version of what this program judges a record's contents by: which lists may hold it, which action it shows (C14), what is kept by law (N10). What was
 * quarantined by another version is judged again. Raise it with every change of these; a test tells when.
 */
export const RULES_VERSION = 3

type Differing = Partial<Omit<RecordType, 'type' | 'schema' | 'form'>>

/** A type that the app does not write: it says no more than where it differs from one that is not known. */
function readType<const Name extends string>(type: Name, differing: Differing): RecordType<Name, null> {
  return recordType({
    list: 'other',
    title: titled(),
    code: [],
    date: dated(),
    status: ONGOING,
    extent: null,
    value: null,
    detail: nothing,
    search: [],
    disputed: [],
    toldApart: null,
    mayHoldAllergen: false,
    mayBeAmended: false,
    ips: null,
    ...differing,
    type,
    schema: null,
    form: null,
  })
}

const STATELESS = { ...ONGOING, isStated: false }
const BILL: Differing = {
  title: titled(['type'], ['item', 'productOrService']),
  date: dated('billablePeriod', 'created'),
  status: EVENT,
  detail: (resource) => quantityText(objectAt(resource, 'total', 'amount') ?? objectAt(resource, 'total')),
}

/** Types that others write and the app only keeps and shows. */
const READ_TYPES = {
  Binary: readType('Binary', { status: STATELESS }),
  Bundle: readType('Bundle', { status: STATELESS }),
  CareTeam: readType('CareTeam', {
    list: 'care-team',
    title: titled(['name'], ['category'], ['reasonCode'], ['participant', 'role']),
    extent: periodAt('period'),
  }),
  Claim: readType('Claim', BILL),
  Consent: readType('Consent', { title: titled(['scope'], ['category']), date: dated('dateTime') }),
  Coverage: readType('Coverage', {
    title: titled(['type'], ['payor', 'display'], ['class', 'name']),
    date: dated('period'),
    extent: periodAt('period'),
  }),
  DeviceRequest: readType('DeviceRequest', { mayHoldAllergen: true }),
  DeviceUseStatement: readType('DeviceUseStatement', {
    mayHoldAllergen: true,
    title: titled(['device', 'display']),
    date: dated('timingDateTime', 'timingPeriod', 'recordedOn'),
    extent: periodAt('timingPeriod'),
  }),
  EpisodeOfCare: readType('EpisodeOfCare', { extent: periodAt('period') }),
  ExplanationOfBenefit: readType('ExplanationOfBenefit', BILL),
  Flag: readType('Flag', { title: titled(['code'], ['category']), extent: periodAt('period') }),
  Goal: readType('Goal', {
    list: 'plans',
    title: titled(['description']),
    code: [['description']],
    date: dated('startDate', 'statusDate'),
    status: { ...ONGOING, error: { element: 'lifecycleStatus', system: null } },
  }),
  ImagingStudy: readType('ImagingStudy', {
    title: titled(
      ['description'],
      ['procedureCode'],
      ['series', 'description'],
      ['series', 'bodySite'],
      ['modality'],
      ['series', 'modality'],
    ),
    date: dated('started'),
    status: EVENT,
  }),
  ImmunizationRecommendation: readType('ImmunizationRecommendation', {
    title: titled(['recommendation', 'vaccineCode']),
  }),
  List: readType('List', { title: titled(['title'], ['code']) }),
  Location: readType('Location', { status: { ...ONGOING, unsaid: 'active' } }),
  Media: readType('Media', { title: titled(['content', 'title'], ['type'], ['modality']), status: EVENT }),
  Medication: readType('Medication', { disputed: ['code', 'ingredient', 'amount'] }),
  MedicationDispense: readType('MedicationDispense', {
    title: medicineTitle,
    code: MEDICINE_CODE,
    date: dated('whenHandedOver', 'whenPrepared'),
    disputed: [...DISPUTED_OF_MEDICINES, 'quantity'],
    toldApart: { what: MEDICINE, when: [] },
  }),
  MolecularSequence: readType('MolecularSequence', { title: titled(['type']), status: STATELESS }),
  Organization: readType('Organization', { list: 'care-team', status: IN_USE }),
  Parameters: readType('Parameters', { status: STATELESS }),
  Person: readType('Person', {
    title: personTitle(),
    date: dated('birthDate'),
    status: { ...ONGOING, unsaid: 'active' },
  }),
  Practitioner: readType('Practitioner', {
    list: 'care-team',
    title: personTitle(),
    date: dated('birthDate'),
    status: IN_USE,
  }),
  PractitionerRole: readType('PractitionerRole', {
    list: 'care-team',
    title: titled(['code'], ['specialty'], ['practitioner', 'display']),
    status: { ...ONGOING, error: null },
    extent: periodAt('period'),
  }),
  Provenance: readType('Provenance', {
    list: 'notes',
    title: titled(['activity'], ['agent', 'who', 'display'], ['agent', 'type']),
    date: dated('recorded', 'occurredDateTime', 'occurredPeriod'),
    status: { ...EVENT, isStated: false, error: null },
  }),
  Questionnaire: readType('Questionnaire', { status: EVENT }),
  QuestionnaireResponse: readType('QuestionnaireResponse', { date: dated('authored'), status: EVENT }),
  RiskAssessment: readType('RiskAssessment', { title: titled(['prediction', 'outcome'], ['code']) }),
  ServiceRequest: readType('ServiceRequest', {
    title: titled(['code'], ['category']),
    date: dated('occurrenceDateTime', 'occurrencePeriod', 'authoredOn'),
  }),
  Specimen: readType('Specimen', {
    list: 'labs',
    title: titled(['type']),
    date: dated('collection', 'receivedTime'),
    status: EVENT,
  }),
  SupplyDelivery: readType('SupplyDelivery', { title: titled(['suppliedItem', 'itemCodeableConcept'], ['type']) }),
  VisionPrescription: readType('VisionPrescription', { title: titled(['lensSpecification', 'product']) }),
}

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
  Device: deviceType,
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
export type RecordTypeName = keyof typeof TYPES | keyof typeof READ_TYPES

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
