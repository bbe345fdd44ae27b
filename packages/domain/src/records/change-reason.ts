/** The reason for a change, in the version that it explains: in `meta`, because it is about the version and not about the person. */
import { errorReason } from './status-change.ts'
import { objectsAt, stringAt } from '../elements/elements.ts'
import { isJsonObject, jsonObject, type JsonObject } from '../elements/json.ts'

const CHANGE_REASON = 'urn:chartkeep:extension:change-reason'

/** The resource with the reason of this version; an earlier version's reason does not stay. */
export function withReason(resource: JsonObject, reason: string): JsonObject {
  const meta = isJsonObject(resource['meta']) ? resource['meta'] : {}
  const others = objectsAt(resource, 'meta', 'extension').filter(
    (extension) => stringAt(extension, 'url') !== CHANGE_REASON,
  )
  const extensions = [...others, ...(reason === '' ? [] : [jsonObject({ url: CHANGE_REASON, valueString: reason })])]
  const { extension: _, ...rest } = meta
  const next = jsonObject({ ...rest, ...(extensions.length === 0 ? {} : { extension: extensions }) })
  const copy = jsonObject({ ...resource })
  delete copy['meta']
  return Object.keys(next).length === 0 ? copy : jsonObject({ ...copy, meta: next })
}

/** The reason that a version gives for itself, '' for none. */
export function reasonOf(resource: unknown): string {
  return (
    (isJsonObject(resource) ? errorReason(resource) : '') ||
    (objectsAt(resource, 'meta', 'extension')
      .filter((extension) => stringAt(extension, 'url') === CHANGE_REASON)
      .map((extension) => stringAt(extension, 'valueString'))
      .find(Boolean) ??
      '')
  )
}
