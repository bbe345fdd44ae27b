/**
 * A mirror (H5): a verified backup without the server's key, in a CouchDB database. Its pieces are documents named by
 * their content hash (mirror-pieces.ts) and written once. The last document names the lists of pieces and is signed by
 * this server. So a mirror is always the old one or the new one, never a mixture; whoever stores it can withhold it or
 * present an older one, and nothing else.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { bytesToHex, concatBytes, hexToBytes, sign, utf8ToBytes } from '@chartkeep/crypto/server'
import { verify } from '@chartkeep/crypto/verify'
import HttpAdapter from 'pouchdb-adapter-http'
import PouchDB, { type Written } from 'pouchdb-core'
import {
  BackupError,
  Counts,
  HEADS_FILE,
  makeBackup,
  noteFailure,
  refuseData,
  restoreBackup,
  writeManifest,
} from './backup.ts'
import { DATABASE_FILE, makeDataFolder, type DataFolder } from './data-folder.ts'
import { array, fits, integer, object, oneOf, string, type ValueOf } from '../http/json-schema.ts'
import {
  addRows,
  beginDatabase,
  headPieces,
  listPieces,
  type NamedPiece,
  type Piece,
  PieceError,
  piecesOf,
  readPiece,
} from './mirror-pieces.ts'
import { KEY_FILE, keyFingerprint, openSigningKey } from '../signing/signing-key.ts'
import { SCHEMA_VERSION } from '../sqlite/sqlite-schema.ts'
import { holdLock } from '../sqlite/sqlite-storage.ts'

PouchDB.plugin(HttpAdapter)

/** The document that names all others. */
const ROOT = 'chartkeep-mirror'
const LABEL = utf8ToBytes('chartkeep/mirror/v1')
const SCRATCH = 'mirror.partial'
const LOCK = 'mirror.lock'
/** The most pieces, and the most characters, in one request. */
const BATCH = { pieces: 500, length: 4 * 1024 * 1024 }
/** How many pieces are read at once; a piece has at most a megabyte and a half. */
const READ = 16
const REQUEST_MS = 120_000

const PieceIds = array(string({ pattern: '^[0-9a-f]{64}$' }))
const Mirror = object({
  format: oneOf(['chartkeep-mirror/1']),
  made: string(),
  version: string(),
  schema: integer({ minimum: 1 }),
  fingerprint: string(),
  counts: Counts,
  heads: PieceIds,
  lists: PieceIds,
})
export type Mirror = ValueOf<typeof Mirror>

const Root = object({ _rev: string(), mirror: string(), signature: string() })

export interface MirrorOutcome {
  mirror: Mirror
  pieces: number
  /** Pieces that the database did not have, and pieces that are no longer needed. */
  sent: number
  dropped: number
  /** Why the mirror's time could not be recorded; null if it was. */
  unnoted: string | null
}

/** Progress: how many pieces were checked or read. */
export type Progress = (pieces: number) => void

/**
 * Brings the mirror at `url` up to date while the server runs. A later run does not send again what an interrupted one
 * has sent. Throws {@link BackupError} and leaves the mirror unchanged.
 */
