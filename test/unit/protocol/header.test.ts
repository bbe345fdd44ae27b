/** The envelope header (E1): one byte form for one meaning. */
import {
  decodeHeader,
  encodeHeader,
  headerAuthor,
  placeInSequence,
  PLAIN_HEADER,
  sameClaim,
  sameClaimAt,
  viewHeader,
  type Header,
} from '@chartkeep/protocol/streams'
import { SUITE } from '@chartkeep/protocol/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyHeader } from '../../support/any-header.ts'
import { seeded } from '../../support/seeded.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

const random = seededBytes('header')
const sample: Header = {
  vault: random(16),
  stream: random(16),
  doc: random(16),
  revision: random(16),
  parent: random(32),
  merged: [],
  epoch: 3,
  account: random(16),
  device: random(16),
  deviceSeq: 4,
  devicePrevious: random(32),
  control: { n: 5, h: random(32) },
  accountLog: { n: 6, h: random(32) },
  streamHead: { n: 7, h: random(32) },
  voids: 2,
  deleted: true,
  paddedLength: 256,
}
const low = new Uint8Array(32).fill(1)
const high = new Uint8Array(32).fill(2)

describe('reading and writing', () => {
  test('E1: a header reads back as it was written', () => {
    const property = fc.property(anyHeader, (header) => {
      expect(decodeHeader(encodeHeader(header))).toEqual(header)
    })
    fc.assert(property, seeded(300))
  })

  test('E1: a header that is only looked at reads as one that is copied, from any place in a larger array', () => {
    const property = fc.property(anyHeader, fc.nat(600), fc.integer({ min: 1, max: 255 }), (header, at, change) => {
      const encoded = encodeHeader(header)
      const within = new Uint8Array(encoded.length + 9)
      within.set(encoded, 5)
      const part = within.subarray(5, 5 + encoded.length)
      expect(viewHeader(part)).toEqual(header)
      part[at % part.length]! ^= change
      expect(viewHeader(part)).toEqual(decodeHeader(part.slice()))
    })
    fc.assert(property, seeded(300))
  })

  test('E6: two headers claim the same where they differ in record, revision, sequence, voids and length, and nowhere else', () => {
    const first = encodeHeader(sample)
    const free = {
      doc: random(16),
      revision: random(16),
      deviceSeq: 9,
      devicePrevious: random(32),
      voids: 7,
      paddedLength: 512,
    }
    expect(sameClaim(first, encodeHeader({ ...sample, ...free }))).toBe(true)
    const others: Partial<Header>[] = [
      { vault: random(16) },
      { stream: random(16) },
      { parent: random(32) },
      { merged: [random(32)] },
      { epoch: 4 },
      { account: random(16) },
      { device: random(16) },
      { control: { ...sample.control, n: 6 } },
      { control: { ...sample.control, h: random(32) } },
      { accountLog: { ...sample.accountLog, n: 7 } },
      { accountLog: { ...sample.accountLog, h: random(32) } },
      { streamHead: { ...sample.streamHead, n: 8 } },
      { streamHead: { ...sample.streamHead, h: random(32) } },
      { deleted: false },
    ]
    for (const other of others) expect(sameClaim(first, encodeHeader({ ...sample, ...free, ...other }))).toBe(false)
    const merging = encodeHeader({ ...sample, merged: [low] })
    expect(sameClaim(merging, merging)).toBe(false)
  })

  test('E1: the author is read without the rest as with it, and from nothing that has another length', () => {
    const property = fc.property(anyHeader, fc.nat(600), (header, cut) => {
      const encoded = encodeHeader(header)
      expect(headerAuthor(encoded)).toEqual({ account: header.account, accountLogN: header.accountLog.n })
      if (cut < encoded.length) expect(headerAuthor(encoded.subarray(0, cut))).toBeNull()
    })
    fc.assert(property, seeded(200))
    expect(headerAuthor(new Uint8Array())).toBeNull()
  })

  test('E1: an author’s position beyond 2^53 - 1 is none; up to there it is read with both halves', () => {
    const encoded = encodeHeader({ ...sample, accountLog: { n: Number.MAX_SAFE_INTEGER, h: low } })
    expect(headerAuthor(encoded)).toEqual({ account: sample.account, accountLogN: Number.MAX_SAFE_INTEGER })
    const at = Buffer.from(encoded).indexOf(Buffer.from([0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]))
    encoded[at + 1] = 0x20
    expect(headerAuthor(encoded)).toBeNull()
    expect(decodeHeader(encoded)).toBeNull()
  })

  test('E6: only whole headers without merged envelopes claim the same, at their place in a page as by themselves', () => {
    const first = encodeHeader(sample)
    const other = encodeHeader({ ...sample, doc: random(16), deviceSeq: 70_000, voids: 258, paddedLength: 66_000 })
    const longer = new Uint8Array([...first, 0])
    expect([
      sameClaim(first, first),
      sameClaim(first, longer),
      sameClaim(longer, first),
      sameClaim(longer, longer),
    ]).toEqual([true, false, false, false])
    const page = new Uint8Array([9, ...first, 9, 9, ...other])
    expect(sameClaimAt(page, 1, page, 1 + first.length + 2)).toBe(true)
    expect(placeInSequence(page, 1)).toEqual({ deviceSeq: 4, voids: 2, paddedLength: 256 })
    expect(placeInSequence(page, 1 + first.length + 2)).toEqual({ deviceSeq: 70_000, voids: 258, paddedLength: 66_000 })
    const far = encodeHeader({
      ...sample,
      deviceSeq: Number.MAX_SAFE_INTEGER,
      voids: 65_535,
      paddedLength: 1024 * 1024,
    })
    expect(placeInSequence(far, 0)).toEqual({
      deviceSeq: Number.MAX_SAFE_INTEGER,
      voids: 65_535,
      paddedLength: 1024 * 1024,
    })
    expect(first.subarray(PLAIN_HEADER.doc, PLAIN_HEADER.doc + 16)).toEqual(sample.doc)
    expect(first.subarray(PLAIN_HEADER.previous, PLAIN_HEADER.previous + 32)).toEqual(sample.devicePrevious)
    expect(first).toHaveLength(PLAIN_HEADER.length)
  })

  test('E1: the fields are in their order at fixed places', () => {
    const encoded = encodeHeader(sample)
    expect(encoded).toHaveLength(303)
    expect([...encoded.subarray(0, 3)]).toEqual([303 >> 8, 303 & 255, SUITE])
    expect(encoded.subarray(3, 19)).toEqual(sample.vault)
    expect(encoded.subarray(67, 99)).toEqual(sample.parent)
    expect([...encoded.subarray(99, 104)]).toEqual([0, 0, 0, 0, 3])
    expect([...encoded.subarray(296)]).toEqual([0, 2, 1, 0, 0, 1, 0])
  })

  test('E1: whatever bytes are read as a header are the bytes that it is written with', () => {
    const encoded = encodeHeader(sample)
    const mutation = fc.array(fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    let readable = 0
    const property = fc.property(mutation, (changes) => {
      const bytes = encoded.slice()
      for (const [at, value] of changes) bytes[at] = value
      const header = decodeHeader(bytes)
      if (header === null) return
      readable++
      expect(encodeHeader(header)).toEqual(bytes)
    })
    fc.assert(property, seeded(2000))
    expect(readable).toBeGreaterThan(500)
  })

  test('E1: merged envelopes are written in ascending order whatever order they come in', () => {
    const encoded = encodeHeader({ ...sample, merged: [high, low] })
    expect(decodeHeader(encoded)?.merged).toEqual([low, high])
  })

  test('E1: the decoded fields are copies: a page that is reused changes no header', () => {
    const page = Buffer.from(encodeHeader(sample))
    const header = decodeHeader(new Uint8Array(page.buffer, page.byteOffset, page.length))
    page.fill(0)
    expect(header).toEqual(sample)
  })
})

describe('refusals', () => {
  const patched = (at: number, ...values: number[]) => {
    const bytes = encodeHeader({ ...sample, merged: [low, high] })
    bytes.set(values, at)
    return bytes
  }
  const length = 303 + 64
  const five = [1, 2, 3, 4, 5].map((byte) => new Uint8Array(32).fill(byte))
  const plain = encodeHeader(sample)
  const crowded = new Uint8Array([
    ...plain.subarray(0, 100),
    ...five.flatMap((each) => [...each]),
    ...plain.subarray(100),
  ])
  crowded.set([463 >> 8, 463 & 255])
  crowded[99] = 5
  const uncounted = new Uint8Array([...encodeHeader(sample), ...low])
  uncounted.set([335 >> 8, 335 & 255])

  test.each([
    ['K10: suite 0', patched(2, 0)],
    ['K10: a later suite', patched(2, 2)],
    ['E1: a length that is too small', patched(0, 0, 1)],
    ['E1: a length that is too large', patched(0, 0xff, 0xff)],
    ['E1: merged envelopes out of order', patched(100, ...high, ...low)],
    ['E1: a merged envelope named twice', patched(100, ...low, ...low)],
    ['E1: more merged envelopes than there are', patched(99, 3)],
    ['E1: fewer merged envelopes than there are', patched(99, 1)],
    ['E1: 255 merged envelopes', patched(99, 255)],
    ['E1: five merged envelopes, all there and in order', crowded],
    ['E1: epoch 0', patched(164, 0, 0, 0, 0)],
    ['E1: an unknown flag', patched(length - 5, 2)],
    ['S8: a padded length over 1 MiB', patched(length - 4, 0, 0x10, 0, 1)],
    ['E1: 32 bytes more that no field counts', uncounted],
    ['E1: no bytes', new Uint8Array()],
    ['E1: one byte short', encodeHeader(sample).subarray(0, -1)],
    ['E1: one byte more', new Uint8Array([...encodeHeader(sample), 0])],
    ['E1: zeros', new Uint8Array(303)],
    ['E1: JSON', new TextEncoder().encode(JSON.stringify({ suite: 1 }).padEnd(303))],
  ])('%s is no header', (_, bytes) => {
    expect(decodeHeader(bytes)).toBeNull()
  })

  test('E1: a device sequence of 0, or a number beyond 2^53 - 1, is no header', () => {
    const seqAt = 136
    const encoded = encodeHeader(sample)
    expect([...encoded.subarray(seqAt, seqAt + 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 4])
    for (const value of [0n, 1n << 53n, (1n << 64n) - 1n]) {
      const bytes = encoded.slice()
      new DataView(bytes.buffer).setBigUint64(seqAt, value)
      expect(decodeHeader(bytes)).toBeNull()
    }
  })

  test.each<[string, Partial<Header>]>([
    ['an identifier that is too short', { vault: new Uint8Array(15) }],
    ['a hash that is too long', { parent: new Uint8Array(33) }],
    ['five merged envelopes', { merged: [1, 2, 3, 4, 5].map((byte) => new Uint8Array(32).fill(byte)) }],
    ['an envelope merged twice', { merged: [low, low] }],
    ['epoch 0', { epoch: 0 }],
    ['an epoch beyond 32 bits', { epoch: 2 ** 32 }],
    ['sequence 0', { deviceSeq: 0 }],
    ['a sequence that is no integer', { deviceSeq: 1.5 }],
    ['a negative head', { control: { n: -1, h: low } }],
    ['a head beyond 2^53 - 1', { streamHead: { n: 2 ** 53, h: low } }],
    ['more voids than 16 bits hold', { voids: 65_536 }],
    ['a padded length over 1 MiB', { paddedLength: 1024 * 1024 + 1 }],
  ])('E1: %s is a mistake of the caller and throws', (_, change) => {
    expect(() => encodeHeader({ ...sample, ...change })).toThrow(RangeError)
  })
})
