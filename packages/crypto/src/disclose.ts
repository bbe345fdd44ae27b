/**
 * One record opened for a stranger (A4): the 64 bytes that a content key and a header give open this one body and nothing else of the
 * stream. Kept apart from body.ts, so that a verifier can load it without anything that derives a key.
 */
import nacl from 'tweetnacl'
import { equalBytes } from './bytes.ts'

export { unpad } from './padding.ts'

const NONCE_LENGTH = 24
const COMMITMENT_LENGTH = 32

/** Length of what `bodyOpening` gives: key 32, commitment 32. */
export const OPENING_LENGTH = 64

/**
 * The padded plaintext of a body, opened with its own `opening` (64 bytes: key || commitment). `null` when the body was changed, or
 * does not commit to this key. That header and body belong together is for the signature over both to say.
 */
export function openDisclosed(opening: Uint8Array, body: Uint8Array): Uint8Array | null {
  if (opening.length !== OPENING_LENGTH) return null
  // A body that ends before its commitment does holds another one; what is too short for a box opens as none.
  const box = NONCE_LENGTH + COMMITMENT_LENGTH
  if (!equalBytes(body.subarray(NONCE_LENGTH, box), opening.subarray(32))) return null
  return nacl.secretbox.open(body.subarray(box), body.subarray(0, NONCE_LENGTH), opening.subarray(0, 32))
}
