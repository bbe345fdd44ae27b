import { createHmac } from 'node:crypto'
import { bodyOpener, openBody, pad, padmeLength, padText, sealBody, unpad } from '@chartkeep/crypto'
import { concatBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import * as fc from 'fast-check'
import nacl from 'tweetnacl'
import { countingBytes, flipBit, fromLittleEndian, toLittleEndian } from '../../support/vectors.ts'
import { describe, expect, test } from 'vitest'

/** PADME as its paper writes it (algorithm 1), in bits. */
function padmeOfThePaper(length: number): number {
  const L = BigInt(length)
  const E = L.toString(2).length - 1
  const S = E.toString(2).length
  const mask = (1n << BigInt(E - S)) - 1n
  return Number((L + mask) & ~mask)
}

describe('E3: padding', () => {
  test('E3: every length up to 100,000 is padded as the paper says, with a floor of 256', () => {
    for (let length = 0; length <= 100_000; length++) {
      const expected = length <= 256 ? 256 : padmeOfThePaper(length)
      if (padmeLength(length) !== expected) expect(padmeLength(length), `${length}`).toBe(expected)
    }
    expect(padmeLength(0)).toBe(256)
    expect(padmeLength(257)).toBe(272)
  })

  test('E3: around every power of two, up to 4 GiB, too', () => {
    for (let exponent = 9; exponent < 32; exponent++) {
      for (const length of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
        expect(padmeLength(length), `${length}`).toBe(padmeOfThePaper(length))
      }
    }
  })

  test('E3: padding costs less than 12 percent above the floor, and padded lengths are few', () => {
    const lengths = new Set<number>()
    for (let length = 257; length <= 1_048_576; length += 97) {
      const padded = padmeLength(length)
      expect(padded).toBeGreaterThanOrEqual(length)
      expect((padded - length) / length).toBeLessThan(0.12)
      lengths.add(padded)
    }
    expect(lengths.size).toBeLessThan(250)
  })

  test('E3: a text is padded as its bytes are, whatever characters it has and wherever a step of padding ends', () => {
    for (const more of ['', 'é', '血壓', '血'.repeat(9), '😀'.repeat(120), '\u0000']) {
      for (let length = 0; length < 600; length++) {
        const text = `${'a'.repeat(length)}${more}`
        const [padded, wanted] = [padText(text), pad(utf8ToBytes(text))]
        if (Buffer.compare(padded, wanted) !== 0) expect(padded, `${length} ${more}`).toEqual(wanted)
      }
    }
    expect(() => padText('a\ud800')).toThrow('text holds a lone surrogate')
  })

  test('E3: a padded length is padded to itself, and more text never gives less', () => {
    fc.assert(
      fc.property(fc.nat(0x7fffffff), fc.nat(100_000), (length, more) => {
        expect(padmeLength(padmeLength(length))).toBe(padmeLength(length))
        expect(padmeLength(length + more)).toBeGreaterThanOrEqual(padmeLength(length))
      }),
    )
  })

  test.each([-1, 0.5, 2 ** 32, Number.NaN])('E3: %d is no length', (length) => {
    expect(() => padmeLength(length)).toThrow(RangeError)
  })

  test('E3: padding hides the length: all texts of 0 to 255 bytes are 256 bytes long', () => {
    for (let length = 0; length <= 255; length++) expect(pad(countingBytes(length))).toHaveLength(256)
    expect(pad(countingBytes(256))).toHaveLength(272)
  })

  test('E3: a text in several parts is padded as the whole is', () => {
    const parts = [countingBytes(200), countingBytes(0), countingBytes(90, 5), countingBytes(1, 9)]
    expect(pad(...parts)).toEqual(pad(Uint8Array.of(...parts.flatMap((part) => [...part]))))
  })

  test('E3: every text comes back, whatever it ends with', () => {
    for (let length = 0; length <= 600; length++) {
      for (const last of [0x00, 0x80, 0xff]) {
        const text = countingBytes(length).fill(last, Math.max(0, length - 3))
        expect(unpad(pad(text))).toEqual(text)
      }
    }
  })

  test('E3: what was not padded by us is refused', () => {
    const padded = pad(countingBytes(100))
    expect(unpad(new Uint8Array(0))).toBeNull()
    expect(unpad(new Uint8Array(256))).toBeNull()
    expect(unpad(countingBytes(256))).toBeNull()
    expect(unpad(Uint8Array.of(0x80))).toBeNull()
    expect(unpad(padded.subarray(0, 255))).toBeNull()
    expect(unpad(concatBytes(padded, new Uint8Array(1)))).toBeNull()
    expect(unpad(concatBytes(padded, new Uint8Array(16)))).toBeNull()
    expect(unpad(Uint8Array.from(padded).fill(1, 255))).toBeNull()
    expect(unpad(Uint8Array.from(padded).fill(0x40, 100, 101))).toBeNull()
  })

  test('E3: whatever is unpadded is padded to the same bytes again', () => {
    let accepted = 0
    fc.assert(
      fc.property(
        fc.constantFrom(255, 256, 257, 272, 288),
        fc.nat(300),
        fc.constantFrom(0, 1, 0x80),
        (length, mark, byte) => {
          const bytes = new Uint8Array(length)
          if (mark < length) bytes[mark] = 0x80
          bytes[length - 1]! |= byte
          const text = unpad(bytes)
          if (text === null) return
          accepted++
          expect(pad(text)).toEqual(bytes)
        },
      ),
      { numRuns: 1000 },
    )
    expect(accepted).toBeGreaterThan(50)
  })

  test('E3: the text is a copy, from a Node buffer too', () => {
    const padded = Buffer.from(pad(Uint8Array.of(1, 2, 3)))
    const text = unpad(padded)
    padded.fill(0)
    expect(text).toEqual(Uint8Array.of(1, 2, 3))
  })
})

/**
 * One secretbox of 32 bytes that opens under both keys. Poly1305 is linear in its blocks: with two free blocks both tags can
 * be made one by solving two equations modulo 2^130 - 5; the tag is tried until both blocks fit into 16 bytes.
 */
function forgeForTwoKeys(key1: Uint8Array, key2: Uint8Array, nonce: Uint8Array): Uint8Array {
  const p = 2n ** 130n - 5n
  const mod = (n: bigint) => ((n % p) + p) % p
  const inverse = (n: bigint) => {
    let [result, base] = [1n, mod(n)]
    for (let rest = p - 2n; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = mod(result * base)
      base = mod(base * base)
    }
    return result
  }
  const [[r1, s1], [r2, s2]] = [key1, key2].map((key) => {
    const stream = new Uint8Array(32)
    const { lowlevel } = nacl as unknown as {
      lowlevel: { crypto_stream(out: Uint8Array, at: number, length: number, nonce: Uint8Array, key: Uint8Array): void }
    }
    lowlevel.crypto_stream(stream, 0, 32, nonce, key)
    const r = fromLittleEndian(stream.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn
    return [r, fromLittleEndian(stream.subarray(16))] as const
  }) as unknown as [[bigint, bigint], [bigint, bigint]]

  // (c1 + 2^128) r^2 + (c2 + 2^128) r = v, and tag = v + s modulo 2^128, for both keys.
  const determinant = inverse(r1 * r1 * r2 - r2 * r2 * r1)
  for (let tag = 0n; ; tag++) {
    const v1 = BigInt.asUintN(128, tag - s1)
    const v2 = BigInt.asUintN(128, tag - s2)
    const c1 = mod((v1 * r2 - v2 * r1) * determinant) - 2n ** 128n
    const c2 = mod((r1 * r1 * v2 - r2 * r2 * v1) * determinant) - 2n ** 128n
    if ([c1, c2].some((block) => block < 0n || block >= 2n ** 128n)) continue
    return concatBytes(...[tag, c1, c2].map((block) => toLittleEndian(block, 16)))
  }
}

describe('E2: the body of an envelope', () => {
  const contentKey = countingBytes(32)
  const header = countingBytes(90, 50)
  const nonce = countingBytes(24, 200)
  const padded = pad(countingBytes(40))
  const body = sealBody(contentKey, header, padded, nonce)
  const derived = createHmac('sha512', contentKey).update('chartkeep/record/v1').update(header).digest()

  test('E2: a body opens with its content key and its header', () => {
    expect(openBody(contentKey, header, body)).toEqual(padded)
    expect(body).toHaveLength(24 + 32 + 16 + 256)
  })

  test('E2: it is nonce, commitment and secretbox, with key and commitment by HMAC-SHA-512 over the header', () => {
    expect(body.subarray(0, 24)).toEqual(nonce)
    expect(body.subarray(24, 56)).toEqual(new Uint8Array(derived.subarray(32)))
    expect(nacl.secretbox.open(body.slice(56), nonce, new Uint8Array(derived.subarray(0, 32)))).toEqual(padded)
  })

  test('E2: the same nonce gives the same bytes again, so a device can rebuild what it sent (S9)', () => {
    expect(sealBody(contentKey, header, padded, nonce)).toEqual(body)
  })

  test('E2: no changed bit of the header opens the body', () => {
    for (let bit = 0; bit < header.length * 8; bit++)
      expect(openBody(contentKey, flipBit(header, bit), body)).toBeNull()
    expect(openBody(contentKey, header.subarray(1), body)).toBeNull()
    expect(openBody(contentKey, concatBytes(header, Uint8Array.of(0)), body)).toBeNull()
  })

  test('E2: no changed bit of the content key opens the body', () => {
    for (let bit = 0; bit < 256; bit++) expect(openBody(flipBit(contentKey, bit), header, body)).toBeNull()
  })

  test('E2: no changed bit of the body goes unseen', () => {
    for (let bit = 0; bit < body.length * 8; bit++) expect(openBody(contentKey, header, flipBit(body, bit))).toBeNull()
  })

  test('E2: the commitment is checked: a box that opens under the key is refused with another commitment', () => {
    // Secretbox does not commit to its key. Here the box itself is right and only the commitment is another key's.
    const other = createHmac('sha512', countingBytes(32, 9)).update('chartkeep/record/v1').update(header).digest()
    const forged = concatBytes(nonce, other.subarray(32), body.subarray(56))
    expect(nacl.secretbox.open(forged.slice(56), nonce, new Uint8Array(derived.subarray(0, 32)))).not.toBeNull()
    expect(openBody(contentKey, header, forged)).toBeNull()
  })

  test('E2: a box forged to open under two keys is taken by secretbox with both, by us with one at most', () => {
    const secretKeys = [countingBytes(32, 77), countingBytes(32, 78)] as const
    const bodyKeys = secretKeys.map(
      (key) => new Uint8Array(createHmac('sha512', key).update('chartkeep/record/v1').update(header).digest()),
    )
    const box = forgeForTwoKeys(bodyKeys[0]!.slice(0, 32), bodyKeys[1]!.slice(0, 32), nonce)
    for (const derivedBytes of bodyKeys)
      expect(nacl.secretbox.open(box, nonce, derivedBytes.slice(0, 32))).not.toBeNull()

    for (const [at, key] of secretKeys.entries()) {
      const forged = concatBytes(nonce, bodyKeys[at]!.subarray(32), box)
      const opened = secretKeys.map((candidate) => openBody(candidate, header, forged) !== null)
      expect(opened).toEqual(secretKeys.map((candidate) => candidate === key))
    }
  })

  test.each([0, 24, 56, 71])('E2: %i bytes are too short to be a body', (length) => {
    expect(openBody(contentKey, header, body.subarray(0, length))).toBeNull()
  })

  test('E2: an empty padded text is sealed and opened', () => {
    expect(openBody(contentKey, header, sealBody(contentKey, header, new Uint8Array(0), nonce))).toEqual(
      new Uint8Array(0),
    )
  })

  test('E2: keys and nonces of other lengths are mistakes and throw', () => {
    for (const length of [0, 16, 31, 33, 64]) {
      expect(() => sealBody(countingBytes(length), header, padded, nonce)).toThrow(RangeError)
      expect(() => openBody(countingBytes(length), header, body)).toThrow(RangeError)
    }
    for (const length of [0, 23, 25])
      expect(() => sealBody(contentKey, header, padded, countingBytes(length))).toThrow()
  })
})

test('E2: an opener of one content key gives what openBody gives, for any header and body, changed ones too, until it forgets the key', () => {
  const key = countingBytes(32)
  const opener = bodyOpener(key)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.uint8Array({ maxLength: 400 }), fc.nat(), (text, header, at) => {
      const body = sealBody(key, header, pad(text), countingBytes(24))
      expect(opener.open(header, body)).toEqual(pad(text))
      const changed = flipBit(body, at % (body.length * 8))
      expect(opener.open(header, changed)).toBeNull()
      expect(openBody(key, header, changed)).toBeNull()
      expect(opener.open(concatBytes(header, Uint8Array.of(0)), body)).toBeNull()
      expect(opener.open(header, body.subarray(0, at % 72))).toBeNull()
    }),
    { numRuns: 50 },
  )
  // The key's own bytes are not looked at again.
  const [header, body] = [countingBytes(40), sealBody(key, countingBytes(40), pad(countingBytes(9)), countingBytes(24))]
  key.fill(0)
  expect(opener.open(header, body)).toEqual(pad(countingBytes(9)))
  opener.forget()
  expect(() => opener.open(header, body)).toThrow()
  expect(() => bodyOpener(countingBytes(31))).toThrow('32 bytes')
})
