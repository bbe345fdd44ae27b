/**
 * One database's chain of sealed batches: replays it at opening, checks every link, appends to it.
 *
 * The caller keeps the queue: appends never overlap. A damaged last entry (a torn write) is set aside and
 * the journal goes on from the last whole one; damage anywhere else, or an entry out of its place, is refused.
 */
import { randomBytes } from '@chartkeep/crypto'
import { decodeBatch, encodeBatch, type Batch } from './batch.ts'
import { BATCH_KIND, entryHash, faultOfPlace, NO_ENTRY, openEntry, sealEntry, type EntryFault } from './entry.ts'
import type { Durability, LogEntry, SealedLog } from './sealed-log.ts'

const KEY_LENGTH = 32

/**
 * Why a store does not open. Nothing was changed on the disk in any of these cases.
 * - `damaged`: entry `entry` is unreadable, missing (`gap`), out of place (`reordered`, `spliced`, `other-database`)
 *   or opens to something that is no batch (`undecodable`).
 * - `wrong-key`: the key opens nothing here.
 * - `newer`: written by a newer version of this program.
 * - `missing`: the log is empty although it had to exist (see `mustExist`).
 */
export type OpenFailure =
  | { type: 'damaged'; reason: 'unreadable' | 'undecodable' | 'gap' | EntryFault; entry: number }
  | { type: 'wrong-key' }
  | { type: 'newer'; version: number }
  | { type: 'missing' }

/** An open journal. */
export interface Journal {
  readonly type: 'open'
  /** The number of the last durable entry, 1 or more. */
  readonly number: number
  /** The torn last entry that opening set aside, if there was one. */
  readonly recovered: { entry: number } | null
  /** Makes `batch` durable as the next entry. Throws, with nothing written, when the log refuses. */
  append(batch: Batch, durability: Durability): Promise<void>
  /** Closes the log and wipes the key. */
  close(): Promise<void>
}

/** What a journal is made of. */
export interface JournalSource {
  /** The store key, 32 bytes; copied. */
  key: Uint8Array
  log: SealedLog
  /** Answer `missing` for an empty log instead of starting one. */
  mustExist?: boolean
}

/**
 * Opens the journal in `log`, or starts one in an empty log, and hands every batch in order to `apply`.
 * When a failure comes back, forget what `apply` was given.
 */
export async function openJournal(
  { key, log, mustExist = false }: JournalSource,
  apply: (batch: Batch) => void,
): Promise<Journal | OpenFailure> {
  if (key.length !== KEY_LENGTH) throw new RangeError('a store key has 32 bytes')
  const ownKey = key.slice()
  try {
    const generation = await log.claim()
    const replayed = await replay(ownKey, log, apply)
    if (replayed.type !== 'replayed') return await refuse(replayed)
    if (replayed.number === 0 && mustExist) return await refuse({ type: 'missing' })
    const { torn } = replayed
    if (torn !== null) await log.setAside(generation, torn)

    let { number, hash } = replayed
    const { databaseId } = replayed
    const append = async (batch: Batch, durability: Durability): Promise<void> => {
      const sealed = sealEntry(ownKey, { databaseId, number: number + 1, previousHash: hash }, encodeBatch(batch))
      await log.append(generation, [{ number: number + 1, sealed }], durability)
      number += 1
      hash = entryHash(sealed)
    }
    if (number === 0) await append(EMPTY_BATCH, 'strict')
    return {
      type: 'open',
      get number() {
        return number
      },
      recovered: torn === null ? null : { entry: torn },
      append,
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

interface Replayed {
  type: 'replayed'
  /** 0 for an empty log. */
  number: number
  hash: Uint8Array
  databaseId: Uint8Array
  torn: number | null
}

async function replay(key: Uint8Array, log: SealedLog, apply: (batch: Batch) => void): Promise<Replayed | OpenFailure> {
  const state: Replayed = { type: 'replayed', number: 0, hash: NO_ENTRY, databaseId: randomBytes(16), torn: null }
  let waiting: LogEntry | null = null
  for await (const entry of log.load()) {
    if (waiting) {
      const failure = replayEntry(key, state, waiting, entry, apply)
      if (failure) return failure
    }
    waiting = entry
  }
  return (waiting && replayEntry(key, state, waiting, null, apply)) ?? state
}

/** Checks and applies one entry; `next` is the entry after it, `null` at the end. */
function replayEntry(
  key: Uint8Array,
  state: Replayed,
  { number, sealed }: LogEntry,
  next: LogEntry | null,
  apply: (batch: Batch) => void,
): OpenFailure | null {
  const expected = state.number + 1
  if (number !== expected) return { type: 'damaged', reason: 'gap', entry: expected }
  const opened = openEntry(key, sealed)
  if (opened.type === 'newer') return opened
  if (opened.type === 'unreadable') {
    if (number === 1 && (!next || openEntry(key, next.sealed).type === 'unreadable')) return { type: 'wrong-key' }
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
  apply(batch)
  state.number = number
  state.hash = entryHash(sealed)
  return null
}
