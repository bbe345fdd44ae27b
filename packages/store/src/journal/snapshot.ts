/**
 * What a snapshot says: every document with its own sequence number, deleted ones too, and every sync row.
 *
 * Segment 0 is its head; each further one holds a few hundred kilobytes of documents and rows, in the order of
 * their changes. The forms inside are those of batch.ts: CBOR outside, one JSON text per run of documents.
 */
import { decodeCbor, encodeCbor, isCborMap, utf8ToBytes, type CborValue } from '@chartkeep/crypto/encoding'
import { parseDocuments, syncRowOf, type AnyDocument, type SyncRow } from './batch.ts'

/** Payload bytes after which a segment is full: what one step of compaction and of opening has to do. */
const SEGMENT_BYTES = 256 * 1024
/** Bytes for what is not counted: heads and short texts. */
const ROOM = 4096
const HASH_LENGTH = 32

/** A state of memory that no later write changes: arrays of references, no copies of text. */
export interface SnapshotView {
  instances: readonly InstanceView[]
  rows: readonly { table: string; key: string; value: CborValue }[]
}

/** One storage instance: `documents[i]` was changed last by the change number `sequences[i]`, ascending. */
export interface InstanceView {
  instance: string
  primaryPath: string
  documents: readonly AnyDocument[]
  sequences: readonly number[]
}

/** What segment 0 says. */
export interface SnapshotHead {
  /** The number of the next document change. */
  nextSequence: number
  /** The hash of the entry that the snapshot stands for: the next entry chains on to it. */
  hash: Uint8Array
  /** The version of the shape of all that follows (shape.ts). */
  shape: number
}

/** What a further segment says. */
export interface SnapshotPart {
  instances: readonly InstanceView[]
  rows: readonly SyncRow[]
}

export function encodeSnapshotHead({ nextSequence, hash, shape }: SnapshotHead): Uint8Array {
  return encodeCbor({ n: nextSequence, h: hash, v: shape })
}

/** Reverses {@link encodeSnapshotHead}; `null` when the bytes are no head. */
export function decodeSnapshotHead(payload: Uint8Array): SnapshotHead | null {
  const root = decodeCbor(payload)?.value
  if (!isCborMap(root)) return null
  const { n: nextSequence, h: hash, v: shape } = root
  if (typeof nextSequence !== 'number' || !(hash instanceof Uint8Array) || hash.length !== HASH_LENGTH) return null
  if (typeof shape !== 'number') return null
  return { nextSequence, hash, shape }
}

/** The payloads after the head, one for each segment; each step of the generator costs a few milliseconds at most. */
export function* snapshotPayloads({ instances, rows }: SnapshotView): Generator<Uint8Array, void> {
  const full = { parts: [] as CborValue[], rows: [] as CborValue[], bytes: 0 }
  function* flush(isEnd: boolean): Generator<Uint8Array, void> {
    if (isEnd ? full.parts.length + full.rows.length === 0 : full.bytes < SEGMENT_BYTES) return
    yield encodeCbor({ d: full.parts, r: full.rows }, Math.ceil(1.125 * full.bytes) + ROOM)
    Object.assign(full, { parts: [], rows: [], bytes: 0 })
  }
  for (const { instance, primaryPath, documents, sequences } of instances) {
    let first = 0
    do {
      const texts: string[] = []
      let length = 0
      let next = first
      for (; next < documents.length && full.bytes + length < SEGMENT_BYTES; next += 1) {
        const text = JSON.stringify(documents[next])
        texts.push(text)
        length += text.length + 1
      }
      full.parts.push([instance, primaryPath, runsOf(sequences, first, next), utf8ToBytes(`[${texts.join(',')}]`)])
      full.bytes += length
      first = next
      yield* flush(false)
    } while (first < documents.length)
  }
  for (const { table, key, value } of rows) {
    const bytes = encodeCbor(value)
    full.rows.push([table, key, bytes])
    full.bytes += table.length + key.length + bytes.length + 4
    yield* flush(false)
  }
  yield* flush(true)
}

/** Reverses one payload of {@link snapshotPayloads}; `null` when the bytes are no part of a snapshot. As many values as it holds: its seal was checked. */
export function decodeSnapshotPart(payload: Uint8Array): SnapshotPart | null {
  const root = decodeCbor(payload, Number.POSITIVE_INFINITY)?.value
  if (!isCborMap(root)) return null
  const { d: parts, r: rows } = root
  if (!Array.isArray(parts) || !Array.isArray(rows)) return null
  const part = { instances: [] as InstanceView[], rows: [] as SyncRow[] }
  for (const item of parts) {
    if (!Array.isArray(item)) return null
    const [instance, primaryPath, runs, bytes] = item
    if (typeof instance !== 'string' || typeof primaryPath !== 'string' || !(bytes instanceof Uint8Array)) return null
    const documents = parseDocuments(bytes)
    const sequences = sequencesOf(runs)
    if (!documents || documents.length !== sequences?.length) return null
    part.instances.push({ instance, primaryPath, documents, sequences })
  }
  for (const item of rows) {
    const row = syncRowOf(item)
    if (!row) return null
    part.rows.push(row)
  }
  return part
}

/** Ascending numbers as pairs of first and count. */
function runsOf(sequences: readonly number[], from: number, to: number): number[] {
  const runs: number[] = []
  for (let at = from; at < to; at += 1) {
    const last = runs.length - 2
    if (last >= 0 && sequences[at] === runs[last]! + runs[last + 1]!) runs[last + 1]! += 1
    else runs.push(sequences[at]!, 1)
  }
  return runs
}

/** More numbers than any segment holds are refused before they are made. */
const MAX_SEQUENCES = 10_000_000

function sequencesOf(runs: CborValue | undefined): number[] | null {
  if (!Array.isArray(runs)) return null
  const sequences: number[] = []
  for (let at = 0; at < runs.length; at += 2) {
    const [first, count] = [runs[at], runs[at + 1]]
    if (typeof first !== 'number' || typeof count !== 'number' || sequences.length + count > MAX_SEQUENCES) return null
    for (let step = 0; step < count; step += 1) sequences.push(first + step)
  }
  return sequences
}
