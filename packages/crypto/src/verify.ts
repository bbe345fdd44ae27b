/**
 * Ed25519 verification (RFC 8032 section 5.1.7) with one verdict on every device, rule K2.
 *
 * One strict check runs before every engine (Web Crypto, tweetnacl, and an engine that engine.ts installed). It settles what engines might judge
 * differently: length, S < L, canonical A and R, no small-order A or R. One question is left: they must use the equation without cofactor, [S]B = R +
 * [k]A, compared as bytes. tweetnacl does, W3C Web Cryptography asks for it, and an engine that accepts COFACTORED, which only the equation with
 * cofactor does, is not used.
 */
import nacl from 'tweetnacl'
import { bytesToBase64Url } from './bytes.ts'
import { isAllowedPoint, isCanonicalScalar, isInPrimeOrderGroup } from './edwards.ts'
import { COFACTORED, engine, PLAIN } from './engine.ts'
import { Recent } from './recent.ts'

/** Public keys kept imported for Web Crypto, and verdicts on keys. */
const CACHED_KEYS = 256

/** What can verify; for the tests that compare them. */
export type VerifyEngine = 'webcrypto' | 'tweetnacl' | 'native'

let chosenEngine: Promise<VerifyEngine> | null = null
const importedKeys = new Recent<Promise<CryptoKey>>(CACHED_KEYS)
/** Verdicts of {@link isSoundSigningKey}: the same logs are read again at every start, by a server for each account. */
const judgedKeys = new Recent<boolean>(CACHED_KEYS)

/**
 * Whether `signature` (64 bytes) over `message` is by `publicKey` (32 bytes). False for
 * wrong lengths and for everything that the strict check refuses; never throws for bad input.
 * Takes 0.1 ms by Web Crypto, some 6 ms by tweetnacl.
 */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (engine !== null) return verifyWith('native', publicKey, message, signature)
  chosenEngine ??= chooseEngine()
  return verifyWith(await chosenEngine, publicKey, message, signature)
}

/** {@link verify} by a named engine; `native` is the installed one. Throws where an engine is asked for that is not here. */
export async function verifyWith(
  name: VerifyEngine,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!passesStrictCheck(publicKey, signature)) return false
  switch (name) {
    case 'webcrypto':
      return verifyByWebCrypto(publicKey, message, signature)
    case 'tweetnacl':
      return nacl.sign.detached.verify(message, signature, publicKey)
    case 'native':
      if (engine === null) throw new Error('no engine is installed')
      return engine.verify(publicKey, message, signature)
  }
}

/**
 * Whether `publicKey` may become a device's key: 32 bytes, canonical, not of small order, on the
 * curve and in the prime-order group (L times it is the identity), so that it has no second form
 * under which the same signatures pass. Some 5 ms for a key that was not asked for of late.
 */
export function isSoundSigningKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false
  return judgedKeys.of(bytesToBase64Url(publicKey), () => isAllowedPoint(publicKey) && isInPrimeOrderGroup(publicKey))
}

function passesStrictCheck(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === 32 &&
    signature.length === 64 &&
    isAllowedPoint(publicKey) &&
    isAllowedPoint(signature.subarray(0, 32)) &&
    isCanonicalScalar(signature.subarray(32))
  )
}

/** Web Crypto where it has Ed25519 and judges the two vectors above as tweetnacl does. */
async function chooseEngine(): Promise<VerifyEngine> {
  try {
    const accepts = await verifyByWebCrypto(PLAIN.publicKey, PLAIN.message, PLAIN.signature)
    const cofactored = await verifyByWebCrypto(COFACTORED.publicKey, COFACTORED.message, COFACTORED.signature)
    return accepts && !cofactored ? 'webcrypto' : 'tweetnacl'
  } catch {
    return 'tweetnacl'
  }
}

async function verifyByWebCrypto(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  let key: CryptoKey
  try {
    key = await importKey(publicKey)
  } catch (error) {
    // An engine may refuse 32 bytes that are no point already here; tweetnacl does so later.
    if (error instanceof DOMException && error.name === 'DataError') return false
    throw error
  }
  return globalThis.crypto.subtle.verify('Ed25519', key, signature as BufferSource, message as BufferSource)
}

function importKey(publicKey: Uint8Array): Promise<CryptoKey> {
  return importedKeys.of(bytesToBase64Url(publicKey), () =>
    globalThis.crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify']),
  )
}
