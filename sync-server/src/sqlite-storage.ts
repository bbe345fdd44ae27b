/**
 * The storage port on node:sqlite (H4): one file, WAL, synchronous FULL. One connection writes; a second one reads and so sees
 * durable state only. A lock file, held by an open transaction, refuses a second process; the system frees it when the process dies.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { ControlEntry, decodeAs, encodeMessage, Outcome, valueAs } from '@chartkeep/protocol'
import { createBlobReader, createBlobWriter } from './blob-storage.ts'
import { createDepartureReader, createDepartureWriter } from './departure-storage.ts'
import { createLateReader, createLateWriter } from './late-storage.ts'
import { groupCommit, type OnCommit, type Transactions } from './group-commit.ts'
import { createAuditReader, createAuditWriter } from './sqlite-audit.ts'
import { createRefillReader, createRefillWriter } from './refill-storage.ts'
import { SCHEMA_VERSION, stepsFrom } from './sqlite-schema.ts'
import type { Standing, Storage, StorageReader, StorageWriter, StoredEnvelope } from './storage.ts'

/** The file is held by another process, or was written by a newer version. The message is for the operator. */
export class StorageUnavailableError extends Error {
  override name = 'StorageUnavailableError'
}

type Row = Record<string, unknown>

/** Opens or creates the file at `path` (and `path`-wal, -shm, .lock beside it). Throws {@link StorageUnavailableError}. */
export function openSqliteStorage(path: string, onCommit?: OnCommit): Storage {
  const lock = holdLock(`${path}.lock`)
  let db: DatabaseSync | null = null
  try {
    const writing = (db = new DatabaseSync(path))
    writing.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000',
    )
    prepareSchema(writing)
    const readOnly = new DatabaseSync(path, { readOnly: true })
    const writer = createWriter(writing)
    const transactions: Transactions = {
      begin() {
        writing.exec('BEGIN IMMEDIATE')
        return writer
      },
      commit: () => writing.exec('COMMIT'),
      rollback() {
        if (writing.isTransaction) writing.exec('ROLLBACK')
      },
      mark() {
        writing.exec('SAVEPOINT job')
        return {
          undo: () => writing.exec('ROLLBACK TO job; RELEASE job'),
          keep: () => writing.exec('RELEASE job'),
        }
      },
      close() {
        readOnly.close()
        writing.close()
        lock.close()
      },
    }
    const queue = groupCommit(transactions, onCommit)
    return { read: createReader(readOnly), ...queue }
  } catch (error) {
    // An upgrade that failed is rolled back by the close.
    db?.close()
    lock.close()
    throw openingFailure(path, error)
  }
}

/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5
const UNUSABLE: ReadonlyMap<unknown, string> = new Map([
  [8, 'it may not be written to'],
  [10, 'the disk fails'],
  [11, 'it is damaged: restore a backup elsewhere'],
  [13, 'the disk is full'],
  [14, 'it cannot be opened: who owns the folder?'],
  [26, 'it is no database'],
])

/** A failure of SQLite at the opening in words for the operator; others are handed on. */
function openingFailure(path: string, cause: unknown): unknown {
  const why = UNUSABLE.get((cause as { errcode?: number }).errcode)
  return why === undefined
    ? cause
    : new StorageUnavailableError(`The data at ${path} cannot be used: ${why}.`, { cause })
}

function holdLock(path: string): DatabaseSync {
  let lock: DatabaseSync
  try {
    lock = new DatabaseSync(path)
  } catch (cause) {
    throw openingFailure(path, cause)
  }
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock.close()
    if ((cause as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw openingFailure(path, cause)
    throw new StorageUnavailableError(`Another Chartkeep server already uses ${path.slice(0, -'.lock'.length)}.`, {
      cause,
    })
  }
}

/** `user_version` of a file; 0 for a new one. */
export function schemaVersionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
}

function prepareSchema(db: DatabaseSync): void {
  const version = schemaVersionOf(db)
  if (version > SCHEMA_VERSION) {
    throw new StorageUnavailableError('The data were written by a newer version of Chartkeep. Nothing was changed.')
  }
  db.exec(stepsFrom(version))
}

const bytes = (value: unknown) => value as Uint8Array

function rowToEnvelope(row: Row): StoredEnvelope {
  return {
    n: Number(row['n']),
    outcome: valueAs(Outcome, row['outcome'] as string)!,
    hash: bytes(row['hash']),
    h: bytes(row['h']),
    doc: bytes(row['doc']),
    account: bytes(row['account']),
    header: bytes(row['header']),
    bodyHash: bytes(row['body_hash']),
    body: (row['body'] ?? null) as Uint8Array | null,
    proof: (row['proof'] ?? null) as Uint8Array | null,
    open: row['open'] === 1,
  }
}

const STREAM_ID = '(SELECT id FROM streams WHERE vault = ? AND stream = ?)'
const PLACE = 'n, outcome, hash, h, doc, account, open, header, body_hash'

