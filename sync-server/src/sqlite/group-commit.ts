/**
 * Group commit (S3): runs write jobs one after another in one transaction, and a single fsync acknowledges all of
 * them. Independent of the database: an adapter supplies begin, commit, rollback and savepoints.
 */
import { systemClock } from '../time/server-clock.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

/** The most jobs that share a commit, and how long the first of them may wait for the others. */
const MAX_JOBS = 128
const MAX_WAIT_MS = 25

/** Supplied by an adapter. All methods are synchronous; `writer` belongs to one transaction. */
export interface Transactions {
  begin(): Omit<StorageWriter, 'afterCommit' | 'transaction'>
  commit(): void
  /** Ends the transaction, unless the database has already ended it after a disk failure. */
  rollback(): void
  /**
   * Marks the state before a job. `undo` returns to it, `keep` discards the mark. `isFirst`: the transaction is still
   * empty.
   */
  mark(isFirst: boolean): { undo(): void; keep(): void }
  close(): void
}

/**
 * Called after each commit with the number of jobs that shared it and its duration in milliseconds, including the
 * flush to disk.
 */
export type OnCommit = (jobs: number, ms: number) => void

interface Job {
  run(tx: StorageWriter): Promise<() => void>
  fail(reason: unknown): void
}

/** Builds the `write` and `close` of a storage from an adapter's transactions. */
export function groupCommit(
  transactions: Transactions,
  onCommit: OnCommit = () => {},
): Pick<Storage, 'write' | 'close'> {
  const waiting: Job[] = []
  let working: Promise<void> | null = null
  let closed = false

  async function commitOnce(): Promise<void> {
    const started = systemClock.steady()
    const writer = transactions.begin()
    // Not the writer itself: an adapter may reuse that object, but staged state must end with its transaction.
    const transaction = {}
    const done: { settle: () => void; fail: (reason: unknown) => void; after: (() => void)[] }[] = []
    let running: Job | undefined
    try {
      while (done.length < MAX_JOBS && systemClock.steady() - started < MAX_WAIT_MS) {
        running = waiting.shift()
        if (running === undefined) break
        const after: (() => void)[] = []
        const mark = transactions.mark(done.length === 0)
        const tx: StorageWriter = { ...writer, transaction, afterCommit: (run) => void after.push(run) }
        const job = running
        const settle = await job.run(tx).catch((error: unknown) => {
          mark.undo()
          job.fail(error)
          return null
        })
        running = undefined
        if (settle === null) continue
        mark.keep()
        done.push({ settle, fail: job.fail, after })
      }
      const flushed = systemClock.steady()
      transactions.commit()
      onCommit(done.length, systemClock.steady() - flushed)
    } catch (error) {
      // The disk is full or failing: the whole transaction is lost, and every job in it rejects.
      for (const { fail } of [...done, ...(running === undefined ? [] : [running])]) fail(error)
      transactions.rollback()
      return
    }
    // All of them run, even if one fails: a cut in this commit still ends the connections that it cuts.
    const failed: unknown[] = []
    for (const { after } of done)
      for (const run of after) {
        try {
          run()
        } catch (error) {
          failed.push(error)
        }
      }
    for (const { settle } of done) settle()
    if (failed.length > 0) throw failed[0]
  }

  async function work(): Promise<void> {
    try {
      while (waiting.length > 0) await commitOnce()
    } catch (error) {
      for (const job of waiting.splice(0)) job.fail(error)
    } finally {
      working = null
    }
  }

  return {
    write(job) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new Error('the storage is closed'))
        waiting.push({
          run: async (tx) => {
            const value = await job(tx)
            return () => resolve(value)
          },
          fail: reject,
        })
        working ??= work()
      })
    },
    async close() {
      if (closed) return
      closed = true
      await working
      transactions.close()
    },
  }
}
