/**
 * Sealing of large pieces that need not be synchronous (snapshots and large entries of the store): AES-256-GCM by Web Crypto
 * (NIST SP 800-38D), three times as fast as secretbox and off the main thread. Small pieces are for seal.ts.
 */
import { concatBytes, uint32ToBytes } from './bytes.ts'
import { hkdf } from './derive.ts'
import { randomBytes } from './random.ts'

const NONCE_LENGTH = 12
const TAG_LENGTH = 16

/** A key for {@link sealLarge}; Web Crypto never gives its bytes out again. */
export type LargeKey = CryptoKey

/**
 * The key of one run of pieces: HKDF of `secret` (32 random bytes) under `chartkeep/<purpose>/v1` and `context`, which is
 * fresh for each run and has one length for each purpose, so that few nonces fall under one key. Throws where
 * Web Crypto is missing (a page that did not come over https or from localhost).
 */
export async function deriveLargeKey(secret: Uint8Array, purpose: string, context: Uint8Array): Promise<LargeKey> {
  const bytes = hkdf(secret, purpose, 32, context)
  const key = await globalThis.crypto.subtle.importKey('raw', bytes as BufferSource, 'AES-GCM', false, [
    'encrypt',
    'decrypt',
  ])
  bytes.fill(0)
  return key
}

/**
 * Encrypts and authenticates `plaintext`. There is no associated data: what a piece belongs to must be inside it.
 * @param before - what the result begins with, in the clear
 * @returns before || nonce (12 bytes, random) || ciphertext (plaintext length) || tag (16 bytes)
 */
export async function sealLarge(
  key: LargeKey,
  plaintext: Uint8Array,
  before: readonly Uint8Array[] = [],
): Promise<Uint8Array> {
  const iv = randomBytes(NONCE_LENGTH) as BufferSource & Uint8Array
  const box = await globalThis.crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext as BufferSource)
  return concatBytes(...before, iv, new Uint8Array(box))
}

/** Reverses {@link sealLarge}; `null` when the bytes are too short, were changed or were sealed under another key. */
export async function openLarge(key: LargeKey, sealed: Uint8Array): Promise<Uint8Array | null> {
  if (sealed.length < NONCE_LENGTH + TAG_LENGTH) return null
  const iv = sealed.slice(0, NONCE_LENGTH)
  const box = sealed.subarray(NONCE_LENGTH) as BufferSource
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, box))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return null
    throw error
  }
}

/**
 * Seals part `index` of a stream whose length nobody knows before its end (STREAM, https://eprint.iacr.org/2015/189, as age has it):
 * the nonce is seven zero bytes || u32 index || 1 for the last part, so that a part moved, left out or cut off is found. A key is for one
 * stream only: derive it from a secret that is fresh for each.
 * @returns ciphertext (as long as `plaintext`) || tag (16 bytes)
 */
export async function sealStreamPart(
  key: LargeKey,
  index: number,
  isLast: boolean,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const iv = partNonce(index, isLast)
  const box = await globalThis.crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plaintext as BufferSource)
  return new Uint8Array(box)
}

/** Reverses {@link sealStreamPart}; `null` when the bytes were changed or are another part, of this stream or of another. */
export async function openStreamPart(
  key: LargeKey,
  index: number,
  isLast: boolean,
  sealed: Uint8Array,
): Promise<Uint8Array | null> {
  if (sealed.length < TAG_LENGTH) return null
  const iv = partNonce(index, isLast)
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, sealed as BufferSource))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return null
    throw error
  }
}

function partNonce(index: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(NONCE_LENGTH)
  nonce.set(uint32ToBytes(index), 7)
  nonce[NONCE_LENGTH - 1] = isLast ? 1 : 0
  return nonce
}
