/**
 * Ed25519 verification (RFC 8032 section 5.1.7) with one verdict on every device, rule K2.
 *
 * Two engines, Web Crypto and tweetnacl, stand behind one strict check, which settles all
 * that they might judge differently: length, S < L, canonical A and R, no small-order A or R.
 * One question is left: both engines must use the equation without cofactor, [S]B = R + [k]A,
 * compared as bytes. tweetnacl does, W3C Web Cryptography asks for it, and a Web Crypto that
 * accepts COFACTORED, which only the equation with cofactor does, is not used.
 */
import nacl from 'tweetnacl'
import { bytesToBase64Url, hexToBytes, utf8ToBytes } from './bytes.ts'
import { isAllowedPoint, isCanonicalScalar, isInPrimeOrderGroup } from './edwards.ts'

/** Public keys kept imported for Web Crypto; the least recently used goes first. */
const CACHED_KEYS = 256

/** RFC 8032 section 7.1, TEST 2: every Ed25519 accepts it. */
const PLAIN = {
  publicKey: hexToBytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')!,
  message: Uint8Array.of(0x72),
  signature: hexToBytes(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )!,
}

/** C2SP CCTV ed25519, vector 267: R has a low-order part, A has none. */
const COFACTORED = {
  publicKey: hexToBytes('ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076')!,
  message: utf8ToBytes('ed25519vectors 3'),
  signature: hexToBytes(
    '36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b' +
      '2d471882773a677af1e3824e757a33f8ddf7bbeaf3d28a09595eb8daa0d74a03',
  )!,
}

/** What can verify; for the tests that compare them. */
export type VerifyEngine = 'webcrypto' | 'tweetnacl'

let chosenEngine: Promise<VerifyEngine> | null = null
const importedKeys = new Map<string, Promise<CryptoKey>>()
/** Verdicts of {@link isSoundSigningKey}: the same logs are read again at every start, by a server for each account. */
const judgedKeys = new Map<string, boolean>()

/**
 * Whether `signature` (64 bytes) over `message` is by `publicKey` (32 bytes). False for
 * wrong lengths and for everything that the strict check refuses; never throws for bad input.
 * Takes 0.1 ms by Web Crypto, some 6 ms by tweetnacl.
 */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  chosenEngine ??= chooseEngine()
  return verifyWith(await chosenEngine, publicKey, message, signature)
}

/** {@link verify} by a named engine. Throws where Web Crypto is asked for and has no Ed25519. */
export async function verifyWith(
  engine: VerifyEngine,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!passesStrictCheck(publicKey, signature)) return false
  switch (engine) {
    case 'webcrypto':
      return verifyByWebCrypto(publicKey, message, signature)
    case 'tweetnacl':
      return nacl.sign.detached.verify(message, signature, publicKey)
  }
}

/**
 * Whether `publicKey` may become a device's key: 32 bytes, canonical, not of small order, on the
 * curve and in the prime-order group (L times it is the identity), so that it has no second form
 * under which the same signatures pass. Some 5 ms for a key that was not asked for of late.
 */
export function isSoundSigningKey(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false
  const name = bytesToBase64Url(publicKey)
  const verdict = judgedKeys.get(name) ?? (isAllowedPoint(publicKey) && isInPrimeOrderGroup(publicKey))
  judgedKeys.delete(name)
  judgedKeys.set(name, verdict)
  if (judgedKeys.size > CACHED_KEYS) judgedKeys.delete(judgedKeys.keys().next().value!)
  return verdict
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
  const name = bytesToBase64Url(publicKey)
  const known = importedKeys.get(name)
  const key =
    known ?? globalThis.crypto.subtle.importKey('raw', new Uint8Array(publicKey), 'Ed25519', false, ['verify'])
  importedKeys.delete(name)
  importedKeys.set(name, key)
  if (importedKeys.size > CACHED_KEYS) importedKeys.delete(importedKeys.keys().next().value!)
  return key
}
