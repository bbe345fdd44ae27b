import {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToHex,
  bytesToUtf8,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
  uint32ToBytes,
  uint64ToBytes,
  utf8ToBytes,
} from '@chartkeep/crypto/encoding'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

describe('UTF-8', () => {
  test('K1: every well-formed text comes back from its bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(bytesToUtf8(utf8ToBytes(text))).toBe(text)
      }),
    )
  })

  test('K1: text with a lone surrogate has no bytes and is refused', () => {
    expect(() => utf8ToBytes('a\ud800b')).toThrow(TypeError)
    expect(() => utf8ToBytes('\udc00')).toThrow(TypeError)
  })

  test('K1: a byte order mark stays part of the text', () => {
    expect(bytesToUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })

  test.each([
    ['a byte that begins nothing', [0xff]],
    ['a cut sequence', [0xe4, 0xbd]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ])('K1: %s is not UTF-8', (_, bytes) => {
    expect(bytesToUtf8(Uint8Array.from(bytes))).toBeNull()
  })
})

describe('hex', () => {
  test('K1: bytes come back from hex, in either case', () => {
    expect(bytesToHex(Uint8Array.of(0, 1, 0x7f, 0xab, 0xff))).toBe('00017fabff')
    expect(hexToBytes('00017FABff')).toEqual(Uint8Array.of(0, 1, 0x7f, 0xab, 0xff))
    expect(hexToBytes('')).toEqual(new Uint8Array(0))
  })

  test.each(['0', 'abc', '0g', ' 00', '0x00', '00\n'])('K1: %j is not hex', (text) => {
    expect(hexToBytes(text)).toBeNull()
  })
})

/** The characters that may follow `prefix` at the end of a text. */
function accepted(prefix: string): string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return [...alphabet].filter((last) => base64UrlToBytes(prefix + last) !== null)
}

describe('base64url', () => {
  test.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('K1: %j becomes %j (RFC 4648 section 10, without padding)', (text, encoded) => {
    expect(bytesToBase64Url(utf8ToBytes(text))).toBe(encoded)
    expect(base64UrlToBytes(encoded)).toEqual(utf8ToBytes(text))
  })

  test('K1: any bytes come back, and the text is what Node writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = bytesToBase64Url(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(base64UrlToBytes(text)).toEqual(bytes)
      }),
    )
  })

  test.each([766, 767, 768, 769, 1535, 1536, 1537, 100_001])(
    'K1: %i bytes, more than one call takes, are written alike',
    (length) => {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) % 251)
      expect(bytesToBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(base64UrlToBytes(bytesToBase64Url(bytes))).toEqual(bytes)
    },
  )

  test('K1: an id of 16 bytes has 22 characters and a hash of 32 has 43', () => {
    expect(bytesToBase64Url(new Uint8Array(16))).toHaveLength(22)
    expect(bytesToBase64Url(new Uint8Array(32))).toHaveLength(43)
  })

  test.each(['Zg==', 'Zm9v=', 'Zm 8', 'Zm8\n', '+/+/', 'A', 'AAAAA', 'Zé8', 'Zm8\u0000'])(
    'K1: %j is refused',
    (text) => {
      expect(base64UrlToBytes(text)).toBeNull()
    },
  )

  test('K1: only one of the texts with the same leading bits is accepted', () => {
    expect(accepted('Z')).toEqual([...'AQgw'])
    expect(accepted('Zm')).toHaveLength(16)
    expect(accepted('Zm9')).toHaveLength(64)
  })
})

describe('joining and comparing', () => {
  test('K1: parts are joined in order into a new array', () => {
    const part = Uint8Array.of(1, 2)
    const whole = concatBytes(part, new Uint8Array(0), Uint8Array.of(3))
    part[0] = 9
    expect(whole).toEqual(Uint8Array.of(1, 2, 3))
    expect(concatBytes()).toEqual(new Uint8Array(0))
  })

  test('K1: bytes are equal only if length and every byte are', () => {
    expect(equalBytes(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3))).toBe(true)
    expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true)
    expect(equalBytes(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2))).toBe(false)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false)
    expect(equalBytes(new Uint8Array(0), Uint8Array.of(0))).toBe(false)
    for (let bit = 0; bit < 24; bit++) {
      const other = Uint8Array.of(1, 2, 3)
      other[bit >> 3]! ^= 1 << (bit & 7)
      expect(equalBytes(Uint8Array.of(1, 2, 3), other)).toBe(false)
    }
  })

  test('K1: bytes are ordered as Node orders them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 3, maxLength: 4 }), fc.uint8Array({ max: 3, maxLength: 4 }), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b))
      }),
    )
    expect(compareBytes(Uint8Array.of(0x80), Uint8Array.of(0x7f))).toBeGreaterThan(0)
  })
})

describe('numbers', () => {
  test('K1: numbers are written big endian', () => {
    expect(bytesToHex(uint32ToBytes(0))).toBe('00000000')
    expect(bytesToHex(uint32ToBytes(0xfffefdfc))).toBe('fffefdfc')
    expect(bytesToHex(uint32ToBytes(0xffffffff))).toBe('ffffffff')
    expect(bytesToHex(uint64ToBytes(0))).toBe('0000000000000000')
    expect(bytesToHex(uint64ToBytes(1))).toBe('0000000000000001')
    expect(bytesToHex(uint64ToBytes(Number.MAX_SAFE_INTEGER))).toBe('001fffffffffffff')
  })

  test.each([-1, 0.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY])('K1: %d has no 32-bit form', (n) => {
    expect(() => uint32ToBytes(n)).toThrow(RangeError)
  })

  test.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('K1: %d has no 64-bit form', (n) => {
    expect(() => uint64ToBytes(n)).toThrow(RangeError)
  })
})
