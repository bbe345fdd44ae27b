/** Where a record stands: FHIR has a list of status codes per type, people have five words. */
import { booleanAt, stringAt, stringsAt } from './elements.ts'
import { isJsonObject } from './json.ts'
import { PERSON_TYPES } from './record-title.ts'
import { isMovedAway } from './moved-away.ts'
import { trashedAt } from './trash.ts'
import { carriesUnknownModifier } from './unknown-modifiers.ts'

/**
 * Where a record stands. `error`: entered in error or refuted, hidden by a filter; `not-done`: refused, not given or not to be done; `trash`:
 * put into the trash by a person, or only the marker of a record that moved to another list; in no list. `unclear`: something in it changes what it
 * says and is not known here (unknown-modifiers.ts).
 */
export type RecordStatus = 'active' | 'past' | 'draft' | 'error' | 'not-done' | 'unknown' | 'trash' | 'unclear'

/**
 * Whether what a record says may stand among what is true of the person: not entered in error, not in the trash, and under no condition that is not
 * known here. Lists show the others with a mark; summaries, reminders, trends and cards leave them out.
 */
export function mayRelyOn({ status }: { status: string }): boolean {
  return status !== 'error' && status !== 'trash' && status !== 'unclear'
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
/** What FHIR asks for as the clinical state of an allergy or a condition. */
const CLINICAL = new Set(['active', 'recurrence', 'relapse', 'inactive', 'remission', 'resolved'])
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

/** Types to which FHIR R4 gives no element that says where a record stands (https://hl7.org/fhir/R4/resourcelist.html). */
const STATELESS = new Set(['Provenance', 'Basic', 'Binary', 'Bundle', 'Parameters', 'MolecularSequence'])

/** Whether FHIR has a state for records of this type; of the others none is missing. */
export function hasState(type: string): boolean {
  return !STATELESS.has(type)
}

/** The status of a resource and the code that it comes from. */
export function statusOf(type: string, resource: unknown): { status: RecordStatus; statusCode: string } {
  const verifications = codesOf(resource, 'verificationStatus')
  const wrong = verifications.find((code) => ERROR.has(code))
  const clinicals = codesOf(resource, 'clinicalStatus')
  const clinical = clinicals.find((code) => CLINICAL.has(code)) ?? clinicals[0] ?? ''
  const plain =
    stringAt(resource, 'status') || stringAt(resource, 'lifecycleStatus') || stringAt(resource, 'participantStatus')
  if (trashedAt(resource) !== '' || isMovedAway(resource)) return { status: 'trash', statusCode: '' }
  if (wrong !== undefined) return { status: 'error', statusCode: wrong }
  if (carriesUnknownModifier(resource) && !ERROR.has(clinical || plain)) return { status: 'unclear', statusCode: '' }
  const code = clinical || plain || (type === 'Appointment' ? '' : (verifications[0] ?? ''))
  // An order not to do something: its state is that of the order, and never that the thing is taken or done.
  if (booleanAt(resource, 'doNotPerform') === true && !ERROR.has(code))
    return { status: 'not-done', statusCode: 'do-not-perform' }
  return { status: statusFrom(type, resource, code), statusCode: code }
}

/** All codes of a state: whoever sends it may put a translation, e.g. of SNOMED CT, before the code that FHIR asks for. */
function codesOf(resource: unknown, element: string): string[] {
  const codes = stringsAt(resource, element, 'coding', 'code')
  return codes.length > 0 ? codes : stringsAt(resource, element)
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
    isJsonObject(resource) &&
    Object.keys(resource).some((key) => /^_?abatement[A-Z]/.test(key))
  )
    return 'past'
  const active = booleanAt(resource, 'active')
  if (active !== null) return active ? 'active' : 'past'
  return PERSON_TYPES.has(type) || type === 'Organization' || type === 'Location' ? 'active' : 'unknown'
}
