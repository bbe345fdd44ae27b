/**
 * What can go wrong under a store that is neither a wrong key nor a damaged entry, each with one code, so that a
 * person can be told what happened, what is safe and what to do. Maps the errors of IndexedDB (by Dexie, which wraps
 * them), of node:sqlite and of Node's files. Nothing here holds a path, a name of a database or content.
 */
import type { Dexie } from 'dexie'
import type { SealedLog } from './sealed-log.ts'

/**
 * - `full`: no space or quota left; what was to be written is not stored.
 * - `missing`: the database is gone or was closed from under us (cleared, evicted, deleted by another tab).
 * - `blocked`: an older version of the program in another tab keeps the database from being opened.
 * - `newer`: a newer version of the program has changed or is changing the database.
 * - `taken`: another tab or process is the writer now (StaleWriterError).
 * - `busy`: another process holds the file and did not let go in time.
 * - `refused`: the browser or the system gives no storage here (private window, permissions).
 * - `damaged`: the file is no database, or its pages are broken.
 * - `disk`: the disk failed to read or write.
 */
export type DiskTrouble = 'full' | 'missing' | 'blocked' | 'newer' | 'taken' | 'busy' | 'refused' | 'damaged' | 'disk'

const BY_NAME: Readonly<Record<string, DiskTrouble>> = {
  QuotaExceededError: 'full',
  StaleWriterError: 'taken',
  VersionError: 'newer',
  DatabaseClosedError: 'missing',
  InvalidStateError: 'missing',
  NotFoundError: 'missing',
  SecurityError: 'refused',
  MissingAPIError: 'refused',
  NotReadableError: 'disk',
  DataCloneError: 'disk',
  UnknownError: 'disk',
  TimeoutError: 'busy',
}

/** Primary result codes, https://www.sqlite.org/rescode.html; the extended ones hold them in their low byte. */
const BY_SQLITE: Readonly<Record<number, DiskTrouble>> = {
  3: 'refused',
  5: 'busy',
  6: 'busy',
  8: 'refused',
  10: 'disk',
  11: 'damaged',
  13: 'full',
  14: 'missing',
  23: 'refused',
  26: 'damaged',
}

const BY_SYSTEM: Readonly<Record<string, DiskTrouble>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EIO: 'disk',
  EROFS: 'refused',
  EACCES: 'refused',
  EPERM: 'refused',
  ENOENT: 'missing',
  EBUSY: 'busy',
}

/** How far a chain of causes is followed; a chain in a circle ends too. */
const MAX_DEPTH = 6

/**
 * The trouble behind an error that a store, a log or a keyring threw; `null` when it is none of the disk's.
 * An aborted transaction says why only in what it wraps, so the innermost known cause counts first.
 */
export function diskTroubleOf(error: unknown): DiskTrouble | null {
  let found: DiskTrouble | null = null
  let at: unknown = error
  for (let depth = 0; depth < MAX_DEPTH && typeof at === 'object' && at !== null; depth += 1) {
    const { name, code, errcode, inner, cause } = at as Record<string, unknown>
    const byErrcode = typeof errcode === 'number' ? BY_SQLITE[errcode & 0xff] : undefined
    const byCode = typeof code === 'string' ? BY_SYSTEM[code] : undefined
    const byName = typeof name === 'string' ? BY_NAME[name] : undefined
    found = byErrcode ?? byCode ?? byName ?? found
    at = inner ?? cause
  }
  return found
}

/** Where troubles that no caller waits for are told: a connection that was closed from outside, an opening that hangs. */
export type TroubleListener = (trouble: DiskTrouble) => void

/**
 * Watches one Dexie connection before it opens. A connection that another tab wants to delete or upgrade is let go for
 * good: Dexie by itself would open it again at the next use, and so make an empty database in the place of the lost one.
 */
export function watchConnection(db: Dexie, onTrouble: TroubleListener = () => {}): void {
  const leave = (trouble: DiskTrouble) => {
    db.close({ disableAutoOpen: true })
    onTrouble(trouble)
  }
  db.on('blocked', () => onTrouble('blocked'))
  db.on('versionchange', (event) => {
    leave(event.newVersion === null ? 'missing' : 'newer')
    return false
  })
  db.on(
    'ready',
    () => {
      // Fires only when the browser closes it, never for our own close.
      db.backendDB().addEventListener('close', () => leave('missing'))
    },
    true,
  )
}

/** The same log, but `onTrouble` also hears of every disk trouble, whoever catches the error. Errors pass through unchanged. */
export function watchedLog(log: SealedLog, onTrouble: TroubleListener): SealedLog {
  const tell = (error: unknown): never => {
    const trouble = diskTroubleOf(error)
    if (trouble !== null) onTrouble(trouble)
    throw error
  }
  return new Proxy(log, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property)
      if (typeof member !== 'function') return member
      return (...given: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, given)
        if (answer instanceof Promise || isThenable(answer)) return Promise.resolve(answer).catch(tell)
        if (isAsyncIterable(answer)) return watchedIteration(answer, tell)
        return answer
      }
    },
  })
}

async function* watchedIteration(entries: AsyncIterable<unknown>, tell: (error: unknown) => never) {
  try {
    yield* entries
  } catch (error) {
    tell(error)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}
