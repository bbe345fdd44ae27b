/**
 * An engine that verifies by what this process has signed: for a key whose seed it has seen, and an R whose nonce it has seen, the
 * equation of K2, [S]B = R + [k]A, is S = r + k·a (mod L), as A = [a]B, R = [r]B and B has order L (RFC 8032 section 5.1). The verdict is
 * the same, in a twentieth of the time: for tests that ask about a million signatures, of which all but a few have an R of their own making.
 * Everything else, and one question in CHECKED_OF, goes to OpenSSL, whose word must be the same.
 */
import { installEngine, type Engine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'

/** Order of the base point. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const CHECKED_OF = 50

export interface KnowingEngine extends Engine {
  /** How many were judged by the equation of scalars, how many of those by OpenSSL too, and how many by it alone. */
  readonly asked: { known: number; checked: number; unknown: number }
}

/** Installs a new one in this process. */
export function installKnowingEngine(): KnowingEngine {
  const engine = knowingEngine()
  installEngine(engine)
  return engine
}

export function knowingEngine(): KnowingEngine {
  /** a of public keys and r of points R, by their bytes. */
  const secretScalars = new Map<string, bigint>()
  const nonces = new Map<string, bigint>()
  const asked = { known: 0, checked: 0, unknown: 0 }
  return {
    ...native,
    asked,
    sign(seed, message) {
      const signature = native.sign(seed, message)
      const digest = native.sha512([seed])
      const a = scalarOf(digest.subarray(0, 32))
      secretScalars.set(textOf(native.signingPublicKey(seed)), a)
      nonces.set(textOf(signature.subarray(0, 32)), numberOf(native.sha512([digest.subarray(32), message])) % L)
      return signature
    },
    verify(publicKey, message, signature) {
      const R = signature.subarray(0, 32)
      const a = secretScalars.get(textOf(publicKey))
      const r = nonces.get(textOf(R))
      if (a === undefined || r === undefined) {
        asked.unknown++
        return native.verify(publicKey, message, signature)
      }
      const k = numberOf(native.sha512([R, publicKey, message]))
      const holds = numberOf(signature.subarray(32)) === (r + k * a) % L
      if (asked.known++ % CHECKED_OF === 0) {
        asked.checked++
        if (native.verify(publicKey, message, signature) !== holds)
          throw new Error('OpenSSL judges this signature otherwise')
      }
      return holds
    },
  }
}

/** RFC 8032 section 5.1.5, step 2. */
function scalarOf(half: Uint8Array): bigint {
  const bytes = half.slice()
  bytes[0]! &= 248
  bytes[31] = (bytes[31]! & 127) | 64
  return numberOf(bytes) % L
}

/** Little endian. */
function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`)
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
