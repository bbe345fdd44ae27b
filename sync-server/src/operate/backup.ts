/**
 * Backups (H5): a folder with the database as of one moment, the server's key, the signed heads of every log and
 * stream, and a manifest with hashes. Made while the server runs (VACUUM INTO reads one snapshot; neither it nor
 * writers wait for the other), verified from what was written, and moved to its place only when complete.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sign } from '@chartkeep/crypto/server'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { list as listShape } from '@chartkeep/protocol/shape'
import { headMessage, SignedHead } from '@chartkeep/protocol/streams'
import { withDatabase } from './cli-database.ts'
import { fits, integer, object, oneOf, string, type ValueOf } from '../http/json-schema.ts'
import {
  BACKUP_FORMAT,
  DATABASE_FILE,
  dataFolder,
  makeDataFolder,
  makeFolder,
  MANIFEST_FILE,
  noteBackup,
  type DataFolder,
} from './data-folder.ts'
import { isDiskFull } from '../guard/disk-room.ts'
import { FORGET_REFILLS } from '../storage/reseed-storage.ts'
import { systemClock } from '../time/server-clock.ts'
import { KEY_FILE, keyFingerprint, openSigningKey } from '../signing/signing-key.ts'
import { holdLock, openSqliteStorage, schemaVersionOf, serverLock } from '../sqlite/sqlite-storage.ts'
import { SCHEMA_VERSION } from '../sqlite/sqlite-schema.ts'
import { checkStore, type ChainHead, type StoreReport } from './store-check.ts'
import { VERSION } from '../http/version.ts'

export const HEADS_FILE = 'heads.cbor'
const FILES = [DATABASE_FILE, KEY_FILE, HEADS_FILE] as const
const MAX_HEADS = 50_000_000

const FileFacts = object({ bytes: integer({ minimum: 0 }), sha256: string({ pattern: '^[0-9a-f]{64}$' }) })
/** How much a backup holds. */
export const Counts = object(
  { accounts: integer(), vaults: integer(), streams: integer(), entries: integer(), chunks: integer() },
  // Absent in older backups.
  { optional: { blobs: integer() } },
)
const Manifest = object({
  format: oneOf([BACKUP_FORMAT]),
  made: string(),
  version: string(),
  schema: integer({ minimum: 1 }),
  fingerprint: string(),
  files: object({ [DATABASE_FILE]: FileFacts, [KEY_FILE]: FileFacts, [HEADS_FILE]: FileFacts }),
  counts: Counts,
})
export type Manifest = ValueOf<typeof Manifest>

/** A backup that cannot be made, read or restored; the message is for the operator. */
export class BackupError extends Error {
  override name = 'BackupError'
}

/** A complete backup. `warnings`: what failed after it was complete, in words for the operator. */
export interface MadeBackup {
  manifest: Manifest
  warnings: string[]
}

/**
 * Makes a verified backup in `target`, a folder that does not exist yet or is empty. Throws {@link BackupError}, which
 * names the failed step and leaves nothing behind. `isKept`: whether to record it as the newest backup.
 */
