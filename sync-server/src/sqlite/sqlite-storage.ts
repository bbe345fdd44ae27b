/**
 * The storage port on node:sqlite (H4): one file, WAL, synchronous FULL. One connection writes. While it is inside a
 * transaction, a second connection serves reads, so readers see only durable state. A lock file, held by an open
 * transaction, refuses a second process; the system releases it when the process dies.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { ControlEntry } from '@chartkeep/protocol/control'
import { createAdmissionReader, createAdmissionWriter } from '../storage/admission-storage.ts'
import { createBlobReader, createBlobWriter } from '../storage/blob-storage.ts'
import { createDepartureReader, createDepartureWriter } from '../storage/departure-storage.ts'
import { DurableFacts } from '../storage/state-cache.ts'
import { createEmergencyReader, createEmergencyWriter } from '../storage/emergency-storage.ts'
import { createEntryReader, createEntryWriter } from './sqlite-entries.ts'
import { createLateReader, createLateWriter } from '../storage/quarantine-storage.ts'
import { groupCommit, type OnCommit, type Transactions } from './group-commit.ts'
import { createAuditReader, createAuditWriter } from './sqlite-audit.ts'
import { createRefillReader, createRefillWriter } from '../storage/reseed-storage.ts'
import { SCHEMA_VERSION, stepsFrom } from './sqlite-schema.ts'
import type { Storage, StorageReader, StorageWriter } from '../storage/storage.ts'

/** Another process holds the file, or a newer version wrote it. The message is for the operator. */
export class StorageUnavailableError extends Error {
  override name = 'StorageUnavailableError'
}

type Row = Record<string, unknown>

/**
 * Opens or creates the file at `path` (with `path`-wal, -shm and .lock next to it). `restored`: the restore mark of a
 * new file. Throws {@link StorageUnavailableError}.
 */
