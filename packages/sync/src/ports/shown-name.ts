/**
 * Names and words that another person chose, made fit for a sentence on a screen: one line, no longer than a name, with marks for what is invisible.
 */
import { shownLine } from '@chartkeep/domain'
import { MAX_NAME } from '@chartkeep/protocol'

/** {@link shownLine}, cut to `length` characters. */
export function shownName(text: string, length = MAX_NAME): string {
  return [...shownLine(text)].slice(0, length).join('')
}
