/**
 * Sealing to a public key: an X25519 box (https://nacl.cr.yp.to/box.html) from an ephemeral key,
 * as rule K9 wraps keys. Anyone can make one: who made it is proved by a signature, elsewhere.
 */
import nacl from 'tweetnacl'
import { concatBytes } from './bytes.ts'
import { engine } from './engine.ts'
import { hasSharedSecret, sharedKey } from './exchange.ts'
import { randomBytes as systemRandom, type RandomBytes } from './random.ts'
import { sha512 } from './sha2.ts'

/** A key pair that opens boxes. */
export interface BoxKeyPair {
  /** 32 bytes, public. */
  publicKey: Uint8Array
  /** 32 bytes, secret. */
  secretKey: Uint8Array
}

const KEY_LENGTH = 32
const NONCE_LENGTH = 24
const TAG_LENGTH = 16
const NO_RECIPIENT = 'not a public key that a box can be sealed to'

/** A new key pair from 32 random bytes. */
export function generateBoxKeyPair(randomBytes: RandomBytes = systemRandom): BoxKeyPair {
  return boxKeyPairFromSecretKey(randomBytes(KEY_LENGTH))
}

/** The pair that belongs to `secretKey`, which is copied. Throws unless it has 32 bytes. */
export function boxKeyPairFromSecretKey(secretKey: Uint8Array): BoxKeyPair {
  if (secretKey.length !== KEY_LENGTH) throw new RangeError('a box key has 32 bytes')
  if (engine === null) return nacl.box.keyPair.fromSecretKey(secretKey)
  return { publicKey: engine.x25519PublicKey(secretKey), secretKey: new Uint8Array(secretKey) }
}

/**
 * Whether a box can be sealed to `publicKey`: 32 bytes, not one of the few points with which
 * every secret key gives the all-zero shared secret (K2). For keys that others have sent.
 */
export function isSoundBoxKey(publicKey: Uint8Array): boolean {
  return publicKey.length === KEY_LENGTH && hasSharedSecret(publicKey)
}

/**
 * Seals `plaintext` (any length) so that only the holder of the secret key reads it.
 * The nonce is the first 24 bytes of SHA-512(ephemeralPublic || recipientPublic): the ephemeral
 * key is used once, so the nonce is too. Throws for a key that {@link isSoundBoxKey} refuses.
 *
 * @returns ephemeralPublic (32 bytes) || box (plaintext length + 16 bytes)
 */
export function sealToPublicKey(
  recipientPublic: Uint8Array,
  plaintext: Uint8Array,
  randomBytes: RandomBytes = systemRandom,
): Uint8Array {
  if (recipientPublic.length !== KEY_LENGTH) throw new RangeError(NO_RECIPIENT)
  const ephemeral = generateBoxKeyPair(randomBytes)
  const key = sharedKey(ephemeral.secretKey, recipientPublic)
  if (key === null) throw new RangeError(NO_RECIPIENT)
  const nonce = nonceFor(ephemeral.publicKey, recipientPublic)
  return concatBytes(ephemeral.publicKey, nacl.secretbox(plaintext, nonce, key))
}

/**
 * Reverses {@link sealToPublicKey}. Returns `null` when the bytes are too short, were changed,
 * were sealed to another key, or carry an ephemeral key without a shared secret.
 */
export function openSealedBox(pair: BoxKeyPair, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < KEY_LENGTH + TAG_LENGTH) return null
  const ephemeralPublic = sealed.subarray(0, KEY_LENGTH)
  const key = sharedKey(pair.secretKey, ephemeralPublic)
  if (key === null) return null
  return nacl.secretbox.open(sealed.subarray(KEY_LENGTH), nonceFor(ephemeralPublic, pair.publicKey), key)
}

function nonceFor(ephemeralPublic: Uint8Array, recipientPublic: Uint8Array): Uint8Array {
  return sha512(ephemeralPublic, recipientPublic).subarray(0, NONCE_LENGTH)
}
