/** The server's storage with calls that fail: reads, writes inside a transaction and commits are counted, and one of them throws what SQLite throws. */
import type { Storage, StorageReader, StorageWriter } from '@chartkeep/sync-server/testing'

/** https://sqlite.org/rescode.html#ioerr */
const SQLITE_IOERR = 10

export interface FailingStorage extends Storage {
  /** Calls since {@link failAt} was set. */
  readonly calls: number
  /** The number of the call that fails, from 0; null: none. The count starts again. */
  failAt(call: number | null): void
  /** Whether that call has come. */
  readonly hasFailed: boolean
}

function diskError(): Error {
  return Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: SQLITE_IOERR })
}

export function failingStorage(inner: Storage): FailingStorage {
  let calls = 0
  let at: number | null = null
  let hasFailed = false
  const count = () => {
    if (calls++ !== at) return
    hasFailed = true
    throw diskError()
  }
  const counted = <T extends StorageReader>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const value = Reflect.get(object, name) as unknown
        // What is run behind a commit is no call of the disk.
        if (typeof value !== 'function' || name === 'afterCommit') return value
        return (...args: unknown[]): unknown => {
          count()
          return (value as (...all: unknown[]) => unknown).apply(object, args)
        }
      },
    })
  return {
    read: counted(inner.read),
    write: <T>(job: (tx: StorageWriter) => Promise<T> | T) =>
      inner.write(async (tx) => {
        const value = await job(counted(tx))
        // The commit itself: what the job wrote is undone.
        count()
        return value
      }),
    close: () => inner.close(),
    get calls() {
      return calls
    },
    get hasFailed() {
      return hasFailed
    },
    failAt(call) {
      at = call
      calls = 0
      hasFailed = false
    },
  }
}
