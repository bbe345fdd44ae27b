/**
 * One sealed database in memory: RxDB's memory instances and the sync tables over one journal.
 *
 * Every write takes one way: under the queue decide which rows will succeed, append them durably as one
 * entry, only then give them to memory, whose events go out. A failed append leaves memory untouched.
 */
import type { BulkWriteRow } from 'rxdb'
import { Subject, type Observable } from 'rxjs'
import { placedRows, type AnyDocument, type Batch, type SyncRow } from '../journal/batch.ts'
import { createCompactor, type CompactionRules, type CompactionSteps } from './compactor.ts'
import { figuresOf, type StoreFigures } from './figures.ts'
import { forgetDocuments, releaseInstance, type InstanceParams, type InstanceState } from '../memory/instance-state.ts'
import { openJournal, type JournalSource, type OpenFailure } from '../journal/journal.ts'
import { createMemoryContents, type MemoryContents } from '../memory/memory-contents.ts'
import { createPace } from '../journal/pace.ts'
import { removalEvents } from '../memory/removal-events.ts'
import type { Durability } from '../disk/sealed-log.ts'
import { snapshotPayloads } from '../journal/snapshot.ts'

/** Rows of one instance that are known to succeed. */
export interface InstanceWrite {
  state: InstanceState
  rows: BulkWriteRow<Record<string, unknown>>[]
}

/** One entry to be. `context` is what RxDB's events carry. */
export interface WritePlan {
  writes: InstanceWrite[]
  /** Documents that go without a tombstone. RxDB is told of those that were not deleted already. */
  forgotten?: { state: InstanceState; documents: AnyDocument[] }[]
  dropped?: InstanceState[]
  sync?: readonly SyncRow[]
  /** What this takes away must leave the disk too: a compaction is due at once. */
  erase?: boolean
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
  readonly contents: MemoryContents
  /** The memory instance of that name and version, filled from the journal; the same one for each call. */
  instance(params: InstanceParams): InstanceState
  /**
   * Runs `prepare` alone, with memory settled; then makes its plan durable and visible.
   * A plan of `null` writes nothing. Rejects, with nothing changed, when the log refuses. A plan with `erase`
   * resolves when its compaction is done, and rejects with {@link EraseDelayedError} when only that fails.
   */
  write<T>(prepare: () => { plan: WritePlan | null; result: T }): Promise<T>
  /** Replaces all entries by a snapshot of the current state. Writes continue meanwhile. */
  compact(): Promise<void>
  figures(): StoreFigures
  /** Waits for the writes that were asked for, closes the log and lets go of everything in memory. */
  close(): Promise<void>
}

/**
 * A write that erases is durable and shows, but the disk refused the compaction that takes the old bytes away.
 * It is tried again when more is written, and after the next opening.
 */
export class EraseDelayedError extends Error {
  override readonly name = 'EraseDelayedError'
  constructor(options: ErrorOptions) {
    super('what was removed could not be taken off the disk yet', options)
  }
}

/** What a database is opened with. */
export interface DatabaseSource extends JournalSource {
  compaction?: CompactionRules | undefined
  /** Brings contents of an older shape to `shape`; what it makes is on the disk, all at once, before opening resolves. */
  migrate?: ((contents: MemoryContents) => Promise<void>) | undefined
}

