/** What a mistake of the caller is answered with: an error that names the argument and what it must be, and never holds a byte of it. */
import {
  ARGON2ID,
  bodyOpening,
  boxKeyPairFromSecretKey,
  createChainOpener,
  deriveLargeKey,
  derivePassphraseKey,
  isAcceptedArgon2id,
  openDisclosed,
  MAX_CHAIN,
  open,
  openBody,
  openChunk,
  openLarge,
  openSealedBox,
  openStreamPart,
  padmeLength,
  recoveryKeys,
  seal,
  sealBody,
  sealChunk,
  sealLarge,
  sealStreamPart,
  sealToPublicKey,
  sign,
  signingKeyPairFromSeed,
  startBoxChain,
} from '@chartkeep/crypto'
import {
  concatBytes,
  encodeCbor,
  uint32ToBytes,
  uint64ToBytes,
  utf8ToBytes,
  type CborValue,
} from '@chartkeep/crypto/encoding'
import { inclusionPath, consistencyPath } from '@chartkeep/crypto/hash'
import { installEngine, type Engine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'
import { describe, expect, test } from 'vitest'
import { countingBytes } from '../../support/vectors.ts'

const short = countingBytes(31)
const key = countingBytes(32)
let deep: CborValue = 0
for (let depth = 0; depth < 17; depth++) deep = [deep]
let deepMap: CborValue = 0
for (let depth = 0; depth < 17; depth++) deepMap = { a: deepMap }
const leaves = [countingBytes(1), countingBytes(2)]
const boxKey = boxKeyPairFromSecretKey(key).publicKey

const mistakes: [what: string, words: string, type: typeof Error, call: () => unknown][] = [
  ['a file key', 'a file key has 32 bytes', RangeError, () => sealChunk(short, 0, 1, leaves[0]!)],
  ['a file key when opening', 'a file key has 32 bytes', RangeError, () => openChunk(short, 0, 1, countingBytes(40))],
  ['a place in a file', 'not a chunk of this file', RangeError, () => sealChunk(key, 1, 1, leaves[0]!)],
  ['a chunk', 'not the length of this chunk', RangeError, () => sealChunk(key, 0, 2, leaves[0]!)],
  ['a content key', 'a content key has 32 bytes', RangeError, () => bodyOpening(short, key)],
  ['a content key that seals', 'a content key has 32 bytes', RangeError, () => sealBody(short, key, key, short)],
  ['a nonce', 'bad nonce size', RangeError, () => sealBody(key, key, key, short)],
  ['a recipient', 'not a public key that a box can be sealed to', RangeError, () => sealToPublicKey(short, key)],
  ['a point without a secret', 'not a public key', RangeError, () => sealToPublicKey(new Uint8Array(32), key)],
  ['a recipient of a chain', 'not a public key that a box can be sealed to', RangeError, () => startBoxChain(short)],
  ['a box key', 'a box key has 32 bytes', RangeError, () => boxKeyPairFromSecretKey(short)],
  ['text', 'text holds a lone surrogate', TypeError, () => utf8ToBytes('\ud800')],
  ['a number of 32 bits', 'not an unsigned 32-bit integer', RangeError, () => uint32ToBytes(-1)],
  ['a number of 64 bits', 'not a safe unsigned integer', RangeError, () => uint64ToBytes(-1)],
  ['a value', 'a value of this kind has no CBOR form here', TypeError, () => encodeCbor(new Date() as never)],
  ['nothing in CBOR', 'a value of this kind has no CBOR form here', TypeError, () => encodeCbor(undefined as never)],
  ['a number in CBOR', 'CBOR numbers are safe integers here', TypeError, () => encodeCbor(0.5)],
  ['lists in CBOR', 'CBOR is nested too deeply', TypeError, () => encodeCbor(deep)],
  ['maps in CBOR', 'CBOR is nested too deeply', TypeError, () => encodeCbor(deepMap)],
  [
    'parameters of Argon2id',
    'Argon2id parameters are outside the accepted range',
    RangeError,
    () => derivePassphraseKey('a', countingBytes(16), { ...ARGON2ID, passes: 1 }),
  ],
  ['a salt', 'a passphrase salt has 16 bytes', RangeError, () => derivePassphraseKey('a', short, ARGON2ID)],
  ['a passphrase', 'a passphrase is not empty', RangeError, () => derivePassphraseKey('', countingBytes(16), ARGON2ID)],
  ['a leaf', 'no such leaf', RangeError, () => inclusionPath(leaves, 2)],
  ['an older tree', 'no such older tree', RangeError, () => consistencyPath(leaves, 3)],
  ['a length', 'not a length that can be padded', RangeError, () => padmeLength(-1)],
  ['a recovery code', 'a recovery code holds 20 bytes', RangeError, () => recoveryKeys(countingBytes(19))],
  ['a seed', 'a signing seed has 32 bytes', RangeError, () => signingKeyPairFromSeed(short)],
  ['a pair', 'a signing seed has 32 bytes', RangeError, () => sign({ publicKey: key, seed: short }, key)],
]

describe('K1: the edges of what is accepted', () => {
  test('E3: the longest text that can be padded, and not one byte more', () => {
    expect(padmeLength(2 ** 32 - 1)).toBe(2 ** 32)
    expect(() => padmeLength(2 ** 32)).toThrow('not a length that can be padded')
  })

  test('K6: the most work that a row may ask for, and no more of any kind', () => {
    const most = { memoryKiB: 262_144, passes: 8, lanes: 4 }
    expect(isAcceptedArgon2id(most)).toBe(true)
    expect(isAcceptedArgon2id(ARGON2ID)).toBe(true)
    for (const name of ['memoryKiB', 'passes', 'lanes'] as const) {
      expect(isAcceptedArgon2id({ ...most, [name]: most[name] + 1 })).toBe(false)
      expect(isAcceptedArgon2id({ ...most, [name]: ARGON2ID[name] - 1 })).toBe(false)
    }
  })

  test('A4: an opening has 64 bytes, a body nonce, commitment and tag at least', () => {
    const body = sealBody(key, countingBytes(40), new Uint8Array(0), countingBytes(24))
    const opening = bodyOpening(key, countingBytes(40))
    expect(openDisclosed(opening, body)).toEqual(new Uint8Array(0))
    for (const length of [0, 32, 63]) expect(openDisclosed(opening.subarray(0, length), body)).toBeNull()
    expect(openDisclosed(new Uint8Array([...opening, 0]), body)).toBeNull()
    for (const length of [0, 24, 56, 71]) expect(openDisclosed(opening, body.subarray(0, length))).toBeNull()
  })
})

describe('K1: a mistake of the caller', () => {
  test.each(mistakes)('K1: with %s says: %s', async (_, words, type, call) => {
    const error: unknown = await (async () => call())().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(type)
    expect((error as Error).message).toContain(words)
    expect((error as Error).message).toMatch(/^[\w -]+$/u)
  })

  test('K1: a chain of boxes says when it is at its end', () => {
    const chain = startBoxChain(boxKey)
    for (let n = 0; n < MAX_CHAIN; n++) chain.seal(leaves[0]!)
    expect(() => chain.seal(leaves[0]!)).toThrow('this chain is at its end')
  })

  test('K2: an engine that gives other results says so, and is not taken', () => {
    const wrong: Engine = { ...native, sha256: () => new Uint8Array(32) }
    expect(() => installEngine(wrong)).toThrow('this engine gives other results than K1 and K2 ask for')
  })
})

describe('K1: what is too short to have been sealed', () => {
  const recipient = boxKeyPairFromSecretKey(countingBytes(32, 5))
  const body = sealBody(key, key, new Uint8Array(), countingBytes(24))
  const opening = bodyOpening(key, key)
  const ways: [what: string, sealed: () => Promise<Uint8Array> | Uint8Array, open: (sealed: Uint8Array) => unknown][] =
    [
      [
        'a box to a key',
        () => sealToPublicKey(recipient.publicKey, new Uint8Array()),
        (s) => openSealedBox(recipient, s),
      ],
      [
        'a link of a chain',
        () => startBoxChain(recipient.publicKey).seal(new Uint8Array()),
        createChainOpener(recipient),
      ],
      ['a box under a key', () => seal(new Uint8Array(), key), (s) => open(s, key)],
      ['a body', () => body, (s) => openBody(key, key, s)],
      ['a body that is disclosed', () => body, (s) => openDisclosed(opening, s)],
      [
        'a body and its opening',
        () => concatBytes(opening, body),
        (s) => openDisclosed(s.subarray(0, 64), s.subarray(64)),
      ],
      ['a chunk', () => sealChunk(key, 0, 1, new Uint8Array()), (s) => openChunk(key, 0, 1, s)],
      ['a large piece', async () => sealLarge(await large, new Uint8Array()), async (s) => openLarge(await large, s)],
      [
        'a part of a stream',
        async () => sealStreamPart(await large, 0, true, new Uint8Array()),
        async (s) => openStreamPart(await large, 0, true, s),
      ],
    ]
  const large = deriveLargeKey(key, 'test', countingBytes(16))

  test.each(ways)('K1: opens to nothing and throws nothing: %s, cut anywhere', async (_, sealing, opens) => {
    const sealed = await sealing()
    expect(await opens(sealed)).toEqual(new Uint8Array())
    for (let length = 0; length < sealed.length; length++) {
      // In an array of its own too: behind a view there may be more bytes, which are not its own.
      expect(await opens(sealed.slice(0, length)), `${length} bytes`).toBeNull()
      expect(await opens(sealed.subarray(0, length)), `${length} bytes of more`).toBeNull()
    }
  })

  test('A4: an opening that is no opening and a body that is none open nothing, whatever their lengths', () => {
    for (let of = 0; of <= 66; of++)
      for (const length of [0, 23, 24, 25, 32, 55, 56, 57, 71]) {
        const made = new Uint8Array(of)
        expect(openDisclosed(made, new Uint8Array(length))).toBeNull()
      }
  })
})
