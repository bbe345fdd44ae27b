/** Signed departures in the server's storage (C10): the part of the port, and its rows in the SQLite file. */
import type { Departure } from '@chartkeep/protocol/ended'

export interface DepartureReader {
  /** The departure that a device posted for a grant; null if it posted none. */
  departure(vault: Uint8Array, grant: Uint8Array, device: Uint8Array): Departure | null
  /** The vault's departures, newest first. */
  departures(vault: Uint8Array, limit: number): Departure[]
}

export interface DepartureWriter {
  addDeparture(vault: Uint8Array, grant: Uint8Array, device: Uint8Array, departure: Departure): void
}

type Value = Uint8Array | number
/** Runs a statement that is prepared once, keyed by its text. */
export interface DepartureStatements {
  all(sql: string, ...values: Value[]): Record<string, unknown>[]
  run(sql: string, ...values: Value[]): unknown
}

/** A schema step (sqlite-schema.ts); never changes. */
export const DEPARTURE_TABLE = `
CREATE TABLE departures (
  id INTEGER PRIMARY KEY, vault BLOB NOT NULL, grantid BLOB NOT NULL, device BLOB NOT NULL,
  body BLOB NOT NULL, signature BLOB NOT NULL, UNIQUE (vault, grantid, device)
) STRICT;
`

const PLACE = 'SELECT body, signature FROM departures WHERE vault = ?'

export function createDepartureReader({ all }: Pick<DepartureStatements, 'all'>): DepartureReader {
  const toDeparture = (row: Record<string, unknown>) => ({
    body: row['body'] as Uint8Array,
    signature: row['signature'] as Uint8Array,
  })
  return {
    departure(vault, grant, device) {
      const [row] = all(`${PLACE} AND grantid = ? AND device = ?`, vault, grant, device)
      return row === undefined ? null : toDeparture(row)
    },
    departures: (vault, limit) => all(`${PLACE} ORDER BY id DESC LIMIT +?`, vault, limit).map(toDeparture),
  }
}

export function createDepartureWriter({ run }: Pick<DepartureStatements, 'run'>): DepartureWriter {
  return {
    addDeparture(vault, grant, device, { body, signature }) {
      const sql = 'INSERT INTO departures (vault, grantid, device, body, signature) VALUES (?, ?, ?, ?, ?)'
      run(sql, vault, grant, device, body, signature)
    },
  }
}
