/**
 * The strict check before every engine (K2), by itself: an engine that says yes to whatever it is asked shows what comes through. And why it is
 * there: signatures made here, which tweetnacl alone accepts.
 */
import { signingKeyPairFromSeed } from '@chartkeep/crypto'
import { sha512 } from '@chartkeep/crypto/hash'
import { COFACTORED, installEngine, type Engine } from '@chartkeep/crypto/engine'
import { native } from '@chartkeep/crypto/native'
import { isSoundSigningKey, verify, verifyWith } from '@chartkeep/crypto/verify'
import nacl from 'tweetnacl'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countingBytes, fromHex, fromLittleEndian, toLittleEndian } from '../../support/vectors.ts'

afterEach(() => installEngine(null))

const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n
/** y of the two points of order 8 that have one, as https://c2sp.org/CCTV/ed25519 lists them. */
const ORDER_8 = [
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]
const SMALL = [...[0n, 1n, P - 1n].map((y) => toLittleEndian(y, 32)), ...ORDER_8.map(fromHex)]
const withSign = (bytes: Uint8Array) => bytes.with(31, bytes[31]! | 0x80)

const { publicKey } = signingKeyPairFromSeed(countingBytes(32))
const message = countingBytes(3)

/** Whether key, R and S come through to an engine that accepts everything but the signature that no engine may accept. */
function comesThrough(key: Uint8Array, R: Uint8Array, S: Uint8Array): Promise<boolean> {
  return verify(key, message, Uint8Array.of(...R, ...S))
}

const one = toLittleEndian(1n, 32)

describe('K2: what comes through the strict check', () => {
  beforeEach(() => {
    const verifies: Engine['verify'] = (_, __, signature) => !Buffer.from(signature).equals(COFACTORED.signature)
    installEngine({ ...native, verify: verifies })
  })

  test('K2: S from 0 to L - 1, and nothing above, whatever its other bits', async () => {
    for (const value of [0n, 1n, 255n, 256n, L - 256n, L - 2n, L - 1n, (L >> 8n) << 8n, L - (1n << 130n)])
      expect(await comesThrough(publicKey, publicKey, toLittleEndian(value, 32)), `${value}`).toBe(true)
    for (const value of [L, L + 1n, L + 255n, L + (1n << 248n), 2n * L, 2n ** 253n, 2n ** 255n, 2n ** 256n - 1n])
      expect(await comesThrough(publicKey, publicKey, toLittleEndian(value, 32)), `${value}`).toBe(false)
  })

  test('K2: as key and as R every y below p but those of small order, with either sign', async () => {
    for (const y of [2n, 3n, 256n, P - 2n, P - 3n, P - 256n, fromLittleEndian(publicKey) & (2n ** 255n - 1n)])
      for (const point of [toLittleEndian(y, 32), withSign(toLittleEndian(y, 32))]) {
        expect(await comesThrough(point, publicKey, one), `key ${y}`).toBe(true)
        expect(await comesThrough(publicKey, point, one), `R ${y}`).toBe(true)
      }
    for (const point of [...SMALL, ...[P, P + 1n, P + 2n, P + 18n].map((y) => toLittleEndian(y, 32))])
      for (const bytes of [point, withSign(point)]) {
        expect(await comesThrough(bytes, publicKey, one)).toBe(false)
        expect(await comesThrough(publicKey, bytes, one)).toBe(false)
      }
  })

  test('K2: points that are small order but for one byte come through', async () => {
    for (const small of SMALL)
      for (const at of [0, 1, 15, 30]) {
        const near = small.with(at, small[at]! ^ 2)
        if ((fromLittleEndian(near) & (2n ** 255n - 1n)) >= P) continue
        expect(await comesThrough(near, publicKey, one), `byte ${at}`).toBe(true)
      }
  })

  test('K2: 32 bytes of key and 64 of signature, no longer and no shorter', async () => {
    expect(await comesThrough(publicKey, publicKey, one)).toBe(true)
    for (const key of [publicKey.subarray(0, 31), Uint8Array.of(...publicKey, 0), new Uint8Array()])
      expect(await comesThrough(key, publicKey, one)).toBe(false)
    for (const S of [one.subarray(0, 31), Uint8Array.of(...one, 0), new Uint8Array()])
      expect(await comesThrough(publicKey, publicKey, S)).toBe(false)
  })
})

describe('K2: what it is there for', () => {
  test('K2: under a key of small order one signature holds for every eighth message, and is accepted for none', async () => {
    // A point whose scalar is known: a public key, by the secret scalar of its seed (RFC 8032 section 5.1.5).
    const half = sha512(countingBytes(32)).slice(0, 32)
    half[0]! &= 248
    half[31] = (half[31]! & 127) | 64
    const S = toLittleEndian(fromLittleEndian(half) % L, 32)
    const R = publicKey
    const mark = Uint8Array.of(...R, ...S)
    for (const key of SMALL) {
      // [k]A is the identity where the hash is a multiple of eight.
      let n = 0
      while ((fromLittleEndian(sha512(R, key, countingBytes(2, n))) % L) % 8n !== 0n) n++
      const text = countingBytes(2, n)
      expect(nacl.sign.detached.verify(text, mark, key)).toBe(true)
      expect(await verifyWith('tweetnacl', key, text, mark)).toBe(false)
      expect(isSoundSigningKey(key)).toBe(false)
    }
  })
})
