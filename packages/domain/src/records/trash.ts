/**
 * The trash: a record that its person no longer wants to see. It is a version like any other, with a tag in `meta` that says
 * since when; the version before stays in the history, and taking the tag out restores the record. Nothing is erased: what has
 * been in the trash for {@link TRASH_DAYS} days is no longer offered.
 */
import { datePrecision, momentOf } from '../dates/dates.ts'
import { objectsAt, stringAt } from '../elements/elements.ts'
import { isJsonObject, jsonObject, type JsonObject } from '../elements/json.ts'

/** Days for which the trash offers to restore a record. */
export const TRASH_DAYS = 30

const SYSTEM = 'urn:chartkeep:state'
const CODE = 'trash'
const DAY_MS = 86_400_000

/** The record in the trash since `at` (an instant); one that is there already stays as it is. */
export function trashed(resource: JsonObject, at: string): JsonObject {
  if (trashedAt(resource) !== '') return resource
  const tag = jsonObject({ system: SYSTEM, code: CODE, display: at })
  return withTags(resource, [...objectsAt(resource, 'meta', 'tag'), tag])
}

/** The record as it was before it went into the trash. */
export function restored(resource: JsonObject): JsonObject {
  return withTags(
    resource,
    objectsAt(resource, 'meta', 'tag').filter((tag) => !isTrashTag(tag)),
  )
}

/** Since when the record is in the trash, an instant; '' for one that is not. Of several times the first counts. */
export function trashedAt(resource: unknown): string {
  const times = objectsAt(resource, 'meta', 'tag')
    .filter(isTrashTag)
    .map((tag) => stringAt(tag, 'display'))
  return times.filter((time) => datePrecision(time) === 'time').toSorted()[0] ?? ''
}

/** Whole days for which a record that went into the trash at `at` can still be restored; 0 when the time has ended. */
export function trashDaysLeft(at: string, now: number): number {
  const left = momentOf(at) + TRASH_DAYS * DAY_MS - now
  return Number.isNaN(left) ? 0 : Math.max(0, Math.ceil(left / DAY_MS))
}

function isTrashTag(tag: JsonObject): boolean {
  return tag['system'] === SYSTEM && tag['code'] === CODE
}

function withTags(resource: JsonObject, tags: JsonObject[]): JsonObject {
  const before = resource['meta']
  const { tag: _, ...rest } = isJsonObject(before) ? before : jsonObject()
  const meta = jsonObject({ ...rest, ...(tags.length === 0 ? {} : { tag: tags }) })
  const { meta: __, ...others } = resource
  return Object.keys(meta).length === 0 ? jsonObject(others) : jsonObject({ ...resource, meta })
}
