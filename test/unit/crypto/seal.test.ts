import { open, randomBytes, seal } from '@chartkeep/crypto'
import { concatBytes } from '@chartkeep/crypto/encoding'
import { countingBytes, flipBit, fromBase64, readVectors } from '../../support/vectors.ts'
import { expect, test } from 'vitest'

const key = countingBytes(32)

test('K1: published boxes of NaCl come out and open', () => {
  const rows = readVectors<[string, string, string, string][]>('nacl/secretbox.random.json.gz')
  for (const [boxKey, nonce, message, box] of rows) {
    const sealed = seal(fromBase64(message), fromBase64(boxKey), () => fromBase64(nonce))
    expect(sealed).toEqual(concatBytes(fromBase64(nonce), fromBase64(box)))
    expect(open(sealed, fromBase64(boxKey))).toEqual(fromBase64(message))
  }
  expect(rows.length).toBeGreaterThan(100)
})

test.each([0, 1, 255, 256, 1_000_000])('K1: %i bytes come back', (length) => {
  const sealed = seal(countingBytes(length), key)
  expect(sealed).toHaveLength(24 + 16 + length)
  expect(open(sealed, key)).toEqual(countingBytes(length))
})

test('K1: another key opens nothing', () => {
  const sealed = seal(countingBytes(50), key)
  for (let bit = 0; bit < 256; bit++) expect(open(sealed, flipBit(key, bit))).toBeNull()
})

test('K1: no single changed bit of nonce, tag or text goes unseen', () => {
  const sealed = seal(countingBytes(20), key)
  for (let bit = 0; bit < sealed.length * 8; bit++) expect(open(flipBit(sealed, bit), key)).toBeNull()
})

test.each([0, 23, 24, 39])('K1: %i bytes are too short to be a box', (length) => {
  expect(open(new Uint8Array(length), key)).toBeNull()
})

test('K1: each sealing draws a new nonce of 24 bytes', () => {
  const nonces = new Set(Array.from({ length: 200 }, () => seal(countingBytes(1), key).subarray(0, 24).join()))
  expect(nonces.size).toBe(200)
})

test.each([0, 16, 31, 33])('K1: a key of %i bytes is a mistake and throws', (length) => {
  expect(() => seal(countingBytes(1), countingBytes(length))).toThrow('bad key size')
  expect(() => open(countingBytes(60), countingBytes(length))).toThrow('bad key size')
})

test('K1: random bytes come in any number and differ', () => {
  for (const length of [0, 1, 65_536, 65_537, 200_000]) expect(randomBytes(length)).toHaveLength(length)
  expect(randomBytes(32)).not.toEqual(randomBytes(32))
  // The last bytes of a long draw are drawn too: 64 zero bytes in a row have a chance of 2^-512.
  expect(
    randomBytes(200_000)
      .subarray(-64)
      .some((byte) => byte !== 0),
  ).toBe(true)
})
