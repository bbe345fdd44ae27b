/**
 * The collections: the unit of consent and of replication. {@link collectionOf} says in which one a new record goes, {@link mayStandIn} where a
 * record may stand that somebody wrote by another table (E6, decision 0097). A new case needs a decision record and the next
 * {@link RULES_VERSION}.
 */
import { hasCode, objectsAt, stringAt, stringsAt, typeOf } from './elements.ts'
import { loincClass } from './loinc-classes.ts'

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
export function privateName<C extends string>(collection: C): `${C}-private` {
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

/**
 * Version of what this program judges a record's contents by: where it may stand, which deed it shows (C14), what is kept by law (N10). What was
 * put aside by another version is judged again. Raise it with every change of these; a test tells when.
 */
export const RULES_VERSION = 2

/** What a device goes by to place records. Tests hand an older table in. */
export interface ListTable {
  version: number
  /** Where a new record goes. */
  collectionOf(resource: unknown): Collection
  /** Whether a record that another program wrote into a list of this collection may stand there. */
  mayStandIn(resource: unknown, collection: Collection): boolean
}

/** Lists whose records say who somebody is or what somebody did. A type that goes there stands nowhere else, whoever wrote it. */
const PROTECTED: ReadonlySet<Collection> = new Set<Collection>([
  'profile',
  'plans',
  'messages',
  'appointments',
  'encounters',
  'notes',
  'audit',
])

/**
 * E6: the writer's list counts, so that a later table may move a type. Excepted are types of a protected list, tasks of ours and the choice for
 * the emergency card, which stand where they go; and the audit log, which takes nothing else.
 */
export function mayStandIn(resource: unknown, collection: Collection): boolean {
  return collection !== 'audit' && !isBound(resource) ? true : collectionOf(resource) === collection
}

function isBound(resource: unknown): boolean {
  const type = typeOf(resource)
  if (type === 'Task') return isOwnTask(resource)
  if (type === 'Basic') return collectionOf(resource) === 'profile'
  const list = BY_TYPE.get(type)
  return list !== undefined && PROTECTED.has(list)
}

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

/** Categories of an Observation whose values are no laboratory results, whatever range stands beside them. */
const NOT_MEASURED = new Set(['survey', 'social-history', 'imaging', 'procedure', 'therapy', 'activity'])

/**
 * Decision 0098: the category decides; without one of the two the class of the LOINC code; then a number with a range or an interpretation is a
 * laboratory result. All else is a finding: social history, surveys, examinations.
 */
function observationCollection(resource: unknown): Collection {
  const categories = stringsAt(resource, 'category', 'coding', 'code')
  if (categories.includes('laboratory')) return 'labs'
  if (categories.includes('vital-signs')) return 'vitals'
  for (const coding of objectsAt(resource, 'code', 'coding')) {
    const [system, code, display] = ['system', 'code', 'display'].map((key) => stringAt(coding, key)) as [
      string,
      string,
      string,
    ]
    const named = loincClass({ system, code, display: display || stringAt(resource, 'code', 'text') })
    if (named !== null) return named
  }
  if (categories.some((code) => NOT_MEASURED.has(code))) return 'conditions'
  const isJudged = objectsAt(resource, 'referenceRange').length > 0 || objectsAt(resource, 'interpretation').length > 0
  return isJudged && objectsAt(resource, 'valueQuantity').length > 0 ? 'labs' : 'conditions'
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
  if (isOwnTask(resource)) return isCollection(list) && list !== 'audit' ? list : 'plans'
  const type = stringAt(resource, 'focus', 'type') || referencedType(resource, stringAt(resource, 'focus', 'reference'))
  return type === 'Composition' || type === 'Provenance' ? 'notes' : 'plans'
}

function isOwnTask(resource: unknown): boolean {
  return objectsAt(resource, 'code', 'coding').some(({ system }) => system === TASK_SYSTEM)
}

function referencedType(resource: unknown, reference: string): string {
  if (reference.startsWith('#')) {
    return typeOf(objectsAt(resource, 'contained').find((inner) => inner['id'] === reference.slice(1)))
  }
  return /(?:^|\/)([A-Z][A-Za-z]+)[/?][^/]*(?:\/_history\/[^/]*)?$/.exec(reference)?.[1] ?? ''
}

/** The table of this program. */
export const LIST_TABLE: ListTable = { version: RULES_VERSION, collectionOf, mayStandIn }