export async function makeMirror(
  files: DataFolder,
  url: string,
  progress: Progress = () => {},
): Promise<MirrorOutcome> {
  const couch = new Couch(url)
  if (!existsSync(files.folder)) throw new BackupError(`There are no data at ${files.folder}.`)
  // Two runs would delete each other's pieces.
  const lock = holdLock(
    join(files.folder, LOCK),
    existsSync(files.database)
      ? `Another run already brings the mirror of ${files.folder} up to date.`
      : `Data are being restored to ${files.folder} from a mirror. It is brought up to date once they are there.`,
  )
  const scratch = join(files.folder, SCRATCH)
  try {
    if (!existsSync(files.database)) throw new BackupError(`There are no data at ${files.database}.`)
    makeEmpty(scratch)
    const root = await couch.root()
    const { manifest: backup } = await makeBackup(files, join(scratch, 'backup'), false)
    const before = root && parsed(root.mirror)
    if (before && before.fingerprint !== backup.fingerprint)
      throw new BackupError(
        `${couch.place} is the mirror of another server (${before.fingerprint}). Name another database for this one (${backup.fingerprint}).`,
      )
    const folder = join(scratch, 'backup')
    const sender = new Sender(couch, progress)
    const db = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true })
    try {
      for (const piece of piecesOf(db)) await sender.add(piece)
    } finally {
      db.close()
    }
    const rows = [...sender.ids]
    const heads: string[] = []
    for (const piece of headPieces(readFileSync(join(folder, HEADS_FILE)))) {
      heads.push(piece.id)
      await sender.add(piece)
    }
    const lists = listPieces(rows)
    for (const list of lists) await sender.add(list)
    await sender.flush()
    const { made, version, fingerprint, counts } = backup
    const mirror: Mirror = {
      format: 'chartkeep-mirror/1',
      made,
      version,
      schema: SCHEMA_VERSION,
      fingerprint,
      counts,
      heads,
      lists: lists.map(({ id }) => id),
    }
    const json = JSON.stringify(mirror)
    const signature = await sign(openSigningKey(folder, false), concatBytes(LABEL, utf8ToBytes(json)))
    await couch.putRoot({ mirror: json, signature: bytesToHex(signature) }, root?._rev)
    const unnoted = noteFailure(files, new Date(made), null)
    const dropped = before ? await couch.drop(await idsOf(couch, before), new Set(sender.ids)) : 0
    return { mirror, pieces: sender.ids.length, sent: sender.sent, dropped, unnoted }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
    lock.close()
  }
}

/**
 * Restores the mirror at `url` in place of lost data, with the server's key from `keyFile`, and marks the data as a
 * restore does (S9). Throws {@link BackupError} if data exists, if the mirror is invalid, or if another run is active;
 * then it has changed nothing.
 */
export async function restoreMirror(
  url: string,
  keyFile: string,
  files: DataFolder,
  progress: Progress = () => {},
): Promise<Mirror> {
  refuseData(files)
  const couch = new Couch(url)
  if (!statSync(keyFile, { throwIfNoEntry: false })?.isFile()) throw new BackupError(`There is no key at ${keyFile}.`)
  makeDataFolder(files.folder)
  // Another run works in the same folder.
  const lock = holdLock(
    join(files.folder, LOCK),
    `Another run already restores data to ${files.folder}, or brings its mirror up to date.`,
  )
  const scratch = join(files.folder, SCRATCH)
  try {
    makeEmpty(scratch)
    copyFileSync(keyFile, join(scratch, KEY_FILE))
    chmodSync(join(scratch, KEY_FILE), 0o600)
    const key = openSigningKey(scratch, false)
    const root = await couch.root()
    if (root === null) throw new BackupError(`There is no mirror at ${couch.place}.`)
    const mirror = parsed(root.mirror)
    if (mirror === null) throw new BackupError(`${couch.place} has no mirror that this version can read.`)
    const { fingerprint, schema, version, made, counts } = mirror
    if (fingerprint !== keyFingerprint(key.publicKey))
      throw new BackupError(
        `${keyFile} is the key of another server (${keyFingerprint(key.publicKey)}): ${couch.place} is the mirror of ${fingerprint}.`,
      )
    const signature = hexToBytes(root.signature)
    const message = concatBytes(LABEL, utf8ToBytes(root.mirror))
    if (signature === null || !(await verify(key.publicKey, message, signature)))
      throw new BackupError(`The mirror at ${couch.place} is not what this server signed. Nothing was restored.`)
    if (schema > SCHEMA_VERSION)
      throw new BackupError(`The mirror was made by Chartkeep ${version}, which is newer than this one.`)
    await writeDatabase(couch, mirror, join(scratch, DATABASE_FILE), progress)
    const heads: Uint8Array[] = []
    for await (const [, part] of couch.pieces(mirror.heads, 'heads')) heads.push(Buffer.from(part, 'base64'))
    writeFileSync(join(scratch, HEADS_FILE), concatBytes(...heads), { mode: 0o600 })
    await writeManifest(scratch, { made, version, schema, fingerprint, counts })
    await restoreBackup(scratch, files)
    return mirror
  } catch (error) {
    if (!(error instanceof PieceError)) throw error
    throw new BackupError(
      `The mirror at ${couch.place} does not hold: ${error.message} Nothing was restored. Where it was brought up to date at this moment, try again.`,
      { cause: error },
    )
  } finally {
    rmSync(scratch, { recursive: true, force: true })
    lock.close()
  }
}

