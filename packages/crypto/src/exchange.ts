/** The key that two X25519 keys agree on, as NaCl's box has it (https://nacl.cr.yp.to/box.html); a result of zeros is none (K2). */
import nacl from 'tweetnacl'
import { equalBytes, utf8ToBytes } from './bytes.ts'
import { engine } from './engine.ts'

const KEY_LENGTH = 32
const NO_SECRET = new Uint8Array(KEY_LENGTH)
/** Any will do: every X25519 scalar is a multiple of 8, so the points without a shared secret are the same for all. */
const PROBE_SECRET_KEY = new Uint8Array(KEY_LENGTH).fill(1)
/** The constant of Salsa20 for keys of 32 bytes. */
const SIGMA = utf8ToBytes('expand 32-byte k')
const NO_INPUT = new Uint8Array(16)

/** What tweetnacl has below its documented functions and leaves out of its types. */
interface LowLevel {
  crypto_core_hsalsa20(out: Uint8Array, input: Uint8Array, key: Uint8Array, constant: Uint8Array): number
}
const { crypto_core_hsalsa20: hsalsa20 } = (nacl as unknown as { lowlevel: LowLevel }).lowlevel

/** Whether `publicKey` (32 bytes) has a shared secret with anybody at all. */
export function hasSharedSecret(publicKey: Uint8Array): boolean {
  return exchange(PROBE_SECRET_KEY, publicKey) !== null
}

/** The key (32 bytes) of boxes between the two, crypto_box_beforenm of NaCl; `null` where there is no shared secret. Both have 32 bytes. */
export function sharedKey(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  const shared = exchange(secretKey, publicKey)
  if (shared === null) return null
  const key = new Uint8Array(KEY_LENGTH)
  hsalsa20(key, NO_INPUT, shared, SIGMA)
  return key
}

function exchange(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | null {
  const shared = engine?.x25519(secretKey, publicKey) ?? nacl.scalarMult(secretKey, publicKey)
  return equalBytes(shared, NO_SECRET) ? null : shared
}
