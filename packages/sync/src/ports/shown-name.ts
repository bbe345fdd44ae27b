/**
 * Makes names and words that another person chose fit for a sentence on a screen: one line, limited length, with marks for invisible
 * characters.
 */
import { shownLine } from '@chartkeep/domain'
import { MAX_NAME } from '@chartkeep/protocol'

/** {@link shownLine}, cut to `length` characters. */
export function shownName(text: string, length = MAX_NAME): string {
  return [...shownLine(text)].slice(0, length).join('')
}
