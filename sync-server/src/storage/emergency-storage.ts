/** Requests for emergency access in the server's storage (C13): the port's part, and its rows in the server's file. */
import type { EmergencyRequest } from '@chartkeep/protocol'
import { nextPlace } from './quarantine-storage.ts'

/** One opening. `place` is given by {@link EmergencyWriter.addEmergency} as one of the late box is, never below `from`; times by the server's clock. */
export interface StoredEmergency {
  place: number
  hash: Uint8Array
  grant: Uint8Array
  account: Uint8Array
  device: Uint8Array
  from: number
  /** Until when the server shows something by it: the receipt's end, or when its device was done with it before. */
  until: number
  request: EmergencyRequest
  /** Of the receipt. */
  signature: Uint8Array
}

export interface Opening {
  vault: Uint8Array
  grant: Uint8Array
  /** Milliseconds since 1970. */
  until: number
}

/** What a request takes of a quota, with its receipt's signature. */
export function emergencySize({ body, signature }: EmergencyRequest): number {
  return body.length + 2 * signature.length
}

export interface EmergencyReader {
  emergency(vault: Uint8Array, hash: Uint8Array): StoredEmergency | null
  /** Requests of the vault after a place, oldest first. */
  emergenciesAfter(vault: Uint8Array, place: number, limit: number): StoredEmergency[]
  /** The newest place of the vault, 0 for none. */
  emergencyLast(vault: Uint8Array): number
  /** How often a device opened a grant after a time. */
  emergencyCount(vault: Uint8Array, grant: Uint8Array, device: Uint8Array, after: number): number
  /** What a device has opened and may read after `now`. */
  openingsOf(account: Uint8Array, device: Uint8Array, now: number): Opening[]
  /** Whether the device ever opened the grant. */
  hasOpened(vault: Uint8Array, grant: Uint8Array, device: Uint8Array): boolean
}

export interface EmergencyWriter {
  addEmergency(vault: Uint8Array, emergency: Omit<StoredEmergency, 'place'>): void
  /** What a device opened by a grant up to `from` ends at `until`, where it has not ended before. */
  endEmergencies(vault: Uint8Array, grant: Uint8Array, device: Uint8Array, from: number, until: number): void
}

type Value = Uint8Array | number
/** Runs a statement that is prepared once, by its text. */
export interface EmergencyStatements {
  one(sql: string, ...values: Value[]): Record<string, unknown> | undefined
  all(sql: string, ...values: Value[]): Record<string, unknown>[]
  run(sql: string, ...values: Value[]): unknown
}

/** One step of sqlite-schema.ts, never changed. */
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
