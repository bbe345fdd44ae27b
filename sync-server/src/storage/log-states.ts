/**
 * Caches the states of verified account logs and control logs in memory and reads a missing one from storage. The
 * cache returns a state only if it is as long as the stored log, so a stale state can never decide anything (C6).
 *
 * Verifying a log costs far more than asking for it, so nobody may make the server do it again and again (S8): several
 * requests for one log share one reading, long logs are kept apart from short ones, and what is read for a survey of
 * many logs displaces nothing.
 */
import { idText } from '@chartkeep/protocol'
import type { LongReads } from '../guard/long-reads.ts'
import type { StorageWriter } from './storage.ts'

export interface LogStates<S> {
  /** The state of the durable log; null if there is none. */
  load(id: Uint8Array): Promise<S | null>
  /** The same for one of many logs that are looked at once: it takes no other state's place in the cache. */
  survey(id: Uint8Array): Promise<S | null>
  /** The same, synchronously; undefined if it must be loaded first. */
  peek(id: Uint8Array): S | null | undefined
  /** The state after the earlier jobs of the transaction. */
  loadIn(tx: StorageWriter, id: Uint8Array): Promise<S | null>
  /** Stages the state that this job produced. Call it after the last step of the job that can fail. */
  stage(tx: StorageWriter, id: Uint8Array, state: S): void
}

export interface LogStatesOptions<S> {
  /** Length of the durable log; 0 if there is none. */
  lengthOf(id: Uint8Array): number
  /**
   * Verifies the next durable entries after `state`, a page of them; the same state at its end. Throws if the
   * stored log is invalid.
   */
  extend(id: Uint8Array, state: S | null): Promise<S | null>
  longReads: LongReads
}

/** The most log entries whose states are kept: those of short logs, and those of long logs. */
const KEPT_ENTRIES = 60_000
const KEPT_ENTRIES_LONG = 300_000
/** From this length on a log is long. */
const LONG = 1000
const SURVEYED_AT_A_TURN = 32
/** What a state takes besides its entries, counted in entries. */
const OVERHEAD = 4

/** States by id, up to a number of log entries in all; the least recently used go first, the newest always stays. */
class Kept<S extends { n: number }> {
  readonly #states = new Map<string, S>()
  readonly #most: number
  #weight = 0

  constructor(most: number) {
    this.#most = most
  }

  get(id: string): S | undefined {
    return this.#states.get(id)
  }

  drop(id: string): void {
    const state = this.#states.get(id)
    if (state !== undefined) this.#weight -= state.n + OVERHEAD
    this.#states.delete(id)
  }

  hasRoomFor(state: S): boolean {
    return this.#weight + state.n + OVERHEAD <= this.#most
  }

  keep(id: string, state: S): void {
    this.drop(id)
    this.#states.set(id, state)
    this.#weight += state.n + OVERHEAD
    for (const oldest of this.#states.keys()) {
      if (this.#weight <= this.#most || oldest === id) return
      this.drop(oldest)
    }
  }
}

export function createLogStates<S extends { n: number }>(options: LogStatesOptions<S>): LogStates<S> {
  const { lengthOf, extend, longReads } = options
  const short = new Kept<S>(KEPT_ENTRIES)
  const long = new Kept<S>(KEPT_ENTRIES_LONG)
  const staged = new WeakMap<object, Map<string, S>>()
  /** Readings that are under way. */
  const reading = new Map<string, Promise<S | null>>()
  let surveyed = 0

  const known = (id: string) => short.get(id) ?? long.get(id)

  function keep(id: string, state: S, isSurvey = false): void {
    const before = known(id)
    const newest = before !== undefined && before.n > state.n ? before : state
    const [to, other] = newest.n < LONG ? [short, long] : [long, short]
    if (isSurvey && before === undefined && !to.hasRoomFor(newest)) return
    other.drop(id)
    to.keep(id, newest)
  }

  function peek(id: Uint8Array): S | null | undefined {
    const length = lengthOf(id)
    if (length === 0) return null
    const state = known(idText(id))
    return state?.n === length ? state : undefined
  }

  /** Reads on from the cached state to the end of the log, a page at a turn. */
  async function read(id: Uint8Array, isSurvey: boolean): Promise<S | null> {
    let state = known(idText(id)) ?? null
    for (;;) {
      await longReads.turn()
      const next = await extend(id, state)
      if (next === null || next.n === state?.n) break
      state = next
      if (next.n >= lengthOf(id)) break
    }
    if (state !== null) keep(idText(id), state, isSurvey)
    return state
  }

  async function load(id: Uint8Array, isSurvey = false): Promise<S | null> {
    const name = idText(id)
    for (;;) {
      const found = peek(id)
      if (found !== undefined) return found
      let under = reading.get(name)
      if (under === undefined) {
        under = read(id, isSurvey).finally(() => reading.delete(name))
        reading.set(name, under)
      }
      const state = await under
      // Whoever surveys began this reading, perhaps, and did not keep its state.
      if (state !== null && !isSurvey) keep(name, state)
      if (state !== null && state.n === lengthOf(id)) return state
    }
  }

  /** Even where every state is in the cache, thousands of them are looked at in several turns. */
  async function survey(id: Uint8Array): Promise<S | null> {
    surveyed += 1
    if (surveyed % SURVEYED_AT_A_TURN === 0) await longReads.turn()
    return load(id, true)
  }

  return {
    peek,
    load: (id) => load(id),
    survey,
    async loadIn(tx, id) {
      return staged.get(tx.transaction)?.get(idText(id)) ?? (await load(id))
    },
    stage(tx, id, state) {
      let ofTransaction = staged.get(tx.transaction)
      if (ofTransaction === undefined) staged.set(tx.transaction, (ofTransaction = new Map()))
      ofTransaction.set(idText(id), state)
      tx.afterCommit(() => keep(idText(id), state))
    },
  }
}
