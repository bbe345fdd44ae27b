/**
 * The body of an envelope: padding (rule E3) and the sealed form that is bound to its header and
 * commits to its key (rule E2). What header and plaintext hold is not known here.
 */
import nacl from 'tweetnacl'
import { concatBytes, equalBytes } from './bytes.ts'
import { hmacSha512 } from './derive.ts'
import { domainBytes } from './sha2.ts'

const PADDED_FLOOR = 256
const END_MARK = 0x80
const NONCE_LENGTH = 24
const COMMITMENT_LENGTH = 32
const TAG_LENGTH = 16
const RECORD_DOMAIN = domainBytes('record')

/**
 * The padded length of `n` bytes by PADME (https://doi.org/10.2478/popets-2019-0056, algorithm 1),
 * at least 256: the length keeps only the leading half of its bits, which costs under 12 percent.
 * Throws unless `n` is a length from 0 to 2^32 - 1.
 */
export function padmeLength(n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) throw new RangeError('not a length that can be padded')
  if (n <= PADDED_FLOOR) return PADDED_FLOOR
  const exponent = 31 - Math.clz32(n)
  const significantBits = 32 - Math.clz32(exponent)
  const step = 2 ** (exponent - significantBits)
  return Math.ceil(n / step) * step
}

/** plaintext || 0x80 || zeros, up to padmeLength(plaintext length + 1). */
export function pad(plaintext: Uint8Array): Uint8Array {
  const padded = new Uint8Array(padmeLength(plaintext.length + 1))
  padded.set(plaintext)
  padded[plaintext.length] = END_MARK
  return padded
}

/**
 * Reverses {@link pad}, as a copy. Returns `null` unless `padded` is exactly what pad gives:
 * no mark, anything but zeros after it, or more or less padding than the length asks for.
 */
export function unpad(padded: Uint8Array): Uint8Array | null {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  if (end < 0 || padded[end] !== END_MARK || padded.length !== padmeLength(end + 1)) return null
  return new Uint8Array(padded.subarray(0, end))
}

/**
 * Seals `padded` so that it opens only with this content key and this header. Key and commitment
 * are the first and the last 32 bytes of HMAC-SHA-512(contentKey, "chartkeep/record/v1" || header).
 * The nonce is an argument, because a device must be able to make the same body again (S9); a new
 * body needs 24 fresh random bytes. Throws unless contentKey has 32 and nonce 24 bytes.
 *
 * @returns nonce (24 bytes) || commitment (32) || secretbox (padded length + 16)
 */
export function sealBody(
  contentKey: Uint8Array,
  header: Uint8Array,
  padded: Uint8Array,
  nonce: Uint8Array,
): Uint8Array {
  const { key, commitment } = bodyKeys(contentKey, header)
  return concatBytes(nonce, commitment, nacl.secretbox(padded, nonce, key))
}

/**
 * Reverses {@link sealBody}. Returns the padded plaintext, or `null` when the body is too short,
 * was changed, or belongs to another content key or header. The commitment is compared first, in
 * constant time: secretbox alone could be made to open under two keys with different contents.
 */
export function openBody(contentKey: Uint8Array, header: Uint8Array, body: Uint8Array): Uint8Array | null {
  if (body.length < NONCE_LENGTH + COMMITMENT_LENGTH + TAG_LENGTH) return null
  const { key, commitment } = bodyKeys(contentKey, header)
  const box = NONCE_LENGTH + COMMITMENT_LENGTH
  if (!equalBytes(body.subarray(NONCE_LENGTH, box), commitment)) return null
  return nacl.secretbox.open(body.subarray(box), body.subarray(0, NONCE_LENGTH), key)
}

function bodyKeys(contentKey: Uint8Array, header: Uint8Array): { key: Uint8Array; commitment: Uint8Array } {
  if (contentKey.length !== 32) throw new RangeError('a content key has 32 bytes')
  const derived = hmacSha512(contentKey, RECORD_DOMAIN, header)
  return { key: derived.subarray(0, 32), commitment: derived.subarray(32) }
}
