/** How a state is read: FHIR has a list of status codes per type, people have five words. */
import { booleanAt, stringAt, stringsAt } from '../elements/elements.ts'
import { isMovedAway } from './moved-away.ts'
import { trashedAt } from './trash.ts'
import { partsOf } from '../types/index.ts'
import type { RecordStatus } from '../record-type/record-type.ts'
import { carriesUnknownModifier } from '../elements/unknown-modifiers.ts'

/**
 * Whether what a record says may be shown among what is true of the person: not entered in error, not in the trash, and under no condition that is not
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
/** Whether FHIR has a state for records of this type; of the others none is missing. */
export function hasState(type: string): boolean {
  return partsOf(type).status.isStated
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
  const { special, isEvent, unsaid } = partsOf(type).status
  const own = special === null ? null : special(code, resource)
  if (own !== null) return own
  if (code === 'superseded') return 'past'
  if (code === 'unknown' || code === '') {
    const active = booleanAt(resource, 'active')
    return active === null ? unsaid : active ? 'active' : 'past'
  }
  if (isEvent) return DRAFT.has(code) ? 'draft' : 'active'
  if (PAST.has(code)) return 'past'
  return DRAFT.has(code) ? 'draft' : 'active'
}
