import {
  bytesToHex,
  cborWithin,
  decodeCbor,
  encodeCbor,
  equalBytes,
  isCborMap,
  type CborValue,
} from '@chartkeep/crypto/encoding'
import { fromHex } from '../../support/vectors.ts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

/** Maps as decodeCbor gives them: without prototype, so that toEqual sees the same. */
function map(entries: { [key: string]: CborValue }): CborValue {
  return Object.assign(Object.create(null), entries)
}

function nested(depth: number): CborValue {
  return depth === 0 ? 1 : [nested(depth - 1)]
}

describe('published encodings', () => {
  // RFC 8949 Appendix A, as far as our structures use it.
  test.each<[string, CborValue]>([
    ['00', 0],
    ['01', 1],
    ['0a', 10],
    ['17', 23],
    ['1818', 24],
    ['1819', 25],
    ['1864', 100],
    ['1903e8', 1000],
    ['1a000f4240', 1000000],
    ['1affffffff', 4294967295],
    ['1b0000000100000000', 4294967296],
    ['1b000000e8d4a51000', 1000000000000],
    ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['20', -1],
    ['29', -10],
    ['3863', -100],
    ['3903e7', -1000],
    ['3affffffff', -4294967296],
    ['3b0000000100000000', -4294967297],
    ['3b001ffffffffffffe', Number.MIN_SAFE_INTEGER],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['40', new Uint8Array(0)],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['60', ''],
    ['6161', 'a'],
    ['6449455446', 'IETF'],
    ['62225c', '"\\'],
    ['62c3bc', 'ü'],
    ['63e6b0b4', '水'],
    ['64f0908591', '𐅑'],
    ['80', []],
    ['83010203', [1, 2, 3]],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    [
      '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
    ],
    ['a0', map({})],
    ['a26161016162820203', map({ a: 1, b: [2, 3] })],
    ['826161a161626163', ['a', map({ b: 'c' })]],
    ['a56161614161626142616361436164614461656145', map({ a: 'A', b: 'B', c: 'C', d: 'D', e: 'E' })],
  ])('K1: %s is the one encoding', (hex, value) => {
    expect(bytesToHex(encodeCbor(value))).toBe(hex)
    expect(decodeCbor(fromHex(hex))).toEqual({ value })
  })
})