export async function makeBackup(files: DataFolder, target: string, isKept = true): Promise<MadeBackup> {
  const folder = resolve(target)
  if (!existsSync(files.database)) throw new BackupError(`There are no data at ${files.database}.`)
  if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0))
    throw new BackupError(`${folder} is there already. A backup overwrites nothing: name a new folder.`)
  const partial = join(dirname(folder), `.${basename(folder)}.partial-${process.pid}`)
  const made = new Date(systemClock.now())
  /**
   * Runs one step; if it fails, the backup is removed and the error names the step. `place`: the folder whose disk may
   * be full.
   */
  const step = async <T>(what: string, run: () => Promise<T> | T, place = dirname(folder)): Promise<T> => {
    try {
      return await run()
    } catch (error) {
      rmSync(partial, { recursive: true, force: true })
      const isOfSystem = ['code', 'errcode'].some((name) => name in (error as object))
      // A programming error is reported as it is.
      if (error instanceof BackupError || !isOfSystem) throw error
      throw new BackupError(`${what}: ${whyOf(error, place)}. No backup was made at ${folder}.`, { cause: error })
    }
  }
  await step('The folder for the backup could not be made', () => makeFolder(partial))
  await step('The data could not be read', () => refuseOtherSchema(files.database), files.folder)
  await step('The data could not be copied', () => copyDatabase(files.database, join(partial, DATABASE_FILE)))
  const signingKey = await step("The server's key could not be copied", () => {
    copyFileSync(files.key, join(partial, KEY_FILE), constants.COPYFILE_EXCL)
    chmodSync(join(partial, KEY_FILE), 0o600)
    return openSigningKey(partial, false)
  })
  const heads: ChainHead[] = []
  const report = await step('The copy could not be checked', () =>
    checkStore(join(partial, DATABASE_FILE), { onHead: (head) => heads.push(head) }),
  )
  await step('The copy does not hold', () => {
    if (report.faults.length > 0)
      throw new BackupError(['The data are damaged; no backup was made.', ...report.faults].join('\n'))
  })
  await step('The heads could not be written', async () => {
    const signed: SignedHead[] = []
    for (const head of heads) {
      const timed = { ...head, time: made.getTime() }
      signed.push({ ...timed, signature: await sign(signingKey, headMessage(timed)) })
    }
    writeFileSync(join(partial, HEADS_FILE), encodeMessage(signed), { mode: 0o600 })
  })
  const { accounts, vaults, streams, entries, blobs, chunks } = report
  const manifest = await step('The manifest could not be written', () =>
    writeManifest(partial, {
      made: made.toISOString(),
      version: VERSION,
      schema: SCHEMA_VERSION,
      fingerprint: keyFingerprint(signingKey.publicKey),
      counts: { accounts, vaults, streams, entries, blobs, chunks },
    }),
  )
  await step('The copy could not be flushed to the disk', () => {
    for (const name of [...FILES, MANIFEST_FILE]) flush(join(partial, name))
    flush(partial)
  })
  await step('The backup could not be put in its place', () => {
    rmSync(folder, { recursive: true, force: true })
    renameSync(partial, folder)
  })
  // From here on the backup is complete, whatever else fails.
  const warnings: string[] = []
  try {
    flush(dirname(folder))
  } catch (error) {
    const why = whyOf(error, dirname(folder))
    warnings.push(`The backup stands, but its folder could not be flushed (${why}): a power failure may still take it.`)
  }
  const unnoted = isKept ? noteFailure(files, made, folder) : null
  if (unnoted !== null) warnings.push(`The backup stands, but its date could not be noted: ${unnoted}.`)
  return { manifest, warnings }
}

/** Records a backup, or a mirror if `place` is null; returns why that failed, null if it did not. */
export function noteFailure(files: DataFolder, made: Date, place: string | null): string | null {
  try {
    noteBackup(files, made, place)
    return null
  } catch (error) {
    return whyOf(error, files.folder)
  }
}

/** A failure in a few words: the system's error code, or SQLite's message, which contains no content. */
function whyOf(error: unknown, place: string): string {
  if (isDiskFull(error)) return `the disk of ${place} is full`
  const { code, errcode, message } = (error ?? {}) as { code?: string; errcode?: number; message?: string }
  return (errcode === undefined ? code : message) ?? 'unknown'
}