/** Reads through one connection; within a transaction of its own, one moment of the file. */
export function createReader(db: DatabaseSync): StorageReader {
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string) => {
    let found = prepared.get(sql)
    if (found === undefined) prepared.set(sql, (found = db.prepare(sql)))
    return found
  }
  const one = (sql: string, ...values: (Uint8Array | number)[]) => statement(sql).get(...values) as Row | undefined
  const streamId = (vault: Uint8Array, stream: Uint8Array) =>
    Number(one('SELECT id FROM streams WHERE vault = ? AND stream = ?', vault, stream)?.['id'] ?? 0)
  const count = (sql: string, ...values: Uint8Array[]) => Number(one(sql, ...values)?.['count'] ?? 0)

  return {
    ...createDepartureReader({ all: (sql, ...values) => statement(sql).all(...values) as Row[] }),
    ...createLateReader({ one }),
    ...createRefillReader({ all: (sql, ...values) => statement(sql).all(...values) as Row[] }),
    ...createBlobReader({ all: (sql, ...values) => statement(sql).all(...values) as Row[] }),
    ...createAuditReader({ all: (sql, ...values) => statement(sql).all(...values) as Row[] }),
    accountLength: (account) => count('SELECT max(n) AS count FROM account_entries WHERE account = ?', account),
    accountEntries(account, after, limit) {
      const sql = 'SELECT body, signature FROM account_entries WHERE account = ? AND n > ? ORDER BY n LIMIT ?'
      const rows = statement(sql).all(account, after, limit)
      return rows.map((row) => ({ body: bytes(row['body']), signature: bytes(row['signature']) }))
    },
    accountOfLookup(lookup) {
      const row = one('SELECT account FROM lookups WHERE lookup = ?', lookup)
      return row === undefined ? null : bytes(row['account'])
    },
    controlLength: (vault) => count('SELECT max(n) AS count FROM control_entries WHERE vault = ?', vault),
    controlEntries(vault, after, limit) {
      const sql = 'SELECT entry FROM control_entries WHERE vault = ? AND n > ? ORDER BY n LIMIT ?'
      return statement(sql)
        .all(vault, after, limit)
        .map((row) => {
          const entry = decodeAs(ControlEntry, bytes(row['entry']))
          if (entry === null) throw new Error('a stored control-log entry is damaged')
          return entry
        })
    },
    vaultsOf(account) {
      const rows = statement('SELECT vault FROM members WHERE account = ? ORDER BY id').all(account)
      return rows.map((row) => bytes(row['vault']))
    },
    streamHead(vault, stream) {
      const row = one('SELECT n, h FROM streams WHERE vault = ? AND stream = ?', vault, stream)
      return row === undefined ? null : { n: Number(row['n']), h: bytes(row['h']) }
    },
    envelopeAt(vault, stream, n) {
      const row = one(
        `SELECT ${PLACE}, proof, body FROM envelopes WHERE stream = ? AND n = ?`,
        streamId(vault, stream),
        n,
      )
      return row === undefined ? null : rowToEnvelope(row)
    },
    envelopeByHash(vault, stream, hash) {
      const row = one(`SELECT ${PLACE} FROM envelopes WHERE stream = ? AND hash = ?`, streamId(vault, stream), hash)
      return row === undefined ? null : rowToEnvelope(row)
    },
    envelopesOfDoc(vault, stream, doc) {
      const sql = `SELECT ${PLACE} FROM envelopes WHERE stream = ${STREAM_ID} AND doc = ? ORDER BY n`
      return statement(sql).all(vault, stream, doc).map(rowToEnvelope)
    },
    currentOf(vault, stream, doc) {
      const sql = `SELECT hash FROM envelopes WHERE stream = ? AND doc = ? AND open = 1 AND outcome = 'current'`
      const row = one(sql, streamId(vault, stream), doc)
      return row === undefined ? null : bytes(row['hash'])
    },
    *envelopesAfter(vault, stream, after) {
      const sql =
        `SELECT ${PLACE}, CASE open WHEN 1 THEN proof END AS proof, CASE open WHEN 1 THEN body END AS body ` +
        'FROM envelopes WHERE stream = ? AND n > ? ORDER BY n'
      // A statement of its own: others may read while this one stands between two rows.
      for (const row of db.prepare(sql).iterate(streamId(vault, stream), after)) yield rowToEnvelope(row as Row)
    },
    deviceTail(vault, stream, device) {
      const sql = 'SELECT seq, previous, voids FROM devices WHERE stream = ? AND device = ?'
      const row = one(sql, streamId(vault, stream), device)
      if (row === undefined) return null
      return { seq: Number(row['seq']), previous: bytes(row['previous']), voids: Number(row['voids']) }
    },
    bytesOf: (payer) => count('SELECT bytes AS count FROM usage WHERE payer = ?', payer),
    entriesOf: (payer) => count('SELECT entries AS count FROM usage WHERE payer = ?', payer),
    admission(account) {
      const row = one('SELECT standing, since FROM admissions WHERE account = ?', account)
      return row === undefined ? null : { standing: row['standing'] as Standing, since: Number(row['since']) }
    },
    waitingAccounts() {
      const waiting = count("SELECT count(*) AS count FROM admissions WHERE standing = 'waiting'")
      const row = one("SELECT account, since FROM admissions WHERE standing = 'waiting' ORDER BY since LIMIT 1")
      const oldest = row === undefined ? null : { account: bytes(row['account']), since: Number(row['since']) }
      return { count: waiting, oldest }
    },
    invite(hash) {
      const row = one('SELECT expires FROM invites WHERE hash = ?', hash)
      return row === undefined ? null : Number(row['expires'])
    },
    mark(name) {
      const row = statement('SELECT value FROM marks WHERE name = ?').get(name)
      return row === undefined ? null : String(row['value'])
    },
  }
}

