import { createHash } from 'node:crypto'
import { bytesToHex, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256, sha256OfMuch, sha512, startSha256, taggedHash } from '@chartkeep/crypto/hash'
import { countingBytes, readVectors } from '../../support/vectors.ts'
import { expect, test } from 'vitest'

test('K1: SHA-256 of nothing, "abc" and two blocks are those of FIPS 180-4', () => {
  expect(bytesToHex(sha256())).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(bytesToHex(sha256(utf8ToBytes('abc')))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  expect(bytesToHex(sha256(utf8ToBytes('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')))).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

test('K1: SHA-512 agrees with every published vector of NaCl', () => {
  const rows = readVectors<[number[], number[]][]>('nacl/hash.spec.json.gz')
  for (const [hash, message] of rows) expect([...sha512(Uint8Array.from(message))]).toEqual(hash)
  expect(rows.length).toBeGreaterThan(15)
})

test('K1: both hashes agree with OpenSSL for every length from 0 to 300', () => {
  for (let length = 0; length <= 300; length++) {
    const bytes = countingBytes(length, length)
    expect(bytesToHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
    expect(bytesToHex(sha512(bytes))).toBe(createHash('sha512').update(bytes).digest('hex'))
  }
})

test('K1: parts are hashed one after another', () => {
  const [a, b, c] = [countingBytes(3), countingBytes(64), countingBytes(70)]
  expect(sha256(a, b, c)).toEqual(sha256(Uint8Array.of(...a, ...b, ...c)))
  expect(sha512(a, b, c)).toEqual(sha512(Uint8Array.of(...a, ...b, ...c)))
})

test('K1: parts of any length, piece by piece, or by Web Crypto: the hash is that of the whole', async () => {
  for (const lengths of [[0], [1000, 24], [1000, 25], [0, 1024], [1, 1024], [5000, 5000, 1]]) {
    const parts = lengths.map((length, i) => countingBytes(length, i))
    const whole = createHash('sha256').update(Buffer.concat(parts)).digest('hex')
    expect(bytesToHex(sha256(...parts))).toBe(whole)
    const pieces = startSha256()
    for (const part of parts) pieces.update(part)
    expect(bytesToHex(pieces.digest())).toBe(whole)
    expect(bytesToHex(await sha256OfMuch(Buffer.concat(parts)))).toBe(whole)
  }
  // What was put together before leaves nothing in what comes after.
  expect(sha256(countingBytes(900), countingBytes(100))).not.toEqual(sha256(countingBytes(1), countingBytes(2)))
  expect(bytesToHex(sha256(new Uint8Array(0), new Uint8Array(0)))).toBe(bytesToHex(sha256()))
})

test('K3: a tagged hash begins with the domain string of its purpose', () => {
  const key = countingBytes(32)
  const expected = createHash('sha256').update('chartkeep/key-id/v1').update(key).update('ab').digest('hex')
  expect(bytesToHex(taggedHash('key-id', key, utf8ToBytes('ab')))).toBe(expected)
})

test('K3: the same bytes for two purposes give two hashes', () => {
  const bytes = countingBytes(40)
  expect(taggedHash('device', bytes)).not.toEqual(taggedHash('account', bytes))
  expect(taggedHash('device', bytes)).not.toEqual(sha256(bytes))
})
