/**
 * One database's chain of sealed batches: opens it, appends to it, and puts a snapshot in the place of its beginning.
 *
 * The caller keeps the queue: appends and `commit` of a snapshot never overlap. A damaged last entry (a torn write) is quarantined, and the journal
 * continues from the last whole entry. Damage anywhere else, or an entry or segment in the wrong place, is refused (replay.ts).
 */
import { randomBytes, type LargeKey } from '@chartkeep/crypto'
import { encodeBatch, type Batch } from './batch.ts'
import { createEntrySealer, entryHash, NO_ENTRY } from './entry.ts'
import { replay, type OpenFailure, type ReplaySource, type ReplayTarget } from './replay.ts'
import type { Durability } from '../disk/sealed-log.ts'
import { sealSegment, segmentHash, snapshotKey } from './segment.ts'
import { encodeSnapshotHead } from './snapshot.ts'

export type { OpenFailure, OpenProgress } from './replay.ts'

const KEY_LENGTH = 32
const SNAPSHOT_ID_LENGTH = 16

/** How much is on the disk, in sealed bytes. */
export interface JournalSize {
  segments: number
  snapshotBytes: number
  /** Entries after the snapshot. */
  entries: number
  entryBytes: number
}

/** A snapshot while it is written next to the log. */
export interface SnapshotWriter {
  /** Seals and stages one payload; may run while entries are appended. */
  add(payload: Uint8Array): Promise<void>
  /** Stages what is left. */
  finish(): Promise<void>
  /** Puts it in the place of the entries that it stands for. The caller's queue must be held. */
  commit(): Promise<void>
  /** Takes away what was staged. */
  abandon(): Promise<void>
}

/** An open journal. */
export interface Journal {
  readonly type: 'open'
  /** The number of the last durable entry, 1 or more. */
  readonly number: number
  /** The torn last entry that opening quarantined; null for none. */
  readonly recovered: { entry: number } | null
  readonly size: JournalSize
  /** Makes `batch` durable as the next entry. Throws, with nothing written, when the log refuses. */
  append(batch: Batch, durability: Durability): Promise<void>
  /** Begins a snapshot of the state as of {@link number}; `nextSequence` is the number of the next document change. */
  beginSnapshot(nextSequence: number): SnapshotWriter
  /** Closes the log and wipes the key. */
  close(): Promise<void>
}

/** What a journal is made of. The key is copied. */
export interface JournalSource extends Omit<ReplaySource, 'shape'> {
  /** Answer `missing` for an empty log instead of starting one. */
  mustExist?: boolean | undefined
  /** The version of the shape that this program writes (shape.ts); 0 when left out. */
  shape?: number | undefined
}

/**
 * Opens the journal in `log`, or starts one in an empty log, and hands everything in order to `target`.
 * When a failure comes back, forget what `target` was given.
 */
export async function openJournal(source: JournalSource, target: ReplayTarget): Promise<Journal | OpenFailure> {
  const { key, log, mustExist = false, shape = 0 } = source
  if (key.length !== KEY_LENGTH) throw new RangeError('a store key has 32 bytes')
  const ownKey = key.slice()
  try {
    const generation = await log.claim()
    const replayed = await replay({ ...source, key: ownKey, shape }, target)
    if (replayed.type !== 'replayed') return await refuse(replayed)
    if (replayed.number === 0 && mustExist) return await refuse({ type: 'missing' })
    const { torn, databaseId, mark } = replayed
    if (torn !== null) await log.setAside(generation, torn)

    const sealEntry = createEntrySealer(ownKey)
    let { number, hash } = replayed
    let lastSnapshot = mark?.id ?? 0
    const size: JournalSize = {
      segments: mark?.segments ?? 0,
      snapshotBytes: mark?.bytes ?? 0,
      entries: replayed.tail.entries,
      entryBytes: replayed.tail.bytes,
    }

    async function append(batch: Batch, durability: Durability): Promise<void> {
      const hasPlaces = batch.sync.some(({ from }) => from)
      const sealed = await sealEntry(
        { databaseId, number: number + 1, previousHash: hash },
        encodeBatch(batch),
        hasPlaces,
      )
      await log.append(generation, [{ number: number + 1, sealed }], durability)
      number += 1
      hash = entryHash(sealed)
      size.entries += 1
      size.entryBytes += sealed.length
    }

    function beginSnapshot(nextSequence: number): SnapshotWriter {
      lastSnapshot += 1
      const id = lastSnapshot
      const through = number
      const covered = { entries: size.entries, entryBytes: size.entryBytes }
      const snapshotId = randomBytes(SNAPSHOT_ID_LENGTH)
      const staged = { segments: 0, bytes: 0 }
      let cipherKey: LargeKey | null = null
      let previousHash = NO_ENTRY
      // One payload is held back, because the last one says that it is the last.
      let waiting = encodeSnapshotHead({ nextSequence, hash, shape })

      async function stage(payload: Uint8Array, isLast: boolean): Promise<void> {
        cipherKey ??= await snapshotKey(ownKey, snapshotId)
        const place = { databaseId, through, snapshotId, index: staged.segments, isLast, previousHash }
        const sealed = await sealSegment(cipherKey, place, payload)
        await log.stage(generation, id, { index: staged.segments, sealed })
        previousHash = segmentHash(sealed)
        staged.segments += 1
        staged.bytes += sealed.length
      }

      return {
        async add(payload) {
          const before = waiting
          waiting = payload
          await stage(before, false)
        },
        finish: () => stage(waiting, true),
        async commit() {
          await log.replace(generation, { id, through, ...staged })
          size.segments = staged.segments
          size.snapshotBytes = staged.bytes
          size.entries -= covered.entries
          size.entryBytes -= covered.entryBytes
        },
        abandon: () => log.unstage(generation),
      }
    }

    if (number === 0) await append({ ...EMPTY_BATCH, shape }, 'strict')
    return {
      type: 'open',
      get number() {
        return number
      },
      recovered: torn === null ? null : { entry: torn },
      size,
      append,
      beginSnapshot,
      async close() {
        ownKey.fill(0)
        await log.close()
      },
    }
  } catch (error) {
    ownKey.fill(0)
    await log.close()
    throw error
  }

  async function refuse<F extends OpenFailure>(failure: F): Promise<F> {
    ownKey.fill(0)
    await log.close()
    return failure
  }
}

const EMPTY_BATCH: Batch = { firstSequence: 1, dropped: [], forgotten: [], documents: [], sync: [] }
