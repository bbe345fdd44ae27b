/**
 * A descriptor says of any resource, known or not, what lists, search and detail pages need: collection, title, code,
 * clinical date with the precision it came with, status, value and search text. It never throws, whatever it is given.
 */
import { collectionOf, type Collection } from './collections.ts'
import { compareDates, datePrecision } from './dates.ts'
import {
  allAt,
  booleanAt,
  conceptText,
  numberTextAt,
  objectAt,
  objectsAt,
  stringAt,
  stringsAt,
  typeOf,
} from './elements.ts'
import { isJsonObject, type JsonObject, type JsonValue } from './json.ts'
import { quantityText, valueView, type ValueView } from './values.ts'

/** Where a record stands. `error`: entered in error or refuted, hidden by a filter; `not-done`: refused or not given. */
export type RecordStatus = 'active' | 'past' | 'draft' | 'error' | 'not-done' | 'unknown'

/** What every list, search and detail page runs on. Texts are '' when the resource does not say. */
export interface Descriptor {
  collection: Collection
  /** The resource type as written, '' when it has none. */
  type: string
  /** What it is in the source's words: the substance, the test, the vaccine. '' when it says nothing. */
  title: string
  code: { system: string; code: string; display: string } | null
  /** When it was true of the person, as written (`1997`, `1997-03`); '' for none. */
  date: string
  /** End of the period, as written. */
  dateEnd: string
  status: RecordStatus
  /** The status code as written, e.g. `preliminary`. */
  statusCode: string
  /** The one fact beside the title: the value, dose, criticality, lot. */
  detail: string
  value?: ValueView
  /** Everything that search should find, in lower case, white space collapsed; at most 4,000 characters. */
  text: string
}

const TITLE_LIMIT = 300
const TEXT_LIMIT = 4000

/** Describes a resource of any type; see {@link Descriptor}. Garbage gets an empty descriptor of collection `other`. */
export function describe(resource: unknown): Descriptor {
  const type = typeOf(resource)
  const title = tidy(titleOf(type, resource)).slice(0, TITLE_LIMIT)
  const { start, end } = dateOf(type, resource)
  const value = type === 'Observation' ? valueView(resource) : undefined
  return {
    collection: collectionOf(resource),
    type,
    title,
    code: codeOf(type, resource),
    date: start,
    dateEnd: end,
    ...statusOf(type, resource),
    detail: tidy(value?.text ?? detailOf(type, resource)),
    ...(value === undefined ? {} : { value }),
    text: searchText(title, resource),
  }
}

/** A person's name on one line: `text`, else given names and family name. The official one before others, old ones last. */
export function personName(person: unknown, ...path: string[]): string {
  const names = objectsAt(person, ...(path.length === 0 ? ['name'] : path))
  const best = [...names].sort((a, b) => nameRank(a) - nameRank(b))[0]
  if (best === undefined) return stringAt(person, ...(path.length === 0 ? ['name'] : path))
  const parts = [
    ...stringsAt(best, 'prefix'),
    ...stringsAt(best, 'given'),
    stringAt(best, 'family'),
    ...stringsAt(best, 'suffix'),
  ]
  return stringAt(best, 'text') || parts.filter((part) => part !== '').join(' ')
}

const NAME_USES = ['official', 'usual', '', 'nickname', 'anonymous', 'temp', 'maiden', 'old']

function nameRank(name: JsonObject): number {
  return NAME_USES.indexOf(stringAt(name, 'use'))
}

/** The row of a table for a type; a type called `constructor` finds nothing. */
function own<T>(table: Readonly<Record<string, T[]>>, type: string): T[] {
  return Object.hasOwn(table, type) ? (table[type] ?? []) : []
}

