import { createCipheriv, createDecipheriv, createHmac, hkdfSync, webcrypto } from 'node:crypto'
import { CHUNK_SIZE, openChunk, sealChunk } from '@chartkeep/crypto'
import { uint32ToBytes } from '@chartkeep/crypto/encoding'
import { countingBytes, flipBit, fromHex, readVectors, type Wycheproof } from '../../support/vectors.ts'
import { describe, expect, test } from 'vitest'

const fileKey = countingBytes(32)
const full = countingBytes(CHUNK_SIZE)
const tail = countingBytes(1000, 3)

/** The keys of a chunk as the specification has them, by OpenSSL. */
function keysByHand(index: number, total: number) {
  const last = Uint8Array.of(index === total - 1 ? 1 : 0)
  const info = Buffer.concat([Buffer.from('chartkeep/blob-chunk/v1'), uint32ToBytes(index), last, uint32ToBytes(total)])
  const keys = Buffer.from(hkdfSync('sha256', fileKey, '', info, 64))
  return { cipher: keys.subarray(0, 32), nonce: keys.subarray(32) }
}

/** Three chunks: two full ones and the tail. */
async function sealedFile(key = fileKey): Promise<Uint8Array[]> {
  return [await sealChunk(key, 0, 3, full), await sealChunk(key, 1, 3, full), await sealChunk(key, 2, 3, tail)]
}

describe('B1: chunks', () => {
  test('B1: each chunk opens in its place, and nowhere else', async () => {
    const sealed = await sealedFile()
    expect(await openChunk(fileKey, 0, 3, sealed[0]!)).toEqual(full)
    expect(await openChunk(fileKey, 1, 3, sealed[1]!)).toEqual(full)
    expect(await openChunk(fileKey, 2, 3, sealed[2]!)).toEqual(tail)
    for (const [at, chunk] of sealed.entries()) {
      for (const [index, total] of [
        [0, 3],
        [1, 3],
        [2, 3],
        [0, 1],
        [1, 2],
        [0, 2],
        [2, 4],
        [0, 4],
        [1, 4],
      ] as const) {
        if (index === at && total === 3) continue
        expect(await openChunk(fileKey, index, total, chunk), `${at} as ${index} of ${total}`).toBeNull()
      }
    }
  })

  test('B1: reordering fails although both chunks hold the same bytes', async () => {
    const sealed = await sealedFile()
    expect(sealed[0]).not.toEqual(sealed[1])
    expect(await openChunk(fileKey, 0, 3, sealed[1]!)).toBeNull()
    expect(await openChunk(fileKey, 1, 3, sealed[0]!)).toBeNull()
  })

  test('B1: truncation fails: no chunk but the last opens as the last', async () => {
    const sealed = await sealedFile()
    expect(await openChunk(fileKey, 1, 2, sealed[1]!)).toBeNull()
    expect(await openChunk(fileKey, 0, 1, sealed[0]!)).toBeNull()
  })

  test('B1: extension fails: the last chunk does not open before another', async () => {
    // A full last chunk, so that its length alone does not betray it.
    const last = await sealChunk(fileKey, 1, 2, full)
    expect(await openChunk(fileKey, 1, 2, last)).toEqual(full)
    expect(await openChunk(fileKey, 1, 3, last)).toBeNull()
  })

  test('B1: mixing fails: a chunk of another file does not open', async () => {
    const other = await sealChunk(flipBit(fileKey, 255), 2, 3, tail)
    expect(await openChunk(fileKey, 2, 3, other)).toBeNull()
  })

  test('B1: no changed bit, no cut and no added byte goes unseen', async () => {
    const sealed = await sealChunk(fileKey, 0, 1, countingBytes(10))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      expect(await openChunk(fileKey, 0, 1, flipBit(sealed, bit))).toBeNull()
    }
    for (const length of [0, 11, 12, 27, 28, sealed.length - 1]) {
      expect(await openChunk(fileKey, 0, 1, sealed.subarray(0, length))).toBeNull()
    }
    expect(await openChunk(fileKey, 0, 1, Uint8Array.of(...sealed, 0))).toBeNull()
  })

  test('B1: an empty file is one empty chunk', async () => {
    const sealed = await sealChunk(fileKey, 0, 1, new Uint8Array(0))
    expect(sealed).toHaveLength(28)
    expect(await openChunk(fileKey, 0, 1, sealed)).toEqual(new Uint8Array(0))
  })

  test('B1: the same chunk is sealed to the same bytes, so a resumed upload keeps its root', async () => {
    expect(await sealChunk(fileKey, 2, 3, tail)).toEqual(await sealChunk(fileKey, 2, 3, Buffer.from(tail)))
  })

  test('B1: another text under the same key has another nonce, so GCM does not break even if a file key is reused', async () => {
    const a = await sealChunk(fileKey, 2, 3, tail)
    const b = await sealChunk(fileKey, 2, 3, flipBit(tail, 5))
    expect(a.subarray(0, 12)).not.toEqual(b.subarray(0, 12))
  })

  test('B1: the format is nonce, AES-256-GCM and tag under keys by HKDF of index, last and total, read by OpenSSL', async () => {
    for (const [index, total, bytes] of [
      [0, 1, tail],
      [1, 3, full],
      [2, 3, tail],
    ] as const) {
      const sealed = Buffer.from(await sealChunk(fileKey, index, total, bytes))
      const keys = keysByHand(index, total)
      const decipher = createDecipheriv('aes-256-gcm', keys.cipher, sealed.subarray(0, 12))
      decipher.setAuthTag(sealed.subarray(-16))
      const opened = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()])
      expect(opened.equals(bytes)).toBe(true)
      const nonce = createHmac('sha256', keys.nonce).update(bytes).digest().subarray(0, 12)
      expect(sealed.subarray(0, 12).equals(nonce)).toBe(true)
    }
  })
})