export function openSqliteStorage(path: string, onCommit?: OnCommit, restored: string | null = null): Storage {
  const lock = holdLock(serverLock(path), `Another Chartkeep server already uses ${path}.`)
  let db: DatabaseSync | null = null
  try {
    const writing = (db = new DatabaseSync(path))
    writing.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000',
    )
    prepareSchema(writing, restored)
    const readOnly = new DatabaseSync(path, { readOnly: true })
    const facts = new DurableFacts()
    const writer = facts.watching(createWriter(writing))
    const [begin, commit] = ['BEGIN IMMEDIATE', 'COMMIT'].map((sql) => writing.prepare(sql)) as [
      StatementSync,
      StatementSync,
    ]
    const transactions: Transactions = {
      begin() {
        begin.run()
        return writer
      },
      commit() {
        commit.run()
        facts.committed()
      },
      rollback() {
        if (writing.isTransaction) writing.exec('ROLLBACK')
      },
      mark(isFirst) {
        if (isFirst)
          return {
            undo() {
              if (writing.isTransaction) writing.exec('ROLLBACK')
              begin.run()
            },
            keep: () => {},
          }
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
    const [own, beside] = [writing, readOnly].map(statementsOf) as [Statement, Statement]
    // Outside a transaction the writing connection shows durable state too, and has its own pages cached; the other
    // connection reads the file again after each commit.
    const durable = readBy((sql) => (writing.isTransaction ? beside : own)(sql))
    return { read: facts.remembering(durable), ...queue }
  } catch (error) {
    // Closing rolls back a failed upgrade.
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

/** Words a SQLite error at opening for the operator; returns other errors unchanged. */
function openingFailure(path: string, cause: unknown): unknown {
  const why = UNUSABLE.get((cause as { errcode?: number }).errcode)
  return why === undefined
    ? cause
    : new StorageUnavailableError(`The data at ${path} cannot be used: ${why}.`, { cause })
}

/** The lock file of the process that uses the file at `path`. */
export function serverLock(path: string): string {
  return `${path}.lock`
}

/**
 * Takes a lock file that one process can hold at a time, for as long as it lives. Throws {@link
 * StorageUnavailableError} with the message `taken` if another process holds it.
 */
export function holdLock(path: string, taken: string): DatabaseSync {
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
    throw new StorageUnavailableError(taken, { cause })
  }
}

/** `user_version` of a file; 0 for a new one. */
export function schemaVersionOf(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0)
}

function prepareSchema(db: DatabaseSync, restored: string | null): void {
  const version = schemaVersionOf(db)
  if (version > SCHEMA_VERSION) {
    throw new StorageUnavailableError('The data were written by a newer version of Chartkeep. Nothing was changed.')
  }
  const steps = stepsFrom(version)
  if (steps.length === 0) return
  // Closing the file rolls back a step that failed.
  db.exec('BEGIN IMMEDIATE')
  for (const step of steps) {
    if (typeof step === 'string') db.exec(step)
    else step(db)
  }
  if (version === 0 && restored !== null)
    db.prepare("INSERT INTO marks (name, value) VALUES ('restored', ?)").run(restored)
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`)
}

const bytes = (value: unknown) => value as Uint8Array

/**
 * Each statement is prepared once, keyed by its text. The operand of LIMIT is never a bare `?`, because SQLite would
 * prepare the statement again for each value.
 */
type Statement = (sql: string) => StatementSync

function statementsOf(db: DatabaseSync): Statement {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    let found = prepared.get(sql)
    if (found === undefined) prepared.set(sql, (found = db.prepare(sql)))
    return found
  }
}

/** Reads through one connection; inside its own transaction, it sees one snapshot of the file. */
export function createReader(db: DatabaseSync): StorageReader {
  return readBy(statementsOf(db))
}

function readBy(statement: Statement): StorageReader {
  const one = (sql: string, ...values: (Uint8Array | number | string)[]) =>
    statement(sql).get(...values) as Row | undefined
  const all = (sql: string, ...values: (Uint8Array | number | string | null)[]) =>
    statement(sql).all(...values) as Row[]
  const count = (sql: string, ...values: Uint8Array[]) => Number(one(sql, ...values)?.['count'] ?? 0)

  return {
    ...createEntryReader({ one, all }),
    ...createAdmissionReader({ one, all }),
    ...createDepartureReader({ all }),
    ...createEmergencyReader({ all, one }),
    ...createLateReader({ one }),
    ...createRefillReader({ all }),
    ...createBlobReader({ all }),
    ...createAuditReader({ all }),
    accountLength: (account) => count('SELECT max(n) AS count FROM account_entries WHERE account = ?', account),
    accountEntries(account, after, limit) {
      const sql = 'SELECT body, signature FROM account_entries WHERE account = ? AND n > ? ORDER BY n LIMIT +?'
      const rows = statement(sql).all(account, after, limit)
      return rows.map((row) => ({ body: bytes(row['body']), signature: bytes(row['signature']) }))
    },
    accountOfLookup(lookup) {
      const row = one('SELECT account FROM lookups WHERE lookup = ?', lookup)
      return row === undefined ? null : bytes(row['account'])
    },
    controlLength: (vault) => count('SELECT max(n) AS count FROM control_entries WHERE vault = ?', vault),
    controlEntries(vault, after, limit) {
      const sql = 'SELECT entry FROM control_entries WHERE vault = ? AND n > ? ORDER BY n LIMIT +?'
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
    deviceTail(vault, stream, device) {
      const sql =
        'SELECT seq, previous, voids FROM devices WHERE stream = (SELECT id FROM streams WHERE vault = ? AND stream = ?) AND device = ?'
      const row = one(sql, vault, stream, device)
      if (row === undefined) return null
      return { seq: Number(row['seq']), previous: bytes(row['previous']), voids: Number(row['voids']) }
    },
    bytesOf: (payer) => count('SELECT bytes AS count FROM usage WHERE payer = ?', payer),
    entriesOf: (payer) => count('SELECT entries AS count FROM usage WHERE payer = ?', payer),
    invite(hash) {
      const row = one('SELECT expires FROM invites WHERE hash = ?', hash)
      return row === undefined ? null : Number(row['expires'])
    },
    mark(name) {
      const row = statement('SELECT value FROM marks WHERE name = ?').get(name)
      return row === undefined ? null : String(row['value'])
    },
    serverDays: () =>
      all('SELECT day, time FROM server_days ORDER BY day').map((row) => ({
        day: Number(row['day']),
        time: Number(row['time']),
      })),
  }
}

function createWriter(db: DatabaseSync): Omit<StorageWriter, 'afterCommit' | 'transaction'> {
  const statement = statementsOf(db)
  const run = (sql: string, ...values: (Uint8Array | number | string | null)[]) => statement(sql).run(...values)
  const one = (sql: string, ...values: (Uint8Array | number | string)[]) =>
    statement(sql).get(...values) as Row | undefined
  const all = (sql: string, ...values: (Uint8Array | number | string)[]) => statement(sql).all(...values) as Row[]

  return {
    ...readBy(statement),
    ...createAdmissionWriter({ run }),
    ...createAuditWriter({ run }),
    ...createBlobWriter({ run }),
    ...createDepartureWriter({ run }),
    ...createEmergencyWriter({ run }),
    ...createEntryWriter({ run, one, all }),
    ...createLateWriter({ run, one }),
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
    dropAccount(account) {
      for (const table of ['account_entries', 'lookups', 'admissions'])
        run(`DELETE FROM ${table} WHERE account = ?`, account)
      run('DELETE FROM usage WHERE payer = ?', account)
    },
    addInvite: (hash, expires) => void run('INSERT INTO invites (hash, expires) VALUES (?, ?)', hash, expires),
    dropInvite: (hash) => void run('DELETE FROM invites WHERE hash = ?', hash),
    spendNonce(nonce, until, now) {
      run('DELETE FROM spent_nonces WHERE until < ?', now)
      return run('INSERT OR IGNORE INTO spent_nonces (nonce, until) VALUES (?, ?)', nonce, until).changes === 1
    },
    setMark(name, value) {
      if (value === null) run('DELETE FROM marks WHERE name = ?', name)
      else
        run(
          'INSERT INTO marks (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
          name,
          value,
        )
    },
    putBackTimes(to, by) {
      run('UPDATE audit_leaves SET time = time - ? WHERE sealed IS NOT NULL AND time > ?', by, to)
      run('UPDATE blobs SET touched = touched - ? WHERE touched > ?', by, to)
      run('UPDATE admissions SET since = since - ? WHERE since > ?', by, to)
      run('UPDATE expected SET since = since - ? WHERE since > ?', by, to)
      run('UPDATE grant_ends SET time = time - ? WHERE time > ?', by, to)
      run('UPDATE emergencies SET until = until - ? WHERE since > ?', by, to)
    },
    setServerDay({ day, time }) {
      run(
        'INSERT INTO server_days (day, time) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET time = excluded.time',
        day,
        time,
      )
    },
  }
}