describe('one form', () => {
  test('K1: keys are sorted by their encodings, so a shorter key comes first', () => {
    expect(bytesToHex(encodeCbor({ aa: 1, b: 2, a: 3, ü: 4 }))).toBe('a46161036162026261610162c3bc04')
  })

  test('K1: of many keys, long, short and of every kind, the order is still that of their encodings', () => {
    const plain = Array.from({ length: 90 }, (_, i) => `key${((i * 53) % 90) + 5}`)
    const long = Array.from({ length: 3 }, (_, i) => `${'x'.repeat(70 - i)}${i}`)
    for (const keys of [
      plain.slice(0, 64),
      plain.slice(0, 65),
      plain,
      [...plain, ...long],
      [...plain, 'ü', '水', 'zz'],
    ]) {
      const bytes = encodeCbor(Object.fromEntries(keys.map((key, i) => [key, i])))
      // The reader refuses keys out of order.
      const { value } = decodeCbor(bytes)!
      expect(Object.keys(value as object)).toEqual(
        keys.toSorted((a, b) => Buffer.compare(encodeCbor(a), encodeCbor(b))),
      )
      expect(Object.entries(value as object).every(([key, i]) => keys[i as number] === key)).toBe(true)
    }
  })

  test('K1: text is UTF-8 behind a head that counts bytes, whatever its length', () => {
    for (const length of [0, 22, 23, 24, 25, 63, 64, 65, 66, 255, 256, 65_535, 65_536]) {
      for (const text of [
        'a'.repeat(length),
        `${'a'.repeat(Math.max(0, length - 1))}é`,
        '\u007f'.repeat(length),
        '\u0080'.repeat(length),
      ]) {
        const bytes = encodeCbor(text)
        const utf8 = Buffer.from(text)
        expect(Buffer.from(bytes.subarray(bytes.length - utf8.length)).equals(utf8)).toBe(true)
        expect(bytes.length - utf8.length).toBe(
          utf8.length < 24 ? 1 : utf8.length < 256 ? 2 : utf8.length < 65_536 ? 3 : 5,
        )
        expect(decodeCbor(bytes)).toEqual({ value: text })
      }
    }
  })

  test('K1: the order in which a map was filled does not show', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 12 }), (keys) => {
        const forward = Object.fromEntries(keys.map((key) => [key, key]))
        const backward = Object.fromEntries(keys.toReversed().map((key) => [key, key]))
        expect(encodeCbor(forward)).toEqual(encodeCbor(backward))
      }),
    )
  })

  const anyValue = fc.letrec<{ value: CborValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      fc.oneof(fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null), fc.uint8Array()),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4, noNullPrototype: false }),
    ) as fc.Arbitrary<CborValue>,
  })).value

  test('K1: what decodes is exactly what encodes', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value)
        const decoded = decodeCbor(bytes)
        expect(decoded).not.toBeNull()
        expect(encodeCbor(decoded!.value)).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  test('K1: bytes that decode at all are the encoding of their value, whatever they are', () => {
    const decoded: number[] = []
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 12 }), anyValue.map(encodeCbor)), fc.nat(), (bytes, at) => {
        const changed = new Uint8Array(bytes)
        if (changed.length > 0) changed[at % changed.length]! ^= 1 << (at % 8)
        for (const candidate of [bytes, changed]) {
          const result = decodeCbor(candidate)
          if (result === null) continue
          decoded.push(candidate.length)
          expect(encodeCbor(result.value)).toEqual(new Uint8Array(candidate))
        }
      }),
      { numRuns: 3000 },
    )
    expect(decoded.length).toBeGreaterThan(500)
  })

  test('K1: two bytes of input have one meaning each: all 65,792 short inputs', () => {
    let accepted = 0
    for (let first = 0; first < 256; first++) {
      for (let second = -1; second < 256; second++) {
        const bytes = second < 0 ? Uint8Array.of(first) : Uint8Array.of(first, second)
        const result = decodeCbor(bytes)
        if (result === null) continue
        accepted++
        expect(encodeCbor(result.value)).toEqual(bytes)
      }
    }
    // For one byte: 48 integers, 4 empty things, 3 simple values. Of two: 464 integers, 256 strings of a byte, 128 texts, arrays of one.
    expect(accepted).toBe(55 + 464 + 256 + 128 + 55)
  })

  test('K3: a map has one encoding in whatever order its keys have, however many kinds of maps were met before', () => {
    // More kinds than are remembered; each is met several times, in several orders.
    for (let round = 0; round < 3; round++) {
      for (let kind = 0; kind < 700; kind++) {
        const keys = Array.from({ length: 1 + (kind % 5) }, (_, at) => `${'k'.repeat(at % 3)}${kind}-${at}`)
        const pairs = keys.map((key, at) => [key, kind * 1000 + at] as const)
        const forwards = encodeCbor(Object.fromEntries(pairs))
        expect(encodeCbor(Object.fromEntries(pairs.toReversed()))).toEqual(forwards)
        expect(decodeCbor(forwards)).toEqual({ value: Object.fromEntries(pairs) })
      }
    }
    const names = ['__proto__', 'constructor', 'b', 'a', 'aa', 'é']
    const own = Object.defineProperties(
      {},
      Object.fromEntries(names.map((name) => [name, { value: 1, enumerable: true }])),
    )
    const encoded = bytesToHex(encodeCbor(own as CborValue))
    expect(encoded).toBe('a66161016162016261610162c3a901695f5f70726f746f5f5f016b636f6e7374727563746f7201')
  })

  test('K3: the head of bytes is the shortest that holds their length', () => {
    for (const [length, head] of [
      [23, '57'],
      [24, '5818'],
      [255, '58ff'],
      [256, '590100'],
      [65_535, '59ffff'],
      [65_536, '5a00010000'],
      [200_000, '5a00030d40'],
    ] as const) {
      const encoded = encodeCbor(new Uint8Array(length))
      expect(bytesToHex(encoded.subarray(0, head.length / 2))).toBe(head)
      expect(encoded).toHaveLength(head.length / 2 + length)
    }
  })
})

