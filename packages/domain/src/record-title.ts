/** What a record is called: its name in the source's words, the names of people, and its best code. */
import { conceptText, objectsAt, stringAt, stringsAt, tableRow } from './elements.ts'
import type { JsonObject } from './json.ts'
import { plainText } from './search-text.ts'
import { shownText } from './shown-text.ts'

/** One code of one system. */
export interface RecordCode {
  system: string
  code: string
  display: string
}

/** Letters of names whose family name stands first, with no space: Chinese, Japanese, Korean. */
const FAMILY_FIRST = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+$/u

/**
 * A person's name on one line: `text`, else given names and family name in the order of their script (王大文, Mei Chen). The official
 * one before others, old ones last.
 */
export function personName(person: unknown, ...path: string[]): string {
  const names = objectsAt(person, ...(path.length === 0 ? ['name'] : path))
  const best = [...names].sort((a, b) => nameRank(a) - nameRank(b))[0]
  if (best === undefined) return shownText(stringAt(person, ...(path.length === 0 ? ['name'] : path)))
  const family = stringAt(best, 'family')
  const given = stringsAt(best, 'given')
  const isFamilyFirst = [family, ...given].every((part) => FAMILY_FIRST.test(part))
  const parts = [
    ...stringsAt(best, 'prefix'),
    ...(isFamilyFirst ? [[family, ...given].join('')] : [...given, family]),
    ...stringsAt(best, 'suffix'),
  ]
  return shownText(stringAt(best, 'text') || parts.filter((part) => part !== '').join(' '))
}

const NAME_USES = ['official', 'usual', '', 'nickname', 'anonymous', 'temp', 'maiden', 'old']

function nameRank(name: JsonObject): number {
  return NAME_USES.indexOf(stringAt(name, 'use'))
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
/** Types that are people. */
export const PERSON_TYPES: ReadonlySet<string> = new Set(['Patient', 'Practitioner', 'RelatedPerson', 'Person'])

/** The title, '' when the resource says nothing. */
export function titleOf(type: string, resource: unknown): string {
  if (PERSON_TYPES.has(type)) {
    const name = personName(resource)
    if (name !== '') return name
  }
  if (MEDICATION_TYPES.has(type)) {
    const name =
      conceptText(resource, 'medicationCodeableConcept') ||
      stringAt(resource, 'medicationReference', 'display') ||
      containedName(resource, 'medicationReference')
    // Its category ("outpatient") is no name of a medicine.
    return name || firstWords(resource, [['code'], ['description']]) || narrativeTitle(resource)
  }
  return firstWords(resource, tableRow(TITLE, type)) || firstWords(resource, ANY_TITLE) || narrativeTitle(resource)
}

const ANY_TITLE = [['code'], ['title'], ['name'], ['description'], ['type'], ['category'], ['vaccineCode']]

function firstWords(resource: unknown, paths: readonly string[][]): string {
  for (const path of paths) {
    const words = stringAt(resource, ...path) || conceptText(resource, ...path)
    if (words !== '') return words
  }
  return ''
}

/** The name of a contained Medication or the like that a reference `#id` points at. */
function containedName(resource: unknown, element: string): string {
  const reference = stringAt(resource, element, 'reference')
  if (!reference.startsWith('#')) return ''
  const inner = objectsAt(resource, 'contained').find((candidate) => candidate['id'] === reference.slice(1))
  return inner === undefined ? '' : medicineName(inner)
}

/** What a Medication is called: by its code, else by what is in it; '' where it says neither. */
export function medicineName(medication: unknown): string {
  const ingredients = objectsAt(medication, 'ingredient').map(
    (ingredient) => conceptText(ingredient, 'itemCodeableConcept') || stringAt(ingredient, 'itemReference', 'display'),
  )
  return conceptText(medication, 'code') || ingredients.filter((name) => name !== '').join(' / ')
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

/** The code that trends and duplicates go by: LOINC, CVX, RxNorm or SNOMED CT before others; null without any. */
export function codeOf(type: string, resource: unknown): RecordCode | null {
  for (const path of [...tableRow(CODE, type), ['code'], ['type']]) {
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
