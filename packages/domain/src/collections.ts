/**
 * The collections: the unit of consent and of replication, and the one total function from a resource to its
 * collection. Protocol rule E6 checks with this same function, so a new case needs a decision record.
 */
import { hasCode, objectsAt, stringAt, stringsAt, typeOf } from './elements.ts'

/** The sixteen collections, in the order in which lists show them. */
export const COLLECTIONS = [
  'profile',
  'care-team',
  'documents',
  'allergies',
  'immunizations',
  'medications',
  'labs',
  'vitals',
  'conditions',
  'plans',
  'messages',
  'appointments',
  'encounters',
  'notes',
  'audit',
  'other',
] as const

/** Name of a collection. */
export type Collection = (typeof COLLECTIONS)[number]

/** Whether the text names a collection (`labs`; not `labs-private`). */
export function isCollection(name: string): name is Collection {
  return (COLLECTIONS as readonly string[]).includes(name)
}

/** Name of the stream that holds what the patient shows to nobody: `<collection>-private`. */
export function privateName<C extends Collection>(collection: C): `${C}-private` {
  return `${collection}-private`
}

/** The private lists that each chart has: one beside every collection but the audit log. */
export const PRIVATE_LISTS: readonly string[] = COLLECTIONS.filter((name) => name !== 'audit').map(privateName)

/** Whether the text names a private list. */
export function isPrivateList(name: string): boolean {
  return PRIVATE_LISTS.includes(name)
}

/** The collection that a stream name belongs to (`labs-private` and `labs` give `labs`), or null. */
export function collectionOfStreamName(name: string): Collection | null {
  const plain = name.endsWith('-private') ? name.slice(0, -'-private'.length) : name
  return isCollection(plain) ? plain : null
}

const BY_TYPE: ReadonlyMap<string, Collection> = new Map<string, Collection>([
  ['Patient', 'profile'],
  ['RelatedPerson', 'profile'],
  ['Practitioner', 'care-team'],
  ['PractitionerRole', 'care-team'],
  ['Organization', 'care-team'],
  ['CareTeam', 'care-team'],
  ['DocumentReference', 'documents'],
  ['AllergyIntolerance', 'allergies'],
  ['Immunization', 'immunizations'],
  ['MedicationStatement', 'medications'],
  ['MedicationRequest', 'medications'],
  ['MedicationAdministration', 'medications'],
  ['Specimen', 'labs'],
  ['Condition', 'conditions'],
  ['Procedure', 'conditions'],
  ['FamilyMemberHistory', 'conditions'],
  ['CarePlan', 'plans'],
  ['Goal', 'plans'],
  ['Communication', 'messages'],
  ['Appointment', 'appointments'],
  ['AppointmentResponse', 'appointments'],
  ['Schedule', 'appointments'],
  ['Slot', 'appointments'],
  ['Encounter', 'encounters'],
  ['Composition', 'notes'],
  ['Provenance', 'notes'],
  ['AuditEvent', 'audit'],
])

/**
 * Categories of a DiagnosticReport that say "laboratory": LAB and the laboratory sections of HL7 table 0074
 * (http://terminology.hl7.org/CodeSystem/v2-0074), and LOINC 26436-6 "Laboratory studies" as IPS writes it.
 */
const LABORATORY_REPORT = new Set(
  'LAB laboratory 26436-6 BG BLB CG CH CP GE HM IMM MB MCB MYC PAR SR TX URN VR'.split(' '),
)

/** The collection of a resource. Total: any value gets one; what is not named gets `other`. */
export function collectionOf(resource: unknown): Collection {
  const type = typeOf(resource)
  switch (type) {
    case 'Observation':
      return observationCollection(resource)
    case 'DiagnosticReport':
      return reportCollection(resource)
    case 'Task':
      return taskCollection(resource)
    case 'Basic':
      // Decision 0037: the owner's choice for the emergency card goes with the person; every other Basic is kept whole.
      return hasCode(resource, ['code'], 'emergency-card', 'urn:chartkeep:basic') ? 'profile' : 'other'
    default:
      return BY_TYPE.get(type) ?? 'other'
  }
}

function observationCollection(resource: unknown): Collection {
  const categories = stringsAt(resource, 'category', 'coding', 'code')
  if (categories.includes('laboratory')) return 'labs'
  if (categories.includes('vital-signs')) return 'vitals'
  return 'conditions'
}

/** LAB among the categories, or no category at all, is a laboratory report; categories of other kinds are notes. */
function reportCollection(resource: unknown): Collection {
  const categories = stringsAt(resource, 'category', 'coding', 'code')
  const worded = stringsAt(resource, 'category', 'text')
  if (categories.length === 0 && worded.length === 0) return 'labs'
  return categories.some((code) => LABORATORY_REPORT.has(code)) ? 'labs' : 'notes'
}

/** System of our own codes for tasks, and the extension that names the list of the record that such a task is about. */
export const TASK_SYSTEM = 'urn:chartkeep:task'
export const TASK_LIST = 'urn:chartkeep:extension:list'

/**
 * Decision 0062: a task of ours goes with the record that it is about. Of all others one about a note (Composition, or Provenance that signs
 * it) is a note's, and the rest are a plan's.
 */
function taskCollection(resource: unknown): Collection {
  const named = objectsAt(resource, 'extension').find(({ url }) => url === TASK_LIST)
  const list = stringAt(named, 'valueCode')
  if (objectsAt(resource, 'code', 'coding').some(({ system }) => system === TASK_SYSTEM))
    return isCollection(list) && list !== 'audit' ? list : 'plans'
  const type = stringAt(resource, 'focus', 'type') || referencedType(resource, stringAt(resource, 'focus', 'reference'))
  return type === 'Composition' || type === 'Provenance' ? 'notes' : 'plans'
}

function referencedType(resource: unknown, reference: string): string {
  if (reference.startsWith('#')) {
    return typeOf(objectsAt(resource, 'contained').find((inner) => inner['id'] === reference.slice(1)))
  }
  return /(?:^|\/)([A-Z][A-Za-z]+)[/?][^/]*(?:\/_history\/[^/]*)?$/.exec(reference)?.[1] ?? ''
}