/** Elements that name the thing, per type; the first with words wins. */
const TITLE: Readonly<Record<string, string[][]>> = {
  Immunization: [['vaccineCode']],
  ImmunizationRecommendation: [['recommendation', 'vaccineCode']],
  Communication: [['topic'], ['reasonCode'], ['category']],
  Appointment: [['description'], ['serviceType'], ['appointmentType'], ['reasonCode']],
  Encounter: [['type'], ['serviceType'], ['reasonCode'], ['class']],
  CarePlan: [['title'], ['category'], ['description']],
  CareTeam: [['name'], ['category'], ['reasonCode'], ['participant', 'role']],
  Goal: [['description']],
  Task: [['description'], ['code']],
  Composition: [['title'], ['type']],
  Provenance: [['activity'], ['agent', 'who', 'display'], ['agent', 'type']],
  AuditEvent: [['subtype'], ['type']],
  FamilyMemberHistory: [['condition', 'code'], ['relationship']],
  Specimen: [['type']],
  Claim: [['type'], ['item', 'productOrService']],
  ExplanationOfBenefit: [['type'], ['item', 'productOrService']],
  Coverage: [['type'], ['payor', 'display'], ['class', 'name']],
  Device: [['deviceName', 'name'], ['type']],
  DocumentReference: [['description'], ['content', 'attachment', 'title'], ['type'], ['category']],
  Media: [['content', 'title'], ['type'], ['modality']],
  ImagingStudy: [
    ['description'],
    ['procedureCode'],
    ['series', 'description'],
    ['series', 'bodySite'],
    ['modality'],
    ['series', 'modality'],
  ],
  PractitionerRole: [['code'], ['specialty'], ['practitioner', 'display']],
  Consent: [['scope'], ['category']],
  DeviceUseStatement: [['device', 'display']],
  SupplyDelivery: [['suppliedItem', 'itemCodeableConcept'], ['type']],
  Flag: [['code'], ['category']],
  List: [['title'], ['code']],
  RelatedPerson: [['relationship']],
  MolecularSequence: [['type']],
  VisionPrescription: [['lensSpecification', 'product']],
  RiskAssessment: [['prediction', 'outcome'], ['code']],
  ServiceRequest: [['code'], ['category']],
}

const MEDICATION_TYPES = new Set([
  'MedicationStatement',
  'MedicationRequest',
  'MedicationAdministration',
  'MedicationDispense',
])
const PERSON_TYPES = new Set(['Patient', 'Practitioner', 'RelatedPerson', 'Person'])

function titleOf(type: string, resource: unknown): string {
  if (PERSON_TYPES.has(type)) {
    const name = personName(resource)
    if (name !== '') return name
  }
  if (MEDICATION_TYPES.has(type)) {
    const name =
      conceptText(resource, 'medicationCodeableConcept') ||
      stringAt(resource, 'medicationReference', 'display') ||
      containedName(resource, 'medicationReference')
    if (name !== '') return name
  }
  const paths = [
    ...own(TITLE, type),
    ['code'],
    ['title'],
    ['name'],
    ['description'],
    ['type'],
    ['category'],
    ['vaccineCode'],
  ]
  for (const path of paths) {
    const words = stringAt(resource, ...path) || conceptText(resource, ...path)
    if (words !== '') return words
  }
  return narrativeTitle(resource)
}

/** The name of a contained Medication or the like that a reference `#id` points at. */
function containedName(resource: unknown, element: string): string {
  const reference = stringAt(resource, element, 'reference')
  if (!reference.startsWith('#')) return ''
  const inner = objectsAt(resource, 'contained').find((candidate) => candidate['id'] === reference.slice(1))
  return inner === undefined ? '' : conceptText(inner, 'code')
}

/** Some systems send nothing but a narrative: its first words are better than no title. */
function narrativeTitle(resource: unknown): string {
  return plainText(stringAt(resource, 'text', 'div')).slice(0, 80)
}

const CODE: Readonly<Record<string, string[][]>> = {
  Immunization: [['vaccineCode']],
  MedicationStatement: [['medicationCodeableConcept']],
  MedicationRequest: [['medicationCodeableConcept']],
  MedicationAdministration: [['medicationCodeableConcept']],
  MedicationDispense: [['medicationCodeableConcept']],
  Encounter: [['type'], ['class']],
  DocumentReference: [['type']],
  Composition: [['type']],
  CarePlan: [['category']],
  Goal: [['description']],
}

/** Code systems that make the best key for trends and for finding the same thing again. */
const PREFERRED_SYSTEMS = [
  'http://loinc.org',
  'http://hl7.org/fhir/sid/cvx',
  'http://www.nlm.nih.gov/research/umls/rxnorm',
  'http://snomed.info/sct',
]

function codeOf(type: string, resource: unknown): Descriptor['code'] {
  for (const path of [...own(CODE, type), ['code'], ['type']]) {
    const concepts = objectsAt(resource, ...path)
    const codings = concepts.flatMap((concept) => [...objectsAt(concept, 'coding'), concept])
    const usable = codings.filter((coding) => typeof coding['code'] === 'string' && coding['code'] !== '')
    const best =
      PREFERRED_SYSTEMS.map((system) => usable.find((coding) => coding['system'] === system)).find(
        (coding) => coding !== undefined,
      ) ?? usable[0]
    if (best !== undefined)
      return { system: stringAt(best, 'system'), code: stringAt(best, 'code'), display: stringAt(best, 'display') }
  }
  return null
}

/** Elements that tell when it was true of the person, per type, before when it was written down. */
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

