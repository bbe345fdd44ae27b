/**
 * Names and words that somebody else chose, fit to stand in a sentence of a screen: one line, no longer than a name is, and without what turns the
 * writing of everything around it about (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters). Joiners stay: words and signs need them.
 */
import { MAX_NAME } from '@chartkeep/protocol'

const TURNS_OR_BREAKS = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu

export function shownText(text: string, length = MAX_NAME): string {
  return [...text.replaceAll(TURNS_OR_BREAKS, ' ').trim()].slice(0, length).join('')
}
