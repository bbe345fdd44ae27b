/**
 * What Web Crypto is given to keep: each key for one use and never to be given out again, no longer than is said, and once.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "noting" }
 */
import {
  deriveLargeKey,
  forgetSigningKeys,
  openChunk,
  openLarge,
  sealChunk,
  sealLarge,
  sign,
  signingKeyPairFromSeed,
} from '@chartkeep/crypto'
import { native } from '@chartkeep/crypto/native'
import { verify, verifyWith } from '@chartkeep/crypto/verify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededBytes } from '../../support/seeded-bytes.ts'
import { countingBytes } from '../../support/vectors.ts'

const { subtle } = globalThis.crypto
const original = { importKey: subtle.importKey, sign: subtle.sign, verify: subtle.verify }
/** What was imported, as the platform made it, and how often it signed and verified with such keys. */
let imported: CryptoKey[] = []
let signed = 0
let verified = 0

beforeAll(() => {
  const note = (name: keyof typeof original, value: unknown) =>
    Object.defineProperty(subtle, name, { configurable: true, value })
  note('importKey', async (...input: unknown[]) => {
    const key = (await Reflect.apply(original.importKey, subtle, input)) as CryptoKey
    imported.push(key)
    return key
  })
  note('sign', (...input: unknown[]) => {
    signed++
    return Reflect.apply(original.sign, subtle, input)
  })
  note('verify', (...input: unknown[]) => {
    verified++
    return Reflect.apply(original.verify, subtle, input)
  })
})
afterAll(() => {
  for (const name of ['importKey', 'sign', 'verify'] as const) Reflect.deleteProperty(subtle, name)
})

/** The keys that the platform imported while `work` ran. */
async function during(work: () => unknown): Promise<CryptoKey[]> {
  imported = []
  await work()
  return imported
}

const usesOf = (keys: CryptoKey[]) => keys.map(({ algorithm, usages }) => `${algorithm.name}: ${usages.join(', ')}`)
const pairOf = (start: number) => signingKeyPairFromSeed(countingBytes(32, start))
const message = countingBytes(40)
const random = seededBytes('web-crypto-keys')

test('K5, K1: no secret key that Web Crypto holds can be read out of it, and each does one thing', async () => {
  const fileKey = countingBytes(32, 9)
  const sealed = await sealChunk(fileKey, 0, 1, message)
  for (const [work, uses] of [
    [() => sign(pairOf(1), message), ['Ed25519: sign']],
    [() => sealChunk(fileKey, 0, 1, message), ['HMAC: sign', 'AES-GCM: encrypt']],
    [() => openChunk(fileKey, 0, 1, sealed), ['AES-GCM: decrypt']],
    [() => deriveLargeKey(fileKey, 'test', countingBytes(16)), ['AES-GCM: encrypt, decrypt']],
  ] as const) {
    const keys = await during(work)
    expect(usesOf(keys)).toEqual(uses)
    for (const { type, extractable } of keys) {
      expect(type).not.toBe('public')
      expect(extractable).toBe(false)
    }
  }
  const large = await deriveLargeKey(fileKey, 'test', countingBytes(16))
  expect(await openLarge(large, await sealLarge(large, message))).toEqual(message)
  await expect(subtle.exportKey('raw', large)).rejects.toThrow()
})

test('K2: where it has Ed25519 Web Crypto signs, each pair imported once', async () => {
  const pair = pairOf(2)
  signed = 0
  const keys = await during(async () => {
    for (let i = 0; i < 5; i++) await sign(pair, countingBytes(i))
  })
  expect(keys).toHaveLength(1)
  expect(signed).toBe(5)
  // Another pair is another key, though its seed is the same: the pair is what is kept by.
  expect(await during(() => sign(pairOf(2), message))).toHaveLength(1)
})

test('K5: a signing key that was forgotten is not held any more: the next signature imports it again', async () => {
  const pair = pairOf(3)
  const before = await sign(pair, message)
  expect(await during(() => sign(pair, message))).toHaveLength(0)
  forgetSigningKeys()
  let after = new Uint8Array()
  expect(await during(async () => (after = new Uint8Array(await sign(pair, message))))).toHaveLength(1)
  expect(after).toEqual(before)
})

test('K2: the platform that judges two published signatures rightly verifies from then on, each public key imported once', async () => {
  // It is asked about those two before its first verdict.
  await verify(pairOf(4).publicKey, message, await sign(pairOf(4), message))
  const pair = signingKeyPairFromSeed(random(32))
  const signature = await sign(pair, message)
  verified = 0
  expect(usesOf(await during(() => verify(pair.publicKey, message, signature)))).toEqual(['Ed25519: verify'])
  expect(await during(() => verify(pair.publicKey, message, signature))).toEqual([])
  expect(verified).toBe(2)
})

test('K2: 256 public keys are kept, and the one that was asked for longest ago goes first', async () => {
  const pairs = Array.from({ length: 257 }, () => {
    const seed = random(32)
    return { publicKey: native.signingPublicKey(seed), signature: native.sign(seed, message) }
  })
  const ask = async ({ publicKey, signature }: (typeof pairs)[number]) => {
    const keys = await during(async () =>
      expect(await verifyWith('webcrypto', publicKey, message, signature)).toBe(true),
    )
    return keys.length
  }
  for (const pair of pairs.slice(0, 256)) expect(await ask(pair)).toBe(1)
  // The first is asked for again, so that the second is now the oldest.
  expect(await ask(pairs[0]!)).toBe(0)
  expect(await ask(pairs[256]!)).toBe(1)
  expect(await ask(pairs[0]!)).toBe(0)
  for (const pair of pairs.slice(2)) expect(await ask(pair)).toBe(0)
  expect(await ask(pairs[1]!)).toBe(1)
})
