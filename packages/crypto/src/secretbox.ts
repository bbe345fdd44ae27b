/**
 * NaCl secretbox (XSalsa20-Poly1305) by tweetnacl's own functions, over arrays that are allocated once. `nacl.secretbox` copies byte by byte, which
 * takes a fifth of its time, and callers would copy the box again to put it behind a prefix.
 */
import nacl from 'tweetnacl'

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
  const length = PLAIN_ZEROS + plaintext.length
  const message = roomFor(length)
  message.set(plaintext, PLAIN_ZEROS)
  const whole = new Uint8Array(before.length + TAG_LENGTH + plaintext.length)
  crypto_secretbox(whole.subarray(before.length - BOX_ZEROS), message, length, nonce, key)
  whole.set(before)
  message.fill(0, PLAIN_ZEROS, length)
  return whole
}

/** The plaintext of a box; `null` where it was changed, is too short or belongs to another nonce or key. Throws as {@link boxBehind} does. */
export function openBox(box: Uint8Array, nonce: Uint8Array, key: Uint8Array): Uint8Array | null {
  checkLengths(nonce, key)
  // NaCl refuses what is shorter than a tag.
  const length = BOX_ZEROS + box.length
  const padded = roomFor(length)
  padded.set(box, BOX_ZEROS)
  const message = new Uint8Array(length)
  const isGood = crypto_secretbox_open(message, padded, length, nonce, key) === 0
  padded.fill(0, BOX_ZEROS, length)
  return isGood ? message.subarray(PLAIN_ZEROS) : null
}

/** What NaCl reads from: an array for each of thousands of records lies outside the heap and costs as much as sealing a short one. All zeros. */
const room = new Uint8Array(65_536)

function roomFor(length: number): Uint8Array {
  return length <= room.length ? room : new Uint8Array(length)
}

function checkLengths(nonce: Uint8Array, key: Uint8Array): void {
  if (key.length !== 32) throw new RangeError('bad key size')
  if (nonce.length !== 24) throw new RangeError('bad nonce size')
}
