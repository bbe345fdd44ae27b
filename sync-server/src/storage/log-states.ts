/**
 * Caches the states of verified account logs and control logs in memory and reads a missing one from storage. The
 * cache returns a state only if it is as long as the stored log, so a stale state can never decide anything (C6).
 */
import { idText } from '@chartkeep/protocol'
import type { StorageWriter } from './storage.ts'

export interface LogStates<S> {
  /** The state of the durable log; null if there is none. */
  load(id: Uint8Array): Promise<S | null>
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
  /** Verifies the durable entries after `state`; throws if the stored log is invalid. */
  extend(id: Uint8Array, state: S | null): Promise<S | null>
  /** The most states in the cache. */
  limit: number
}

export function createLogStates<S extends { n: number }>(options: LogStatesOptions<S>): LogStates<S> {
  const states = new Map<string, S>()
  const staged = new WeakMap<object, Map<string, S>>()

  function keep(id: string, state: S): void {
    const known = states.get(id)
    states.delete(id)
    states.set(id, known !== undefined && known.n > state.n ? known : state)
    if (states.size > options.limit) states.delete(states.keys().next().value!)
  }

  function peek(id: Uint8Array): S | null | undefined {
    const length = options.lengthOf(id)
    if (length === 0) return null
    const state = states.get(idText(id))
    return state?.n === length ? state : undefined
  }

  async function load(id: Uint8Array): Promise<S | null> {
    for (;;) {
      const known = peek(id)
      if (known !== undefined) return known
      const state = await options.extend(id, states.get(idText(id)) ?? null)
      if (state !== null) keep(idText(id), state)
    }
  }

  return {
    peek,
    load,
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
