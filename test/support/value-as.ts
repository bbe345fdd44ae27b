/** Reads a value as a shape does that finds it in the bytes of a message; null where it does not fit or has no encoding. */
import { encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import { decodeAs } from '@chartkeep/protocol'
import type { Shape } from '@chartkeep/protocol/shape'

export function valueAs<T>(shape: Shape<T>, value: unknown): T | null {
  let encoded: Uint8Array
  try {
    encoded = encodeCbor(value as CborValue)
  } catch {
    return null
  }
  return decodeAs(shape, encoded)
}
