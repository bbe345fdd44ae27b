import { forgetSigningKeys, generateSigningKeyPair, sign, signingKeyPairFromSeed } from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { isSoundSigningKey, verify } from '@chartkeep/crypto/verify'
import nacl from 'tweetnacl'
import { countingBytes, fromBase64, fromHex, readVectors } from '../../support/vectors.ts'
import { expect, test } from 'vitest'

test('K1: the keys and signatures of RFC 8032 section 7.1 come out', async () => {
  const vectors = [
    {
      seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      publicKey: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155' +
        '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      publicKey: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      signature:
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
        '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
  ]
  for (const { seed, publicKey, message, signature } of vectors) {
    const pair = signingKeyPairFromSeed(fromHex(seed))
    expect(bytesToHex(pair.publicKey)).toBe(publicKey)
    expect(bytesToHex(await sign(pair, fromHex(message)))).toBe(signature)
  }
})

test('K1: the published signatures of NaCl come out', async () => {
  const rows = readVectors<[string, string, string][]>('nacl/sign.spec.json.gz')
  for (const [secretKey, message, signature] of rows) {
    const pair = signingKeyPairFromSeed(fromBase64(secretKey).subarray(0, 32))
    expect(pair.publicKey).toEqual(fromBase64(secretKey).slice(32))
    expect(await sign(pair, fromBase64(message))).toEqual(fromBase64(signature))
  }
  expect(rows.length).toBeGreaterThan(100)
})

test('K2: Web Crypto and tweetnacl make the same signature', async () => {
  const pair = generateSigningKeyPair()
  const { secretKey } = nacl.sign.keyPair.fromSeed(pair.seed)
  for (const length of [0, 1, 111, 112, 4096]) {
    const message = countingBytes(length)
    expect(await sign(pair, message)).toEqual(nacl.sign.detached(message, secretKey))
  }
})

test('K2: a pair with a foreign public key signs as its seed does, so it betrays nothing', async () => {
  const pair = signingKeyPairFromSeed(countingBytes(32))
  const foreign = { ...pair, publicKey: generateSigningKeyPair().publicKey }
  const message = countingBytes(10)
  expect(await sign(foreign, message)).toEqual(await sign(pair, message))
  expect(await verify(foreign.publicKey, message, await sign(foreign, message))).toBe(false)
})

test('K5: after imported keys are forgotten a pair signs as before', async () => {
  const pair = generateSigningKeyPair()
  const before = await sign(pair, countingBytes(10))
  forgetSigningKeys()
  expect(await sign(pair, countingBytes(10))).toEqual(before)
})

test('K5: a new pair is sound, differs from the last, and comes from the random bytes it is given', () => {
  const [a, b] = [generateSigningKeyPair(), generateSigningKeyPair()]
  expect(isSoundSigningKey(a.publicKey)).toBe(true)
  expect(a.publicKey).not.toEqual(b.publicKey)
  expect(generateSigningKeyPair((length) => countingBytes(length))).toEqual(signingKeyPairFromSeed(countingBytes(32)))
})

test('K5: the seed is copied, from a Node buffer too', () => {
  const seed = Buffer.from(countingBytes(32))
  const pair = signingKeyPairFromSeed(seed)
  seed.fill(0)
  expect(pair.seed).toEqual(countingBytes(32))
  expect(Buffer.isBuffer(pair.seed)).toBe(false)
})

test.each([0, 31, 33, 64])('K5: %i bytes are no seed', async (length) => {
  expect(() => signingKeyPairFromSeed(countingBytes(length))).toThrow(RangeError)
  await expect(sign({ publicKey: countingBytes(32), seed: countingBytes(length) }, countingBytes(1))).rejects.toThrow(
    RangeError,
  )
})
