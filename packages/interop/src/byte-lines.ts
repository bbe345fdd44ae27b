/** Splitting a byte stream at line feeds (NDJSON, http://ndjson.org), with a limit per line, at bounded memory. */

/** One line without its line feed; `bytes` is null when the line was longer than the limit. */
export interface ByteLine {
  bytes: Uint8Array | null
  sizeBytes: number
  /** Whether a line feed ended it; false for the last line of a file without one. */
  ended: boolean
}

/** Yields the lines of the stream. A line over `limitBytes` is passed over and told by its size alone. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<ByteLine> {
  let parts: Uint8Array[] = []
  let size = 0
  const take = (part: Uint8Array) => {
    size += part.length
    if (size <= limitBytes) parts.push(part)
    else parts = []
  }
  const line = (ended: boolean): ByteLine => {
    const bytes = size > limitBytes ? null : joined(parts, size)
    const result = { bytes, sizeBytes: size, ended }
    parts = []
    size = 0
    return result
  }
  for await (const chunk of chunks) {
    let start = 0
    for (let feed = chunk.indexOf(0x0a); feed >= 0; feed = chunk.indexOf(0x0a, start)) {
      take(chunk.subarray(start, feed))
      yield line(true)
      start = feed + 1
    }
    if (start < chunk.length) take(chunk.slice(start))
  }
  if (size > 0) yield line(false)
}

/**
 * The first line that is more than white space, read no further than needed; null when no line feed ends it within the
 * limit.
 */
export async function firstLine(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Uint8Array | null> {
  let parts: Uint8Array[] = []
  let size = 0
  let filled = false
  for await (const chunk of chunks) {
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
    if (size > limitBytes) return null
    parts.push(rest)
  }
  return null
}

function isFilled(byte: number): boolean {
  return byte !== 0x20 && byte !== 0x09 && byte !== 0x0d
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
