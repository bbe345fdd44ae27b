/** The data folder: its files, their sizes, the free disk space, and when the newest backup was made. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { systemClock } from '../time/server-clock.ts'
import { SettingError, variableOf } from './config.ts'
import { KEY_FILE, keyFingerprint, openSigningKey } from '../signing/signing-key.ts'

export const DATABASE_FILE = 'chartkeep.sqlite'
export const RESERVE_FILE = 'reserve'
const LAST_BACKUP_FILE = 'last-backup.json'
export const MANIFEST_FILE = 'manifest.json'
export const BACKUP_FORMAT = 'chartkeep-backup/1'

export interface DataFolder {
  folder: string
  database: string
  key: string
  /** H7: disk space that the server reserves for itself. */
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

/**
 * Makes a folder of this user alone, with the folders above it; one that is there stays as it is. Throws the error of the
 * system. Not mkdirSync with `recursive`: where a folder that exists answers ENOENT to mkdir, as /proc does, Node tries for ever.
 */
export function makeFolder(folder: string): void {
  const path = resolve(folder)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  if (statSync(dirname(path), { throwIfNoEntry: false }) === undefined) makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another process made it in between.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/** The folder of the server's data. Throws {@link SettingError}. */
export function makeDataFolder(folder: string): void {
  try {
    makeFolder(folder)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new SettingError(
      `The data folder ${folder} cannot be made (${code ?? 'unknown'}). Example: ${variableOf('data')}=/var/lib/chartkeep, owned by the user of the server.`,
      { cause },
    )
  }
}

/** Sizes in bytes by short name; 0 for a missing file. */
export function storageSizes({ database }: DataFolder): Record<string, number> {
  const size = (path: string) => {
    try {
      return statSync(path, { throwIfNoEntry: false })?.size ?? 0
    } catch {
      // A disk that fails for a moment. The next query, a second later, asks again.
      return 0
    }
  }
  return { database: size(database), wal: size(`${database}-wal`) }
}

/** Bytes free for this process; null where the system does not report it. */
export function diskFree(files: DataFolder): number | null {
  return diskSpace(files)?.free ?? null
}

/** Size of the disk and bytes free for this process; null where the system does not report it. */
export function diskSpace({ folder }: DataFolder): { size: number; free: number } | null {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder)
    return { size: blocks * bsize, free: bavail * bsize }
  } catch {
    return null
  }
}

/** Size of the data in bytes: the sum of {@link storageSizes}. */
export function dataBytes(files: DataFolder): number {
  return Object.values(storageSizes(files)).reduce((sum, size) => sum + size, 0)
}

/** H7: the data size at which growth stops: as configured, otherwise nine tenths of the disk. */
export function serverLimit(serverBytes: number | null, disk: { size: number } | null): number {
  return serverBytes ?? Math.floor((disk?.size ?? Infinity) * 0.9)
}

/** What {@link noteBackup} has recorded. */
interface Note {
  /** Time of the newest backup and of the newest mirror, in milliseconds since 1970; null for none. */
  made: number | null
  mirrored: number | null
  /** Folders in which backups were made, the newest first. */
  folders: string[]
}

const FOLDERS_KEPT = 8
/** How many backups of a folder are read; they are named by date or weekday, so any of them may be the newest. */
const BACKUPS_READ = 1000

function readNote({ folder }: DataFolder): Note {
  let note: { made?: unknown; mirrored?: unknown; folders?: unknown } = {}
  try {
    note = JSON.parse(readFileSync(join(folder, LAST_BACKUP_FILE), 'utf8')) as typeof note
  } catch {
    // Missing or unreadable.
  }
  const folders = Array.isArray(note.folders) ? note.folders.filter((each) => typeof each === 'string') : []
  return { made: timeOf(note.made), mirrored: timeOf(note.mirrored), folders }
}

function timeOf(text: unknown): number | null {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? null : time
}

/** A backup found in a folder, by its manifest. */
export interface FoundBackup {
  path: string
  made: number
}

