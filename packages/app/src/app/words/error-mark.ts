/** Marking a record as entered in error, from text to text. Pure. */
import { enteredInError, isJsonObject, parseJsonOrNull, stringifyJson } from '@chartkeep/domain'

/** The resource's text as entered in error with its reason ('' for none); null when the text is no resource. */
export function enteredInErrorText(text: string, reason: string): string | null {
  const resource = parseJsonOrNull(text)
  return isJsonObject(resource) ? stringifyJson(enteredInError(resource, reason)) : null
}
