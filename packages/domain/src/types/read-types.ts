/** Types that others write and the app only keeps and shows: each says no more than where it differs from a type that is not known. */
import { objectAt } from '../elements.ts'
import { quantityText } from '../quantity.ts'
import { DISPUTED_OF_MEDICINES, MEDICINE, MEDICINE_CODE } from './medicine.ts'
import { dated, EVENT, IN_USE, noDetail, ONGOING, periodAt, type RecordType, recordType } from './record-type.ts'
import { medicineTitle, personTitle, titled } from './title-words.ts'

type Differing = Partial<Omit<RecordType, 'type' | 'schema' | 'form'>>

/** A type that the app does not write. */
export function readType<const Name extends string>(type: Name, differing: Differing): RecordType<Name, null> {
  return recordType({
    list: 'other',
    title: titled(),
    code: [],
    date: dated(),
    status: ONGOING,
    extent: null,
    value: null,
    detail: noDetail,
    search: [],
    disputed: [],
    toldApart: null,
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

/** The same by name. */
export const READ_TYPES = {
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
  Device: readType('Device', { title: titled(['deviceName', 'name'], ['type']) }),
  DeviceUseStatement: readType('DeviceUseStatement', {
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

/** Name of a type that is only read. */
export type ReadTypeName = keyof typeof READ_TYPES
