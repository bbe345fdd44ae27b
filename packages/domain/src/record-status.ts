/** Where a record stands: FHIR has a list of status codes per type, people have five words. */
import { allAt, booleanAt, stringAt } from './elements.ts'
import { PERSON_TYPES } from './record-title.ts'
import { isMovedAway } from './moved-away.ts'
import { trashedAt } from './trash.ts'

/**
 * Where a record stands. `error`: entered in error or refuted, hidden by a filter; `not-done`: refused or not given; `trash`:
 * put into the trash by a person, or only the marker of a record that moved to another list; in no list.
 */
export type RecordStatus = 'active' | 'past' | 'draft' | 'error' | 'not-done' | 'unknown' | 'trash'

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

/** The status of a resource and the code that it comes from. */
export function statusOf(type: string, resource: unknown): { status: RecordStatus; statusCode: string } {
  const verification =
    stringAt(resource, 'verificationStatus', 'coding', 'code') || stringAt(resource, 'verificationStatus')
  const clinical = stringAt(resource, 'clinicalStatus', 'coding', 'code') || stringAt(resource, 'clinicalStatus')
  const plain =
    stringAt(resource, 'status') || stringAt(resource, 'lifecycleStatus') || stringAt(resource, 'participantStatus')
  if (trashedAt(resource) !== '' || isMovedAway(resource)) return { status: 'trash', statusCode: '' }
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
