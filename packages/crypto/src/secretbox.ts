/**
 * NaCl secretbox (XSalsa20-Poly1305) by tweetnacl's own functions, over arrays that are made once: `nacl.secretbox` copies every byte one
 * at a time, a fifth of what it takes, and its callers would copy the box again behind what stands before it.
 */
import nacl from 'tweetnacl'
import { concatBytes } from './bytes.ts'

interface LowLevel {
  crypto_secretbox(c: Uint8Array, m: Uint8Array, length: number, nonce: Uint8Array, key: Uint8Array): number
  crypto_secretbox_open(m: Uint8Array, c: Uint8Array, length: number, nonce: Uint8Array, key: Uint8Array): number
}

const { crypto_secretbox, crypto_secretbox_open } = (nacl as unknown as { lowlevel: LowLevel }).lowlevel

/** NaCl's functions want so many zeros before a plaintext, and leave so many before a box. */
const PLAIN_ZEROS = 32
const BOX_ZEROS = 16
const TAG_LENGTH = 16

/** `before` (16 bytes or more) || box (plaintext length + 16). Throws for a nonce without 24 or a key without 32 bytes. */
export function boxBehind(before: Uint8Array, plaintext: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array {
  checkLengths(nonce, key)
  if (before.length < BOX_ZEROS) throw new RangeError('at least 16 bytes stand before a box')
  const message = new Uint8Array(PLAIN_ZEROS + plaintext.length)
  message.set(plaintext, PLAIN_ZEROS)
  const whole = new Uint8Array(before.length + TAG_LENGTH + plaintext.length)
  crypto_secretbox(whole.subarray(before.length - BOX_ZEROS), message, message.length, nonce, key)
  whole.set(before)
  return whole
}

/** The plaintext of a box; `null` where it was changed, is too short or belongs to another nonce or key. Throws as {@link boxBehind} does. */
export function openBox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  checkLengths(nonce, key)
  if (box.length < TAG_LENGTH) return null
  const padded = concatBytes(new Uint8Array(BOX_ZEROS), box)
  const message = new Uint8Array(padded.length)
  return crypto_secretbox_open(message, padded, padded.length, nonce, key) === 0 ? message.subarray(PLAIN_ZEROS) : null
}

function checkLengths(nonce: Uint8Array, key: Uint8Array): void {
  if (key.length !== 32) throw new RangeError('bad key size')
  if (nonce.length !== 24) throw new RangeError('bad nonce size')
}