function dateOf(type: string, resource: unknown): { start: string; end: string } {
  const ends = endOf(type, resource)
  for (const element of [...own(DATE, type), ...ANY_DATE]) {
    for (const value of allAt(resource, element)) {
      const found = datesIn(value)
      if (found !== null) return { start: found.start, end: found.end || ends }
    }
  }
  return { start: '', end: ends }
}

const END: Readonly<Record<string, string[]>> = {
  Condition: ['abatementDateTime'],
  Appointment: ['end'],
  Patient: ['deceasedDateTime'],
}

function endOf(type: string, resource: unknown): string {
  const ends = own(END, type)
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

const ERROR = new Set(['entered-in-error', 'refuted'])
const PAST = new Set([
  'completed',
  'stopped',
  'inactive',
  'resolved',
  'remission',
  'finished',
  'fulfilled',
  'revoked',
  'ended',
  'superseded',
  'cancelled',
  'noshow',
  'abandoned',
  'rejected',
  'failed',
  'aborted',
  'expired',
  'off',
])
const DRAFT = new Set([
  'draft',
  'preliminary',
  'registered',
  'partial',
  'proposed',
  'planned',
  'pending',
  'waitlist',
  'requested',
  'preparation',
  'received',
  'intended',
  'unconfirmed',
  'provisional',
  'differential',
  'in-preparation',
])
const NOT_DONE = new Set(['not-done', 'not-taken', 'declined', 'no-consent'])
/** Facts of one moment: they have happened, so "completed" does not make them past. */
const EVENTS = new Set([
  'Observation',
  'DiagnosticReport',
  'Immunization',
  'Composition',
  'DocumentReference',
  'AuditEvent',
  'Provenance',
  'Specimen',
  'FamilyMemberHistory',
  'Communication',
  'Media',
  'ImagingStudy',
  'Questionnaire',
  'QuestionnaireResponse',
  'Claim',
  'ExplanationOfBenefit',
])

function statusOf(type: string, resource: unknown): { status: RecordStatus; statusCode: string } {
  const verification =
    stringAt(resource, 'verificationStatus', 'coding', 'code') || stringAt(resource, 'verificationStatus')
  const clinical = stringAt(resource, 'clinicalStatus', 'coding', 'code') || stringAt(resource, 'clinicalStatus')
  const plain =
    stringAt(resource, 'status') || stringAt(resource, 'lifecycleStatus') || stringAt(resource, 'participantStatus')
  if (ERROR.has(verification)) return { status: 'error', statusCode: verification }
  const code = clinical || plain || (type === 'Appointment' ? '' : verification)
  return { status: statusFrom(type, resource, code), statusCode: code }
}

function statusFrom(type: string, resource: unknown, code: string): RecordStatus {
  if (ERROR.has(code)) return 'error'
  if (NOT_DONE.has(code)) return 'not-done'
  if (type === 'DocumentReference' && stringAt(resource, 'docStatus') === 'entered-in-error') return 'error'
  if (code === 'superseded') return 'past'
  if (code === 'unknown' || code === '') return unsaid(type, resource)
  if (type === 'Observation' && code === 'cancelled') return 'not-done'
  if (EVENTS.has(type)) return DRAFT.has(code) ? 'draft' : 'active'
  if (type === 'Procedure' && code === 'completed') return 'past'
  if (PAST.has(code)) return 'past'
  return DRAFT.has(code) ? 'draft' : 'active'
}

/** No status given: an end in the resource makes it past; people and places are in use unless said otherwise. */
function unsaid(type: string, resource: unknown): RecordStatus {
  if (
    type === 'Condition' &&
    allAt(resource, 'abatementDateTime').length + allAt(resource, 'abatementPeriod').length > 0
  )
    return 'past'
  const active = booleanAt(resource, 'active')
  if (active !== null) return active ? 'active' : 'past'
  return PERSON_TYPES.has(type) || type === 'Organization' || type === 'Location' ? 'active' : 'unknown'
}

function detailOf(type: string, resource: unknown): string {
  switch (type) {
    case 'MedicationStatement':
      return doseText(resource, 'dosage')
    case 'MedicationRequest':
      return doseText(resource, 'dosageInstruction')
    case 'MedicationAdministration':
      return stringAt(resource, 'dosage', 'text') || quantityText(objectAt(resource, 'dosage', 'dose'))
    case 'AllergyIntolerance':
      return objectsAt(resource, 'reaction', 'manifestation')
        .map((concept) => conceptText([concept]))
        .join(', ')
    case 'Immunization':
      return stringAt(resource, 'lotNumber')
    case 'DiagnosticReport':
      return stringAt(resource, 'conclusion')
    case 'DocumentReference':
      return stringAt(resource, 'content', 'attachment', 'contentType')
    case 'Encounter':
      return conceptText(resource, 'reasonCode') || stringAt(resource, 'serviceProvider', 'display')
    case 'Claim':
    case 'ExplanationOfBenefit':
      return quantityText(objectAt(resource, 'total', 'amount') ?? objectAt(resource, 'total'))
    case 'Patient':
      return stringAt(resource, 'gender')
    case 'FamilyMemberHistory':
      return conceptText(resource, 'relationship')
    default:
      return ''
  }
}

/** The dose as written; when only structured, quantity and timing in the code's own words. */
function doseText(resource: unknown, element: string): string {
  const texts = stringsAt(resource, element, 'text')
  if (texts.length > 0) return texts.join('; ')
  return objectsAt(resource, element)
    .map((dosage) => {
      const dose = quantityText(objectAt(dosage, 'doseAndRate', 'doseQuantity'))
      const period = numberTextAt(dosage, 'timing', 'repeat', 'period')
      const every =
        period === ''
          ? ''
          : `${numberTextAt(dosage, 'timing', 'repeat', 'frequency') || '1'}/${period === '1' ? '' : period}${stringAt(dosage, 'timing', 'repeat', 'periodUnit')}`
      return [dose, conceptText(dosage, 'timing', 'code') || every, conceptText(dosage, 'route')]
        .filter((part) => part !== '')
        .join(' ')
    })
    .filter((text) => text !== '')
    .join('; ')
}

const CODED_KEYS = new Set([
  'code',
  'display',
  'text',
  'title',
  'description',
  'name',
  'family',
  'given',
  'value',
  'valueString',
  'conclusion',
  'comment',
  'lotNumber',
  'reference',
  'unit',
])
const SKIPPED_KEYS = new Set([
  'resourceType',
  'id',
  'meta',
  'data',
  'div',
  'hash',
  'url',
  'system',
  'implicitRules',
  'fullUrl',
  'extension',
  'modifierExtension',
  'reference',
])

/** Words and codes anywhere in the resource, without URLs, ids and file bytes; the narrative only where nothing else is. */
function searchText(title: string, resource: unknown): string {
  const words = new Set<string>()
  let length = 0
  const add = (text: string) => {
    const tidied = tidy(text).slice(0, 400).toLowerCase()
    if (tidied === '' || words.has(tidied) || length > TEXT_LIMIT) return
    words.add(tidied)
    length += tidied.length + 1
  }
  add(title)
  collect(resource, '', 0, add)
  if (words.size < 3) add(plainText(stringAt(resource, 'text', 'div')))
  return [...words].join(' ').slice(0, TEXT_LIMIT)
}

function collect(value: unknown, key: string, depth: number, add: (text: string) => void): void {
  if (depth > 12) return
  if (typeof value === 'string') {
    if (CODED_KEYS.has(key) || key.startsWith('value') || datePrecision(value) !== null) add(value)
    return
  }
  if (Array.isArray(value)) {
    for (const item of value) collect(item, key, depth + 1, add)
    return
  }
  if (!isJsonObject(value)) return
  if (numberTextAt(value, 'value') !== '') add(quantityText(value))
  for (const name of Object.keys(value)) if (!SKIPPED_KEYS.has(name)) collect(value[name], name, depth + 1, add)
}

function plainText(html: string): string {
  return tidy(
    html
      .slice(0, 20_000)
      .replace(/<[^<>]*>/g, ' ')
      .replace(/&(?:nbsp|#160);/g, ' ')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&'),
  )
}

function tidy(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** Codes that state an absence: SNOMED CT, the v2/IPS absent-unknown list. */
const NO_KNOWN = new Set([
  '716186003',
  '409137002',
  '428607008',
  '429625007',
  '1003774007',
  '787481004',
  '160245001',
  '160244002',
  '787480003',
  'no-known-allergies',
  'no-known-medications',
  'no-known-problems',
  'no-known-procedures',
  'no-known-immunizations',
])
const NOT_ASKED = new Set([
  'no-allergy-info',
  'no-medication-info',
  'no-problem-info',
  'no-immunization-info',
  '1631000175102',
])

/**
 * Whether the record names no thing but states that there is none: `none-known` ("no known allergies") or `not-asked`
 * (nobody has asked, no information). Null for an ordinary record.
 */
export function noneStated(resource: unknown): 'none-known' | 'not-asked' | null {
  const codes = [
    ...stringsAt(resource, 'code', 'coding', 'code'),
    ...stringsAt(resource, 'medicationCodeableConcept', 'coding', 'code'),
    ...stringsAt(resource, 'vaccineCode', 'coding', 'code'),
  ]
  if (codes.some((code) => NOT_ASKED.has(code))) return 'not-asked'
  return codes.some((code) => NO_KNOWN.has(code)) ? 'none-known' : null
}
