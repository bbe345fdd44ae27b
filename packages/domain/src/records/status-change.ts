/** Changes that every record knows: entered in error with a reason, and back. Nothing is ever silently removed. */
import { objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'
import { statusOf } from './record-status.ts'
import { trashedAt } from './trash.ts'
import { partsOf } from '../types/index.ts'
import type { AuditAction } from '../builders/audit.ts'
import { coded, given, overlaid } from '../builders/elements-written.ts'

const REASON = 'urn:chartkeep:extension:entered-in-error-reason'

/**
 * The record marked as entered in error, with the reason in words. Of an allergy or a condition the clinical status is
 * taken out (ait-2, con-5). Types without a status (Patient, AuditEvent) are given back unchanged.
 */
export function enteredInError(resource: JsonObject, reason: string): JsonObject {
  const { error } = partsOf(typeOf(resource)).status
  if (error === null) return resource
  const { element, system } = error
  const others = objectsAt(resource, 'extension').filter((extension) => extension['url'] !== REASON)
  const words = given(reason)
  const extension = words === undefined ? others : [...others, jsonObject({ url: REASON, valueString: words })]
  return overlaid(resource, {
    extension: extension.length === 0 ? undefined : extension,
    ...(system === null
      ? { [element]: 'entered-in-error' }
      : { [element]: coded(system, 'entered-in-error'), clinicalStatus: undefined }),
  })
}

/** The reason given for an entry in error, '' for none. */
export function errorReason(resource: JsonObject): string {
  return stringAt(
    objectsAt(resource, 'extension').find((extension) => extension['url'] === REASON),
    'valueString',
  )
}

/** What the audit log calls a new version of a record, by what it does to it (A1). */
export function changeAction(before: unknown, after: unknown): AuditAction {
  const [wasTrashed, isTrashed] = [trashedAt(before) !== '', trashedAt(after) !== '']
  if (wasTrashed !== isTrashed) return isTrashed ? 'trashed' : 'restored'
  return isEnteredInError(after) && !isEnteredInError(before) ? 'marked-error' : 'changed'
}

function isEnteredInError(resource: unknown): boolean {
  return statusOf(typeOf(resource), resource).statusCode === 'entered-in-error'
}
