/**
 * When a record was true of the person, per type, before when it was written down; as written, precision kept.
 */
import { compareDates, datePrecision } from './dates.ts'
import { allAt, stringAt, stringsAt, tableRow } from './elements.ts'
import { isJsonObject, type JsonValue } from './json.ts'

const DATE: Readonly<Record<string, string[]>> = {
  Patient: ['birthDate'],
  RelatedPerson: ['birthDate'],
  Practitioner: ['birthDate'],
  Person: ['birthDate'],
  AllergyIntolerance: ['onsetDateTime', 'onsetPeriod', 'recordedDate', 'lastOccurrence'],
  Immunization: ['occurrenceDateTime', 'recorded'],
  MedicationStatement: ['effectiveDateTime', 'effectivePeriod', 'dateAsserted'],
  MedicationRequest: ['authoredOn'],
  MedicationAdministration: ['effectiveDateTime', 'effectivePeriod'],
  MedicationDispense: ['whenHandedOver', 'whenPrepared'],
  Observation: ['effectiveDateTime', 'effectivePeriod', 'effectiveInstant', 'issued'],
  DiagnosticReport: ['effectiveDateTime', 'effectivePeriod', 'issued'],
  Specimen: ['collection', 'receivedTime'],
  Condition: ['onsetDateTime', 'onsetPeriod', 'recordedDate'],
  Procedure: ['performedDateTime', 'performedPeriod'],
  FamilyMemberHistory: ['date'],
  CarePlan: ['period', 'created'],
  Goal: ['startDate', 'statusDate'],
  Task: ['executionPeriod', 'authoredOn', 'lastModified'],
  Communication: ['sent', 'received'],
  Appointment: ['start', 'requestedPeriod', 'created'],
  AppointmentResponse: ['start'],
  Encounter: ['period'],
  Composition: ['date'],
  Provenance: ['recorded', 'occurredDateTime', 'occurredPeriod'],
  AuditEvent: ['recorded', 'period'],
  DocumentReference: ['date'],
  QuestionnaireResponse: ['authored'],
  ImagingStudy: ['started'],
  Claim: ['billablePeriod', 'created'],
  ExplanationOfBenefit: ['billablePeriod', 'created'],
  Coverage: ['period'],
  Consent: ['dateTime'],
  DeviceUseStatement: ['timingDateTime', 'timingPeriod', 'recordedOn'],
  ServiceRequest: ['occurrenceDateTime', 'occurrencePeriod', 'authoredOn'],
}

const ANY_DATE = [
  'effectiveDateTime',
  'effectivePeriod',
  'occurrenceDateTime',
  'occurrencePeriod',
  'performedDateTime',
  'performedPeriod',
  'onsetDateTime',
  'period',
  'date',
  'dateTime',
  'recordedDate',
  'recorded',
  'authoredOn',
  'authored',
  'dateAsserted',
  'created',
  'issued',
  'start',
]

/** Start and end of the clinical date, '' for none. */
export function clinicalDate(type: string, resource: unknown): { start: string; end: string } {
  const ends = endOf(type, resource)
  const about = type === 'DocumentReference' ? stringAt(resource, 'context', 'period', 'start') : ''
  const found = firstDates(resource, tableRow(DATE, type)) ?? firstDates(resource, ANY_DATE)
  if (found !== null) return { start: found.start, end: found.end || ends }
  return { start: datePrecision(about) === null ? '' : about, end: ends }
}

function firstDates(resource: unknown, elements: readonly string[]): { start: string; end: string } | null {
  for (const element of elements) {
    for (const value of allAt(resource, element)) {
      const found = datesIn(value)
      if (found !== null) return found
    }
  }
  return null
}

const END: Readonly<Record<string, string[]>> = {
  Condition: ['abatementDateTime'],
  Appointment: ['end'],
  Patient: ['deceasedDateTime'],
}

function endOf(type: string, resource: unknown): string {
  const ends = tableRow(END, type)
    .map((element) => stringAt(resource, element))
    .filter((text) => datePrecision(text) !== null)
  return ends[0] ?? ''
}

/** A date, a Period, or something that holds one (collection, timing). */
function datesIn(value: JsonValue): { start: string; end: string } | null {
  if (typeof value === 'string') return datePrecision(value) === null ? null : { start: value, end: '' }
  if (!isJsonObject(value)) return null
  const dates = (element: string) => stringsAt(value, element).filter((text) => datePrecision(text) !== null)
  const start = dates('start')[0] ?? dates('collectedDateTime')[0] ?? stringAt(value, 'collectedPeriod', 'start')
  const end = dates('end')[0] ?? ''
  const times = dates('event').sort(compareDates)
  if (start !== '' && datePrecision(start) !== null) return { start, end }
  if (times[0] !== undefined) return { start: times[0], end: times.at(-1) ?? '' }
  return end === '' ? null : { start: end, end }
}
