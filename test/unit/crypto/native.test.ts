/** The engine of Node (native.ts) behind the seam of engine.ts: the published vectors once more, and both sides of each exchange mixed with tweetnacl. */
import { createHash } from 'node:crypto'
import {
  ARGON2ID,
  boxKeyPairFromSecretKey,
  createChainOpener,
  derivePassphraseKey,
  generateSigningKeyPair,
  hmacSha512,
  isSoundBoxKey,
  keyedHmacSha512,
  openSealedBox,
  sealToPublicKey,
  sign,
  signingKeyPairFromSeed,
  startBoxChain,
} from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { sha256, sha256Into, sha512 } from '@chartkeep/crypto/hash'
import { installEngine, type Engine } from '@chartkeep/crypto/engine'
import { installNative, native } from '@chartkeep/crypto/native'
import { verify, verifyWith } from '@chartkeep/crypto/verify'
import { argon2id } from 'hash-wasm'
import nacl from 'tweetnacl'
import { afterEach, describe, expect, test } from 'vitest'
import { cctvVectors, signSpecVectors, wycheproofVectors } from '../../support/ed25519-vectors.ts'
import { knowingEngine } from '../../support/knowing-engine.ts'
import { simEngine } from '../../support/sim-engine.ts'
import { countingBytes, fromBase64, fromHex, readVectors, type Wycheproof } from '../../support/vectors.ts'

afterEach(() => installEngine(null))

/** What `work` gives without an engine, and what it gives with the one of Node. */
async function both<T>(work: () => T | Promise<T>): Promise<[T, T]> {
  installEngine(null)
  const without = await work()
  installNative()
  return [without, await work()]
}

describe('signatures', () => {
  test.each([
    ['Wycheproof', wycheproofVectors],
    ['CCTV', cctvVectors],
    ['NaCl sign.spec', signSpecVectors],
  ])('K2: OpenSSL behind the strict check gives every verdict that the vectors of %s ask for', async (_, vectors) => {
    installNative()
    for (const { name, publicKey, message, signature, valid } of vectors()) {
      expect(await verify(publicKey, message, signature), name).toBe(valid)
      expect(await verifyWith('native', publicKey, message, signature), name).toBe(valid)
    }
  })

  test('K1: keys and signatures are the published ones of NaCl, twice with the same pair', async () => {
    installNative()
    for (const [secretKey, message, signature] of readVectors<[string, string, string][]>('nacl/sign.spec.json.gz')) {
      const pair = signingKeyPairFromSeed(fromBase64(secretKey).subarray(0, 32))
      expect(pair.publicKey).toEqual(fromBase64(secretKey).slice(32))
      for (let round = 0; round < 2; round++)
        expect(await sign(pair, fromBase64(message))).toEqual(fromBase64(signature))
    }
  })

  test('K5: a seed that is changed after its pair was made changes nothing, and a wrong length still throws', async () => {
    installNative()
    const seed = countingBytes(32)
    const pair = signingKeyPairFromSeed(seed)
    seed.fill(7)
    expect(signingKeyPairFromSeed(seed).publicKey).not.toEqual(pair.publicKey)
    expect(await verify(pair.publicKey, seed, await sign(pair, seed))).toBe(true)
    await expect(sign({ ...pair, seed: countingBytes(31) }, seed)).rejects.toThrow(RangeError)
  })

  test.each([
    ['remembers', simEngine],
    ['knows the secrets of', knowingEngine],
  ])(
    'K2: an engine of the tests that %s what it signed gives the verdict of OpenSSL on every changed bit',
    async (_, create) => {
      const engine = create()
      installEngine(engine)
      const [pair, other] = [generateSigningKeyPair(), generateSigningKeyPair()]
      const message = countingBytes(40)
      const signature = await sign(pair, message)
      await sign(other, message)
      const flips = (bytes: Uint8Array) =>
        Array.from({ length: bytes.length * 8 }, (__, bit) => bytes.with(bit >> 3, bytes[bit >> 3]! ^ (1 << (bit & 7))))
      const questions: [Uint8Array, Uint8Array, Uint8Array][] = [
        [pair.publicKey, message, signature],
        [other.publicKey, message, signature],
        ...flips(pair.publicKey).map((key) => [key, message, signature] as [Uint8Array, Uint8Array, Uint8Array]),
        ...flips(message).map((text) => [pair.publicKey, text, signature] as [Uint8Array, Uint8Array, Uint8Array]),
        ...flips(signature).map((mark) => [pair.publicKey, message, mark] as [Uint8Array, Uint8Array, Uint8Array]),
      ]
      for (let round = 0; round < 2; round++) {
        const verdicts = questions.map((question) => engine.verify(...question))
        expect(verdicts).toEqual(questions.map((question) => native.verify(...question)))
        expect(verdicts.filter((holds) => holds)).toHaveLength(1)
      }
    },
  )

  test('K2: what OpenSSL does not even import as a key is none, asked once or twice', () => {
    for (let round = 0; round < 2; round++)
      for (const length of [0, 31, 33])
        expect(native.verify(countingBytes(length), countingBytes(3), new Uint8Array(64)), `${length} bytes`).toBe(
          false,
        )
  })

  test('K2: more keys than are kept give the same verdicts twice', async () => {
    installNative()
    const pairs = Array.from({ length: 300 }, () => generateSigningKeyPair())
    const message = countingBytes(50)
    const signatures = await Promise.all(pairs.map((pair) => sign(pair, message)))
    for (let round = 0; round < 2; round++) {
      for (const [i, { publicKey }] of pairs.entries()) {
        expect(await verify(publicKey, message, signatures[i]!)).toBe(true)
        expect(await verify(publicKey, message, signatures[(i + 1) % 300]!)).toBe(false)
      }
    }
  })
})

