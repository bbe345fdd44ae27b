/**
 * The engine of the simulation: OpenSSL (crypto/native), whose answers are remembered by their whole input. All devices of a scenario live
 * in this process and ask the same questions, say about the signature of one control-log entry; the answer is a function of the question.
 * A signature that was made here is one that holds: only what nobody here has signed is verified (that OpenSSL accepts its own signatures
 * is a matter of test/unit/crypto).
 */
import { Buffer } from 'node:buffer'
import { installEngine, type Engine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'

/** Answers kept of each kind at least, and twice as many at most. */
const KEPT = 12_000

/** Installs it in this process. */
export function installSimEngine(): void {
  installEngine(simEngine())
}

export function simEngine(): Engine {
  const signingPublicKey = remembered(native.signingPublicKey)
  const publicKeys = new WeakMap<Uint8Array, Uint8Array>()
  const publicKeyOf = (seed: Uint8Array) => {
    let key = publicKeys.get(seed)
    if (key === undefined) publicKeys.set(seed, (key = signingPublicKey(seed)))
    return key
  }
  const boxPublicKey = remembered(native.x25519PublicKey)
  const secrets = createMemory<Uint8Array>()
  const verdicts = createMemory<{ publicKey: Uint8Array; message: Uint8Array; holds: boolean }>()
  return {
    ...native,
    signingPublicKey,
    sign: remembered((seed, message) => {
      const signature = native.sign(seed, message)
      verdicts.keep(textOf(signature), { publicKey: publicKeyOf(seed), message: message.slice(), holds: true })
      return signature
    }),
    verify(publicKey, message, signature) {
      const name = textOf(signature)
      const known = verdicts.get(name)
      if (known !== undefined && isSame(known.publicKey, publicKey) && isSame(known.message, message))
        return known.holds
      const holds = native.verify(publicKey, message, signature)
      // One signature under several questions is an attack; those are asked again each time.
      if (known === undefined) verdicts.keep(name, { publicKey: publicKey.slice(), message: message.slice(), holds })
      return holds
    },
    // Both sides of an exchange get one secret (RFC 7748 section 6.1): it is computed for the first of them.
    x25519(secretKey, publicKey) {
      const other = textOf(publicKey)
      const own = textOf(boxPublicKey(secretKey))
      const name = own < other ? own + other : other + own
      let shared = secrets.get(name)
      if (shared === undefined) secrets.keep(name, (shared = native.x25519(secretKey, publicKey)))
      return shared.slice()
    },
    x25519PublicKey: boxPublicKey,
  }
}

/** Answers belong to whoever asked first: bytes are handed out as copies. */
function remembered<A extends Uint8Array[]>(ask: (...input: A) => Uint8Array): (...input: A) => Uint8Array {
  const memory = createMemory<Uint8Array>()
  return (...input) => {
    let name = ''
    // Lengths too: two inputs must not read as one when they are put together.
    for (const bytes of input) name += String.fromCharCode(bytes.length) + textOf(bytes)
    let answer = memory.get(name)
    if (answer === undefined) memory.keep(name, (answer = ask(...input)))
    return answer.slice()
  }
}

/** Forgets the older half when it is full. */
function createMemory<T>() {
  let newer = new Map<string, T>()
  let older = new Map<string, T>()
  return {
    get: (name: string): T | undefined => newer.get(name) ?? older.get(name),
    keep(name: string, value: T): void {
      if (newer.size >= KEPT) {
        older = newer
        newer = new Map()
      }
      newer.set(name, value)
    },
  }
}

// A view of its own for each question would cost more than the text.
const { latin1Slice } = Buffer.prototype

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function textOf(bytes: Uint8Array): string {
  return latin1Slice.call(bytes)
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && viewOf(a).equals(b)
}
