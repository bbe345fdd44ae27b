/**
 * H7 for the running process: watches the disk's free space and the reserve, logs changes, and handles a start on a
 * full disk.
 */
import type { Config } from './config.ts'
import { dataBytes, diskFree, diskSpace, removable, serverLimit, type DataFolder } from './data-folder.ts'
import { createDiskRoom, type DiskRoom, type RoomState } from '../guard/disk-room.ts'
import { createReserve, type Reserve } from '../guard/reserve.ts'
import { StorageUnavailableError } from '../sqlite/sqlite-storage.ts'
import type { Storage } from '../storage/storage.ts'

interface Log {
  info(words: string): void
  warn(words: string): void
  error(words: string): void
}

/** How often the free space is checked while nobody writes. */
const WATCH_MS = 5000

/**
 * H7: the free space on the data's disk, and the reserve there. `watch` starts checking and maintaining the reserve;
 * the returned function stops it.
 */
export function watchDisk(
  files: DataFolder,
  { diskFloorBytes, serverBytes, reserveBytes }: Config,
): { room: DiskRoom; reserve: Reserve; watch: (log: Log) => () => void } {
  const early: [keyof Log, string][] = []
  let log: Log | null = null
  let told: RoomState = 'roomy'
  const say = (level: keyof Log, words: string) => {
    if (log === null) early.push([level, words])
    else log[level](words)
  }
  // Once the reserve is spent, its space remains available for relief writes.
  const floor = () => (reserve.isSpent ? Math.max(diskFloorBytes, reserveBytes) : diskFloorBytes)
  const room = createDiskRoom({
    free: () => diskFree(files),
    used: () => dataBytes(files),
    floorBytes: floor,
    serverBytes: serverLimit(serverBytes, diskSpace(files)),
    onLook(state) {
      if (state !== told) say(...ROOM_WORDS[state])
      told = state
      if (log !== null) reserve.tend()
    },
  })
  const reserve = createReserve({
    path: files.reserve,
    bytes: reserveBytes,
    hasRoom: (bytes) => (diskFree(files) ?? 0) - bytes > 2 * Math.max(diskFloorBytes, reserveBytes),
    onSpent: (bytes) =>
      say('error', `the disk is full: the reserve of ${bytes} bytes was removed, so that access can be taken away`),
    onMade: () => say('info', `the reserve of ${reserveBytes} bytes is in place`),
  })
  return {
    room,
    reserve,
    watch(to) {
      log = to
      for (const [level, words] of early.splice(0)) log[level](words)
      room.state()
      const timer = setInterval(() => room.state(), WATCH_MS)
      timer.unref()
      return () => clearInterval(timer)
    },
  }
}

const ROOM_WORDS: Record<RoomState, [keyof Log, string]> = {
  roomy: ['info', 'the disk has room'],
  low: ['warn', 'the disk fills up: less than twice diskFloorBytes is free'],
  relief: ['error', 'no room: nothing new is taken (diskFloorBytes, serverBytes). What takes access away still is'],
  full: ['error', 'the disk is full: a write failed, and nothing new is taken'],
}

/** The most that a start writes before any request: the lock, the WAL index, the newest time. */
const START_BYTES = 1024 ** 2

/**
 * Opens the data. If the disk is too full for that, removes the reserve and tries once more. Throws {@link
 * StorageUnavailableError}, which says how much is missing and what may be removed; calls `onFailure` first.
 */
export function openOnFullDisk(
  open: () => Storage,
  files: DataFolder,
  { room, reserve }: { room: DiskRoom; reserve: Reserve },
  onFailure: () => void,
): Storage {
  const tried = (): Storage | { failed: unknown } => {
    try {
      return open()
    } catch (error) {
      const cause = error instanceof StorageUnavailableError ? error.cause : error
      if (!room.wasFull(cause)) throw error
      return { failed: error }
    }
  }
  let opened = tried()
  if ('failed' in opened && reserve.spend()) opened = tried()
  if (!('failed' in opened)) return opened
  onFailure()
  throw new StorageUnavailableError(fullDiskWords(files), { cause: opened.failed })
}

/** For the operator: how much is missing, and which of our files on this disk may be removed. */
export function fullDiskWords(files: DataFolder): string {
  const free = diskFree(files) ?? 0
  const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`
  const found = removable(files).map(({ path, bytes, what }) => `  ${path} (${what}, ${kib(bytes)})`)
  const named =
    found.length === 0
      ? [
          'Chartkeep finds nothing of its own on this disk that may be removed: make room among other files, or enlarge the disk.',
        ]
      : ['These may be removed; of backups keep the newest:', ...found]
  return [
    `The disk of ${files.folder} is full, and there is no reserve to remove, so the server does not start. Nothing is lost.`,
    `${kib(free)} are free; at least ${kib(Math.max(1, START_BYTES - free))} more are needed.`,
    ...named,
    `Never remove ${files.database}, the files beginning with its name, or ${files.key}.`,
  ].join('\n')
}