describe('refusals', () => {
  test.each([
    ['nothing', ''],
    ['bytes left over', '0000'],
    ['an integer in a longer form: 23 in two bytes', '1817'],
    ['255 in three bytes', '1900ff'],
    ['65535 in five bytes', '1a0000ffff'],
    ['4294967295 in nine bytes', '1b00000000ffffffff'],
    ['an integer beyond 2^53 - 1', '1b0020000000000000'],
    ['an integer beyond 2^53 - 1, negative', '3b001fffffffffffff'],
    ['2^64 - 1', '1bffffffffffffffff'],
    ['a cut integer', '19'],
    ['a cut integer of two bytes', '1901'],
    ['a reserved length', '1c'],
    ['a length of text in a longer form', '780161'],
    ['a length of bytes in a longer form', '580100'],
    ['cut bytes', '4401'],
    ['cut text', '6261'],
    ['text that is not UTF-8', '61ff'],
    ['text with a surrogate', '63eda080'],
    ['bytes of indefinite length', '5f42010243030405ff'],
    ['text of indefinite length', '7f657374726561646d696e67ff'],
    ['an array of indefinite length', '9fff'],
    ['a map of indefinite length', 'bfff'],
    ['a break', 'ff'],
    ['a cut array', '8201'],
    ['an array that claims 2^32 - 1 items', '9affffffff'],
    ['an array that claims 2^53 - 1 items', '9b001fffffffffffff'],
    ['bytes that claim 2^53 - 1', '5b001fffffffffffff'],
    ['a map that claims 2^32 - 1 keys', 'baffffffff'],
    ['a map without a value', 'a16161'],
    ['unsorted keys', 'a2616201616101'],
    ['keys sorted as text but not by their encodings', 'a262616101616201'],
    ['a key twice', 'a2616101616102'],
    ['a number as key', 'a10101'],
    ['bytes as key', 'a1416101'],
    ['an array as key', 'a18001'],
    ['a half float', 'f90000'],
    ['a float', 'fa47c35000'],
    ['a double', 'fb3ff199999999999a'],
    ['undefined', 'f7'],
    ['an unassigned simple value', 'f0'],
    ['a simple value in two bytes', 'f818'],
    ['a tag', 'c11a514b67b0'],
    ['a bignum', 'c249010000000000000000'],
  ])('K1: %s is refused', (_, hex) => {
    expect(decodeCbor(fromHex(hex))).toBeNull()
  })

  test('K1: sixteen levels are read and written, seventeen are not', () => {
    const deepest = encodeCbor(nested(16))
    expect(decodeCbor(deepest)).toEqual({ value: nested(16) })
    expect(() => encodeCbor(nested(17))).toThrow(TypeError)
    expect(decodeCbor(Uint8Array.of(0x81, ...deepest))).toBeNull()
    expect(decodeCbor(new Uint8Array(1_000_000).fill(0x81))).toBeNull()
    const maps = Uint8Array.of(...Array.from({ length: 17 }, () => [0xa1, 0x60]).flat(), 0)
    expect(decodeCbor(maps)).toBeNull()
    expect(decodeCbor(maps.subarray(2))).not.toBeNull()
    let deep: CborValue = 0
    for (let depth = 0; depth < 16; depth++) deep = { '': deep }
    expect(encodeCbor(deep)).toEqual(maps.subarray(2))
    expect(() => encodeCbor({ '': deep })).toThrow(TypeError)
  })

  test.each<[string, unknown]>([
    ['a fraction', 0.5],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a number that is not safe', 2 ** 53],
    ['undefined', undefined],
    ['undefined in a map', { a: undefined }],
    ['a sparse array', Object.assign([], { length: 1 })],
    ['a bigint', 1n],
    ['a date', new Date(0)],
    ['a Map', new Map([['a', 1]])],
    ['another typed array', Uint16Array.of(1)],
    ['a function', () => 1],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a key', { '\ud800': 1 }],
  ])('K1: %s has no encoding and throws', (_, value) => {
    expect(() => encodeCbor(value as CborValue)).toThrow(TypeError)
  })
})

describe('what comes back', () => {
  test('K1: the name __proto__ is a key like any other', () => {
    const bytes = fromHex('a1695f5f70726f746f5f5fa1657075726564f5')
    const { value } = decodeCbor(bytes)! as { value: { [key: string]: CborValue } }
    // Nothing that Object has is to be found in it: no accessor that would take the key for the prototype.
    for (const name of Object.getOwnPropertyNames(Object.prototype)) expect(name in value).toBe(name === '__proto__')
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect(encodeCbor(value)).toEqual(bytes)
    expect(({} as { [key: string]: unknown })['pured']).toBeUndefined()
  })

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['an array', (bytes) => bytes],
    ['a Node buffer', (bytes) => Buffer.from(bytes)],
  ])('K1: byte strings from %s are copies of class Uint8Array', (_, from) => {
    const input = from(encodeCbor([Uint8Array.of(1, 2, 3)]))
    const { value } = decodeCbor(input)! as { value: Uint8Array[] }
    input.fill(0)
    expect(value[0]).toEqual(Uint8Array.of(1, 2, 3))
    expect(Buffer.isBuffer(value[0])).toBe(false)
  })

  test('K1: -0 is the integer 0', () => {
    expect(encodeCbor(-0)).toEqual(Uint8Array.of(0))
  })

  test('K1, H6: a list of 200,000 items is read where the caller asks for as many, and else refused', () => {
    const items = Array.from({ length: 200_000 }, (_, i) => i)
    const bytes = encodeCbor(items)
    expect(decodeCbor(bytes, 200_001)).toEqual({ value: items })
    expect(decodeCbor(bytes, 200_000)).toBeNull()
    expect(decodeCbor(bytes)).toBeNull()
  })

  test('H6: a head that counts more items or pairs than bytes are left is refused', () => {
    for (const hex of ['9a7fffffff00', 'ba7fffffff6161006162', '830102', 'a2616100'])
      expect(decodeCbor(fromHex(hex), Number.POSITIVE_INFINITY)).toBeNull()
  })
})

