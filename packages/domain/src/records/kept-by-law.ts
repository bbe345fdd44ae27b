/**
 * N10: the records that a practice has to keep in view. The button, the gate before a write and every reader ask this file. It tells them from
 * the text, the list and the kind of account that signed it, so that every device comes to the same answer.
 */
import { errorReason } from './status-change.ts'
import { isJsonObject } from '../elements/json.ts'
import { isMovedAway } from './moved-away.ts'
import { statusOf } from './record-status.ts'
import { trashedAt } from './trash.ts'

/** What decides whether a record is kept by law. */
export interface LawfulRecord {
  type: string
  /** The collection whose list it is in, the private list next to it included. */
  list: string
  /** The account that wrote this version is a practice's (C12), and not a person's. */
  byPractice: boolean
  /** It is a signature record (N4). */
  isSignature: boolean
}

const CARE: ReadonlySet<string> = new Set([
  'Composition',
  'Provenance',
  'Encounter',
  'CarePlan',
  'MedicationRequest',
  'ServiceRequest',
])
const RESULTS: ReadonlySet<string> = new Set(['Observation', 'DiagnosticReport'])

/**
 * Whether a record may not go into the trash, into or out of a private list, or be marked as an error without a reason. What a person wrote or
 * imported is theirs, except for a signature: others rely on it.
 */
export function keptByLaw({ type, list, byPractice, isSignature }: LawfulRecord): boolean {
  if (isSignature) return true
  return byPractice && (CARE.has(type) || (list === 'labs' && RESULTS.has(type)))
}

/**
 * Whether a version takes a record out of view that is kept by law. A marker of a Provenance no longer shows whether it was a signature, so none counts. `isNamed`: its source says why it is an error, as for the first version of a record or for one that was imported.
 */
export function hidesKept(record: LawfulRecord, resource: unknown, isNamed: boolean): boolean {
  const isMoved = isMovedAway(resource)
  if (isMoved && record.type === 'Provenance') return true
  if (!keptByLaw(record)) return false
  if (isMoved || trashedAt(resource) !== '') return true
  const isError = statusOf(record.type, resource).status === 'error'
  return isError && !isNamed && !(isJsonObject(resource) && errorReason(resource) !== '')
}
