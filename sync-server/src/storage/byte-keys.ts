/** Bytes as short-lived Map keys within this process. Faster than {@link idText}, and never shown to anybody. */

/** One character for each byte. */
export function byteKey({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

/**
 * A Map keyed by bytes that remembers its last lookup: most of a request concerns one stream, one payer, one device.
 */
export class ByteMap<T> {
  readonly #values = new Map<string, T>()
  #last: { id: Uint8Array; value: T } | null = null

  /** The value under `id`; creates it with `make` if absent. Keeps a reference to `id`. */
  getOr(id: Uint8Array, make: () => T): T {
    const last = this.#last
    if (last !== null && isSame(last.id, id)) return last.value
    const key = byteKey(id)
    let value = this.#values.get(key)
    if (value === undefined) this.#values.set(key, (value = make()))
    this.#last = { id, value }
    return value
  }

  values(): Iterable<T> {
    return this.#values.values()
  }

  clear(): void {
    this.#values.clear()
    this.#last = null
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false
  return true
}
