/** The reason for a change, in the version that it explains, and marking a record as entered in error. Pure. */
import {
  enteredInError,
  errorReason,
  isJsonObject,
  jsonObject,
  type JsonObject,
  objectsAt,
  parseJsonOrNull,
  stringAt,
  stringifyJson,
} from '@chartkeep/domain'

/** Where the reason of a change stands: in `meta`, because it is about the version and not about the person. */
const CHANGE_REASON = 'urn:chartkeep:extension:change-reason'

/** The resource's text as entered in error with its reason ('' for none); null when the text is no resource. */
export function enteredInErrorText(text: string, reason: string): string | null {
  const resource = parseJsonOrNull(text)
  return isJsonObject(resource) ? stringifyJson(enteredInError(resource, reason)) : null
}

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