describe('B1: mistakes', () => {
  test.each([
    [-1, 3],
    [3, 3],
    [0, 0],
    [0.5, 3],
    [0, 2.5],
    [0, 2 ** 32],
    [Number.NaN, 1],
    [0, Number.NaN],
  ])('B1: chunk %d of %d is none', async (index, total) => {
    await expect(sealChunk(fileKey, index, total, tail)).rejects.toThrow(RangeError)
    await expect(sealChunk(fileKey, index, total, full)).rejects.toThrow('not a chunk of this file')
    expect(await openChunk(fileKey, index, total, countingBytes(100))).toBeNull()
    expect(await openChunk(fileKey, index, total, countingBytes(CHUNK_SIZE + 28))).toBeNull()
  })

  test.each([
    [3, 3],
    [4, 3],
    [0, 0],
  ])('B1: sealed by hand as chunk %i of %i it does not open, for there is no such place', async (index, total) => {
    const { cipher } = keysByHand(index, total)
    const nonce = countingBytes(12, 5)
    const gcm = createCipheriv('aes-256-gcm', cipher, nonce)
    const sealed = Buffer.concat([nonce, gcm.update(full), gcm.final(), gcm.getAuthTag()])
    expect(await openChunk(fileKey, index, total, sealed)).toBeNull()
  })

  test('B1: 2^32 - 1 chunks are the most of a file', async () => {
    const most = 2 ** 32 - 1
    const sealed = await sealChunk(fileKey, most - 1, most, tail)
    expect(await openChunk(fileKey, most - 1, most, sealed)).toEqual(tail)
  })

  test('B1: a chunk before the last one is full, and none is longer', async () => {
    await expect(sealChunk(fileKey, 0, 2, tail)).rejects.toThrow(RangeError)
    await expect(sealChunk(fileKey, 0, 2, new Uint8Array(0))).rejects.toThrow(RangeError)
    await expect(sealChunk(fileKey, 0, 1, countingBytes(CHUNK_SIZE + 1))).rejects.toThrow(RangeError)
    expect(await openChunk(fileKey, 0, 1, countingBytes(CHUNK_SIZE + 29))).toBeNull()
    expect(CHUNK_SIZE).toBe(1024 * 1024)
  })

  test.each([0, 16, 31, 33])('B1: a file key of %i bytes throws', async (length) => {
    await expect(sealChunk(countingBytes(length), 0, 1, tail)).rejects.toThrow(RangeError)
    await expect(openChunk(countingBytes(length), 0, 1, countingBytes(100))).rejects.toThrow(RangeError)
  })
})

test('K1: the AES-256-GCM of Web Crypto gives every verdict of Wycheproof with nonces of 12 bytes', async () => {
  const file = readVectors<
    Wycheproof<
      { ivSize: number; keySize: number },
      { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
    >
  >('wycheproof/aes_gcm_test.json.gz')
  const counts = { valid: 0, invalid: 0 }
  const groups = file.testGroups.filter(({ ivSize, keySize }) => ivSize === 96 && keySize === 256)
  for (const { key, iv, aad, msg, ct, tag, result, comment } of groups.flatMap(({ tests }) => tests)) {
    const imported = await webcrypto.subtle.importKey('raw', fromHex(key), 'AES-GCM', false, ['decrypt'])
    const parameters = { name: 'AES-GCM', iv: fromHex(iv), additionalData: fromHex(aad) }
    const opened = await webcrypto.subtle.decrypt(parameters, imported, fromHex(ct + tag)).catch(() => null)
    const verdict = opened === null ? null : Buffer.from(opened).toString('hex')
    expect(verdict, comment).toBe(result === 'valid' ? msg : null)
    counts[result === 'valid' ? 'valid' : 'invalid']++
  }
  console.log('Wycheproof AES-256-GCM:', counts)
  expect(counts.valid).toBeGreaterThan(10)
  expect(counts.invalid).toBeGreaterThan(5)
})
