/**
 * The fast path of a push: consecutive envelopes that make the same claim, continue their device's sequence, and
 * create records that are new to the stream. The checked fields are at fixed offsets in the header, so no header is
 * decoded, and the bytes are stored as they came. This path refuses nothing: an envelope that does not qualify takes
 * the general path (push.ts).
 */
import { equalBytes } from '@chartkeep/crypto/server'
import { verify } from '@chartkeep/crypto/verify'
import { ID_LENGTH, MAX_ENVELOPE_BYTES, ZERO_HASH } from '@chartkeep/protocol'
import {
  batchMessage,
  BODY_OVERHEAD,
  nextStreamHashInto,
  placeInSequence,
  PLAIN_HEADER,
  sameClaimAt,
  streamStart,
  type Header,
} from '@chartkeep/protocol/streams'
import { byteKey } from '../storage/byte-keys.ts'
import { packLaid } from '../storage/entry-run.ts'
import { book, payerOf, type Payers, type ServerLimits } from '../storage/limits.ts'
import { isSame, PushHashes, type WholeBatch } from './push-hashes.ts'
import type { DeviceTail } from '../storage/storage.ts'
import type { WriteStage } from './write-stage.ts'

/** A shorter span is not worth its own run. */
export const LEAST = 8

/** A push in its request buffer, hashed, and which of its batches its device has signed. */
export interface HashedPush {
  hashes: PushHashes
  /** Whether the batch of the envelope is complete in this push and signed with this key. */
  isSigned(index: number, key: Uint8Array): boolean
}

/** Hashes a push and verifies the signatures of its batches with the key of the pushing device. */
export async function hashPush(
  hashes: PushHashes,
  author: Pick<Header, 'vault' | 'account' | 'device'>,
  signingKey: Uint8Array,
): Promise<HashedPush> {
  const signed = new Set<WholeBatch>()
  for (const batch of new Set(hashes.batches))
    if (batch !== null) {
      const message = batchMessage(batch.size, batch.root, author)
      // Nothing after an unsigned batch is stored.
      if (!(await verify(signingKey, message, batch.signature))) break
      signed.add(batch)
    }
  return {
    hashes,
    isSigned(index, key) {
      const batch = hashes.batches[index]
      return batch !== null && batch !== undefined && signed.has(batch) && equalBytes(key, signingKey)
    },
  }
}

/** The first envelope of a span, with its claim already judged (E6). */
export interface SpanStart {
  index: number
  vault: Uint8Array
  stream: Uint8Array
  device: { id: Uint8Array; sign: Uint8Array }
  payers: Payers
}

/** What was stored: envelopes `from` up to but not including `to`, as entries numbered from `first`. */
export interface Span {
  from: number
  to: number
  first: number
}

/** Stores as many envelopes as qualify, starting with the first; null if the span is too short, with nothing stored. */
export function takeSpan(
  stage: WriteStage,
  { hashes, isSigned }: HashedPush,
  start: SpanStart,
  limits: ServerLimits,
): Span | null {
  const { push } = hashes
  const { index: from, vault, stream, device, payers } = start
  const tail = stage.tx.deviceTail(vault, stream, device.id) ?? { seq: 0, previous: ZERO_HASH, voids: 0 }
  let to = inOrder(hashes, from, tail, (index) => isSigned(index, device.sign))
  if (to - from < LEAST) return null
  const docs = docsOf(hashes, from, to)
  to = from + docs.length / ID_LENGTH
  const known = to - from < LEAST ? [] : stage.knownDocs(vault, stream, docs)
  to = from + (known[0] ?? to - from)
  if (to - from < LEAST) return null

  let bytes = 0
  for (let index = from; index < to; index += 1) bytes += push.headerLength(index) + push.bodyLength(index)
  const cost = { bytes, entries: to - from }
  const firstCost = { bytes: push.headerLength(from) + push.bodyLength(from), entries: 1 }
  const payer = payerOf(stage.tx, payers, cost, limits)
  if (payer === null || payer !== payerOf(stage.tx, payers, firstCost, limits)) return null
  book(stage.tx, payer, cost)

  const head = stage.tx.streamHead(vault, stream) ?? { n: 0, h: streamStart(vault, stream) }
  for (let index = from; index < to; index += 1) {
    const previous = index === from ? head.h : hashes.chainOf(index - 1)
    nextStreamHashInto(hashes.chain, index * 32, previous, head.n + 1 + index - from, hashes.hashOf(index))
  }
  const first = head.n + 1
  const runs = [...packLaid(push, hashes, { from, to, first })]
  const newTail = { seq: tail.seq + to - from, previous: hashes.hashOf(to - 1), voids: 0 }
  stage.addRuns(vault, stream, runs, docs.subarray(0, (to - from) * ID_LENGTH), { id: device.id, tail: newTail })
  return { from, to, first }
}

/**
 * The end of the envelopes that make the same claim as the first, in signed batches, in the sequence of their device.
 */
function inOrder(hashes: PushHashes, from: number, tail: DeviceTail, isSigned: (index: number) => boolean): number {
  const { push } = hashes
  const { bytes } = push
  const start = push.headerAt(from)
  let to = from
  for (; to < push.count && push.headerLength(to) === PLAIN_HEADER.length; to += 1) {
    const header = push.headerAt(to)
    const { deviceSeq, voids, paddedLength } = placeInSequence(bytes, header)
    if (!sameClaimAt(bytes, header, bytes, start) || !isSigned(to)) break
    if (push.bodyLength(to) !== paddedLength + BODY_OVERHEAD || paddedLength > MAX_ENVELOPE_BYTES) break
    if (deviceSeq !== tail.seq + 1 + to - from || voids !== (to === from ? tail.voids : 0)) break
    const previous = header + PLAIN_HEADER.previous
    const follows =
      to === from
        ? isSame(bytes, previous, tail.previous, 0, 32)
        : isSame(bytes, previous, hashes.hashes, (to - 1) * 32, 32)
    if (!follows) break
  }
  return to
}

/** The record ids of these envelopes, up to the first that occurs twice. */
function docsOf({ push }: PushHashes, from: number, to: number): Uint8Array {
  const docs = new Uint8Array((to - from) * ID_LENGTH)
  const seen = new Set<string>()
  for (let index = from; index < to; index += 1) {
    const doc = push.viewOf(push.headerAt(index) + PLAIN_HEADER.doc, ID_LENGTH)
    const name = byteKey(doc)
    if (seen.has(name)) return docs.subarray(0, (index - from) * ID_LENGTH)
    seen.add(name)
    docs.set(doc, (index - from) * ID_LENGTH)
  }
  return docs
}
