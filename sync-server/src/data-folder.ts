/** The folder of the data: its files, their sizes, the space beside them, and when the newest backup was made. */
import { readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from './server-clock.ts'
import { KEY_FILE } from './signing-key.ts'

export const DATABASE_FILE = 'chartkeep.sqlite'
export const RESERVE_FILE = 'reserve'
const LAST_BACKUP_FILE = 'last-backup.json'

export interface DataFolder {
  folder: string
  database: string
  key: string
  /** H7: space that the server keeps for itself. */
  reserve: string
}

export function dataFolder(folder: string): DataFolder {
  return {
    folder,
    database: join(folder, DATABASE_FILE),
    key: join(folder, KEY_FILE),
    reserve: join(folder, RESERVE_FILE),
  }
}

/** Sizes in bytes by short name; 0 for a file that is not there. */
export function storageSizes({ database }: DataFolder): Record<string, number> {
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
  return { database: size(database), wal: size(`${database}-wal`) }
}

/** Bytes that are free for this process; null where the system does not say. */
export function diskFree(files: DataFolder): number | null {
  return diskSpace(files)?.free ?? null
}

/** Bytes of the disk, and those that are free for this process; null where the system does not say. */
export function diskSpace({ folder }: DataFolder): { size: number; free: number } | null {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder)
    return { size: blocks * bsize, free: bavail * bsize }
  } catch {
    return null
  }
}

/** Bytes of the data: of {@link storageSizes} together. */
export function dataBytes(files: DataFolder): number {
  return Object.values(storageSizes(files)).reduce((sum, size) => sum + size, 0)
}

/** H7: the size of the data at which nothing grows: as set, else nine tenths of the disk. */
export function serverLimit(serverBytes: number | null, disk: { size: number } | null): number {
  return serverBytes ?? Math.floor((disk?.size ?? Infinity) * 0.9)
}

/** Milliseconds since 1970 when the newest verified backup of this folder was made; null for none. */
export function lastBackup({ folder }: DataFolder): number | null {
  try {
    const { made } = JSON.parse(readFileSync(join(folder, LAST_BACKUP_FILE), 'utf8')) as { made?: unknown }
    const time = typeof made === 'string' ? Date.parse(made) : Number.NaN
    return Number.isNaN(time) ? null : time
  } catch {
    return null
  }
}

/** Of two backups under way the newer one may end first. */
export function noteBackup(files: DataFolder, made: Date): void {
  const newest = lastBackup(files)
  // One of a time to come was noted while the clock was wrong, and would stand in the way of all until then.
  if (newest !== null && newest > made.getTime() && newest <= systemClock.now()) return
  const path = join(files.folder, LAST_BACKUP_FILE)
  writeFileSync(path, `${JSON.stringify({ made: made.toISOString() })}\n`, { mode: 0o600 })
}
