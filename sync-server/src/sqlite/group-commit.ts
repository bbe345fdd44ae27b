/**
 * Group commit (S3): write jobs run one after the other inside one transaction, whose single fsync acknowledges all of them.
 * Knows no database: an adapter passes begin, commit, rollback and savepoints.
 */
import { systemClock } from '../time/server-clock.ts'
import type { Storage, StorageWriter } from '../storage/storage.ts'

/** Jobs that share a commit at most, and how long the first of them may wait for the others. */
const MAX_JOBS = 128
const MAX_WAIT_MS = 25

/** What an adapter brings. All synchronous. `writer` belongs to one transaction. */
export interface Transactions {
  begin(): Omit<StorageWriter, 'afterCommit' | 'transaction'>
  commit(): void
  /** Ends the transaction where it has not ended by itself, as it does on some failures of the disk. */
  rollback(): void
  /** Marks the state before a job; `undo` goes back to it, `keep` forgets the mark. `isFirst`: nothing was done in the transaction yet. */
  mark(isFirst: boolean): { undo(): void; keep(): void }
  close(): void
}

/** Told after each commit: how many jobs shared it, and how long the commit itself took, the disk's flush included. */
export type OnCommit = (jobs: number, ms: number) => void

interface Job {
  run(tx: StorageWriter): Promise<() => void>
  fail(reason: unknown): void
}

/** Makes `write` and `close` of a storage out of an adapter's transactions. */
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
    // Not the writer: an adapter may hand out the same one again, and what was staged in a transaction must end with it.
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
      // The disk is full or dying: nothing of this transaction stands, and nobody is told that it does.
      for (const { fail } of [...done, ...(running === undefined ? [] : [running])]) fail(error)
      transactions.rollback()
      return
    }
    try {
      for (const { after } of done) for (const run of after) run()
    } finally {
      for (const { settle } of done) settle()
    }
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
