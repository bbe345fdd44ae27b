/**
 * Tracks free disk space and decides whether data may still grow (H7). It asks the operating system at most once a
 * second and before each large write. It does not know the storage; room-guard.ts reports failed commits to it.
 */
import { systemClock } from '../time/server-clock.ts'

/**
 * `roomy`: no limit is near. `low`: less than twice the floor is free. `relief`: less than the floor is free, or the
 * data has reached its maximum size. `full`: a write has just failed for lack of space. In `relief` and `full`, only
 * relief writes are accepted.
 */
export type RoomState = 'roomy' | 'low' | 'relief' | 'full'

/** A relief write revokes access or lets a person leave; every other write is growth. */
export type WriteKind = 'growth' | 'relief'

/** The disk has no room and nothing was written. On the wire: `server-full`. */
export class ServerFullError extends Error {
  override name = 'ServerFullError'
}

const LOOK_MS = 1000
/** A write above this size makes a new query of the free space instead of using the cached answer. */
export const LARGE_WRITE_BYTES = 1024 ** 2
/**
 * How long growth stays refused after a failed write. Covers limits that statfs does not report, such as a user quota.
 */
const FULL_MS = 5000
/**
 * A write that fails with less than this many bytes free failed for lack of space, whatever error the system reported.
 */
const NOTHING_FREE = 64 * 1024

/** https://sqlite.org/rescode.html; extended codes carry this value in their low 8 bits. */
const SQLITE_IOERR = 10
const SQLITE_FULL = 13

/** Whether an error says that the disk, or the user's quota, is full. */
export function isDiskFull(error: unknown): boolean {
  if (error instanceof ServerFullError) return true
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown }
  return code === 'ENOSPC' || code === 'EDQUOT' || (typeof errcode === 'number' && (errcode & 0xff) === SQLITE_FULL)
}

export interface DiskRoomOptions {
  /** Bytes free for this process; null where the system does not report it. */
  free: () => number | null
  /** Size of the data in bytes. */
  used: () => number
  /** Growth is refused below this many free bytes. */
  floorBytes: () => number
  /** Growth is refused once the data has this size in bytes. */
  serverBytes: number
  /** A monotonic clock in milliseconds; the machine's by default. */
  now?: () => number
  /** Called after each query of the disk. */
  onLook?: (state: RoomState) => void
}

export interface DiskRoom {
  /**
   * The state, at most one second old. `bytes`: size of the write that is about to happen; a large one forces a new
   * query.
   */
  state(bytes?: number): RoomState
  /** Whether a write that grows the data by about `bytes` is refused. */
  refusesGrowth(bytes?: number): boolean
  /** Whether a write failed for lack of space. On a full disk SQLite sometimes reports an I/O error instead. */
  wasFull(error: unknown): boolean
  /** Reports that a write failed for lack of space. */
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