function createWriter(db: DatabaseSync): Omit<StorageWriter, 'afterCommit' | 'transaction'> {
  const prepared = new Map<string, StatementSync>()
  const run = (sql: string, ...values: (Uint8Array | number | string | null)[]) => {
    let statement = prepared.get(sql)
    if (statement === undefined) prepared.set(sql, (statement = db.prepare(sql)))
    return statement.run(...values)
  }
  const one = (sql: string, ...values: (Uint8Array | number)[]) => db.prepare(sql).get(...values) as Row | undefined
  const streamIdOf = db.prepare('SELECT id FROM streams WHERE vault = ? AND stream = ?')
  const insertEnvelope = db.prepare(
    'INSERT INTO envelopes (stream, n, outcome, hash, h, doc, account, open, header, body_hash, proof, body) ' +
      'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )

  const addEnvelopes: StorageWriter['addEnvelopes'] = (vault, stream, next, device) => {
    const { n: last, h: head } = next.at(-1)!.envelope
    run(
      'INSERT INTO streams (vault, stream, n, h) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT (vault, stream) DO UPDATE SET n = excluded.n, h = excluded.h',
      vault,
      stream,
      last,
      head,
    )
    const id = Number(streamIdOf.get(vault, stream)!['id'])
    for (const { envelope, closes } of next) {
      const { n, outcome, hash, h, doc, account, header, bodyHash, body, proof, open } = envelope
      for (const closed of closes) run('UPDATE envelopes SET open = 0 WHERE stream = ? AND hash = ?', id, closed)
      insertEnvelope.run(id, n, outcome, hash, h, doc, account, open ? 1 : 0, header, bodyHash, proof, body)
    }
    const { seq, previous, voids } = device.tail
    run(
      'INSERT INTO devices (stream, device, seq, previous, voids) VALUES (?, ?, ?, ?, ?) ' +
        'ON CONFLICT (stream, device) DO UPDATE SET seq = excluded.seq, previous = excluded.previous, voids = excluded.voids',
      id,
      device.id,
      seq,
      previous,
      voids,
    )
  }

  return {
    ...createReader(db),
    ...createAuditWriter({ run }),
    ...createBlobWriter({ run }),
    ...createDepartureWriter({ run }),
    ...createLateWriter({ run, one: (sql, ...values) => one(sql, ...values) }),
    ...createRefillWriter({ run }),
    addAccountEntry(account, n, { body, signature }) {
      run('INSERT INTO account_entries (account, n, body, signature) VALUES (?, ?, ?, ?)', account, n, body, signature)
    },
    addLookup: (lookup, account) => void run('INSERT INTO lookups (lookup, account) VALUES (?, ?)', lookup, account),
    addControlEntry(vault, n, entry) {
      run('INSERT INTO control_entries (vault, n, entry) VALUES (?, ?, ?)', vault, n, encodeMessage(entry))
    },
    addMember: (account, vault) =>
      void run('INSERT OR IGNORE INTO members (account, vault) VALUES (?, ?)', account, vault),
    addEnvelope: (vault, stream, envelope, device, closes) =>
      addEnvelopes(vault, stream, [{ envelope, closes }], device),
    addEnvelopes,
    addBytes(payer, count) {
      run(
        'INSERT INTO usage (payer, bytes) VALUES (?, ?) ON CONFLICT (payer) DO UPDATE SET bytes = bytes + excluded.bytes',
        payer,
        count,
      )
    },
    addEntries(payer, count) {
      run(
        'INSERT INTO usage (payer, bytes, entries) VALUES (?, 0, ?) ' +
          'ON CONFLICT (payer) DO UPDATE SET entries = entries + excluded.entries',
        payer,
        count,
      )
    },
    setAdmission(account, { standing, since }) {
      run(
        'INSERT INTO admissions (account, standing, since) VALUES (?, ?, ?) ' +
          'ON CONFLICT (account) DO UPDATE SET standing = excluded.standing, since = excluded.since',
        account,
        standing,
        since,
      )
    },
    dropAccount(account) {
      for (const table of ['account_entries', 'lookups', 'admissions'])
        run(`DELETE FROM ${table} WHERE account = ?`, account)
      run('DELETE FROM usage WHERE payer = ?', account)
    },
    addInvite: (hash, expires) => void run('INSERT INTO invites (hash, expires) VALUES (?, ?)', hash, expires),
    dropInvite: (hash) => void run('DELETE FROM invites WHERE hash = ?', hash),
    setMark(name, value) {
      if (value === null) run('DELETE FROM marks WHERE name = ?', name)
      else
        run(
          'INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
          name,
          value,
        )
    },
  }
}
