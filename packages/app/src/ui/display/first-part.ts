/** The first part of a text, where a list or a page has room for no more: a report of 20,000 letters is one line among others. */

/** Letters that a row of a list shows. */
export const ROW_LETTERS = 200

/** At most `most` letters on one line, cut between words where there are any, with `…` where something is left out. */
export function firstPart(text: string, most: number = ROW_LETTERS): string {
  // Some more than can be shown is looked at, and not all of it.
  const line = text
    .slice(0, most * 4)
    .replaceAll(/\s+/gu, ' ')
    .trim()
  if (line.length <= most) return text.length > most * 4 ? `${line}…` : line
  const cut = line.slice(0, most)
  const space = cut.lastIndexOf(' ')
  // No letter of two units is cut through.
  const part = space > most * 0.5 ? cut.slice(0, space) : cut.replace(/[\uD800-\uDBFF]$/u, '')
  return `${part.trimEnd()}…`
}
