/** Headers for property tests: every field over its whole range. */
import type { Header } from '@chartkeep/protocol/streams'
import fc from 'fast-check'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const head = fc.record({ n: fc.maxSafeNat(), h: bytes(32) })

export const anyHeader: fc.Arbitrary<Header> = fc.record({
  vault: bytes(16),
  stream: bytes(16),
  doc: bytes(16),
  revision: bytes(16),
  parent: bytes(32),
  merged: fc
    .uniqueArray(bytes(32), { maxLength: 4, selector: (hash) => Buffer.from(hash).toString('hex') })
    .map((hashes) => hashes.toSorted((a, b) => Buffer.compare(a, b))),
  epoch: fc.integer({ min: 1, max: 0xffffffff }),
  account: bytes(16),
  device: bytes(16),
  deviceSeq: fc.maxSafeNat().map((n) => Math.max(1, n)),
  devicePrevious: bytes(32),
  control: head,
  accountLog: head,
  streamHead: head,
  voids: fc.nat(0xffff),
  deleted: fc.boolean(),
  paddedLength: fc.nat(1024 * 1024),
})
