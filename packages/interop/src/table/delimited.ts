/**
 * Tables as text: cells between commas, semicolons, tabs or bars, in quotes where they hold these (RFC 4180). The
 * delimiter is the character that parts the most lines into equally many cells.
 */

export type Delimiter = ',' | ';' | '\t' | '|'

/** Rows of cells. `line` of each row is where it begins in the text, from 1. */
export interface DelimitedRow {
  cells: string[]
  line: number
}

export const MOST_TABLE_LETTERS = 50 * 1024 * 1024
export const MOST_COLUMNS = 200
const MOST_ROWS = 500_000
const DELIMITERS: readonly Delimiter[] = [',', ';', '\t', '|']
const LOOKED_AT = 20

/** The delimiter, null where the lines have none in common. */
export function delimiterOf(text: string): Delimiter | null {
  // Spreadsheets can write it into the first line.
  const told = /^sep=([,;\t|])\r?\n/u.exec(text)?.[1]
  if (told !== undefined) return told as Delimiter
  const head = text.slice(0, 200_000)
  let best: Delimiter | null = null
  let most = 0
  for (const delimiter of DELIMITERS) {
    const rows: DelimitedRow[] = []
    for (const row of delimitedRows(head, delimiter)) {
      if (row.cells.some((cell) => cell !== '')) rows.push(row)
      if (rows.length === LOOKED_AT) break
    }
    const counts = new Map<number, number>()
    for (const { cells } of rows) if (cells.length > 1) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1)
    for (const [columns, times] of counts) {
      // Lines that agree count first, then how many columns they have.
      const weight = times + Math.min(columns, 20) / 100
      if (times * 2 > rows.length && weight > most) [best, most] = [delimiter, weight]
    }
  }
  return best
}

/** All rows; the cells without white space around them. A quote that never ends takes the rest of its line alone. */
export function* delimitedRows(text: string, delimiter: Delimiter): Generator<DelimitedRow> {
  let at = text.startsWith('\ufeff') ? 1 : 0
  const told = /^\ufeff?sep=.\r?\n/u.exec(text)
  if (told !== null) at = told[0].length
  let line = told === null ? 1 : 2
  for (let count = 0; at < text.length && count < MOST_ROWS; count++) {
    const row = rowAt(text, at, delimiter)
    yield { cells: row.cells, line }
    line += row.lines
    at = row.end
  }
}

function rowAt(text: string, start: number, delimiter: Delimiter): { cells: string[]; end: number; lines: number } {
  const cells: string[] = []
  let lines = 1
  for (let at = start; ;) {
    const quoted = text[at] === '"' ? quotedAt(text, at) : null
    let end: number
    if (quoted === null) {
      end = at
      while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end += 1
      if (cells.length < MOST_COLUMNS) cells.push(text.slice(at, end).trim())
    } else {
      end = quoted.end
      lines += quoted.content.split('\n').length - 1
      if (cells.length < MOST_COLUMNS) cells.push(quoted.content.trim())
    }
    if (text[end] === delimiter) {
      at = end + 1
      continue
    }
    if (text[end] === '\r' && text[end + 1] === '\n') end += 1
    return { cells, end: end + 1, lines }
  }
}

/** The cell in quotes, and the offset of what follows it; null where the quotes do not end in front of a delimiter or line end. */
function quotedAt(text: string, at: number): { content: string; end: number } | null {
  let content = ''
  for (let from = at + 1; ;) {
    const quote = text.indexOf('"', from)
    if (quote < 0 || quote - at > 100_000) return null
    content += text.slice(from, quote)
    if (text[quote + 1] !== '"')
      return /^[ ]*(?:[,;\t|\r\n]|$)/u.test(text.slice(quote + 1, quote + 20))
        ? { content, end: afterSpaces(text, quote + 1) }
        : null
    content += '"'
    from = quote + 2
  }
}

function afterSpaces(text: string, at: number): number {
  let end = at
  while (text[end] === ' ') end += 1
  return end
}
