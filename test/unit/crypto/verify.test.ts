import { webcrypto } from 'node:crypto'
import { concatBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { isSoundSigningKey, verify, verifyWith, type VerifyEngine } from '@chartkeep/crypto/verify'
import { generateSigningKeyPair, sign, signingKeyPairFromSeed } from '@chartkeep/crypto'
import nacl from 'tweetnacl'
import { cctvVectors, signSpecVectors, wycheproofVectors, type SignatureVector } from '../../support/ed25519-vectors.ts'
import { countingBytes, flipBit, fromHex, fromLittleEndian, toLittleEndian } from '../../support/vectors.ts'
import { beforeAll, describe, expect, test } from 'vitest'

const engines: VerifyEngine[] = ['webcrypto', 'tweetnacl']
const files: [string, SignatureVector[]][] = [
  ['Wycheproof ed25519', wycheproofVectors()],
  ['CCTV ed25519', cctvVectors()],
  ['NaCl sign.spec', signSpecVectors()],
]

/** What an engine says without our strict check; an error counts as a refusal. */
async function bareVerdict(engine: VerifyEngine, vector: SignatureVector): Promise<boolean> {
  const { publicKey, message, signature } = vector
  try {
    if (engine === 'tweetnacl') return nacl.sign.detached.verify(message, signature, publicKey)
    const key = await webcrypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await webcrypto.subtle.verify('Ed25519', key, signature, message)
  } catch {
    return false
  }
}

/** Both engines behind the strict check. */
async function verdicts(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean[]> {
  return Promise.all(engines.map((engine) => verifyWith(engine, publicKey, message, signature)))
}

describe('K2: verdicts of both engines on published vectors', () => {
  const table: {
    file: string
    engine: string
    vectors: number
    right: number
    acceptsBad: number
    refusesGood: number
  }[] = []

  function count(file: string, engine: string, vectors: SignatureVector[], accepted: boolean[]): void {
    const acceptsBad = vectors.filter(({ valid }, i) => !valid && accepted[i]).length
    const refusesGood = vectors.filter(({ valid }, i) => valid && !accepted[i]).length
    const right = vectors.length - acceptsBad - refusesGood
    table.push({ file, engine, vectors: vectors.length, right, acceptsBad, refusesGood })
  }

  beforeAll(async () => {
    for (const [file, vectors] of files) {
      for (const engine of engines) {
        const bare: boolean[] = []
        const strict: boolean[] = []
        for (const vector of vectors) {
          bare.push(await bareVerdict(engine, vector))
          strict.push(await verifyWith(engine, vector.publicKey, vector.message, vector.signature))
        }
        count(file, `${engine} alone`, vectors, bare)
        count(file, `${engine} behind the strict check`, vectors, strict)
      }
    }
    console.table(table)
  }, 120_000)

  test.each(engines)('K2: behind the strict check %s gives every verdict that the vectors ask for', (engine) => {
    const rows = table.filter((row) => row.engine === `${engine} behind the strict check`)
    expect(rows).toHaveLength(3)
    for (const row of rows) expect(row).toMatchObject({ right: row.vectors, acceptsBad: 0, refusesGood: 0 })
  })

  test('K2: the strict check is needed: tweetnacl alone accepts signatures that it must refuse', () => {
    const rows = table.filter((row) => row.engine === 'tweetnacl alone')
    expect(rows.map((row) => row.acceptsBad)).toEqual([4, 91, 0])
    expect(rows.map((row) => row.refusesGood)).toEqual([0, 0, 0])
  })

  test('K2: the vectors hold good and bad signatures of every file', () => {
    for (const [file, vectors] of files) expect(vectors.filter(({ valid }) => valid).length, file).toBeGreaterThan(20)
    expect(files[0]![1].filter(({ valid }) => !valid).length).toBeGreaterThan(30)
    expect(files[1]![1].filter(({ valid }) => !valid).length).toBeGreaterThan(500)
  })

  test('K2: the function that everybody calls gives the same verdicts', async () => {
    for (const { name, publicKey, message, signature, valid } of files[0]![1]) {
      expect(await verify(publicKey, message, signature), name).toBe(valid)
    }
  })
})

describe('K2: what the strict check refuses before either engine', () => {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  const pair = signingKeyPairFromSeed(countingBytes(32))
  const message = utf8ToBytes('chartkeep/test/v1')
  let signature: Uint8Array

  beforeAll(async () => {
    signature = await sign(pair, message)
  })

  test('K2: the signature itself is accepted by both', async () => {
    expect(await verdicts(pair.publicKey, message, signature)).toEqual([true, true])
  })

  test('K2: S + L, S + 2L ... are other forms of the same signature and are refused', async () => {
    const s = fromLittleEndian(signature.subarray(32))
    let forms = 0
    for (let value = s + L; value < 2n ** 256n; value += L) {
      const bytes = toLittleEndian(value, 32)
      expect(await verdicts(pair.publicKey, message, concatBytes(signature.subarray(0, 32), bytes))).toEqual([
        false,
        false,
      ])
      forms++
    }
    expect(forms).toBeGreaterThan(13)
  })

  test('K2: S = L and S = 2^256 - 1 are refused', async () => {
    for (const s of [toLittleEndian(L, 32), new Uint8Array(32).fill(0xff)]) {
      expect(await verdicts(pair.publicKey, message, concatBytes(signature.subarray(0, 32), s))).toEqual([false, false])
    }
  })

  test('K2: every single bit of key, message and signature counts', async () => {
    for (let bit = 0; bit < 512; bit += 3) {
      expect(await verify(pair.publicKey, message, flipBit(signature, bit))).toBe(false)
    }
    for (let bit = 0; bit < 256; bit += 3) {
      expect(await verify(flipBit(pair.publicKey, bit), message, signature)).toBe(false)
    }
    for (let bit = 0; bit < message.length * 8; bit += 3) {
      expect(await verify(pair.publicKey, flipBit(message, bit), signature)).toBe(false)
    }
  })

  test.each([0, 31, 33, 64])('K2: a public key of %i bytes verifies nothing', async (length) => {
    expect(await verdicts(countingBytes(length), message, signature)).toEqual([false, false])
  })

  test.each([0, 32, 63, 65, 96])('K2: a signature of %i bytes is none', async (length) => {
    const candidate = concatBytes(signature, signature).subarray(0, length)
    expect(await verdicts(pair.publicKey, message, candidate)).toEqual([false, false])
  })

  test('K2: 32 bytes that are no point on the curve verify nothing and do not throw', async () => {
    let offCurve = 0
    for (let i = 0; i < 20; i++) {
      const bytes = countingBytes(32, i)
      if (isSoundSigningKey(bytes)) continue
      offCurve++
      expect(await verdicts(bytes, message, signature)).toEqual([false, false])
    }
    expect(offCurve).toBeGreaterThan(5)
  })

  test('K2: an empty and a large message are verified', async () => {
    for (const text of [new Uint8Array(0), countingBytes(1_000_000)]) {
      expect(await verdicts(pair.publicKey, text, await sign(pair, text))).toEqual([true, true])
    }
  })

  test('K2: a Node buffer is verified like an array', async () => {
    expect(await verdicts(Buffer.from(pair.publicKey), Buffer.from(message), Buffer.from(signature))).toEqual([
      true,
      true,
    ])
  })

  test('K2: more keys than are kept imported give the same verdicts twice', async () => {
    const pairs = Array.from({ length: 300 }, (_, i) =>
      signingKeyPairFromSeed(
        countingBytes(32, i)
          .fill(i % 256, 8)
          .fill(i >> 8, 30),
      ),
    )
    const signatures = await Promise.all(pairs.map((each) => sign(each, message)))
    for (let round = 0; round < 2; round++) {
      const right = await Promise.all(pairs.map((each, i) => verify(each.publicKey, message, signatures[i]!)))
      const wrong = await Promise.all(
        pairs.map((each, i) => verify(each.publicKey, message, signatures[(i + 1) % 300]!)),
      )
      expect(right.every(Boolean)).toBe(true)
      expect(wrong.some(Boolean)).toBe(false)
    }
  })
})

describe('K2: keys that may become a device', () => {
  test('K2: made keys are sound', () => {
    for (let i = 0; i < 20; i++) expect(isSoundSigningKey(generateSigningKeyPair().publicKey)).toBe(true)
    expect(isSoundSigningKey(fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'))).toBe(true)
  })

  test('K2: the eight points of small order and their other encodings are not sound', () => {
    // All fourteen as listed at https://c2sp.org/CCTV/ed25519.
    const smallOrder = [
      '0000000000000000000000000000000000000000000000000000000000000000',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '0000000000000000000000000000000000000000000000000000000000000080',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
      '0100000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000080',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    ]
    for (const hex of smallOrder) expect(isSoundSigningKey(fromHex(hex)), hex).toBe(false)
  })

  test('K2: a key with a part of small order is not sound, though both engines accept its signatures', async () => {
    const mixed = cctvVectors().filter(({ valid, flags }) => valid && flags.includes('low_order_component_A'))
    expect(mixed.length).toBeGreaterThan(20)
    for (const { name, publicKey, message, signature } of mixed) {
      expect(isSoundSigningKey(publicKey), name).toBe(false)
      expect(await verify(publicKey, message, signature), name).toBe(true)
    }
  })

  test('K2: over all published vectors a key is sound exactly if nothing is said against it', () => {
    const keys = new Map<string, boolean>()
    for (const { publicKey, flags } of cctvVectors()) {
      const faults = ['low_order_A', 'non_canonical_A', 'low_order_component_A']
      keys.set(Buffer.from(publicKey).toString('hex'), !faults.some((fault) => flags.includes(fault)))
    }
    expect([...keys.values()].filter(Boolean).length).toBeGreaterThan(0)
    expect([...keys.values()].filter((sound) => !sound).length).toBeGreaterThan(10)
    for (const [hex, sound] of keys) expect(isSoundSigningKey(fromHex(hex)), hex).toBe(sound)
  })

  test('K2: about half of all y belong to no point, and most points have a part of small order', () => {
    // Of 200 fixed y: off the curve, or outside the prime-order group in 7 of 8 cases.
    let sound = 0
    for (let i = 0; i < 200; i++) sound += isSoundSigningKey(countingBytes(32, i).fill(i, 5)) ? 1 : 0
    expect(sound).toBeGreaterThan(2)
    expect(sound).toBeLessThan(40)
  })

  test.each([0, 31, 33])('K2: %i bytes are no key', (length) => {
    expect(isSoundSigningKey(countingBytes(length))).toBe(false)
  })
})

test('K2: a key has 32 bytes: with one more or one less it is not sound', () => {
  const { publicKey } = signingKeyPairFromSeed(countingBytes(32))
  expect(isSoundSigningKey(publicKey)).toBe(true)
  for (const other of [concatBytes(publicKey, new Uint8Array(1)), publicKey.subarray(0, 31), new Uint8Array()])
    expect(isSoundSigningKey(other)).toBe(false)
})

test('K2: no published signature with a point of small order, or with a second form of one, is accepted', async () => {
  const faults = ['low_order_A', 'low_order_R', 'non_canonical_A', 'non_canonical_R']
  const bad = cctvVectors().filter(({ flags }) => flags.some((flag) => faults.includes(flag)))
  expect(bad.length).toBeGreaterThan(300)
  const accepted: string[] = []
  for (const { name, publicKey, message, signature } of bad)
    if (await verifyWith('tweetnacl', publicKey, message, signature)) accepted.push(name)
  expect(accepted).toEqual([])
})
