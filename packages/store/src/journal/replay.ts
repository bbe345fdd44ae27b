/**
 * Reading a log from its beginning: the snapshot's segments, then the entries after it, each link checked.
 * Works in slices and tells how far it is. Changes nothing on the disk.
 */
import { randomBytes } from '@chartkeep/crypto'
import { decodeBatch, type Batch } from './batch.ts'
import {
  BATCH_KIND,
  createEntryOpener,
  entryHash,
  faultOfPlace,
  NO_ENTRY,
  type EntryFault,
  type EntryOpener,
  type OpenedEntry,
} from './entry.ts'
import { createPace, type Pace } from './pace.ts'
import type { LogEntry, LogSegment, SealedLog, SnapshotMark } from '../disk/sealed-log.ts'
import { createSegmentOpener, faultOfSegment, segmentHash, type OpenedSegment, type SegmentOpener } from './segment.ts'
import { decodeSnapshotHead, decodeSnapshotPart, type SnapshotHead, type SnapshotPart } from './snapshot.ts'

/**
 * Why a store does not open. Nothing was changed on the disk in any of these cases.
 * - `damaged`: entry `entry` is unreadable, missing (`gap`), out of place (`reordered`, `spliced`, `other-database`)
 *   or opens to something that is no batch (`undecodable`). With `segment` it is that segment of the snapshot that
 *   stands for the entries up to `entry`; `spliced` then is a segment of another snapshot of this store.
 * - `wrong-key`: the key opens nothing here.
 * - `newer`: written by a newer version of this program.
 * - `missing`: the log is empty although it had to exist (see `mustExist`).
 */
export type OpenFailure =
  | { type: 'damaged'; reason: 'unreadable' | 'undecodable' | 'gap' | EntryFault; entry: number; segment?: number }
  | { type: 'wrong-key' }
  | { type: 'newer'; version: number }
  | { type: 'missing' }

/** How far opening is. In IndexedDB the total is an estimate until the last entry is read. */
export interface OpenProgress {
  doneBytes: number
  totalBytes: number
}

/** Who wants to know what was read, in order. On a failure, forget it all. */
export interface ReplayTarget {
  head(head: SnapshotHead): void
  part(part: SnapshotPart): void
  batch(batch: Batch): void
}

/** What reading needs. `signal` ends it: the promise rejects with the signal's reason. */
export interface ReplaySource {
  /** The store key, 32 bytes; must stay as it is meanwhile. */
  key: Uint8Array
  log: SealedLog
  /** Contents of a greater version are refused as newer (shape.ts). */
  shape: number
  onProgress?: ((progress: OpenProgress) => void) | undefined
  signal?: AbortSignal | undefined
}

/** Where the log ends. */
export interface Replayed {
  type: 'replayed'
  /** The last whole entry; 0 for an empty log. */
  number: number
  hash: Uint8Array
  databaseId: Uint8Array
  /** The damaged last entry: a torn write. */
  torn: number | null
  mark: SnapshotMark | null
  /** Whole entries after the snapshot. */
  tail: { entries: number; bytes: number }
}

/** Reads everything in `log`. */
export async function replay(source: ReplaySource, target: ReplayTarget): Promise<Replayed | OpenFailure> {
  const mark = await source.log.snapshot()
  const state: Replayed = {
    type: 'replayed',
    number: 0,
    hash: NO_ENTRY,
    databaseId: randomBytes(16),
    torn: null,
    mark,
    tail: { entries: 0, bytes: 0 },
  }
  const meter = createMeter(source, mark, await source.log.tailSize())
  const failure =
    (mark && (await replaySnapshot(source, mark, state, target, meter))) ??
    (await replayTail(source, state, target, meter))
  if (!failure) meter.end()
  return failure ?? state
}

interface Meter {
  /** Counts what was read, and gives the page its turn when that is due. Throws when reading was given up. */
  step(bytes: number, entries: number): Promise<void> | null
  end(): void
}

function createMeter(
  { onProgress, signal }: ReplaySource,
  mark: SnapshotMark | null,
  tail: { entries: number; bytes: number | null },
): Meter {
  const pace: Pace = createPace()
  const read = { bytes: 0, tailBytes: 0, entries: 0 }
  function progress(): OpenProgress {
    const mean = read.entries === 0 ? 1_024 : read.tailBytes / read.entries
    const ahead = tail.bytes === null ? Math.max(0, tail.entries - read.entries) * mean + read.tailBytes : tail.bytes
    return { doneBytes: read.bytes, totalBytes: Math.max(read.bytes, Math.round((mark?.bytes ?? 0) + ahead)) }
  }
  async function rest(): Promise<void> {
    onProgress?.(progress())
    await pace.rest()
    signal?.throwIfAborted()
  }
  signal?.throwIfAborted()
  return {
    step(bytes, entries) {
      read.bytes += bytes
      read.entries += entries
      if (entries > 0) read.tailBytes += bytes
      signal?.throwIfAborted()
      return pace.isDue() ? rest() : null
    },
    end: () => onProgress?.({ doneBytes: read.bytes, totalBytes: read.bytes }),
  }
}

