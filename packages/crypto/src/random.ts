/** The one source of randomness: the system's, by Web Crypto. Tests pass a fixed one where a function takes it. */

/** A source of random bytes: gives exactly `length` new bytes at each call. */
export type RandomBytes = (length: number) => Uint8Array

/** getRandomValues gives at most this much at once (W3C Web Cryptography, section 10.1.1). */
const MAX_AT_ONCE = 65_536

/** `length` bytes from the system's generator. Throws where there is none. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += MAX_AT_ONCE) {
    globalThis.crypto.getRandomValues(bytes.subarray(at, at + MAX_AT_ONCE))
  }
  return bytes
}
