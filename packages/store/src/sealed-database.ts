/**
 * One sealed database in memory: RxDB's memory instances and the sync tables over one journal.
 *
 * Every write takes one way: under the queue decide which rows will succeed, append them durably as one
 * entry, only then give them to memory, whose events go out. A failed append leaves memory untouched.
 */
import { prepareInstance, releaseInstance, type InstanceParams, type InstanceState } from './instance-state.ts'
import { removeDocFromState } from 'rxdb/plugins/storage-memory'
import type { BulkWriteRow } from 'rxdb'
import { Subject, type Observable } from 'rxjs'
import type { CborValue } from '@chartkeep/crypto'
import type { AnyDocument, Batch, SyncRow } from './batch.ts'
import { openJournal, type JournalSource, type OpenFailure } from './journal.ts'
import type { Durability } from './sealed-log.ts'

/** Rows of one instance that are known to succeed. */
export interface InstanceWrite {
  state: InstanceState
  rows: BulkWriteRow<Record<string, unknown>>[]
}

/** One entry to be. `context` is what RxDB's events carry. */
export interface WritePlan {
  writes: InstanceWrite[]
  forgotten?: { state: InstanceState; documents: AnyDocument[] }[]
  dropped?: InstanceState[]
  sync?: readonly SyncRow[]
  context: string
  durability: Durability
}

/** What one entry changed; sent out when it is durable and in memory. */
export interface DatabaseChange {
  /** The number of the entry. */
  sequence: number
  context: string
  documents: { instance: string; ids: string[] }[]
  sync: { table: string; key: string }[]
}

/** An open sealed database. */
export interface SealedDatabase {
  readonly type: 'open'
  /** The number of the last durable entry. */
  readonly sequence: number
  readonly recovered: { entry: number } | null
  readonly changes$: Observable<DatabaseChange>
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, CborValue>>
  /** The memory instance of that name and version, filled from the journal; the same one for each call. */
  instance(params: InstanceParams): InstanceState
  /** Whether any instance has ever been written and not dropped. */
  isEmpty(): boolean
  /**
   * Runs `prepare` alone, with memory settled; then makes its plan durable and visible.
   * A plan of `null` writes nothing. Rejects, with nothing changed, when the log refuses.
   */
  write<T>(prepare: () => { plan: WritePlan | null; result: T }): Promise<T>
  /** Waits for the writes that were asked for, closes the log and lets go of everything in memory. */
  close(): Promise<void>
}

/** Opens the database in `source.log`, or starts one in an empty log. */
export async function openSealedDatabase(source: JournalSource): Promise<SealedDatabase | OpenFailure> {
  /** Documents read from the journal whose instance nobody has asked for yet; a Map keeps the order of changes. */
  const replayed = new Map<string, Map<string, { document: AnyDocument; sequence: number }>>()
  const states = new Map<string, InstanceState>()
  const tables = new Map<string, Map<string, CborValue>>()
  const changes$ = new Subject<DatabaseChange>()
  let nextSequence = 1

  function replayBatch(batch: Batch): void {
    for (const name of batch.dropped) replayed.delete(name)
    for (const { instance, ids } of batch.forgotten) for (const id of ids) replayed.get(instance)?.delete(id)
    let sequence = batch.firstSequence
    for (const { instance, primaryPath, documents } of batch.documents) {
      const known = replayed.get(instance) ?? new Map<string, { document: AnyDocument; sequence: number }>()
      replayed.set(instance, known)
      for (const document of documents) {
        const id = String(document[primaryPath])
        known.delete(id)
        known.set(id, { document, sequence })
        sequence += 1
      }
    }
    nextSequence = Math.max(nextSequence, sequence)
    applySync(batch.sync)
  }

  function applySync(rows: readonly SyncRow[]): void {
    for (const { table, key, value } of rows) {
      const known = tables.get(table) ?? new Map<string, CborValue>()
      tables.set(table, known)
      if (value === null) known.delete(key)
      else known.set(key, value)
    }
  }

  const opened = await openJournal(source, replayBatch)
  if (opened.type !== 'open') return opened
  const journal = opened

  let tail: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | null = null
  let broken = false

  function enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = tail.then(task)
    tail = result.catch(() => {})
    return result
  }

  function batchOf(plan: WritePlan): Batch {
    return {
      firstSequence: nextSequence,
      dropped: (plan.dropped ?? []).map(({ name }) => name),
      forgotten: (plan.forgotten ?? []).map(({ state, documents }) => ({
        instance: state.name,
        ids: documents.map((document) => String(document[state.memory.primaryPath])),
      })),
      documents: plan.writes.map(({ state, rows }) => ({
        instance: state.name,
        primaryPath: state.memory.primaryPath,
        documents: rows.map(({ document }) => document as AnyDocument),
      })),
      sync: plan.sync ?? [],
    }
  }

  async function applyPlan(plan: WritePlan): Promise<void> {
    for (const { state, documents } of plan.forgotten ?? []) {
      for (const document of documents) {
        removeDocFromState(state.memory.primaryPath, state.memory.schema, state.memory.internals, document)
        state.order.forget(String(document[state.memory.primaryPath]))
      }
    }
    for (const state of plan.dropped ?? []) states.delete(state.name)
    applySync(plan.sync ?? [])
    const responses = plan.writes.map(({ state, rows }) => {
      for (const { document } of rows) state.order.put(String(document[state.memory.primaryPath]), nextSequence++)
      return state.memory.bulkWrite(rows, plan.context)
    })
    for (const { error } of await Promise.all(responses)) {
      if (error.length > 0) throw new Error('memory refused a row that is in the log')
    }
    changes$.next({
      sequence: journal.number,
      context: plan.context,
      documents: plan.writes.map(({ state, rows }) => ({
        instance: state.name,
        ids: rows.map(({ document }) => String(document[state.memory.primaryPath])),
      })),
      sync: (plan.sync ?? []).map(({ table, key }) => ({ table, key })),
    })
  }

  return {
    type: 'open',
    get sequence() {
      return journal.number
    },
    recovered: journal.recovered,
    changes$: changes$.asObservable(),
    tables,
    instance(params) {
      const known = states.get(params.name)
      if (known) return known
      const state = prepareInstance(params, replayed.get(params.name) ?? new Map())
      replayed.delete(params.name)
      states.set(params.name, state)
      return state
    },
    isEmpty: () => states.size === 0 && replayed.size === 0,
    write(prepare) {
      if (closing) return Promise.reject(new Error('this store is closed'))
      return enqueue(async () => {
        if (broken) throw new Error('this store must be opened again')
        for (const { memory } of states.values()) memory.ensurePersistence()
        const { plan, result } = prepare()
        if (!plan) return result
        await journal.append(batchOf(plan), plan.durability)
        broken = true
        await applyPlan(plan)
        broken = false
        return result
      })
    },
    close() {
      closing ??= enqueue(async () => {
        await journal.close()
        changes$.complete()
        for (const state of states.values()) releaseInstance(state)
        states.clear()
        replayed.clear()
        tables.clear()
      })
      return closing
    },
  }
}
