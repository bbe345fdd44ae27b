/**
 * The body of an envelope: the sealed form that is bound to its header and commits to its key (rule E2).
 * What header and plaintext hold is not known here.
 */
import { concatBytes, equalBytes } from './bytes.ts'
import { hmacSha512, keyedHmacSha512 } from './derive.ts'
import { boxBehind, openBox } from './secretbox.ts'
import { domainBytes } from './sha2.ts'

const NONCE_LENGTH = 24
const COMMITMENT_LENGTH = 32
const RECORD_DOMAIN = domainBytes('record')

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
  return boxBehind(concatBytes(nonce, commitment), padded, nonce, key)
}

/**
 * Reverses {@link sealBody}. Returns the padded plaintext, or `null` when the body is too short,
 * was changed, or belongs to another content key or header. The commitment is compared first, in
 * constant time: secretbox alone could be made to open under two keys with different contents.
 */
export function openBody(contentKey: Uint8Array, header: Uint8Array, body: Uint8Array): Uint8Array | null {
  return openUnder(() => bodyKeys(contentKey, header), body)
}

/** {@link openBody} for many bodies of one content key. Throws unless it has 32 bytes. */
export function bodyOpener(contentKey: Uint8Array): {
  open(header: Uint8Array, body: Uint8Array): Uint8Array | null
  /** Wipes what was derived from the key; nothing can be opened any more. */
  forget(): void
} {
  checkKey(contentKey)
  const keyed = keyedHmacSha512(contentKey)
  return {
    open: (header, body) => openUnder(() => halves(keyed.mac(RECORD_DOMAIN, header)), body),
    forget: () => keyed.forget(),
  }
}

function openUnder(keysOf: () => BodyKeys, body: Uint8Array): Uint8Array | null {
  const { key, commitment } = keysOf()
  // A body that ends before its commitment does holds another one; what is too short for a box opens as none.
  const box = NONCE_LENGTH + COMMITMENT_LENGTH
  if (!equalBytes(body.subarray(NONCE_LENGTH, box), commitment)) return null
  return openBox(body.subarray(box), body.subarray(0, NONCE_LENGTH), key)
}

/**
 * What opens the one body under `header` and nothing else of its stream, for a proof that is given away (A4): 64 bytes, key and
 * commitment. The content key cannot be computed back from it. Throws unless contentKey has 32 bytes.
 */
export function bodyOpening(contentKey: Uint8Array, header: Uint8Array): Uint8Array {
  const { key, commitment } = bodyKeys(contentKey, header)
  return concatBytes(key, commitment)
}

interface BodyKeys {
  key: Uint8Array
  commitment: Uint8Array
}

function bodyKeys(contentKey: Uint8Array, header: Uint8Array): BodyKeys {
  checkKey(contentKey)
  return halves(hmacSha512(contentKey, RECORD_DOMAIN, header))
}

function checkKey(contentKey: Uint8Array): void {
  if (contentKey.length !== 32) throw new RangeError('a content key has 32 bytes')
}

function halves(derived: Uint8Array): BodyKeys {
  return { key: derived.subarray(0, 32), commitment: derived.subarray(32) }
}
