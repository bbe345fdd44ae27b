/** Splitting a byte stream at line feeds (NDJSON, http://ndjson.org), with a limit per line, at bounded memory. */

/** One line without its line feed; `bytes` is null when the line was longer than the limit. `place`: its number in the file, from 1. */
export interface ByteLine {
  bytes: Uint8Array | null
  place: number
  sizeBytes: number
  /** Whether a line feed ended it; false for the last line of a file without one. */
  ended: boolean
}

/** Yields the lines of the stream that are more than white space. A line over `limitBytes` is passed over and told by its size alone. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<ByteLine> {
  let parts: Uint8Array[] = []
  let size = 0
  let place = 1
  let filled = false
  const take = (part: Uint8Array) => {
    size += part.length
    filled ||= part.some(isFilled)
    if (size <= limitBytes) parts.push(part)
    else parts = []
  }
  const line = (ended: boolean): ByteLine | null => {
    const isTooLong = size > limitBytes
    const result =
      filled || isTooLong ? { bytes: isTooLong ? null : joined(parts, size), place, sizeBytes: size, ended } : null
    parts = []
    size = 0
    place += 1
    filled = false
    return result
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let feed = chunk.indexOf(0x0a); feed >= 0; feed = chunk.indexOf(0x0a, start)) {
      // Files of nothing but line ends exist.
      if (feed === start && size === 0) {
        place += 1
        start = feed + 1
        continue
      }
      take(chunk.subarray(start, feed))
      const ended = line(true)
      if (ended !== null) yield ended
      start = feed + 1
    }
    if (start < chunk.length) take(chunk.slice(start))
  }
  const last = line(false)
  if (last !== null) yield last
}

/**
 * The first line that is more than white space, read no further than needed; null when no line feed ends it within the
 * first `limitBytes` of the file.
 */
export async function firstLine(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Uint8Array | null> {
  let parts: Uint8Array[] = []
  let size = 0
  let taken = 0
  let filled = false
  for await (const chunk of chunks) {
    taken += chunk.length
    let start = 0
    for (let feed = chunk.indexOf(0x0a); feed >= 0; feed = chunk.indexOf(0x0a, start)) {
      const part = chunk.subarray(start, feed)
      if (filled || part.some(isFilled)) return joined([...parts, part], size + part.length)
      parts = []
      size = 0
      start = feed + 1
    }
    const rest = chunk.slice(start)
    filled ||= rest.some(isFilled)
    size += rest.length
    if (taken > limitBytes) return null
    parts.push(rest)
  }
  return null
}

/** White space, and what a byte order mark is made of: joined files have one in the middle, or on a line of its own. */
const BLANK = new Set([0x20, 0x09, 0x0d, 0xef, 0xbb, 0xbf])

function isFilled(byte: number): boolean {
  return !BLANK.has(byte)
}

/** The parts in one array of `size` bytes. */
export function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const first = parts[0]
  if (parts.length === 1 && first !== undefined) return first
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
