/** What an installed engine is asked for (engine.ts): all of its work while it is there, and nothing before or after. */
import {
  ARGON2ID,
  boxKeyPairFromSecretKey,
  createChainOpener,
  derivePassphraseKey,
  generateBoxKeyPair,
  hmacSha512,
  isSoundBoxKey,
  keyedHmacSha512,
  openSealedBox,
  sealToPublicKey,
  sign,
  signingKeyPairFromSeed,
  startBoxChain,
} from '@chartkeep/crypto'
import { sha256, sha256Into, sha512, taggedHash } from '@chartkeep/crypto/hash'
import { installEngine, type Engine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'
import { verify, verifyWith } from '@chartkeep/crypto/verify'
import { afterEach, expect, test } from 'vitest'
import { countingBytes } from '../../support/vectors.ts'

afterEach(() => installEngine(null))

type Name = keyof Engine

/** The engine of Node, which notes by what name it was asked. What it is asked while it is installed counts as the probe of that. */
function noting(): { engine: Engine; during(work: () => unknown): Promise<Name[]> } {
  let asked: Name[] = []
  const note = <A extends unknown[], R>(name: Name, work: (...input: A) => R) => {
    return (...input: A): R => {
      asked.push(name)
      return work(...input)
    }
  }
  const engine: Engine = {
    sha256: note('sha256', native.sha256),
    sha256Into: note('sha256Into', native.sha256Into),
    sha512: note('sha512', native.sha512),
    hmacSha512: note('hmacSha512', native.hmacSha512.bind(native)),
    x25519: note('x25519', native.x25519.bind(native)),
    x25519PublicKey: note('x25519PublicKey', native.x25519PublicKey),
    verify: note('verify', native.verify.bind(native)),
    sign: note('sign', native.sign),
    signingPublicKey: note('signingPublicKey', native.signingPublicKey),
    // The work itself takes 64 MiB and is compared in native.test.ts; here only who is asked counts.
    argon2id: note('argon2id', async () => countingBytes(32, 77)),
  }
  const during = async (work: () => unknown) => {
    asked = []
    await work()
    return [...new Set(asked)].toSorted()
  }
  return { engine, during }
}

const pair = signingKeyPairFromSeed(countingBytes(32))
const box = boxKeyPairFromSecretKey(countingBytes(32, 1))
const message = countingBytes(20)
const signature = await sign(pair, message)
const sealed = sealToPublicKey(box.publicKey, message)
const inChain = startBoxChain(box.publicKey).seal(message)

const work: [what: string, asked: Name[], run: () => unknown][] = [
  ['a hash', ['sha256'], () => sha256(message)],
  ['a hash of parts', ['sha256'], () => sha256(message, message)],
  ['a hash under a domain', ['sha256'], () => taggedHash('device', message)],
  ['a hash in its place', ['sha256Into'], () => sha256Into(new Uint8Array(32), 0, message)],
  ['a long hash', ['sha512'], () => sha512(message, message)],
  ['a code under a key', ['hmacSha512'], () => hmacSha512(message, message)],
  ['codes under one key', ['hmacSha512'], () => keyedHmacSha512(message).mac(message)],
  ['a signing pair', ['signingPublicKey'], () => signingKeyPairFromSeed(countingBytes(32))],
  ['a signature', ['sign'], () => sign(pair, message)],
  ['a verdict', ['verify'], () => verify(pair.publicKey, message, signature)],
  ['a box pair', ['x25519PublicKey'], () => generateBoxKeyPair()],
  ['whether a key is sound', ['x25519'], () => isSoundBoxKey(box.publicKey)],
  ['sealing', ['sha512', 'x25519', 'x25519PublicKey'], () => sealToPublicKey(box.publicKey, message)],
  ['opening', ['sha512', 'x25519'], () => openSealedBox(box, sealed)],
  ['a chain', ['sha256', 'x25519', 'x25519PublicKey'], () => startBoxChain(box.publicKey).seal(message)],
  ['opening a chain', ['sha256', 'x25519'], () => createChainOpener(box)(inChain)],
  ['a passphrase', ['argon2id'], () => derivePassphraseKey('correct horse', countingBytes(16), ARGON2ID)],
]

test.each(work)('K1, K2: an installed engine does the work of %s, alone', async (what, wanted, run) => {
  const { engine, during } = noting()
  installEngine(engine)
  expect(await during(run)).toEqual(wanted)
  installEngine(null)
  if (what !== 'a passphrase') expect(await during(run)).toEqual([])
})

test('K1: it is asked with the parts and the parameters themselves, and what it says is what counts', async () => {
  const asked: unknown[] = []
  installEngine({
    ...native,
    argon2id: async (...input) => {
      asked.push(input)
      return countingBytes(32, 77)
    },
  })
  const salt = countingBytes(16)
  expect(await derivePassphraseKey('ﬁle', salt, ARGON2ID)).toEqual(countingBytes(32, 77))
  expect(asked).toEqual([[new TextEncoder().encode('file'), salt, ARGON2ID]])
})

test('K2: by name an engine is asked though another is installed, and a verdict of the installed one is its own', async () => {
  const { engine, during } = noting()
  installEngine(engine)
  for (const name of ['webcrypto', 'tweetnacl'] as const)
    expect(await during(() => verifyWith(name, pair.publicKey, message, signature))).toEqual([])
  expect(await during(() => verifyWith('native', pair.publicKey, message, signature))).toEqual(['verify'])
  // What the strict check refuses no engine hears of.
  for (const [key, mark] of [
    [new Uint8Array(32), signature],
    [pair.publicKey, new Uint8Array(64)],
    [pair.publicKey.subarray(1), signature],
    [pair.publicKey, signature.subarray(1)],
  ] as const)
    expect(await during(() => verify(key, message, mark))).toEqual([])
})

test('K5: a seed of another length is a mistake with an engine too, which hears nothing about it', async () => {
  const { engine, during } = noting()
  installEngine(engine)
  for (const length of [0, 31, 33]) {
    const wrong = { ...pair, seed: countingBytes(length) }
    expect(await during(() => expect(sign(wrong, message)).rejects.toThrow(RangeError))).toEqual([])
    expect(await during(() => expect(() => signingKeyPairFromSeed(wrong.seed)).toThrow(RangeError))).toEqual([])
  }
})

test('K5: a key that is asked for codes one after another is forgotten when that is said', () => {
  installEngine(native)
  const key = countingBytes(64, 3)
  const keyed = keyedHmacSha512(key)
  const before = keyed.mac(message)
  expect(before).toEqual(hmacSha512(key, message))
  keyed.forget()
  // Under zeros: none of the key is left in it.
  expect(keyed.mac(message)).toEqual(hmacSha512(new Uint8Array(64), message))
})

test('K5: without an engine too nothing can be asked of a key that was forgotten', () => {
  const key = countingBytes(64, 3)
  const keyed = keyedHmacSha512(key)
  expect(keyed.mac(message)).toEqual(hmacSha512(key, message))
  keyed.forget()
  let after: Uint8Array | null = null
  try {
    after = keyed.mac(message)
  } catch {
    // Refusing is as good as another code.
  }
  expect(after).not.toEqual(hmacSha512(key, message))
})

test('K1: a hash is written where it is asked for without an engine too, and beyond the room an error', () => {
  const target = new Uint8Array(80).fill(9)
  sha256Into(target, 20, message)
  expect(target.subarray(20, 52)).toEqual(sha256(message))
  expect([...target.subarray(0, 20), ...target.subarray(52)].every((byte) => byte === 9)).toBe(true)
  expect(() => sha256Into(new Uint8Array(40), 20, message)).toThrow(RangeError)
})