describe('exchanges', () => {
  test('K2: on every Wycheproof X25519 vector the result is that of tweetnacl, or all zero and refused', () => {
    installNative()
    const file = readVectors<Wycheproof<object, { public: string; private: string; shared: string }>>(
      'wycheproof/x25519_test.json.gz',
    )
    let refused = 0
    for (const vector of file.testGroups.flatMap(({ tests }) => tests)) {
      const [publicKey, secretKey, shared] = [vector.public, vector.private, vector.shared].map(fromHex) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ]
      expect(native.x25519(secretKey, publicKey), vector.comment).toEqual(shared)
      expect(boxKeyPairFromSecretKey(secretKey).publicKey).toEqual(nacl.scalarMult.base(secretKey))
      const zero = shared.every((byte) => byte === 0)
      expect(isSoundBoxKey(publicKey), vector.comment).toBe(!zero)
      if (!zero) continue
      refused++
      const pair = boxKeyPairFromSecretKey(secretKey)
      const nonce = sha512(publicKey, pair.publicKey).subarray(0, 24)
      const forged = nacl.box.after(countingBytes(10), nonce, nacl.box.before(publicKey, secretKey))
      expect(openSealedBox(pair, Buffer.concat([publicKey, forged])), vector.comment).toBeNull()
      expect(() => sealToPublicKey(publicKey, countingBytes(10))).toThrow(RangeError)
    }
    expect(refused).toBeGreaterThan(5)
  })

  test('K9: a box is the same bytes with either engine, and each opens what the other sealed', async () => {
    const pair = boxKeyPairFromSecretKey(countingBytes(32, 1))
    for (const length of [0, 1, 64, 1000]) {
      const [a, b] = await both(() =>
        sealToPublicKey(pair.publicKey, countingBytes(length), (size) => countingBytes(size, 9)),
      )
      expect(b).toEqual(a)
      expect(await both(() => openSealedBox(pair, a))).toEqual([countingBytes(length), countingBytes(length)])
    }
  })

  test('A2: a chain of sealed notes is the same bytes with either engine', async () => {
    const pair = boxKeyPairFromSecretKey(countingBytes(32, 1))
    const [a, b] = await both(() => {
      const chain = startBoxChain(pair.publicKey, (size) => countingBytes(size, 9))
      return [chain.seal(countingBytes(5)), chain.seal(countingBytes(6))]
    })
    expect(b).toEqual(a)
    expect(await both(() => a.map(createChainOpener(pair)))).toEqual([
      [countingBytes(5), countingBytes(6)],
      [countingBytes(5), countingBytes(6)],
    ])
  })
})