/** Opens the database in `source.log`, or starts one in an empty log. */
export async function openSealedDatabase(source: DatabaseSource): Promise<SealedDatabase | OpenFailure> {
  const contents = createMemoryContents()
  const changes$ = new Subject<DatabaseChange>()
  let eraseDue = false
  const opened = await openJournal(source, {
    head: (head) => contents.takeHead(head),
    part: (part) => contents.takePart(part),
    batch(batch) {
      contents.takeBatch(batch)
      eraseDue ||= batch.erase === true
    },
  })
  if (opened.type !== 'open') return opened
  const journal = opened

  let tail: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | null = null
  let broken = false
  /** Memory is ahead of the disk by a migration. */
  let isMigrated = false

  function enqueue<T>(task: () => Promise<T>): Promise<T> {
    const result = tail.then(task)
    tail = result.catch(() => {})
    return result
  }

  function batchOf(plan: WritePlan): Batch {
    return {
      firstSequence: contents.nextSequence,
      dropped: (plan.dropped ?? []).map(({ name }) => name),
      forgotten: (plan.forgotten ?? []).map(({ state, documents }) => ({
        instance: state.name,
        ids: documents.map((document) => String(document[state.primaryPath])),
      })),
      documents: plan.writes.map(({ state, rows }) => ({
        instance: state.name,
        primaryPath: state.primaryPath,
        documents: rows.map(({ document }) => document as AnyDocument),
      })),
      sync: placedRows(plan.sync ?? [], contents.tables),
      erase: plan.erase === true,
    }
  }

  async function applyPlan(plan: WritePlan): Promise<void> {
    for (const { state, documents } of plan.forgotten ?? []) {
      forgetDocuments(state, new Set(documents.map((document) => String(document[state.primaryPath]))))
      const events = removalEvents(state, documents, plan.context)
      if (events) state.memory.internals.changes$.next(events)
    }
    for (const state of plan.dropped ?? []) contents.drop(state.name)
    contents.takeSync(plan.sync ?? [])
    const responses = plan.writes.map(({ state, rows }) => {
      for (const { document } of rows) state.order.put(String(document[state.primaryPath]), contents.nextSequence++)
      return state.memory.bulkWrite(rows, plan.context)
    })
    for (const { error } of await Promise.all(responses)) {
      if (error.length > 0) throw new Error('memory refused a row that is in the log')
    }
    changes$.next({
      sequence: journal.number,
      context: plan.context,
      documents: [
        ...plan.writes.map(({ state, rows }) => ({
          instance: state.name,
          ids: rows.map(({ document }) => String(document[state.primaryPath])),
        })),
        ...(plan.forgotten ?? []).map(({ state, documents }) => ({
          instance: state.name,
          ids: documents.map((document) => String(document[state.primaryPath])),
        })),
      ],
      sync: (plan.sync ?? []).map(({ table, key }) => ({ table, key })),
    })
  }

  /** One compaction. The view is taken and the tail replaced inside the queue; writes continue in between. */
  async function runCompaction({ isGivenUp, pause }: CompactionSteps): Promise<boolean> {
    const begun = await enqueue(async () => {
      if (broken || (journal.size.entries === 0 && journal.size.segments > 0 && !isMigrated)) return null
      const erased = eraseDue
      return { view: contents.view(), writer: journal.beginSnapshot(contents.nextSequence), erased }
    })
    if (!begun) return false
    const { view, writer, erased } = begun
    try {
      const pace = createPace()
      for (const payload of snapshotPayloads(view)) {
        await writer.add(payload)
        await pause()
        if (isGivenUp()) throw new Error('this compaction was given up')
        if (pace.isDue()) await pace.rest()
      }
      await writer.finish()
      await pause()
      await enqueue(async () => {
        await writer.commit()
        if (erased) eraseDue = false
        isMigrated = false
      })
      return true
    } catch (error) {
      await writer.abandon().catch(() => {})
      throw error
    }
  }

  const compactor = createCompactor(journal.size, () => eraseDue, runCompaction, source.compaction)
  if (contents.shape < (source.shape ?? 0)) {
    try {
      await source.migrate?.(contents)
      isMigrated = true
      await compactor.compact()
    } catch (error) {
      await compactor.stop()
      await journal.close()
      contents.clear()
      throw error
    }
  }
  void compactor.noteWrite()

  return {
    type: 'open',
    get sequence() {
      return journal.number
    },
    recovered: journal.recovered,
    changes$: changes$.asObservable(),
    contents,
    instance: (params) => contents.instance(params),
    async write(prepare) {
      if (closing) throw new Error('this store is closed')
      let mustErase = false
      const result = await enqueue(async () => {
        if (broken) throw new Error('this store must be opened again')
        contents.settle()
        const prepared = prepare()
        if (!prepared.plan) return prepared.result
        await journal.append(batchOf(prepared.plan), prepared.plan.durability)
        broken = true
        await applyPlan(prepared.plan)
        broken = false
        mustErase = prepared.plan.erase === true
        eraseDue ||= mustErase
        return prepared.result
      })
      if (mustErase) {
        await compactor.compact().catch((cause: unknown) => {
          throw new EraseDelayedError({ cause })
        })
      } else await compactor.noteWrite()
      return result
    },
    compact: () => (closing ? Promise.reject(new Error('this store is closed')) : compactor.compact()),
    figures() {
      contents.settle()
      return figuresOf(journal.size, contents, journal.number, compactor.runs)
    },
    close() {
      closing ??= (async () => {
        // Writes that were asked for may ask for a compaction themselves.
        await enqueue(() => Promise.resolve())
        await compactor.stop()
        await enqueue(async () => {
          await journal.close()
          changes$.complete()
          for (const state of contents.states()) releaseInstance(state)
          contents.clear()
        })
      })()
      return closing
    },
  }
}
