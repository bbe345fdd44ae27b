/** The reader of pushes (S2): takes what the reader of all messages takes, and nothing else. */
import { decodeAs, encodeMessage, MAX_PUSH_ENVELOPES } from '@chartkeep/protocol'
import { LaidPush, PushRequest, readPush } from '@chartkeep/protocol/messages'
import { BatchProof } from '@chartkeep/protocol/streams'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const proof = fc.record({
  size: fc.integer({ min: 0, max: 130 }),
  index: fc.integer({ min: 0, max: 130 }),
  path: fc.array(bytes(32), { maxLength: 8 }),
  signature: bytes(64),
})
/** Lengths around every change of a head. */
const length = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 250, max: 270 }),
  fc.integer({ min: 65_530, max: 65_540 }),
)
const envelope = fc.record({
  header: fc
    .oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 250, max: 1030 }))
    .map((size) => new Uint8Array(size).fill(9)),
  body: length.map((size) => new Uint8Array(size).fill(7)),
  proof,
})
const push = fc.record({ envelopes: fc.array(envelope, { maxLength: 4 }) })

test('S2: a push is read as the reader of all messages reads it, its proofs as they came', () => {
  const property = fc.property(push, (message) => {
    const encoded = encodeMessage(message)
    const expected = decodeAs(PushRequest, encoded)
    const read = readPush(encoded)
    expect(read?.envelopes.map(({ header, body, proof: each }) => ({ header, body, proof: each })) ?? null).toEqual(
      expected?.envelopes ?? null,
    )
    for (const { proof: each, encodedProof } of read?.envelopes ?? [])
      expect(decodeAs(BatchProof, encodedProof!)).toEqual(each)
  })
  fc.assert(property, seeded(300))
})

test.each([0, 23, 24, 255, 256, 1024])('S2: a proof in front of a header of %i bytes is taken as it came', (size) => {
  const each = { size: 3, index: 1, path: [new Uint8Array(32).fill(5)], signature: new Uint8Array(64).fill(6) }
  const read = readPush(
    encodeMessage({ envelopes: [{ header: new Uint8Array(size), body: new Uint8Array(9), proof: each }] }),
  )
  expect(read).toBeInstanceOf(LaidPush)
  expect(read!.envelopes[0]!.encodedProof).toEqual(encodeMessage(each))
  expect(read!.envelopes[0]!.header).toHaveLength(size)
})

test('S2: bytes of a push that were changed, cut or lengthened are read or refused as by the reader of all messages', () => {
  const small = fc.record({
    envelopes: fc.array(fc.record({ header: bytes(30), body: bytes(40), proof }), { minLength: 1, maxLength: 3 }),
  })
  const property = fc.property(
    small,
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    fc.nat(3),
    (message, at, change, how) => {
      const encoded = encodeMessage(message)
      const place = at % encoded.length
      const other =
        how === 0 ? encoded.slice(0, place) : how === 1 ? Uint8Array.from([...encoded, change]) : encoded.slice()
      if (how > 1) other[place]! ^= change
      const read = readPush(other)
      expect(read?.envelopes.map(({ header, body, proof: each }) => ({ header, body, proof: each })) ?? null).toEqual(
        decodeAs(PushRequest, other)?.envelopes ?? null,
      )
    },
  )
  fc.assert(property, seeded(1000))
})

test('S8: a push of more envelopes than are allowed is not read, and neither is one with a number in a longer form', () => {
  const one = {
    header: new Uint8Array(1),
    body: new Uint8Array(1),
    proof: { size: 1, index: 0, path: [], signature: new Uint8Array(64) },
  }
  const many = (count: number) => encodeMessage({ envelopes: Array.from({ length: count }, () => one) })
  expect(readPush(many(MAX_PUSH_ENVELOPES))?.envelopes).toHaveLength(MAX_PUSH_ENVELOPES)
  expect(readPush(many(MAX_PUSH_ENVELOPES + 1))).toBeNull()
  // The count 1 in two bytes instead of one.
  const short = many(1)
  expect(readPush(Uint8Array.from([...short.subarray(0, 11), 0x98, 1, ...short.subarray(12)]))).toBeNull()
  expect(readPush(short)?.envelopes).toHaveLength(1)
})

test('S2: an envelope of a push is between two places as the bytes of its map', () => {
  const property = fc.property(push, (message) => {
    const encoded = encodeMessage(message)
    const read = readPush(encoded)
    if (!(read instanceof LaidPush)) return
    for (const [index, { header, body, proof: each }] of message.envelopes.entries()) {
      const pairs = encoded.subarray(read.startOf(index), read.endOf(index))
      expect(Uint8Array.from([0xa3, ...pairs])).toEqual(encodeMessage({ header, body, proof: each }))
    }
  })
  fc.assert(property, seeded(30))
})

test('S2, S8: the quick reader reads what is as long as may be itself', () => {
  const longest = {
    header: new Uint8Array(1024),
    body: new Uint8Array(70_000),
    proof: {
      size: 128,
      index: 127,
      path: Array.from({ length: 7 }, () => new Uint8Array(32)),
      signature: new Uint8Array(64),
    },
  }
  const laid = (change: object, count = 1) =>
    readPush(encodeMessage({ envelopes: Array.from({ length: count }, () => ({ ...longest, ...change })) })) instanceof
    LaidPush
  expect(laid({})).toBe(true)
  for (const size of [0, 23, 24, 255, 256, 65_535, 65_536])
    expect(laid({ body: new Uint8Array(size) }), `${size}`).toBe(true)
  expect(laid({ body: new Uint8Array(), header: new Uint8Array() }, MAX_PUSH_ENVELOPES)).toBe(true)
  expect(laid({ header: new Uint8Array(1025) })).toBe(false)
  expect(laid({ proof: { ...longest.proof, size: 129 } })).toBe(false)
  expect(laid({ proof: { ...longest.proof, index: 128 } })).toBe(false)
})
