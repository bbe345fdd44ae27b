/** A stream of sealed parts (STREAM): each opens in its place and in its stream alone, and OpenSSL reads them by the nonces of the specification. */
import { createDecipheriv, hkdfSync } from 'node:crypto'
import { deriveLargeKey, openStreamPart, sealStreamPart } from '@chartkeep/crypto'
import { beforeAll, expect, test } from 'vitest'
import { countingBytes, flipBit } from '../../support/vectors.ts'

const secret = countingBytes(32)
const context = countingBytes(16, 5)
const texts = [countingBytes(100), countingBytes(100), countingBytes(7), new Uint8Array(0)]
let key: Awaited<ReturnType<typeof deriveLargeKey>>
let sealed: Uint8Array[]
beforeAll(async () => {
  key = await deriveLargeKey(secret, 'backup', context)
  sealed = []
  for (const [index, text] of texts.entries()) sealed.push(await sealStreamPart(key, index, index === 3, text))
})

test('K1: each part opens in its place, as the last one only where it is', async () => {
  for (const [at, part] of sealed.entries()) {
    expect(part).toHaveLength(texts[at]!.length + 16)
    for (const index of [0, 1, 2, 3, 256, 65_536, 16_777_216])
      for (const isLast of [false, true])
        expect(await openStreamPart(key, index, isLast, part), `${at} as ${index}`).toEqual(
          index === at && isLast === (at === 3) ? texts[at] : null,
        )
  }
})

test('K1: no part opens with a bit changed, cut, lengthened, or under the key of another stream', async () => {
  const other = await deriveLargeKey(secret, 'backup', countingBytes(16, 6))
  expect(await openStreamPart(other, 0, false, sealed[0]!)).toBeNull()
  expect(await openStreamPart(await deriveLargeKey(secret, 'other', context), 0, false, sealed[0]!)).toBeNull()
  for (let bit = 0; bit < sealed[2]!.length * 8; bit += 7)
    expect(await openStreamPart(key, 2, false, flipBit(sealed[2]!, bit))).toBeNull()
  for (const length of [0, 15, 16, 22])
    expect(await openStreamPart(key, 2, false, sealed[2]!.subarray(0, length))).toBeNull()
  expect(await openStreamPart(key, 2, false, new Uint8Array([...sealed[2]!, 0]))).toBeNull()
})

test('K1: OpenSSL reads them under HKDF of the secret, with seven zeros, the place and whether it is the last as nonce', async () => {
  const info = Buffer.concat([Buffer.from('chartkeep/backup/v1'), context])
  const bytes = Buffer.from(hkdfSync('sha256', secret, '', info, 32))
  for (const [index, isLast] of [
    [0, false],
    [3, true],
    [0x01020304, false],
  ] as const) {
    const part = Buffer.from(await sealStreamPart(key, index, isLast, texts[0]!))
    const nonce = Buffer.alloc(12)
    nonce.writeUInt32BE(index, 7)
    nonce[11] = isLast ? 1 : 0
    const decipher = createDecipheriv('aes-256-gcm', bytes, nonce).setAuthTag(part.subarray(-16))
    expect(Buffer.concat([decipher.update(part.subarray(0, -16)), decipher.final()]).equals(texts[0]!)).toBe(true)
  }
})

test('K1: a place beyond 32 bits, or a key that is none, is a mistake that is thrown and not a part that does not open', async () => {
  for (const index of [-1, 0.5, 2 ** 32]) {
    await expect(sealStreamPart(key, index, false, texts[0]!)).rejects.toThrow(RangeError)
    await expect(openStreamPart(key, index, false, sealed[0]!)).rejects.toThrow(RangeError)
  }
  await expect(openStreamPart({} as never, 0, false, sealed[0]!)).rejects.toThrow(TypeError)
})
