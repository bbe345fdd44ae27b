/**
 * The quarantine inbox in the server's storage (C11), and when grants ended: the part of the port, and its rows in the
 * SQLite file.
 */
import type { Envelope } from '@chartkeep/protocol/streams'
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { BatchProof } from '@chartkeep/protocol/streams'

/**
 * An envelope in the quarantine inbox. {@link LateWriter.addLate} assigns `place`, which counts up over all vaults and
 * is never below the arrival `time`. So a server that lost its disk or was restored from a copy never reuses a place
 * that devices have already read past (S9).
 */
export interface StoredLate {
  place: number
  time: number
  /** The grant whose space it takes. */
  grant: Uint8Array
  hash: Uint8Array
  envelope: Envelope
}

export interface LateReader {
  /** Envelopes of the vault after `place`, oldest first, read one at a time. */
  lateAfter(vault: Uint8Array, place: number): Iterable<StoredLate>
  /** The newest place of the vault; 0 if its inbox is empty. */
  lateLast(vault: Uint8Array): number
  hasLate(vault: Uint8Array, hash: Uint8Array): boolean
  /**
   * When the server stored the cut of a grant, in milliseconds since 1970 by its clock; null if it recorded none. C12:
   * also for a practice's device whose member left, with the practice's account in place of the vault.
   */
  grantEnd(vault: Uint8Array, grant: Uint8Array): number | null
}

export interface LateWriter {
  addLate(vault: Uint8Array, late: Omit<StoredLate, 'place'>): void
  /**
   * Removes an envelope from the inbox. Returns the grant whose space it took and how many bytes; null if it is not
   * there.
   */
  dropLate(vault: Uint8Array, hash: Uint8Array): { grant: Uint8Array; bytes: number } | null
  setGrantEnd(vault: Uint8Array, grant: Uint8Array, time: number): void
}

/** SQL for the next place in an INSERT into a table of places, with the time as its parameter. */
export function nextPlace(table: 'late_envelopes' | 'emergencies'): string {
  return `max(?, 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = '${table}'), 0))`
}

type Value = Uint8Array | number
/** Runs a statement that is prepared once, keyed by its text. */
export interface LateStatements {
  one(sql: string, ...values: Value[]): Record<string, unknown> | undefined
  run(sql: string, ...values: Value[]): unknown
}

/** A schema step (sqlite-schema.ts); never changes. */
export const LATE_TABLES = `
-- C11: what came after the end of a grant; a place is never given twice.
CREATE TABLE late_envelopes (
  place INTEGER PRIMARY KEY AUTOINCREMENT, vault BLOB NOT NULL, hash BLOB NOT NULL, grantid BLOB NOT NULL, time INTEGER NOT NULL,
  header BLOB NOT NULL, body BLOB NOT NULL, proof BLOB NOT NULL, UNIQUE (vault, hash)
) STRICT;
CREATE INDEX late_places ON late_envelopes (vault, place);
-- When the server stored a cut, by its own clock: a control log holds only what its signers claim.
CREATE TABLE grant_ends (
  vault BLOB NOT NULL, grantid BLOB NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (vault, grantid)
) STRICT, WITHOUT ROWID;
`

/** The size that an envelope takes of its grant's space. */
export function lateSize({ header, body }: Pick<Envelope, 'header' | 'body'>): number {
  return header.length + body.length
}

export function createLateReader({ one }: Pick<LateStatements, 'one'>): LateReader {
  const bytes = (value: unknown) => value as Uint8Array
  return {
    *lateAfter(vault, place) {
      const sql =
        'SELECT place, time, grantid, hash, header, body, proof FROM late_envelopes ' +
        'WHERE vault = ? AND place > ? ORDER BY place LIMIT 1'
      for (let row = one(sql, vault, place); row !== undefined; row = one(sql, vault, Number(row['place']))) {
        const proof = decodeAs(BatchProof, bytes(row['proof']))
        if (proof === null) throw new Error('a stored late envelope is damaged')
        const envelope = { header: bytes(row['header']), body: bytes(row['body']), proof }
        const { place: at, time, grantid, hash } = row
        yield { place: Number(at), time: Number(time), grant: bytes(grantid), hash: bytes(hash), envelope }
      }
    },
    lateLast: (vault) =>
      Number(one('SELECT max(place) AS place FROM late_envelopes WHERE vault = ?', vault)?.['place'] ?? 0),
    hasLate: (vault, hash) =>
      one('SELECT 1 AS found FROM late_envelopes WHERE vault = ? AND hash = ?', vault, hash) !== undefined,
    grantEnd(vault, grant) {
      const row = one('SELECT time FROM grant_ends WHERE vault = ? AND grantid = ?', vault, grant)
      return row === undefined ? null : Number(row['time'])
    },
  }
}

export function createLateWriter({ one, run }: LateStatements): LateWriter {
  return {
    addLate(vault, { time, grant, hash, envelope }) {
      const sql =
        'INSERT INTO late_envelopes (place, vault, hash, grantid, time, header, body, proof) ' +
        `VALUES (${nextPlace('late_envelopes')}, ?, ?, ?, ?, ?, ?, ?)`
      run(sql, time, vault, hash, grant, time, envelope.header, envelope.body, encodeMessage(envelope.proof))
    },
    dropLate(vault, hash) {
      const sql =
        'SELECT grantid, length(header) + length(body) AS bytes FROM late_envelopes WHERE vault = ? AND hash = ?'
      const row = one(sql, vault, hash)
      if (row === undefined) return null
      run('DELETE FROM late_envelopes WHERE vault = ? AND hash = ?', vault, hash)
      return { grant: row['grantid'] as Uint8Array, bytes: Number(row['bytes']) }
    },
    setGrantEnd(vault, grant, time) {
      run('INSERT OR IGNORE INTO grant_ends (vault, grantid, time) VALUES (?, ?, ?)', vault, grant, time)
    },
  }
}
