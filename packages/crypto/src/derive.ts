/** Keys from keys and from passphrases: HMAC-SHA-512, HKDF-SHA-256 and Argon2id (rules K1, K3, K6). */
import { hkdf as nobleHkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { argon2id } from 'hash-wasm'
import { concatBytes, utf8ToBytes } from './bytes.ts'
import { engine } from './engine.ts'
import { domainBytes } from './sha2.ts'

/** How much work a passphrase costs (RFC 9106 section 3.1). */
export interface Argon2idParameters {
  memoryKiB: number
  passes: number
  lanes: number
}

/**
 * What new passphrases use, and the least that is accepted (K10): the second recommended option of
 * RFC 9106 section 4 in memory and passes, with one lane, because a browser computes lanes one
 * after another.
 */
export const ARGON2ID: Readonly<Argon2idParameters> = { memoryKiB: 65_536, passes: 3, lanes: 1 }

/** The most that is accepted, seven times the work of {@link ARGON2ID}: a changed row, or somebody's file, must not freeze the device. */
const ARGON2ID_CEILING: Readonly<Argon2idParameters> = { memoryKiB: 262_144, passes: 8, lanes: 4 }

const SALT_LENGTH = 16
const KEY_LENGTH = 32

/** HMAC-SHA-512 (RFC 2104) of the parts one after another: 64 bytes. */
export function hmacSha512(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  if (engine !== null) return engine.hmacSha512(key, parts)
  const mac = hmac.create(sha512, key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** {@link hmacSha512} under one key, for many messages. */
export interface KeyedHmac {
  /** 64 bytes. */
  mac(...parts: Uint8Array[]): Uint8Array
  /** Wipes the derived state. No MAC can be computed afterwards. */
  forget(): void
}

/** The key's own part of the work, a third of a short message's, is done once. The key is not kept. */
export function keyedHmacSha512(key: Uint8Array): KeyedHmac {
  if (engine !== null) {
    const own = key.slice()
    return { mac: (...parts) => hmacSha512(own, ...parts), forget: () => void own.fill(0) }
  }
  const start = hmac.create(sha512, key)
  const state = hmac.create(sha512, key)
  return {
    mac(...parts) {
      start._cloneInto(state)
      for (const part of parts) state.update(part)
      return state.digest()
    },
    forget() {
      start.destroy()
      state.destroy()
    },
  }
}

/**
 * HKDF-SHA-256 (RFC 5869) without salt; info is the domain string `chartkeep/<purpose>/v1`, followed by
 * `context` where one purpose gives several keys (of one fixed length for each purpose).
 * `secret` has to be random already: a passphrase is not.
 *
 * @param length - bytes wanted, at most 8160; throws above
 */
export function hkdf(
  secret: Uint8Array,
  purpose: string,
  length: number,
  context: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return nobleHkdf(sha256, secret, undefined, concatBytes(domainBytes(purpose), context), length)
}

/** Whether the parameters are integers from {@link ARGON2ID} up to 256 MiB, 8 passes and 4 lanes. For stored rows and files. */
export function isAcceptedArgon2id(parameters: Argon2idParameters): boolean {
  return (['memoryKiB', 'passes', 'lanes'] as const).every((name) => {
    const value = parameters[name]
    return Number.isInteger(value) && value >= ARGON2ID[name] && value <= ARGON2ID_CEILING[name]
  })
}

/**
 * The key (32 bytes) of a passphrase by Argon2id version 1.3. The passphrase is brought to Unicode
 * form NFKC first, so that it is the same from every keyboard. Takes about 0.3 s and 64 MiB.
 * Throws for parameters that {@link isAcceptedArgon2id} refuses, for a salt that has not 16 bytes
 * and for an empty passphrase.
 */
export async function derivePassphraseKey(
  passphrase: string,
  salt: Uint8Array,
  parameters: Argon2idParameters,
): Promise<Uint8Array> {
  if (!isAcceptedArgon2id(parameters)) throw new RangeError('Argon2id parameters are outside the accepted range')
  if (salt.length !== SALT_LENGTH) throw new RangeError('a passphrase salt has 16 bytes')
  if (passphrase === '') throw new RangeError('a passphrase is not empty')
  const password = utf8ToBytes(passphrase.normalize('NFKC'))
  if (engine?.argon2id) return engine.argon2id(password, salt, parameters)
  return argon2id({
    password,
    salt,
    memorySize: parameters.memoryKiB,
    iterations: parameters.passes,
    parallelism: parameters.lanes,
    hashLength: KEY_LENGTH,
    outputType: 'binary',
  })
}