async function writeDatabase(couch: Couch, mirror: Mirror, path: string, progress: Progress): Promise<void> {
  // Tables are filled in order of their names, so rows may come before those that they reference.
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false })
  try {
    db.exec('PRAGMA journal_mode = DELETE; BEGIN')
    beginDatabase(db, mirror.schema)
    let read = 0
    for await (const [, ids] of couch.pieces(mirror.lists, 'list'))
      for await (const piece of couch.pieces(ids, 'rows')) {
        addRows(db, piece)
        progress(++read)
      }
    db.exec('COMMIT')
  } catch (error) {
    const isOfData = (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR'
    throw isOfData ? new PieceError('Its rows do not fit together.', { cause: error }) : error
  } finally {
    db.close()
  }
  chmodSync(path, 0o600)
}

async function idsOf(couch: Couch, { heads, lists }: Mirror): Promise<string[]> {
  const ids = [...heads, ...lists]
  try {
    for await (const [, list] of couch.pieces(lists, 'list')) ids.push(...list)
  } catch (error) {
    // We do not delete what somebody removed or exchanged in the mirror.
    if (!(error instanceof PieceError)) throw error
  }
  return ids
}

function parsed(json: string): Mirror | null {
  try {
    const value: unknown = JSON.parse(json)
    return fits(Mirror, value) ? value : null
  } catch {
    return null
  }
}

/** Removes what a killed run left behind. */
function makeEmpty(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { mode: 0o700 })
}

/** Sends pieces that the database does not have yet, in batches. */
class Sender {
  readonly ids: string[] = []
  sent = 0
  readonly #couch: Couch
  readonly #progress: Progress
  #batch: NamedPiece[] = []
  #length = 0

  constructor(couch: Couch, progress: Progress) {
    this.#couch = couch
    this.#progress = progress
  }

  async add(piece: NamedPiece): Promise<void> {
    this.ids.push(piece.id)
    this.#batch.push(piece)
    this.#length += piece.length
    if (this.#batch.length >= BATCH.pieces || this.#length >= BATCH.length) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#batch.length > 0) this.sent += await this.#couch.send(this.#batch)
    this.#progress(this.ids.length)
    this.#batch = []
    this.#length = 0
  }
}

/** The database client; its errors are worded for the operator. */
class Couch {
  /** The address without name and password. */
  readonly place: string
  readonly #db: PouchDB

  constructor(url: string) {
    const { protocol, host, pathname } = new URL(url)
    this.place = `${protocol}//${host}${pathname}`
    // PouchDB itself has no timeout.
    const fetch: typeof PouchDB.fetch = (address, options) =>
      PouchDB.fetch(address, { ...options, signal: AbortSignal.timeout(REQUEST_MS) })
    this.#db = new PouchDB(url, { fetch })
  }

  /** The document that names all others; null if there is none. */
  async root(): Promise<ValueOf<typeof Root> | null> {
    try {
      const root = await this.#db.get(ROOT)
      if (!fits(Root, root)) throw new BackupError(`${ROOT} at ${this.place} is no mirror. Name another database.`)
      return root
    } catch (error) {
      if ((error as { status?: unknown }).status === 404) return null
      throw this.#failure(error)
    }
  }

