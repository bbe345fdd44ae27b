/** Raw DEFLATE (RFC 1951) by the platform, at a bounded size. Browsers and Node alike. */

/** The bytes; `damaged` for what is no DEFLATE, `too-large` above `limit` bytes. */
export async function inflateRaw(packed: Uint8Array, limit: number): Promise<Uint8Array | 'damaged' | 'too-large'> {
  const stream = new Blob([new Uint8Array(packed)]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  const reader = stream.getReader()
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      size += next.value.length
      if (size > limit) return 'too-large'
      parts.push(next.value)
    }
  } catch {
    return 'damaged'
  } finally {
    // A stream that failed rejects with the failure that was answered already.
    reader.cancel().catch(() => {})
  }
  return joinedBytes(parts, size)
}

/** Raw DEFLATE of the bytes. */
export async function deflateRaw(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function joinedBytes(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
