/**
 * Encodes large answers directly (RFC 8949 section 4.2.1), without an object for each entry: {@link PullAnswer} around
 * stored entries, {@link PushAnswer}, and the live-connection frames that carry them. The bytes equal those of
 * encodeMessage.
 */
import { encodeMessage } from '@chartkeep/protocol'
import type { PushAnswer } from '@chartkeep/protocol/messages'
import { OUTCOMES, type SignedHead } from '@chartkeep/protocol/streams'
import { headOf, putHead } from './entry-run.ts'

/** A message that is already encoded. */
export class EncodedAnswer {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** One stream of a pull: its head, and the bytes of `count` entries in any number of pieces. */
export interface PulledStream {
  stream: Uint8Array
  head: SignedHead
  frames: readonly Uint8Array[]
  count: number
}

const ARRAY = 0x80
const BYTES = 0x40
const text = (word: string) => encodeMessage(word)
const STREAMS = Uint8Array.of(0xa1, ...text('streams'))
const HEAD = Uint8Array.of(0xa3, ...text('head'))
const STREAM = text('stream')
const ENTRIES = text('entries')
const HEADS = Uint8Array.of(0xa3, ...text('heads'))
const REFUSED = text('refused')
const RESULTS = text('results')
const RESULT_H = Uint8Array.of(0xa5, ...text('h'))
const N = text('n')
const HASH = text('hash')
const OUTCOME = text('outcome')
const WORDS = OUTCOMES.map(text)
const PAGE = Uint8Array.of(0xa3, ...text('pull'))
const PAGE_END = Uint8Array.of(...text('type'), ...text('page'), ...text('vault'))
const ID = Uint8Array.of(0xa3, ...text('id'))
const PUSHED = Uint8Array.of(...text('type'), ...text('pushed'), ...text('answer'))
const NULL = Uint8Array.of(0xf6)

export function encodePull(streams: readonly PulledStream[]): EncodedAnswer {
  const heads = streams.map(({ head }) => encodeMessage(head))
  const size = streams.reduce(
    (sum, { stream, frames, count }, index) =>
      sum +
      HEAD.length +
      heads[index]!.length +
      STREAM.length +
      headOf(stream.length) +
      stream.length +
      ENTRIES.length +
      headOf(count) +
      frames.reduce((all, { length }) => all + length, 0),
    STREAMS.length + headOf(streams.length),
  )
  const pen = new Pen(size)
  pen.put(STREAMS)
  pen.head(ARRAY, streams.length)
  for (const [index, { stream, frames, count }] of streams.entries()) {
    pen.put(HEAD)
    pen.put(heads[index]!)
    pen.put(STREAM)
    pen.blob(stream)
    pen.put(ENTRIES)
    pen.head(ARRAY, count)
    for (const frame of frames) pen.put(frame)
  }
  return new EncodedAnswer(pen.bytes)
}

export function encodePush({ results, heads, refused }: PushAnswer): EncodedAnswer {
  const [signed, reason] = [encodeMessage(heads), encodeMessage(refused)]
  const size = results.reduce(
    (sum, { stream, hash, n, h, outcome }) =>
      sum +
      RESULT_H.length +
      headOf(h.length) +
      h.length +
      N.length +
      headOf(n) +
      HASH.length +
      headOf(hash.length) +
      hash.length +
      STREAM.length +
      headOf(stream.length) +
      stream.length +
      OUTCOME.length +
      WORDS[OUTCOMES.indexOf(outcome)]!.length,
    HEADS.length + signed.length + REFUSED.length + reason.length + RESULTS.length + headOf(results.length),
  )
  const pen = new Pen(size)
  pen.put(HEADS)
  pen.put(signed)
  pen.put(REFUSED)
  pen.put(reason)
  pen.put(RESULTS)
  pen.head(ARRAY, results.length)
  for (const { stream, hash, n, h, outcome } of results) {
    pen.put(RESULT_H)
    pen.blob(h)
    pen.put(N)
    pen.head(0, n)
    pen.put(HASH)
    pen.blob(hash)
    pen.put(STREAM)
    pen.blob(stream)
    pen.put(OUTCOME)
    pen.put(WORDS[OUTCOMES.indexOf(outcome)]!)
  }
  return new EncodedAnswer(pen.bytes)
}

/** {@link LivePage} around the answer to a pull. */
export function encodePage(vault: Uint8Array, pull: Uint8Array): Uint8Array {
  const pen = new Pen(
    PAGE.length + headOf(pull.length) + pull.length + PAGE_END.length + headOf(vault.length) + vault.length,
  )
  pen.put(PAGE)
  pen.blob(pull)
  pen.put(PAGE_END)
  pen.blob(vault)
  return pen.bytes
}

/** {@link LivePushed} around the answer to a push; null tells the device to send the push over HTTP. */
export function encodePushed(id: number, answer: Uint8Array | null): Uint8Array {
  const length = answer === null ? NULL.length : headOf(answer.length) + answer.length
  const pen = new Pen(ID.length + headOf(id) + PUSHED.length + length)
  pen.put(ID)
  pen.head(0, id)
  pen.put(PUSHED)
  if (answer === null) pen.put(NULL)
  else pen.blob(answer)
  return pen.bytes
}

class Pen {
  readonly bytes: Uint8Array
  #at = 0

  constructor(size: number) {
    this.bytes = new Uint8Array(size)
  }

  put(part: Uint8Array): void {
    this.bytes.set(part, this.#at)
    this.#at += part.length
  }

  head(major: number, argument: number): void {
    this.#at = putHead(this.bytes, this.#at, major, argument)
  }

  blob(part: Uint8Array): void {
    this.head(BYTES, part.length)
    this.put(part)
  }
}