  async putRoot(root: { mirror: string; signature: string }, rev: string | undefined): Promise<void> {
    try {
      await this.#db.put({ _id: ROOT, ...(rev === undefined ? {} : { _rev: rev }), ...root })
    } catch (error) {
      if ((error as { status?: unknown }).status !== 409) throw this.#failure(error)
      throw new BackupError(`Somebody else brought the mirror at ${this.place} up to date meanwhile. Try again.`, {
        cause: error,
      })
    }
  }

  /** Returns how many of them were new. */
  async send(pieces: readonly NamedPiece[]): Promise<number> {
    const known = await this.#revisions(pieces.map(({ id }) => id))
    const lacking = new Map(pieces.flatMap(({ id, piece }) => (known.has(id) ? [] : [[id, piece] as const])))
    await this.#write([...lacking].map(([_id, piece]) => ({ _id, piece })))
    return lacking.size
  }

  /** Deletes those of `ids` that are not in `kept`. */
  async drop(ids: readonly string[], kept: ReadonlySet<string>): Promise<number> {
    const gone = [...new Set(ids)].filter((id) => !kept.has(id))
    for (let at = 0; at < gone.length; at += BATCH.pieces) {
      const known = await this.#revisions(gone.slice(at, at + BATCH.pieces))
      await this.#write([...known].map(([_id, _rev]) => ({ _id, _rev, _deleted: true })))
    }
    return gone.length
  }

  /** Pieces in order. Throws {@link PieceError} if one is missing or exchanged. */
  async *pieces<K extends Piece[0]>(
    ids: readonly string[],
    kind: K,
  ): AsyncGenerator<Extract<Piece, [K, ...unknown[]]>> {
    for (let at = 0; at < ids.length; at += READ) {
      const keys = ids.slice(at, at + READ)
      const { rows } = await this.#ask(() => this.#db.allDocs({ keys, include_docs: true }))
      for (const [index, id] of keys.entries()) {
        const doc = rows[index]?.doc as { piece?: unknown } | null | undefined
        if (!doc) throw new PieceError(`The piece ${id} is not there.`)
        yield readPiece(id, kind, doc.piece)
      }
    }
  }

  async #revisions(keys: readonly string[]): Promise<Map<string, string>> {
    const { rows } = await this.#ask(() => this.#db.allDocs({ keys }))
    return new Map(rows.flatMap(({ key, value }) => (value && !value.deleted ? [[key, value.rev] as const] : [])))
  }

  async #write(docs: { _id: string; _rev?: string; _deleted?: boolean; piece?: Piece }[]): Promise<void> {
    if (docs.length === 0) return
    const answers = await this.#ask(() => this.#db.bulkDocs(docs))
    // A name has only one possible content: another run wrote the same piece, or deleted it.
    const failed = answers.find(({ error }) => error !== undefined && error !== 'conflict')
    if (failed !== undefined || answers.length !== docs.length) throw this.#failure(failed ?? {})
  }

  async #ask<T>(request: () => Promise<T>): Promise<T> {
    try {
      return await request()
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #failure(error: unknown): Error {
    if (error instanceof BackupError) return error
    const { code, status, name, error: kind } = error as Written & { code?: unknown; name?: unknown }
    const words =
      status === 401 || status === 403
        ? 'lets us not in: check name and password in the setting "mirror"'
        : status === 413 || kind === 'too_large'
          ? 'takes no document of two megabytes: raise max_document_size there'
          : status === undefined && kind === undefined
            ? `cannot be reached (${String(code ?? name)})`
            : `answered ${String(status ?? '')} ${String(kind === true ? name : (kind ?? name))}`
    return new BackupError(`The database ${this.place} ${words}.`, { cause: error })
  }
}
