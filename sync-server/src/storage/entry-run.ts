/**
 * Stream entries as they are stored: runs of consecutive entries. Each entry has exactly the bytes that a pull sends
 * ({@link StreamEntry} in its one encoding), and a table of fixed-size rows holds the facts that the server needs. So
 * a push writes a few rows for hundreds of envelopes, and a pull sends stored bytes without decoding them. Knows no
 * protocol rule and no database.
 */
import { encodeMessage } from '@chartkeep/protocol'
import { OUTCOMES, type Outcome } from '@chartkeep/protocol/streams'

/** A run ends with the entry that reaches this size, so that reading one entry loads no more than this. */
export const RUN_BYTES = 64 * 1024

/**
 * One row of the table: u32 end of the entry, u32 body length, u16 header length, u16 proof length, u8 outcome, 3
 * zeros, hash, h.
 */
export const FACT_LENGTH = 80
const HASH_AT = 16
const H_AT = 48
const HASH_LENGTH = 32
/** The body length of an entry without a body. */
const NO_BODY = 0xffffffff
const NO_PROOF = 0xffff

const NULL = 0xf6
const text = (word: string) => encodeMessage(word)
const ENTRY = Uint8Array.of(0xa6, ...text('n'))
const BODY = text('body')
const PROOF = text('proof')
const HEADER = text('header')
const OUTCOME = text('outcome')
const WORDS = OUTCOMES.map(text)
const BODY_HASH = Uint8Array.of(...text('bodyHash'), 0x58, HASH_LENGTH)

/** An entry as stored in a run; its header names its record. `body` and `proof` (encoded) are null for a `void`. */
export interface RunEntry {
  n: number
  outcome: Outcome
  hash: Uint8Array
  /** h_n of the stream (S1). */
  h: Uint8Array
  header: Uint8Array
  bodyHash: Uint8Array
  body: Uint8Array | null
  proof: Uint8Array | null
}

/** The bytes that a pull sends for an entry whose body it leaves out (S4). */
export function bodilessFrame(entry: RunEntry): Uint8Array {
  return packRun([{ ...entry, body: null, proof: null }]).entries
}

/**
 * Consecutive entries as views into the stored bytes. Nothing is copied, so callers must not keep parts of a run for
 * long.
 */
export class EntryRun {
  readonly first: number
  readonly facts: Uint8Array
  readonly entries: Uint8Array
  readonly #view: DataView

  /** `entries` may be empty if only hashes and outcomes are needed. */
  constructor(first: number, facts: Uint8Array, entries: Uint8Array) {
    this.first = first
    this.facts = facts
    this.entries = entries
    this.#view = new DataView(facts.buffer, facts.byteOffset, facts.length)
  }

  get count(): number {
    return this.facts.length / FACT_LENGTH
  }

  /** The number of the last entry. */
  get last(): number {
    return this.first + this.count - 1
  }

  has(n: number): boolean {
    return n >= this.first && n <= this.last
  }

