/**
 * A platform whose Web Crypto has no Ed25519, as browsers were until 2025: tweetnacl signs and verifies, with the same bytes and verdicts (K2).
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "no Ed25519" }
 */
import { forgetSigningKeys, sign, signingKeyPairFromSeed } from '@chartkeep/crypto'
import { isSoundSigningKey, verify, verifyWith } from '@chartkeep/crypto/verify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { countingBytes, flipBit, fromHex } from '../../support/vectors.ts'

const { subtle } = globalThis.crypto
let answer = () => new DOMException('Unrecognized algorithm name', 'NotSupportedError')
beforeAll(() => {
  Object.defineProperty(subtle, 'importKey', { configurable: true, value: () => Promise.reject(answer()) })
})
afterAll(() => {
  Reflect.deleteProperty(subtle, 'importKey')
})

/** RFC 8032 section 7.1, TEST 3. */
const seed = fromHex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7')
const message = fromHex('af82')
const signature = fromHex(
  '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
    '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
)

test('K2: it signs as RFC 8032 says, and again after its keys were forgotten', async () => {
  const pair = signingKeyPairFromSeed(seed)
  expect(await sign(pair, message)).toEqual(signature)
  forgetSigningKeys()
  expect(await sign(pair, message)).toEqual(signature)
})

test('K2: it accepts the published signature, and none with a bit changed', async () => {
  const { publicKey } = signingKeyPairFromSeed(seed)
  expect(isSoundSigningKey(publicKey)).toBe(true)
  expect(await verify(publicKey, message, signature)).toBe(true)
  for (let bit = 0; bit < 512; bit += 37) expect(await verify(publicKey, message, flipBit(signature, bit))).toBe(false)
  expect(await verify(publicKey, countingBytes(2), signature)).toBe(false)
})

test('K2: asked for by its name Web Crypto fails; one that refuses the bytes of a key refuses the signature', async () => {
  const { publicKey } = signingKeyPairFromSeed(seed)
  await expect(verifyWith('webcrypto', publicKey, message, signature)).rejects.toThrow('Unrecognized algorithm name')
  answer = () => new DOMException('Invalid keyData', 'DataError')
  const other = signingKeyPairFromSeed(countingBytes(32)).publicKey
  expect(await verifyWith('webcrypto', other, message, signature)).toBe(false)
})

test('K2: an engine that is not installed cannot be asked', async () => {
  const { publicKey } = signingKeyPairFromSeed(seed)
  await expect(verifyWith('native', publicKey, message, signature)).rejects.toThrow('no engine is installed')
})
