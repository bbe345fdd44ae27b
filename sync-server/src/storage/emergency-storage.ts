/**
 * Requests for emergency access in the server's storage (C13): the part of the port, and its rows in the SQLite file.
 */
import type { EmergencyRequest } from '@chartkeep/protocol/emergency'
import { nextPlace } from './quarantine-storage.ts'

/**
 * One opening. {@link EmergencyWriter.addEmergency} assigns `place` as the quarantine inbox assigns its places, never
 * below `from`. Times are by the server's clock.
 */
export interface StoredEmergency {
  place: number
  hash: Uint8Array
  grant: Uint8Array
  account: Uint8Array
  device: Uint8Array
  from: number
  /** Until when the opening gives access: the end in the receipt, or earlier if the device ended it. */
  until: number
  request: EmergencyRequest
  /** The server's signature of the receipt. */
  signature: Uint8Array
}

export interface Opening {
  vault: Uint8Array
  grant: Uint8Array
  /** Milliseconds since 1970. */
  until: number
}

/** The size that a request takes of a quota, including the receipt's signature. */
export function emergencySize({ body, signature }: EmergencyRequest): number {
  return body.length + 2 * signature.length
}

export interface EmergencyReader {
  emergency(vault: Uint8Array, hash: Uint8Array): StoredEmergency | null
  /** Requests of the vault after `place`, oldest first. */
  emergenciesAfter(vault: Uint8Array, place: number, limit: number): StoredEmergency[]
  /** The newest place of the vault; 0 if there is none. */
  emergencyLast(vault: Uint8Array): number
  /** How often a device opened a grant after a given time. */
  emergencyCount(vault: Uint8Array, grant: Uint8Array, device: Uint8Array, after: number): number
  /** The openings of a device that give access after `now`. */
  openingsOf(account: Uint8Array, device: Uint8Array, now: number): Opening[]
  /** Whether the device has ever opened the grant. */
  hasOpened(vault: Uint8Array, grant: Uint8Array, device: Uint8Array): boolean
}

export interface EmergencyWriter {
  addEmergency(vault: Uint8Array, emergency: Omit<StoredEmergency, 'place'>): void
  /** Ends at `until` every opening that a device made by a grant up to `from`, unless it ends earlier. */
  endEmergencies(vault: Uint8Array, grant: Uint8Array, device: Uint8Array, from: number, until: number): void
}

type Value = Uint8Array | number
/** Runs a statement that is prepared once, keyed by its text. */
export interface EmergencyStatements {
  one(sql: string, ...values: Value[]): Record<string, unknown> | undefined
  all(sql: string, ...values: Value[]): Record<string, unknown>[]
  run(sql: string, ...values: Value[]): unknown
}

/** A schema step (sqlite-schema.ts); never changes. */
export const EMERGENCY_TABLE = `
-- C13: requests for emergency access, with the time that each gave; a place is never given twice.
CREATE TABLE emergencies (
  place INTEGER PRIMARY KEY AUTOINCREMENT, vault BLOB NOT NULL, hash BLOB NOT NULL, grantid BLOB NOT NULL,
  account BLOB NOT NULL, device BLOB NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
  body BLOB NOT NULL, signature BLOB NOT NULL, receipt BLOB NOT NULL, UNIQUE (vault, hash)
) STRICT;
CREATE INDEX emergency_places ON emergencies (vault, place);
CREATE INDEX emergency_openings ON emergencies (device, until);
`

const COLUMNS = 'place, hash, grantid, account, device, since, until, body, signature, receipt'

export function createEmergencyReader({ one, all }: Omit<EmergencyStatements, 'run'>): EmergencyReader {
  const bytes = (value: unknown) => value as Uint8Array
  const toEmergency = (row: Record<string, unknown>): StoredEmergency => ({
    place: Number(row['place']),
    hash: bytes(row['hash']),
    grant: bytes(row['grantid']),
    account: bytes(row['account']),
    device: bytes(row['device']),
    from: Number(row['since']),
    until: Number(row['until']),
    request: { body: bytes(row['body']), signature: bytes(row['signature']) },
    signature: bytes(row['receipt']),
  })
  return {
    emergency(vault, hash) {
      const row = one(`SELECT ${COLUMNS} FROM emergencies WHERE vault = ? AND hash = ?`, vault, hash)
      return row === undefined ? null : toEmergency(row)
    },
    emergenciesAfter(vault, place, limit) {
      const sql = `SELECT ${COLUMNS} FROM emergencies WHERE vault = ? AND place > ? ORDER BY place LIMIT +?`
      return all(sql, vault, place, limit).map(toEmergency)
    },
    emergencyLast: (vault) =>
      Number(one('SELECT max(place) AS place FROM emergencies WHERE vault = ?', vault)?.['place'] ?? 0),
    emergencyCount(vault, grant, device, after) {
      const sql = 'SELECT count(*) AS n FROM emergencies WHERE device = ? AND vault = ? AND grantid = ? AND since > ?'
      return Number(one(sql, device, vault, grant, after)!['n'])
    },
    openingsOf(account, device, now) {
      const sql = 'SELECT vault, grantid, until FROM emergencies WHERE device = ? AND until > ? AND account = ?'
      return all(sql, device, now, account).map(({ vault, grantid, until }) => ({
        vault: bytes(vault),
        grant: bytes(grantid),
        until: Number(until),
      }))
    },
    hasOpened(vault, grant, device) {
      const sql = 'SELECT 1 AS found FROM emergencies WHERE vault = ? AND grantid = ? AND device = ? LIMIT 1'
      return one(sql, vault, grant, device) !== undefined
    },
  }
}

export function createEmergencyWriter({ run }: Pick<EmergencyStatements, 'run'>): EmergencyWriter {
  return {
    addEmergency(vault, { hash, grant, account, device, from, until, request, signature }) {
      const sql =
        'INSERT INTO emergencies (place, vault, hash, grantid, account, device, since, until, body, signature, receipt) ' +
        `VALUES (${nextPlace('emergencies')}, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
      run(sql, from, vault, hash, grant, account, device, from, until, request.body, request.signature, signature)
    },
    endEmergencies(vault, grant, device, from, until) {
      const sql =
        'UPDATE emergencies SET until = ? WHERE device = ? AND until > ? AND vault = ? AND grantid = ? AND since <= ?'
      run(sql, until, device, until, vault, grant, from)
    },
  }
}
