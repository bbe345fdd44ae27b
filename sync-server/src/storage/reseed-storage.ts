/**
 * Beacons, and the progress of a reseed, in the server's storage (F2, S9): the part of the port, and its rows in the
 * SQLite file. On the wire and in the file a reseed is called "refill".
 */
import { decodeAs, encodeMessage } from '@chartkeep/protocol'
import { Beacon } from '@chartkeep/protocol/audit'

/** The newest beacon of one device in one vault. */
export interface StoredBeacon {
  device: Uint8Array
  account: Uint8Array
  counter: number
  beacon: Beacon
}

export type RefillStage = 'proved' | 'moved' | 'open'

/** `place`: the id of a vault or an account. */
export interface RefillReader {
  beacon(vault: Uint8Array, device: Uint8Array): StoredBeacon | null
  /** At most `limit`, those of the accounts in `first` before all others. */
  beacons(vault: Uint8Array, limit: number, first?: readonly Uint8Array[]): StoredBeacon[]
  /** The devices of an account that have a beacon in the vault. */
  beaconDevices(vault: Uint8Array, account: Uint8Array): Uint8Array[]
  /** The devices that have returned what they had since the loss. */
  reports(place: Uint8Array): Uint8Array[]
  /**
   * `proved`: a head that the server had signed confirms the log; `moved`: the vault comes from another server (S10);
   * `open`: accepts new entries.
   */
  refillOf(place: Uint8Array): RefillStage | null
}

export interface RefillWriter {
  setBeacon(vault: Uint8Array, beacon: StoredBeacon): void
  dropBeacon(vault: Uint8Array, device: Uint8Array): void
  addReport(place: Uint8Array, device: Uint8Array): void
  setRefill(place: Uint8Array, state: RefillStage): void
}

/** A schema step (sqlite-schema.ts); never changes. */
export const REFILL_TABLES = `
CREATE TABLE beacons (
  vault BLOB NOT NULL, device BLOB NOT NULL, account BLOB NOT NULL, counter INTEGER NOT NULL, beacon BLOB NOT NULL,
  PRIMARY KEY (vault, device)
) STRICT, WITHOUT ROWID;
-- place: a vault or an account.
CREATE TABLE refill_reports (place BLOB NOT NULL, device BLOB NOT NULL, PRIMARY KEY (place, device)) STRICT, WITHOUT ROWID;
CREATE TABLE refills (place BLOB PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX envelopes_bare ON envelopes (stream, n) WHERE body IS NULL AND outcome <> 'void';
`

/** A restore forgets the progress of earlier reseeds. */
export const FORGET_REFILLS = 'DELETE FROM refill_reports; DELETE FROM refills;'

type Value = Uint8Array | number | string
type Row = Record<string, unknown>
/** Runs a statement that is prepared once, keyed by its text. */
export interface RefillStatements {
  all(sql: string, ...values: Value[]): Row[]
  run(sql: string, ...values: Value[]): unknown
}

function rowToBeacon(row: Row): StoredBeacon {
  const beacon = decodeAs(Beacon, row['beacon'] as Uint8Array)
  if (beacon === null) throw new Error('a stored beacon is damaged')
  return {
    device: row['device'] as Uint8Array,
    account: row['account'] as Uint8Array,
    counter: Number(row['counter']),
    beacon,
  }
}

export function createRefillReader({ all }: Pick<RefillStatements, 'all'>): RefillReader {
  const BEACON = 'SELECT device, account, counter, beacon FROM beacons WHERE vault = ?'
  return {
    beacon(vault, device) {
      const [row] = all(`${BEACON} AND device = ?`, vault, device)
      return row === undefined ? null : rowToBeacon(row)
    },
    beacons(vault, limit, first = []) {
      const order = `account IN (${first.map(() => '?').join(', ')}) DESC, device`
      return all(`${BEACON} ORDER BY ${order} LIMIT +?`, vault, ...first, limit).map(rowToBeacon)
    },
    beaconDevices: (vault, account) =>
      all('SELECT device FROM beacons WHERE vault = ? AND account = ? ORDER BY device', vault, account).map(
        (row) => row['device'] as Uint8Array,
      ),
    reports: (place) =>
      all('SELECT device FROM refill_reports WHERE place = ? ORDER BY device', place).map(
        (row) => row['device'] as Uint8Array,
      ),
    refillOf(place) {
      const [row] = all('SELECT state FROM refills WHERE place = ?', place)
      return row === undefined ? null : (row['state'] as RefillStage)
    },
  }
}

export function createRefillWriter({ run }: Pick<RefillStatements, 'run'>): RefillWriter {
  return {
    setBeacon(vault, { device, account, counter, beacon }) {
      run(
        'INSERT INTO beacons (vault, device, account, counter, beacon) VALUES (?, ?, ?, ?, ?) ON CONFLICT (vault, device) ' +
          'DO UPDATE SET account = excluded.account, counter = excluded.counter, beacon = excluded.beacon',
        vault,
        device,
        account,
        counter,
        encodeMessage(beacon),
      )
    },
    dropBeacon: (vault, device) => void run('DELETE FROM beacons WHERE vault = ? AND device = ?', vault, device),
    addReport(place, device) {
      run('INSERT OR IGNORE INTO refill_reports (place, device) VALUES (?, ?)', place, device)
    },
    setRefill(place, state) {
      run(
        'INSERT INTO refills (place, state) VALUES (?, ?) ON CONFLICT (place) DO UPDATE SET state = excluded.state',
        place,
        state,
      )
    },
  }
}
