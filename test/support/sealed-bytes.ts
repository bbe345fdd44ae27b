/** A second reader of the store's log, without the store: what somebody who has the key finds in its bytes. */
import { deriveLargeKey, open, openLarge, unpad } from '@chartkeep/crypto'

/** The plaintext of one sealed entry or segment (packages/store/README.md, On the disk); `null` when the key does not open it. */
async function plaintextOf(sealed: Uint8Array, key: Uint8Array): Promise<Uint8Array | null> {
  const entry = open(sealed, key)
  if (entry) return unpad(entry)
  const segment = await openLarge(await deriveLargeKey(key, 'store-snapshot', sealed.slice(0, 16)), sealed.subarray(16))
  return segment && unpad(segment)
}

/** Whether any of the sealed parts holds `wanted` once it is opened. */
export async function canBeRead(
  parts: readonly Uint8Array[],
  key: Uint8Array,
  wanted: Uint8Array | string,
): Promise<boolean> {
  for (const sealed of parts) {
    const plaintext = await plaintextOf(sealed, key)
    if (plaintext && Buffer.from(plaintext).includes(Buffer.from(wanted))) return true
  }
  return false
}
