import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import {
  boxKeyPairFromSecretKey,
  generateBoxKeyPair,
  isSoundBoxKey,
  openSealedBox,
  sealToPublicKey,
} from '@chartkeep/crypto'
import { concatBytes } from '@chartkeep/crypto/encoding'
import { sha512 } from '@chartkeep/crypto/hash'
import nacl from 'tweetnacl'
import { countingBytes, flipBit, fromBase64, fromHex, readVectors, type Wycheproof } from '../../support/vectors.ts'
import { describe, expect, test } from 'vitest'

const recipient = boxKeyPairFromSecretKey(countingBytes(32, 1))
const plaintext = countingBytes(100)

/** X25519 by OpenSSL; null where it refuses the all-zero result. */
function x25519ByOpenSsl(secretKey: Uint8Array, publicKey: Uint8Array): Buffer | null {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secretKey])
  const spki = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), publicKey])
  try {
    return diffieHellman({
      privateKey: createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }),
      publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
    })
  } catch {
    return null
  }
}

describe('sealing to a public key', () => {
  test.each([0, 1, 32, 64, 1000, 100_000])('K9: %i bytes are opened by the one they were sealed to', (length) => {
    const sealed = sealToPublicKey(recipient.publicKey, countingBytes(length))
    expect(sealed).toHaveLength(32 + 16 + length)
    expect(openSealedBox(recipient, sealed)).toEqual(countingBytes(length))
  })

  test('K9: another key opens nothing', () => {
    expect(openSealedBox(generateBoxKeyPair(), sealToPublicKey(recipient.publicKey, plaintext))).toBeNull()
  })

  test('K9: the nonce is the first 24 bytes of SHA-512(ephemeral || recipient), the box is NaCl crypto_box', () => {
    const sealed = sealToPublicKey(recipient.publicKey, plaintext, (length) => countingBytes(length, 7))
    const ephemeral = nacl.box.keyPair.fromSecretKey(countingBytes(32, 7))
    const nonce = sha512(ephemeral.publicKey, recipient.publicKey).subarray(0, 24)
    const box = nacl.box(plaintext, nonce, recipient.publicKey, ephemeral.secretKey)
    expect(sealed).toEqual(concatBytes(ephemeral.publicKey, box))
  })

  test('K9: two boxes of one plaintext share nothing', () => {
    const [a, b] = [sealToPublicKey(recipient.publicKey, plaintext), sealToPublicKey(recipient.publicKey, plaintext)]
    expect(a.subarray(0, 32)).not.toEqual(b.subarray(0, 32))
    expect(a.subarray(32)).not.toEqual(b.subarray(32))
  })

  test('K9: a box with any one bit changed does not open', () => {
    const sealed = sealToPublicKey(recipient.publicKey, countingBytes(5))
    // The top bit of an X25519 key is ignored by the curve (RFC 7748), but it is part of the nonce.
    for (let bit = 0; bit < sealed.length * 8; bit++) expect(openSealedBox(recipient, flipBit(sealed, bit))).toBeNull()
  })

  test.each([0, 31, 32, 47])('K9: %i bytes are too short to be a box', (length) => {
    expect(openSealedBox(recipient, countingBytes(length))).toBeNull()
  })

  test('K9: a box that is cut or extended does not open', () => {
    const sealed = sealToPublicKey(recipient.publicKey, plaintext)
    expect(openSealedBox(recipient, sealed.subarray(0, -1))).toBeNull()
    expect(openSealedBox(recipient, concatBytes(sealed, Uint8Array.of(0)))).toBeNull()
  })
})

