/**
 * Chunks of a file, rule B1: AES-256-GCM by Web Crypto under a key of their own, which is derived from
 * (file key, index, last, total), so that reordering, truncation, extension and mixing all fail.
 *
 * The nonce is synthetic: the first 12 bytes of HMAC-SHA-256 over the plaintext under a second key of the
 * same derivation, written before the ciphertext. Sealing the same chunk again gives the same bytes, so a
 * resumed upload keeps the Merkle root that the record holds; and if a file key were ever used for a
 * changed file, against B1, the nonce would change with the plaintext, and GCM would not break.
 */
import { concatBytes, uint32ToBytes } from './bytes.ts'
import { hkdf } from './derive.ts'

/** Plaintext bytes in every chunk but the last, which has 0 to this many. */
export const CHUNK_SIZE = 1_048_576

const FILE_KEY_LENGTH = 32
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

/**
 * Seals chunk `index` of `total` of a file. Throws for a file key that has not 32 bytes, an index that is
 * not below total, a chunk that is too long, a chunk before the last one that is not full, and where
 * Web Crypto is missing (a page that did not come over https or from localhost).
 *
 * @returns nonce (12 bytes) || ciphertext (as long as `bytes`) || tag (16 bytes)
 */
export async function sealChunk(
  fileKey: Uint8Array,
  index: number,
  total: number,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  if (fileKey.length !== FILE_KEY_LENGTH) throw new RangeError('a file key has 32 bytes')
  if (!isPosition(index, total)) throw new RangeError('not a chunk of this file')
  if (!isChunkLength(bytes.length, index, total)) throw new RangeError('not the length of this chunk')
  const keys = chunkKeys(fileKey, index, total)
  const { subtle } = globalThis.crypto
  const nonceKey = await subtle.importKey('raw', keys.nonce, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const mac = new Uint8Array(await subtle.sign('HMAC', nonceKey, bytes as BufferSource))
  const nonce = mac.slice(0, NONCE_LENGTH)
  const key = await subtle.importKey('raw', keys.cipher, 'AES-GCM', false, ['encrypt'])
  const box = await subtle.encrypt({ name: 'AES-GCM', iv: nonce }, key, bytes as BufferSource)
  return concatBytes(nonce, new Uint8Array(box))
}

/**
 * Reverses {@link sealChunk}. Returns `null` when the bytes were changed or are not chunk `index` of `total`
 * under this key, and for numbers or lengths that no chunk has. Throws as sealChunk does for the
 * file key and for a missing Web Crypto.
 */
export async function openChunk(
  fileKey: Uint8Array,
  index: number,
  total: number,
  sealed: Uint8Array,
): Promise<Uint8Array | null> {
  if (fileKey.length !== FILE_KEY_LENGTH) throw new RangeError('a file key has 32 bytes')
  if (!isPosition(index, total)) return null
  if (!isChunkLength(sealed.length - NONCE_LENGTH - TAG_LENGTH, index, total)) return null
  const keys = chunkKeys(fileKey, index, total)
  const { subtle } = globalThis.crypto
  const key = await subtle.importKey('raw', keys.cipher, 'AES-GCM', false, ['decrypt'])
  const iv = new Uint8Array(sealed.subarray(0, NONCE_LENGTH))
  try {
    const box = sealed.subarray(NONCE_LENGTH) as BufferSource
    return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, key, box))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'OperationError') return null
    throw error
  }
}

function isPosition(index: number, total: number): boolean {
  return Number.isInteger(index) && Number.isInteger(total) && index >= 0 && index < total && total <= 0xffffffff
}

function isChunkLength(length: number, index: number, total: number): boolean {
  return index === total - 1 ? length >= 0 && length <= CHUNK_SIZE : length === CHUNK_SIZE
}

/** 64 bytes of HKDF under `chartkeep/blob-chunk/v1` || index (4) || last (1) || total (4). */
function chunkKeys(
  fileKey: Uint8Array,
  index: number,
  total: number,
): { cipher: Uint8Array<ArrayBuffer>; nonce: Uint8Array<ArrayBuffer> } {
  const last = Uint8Array.of(index === total - 1 ? 1 : 0)
  const derived = hkdf(fileKey, 'blob-chunk', 64, concatBytes(uint32ToBytes(index), last, uint32ToBytes(total)))
  return { cipher: derived.slice(0, 32), nonce: derived.slice(32) }
}
