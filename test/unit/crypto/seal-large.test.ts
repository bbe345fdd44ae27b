/** Large pieces under AES-256-GCM: what opens, what does not, and that the key is Web Crypto's own. */
import { createDecipheriv, hkdfSync } from 'node:crypto'
import { deriveLargeKey, openLarge, openStreamPart, randomBytes, sealLarge, sealStreamPart } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { expect, test } from 'vitest'

const secret = randomBytes(32)
const context = randomBytes(16)

test('K1: a large piece comes back, of any length', async () => {
  const key = await deriveLargeKey(secret, 'test', context)
  for (const length of [0, 1, 15, 16, 17, 300_000]) {
    const plaintext = randomBytes(length)
    const sealed = await sealLarge(key, plaintext)
    expect(sealed.length).toBe(length + 28)
    expect(await openLarge(key, sealed)).toEqual(plaintext)
  }
})

test('K1, K3: another implementation opens it by HKDF-SHA-256 and AES-256-GCM as they are described', async () => {
  const plaintext = utf8ToBytes('血紅素 6.90 %')
  const sealed = await sealLarge(await deriveLargeKey(secret, 'test', context), plaintext)
  const info = Buffer.concat([Buffer.from('chartkeep/test/v1'), context])
  const key = Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32))
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12))
  decipher.setAuthTag(sealed.subarray(-16))
  expect(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString()).toBe('血紅素 6.90 %')
})

test('K1: any changed bit, a shorter piece, another secret, purpose or context opens nothing', async () => {
  const key = await deriveLargeKey(secret, 'test', context)
  const sealed = await sealLarge(key, randomBytes(40))
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice()
    changed[at]! ^= 1 << (at % 8)
    expect(await openLarge(key, changed)).toBeNull()
  }
  for (const length of [0, 11, 12, 27, 28, sealed.length - 1]) {
    expect(await openLarge(key, sealed.subarray(0, length))).toBeNull()
  }
  for (const other of [
    deriveLargeKey(randomBytes(32), 'test', context),
    deriveLargeKey(secret, 'other', context),
    deriveLargeKey(secret, 'test', randomBytes(16)),
  ]) {
    expect(await openLarge(await other, sealed)).toBeNull()
  }
})

test('K1: two sealings of the same piece differ, and the key gives no bytes out', async () => {
  const key = await deriveLargeKey(secret, 'test', context)
  const plaintext = randomBytes(20)
  expect(await sealLarge(key, plaintext)).not.toEqual(await sealLarge(key, plaintext))
  expect(key.extractable).toBe(false)
  await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
})

test('K1: what is no key to open with is a mistake and throws: it must not pass for a piece that was changed', async () => {
  const key = await deriveLargeKey(secret, 'test', context)
  const sealed = await sealLarge(key, randomBytes(40))
  const part = await sealStreamPart(key, 0, true, randomBytes(40))
  const { subtle } = globalThis.crypto
  const onlySeals = await subtle.importKey('raw', randomBytes(32) as BufferSource, 'AES-GCM', false, ['encrypt'])
  for (const wrong of [onlySeals, {} as CryptoKey]) {
    await expect(openLarge(wrong, sealed)).rejects.toThrow()
    await expect(openStreamPart(wrong, 0, true, part)).rejects.toThrow()
  }
  for (let length = 0; length < 28; length++) expect(await openLarge(key, sealed.subarray(0, length))).toBeNull()
  for (let length = 0; length < 16; length++)
    expect(await openStreamPart(key, 0, true, part.subarray(0, length))).toBeNull()
})
