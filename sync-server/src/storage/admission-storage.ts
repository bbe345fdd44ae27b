/**
 * Admission in the server's storage (H2, H9): which accounts are members, guests, waiting or expected. The part of the
 * port, and its rows in the SQLite file.
 */

/**
 * H2. `member`: registered, may create vaults. `guest`: was named in a grant, may reach what was granted. `waiting`:
 * the server keeps only its log, so that an owner can share with it.
 */
export type Standing = 'member' | 'guest' | 'waiting'

/**
 * The network that a place in the waiting room counts against: two names of 16 bytes, derived from the addresses and a
 * secret (H9).
 */
export interface RoomNetwork {
  near: Uint8Array
  wide: Uint8Array
}

export interface Admission {
  standing: Standing
  /** Milliseconds since 1970; for a waiting account, when it last contacted the server. */
  since: number
  /**
   * For a waiting account, the network that its place counts against. Null: its place is outside the waiting room.
   * Absent: its network is unknown.
   */
  network?: RoomNetwork | null
}

/** An owner's notice that an account will come (H9). */
export interface Ticket {
  account: Uint8Array
  /** The account that expects the newcomer. */
  member: Uint8Array
  /** Milliseconds since 1970. */
  since: number
}

export interface WaitingPlace {
  account: Uint8Array
  since: number
}

export interface AdmissionReader {
  /** The standing of an account and since when; null if the server does not know the account. */
  admission(account: Uint8Array): Admission | null
  /**
   * How many places of the waiting room are taken, and the oldest place of the wide network that has the most. An
   * account that a member expects is not in the room.
   */
  waitingAccounts(): { count: number; oldest: WaitingPlace | null }
  /** How many places a network has, and its oldest; the same for the wide network around it. */
  waitingOf(network: RoomNetwork): { near: number; wide: number; oldest: WaitingPlace | null }
  /** Whether a member expects the account. */
  isExpected(account: Uint8Array): boolean
  /** A member's tickets for accounts that have not arrived, oldest first. */
  ticketsOf(member: Uint8Array): Ticket[]
  /** Tickets issued before `time`. */
  ticketsBefore(time: number): Ticket[]
}

export interface AdmissionWriter {
  setAdmission(account: Uint8Array, admission: Admission): void
  addTicket(ticket: Ticket): void
  dropTicket(account: Uint8Array, member: Uint8Array): void
}

/** A schema step (sqlite-schema.ts); never changes. Accounts that were already waiting count as one unknown network. */
export const ADMISSION_STEP = `
ALTER TABLE admissions ADD COLUMN near BLOB;
ALTER TABLE admissions ADD COLUMN wide BLOB;
UPDATE admissions SET near = x'00', wide = x'00' WHERE standing = 'waiting';
CREATE INDEX admissions_near ON admissions (near, since) WHERE near IS NOT NULL;
CREATE INDEX admissions_wide ON admissions (wide, since) WHERE wide IS NOT NULL;
-- Whom a member expects to share with (H9).
CREATE TABLE expected (
  account BLOB NOT NULL, member BLOB NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (account, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX expected_members ON expected (member, since);
`

/** The network of places whose network is unknown. */
const UNKNOWN: RoomNetwork = { near: new Uint8Array(1), wide: new Uint8Array(1) }

type Value = Uint8Array | number | string | null
type Row = Record<string, unknown>
/** Runs a statement that is prepared once, keyed by its text. */
export interface AdmissionStatements {
  one(sql: string, ...values: (Uint8Array | number | string)[]): Row | undefined
  all(sql: string, ...values: (Uint8Array | number | string)[]): Row[]
  run(sql: string, ...values: Value[]): unknown
}

function rowToPlace(row: Row | undefined): WaitingPlace | null {
  return row === undefined ? null : { account: row['account'] as Uint8Array, since: Number(row['since']) }
}

function rowToTicket(row: Row): Ticket {
  return {
    account: row['account'] as Uint8Array,
    member: row['member'] as Uint8Array,
    since: Number(row['since']),
  }
}

/** Admissions that have a place in the waiting room. */
const IN_ROOM = 'NOT EXISTS (SELECT 1 FROM expected WHERE expected.account = admissions.account)'

export function createAdmissionReader({ one, all }: Pick<AdmissionStatements, 'one' | 'all'>): AdmissionReader {
  const count = (sql: string, ...values: Uint8Array[]) => Number(one(sql, ...values)?.['count'] ?? 0)
  return {
    admission(account) {
      const row = one('SELECT standing, since, near, wide FROM admissions WHERE account = ?', account)
      if (row === undefined) return null
      const { standing, since, near, wide } = row
      const known = { standing: standing as Standing, since: Number(since) }
      const network = near === null ? null : { near: near as Uint8Array, wide: wide as Uint8Array }
      return standing !== 'waiting' || network?.near.length === UNKNOWN.near.length ? known : { ...known, network }
    },
    waitingAccounts() {
      const oldest = one(
        'SELECT account, since FROM admissions WHERE wide = ' +
          `(SELECT wide FROM admissions WHERE wide IS NOT NULL AND ${IN_ROOM} GROUP BY wide ORDER BY count(*) DESC, min(since) LIMIT 1) ` +
          `AND ${IN_ROOM} ORDER BY since LIMIT 1`,
      )
      return {
        count: count(`SELECT count(*) AS count FROM admissions WHERE near IS NOT NULL AND ${IN_ROOM}`),
        oldest: rowToPlace(oldest),
      }
    },
    waitingOf({ near, wide }) {
      return {
        near: count(`SELECT count(*) AS count FROM admissions WHERE near = ? AND ${IN_ROOM}`, near),
        wide: count(`SELECT count(*) AS count FROM admissions WHERE wide = ? AND ${IN_ROOM}`, wide),
        oldest: rowToPlace(
          one(`SELECT account, since FROM admissions WHERE near = ? AND ${IN_ROOM} ORDER BY since LIMIT 1`, near),
        ),
      }
    },
    isExpected: (account) => one('SELECT 1 FROM expected WHERE account = ? LIMIT 1', account) !== undefined,
    ticketsOf: (member) =>
      all(
        "SELECT account, member, since FROM expected WHERE member = ? AND NOT EXISTS (SELECT 1 FROM admissions WHERE admissions.account = expected.account AND standing <> 'waiting') ORDER BY since",
        member,
      ).map(rowToTicket),
    ticketsBefore: (time) => all('SELECT account, member, since FROM expected WHERE since < ?', time).map(rowToTicket),
  }
}

export function createAdmissionWriter({ run }: Pick<AdmissionStatements, 'run'>): AdmissionWriter {
  return {
    setAdmission(account, { standing, since, network = UNKNOWN }) {
      const place = standing === 'waiting' ? network : null
      run(
        'INSERT INTO admissions (account, standing, since, near, wide) VALUES (?, ?, ?, ?, ?) ' +
          'ON CONFLICT (account) DO UPDATE SET standing = excluded.standing, since = excluded.since, ' +
          'near = excluded.near, wide = excluded.wide',
        account,
        standing,
        since,
        place?.near ?? null,
        place?.wide ?? null,
      )
    },
    addTicket({ account, member, since }) {
      run(
        'INSERT INTO expected (account, member, since) VALUES (?, ?, ?) ' +
          'ON CONFLICT (account, member) DO UPDATE SET since = excluded.since',
        account,
        member,
        since,
      )
    },
    dropTicket: (account, member) => void run('DELETE FROM expected WHERE account = ? AND member = ?', account, member),
  }
}
