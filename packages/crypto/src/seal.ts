/** Sealing under a secret key: NaCl secretbox, XSalsa20-Poly1305 (https://nacl.cr.yp.to/secretbox.html). */
import { randomBytes as systemRandom, type RandomBytes } from './random.ts'
import { boxBehind, openBox } from './secretbox.ts'

const NONCE_LENGTH = 24
const TAG_LENGTH = 16

/**
 * Encrypts and authenticates `plaintext` (any length, 0 included) under `key` (32 bytes).
 * Secretbox has no associated data and does not commit to its key: what a box belongs to must
 * be inside it or in the derivation of its key, and where one box may meet several keys, body.ts
 * is the one to use. The nonce is fresh for each call: 24 random bytes are safe for any number
 * of boxes under one key, so callers keep no counter. Throws for a key of another length.
 *
 * @param randomBytes - source of the nonce; tests pass a fixed one
 * @returns nonce (24 bytes) || box (plaintext length + 16 bytes)
 */
export function seal(plaintext: Uint8Array, key: Uint8Array, randomBytes: RandomBytes = systemRandom): Uint8Array {
  const nonce = randomBytes(NONCE_LENGTH)
  return boxBehind(nonce, plaintext, nonce, key)
}

/**
 * Reverses {@link seal}. Returns `null` when the bytes are too short, were changed or were sealed
 * under another key; the three are not told apart, on purpose. Throws for a key of another length.
 */
export function open(sealed: Uint8Array, key: Uint8Array): Uint8Array | null {
  if (sealed.length < NONCE_LENGTH + TAG_LENGTH) return null
  return openBox(sealed.subarray(NONCE_LENGTH), sealed.subarray(0, NONCE_LENGTH), key)
}
