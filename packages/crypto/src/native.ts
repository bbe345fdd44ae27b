/**
 * The engine of Node: OpenSSL by node:crypto, without a job for another thread but for Argon2id. For servers, tests and benchmarks; no browser code reaches
 * this file. Ed25519 of OpenSSL uses the equation without cofactor, as K2 asks for.
 */
import {
  argon2,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import { installEngine, type Argon2id, type Engine } from './engine.ts'
import { Recent } from './recent.ts'

/** The DER bytes before the key (RFC 8410 sections 4 and 7). */
const PREFIX = {
  ed25519: { secret: bytesOf('302e020100300506032b657004220420'), public: bytesOf('302a300506032b6570032100') },
  x25519: { secret: bytesOf('302e020100300506032b656e04220420'), public: bytesOf('302a300506032b656e032100') },
}

const SHA512_BLOCK = 128
const DIGEST_LENGTH = { sha256: 32, sha512: 64 } as const

/** Public keys as OpenSSL has them; null: it does not import them. */
const publicKeys = new Recent<KeyObject | null>(256)
/** Of seeds that are not changed any more (SigningKeyPair). Goes when the seed goes. */
const secretKeys = new WeakMap<Uint8Array, KeyObject>()

/** Lets OpenSSL do the work in this process. */
export function installNative(): void {
  installEngine(native)
}

/** Node has it from 24.7 on. */
const derive = typeof argon2 === 'function' ? promisify(argon2) : null

const argon2id: Argon2id | null =
  derive &&
  (async (message, nonce, { memoryKiB, passes, lanes }) => {
    const options = { message, nonce, memory: memoryKiB, passes, parallelism: lanes, tagLength: 32 }
    return new Uint8Array(await derive('argon2id', options))
  })

export const native: Engine = {
  argon2id,
  sha256: (parts) => digest('sha256', parts),
  sha256Into: (target, at, bytes) => digestInto(target, at, 'sha256', bytes),
  sha512: (parts) => digest('sha512', parts),
  // RFC 2104 over the quick hash: an Hmac object of Node costs four times as much as these two.
  hmacSha512(key, parts) {
    const block = key.length > SHA512_BLOCK ? digest('sha512', [key]) : key
    const inner = joined(parts, SHA512_BLOCK)
    mask(inner, block, 0x36)
    mask(outer, block, 0x5c)
    try {
      digestInto(outer, SHA512_BLOCK, 'sha512', inner)
      return digest('sha512', [outer])
    } finally {
      inner.fill(0, 0, SHA512_BLOCK)
      outer.fill(0)
    }
  },
  x25519(secretKey, publicKey) {
    const [secret, other] = [secretOf('x25519', secretKey), publicOf('x25519', publicKey)]
    try {
      return new Uint8Array(diffieHellman({ privateKey: secret, publicKey: other }))
    } catch {
      // OpenSSL refuses a shared secret of zeros; who asks here does so itself.
      return new Uint8Array(32)
    }
  },
  x25519PublicKey: (secretKey) => rawPublic(secretOf('x25519', secretKey)),
  verify(publicKey, message, signature) {
    const key = verifyingKey(publicKey)
    return key !== null && verify(null, message, key, signature)
  },
  sign: (seed, message) => new Uint8Array(sign(null, message, signingKey(seed))),
  signingPublicKey: (seed) => rawPublic(secretOf('ed25519', seed)),
}

/** Short inputs are brought together here: most of what is hashed are a few hashes and numbers. */
const scratch = new Uint8Array(4096)
/** Its beginnings, by length: the same few are asked for by each of thousands of hashes. */
const views: (Uint8Array | undefined)[] = Array.from({ length: scratch.length + 1 })
/** The outer block of an HMAC and the inner hash; wiped after each. */
const outer = new Uint8Array(SHA512_BLOCK + DIGEST_LENGTH.sha512)

type Algorithm = 'sha256' | 'sha512'

/** A hash comes as a text of one character a byte, which costs less than half of a Buffer of its own: those lie outside the heap. */
function digestInto(target: Uint8Array, at: number, algorithm: Algorithm, bytes: Uint8Array): void {
  const text = hash(algorithm, bytes, 'binary')
  for (let i = 0; i < DIGEST_LENGTH[algorithm]; i++) target[at + i] = text.charCodeAt(i)
}

function digest(algorithm: Algorithm, parts: readonly Uint8Array[]): Uint8Array {
  const digested = new Uint8Array(DIGEST_LENGTH[algorithm])
  digestInto(digested, 0, algorithm, parts.length === 1 ? parts[0]! : joined(parts))
  return digested
}

/** The parts behind `room` bytes that may hold anything; good until it is called again. */
function joined(parts: readonly Uint8Array[], room = 0): Uint8Array {
  let length = room
  for (const part of parts) length += part.length
  const whole = length <= scratch.length ? (views[length] ??= scratch.subarray(0, length)) : new Uint8Array(length)
  let at = room
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A block of HMAC: the key, filled up with zeros, under the mask. */
function mask(target: Uint8Array, key: Uint8Array, byte: number): void {
  for (let i = 0; i < SHA512_BLOCK; i++) target[i] = i < key.length ? key[i]! ^ byte : byte
}

type Curve = keyof typeof PREFIX

function secretOf(curve: Curve, secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PREFIX[curve].secret, secret]), format: 'der', type: 'pkcs8' })
}

function publicOf(curve: Curve, bytes: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([PREFIX[curve].public, bytes]), format: 'der', type: 'spki' })
}

function rawPublic(secret: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32))
}

function signingKey(seed: Uint8Array): KeyObject {
  let key = secretKeys.get(seed)
  if (key === undefined) secretKeys.set(seed, (key = secretOf('ed25519', seed)))
  return key
}

function verifyingKey(publicKey: Uint8Array): KeyObject | null {
  const name = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.length).toString('latin1')
  return publicKeys.of(name, () => {
    try {
      return publicOf('ed25519', publicKey)
    } catch {
      return null
    }
  })
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex')
}