describe('hashes', () => {
  test('K1: both hashes agree for every length from 0 to 300, in parts or in one, and beyond what is brought together', () => {
    installNative()
    for (const length of [...Array.from({ length: 301 }, (_, i) => i), 4095, 4096, 4097, 100_000]) {
      const bytes = countingBytes(length, length)
      const parts = [bytes.subarray(0, length >> 1), new Uint8Array(0), bytes.subarray(length >> 1)]
      for (const [name, hash] of [['sha256', sha256] as const, ['sha512', sha512] as const]) {
        const expected = createHash(name).update(bytes).digest('hex')
        expect(bytesToHex(hash(bytes))).toBe(expected)
        expect(bytesToHex(hash(...parts))).toBe(expected)
      }
    }
    expect(bytesToHex(sha256())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  test('K1: HMAC-SHA-512 gives every verdict of Wycheproof', () => {
    installNative()
    const file = readVectors<Wycheproof<{ tagSize: number }, { key: string; msg: string; tag: string }>>(
      'wycheproof/hmac_sha512_test.json.gz',
    )
    for (const { tagSize, tests } of file.testGroups) {
      for (const { key, msg, tag, result, comment } of tests) {
        const bytes = fromHex(msg)
        const mac = hmacSha512(fromHex(key), bytes.subarray(0, 3), bytes.subarray(3)).subarray(0, tagSize / 8)
        expect(bytesToHex(mac) === tag, comment).toBe(result === 'valid')
      }
    }
  })

  test.each([1, 127, 128, 129, 300])(
    'K1: HMAC-SHA-512 under a key of %i bytes is that of the other engine, once keyed too',
    async (length) => {
      const key = countingBytes(length, 7)
      const parts = [countingBytes(5), countingBytes(0), countingBytes(5000, 3)]
      const [without, mac] = await both(() => hmacSha512(key, ...parts))
      expect(mac).toEqual(without)
      const [keyed, keyedHere] = await both(() => {
        const own = key.slice()
        const state = keyedHmacSha512(own)
        // The key is not kept: what becomes of the array changes nothing.
        own.fill(0)
        const macs = [state.mac(...parts), state.mac(), state.mac(...parts)]
        state.forget()
        return macs
      })
      expect(keyed).toEqual(keyedHere)
      expect(keyed[0]).toEqual(without)
      expect(keyed[1]).not.toEqual(without)
    },
  )

  test('K1: a hash is written where it is asked for, and nowhere else', async () => {
    const bytes = countingBytes(100)
    const written = await both(() => {
      const target = new Uint8Array(80).fill(9)
      sha256Into(target, 20, bytes)
      return target
    })
    const wanted = new Uint8Array(80).fill(9)
    wanted.set(createHash('sha256').update(bytes).digest(), 20)
    expect(written).toEqual([wanted, wanted])
  })

  test('K1: Argon2id of OpenSSL is that of hash-wasm, at the smallest memory and with lanes', async () => {
    for (const [memoryKiB, passes, lanes] of [
      [8, 1, 1],
      [64, 3, 4],
    ] as const) {
      const password = countingBytes(20)
      const salt = countingBytes(16, 5)
      const wanted = await argon2id({
        password,
        salt,
        memorySize: memoryKiB,
        iterations: passes,
        parallelism: lanes,
        hashLength: 32,
        outputType: 'binary',
      })
      expect(await native.argon2id!(password, salt, { memoryKiB, passes, lanes })).toEqual(wanted)
    }
  })

  test('K1: what it gives are plain arrays of their own', () => {
    installNative()
    const first = sha256(countingBytes(3))
    for (const bytes of [first, sha512(), hmacSha512(countingBytes(1)), native.x25519PublicKey(countingBytes(32))])
      expect(Buffer.isBuffer(bytes)).toBe(false)
    sha256(countingBytes(4))
    expect(first).toEqual(sha256(countingBytes(3)))
  })
})

describe('passphrases', () => {
  test('K1, K6: Argon2id by OpenSSL gives the key that hash-wasm gives, and what is outside the range still throws', async () => {
    const salt = countingBytes(16)
    const [without, key] = await both(() => derivePassphraseKey('密碼 correct horse battery', salt, ARGON2ID))
    expect(native.argon2id).not.toBeNull()
    expect(key).toEqual(without)
    expect(Buffer.isBuffer(key)).toBe(false)
    await expect(derivePassphraseKey('passphrase', salt, { ...ARGON2ID, passes: 2 })).rejects.toThrow(RangeError)
    installEngine({ ...native, argon2id: null })
    expect(await derivePassphraseKey('密碼 correct horse battery', salt, ARGON2ID)).toEqual(key)
  })
})

describe('the seam', () => {
  const wrong: { [K in Exclude<keyof Engine, 'argon2id'>]: Partial<Engine> } = {
    sha256: { sha256: (parts) => native.sha256(parts.slice(1)) },
    sha256Into: { sha256Into: (target, at, bytes) => native.sha256Into(target, at + 1, bytes) },
    sha512: { sha512: (parts) => native.sha512(parts.toReversed()) },
    hmacSha512: { hmacSha512: (key, parts) => native.hmacSha512(key, parts.slice(1)) },
    x25519: { x25519: (_, publicKey) => new Uint8Array(publicKey) },
    x25519PublicKey: { x25519PublicKey: (secretKey) => native.sha256([secretKey]) },
    verify: { verify: () => true },
    sign: { sign: (seed) => native.sign(seed, new Uint8Array()) },
    signingPublicKey: { signingPublicKey: (seed) => native.sha256([seed]) },
  }

  test.each(Object.entries(wrong))('K2: an engine with another %s is not installed', (_, part) => {
    expect(() => installEngine({ ...native, ...part })).toThrow('K1 and K2')
    expect(() => installEngine({ ...native, verify: () => false })).toThrow('K1 and K2')
  })

  test('K2: an engine that takes the published signature which only the equation with cofactor accepts is not installed', () => {
    const published = cctvVectors().find(
      ({ publicKey }) => bytesToHex(publicKey) === 'ef75b20e7540e3dff77404193652ba2bd13df99c1508eee1515e27ae25f28076',
    )!
    const same = (a: Uint8Array, b: Uint8Array) => Buffer.from(a).equals(b)
    const verifies: Engine['verify'] = (publicKey, message, signature) =>
      (same(publicKey, published.publicKey) &&
        same(message, published.message) &&
        same(signature, published.signature)) ||
      native.verify(publicKey, message, signature)
    expect(native.verify(published.publicKey, published.message, published.signature)).toBe(false)
    expect(() => installEngine({ ...native, verify: verifies })).toThrow('K1 and K2')
    installEngine({ ...native, verify: (...given) => native.verify(...given) })
    expect(sha256()).toHaveLength(32)
  })
})
