/** A member's actions on an open visit: change it, close it, cancel it. */
import { type JsonObject, stringifyJson, takesMore } from '@chartkeep/domain'
import type { Chart, SaveOutcome } from '@chartkeep/sync'
import type { CareVisit } from './notes.ts'

/** `over`: the visit was closed or cancelled, and takes nothing more (N6). */
export type VisitSaved = SaveOutcome | { type: 'over' }

/**
 * Writes `next` over the version that the member has read. If another version is current, nothing is written, because that version may have
 * ended the visit.
 */
export async function saveVisit(
  vault: Chart,
  { record, resource }: Pick<CareVisit, 'record' | 'resource'>,
  next: JsonObject,
): Promise<VisitSaved> {
  if (!takesMore(resource)) return { type: 'over' }
  const { id, revision: base } = record
  return vault.save({ collection: 'encounters', id, base, resource: stringifyJson(next) })
}