test('K1: how long an encoding was expected to be changes nothing in it', () => {
  const value = { bytes: new Uint8Array(100_000).fill(7), rows: Array.from({ length: 500 }, (_, n) => [n, `row ${n}`]) }
  const bytes = encodeCbor(value)
  for (const expected of [1, 65_536, 65_537, bytes.length - 1, bytes.length, 4 * bytes.length])
    expect(equalBytes(encodeCbor(value, expected), bytes)).toBe(true)
})

test('K1: a value encoded within another is the byte string of its own encoding, of any length and depth', () => {
  const texts = [0, 22, 23, 24, 254, 255, 256, 65_534, 65_535, 65_536].map((length) => 'x'.repeat(length))
  const values: CborValue[] = [...texts, 0, -1, null, true, {}, [], new Uint8Array(64), nested(15), { b: 'é', a: [1] }]
  for (const value of values)
    for (const expected of [0, 100, 200_000]) {
      const apart = encodeCbor({ a: 1, rows: [['t', 'k', encodeCbor(value)], encodeCbor(value)] })
      const within = encodeCbor({ a: 1, rows: [['t', 'k', cborWithin(value)], cborWithin(value)] }, expected)
      expect(equalBytes(within, apart)).toBe(true)
    }
  expect(() => encodeCbor([cborWithin(nested(17))])).toThrow(TypeError)
  expect(() => encodeCbor([cborWithin(0.5)])).toThrow(TypeError)
})

test('K1: a value within another keeps its last byte and the one behind it, whatever the lengths of its head and of the room', () => {
  // Encoded these have exactly so many bytes.
  const heads = [[23, 22] as const, [24, 23], [255, 253], [256, 254], [65_535, 65_532], [65_536, 65_533]] as const
  for (const [length, size] of heads) {
    const value = new Uint8Array(size).fill(5)
    expect(encodeCbor(value)).toHaveLength(length)
    expect(equalBytes(encodeCbor([cborWithin(value), 7]), encodeCbor([encodeCbor(value), 7])), `${length}`).toBe(true)
  }
  for (const room of [65_536, 131_072])
    for (let size = room - 20; size <= room + 3; size++) {
      const value = new Uint8Array(size).fill(5)
      expect(equalBytes(encodeCbor([cborWithin(value)]), encodeCbor([encodeCbor(value)])), `${size}`).toBe(true)
      // The room ends within the head.
      const pad = new Uint8Array(size - 10)
      expect(equalBytes(encodeCbor([pad, cborWithin(1), 2]), encodeCbor([pad, encodeCbor(1), 2])), `${size}`).toBe(true)
    }
})

test('K1: whatever is where the room of the encoder ends is written whole', () => {
  const text = 'twenty letters, or so'
  for (const room of [65_536, 70_000])
    for (let length = room - 40; length <= room + 3; length++) {
      const value = [new Uint8Array(length).fill(7), text, -70_000, { [text]: true }]
      const expected = room === 65_536 ? 0 : room
      const decoded = decodeCbor(encodeCbor(value, expected))!.value as CborValue[]
      expect(decoded.slice(1), `${length}`).toEqual(value.slice(1))
      expect((decoded[0] as Uint8Array).length).toBe(length)
    }
})

test('K1: names that begin alike are read as what they are, however many came before', () => {
  for (const letter of ['q', 'z']) {
    const names = [...Array.from({ length: 3000 }, (_, at) => `${letter}${at}`), letter, `${letter}${letter}`]
    for (const name of [...names, ...names.toReversed()])
      expect(decodeCbor(encodeCbor({ [name]: 1 }))).toEqual({ value: { [name]: 1 } })
  }
})

test('K1: of what was decoded only a map is taken for one', () => {
  for (const whole of [{}, { a: 1 }]) expect(isCborMap(decodeCbor(encodeCbor(whole))!.value)).toBe(true)
  for (const other of [null, 0, 'a', true, [], [{}], new Uint8Array(2)])
    expect(isCborMap(decodeCbor(encodeCbor(other))!.value)).toBe(false)
  expect(isCborMap(undefined)).toBe(false)
})
