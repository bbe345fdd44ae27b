/**
 * The audit tree's rows in the SQLite file (A2, A3), behind the port in audit-storage.ts. Every value is sealed,
 * hashed, signed or an identifier.
 */
import type { AuditReader, AuditWriter } from '../storage/audit-storage.ts'

/** A schema step (sqlite-schema.ts); never changes. */
export const AUDIT_TABLES = `
CREATE TABLE audit_heads (
  vault BLOB PRIMARY KEY, size INTEGER NOT NULL, access_n INTEGER NOT NULL, access_leaf BLOB NOT NULL
) STRICT, WITHOUT ROWID;
-- stream NULL: an entry of the access log, sealed to the owners' key; sealed NULL: an envelope's leaf, or one that is no longer kept.
CREATE TABLE audit_leaves (
  vault BLOB NOT NULL, position INTEGER NOT NULL, stream BLOB, n INTEGER NOT NULL, time INTEGER NOT NULL, sealed BLOB,
  PRIMARY KEY (vault, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_sealed ON audit_leaves (vault, time) WHERE sealed IS NOT NULL;
CREATE TABLE audit_nodes (
  vault BLOB NOT NULL, level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (vault, level, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE cosignatures (
  vault BLOB NOT NULL, device BLOB NOT NULL, account BLOB NOT NULL, size INTEGER NOT NULL, checkpoint TEXT NOT NULL,
  PRIMARY KEY (vault, device)
) STRICT, WITHOUT ROWID;
`

type Value = Uint8Array | number | string | null
type Row = Record<string, unknown>
/** Prepares each statement once, keyed by its text. */
export interface Statements {
  all(sql: string, ...values: Value[]): Row[]
  run(sql: string, ...values: Value[]): unknown
}

export function createAuditReader({ all }: Pick<Statements, 'all'>): AuditReader {
  const one = (sql: string, ...values: Value[]) => all(sql, ...values)[0]
  return {
    auditHead(vault) {
      const row = one('SELECT size, access_n, access_leaf FROM audit_heads WHERE vault = ?', vault)
      if (row === undefined) return null
      return {
        size: Number(row['size']),
        accessN: Number(row['access_n']),
        accessLeaf: row['access_leaf'] as Uint8Array,
      }
    },
    auditNode(vault, level, index) {
      const row = one(
        'SELECT hash FROM audit_nodes WHERE vault = ? AND level = ? AND position = ?',
        vault,
        level,
        index,
      )
      return row === undefined ? null : (row['hash'] as Uint8Array)
    },
    auditLeaves(vault, first, limit) {
      const sql =
        'SELECT position, stream, n, time, sealed FROM audit_leaves WHERE vault = ? AND position >= ? ORDER BY position LIMIT +?'
      return all(sql, vault, first, limit).map((row) => ({
        index: Number(row['position']),
        stream: (row['stream'] ?? null) as Uint8Array | null,
        n: Number(row['n']),
        time: Number(row['time']),
        sealed: (row['sealed'] ?? null) as Uint8Array | null,
      }))
    },
    oldestSealed: (vault, limit) =>
      all(
        'SELECT position, n, time FROM audit_leaves WHERE vault = ? AND sealed IS NOT NULL ORDER BY position LIMIT +?',
        vault,
        limit,
      ).map((row) => ({ index: Number(row['position']), n: Number(row['n']), time: Number(row['time']) })),
    auditFetched: (vault) =>
      all('SELECT device, first, next FROM audit_fetched WHERE vault = ?', vault).map((row) => ({
        device: row['device'] as Uint8Array,
        first: Number(row['first']),
        next: Number(row['next']),
      })),
    cosignatures(vault) {
      const sql = 'SELECT account, device, size, checkpoint FROM cosignatures WHERE vault = ? ORDER BY device'
      return all(sql, vault).map((row) => ({
        account: row['account'] as Uint8Array,
        device: row['device'] as Uint8Array,
        size: Number(row['size']),
        checkpoint: String(row['checkpoint']),
      }))
    },
  }
}

export function createAuditWriter({ run }: Pick<Statements, 'run'>): AuditWriter {
  return {
    addAuditLeaf(vault, { index, stream, n, time, sealed }, nodes) {
      run(
        'INSERT INTO audit_leaves (vault, position, stream, n, time, sealed) VALUES (?, ?, ?, ?, ?, ?)',
        vault,
        index,
        stream,
        n,
        time,
        sealed,
      )
      for (const node of nodes)
        run(
          'INSERT INTO audit_nodes (vault, level, position, hash) VALUES (?, ?, ?, ?)',
          vault,
          node.level,
          node.index,
          node.hash,
        )
    },
    setAuditHead(vault, { size, accessN, accessLeaf }) {
      run(
        'INSERT INTO audit_heads (vault, size, access_n, access_leaf) VALUES (?, ?, ?, ?) ' +
          'ON CONFLICT (vault) DO UPDATE SET size = excluded.size, access_n = excluded.access_n, access_leaf = excluded.access_leaf',
        vault,
        size,
        accessN,
        accessLeaf,
      )
    },
    dropSealed(vault, index) {
      run(
        'UPDATE audit_leaves SET sealed = NULL WHERE vault = ? AND sealed IS NOT NULL AND position <= ?',
        vault,
        index,
      )
    },
    setAuditFetched(vault, device, { first, next }) {
      run(
        'INSERT INTO audit_fetched (vault, device, first, next) VALUES (?, ?, ?, ?) ' +
          'ON CONFLICT (vault, device) DO UPDATE SET first = excluded.first, next = excluded.next',
        vault,
        device,
        first,
        next,
      )
    },
    setCosignature(vault, { account, device, size, checkpoint }) {
      run(
        'INSERT INTO cosignatures (vault, device, account, size, checkpoint) VALUES (?, ?, ?, ?, ?) ' +
          'ON CONFLICT (vault, device) DO UPDATE SET account = excluded.account, size = excluded.size, checkpoint = excluded.checkpoint',
        vault,
        device,
        account,
        size,
        checkpoint,
      )
    },
  }
}