async function replaySnapshot(
  { key, log, shape }: ReplaySource,
  mark: SnapshotMark,
  state: Replayed,
  target: ReplayTarget,
  meter: Meter,
): Promise<OpenFailure | null> {
  const open = createSegmentOpener(key)
  const damaged = (reason: 'unreadable' | 'undecodable' | 'gap' | EntryFault, segment: number): OpenFailure => ({
    type: 'damaged',
    reason,
    entry: mark.through,
    segment,
  })
  let previousHash = NO_ENTRY
  let snapshotId = NO_ENTRY
  let index = 0
  for await (const { segment, opened } of openedAhead(log.loadSegments(), open)) {
    const { sealed } = segment
    if (segment.index !== index) return damaged('gap', index)
    if (opened.type === 'newer') return opened
    if (opened.type === 'unreadable') {
      return index === 0 && !(await opensAnything(key, log, open))
        ? { type: 'wrong-key' }
        : damaged('unreadable', index)
    }
    const { place, payload } = opened
    if (index === 0) ({ databaseId: state.databaseId, snapshotId } = place)
    const fault = faultOfSegment(place, {
      databaseId: state.databaseId,
      through: mark.through,
      snapshotId,
      index,
      isLast: index === mark.segments - 1,
      previousHash,
    })
    if (fault) return damaged(fault, index)
    const taken = takeSegment(index, payload, state, target)
    if (taken === null) return damaged('undecodable', index)
    if (taken > shape) return { type: 'newer', version: taken }
    previousHash = segmentHash(sealed)
    index += 1
    await meter.step(sealed.length, 0)
  }
  if (index !== mark.segments || index === 0) return damaged('gap', index)
  state.number = mark.through
  return null
}

/** The version of the shape that a head names, 0 for other segments; `null` for what is no segment's payload. */
function takeSegment(index: number, payload: Uint8Array, state: Replayed, target: ReplayTarget): number | null {
  if (index === 0) {
    const head = decodeSnapshotHead(payload)
    if (!head) return null
    state.hash = head.hash
    target.head(head)
    return head.shape
  }
  const part = decodeSnapshotPart(payload)
  if (part) target.part(part)
  return part && 0
}

/** Opens each segment while the previous segment is processed. */
async function* openedAhead(
  segments: AsyncIterable<LogSegment>,
  open: SegmentOpener,
): AsyncGenerator<{ segment: LogSegment; opened: OpenedSegment }> {
  let waiting: { segment: LogSegment; opening: Promise<OpenedSegment> } | null = null
  for await (const segment of segments) {
    const before = waiting
    waiting = { segment, opening: open(segment.sealed) }
    // Observed here too: the consumer may stop before it comes to this one.
    waiting.opening.catch(() => {})
    if (before) yield { segment: before.segment, opened: await before.opening }
  }
  if (waiting) yield { segment: waiting.segment, opened: await waiting.opening }
}

/** Whether the key opens any segment or entry at all: tells damage from a wrong key. */
async function opensAnything(key: Uint8Array, log: SealedLog, open: SegmentOpener): Promise<boolean> {
  for await (const { sealed } of log.loadSegments()) if ((await open(sealed)).type !== 'unreadable') return true
  const openEntry = createEntryOpener(key)
  for await (const { sealed } of log.load()) if ((await openEntry(sealed)).type !== 'unreadable') return true
  return false
}

async function replayTail(
  { key, log, shape }: ReplaySource,
  state: Replayed,
  target: ReplayTarget,
  meter: Meter,
): Promise<OpenFailure | null> {
  const open = createEntryOpener(key)
  let waiting: OpeningEntry | null = null
  for await (const entry of log.load()) {
    const next = startOpening(entry, open)
    if (waiting) {
      const failure = await replayEntry(shape, state, waiting, next, target)
      if (failure) return failure
      const rest = meter.step(waiting.sealed.length, 1)
      if (rest) await rest
    }
    waiting = next
  }
  if (!waiting) return null
  const failure = await replayEntry(shape, state, waiting, null, target)
  await meter.step(waiting.sealed.length, 1)
  return failure
}

/** An entry that is opened while the previous entry is processed. */
interface OpeningEntry extends LogEntry {
  opening: Promise<OpenedEntry>
}

function startOpening(entry: LogEntry, open: EntryOpener): OpeningEntry {
  const opening = Promise.resolve(open(entry.sealed))
  // Observed here too: a failure before it ends the replay.
  opening.catch(() => {})
  return { ...entry, opening }
}

/** Checks and applies one entry; `next` is the entry after it, `null` at the end. */
async function replayEntry(
  shape: number,
  state: Replayed,
  { number, sealed, opening }: OpeningEntry,
  next: OpeningEntry | null,
  target: ReplayTarget,
): Promise<OpenFailure | null> {
  const expected = state.number + 1
  if (number < expected) return { type: 'damaged', reason: 'reordered', entry: number }
  if (number > expected) return { type: 'damaged', reason: 'gap', entry: expected }
  const opened = await opening
  if (opened.type === 'newer') return opened
  if (opened.type === 'unreadable') {
    if (number === 1 && (!next || (await next.opening).type === 'unreadable')) return { type: 'wrong-key' }
    if (next) return { type: 'damaged', reason: 'unreadable', entry: number }
    state.torn = number
    return null
  }
  const { place, kind, payload } = opened
  if (number === 1) state.databaseId = place.databaseId
  const fault = faultOfPlace(place, { databaseId: state.databaseId, number, previousHash: state.hash })
  if (fault) return { type: 'damaged', reason: fault, entry: number }
  const batch = kind === BATCH_KIND ? decodeBatch(payload) : null
  if (!batch) return { type: 'damaged', reason: 'undecodable', entry: number }
  if ((batch.shape ?? 0) > shape) return { type: 'newer', version: batch.shape! }
  target.batch(batch)
  state.number = number
  state.hash = entryHash(sealed)
  state.tail.entries += 1
  state.tail.bytes += sealed.length
  return null
}
