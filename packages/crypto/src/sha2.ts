/** SHA-2 (FIPS 180-4) and the tagged hash of rule K3. */
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from './bytes.ts'
import { engine } from './engine.ts'

/** SHA-256 of the parts one after another: 32 bytes. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  if (engine !== null) return engine.sha256(parts)
  if (parts.length === 1) return projectionOf(parts[0]!)
  let length = 0
  for (const part of parts) length += part.length
  if (length > scratch.length) {
    const hash = nobleSha256.create()
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  let at = 0
  for (const part of parts) {
    scratch.set(part, at)
    at += part.length
  }
  const digest = projectionOf(scratch.subarray(0, length))
  // Some of what is hashed is derived from keys.
  scratch.fill(0, 0, length)
  return digest
}

/** SHA-256 of `bytes` written to `target` from `at` on: for thousands of hashes, of which none needs an object. */
export function sha256Into(target: Uint8Array, at: number, bytes: Uint8Array): void {
  if (engine !== null) engine.sha256Into(target, at, bytes)
  else target.set(projectionOf(bytes), at)
}

/** One state for all: to make one costs as much as a short hash. It is set back before each, and wiped after. */
const start = nobleSha256.create()
const state = nobleSha256.create()
const digestBytes = new Uint8Array(32)

function projectionOf(bytes: Uint8Array): Uint8Array {
  start._cloneInto(state)
  state.update(bytes)
  state.digestInto(digestBytes)
  state.destroy()
  const digest = digestBytes.slice()
  digestBytes.fill(0)
  return digest
}

/** Short parts are brought together: an object for each of thousands of hashes costs more than copying them. */
const scratch = new Uint8Array(1024)

/** SHA-256 of what comes piece by piece. */
export function startSha256(): { update(piece: Uint8Array): void; digest(): Uint8Array } {
  const hash = nobleSha256.create()
  return { update: (piece) => void hash.update(piece), digest: () => hash.digest() }
}

/** SHA-256 of much, by Web Crypto, off this thread where it can: 32 bytes. Throws where Web Crypto is missing. */
export async function sha256OfMuch(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes as BufferSource))
}

/** SHA-512 of the parts one after another: 64 bytes. */
export function sha512(...parts: Uint8Array[]): Uint8Array {
  if (engine !== null) return engine.sha512(parts)
  const hash = nobleSha512.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Purposes are words of our own code, a few dozen. */
const domains = new Map<string, Uint8Array>()

/** The domain string of rule K3 in UTF-8: `chartkeep/<purpose>/v1`. Not to be changed. */
export function domainBytes(purpose: string): Uint8Array {
  let bytes = domains.get(purpose)
  if (bytes === undefined) domains.set(purpose, (bytes = utf8ToBytes(`chartkeep/${purpose}/v1`)))
  return bytes
}

/**
 * SHA-256 of the domain string `chartkeep/<purpose>/v1` and the parts: 32 bytes.
 * The parts are not told apart, so at most one of them may vary in length.
 */
export function taggedHash(purpose: string, ...parts: Uint8Array[]): Uint8Array {
  return sha256(domainBytes(purpose), ...parts)
}