  outcomeOf(n: number): Outcome {
    return OUTCOMES[this.#view.getUint8(this.#row(n) + 12) - 1]!
  }

  hashOf(n: number): Uint8Array {
    return cut(this.facts, this.#row(n) + HASH_AT, HASH_LENGTH)
  }

  /** h_n of the stream (S1). */
  hOf(n: number): Uint8Array {
    return cut(this.facts, this.#row(n) + H_AT, HASH_LENGTH)
  }

  /** Start and end of entry `n` within the run. */
  placeOf(n: number): { start: number; end: number } {
    const row = this.#row(n)
    return { start: n === this.first ? 0 : this.#view.getUint32(row - FACT_LENGTH), end: this.#view.getUint32(row) }
  }

  /** Header and body length of entry `n` in bytes. */
  weightOf(n: number): { header: number; body: number } {
    const row = this.#row(n)
    const body = this.#view.getUint32(row + 4)
    return { header: this.#view.getUint16(row + 8), body: body === NO_BODY ? 0 : body }
  }

  /** Start and length of the header of entry `n` within the run. */
  headerPlaceOf(n: number): { start: number; length: number } {
    const length = this.#view.getUint16(this.#row(n) + 8)
    const word = WORDS[OUTCOMES.indexOf(this.outcomeOf(n))]!
    const behind = OUTCOME.length + word.length + BODY_HASH.length + HASH_LENGTH
    return { start: this.placeOf(n).end - behind - length, length }
  }

  /** Entry `n` as a pull sends it, with its body. */
  frameOf(n: number): Uint8Array {
    const { start, end } = this.placeOf(n)
    return cut(this.entries, start, end - start)
  }

  /** Entry `n`. `frame`: its bytes, for a run that was read without them. */
  entryOf(n: number, frame = this.frameOf(n)): RunEntry {
    const row = this.#row(n)
    const outcome = this.outcomeOf(n)
    const [bodyLength, headerLength] = [this.#view.getUint32(row + 4), this.#view.getUint16(row + 8)]
    const proofLength = this.#view.getUint16(row + 10)
    // From the end, because the length prefix of the body varies.
    const bodyHashAt = frame.length - HASH_LENGTH
    const headerAt =
      bodyHashAt - BODY_HASH.length - WORDS[OUTCOMES.indexOf(outcome)]!.length - OUTCOME.length - headerLength
    const proofAt = headerAt - headOf(headerLength) - HEADER.length - (proofLength === NO_PROOF ? 1 : proofLength)
    const bodyAt = proofAt - PROOF.length - (bodyLength === NO_BODY ? 1 : bodyLength)
    return {
      n,
      outcome,
      hash: this.hashOf(n),
      h: this.hOf(n),
      header: cut(frame, headerAt, headerLength),
      bodyHash: cut(frame, bodyHashAt, HASH_LENGTH),
      body: bodyLength === NO_BODY ? null : cut(frame, bodyAt, bodyLength),
      proof: proofLength === NO_PROOF ? null : cut(frame, proofAt, proofLength),
    }
  }

  #row(n: number): number {
    if (!this.has(n)) throw new RangeError('no such entry in this run')
    return (n - this.first) * FACT_LENGTH
  }
}

/** Packs consecutive entries into one run. */
export function packRun(entries: readonly RunEntry[]): EntryRun {
  const facts = new Uint8Array(entries.length * FACT_LENGTH)
  const view = new DataView(facts.buffer)
  const bytes = new Uint8Array(entries.reduce((sum, entry) => sum + frameLength(entry), 0))
  let at = 0
  const put = (part: Uint8Array) => {
    bytes.set(part, at)
    at += part.length
  }
  for (const [index, { n, outcome, hash, h, header, bodyHash, body, proof }] of entries.entries()) {
    put(ENTRY)
    at = putHead(bytes, at, 0, n)
    put(BODY)
    if (body === null) bytes[at++] = NULL
    else {
      at = putHead(bytes, at, 0x40, body.length)
      put(body)
    }
    put(PROOF)
    if (proof === null) bytes[at++] = NULL
    else put(proof)
    put(HEADER)
    at = putHead(bytes, at, 0x40, header.length)
    put(header)
    put(OUTCOME)
    put(WORDS[OUTCOMES.indexOf(outcome)]!)
    put(BODY_HASH)
    put(bodyHash)
    const row = index * FACT_LENGTH
    view.setUint32(row, at)
    view.setUint32(row + 4, body?.length ?? NO_BODY)
    view.setUint16(row + 8, header.length)
    view.setUint16(row + 10, proof?.length ?? NO_PROOF)
    view.setUint8(row + 12, OUTCOMES.indexOf(outcome) + 1)
    facts.set(hash, row + HASH_AT)
    facts.set(h, row + H_AT)
  }
  return new EntryRun(entries[0]?.n ?? 1, facts, bytes)
}

/** Packs the next entries of a stream into runs of about {@link RUN_BYTES}. */
export function* packRuns(entries: Iterable<RunEntry>): Iterable<EntryRun> {
  let run: RunEntry[] = []
  let size = 0
  for (const entry of entries) {
    run.push(entry)
    size += frameLength(entry)
    if (size < RUN_BYTES) continue
    yield packRun(run)
    run = []
    size = 0
  }
  if (run.length > 0) yield packRun(run)
}

/** Envelopes as laid out in a push: the parts of {@link LaidPush} that are needed here. */
export interface LaidEntries {
  readonly bytes: Uint8Array
  /** The bytes from the body's key to the end of the header are the same in a push and in a {@link StreamEntry}. */
  startOf(index: number): number
  endOf(index: number): number
  bodyLength(index: number): number
  headerLength(index: number): number
  proofLength(index: number): number
}

/** 32 bytes per envelope of a push, concatenated in order. */
export interface LaidHashes {
  readonly hashes: Uint8Array
  readonly bodyHashes: Uint8Array
  readonly chain: Uint8Array
}

const WORD = WORDS[OUTCOMES.indexOf('current')]!
/** The bytes after the header of a current entry, without the hash of its body. */
const BEHIND = Uint8Array.of(...OUTCOME, ...WORD, ...BODY_HASH)

/**
 * Packs envelopes `from` up to but not including `to` of a push as current entries, numbered from `first`. The result
 * equals {@link packRuns}, without an object for each entry.
 */
export function* packLaid(
  push: LaidEntries,
  { hashes, bodyHashes, chain }: LaidHashes,
  { from, to, first }: { from: number; to: number; first: number },
): Iterable<EntryRun> {
  const lengthOf = (index: number) =>
    ENTRY.length + headOf(first + index - from) + push.endOf(index) - push.startOf(index) + BEHIND.length + HASH_LENGTH
  for (let start = from; start < to;) {
    let [end, size] = [start, 0]
    while (end < to && size < RUN_BYTES) size += lengthOf(end++)
    const facts = new Uint8Array((end - start) * FACT_LENGTH)
    const view = new DataView(facts.buffer)
    const entries = new Uint8Array(size)
    let at = 0
    for (let index = start; index < end; index += 1) {
      entries.set(ENTRY, at)
      at = putHead(entries, at + ENTRY.length, 0, first + index - from)
      const [head, tail] = [push.startOf(index), push.endOf(index)]
      entries.set(push.bytes.subarray(head, tail), at)
      at += tail - head
      entries.set(BEHIND, at)
      at += BEHIND.length
      entries.set(bodyHashes.subarray(index * HASH_LENGTH, (index + 1) * HASH_LENGTH), at)
      at += HASH_LENGTH
      const row = (index - start) * FACT_LENGTH
      view.setUint32(row, at)
      view.setUint32(row + 4, push.bodyLength(index))
      view.setUint16(row + 8, push.headerLength(index))
      view.setUint16(row + 10, push.proofLength(index))
      view.setUint8(row + 12, OUTCOMES.indexOf('current') + 1)
      facts.set(hashes.subarray(index * HASH_LENGTH, (index + 1) * HASH_LENGTH), row + HASH_AT)
      facts.set(chain.subarray(index * HASH_LENGTH, (index + 1) * HASH_LENGTH), row + H_AT)
    }
    yield new EntryRun(first + start - from, facts, entries)
    start = end
  }
}

function frameLength({ n, outcome, header, body, proof }: RunEntry): number {
  const word = WORDS[OUTCOMES.indexOf(outcome)]!
  return (
    ENTRY.length +
    headOf(n) +
    BODY.length +
    (body === null ? 1 : headOf(body.length) + body.length) +
    PROOF.length +
    (proof?.length ?? 1) +
    HEADER.length +
    headOf(header.length) +
    header.length +
    OUTCOME.length +
    word.length +
    BODY_HASH.length +
    HASH_LENGTH
  )
}

/** Length in bytes of a CBOR head with this argument (RFC 8949 section 3). */
export function headOf(argument: number): number {
  if (argument < 24) return 1
  return argument < 0x100 ? 2 : argument < 0x10000 ? 3 : argument < 0x100000000 ? 5 : 9
}

/** Writes a CBOR head in its shortest form; returns the offset after it. */
export function putHead(bytes: Uint8Array, at: number, major: number, argument: number): number {
  const length = headOf(argument)
  if (length === 1) {
    bytes[at] = major + argument
    return at + 1
  }
  bytes[at] = major + { 2: 24, 3: 25, 5: 26, 9: 27 }[length]!
  let rest = argument
  for (let place = at + length - 1; place > at; place -= 1) {
    bytes[place] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return at + length
}

function cut({ buffer, byteOffset }: Uint8Array, start: number, length: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + start, length)
}