describe('keys', () => {
  test('K5: a pair comes from the random bytes it is given, and two pairs differ', () => {
    expect(generateBoxKeyPair((length) => countingBytes(length, 1))).toEqual(recipient)
    expect(generateBoxKeyPair().publicKey).not.toEqual(generateBoxKeyPair().publicKey)
  })

  test('K5: the secret key is copied', () => {
    const secretKey = Buffer.from(countingBytes(32, 1))
    const pair = boxKeyPairFromSecretKey(secretKey)
    secretKey.fill(0)
    expect(pair).toEqual(recipient)
    expect(Buffer.isBuffer(pair.secretKey)).toBe(false)
  })

  test.each([0, 31, 33])('K5: %i bytes are no key', (length) => {
    expect(() => boxKeyPairFromSecretKey(countingBytes(length))).toThrow(RangeError)
    expect(() => sealToPublicKey(countingBytes(length), plaintext)).toThrow(RangeError)
    expect(isSoundBoxKey(countingBytes(length))).toBe(false)
  })
})

describe('published vectors', () => {
  test('K1: boxes of NaCl open and come out the same', () => {
    const rows = readVectors<[string, string, string, string][]>('nacl/box.random.json.gz')
    const nonce = new Uint8Array(24)
    for (const [publicKey, secretKey, message, box] of rows) {
      const pair = boxKeyPairFromSecretKey(fromBase64(secretKey))
      expect(nacl.box(fromBase64(message), nonce, fromBase64(publicKey), pair.secretKey)).toEqual(fromBase64(box))
    }
    expect(rows.length).toBeGreaterThan(100)
  })

  test('K1: shared secrets of NaCl come out from both sides', () => {
    const rows = readVectors<[string, string, string, string, string][]>('nacl/scalarmult.random.json.gz')
    for (const [public1, secret1, public2, secret2, shared] of rows) {
      expect(boxKeyPairFromSecretKey(fromBase64(secret1)).publicKey).toEqual(fromBase64(public1))
      expect(boxKeyPairFromSecretKey(fromBase64(secret2)).publicKey).toEqual(fromBase64(public2))
      expect(nacl.scalarMult(fromBase64(secret1), fromBase64(public2))).toEqual(fromBase64(shared))
      expect(nacl.scalarMult(fromBase64(secret2), fromBase64(public1))).toEqual(fromBase64(shared))
    }
    expect(rows.length).toBeGreaterThan(100)
  })

  test('K2: on every Wycheproof X25519 vector the result is right, or it is all zero and refused both ways', () => {
    const file = readVectors<Wycheproof<object, { public: string; private: string; shared: string }>>(
      'wycheproof/x25519_test.json.gz',
    )
    const counts = { computed: 0, refused: 0, openSslAgrees: 0 }
    for (const vector of file.testGroups.flatMap(({ tests }) => tests)) {
      const [publicKey, secretKey, shared] = [vector.public, vector.private, vector.shared].map(fromHex) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ]
      const pair = boxKeyPairFromSecretKey(secretKey)
      const zero = shared.every((byte) => byte === 0)
      expect(nacl.scalarMult(secretKey, publicKey), vector.comment).toEqual(shared)
      expect(isSoundBoxKey(publicKey), vector.comment).toBe(!zero)
      if (x25519ByOpenSsl(secretKey, publicKey)?.equals(shared) ?? zero) counts.openSslAgrees++
      if (zero) {
        expect(() => sealToPublicKey(publicKey, plaintext)).toThrow(RangeError)
        // A box under the key that the all-zero secret gives: anyone could have made it.
        const nonce = sha512(publicKey, pair.publicKey).subarray(0, 24)
        const forged = nacl.box.after(plaintext, nonce, nacl.box.before(publicKey, secretKey))
        expect(openSealedBox(pair, concatBytes(publicKey, forged)), vector.comment).toBeNull()
        counts.refused++
      } else {
        counts.computed++
      }
    }
    console.log('Wycheproof X25519:', counts)
    expect(counts.computed).toBeGreaterThan(200)
    expect(counts.refused).toBeGreaterThan(5)
    expect(counts.openSslAgrees).toBe(counts.computed + counts.refused)
  })
})