/** The backups in `folder` of the server with this key. */
function backupsIn(folder: string, fingerprint: string | null): FoundBackup[] {
  let names: string[]
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
  } catch {
    return []
  }
  return names.slice(0, BACKUPS_READ).flatMap((name) => {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, name, MANIFEST_FILE), 'utf8')) as Record<string, unknown>
      const made = timeOf(manifest['made'])
      const isOurs = manifest['format'] === BACKUP_FORMAT && manifest['fingerprint'] === fingerprint
      return made !== null && isOurs ? [{ path: join(folder, name), made }] : []
    } catch {
      return []
    }
  })
}

function fingerprintOf({ folder }: DataFolder): string | null {
  try {
    return keyFingerprint(openSigningKey(folder, false).publicKey)
  } catch {
    return null
  }
}

/** Backups in the folders where this server has made some, the newest first. */
export function knownBackups(files: DataFolder): FoundBackup[] {
  const fingerprint = fingerprintOf(files)
  return readNote(files)
    .folders.flatMap((folder) => backupsIn(folder, fingerprint))
    .toSorted((a, b) => b.made - a.made)
}

/**
 * When the newest verified backup or mirror of this data was made, in milliseconds since 1970; null for none. Backups
 * found in the known folders count; if none is found (kept elsewhere, disk not mounted), the recorded time.
 */
export function lastBackup(files: DataFolder): number | null {
  const { made, mirrored } = readNote(files)
  const times = [knownBackups(files)[0]?.made ?? made, mirrored].filter((time) => time !== null)
  return times.length === 0 ? null : Math.max(...times)
}

/**
 * Records a backup in the folder `place`, or a mirror if it is null. Of two running backups the newer may finish
 * first. Throws if the disk refuses; the earlier record then remains.
 */
export function noteBackup(files: DataFolder, made: Date, place: string | null = null): void {
  const note = readNote(files)
  const newer = (known: number | null) =>
    // A record from the future was made while the clock was wrong, and would hide every later backup until then.
    known !== null && known > made.getTime() && known <= systemClock.now() ? known : made.getTime()
  const parent = place === null ? null : dirname(resolve(place))
  const folders = parent === null ? note.folders : [...new Set([parent, ...note.folders])].slice(0, FOLDERS_KEPT)
  const next: Note = {
    made: place === null ? note.made : newer(note.made),
    mirrored: place === null ? newer(note.mirrored) : note.mirrored,
    folders,
  }
  const iso = (time: number | null) => (time === null ? undefined : new Date(time).toISOString())
  const text = JSON.stringify({ made: iso(next.made), mirrored: iso(next.mirrored), folders })
  const path = join(files.folder, LAST_BACKUP_FILE)
  const fresh = `${path}.new`
  try {
    writeFileSync(fresh, `${text}\n`, { mode: 0o600 })
    renameSync(fresh, path)
  } catch (error) {
    rmSync(fresh, { force: true })
    throw error
  }
}

/** Files of ours on the data's disk that may be removed: backups, and remains of interrupted ones. */
export function removable(files: DataFolder): { path: string; bytes: number; what: 'backup' | 'unfinished backup' }[] {
  const device = (path: string) => statSync(path, { throwIfNoEntry: false })?.dev
  const here = device(files.folder)
  const folders = [...new Set([files.folder, dirname(files.folder), ...readNote(files).folders])]
  const fingerprint = fingerprintOf(files)
  const backups = folders.flatMap((folder) => backupsIn(folder, fingerprint).map(({ path }) => path))
  const unfinished = folders.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .filter((name) => /^\..+\.partial-\d+$/.test(name))
        .map((name) => join(folder, name))
    } catch {
      return []
    }
  })
  return [
    ...backups.map((path) => ({ path, bytes: bytesOf(path), what: 'backup' as const })),
    ...unfinished.map((path) => ({ path, bytes: bytesOf(path), what: 'unfinished backup' as const })),
  ].filter(({ path }) => device(path) === here)
}

/** The sum of the file sizes in a folder. */
function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
}
