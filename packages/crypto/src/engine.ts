/**
 * The seam under rules K1 and K2: primitives of a platform that stand in for those of tweetnacl, Web Crypto and @noble/hashes, and may for hash-wasm. All but
 * Argon2id are synchronous, and all give the same bytes and the same verdicts; test/unit/crypto holds the published vectors against each.
 * Nothing is installed by itself: a browser runs without, a process of Node may install native.ts.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import nacl from 'tweetnacl'
import { concatBytes, equalBytes, hexToBytes, utf8ToBytes } from './bytes.ts'

/** Hashes and curves of a platform. Lengths were checked by the caller; no function keeps or changes what it is given. */
export interface Engine {
  sha256(parts: readonly Uint8Array[]): Uint8Array
  /** SHA-256 of `bytes` written to `target` from `at` on. */
  sha256Into(target: Uint8Array, at: number, bytes: Uint8Array): void
  sha512(parts: readonly Uint8Array[]): Uint8Array
  hmacSha512(key: Uint8Array, parts: readonly Uint8Array[]): Uint8Array
  /** The function of RFC 7748: 32 bytes, all zero where there is no shared secret. */
  x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array
  x25519PublicKey(secretKey: Uint8Array): Uint8Array
  /** Ed25519 by the equation without cofactor, behind the strict check of verify.ts; false for 32 bytes that are no point. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** The signature (64 bytes) by the private key of RFC 8032, `seed`. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array
  signingPublicKey(seed: Uint8Array): Uint8Array
  /** Argon2id version 1.3 (RFC 9106) with a tag of 32 bytes, off this thread; null where the platform has none. */
  readonly argon2id: Argon2id | null
}

/** `parameters` are those of derive.ts, accepted already. */
export type Argon2id = (
  password: Uint8Array,
  salt: Uint8Array,
  parameters: { memoryKiB: number; passes: number; lanes: number },
) => Promise<Uint8Array>

/** What is installed; null: tweetnacl, Web Crypto and @noble/hashes do the work. */
export let engine: Engine | null = null

/** RFC 8032 section 7.1, TEST 2: every Ed25519 accepts it. */
export const PLAIN = {
  publicKey: hexToBytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')!,
  message: Uint8Array.of(0x72),
  signature: hexToBytes(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )!,
}

/** C2SP CCTV ed25519, vector 267: R has a low-order part, A has none. Only the equation with cofactor accepts it. */
export const COFACTORED = {
  publicKey: hexToBytes('ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076')!,
  message: utf8ToBytes('ed25519vectors 3'),
  signature: hexToBytes(
    '36684ea91032ba5b1dbab2d02f4debc74c3327f2b3802e2e4d371aa42b12b56b' +
      '2d471882773a677af1e3824e757a33f8ddf7bbeaf3d28a09595eb8daa0d74a03',
  )!,
}

/**
 * Lets `next` do the work from now on, in the whole process; null goes back to what a browser has. Throws when one of its functions gives
 * another answer than tweetnacl or @noble/hashes on fixed inputs, or judges the two signatures above as it must not. Argon2id is not tried
 * here, as one answer takes 64 MiB: a wrong one would open nothing, and test/unit/crypto compares it.
 */
export function installEngine(next: Engine | null): void {
  if (next !== null && !agrees(next)) throw new Error('this engine gives other results than K1 and K2 ask for')
  engine = next
}

function agrees(next: Engine): boolean {
  const secret = PLAIN.signature.subarray(0, 32)
  const parts = [PLAIN.publicKey, new Uint8Array(0), PLAIN.signature, COFACTORED.message]
  const whole = concatBytes(...parts)
  const noSecret = new Uint8Array(32)
  const pair = nacl.sign.keyPair.fromSeed(secret)
  const placed = new Uint8Array(40)
  next.sha256Into(placed, 4, whole)
  return (
    equalBytes(next.sha256(parts), sha256(whole)) &&
    equalBytes(placed.subarray(4, 36), sha256(whole)) &&
    equalBytes(next.sha512(parts), sha512(whole)) &&
    equalBytes(next.hmacSha512(secret, parts), hmac(sha512, secret, whole)) &&
    equalBytes(next.x25519(secret, PLAIN.publicKey), nacl.scalarMult(secret, PLAIN.publicKey)) &&
    equalBytes(next.x25519(secret, noSecret), noSecret) &&
    equalBytes(next.x25519PublicKey(secret), nacl.scalarMult.base(secret)) &&
    equalBytes(next.signingPublicKey(secret), pair.publicKey) &&
    equalBytes(next.sign(secret, whole), nacl.sign.detached(whole, pair.secretKey)) &&
    next.verify(PLAIN.publicKey, PLAIN.message, PLAIN.signature) &&
    !next.verify(COFACTORED.publicKey, COFACTORED.message, COFACTORED.signature)
  )
}
