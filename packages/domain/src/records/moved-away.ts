/**
 * What stays of a record in the list that it has left for the private list next to it, or the other way round: a version that says so and
 * nothing else. The record itself continues under another id in the other list. The marker keeps only what its collection is told by
 * (collections.ts), so that E6 takes it, and none of what the record said.
 */
import { collectionOf } from './collections.ts'
import { objectsAt, typeOf } from '../elements/elements.ts'
import { jsonObject, type JsonObject } from '../elements/json.ts'

const SYSTEM = 'urn:chartkeep:state'
const CODE = 'moved'

/** One of these makes the marker of any resource belong where the resource does. */
const SIGNS: readonly JsonObject[] = [
  jsonObject(),
  jsonObject({ category: [{ coding: [{ code: 'laboratory' }] }] }),
  jsonObject({ category: [{ coding: [{ code: 'vital-signs' }] }] }),
  jsonObject({ category: [{ text: 'note' }] }),
  jsonObject({ focus: { type: 'Composition' } }),
]
const KEPT: ReadonlySet<string> = new Set(['resourceType', 'meta', 'category', 'focus'])

/** The marker of a resource; null for one that has no type of its own to be told by (Basic), which does not move. */
export function movedAway(resource: JsonObject): JsonObject | null {
  const collection = collectionOf(resource)
  const meta = jsonObject({ tag: [{ system: SYSTEM, code: CODE }] })
  for (const sign of SIGNS) {
    const marker = jsonObject({ resourceType: typeOf(resource), meta, ...sign })
    if (collectionOf(marker) === collection) return marker
  }
  return null
}

/** Whether this is a marker and nothing else: one to which another device has added something is a record again. */
export function isMovedAway(resource: unknown): boolean {
  const isTagged = objectsAt(resource, 'meta', 'tag').some((tag) => tag['system'] === SYSTEM && tag['code'] === CODE)
  return isTagged && Object.keys(resource as object).every((key) => KEPT.has(key))
}
