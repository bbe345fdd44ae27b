/**
 * A platform whose Web Crypto verifies by the equation with cofactor: it is found out by one vector, and not asked again (K2).
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "cofactor" }
 */
import { signingKeyPairFromSeed } from '@chartkeep/crypto'
import { verify } from '@chartkeep/crypto/verify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cctvVectors } from '../../support/ed25519-vectors.ts'
import { countingBytes } from '../../support/vectors.ts'

const { subtle } = globalThis.crypto
let asked = 0
beforeAll(() => {
  // Whatever passes the strict check and differs between the two equations, such a platform accepts.
  Object.defineProperty(subtle, 'verify', { configurable: true, value: () => Promise.resolve(++asked > 0) })
})
afterAll(() => {
  Reflect.deleteProperty(subtle, 'verify')
})

test('K2: every verdict is that of the equation without cofactor, and the platform was asked about two vectors alone', async () => {
  const vectors = cctvVectors().slice(0, 60)
  for (const { name, publicKey, message, signature, valid } of vectors)
    expect(await verify(publicKey, message, signature), name).toBe(valid)
  const { publicKey } = signingKeyPairFromSeed(countingBytes(32))
  expect(await verify(publicKey, countingBytes(3), new Uint8Array(64))).toBe(false)
  expect(asked).toBe(2)
  expect(vectors.some(({ valid }) => !valid)).toBe(true)
})
