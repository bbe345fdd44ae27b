/**
 * The engine of the simulation: OpenSSL (crypto/native), whose answers are remembered by their whole input. All devices of a scenario live
 * in this process and ask the same questions, say about the signature of one control-log entry; the answer is a function of the question.
 */
import { installEngine, type Engine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'

/** Answers kept of each kind at least, and twice as many at most. */
const KEPT = 12_000

/** Installs it in this process. */
export function installSimEngine(): void {
  installEngine(simEngine())
}

export function simEngine(): Engine {
  return {
    ...native,
    verify: remembered(native.verify),
    sign: remembered(native.sign),
    x25519: remembered(native.x25519),
    x25519PublicKey: remembered(native.x25519PublicKey),
  }
}

/** Answers belong to whoever asked first: bytes are handed out as copies. */
function remembered<A extends Uint8Array[], R extends boolean | Uint8Array>(
  ask: (...input: A) => R,
): (...input: A) => R {
  let known = new Map<string, R>()
  let older = new Map<string, R>()
  return (...input) => {
    let name = ''
    for (const bytes of input) {
      name += String.fromCharCode(bytes.length)
      name += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
    }
    let answer = known.get(name)
    if (answer === undefined) {
      answer = older.get(name) ?? ask(...input)
      if (known.size >= KEPT) {
        older = known
        known = new Map()
      }
      known.set(name, answer)
    }
    return typeof answer === 'boolean' ? answer : (answer.slice() as R)
  }
}
