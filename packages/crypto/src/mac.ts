/**
 * Message authentication codes by which a server knows what it made itself: HMAC-SHA-256 (RFC 2104) under keys that HKDF (RFC 5869) derives from
 * its signing seed. The keys stay in this file and open nothing.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from './bytes.ts'
import { domainBytes } from './sha2.ts'

/** What is authenticated, each under a key of its own, and how many bytes of the code it carries. */
const CODE_BYTES = { 'session-token': 32, 'sign-in-challenge': 10 } as const

export type MacPurpose = keyof typeof CODE_BYTES

/** Goes when the seed goes. */
const keys = new WeakMap<Uint8Array, Map<MacPurpose, ReturnType<typeof hmac.create>>>()

/** The HMAC of this seed and purpose before any message. */
function startOf(seed: Uint8Array, purpose: MacPurpose): ReturnType<typeof hmac.create> {
  let ofSeed = keys.get(seed)
  if (ofSeed === undefined) keys.set(seed, (ofSeed = new Map()))
  let start = ofSeed.get(purpose)
  if (start === undefined) {
    start = hmac.create(sha256, hkdf(sha256, seed, undefined, domainBytes(purpose), 32))
    ofSeed.set(purpose, start)
  }
  return start
}

/**
 * The code over the parts, one after another: 32 bytes for a `session-token`, 10 for a `sign-in-challenge`. The parts are not told apart, so at most one
 * may vary in length. `seed`: 32 random bytes that are not changed any more.
 */
export function macToken(seed: Uint8Array, purpose: MacPurpose, ...parts: Uint8Array[]): Uint8Array {
  const mac = startOf(seed, purpose)._cloneInto()
  for (const part of parts) mac.update(part)
  return mac.digest().slice(0, CODE_BYTES[purpose])
}

/** Whether `code` is {@link macToken} of the parts, in time that does not depend on where it differs. False for any other length. */
export function checkToken(seed: Uint8Array, purpose: MacPurpose, code: Uint8Array, ...parts: Uint8Array[]): boolean {
  return equalBytes(macToken(seed, purpose, ...parts), code)
}
