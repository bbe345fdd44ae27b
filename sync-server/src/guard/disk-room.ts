/**
 * How much room the disk has (H7): the system is asked at most once a second, and before each large write. Says whether data may still
 * grow. Knows no storage; a failed commit is reported to it by room-guard.ts.
 */
import { systemClock } from '../time/server-clock.ts'

/**
 * `roomy`; `low`: less than twice the floor is free; `relief`: less than the floor is free, or the server holds as much as it may;
 * `full`: a write has just failed for want of space. In the last two nothing may grow.
 */
export type RoomState = 'roomy' | 'low' | 'relief' | 'full'

/** Relief takes access away or lets a person out; everything else is growth. */
export type WriteKind = 'growth' | 'relief'

/** Nothing was written: there is no room. On the wire `server-full`. */
export class ServerFullError extends Error {
  override name = 'ServerFullError'
}

const LOOK_MS = 1000
/** Writes above this size are not judged by an older look. */
export const LARGE_WRITE_BYTES = 1024 ** 2
/** How long nothing grows after a write failed. A limit that statfs does not show (a quota of the user) is met again after that. */
const FULL_MS = 5000
/** A failed write with less than this free failed for want of space, whatever the system called it. */
const NOTHING_FREE = 64 * 1024

/** https://sqlite.org/rescode.html; in an extended code these are the low 8 bits. */
const SQLITE_IOERR = 10
const SQLITE_FULL = 13

/** Whether a failure says that the disk, or the user's share of it, is full. */
export function isDiskFull(error: unknown): boolean {
  if (error instanceof ServerFullError) return true
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown }
  return code === 'ENOSPC' || code === 'EDQUOT' || (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_FULL)
}

export interface DiskRoomOptions {
  /** Bytes that are free for this process; null where the system does not say. */
  free: () => number | null
  /** Bytes of the data. */
  used: () => number
  /** Below this much free space nothing grows. */
  floorBytes: () => number
  /** At this size of the data nothing grows. */
  serverBytes: number
  /** Milliseconds of a clock that nobody sets; the machine's unless told otherwise. */
  now?: () => number
  /** Called after each look at the disk. */
  onLook?: (state: RoomState) => void
}

export interface DiskRoom {
  /** The state by a look that is at most a second old. `bytes`: about to be written; many of them make a new look. */
  state(bytes?: number): RoomState
  /** Whether a write that grows the data by about so many bytes is refused. */
  refusesGrowth(bytes?: number): boolean
  /** Whether a failed write failed for want of space. From a full disk SQLite sometimes reports an I/O error. */
  wasFull(error: unknown): boolean
  /** A write failed for want of space. */
  noteFull(): void
}

export function createDiskRoom(options: DiskRoomOptions): DiskRoom {
  const { free, used, floorBytes, serverBytes, now = systemClock.steady, onLook = () => {} } = options
  let last: { at: number; free: number; used: number } | null = null
  let fullAt: number | null = null

  function look(bytes: number): { free: number; used: number } {
    const time = now()
    const isFresh = last !== null && time >= last.at && time - last.at < LOOK_MS && bytes <= LARGE_WRITE_BYTES
    if (isFresh) return last!
    const found = { at: time, free: free() ?? Infinity, used: used() }
    last = found
    onLook(judge(found, 0))
    return found
  }

  function isJustFull(): boolean {
    const since = fullAt === null ? Infinity : now() - fullAt
    return since >= 0 && since < FULL_MS
  }

  function judge(found: { free: number; used: number }, bytes: number): RoomState {
    if (isJustFull()) return 'full'
    const floor = floorBytes()
    if (found.free - bytes < floor || found.used + bytes > serverBytes) return 'relief'
    return found.free < 2 * floor ? 'low' : 'roomy'
  }

  const state = (bytes = 0) => judge(look(bytes), bytes)

  return {
    state,
    refusesGrowth: (bytes = 0) => ['relief', 'full'].includes(state(bytes)),
    wasFull(error) {
      if (isDiskFull(error)) return true
      const { errcode } = (error ?? {}) as { errcode?: unknown }
      const isIo = typeof errcode === 'number' && (errcode & 0xff) === SQLITE_IOERR
      return isIo && (free() ?? Infinity) < NOTHING_FREE
    },
    noteFull() {
      fullAt = now()
      last = null
    },
  }
}