/** Writes the manifest of the files in this folder. */
export async function writeManifest(folder: string, facts: Omit<Manifest, 'format' | 'files'>): Promise<Manifest> {
  const { counts, ...rest } = facts
  const manifest: Manifest = {
    format: BACKUP_FORMAT,
    ...rest,
    files: {
      [DATABASE_FILE]: await factsOf(join(folder, DATABASE_FILE)),
      [KEY_FILE]: await factsOf(join(folder, KEY_FILE)),
      [HEADS_FILE]: await factsOf(join(folder, HEADS_FILE)),
    },
    counts,
  }
  writeFileSync(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  return manifest
}

/**
 * Reads a whole backup: hashes, key, signed heads, every chain. Throws {@link BackupError} if it is not a valid
 * backup.
 */
export async function verifyBackup(target: string): Promise<{ manifest: Manifest; report: StoreReport }> {
  const folder = resolve(target)
  const manifest = readManifest(folder)
  for (const name of FILES) {
    const path = join(folder, name)
    const facts = existsSync(path) ? await factsOf(path) : null
    if (facts === null) throw new BackupError(`The backup ${folder} has no ${name}.`)
    if (facts.bytes !== manifest.files[name].bytes || facts.sha256 !== manifest.files[name].sha256)
      throw new BackupError(`${name} in ${folder} is not what was written: its hash differs from the manifest.`)
  }
  if (manifest.schema > SCHEMA_VERSION)
    throw new BackupError(`The backup was made by Chartkeep ${manifest.version}, which is newer than this one.`)
  const { publicKey } = openSigningKey(folder, false)
  if (keyFingerprint(publicKey) !== manifest.fingerprint)
    throw new BackupError(`The key in ${folder} is not the one that the manifest names.`)
  const heads = decodeAs(listShape(SignedHead, MAX_HEADS), readFileSync(join(folder, HEADS_FILE)))
  if (heads === null) throw new BackupError(`${HEADS_FILE} in ${folder} cannot be read.`)
  const report = await checkCopy(join(folder, DATABASE_FILE), { heads, serverKey: publicKey })
  if (report.faults.length > 0)
    throw new BackupError([`The backup ${folder} does not hold.`, ...report.faults].join('\n'))
  return { manifest, report }
}

/**
 * Restores a verified backup in place of lost data and marks it: the server assigns no new numbers until devices have
 * returned what it lost (S9). If data exists, throws {@link BackupError} and changes nothing.
 */
export async function restoreBackup(source: string, files: DataFolder): Promise<Manifest> {
  refuseData(files)
  const { manifest } = await verifyBackup(source)
  makeDataFolder(files.folder)
  // A server that was started while the backup was read has its own data by now and would continue writing to a file
  // that was replaced.
  const lock = holdLock(serverLock(files.database), `A server or another restore already uses ${files.database}.`)
  const coming = `${files.database}.restoring`
  try {
    refuseData(files)
    rmSync(coming, { force: true })
    copyFileSync(join(source, DATABASE_FILE), coming, constants.COPYFILE_EXCL)
    chmodSync(coming, 0o600)
    if ((await factsOf(coming)).sha256 !== manifest.files[DATABASE_FILE].sha256)
      throw new BackupError('The copy differs from the backup: this disk does not keep what is written to it.')
    const storage = openSqliteStorage(coming)
    const mark = { at: new Date(systemClock.now()).toISOString(), backup: manifest.made }
    await storage.write((tx) => tx.setMark('restored', JSON.stringify(mark)))
    await storage.close()
    // Invitations that were open then may have been used since.
    withDatabase(coming, (db) => db.exec(`DELETE FROM invites; ${FORGET_REFILLS}`))
    flush(coming)
    copyFileSync(join(source, KEY_FILE), files.key, constants.COPYFILE_EXCL)
    chmodSync(files.key, 0o600)
    flush(files.key)
    renameSync(coming, files.database)
    flush(files.folder)
    return manifest
  } finally {
    for (const end of ['', '-wal', '-shm', '.lock']) rmSync(`${coming}${end}`, { force: true })
    lock.close()
  }
}

/** Throws {@link BackupError} if data exists. */
export function refuseData(files: DataFolder): void {
  const inTheWay = [files.database, `${files.database}-wal`, files.key].find((path) => existsSync(path))
  if (inTheWay !== undefined)
    throw new BackupError(
      `${inTheWay} is there. A restore overwrites nothing: move the old data folder away, or name another one.`,
    )
}

function readManifest(folder: string): Manifest {
  let parsed: unknown
  try {
    parsed = JSON.parse(readFileSync(join(folder, MANIFEST_FILE), 'utf8'))
  } catch (cause) {
    throw new BackupError(`${folder} is no backup: ${MANIFEST_FILE} cannot be read.`, { cause })
  }
  if (!fits(Manifest, parsed)) throw new BackupError(`${folder} is no backup that this version can read.`)
  return parsed
}

function refuseOtherSchema(path: string): void {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const version = schemaVersionOf(db)
    if (version !== SCHEMA_VERSION)
      throw new BackupError(
        `The data have schema ${version}, this program writes ${SCHEMA_VERSION}. Start this version once first.`,
      )
  } finally {
    db.close()
  }
}

function copyDatabase(from: string, to: string): void {
  const db = new DatabaseSync(from, { readOnly: true })
  try {
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
  chmodSync(to, 0o600)
  // A WAL-mode file does not open from a read-only medium.
  const copy = new DatabaseSync(to)
  copy.exec('PRAGMA journal_mode = DELETE')
  copy.close()
}

/** Checks a file of the current schema in place, and one of an older schema as an upgraded copy. */
async function checkCopy(path: string, signed: { heads: SignedHead[]; serverKey: Uint8Array }): Promise<StoreReport> {
  const db = new DatabaseSync(path, { readOnly: true })
  const version = schemaVersionOf(db)
  db.close()
  if (version === SCHEMA_VERSION) return checkStore(path, { signed })
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-verify-'))
  try {
    const copy = dataFolder(folder).database
    copyFileSync(path, copy)
    await openSqliteStorage(copy).close()
    return await checkStore(copy, { signed })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Size and SHA-256 of a file, read in pieces, because it may be larger than memory. */
async function factsOf(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path)) {
    hash.update(piece as Uint8Array)
    bytes += (piece as Uint8Array).length
  }
  return { bytes, sha256: hash.digest('hex') }
}

function flush(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
