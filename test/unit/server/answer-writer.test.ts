/** The writers of the two large answers (S2, S4): the bytes of the one encoding of their messages. */
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { PullAnswer, PushAnswer } from '@chartkeep/protocol/messages'
import { OUTCOMES } from '@chartkeep/protocol/streams'
import { bodilessFrame, encodePull, encodePush, packRun } from '@chartkeep/sync-server/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const outcome = fc.constantFrom(...OUTCOMES)
const n = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 65_000, max: 70_000 }), fc.maxSafeNat())
const head = fc.record({
  kind: fc.constant('stream' as const),
  id: bytes(16),
  n,
  h: bytes(32),
  time: fc.maxSafeNat(),
  signature: bytes(64),
})

test('S2: the answer to a push has the bytes of its message', () => {
  const answer = fc.record({
    results: fc.array(fc.record({ stream: bytes(16), hash: bytes(32), n, h: bytes(32), outcome }), { maxLength: 30 }),
    heads: fc.array(head, { maxLength: 3 }),
    refused: fc.constantFrom(null, 'sequence', 'quota'),
  })
  const property = fc.property(answer, (message) => {
    const { bytes: encoded } = encodePush(message)
    expect(encoded).toEqual(encodeMessage(message))
    expect(decodeAs(PushAnswer, encoded)).toEqual(message)
  })
  fc.assert(property, seeded(200))
})

test('S4: the answer to a pull has the bytes of its message, with bodies and without', () => {
  const proof = { size: 2, index: 1, path: [new Uint8Array(32).fill(3)], signature: new Uint8Array(64).fill(4) }
  const entry = fc.record({
    n: fc.integer({ min: 1, max: 2 ** 40 }),
    outcome,
    header: fc.uint8Array({ maxLength: 400 }),
    bodyHash: bytes(32),
    body: fc.option(fc.uint8Array({ maxLength: 400 })),
  })
  const stream = fc.record({ stream: bytes(16), head, entries: fc.array(entry, { maxLength: 5 }) })
  const property = fc.property(fc.array(stream, { maxLength: 3 }), fc.boolean(), (streams, isClosed) => {
    const full = streams.map(({ stream: id, head: signed, entries }) => ({
      stream: id,
      head: signed,
      entries: entries.map((each) =>
        isClosed || each.body === null ? { ...each, body: null, proof: null } : { ...each, proof },
      ),
    }))
    const pages = streams.map(({ stream: id, head: signed, entries }) => ({
      stream: id,
      head: signed,
      count: entries.length,
      frames: entries.map((each) => {
        const encoded = each.body === null ? null : encodeMessage(proof)
        const stored = { ...each, hash: new Uint8Array(32), h: new Uint8Array(32), proof: encoded }
        return isClosed ? bodilessFrame(stored) : packRun([stored]).frameOf(each.n)
      }),
    }))
    const { bytes: encoded } = encodePull(pages)
    expect(encoded).toEqual(encodeMessage({ streams: full }))
    expect(decodeAs(PullAnswer, encoded)).toEqual({ streams: full })
  })
  fc.assert(property, seeded(200))
})
