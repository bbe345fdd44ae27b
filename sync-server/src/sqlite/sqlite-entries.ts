/**
 * Stream entries in the SQLite file (H4): runs of stored bytes (entry-run.ts), the record of each entry, and which
 * entries are closed.
 */
import type { DatabaseSync } from 'node:sqlite'
import { equalBytes } from '@chartkeep/crypto/server'
import { OUTCOMES } from '@chartkeep/protocol/streams'
import { byteKey } from '../storage/byte-keys.ts'
import { EntryRun, FACT_LENGTH, packRun, packRuns, RUN_BYTES, type RunEntry } from '../storage/entry-run.ts'
import type { EntryReader, EntryWriter, StoredEnvelope } from '../storage/storage.ts'

/** A schema step (sqlite-schema.ts); never changes. */
export const ENTRY_TABLES = `
-- Decision 0041. facts: a row of fixed length for each entry; entries: one after another, as a pull sends them.
CREATE TABLE entry_runs (
  stream INTEGER NOT NULL REFERENCES streams (id), first INTEGER NOT NULL, last INTEGER NOT NULL,
  facts BLOB NOT NULL, entries BLOB NOT NULL,
  PRIMARY KEY (stream, first)
) STRICT;
CREATE TABLE entry_docs (
  stream INTEGER NOT NULL, doc BLOB NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (stream, doc, n)
) STRICT, WITHOUT ROWID;
-- Superseded or taken in: a pull leaves their body out (S4).
CREATE TABLE closed_entries (stream INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (stream, n)) STRICT, WITHOUT ROWID;
-- Their body has not come back after a loss (S9).
CREATE TABLE bodiless_entries (stream INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (stream, n)) STRICT, WITHOUT ROWID;
`

type Value = Uint8Array | number | string
type Row = Record<string, unknown>
/** Prepares each statement once, keyed by its text. */
export interface EntryStatements {
  one(sql: string, ...values: Value[]): Row | undefined
  all(sql: string, ...values: Value[]): Row[]
  run(sql: string, ...values: (Value | null)[]): unknown
}

const STREAM = '(SELECT id FROM streams WHERE vault = ? AND stream = ?)'
const RUN_OF = 'FROM entry_runs WHERE stream = ? AND first <= ? ORDER BY first DESC LIMIT 1'
const RUN_BEFORE = 'FROM entry_runs WHERE entry_runs.stream = streams.id AND first <= ? ORDER BY first DESC LIMIT 1'
/** Generates the numbers 0 to n - 1, so that one statement can walk a list of concatenated ids. */
const PLACES = 'WITH RECURSIVE places (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM places LIMIT +?)'
/** How many runs are read at a time. */
const PAGE = 4

export function createEntryReader({ one, all }: Pick<EntryStatements, 'one' | 'all'>): EntryReader {
  const idOf = (vault: Uint8Array, stream: Uint8Array) =>
    Number(one('SELECT id FROM streams WHERE vault = ? AND stream = ?', vault, stream)?.['id'] ?? 0)

  /** The run that contains entry `n`, without the entries' bytes. */
  function factsAt(id: number, n: number): EntryRun | null {
    const row = one(`SELECT first, facts ${RUN_OF}`, id, n)
    const run = row === undefined ? null : runOf(row, NOTHING)
    return run?.has(n) ? run : null
  }

  function entryAt(id: number, n: number, run: EntryRun): RunEntry {
    const { start, end } = run.placeOf(n)
    const sql = 'SELECT substr(entries, ?, ?) AS entry FROM entry_runs WHERE stream = ? AND first = ?'
    return run.entryOf(n, one(sql, start + 1, end - start, id, run.first)!['entry'] as Uint8Array)
  }

  /**
   * The run with its entries if they are no larger than a usual run: neighbouring entries often belong to one record.
   */
  function withEntries(id: number, run: EntryRun): EntryRun {
    if (run.placeOf(run.last).end > 2 * RUN_BYTES) return run
    const row = one('SELECT entries FROM entry_runs WHERE stream = ? AND first = ?', id, run.first)!
    return new EntryRun(run.first, run.facts, row['entries'] as Uint8Array)
  }

  /** A copy of the header of entry `n`, whether or not the run has its entries loaded. */
  function headerAt(id: number, n: number, run: EntryRun): Uint8Array {
    const { start, length } = run.headerPlaceOf(n)
    if (run.entries.length > 0) return run.entries.slice(start, start + length)
    const sql = 'SELECT substr(entries, ?, ?) AS header FROM entry_runs WHERE stream = ? AND first = ?'
    return one(sql, start + 1, length, id, run.first)!['header'] as Uint8Array
  }

  const isClosed = (id: number, n: number) =>
    one('SELECT n FROM closed_entries WHERE stream = ? AND n = ?', id, n) !== undefined

  const numbersOf = (id: number, doc: Uint8Array) =>
    all('SELECT n FROM entry_docs WHERE stream = ? AND doc = ? ORDER BY n', id, doc).map((row) => Number(row['n']))

  function stored(id: number, n: number): StoredEnvelope | null {
    const run = factsAt(id, n)
    if (run === null) return null
    const entry = entryAt(id, n, run)
    return { ...entry, open: entry.outcome !== 'void' && !isClosed(id, n) }
  }

  function* runsAfter(vault: Uint8Array, stream: Uint8Array, after: number) {
    const closed = 'SELECT n FROM closed_entries WHERE stream = ? AND n BETWEEN ? AND ?'
    const begin = `SELECT id, (SELECT first ${RUN_BEFORE}) AS first FROM streams WHERE vault = ? AND stream = ?`
    const place = one(begin, after + 1, vault, stream)
    if (place === undefined) return
    const id = Number(place['id'])
    let first = Number(place['first'] ?? 1)
    // Page by page: other reads may run while the caller pauses between two runs.
    for (;;) {
      const sql = 'SELECT first, facts, entries FROM entry_runs WHERE stream = ? AND first >= ? ORDER BY first LIMIT +?'
      const rows = all(sql, id, first, PAGE)
      for (const row of rows) {
        const run = runOf(row, row['entries'] as Uint8Array)
        const numbers = all(closed, id, run.first, run.last).map(({ n }) => Number(n))
        first = run.last + 1
        if (run.last > after) yield { run, closed: new Set(numbers) }
      }
      if (rows.length < PAGE) return
    }
  }

  return {
    runsAfter,
    *envelopesAfter(vault, stream, after) {
      for (const { run, closed } of runsAfter(vault, stream, after))
        for (let n = Math.max(run.first, after + 1); n <= run.last; n += 1) {
          const entry = run.entryOf(n)
          const open = entry.outcome !== 'void' && !closed.has(n)
          yield open ? { ...entry, open } : { ...entry, body: null, proof: null, open }
        }
    },
    envelopeAt: (vault, stream, n) => stored(idOf(vault, stream), n),
    hashAt: (vault, stream, n) => factsAt(idOf(vault, stream), n)?.hOf(n) ?? null,
    envelopesOfDoc(vault, stream, doc) {
      const sql =
        'SELECT d.n, c.n AS closed FROM entry_docs d LEFT JOIN closed_entries c ON c.stream = d.stream AND c.n = d.n ' +
        'WHERE d.stream = ? AND d.doc = ? ORDER BY d.n'
      const id = idOf(vault, stream)
      let run: EntryRun | null = null
      return all(sql, id, doc).map((row) => {
        const n = Number(row['n'])
        if (run === null || !run.has(n)) run = withEntries(id, factsAt(id, n)!)
        const outcome = run.outcomeOf(n)
        const open = outcome !== 'void' && row['closed'] === null
        return { n, outcome, hash: run.hashOf(n), header: headerAt(id, n, run), open }
      })
    },
    envelopeByHash(vault, stream, doc, hash) {
      const id = idOf(vault, stream)
      const n = numbersOf(id, doc).find((each) => equalBytes(factsAt(id, each)!.hashOf(each), hash))
      return n === undefined ? null : stored(id, n)
    },
    knownDocs(vault, stream, docs) {
      const sql =
        `${PLACES} SELECT DISTINCT i FROM places CROSS JOIN entry_docs ` +
        `WHERE stream = ${STREAM} AND doc = substr(?, 16 * i + 1, 16) ORDER BY i`
      return all(sql, docs.length / 16, vault, stream, docs).map(({ i }) => Number(i))
    },
    hasEnvelopes(vault, stream, hashes) {
      const id = idOf(vault, stream)
      const wanted = new Set(hashes.map(byteKey))
      const sql = 'SELECT first, facts FROM entry_runs WHERE stream = ? AND first < ? ORDER BY first DESC LIMIT +?'
      for (let before = Number.MAX_SAFE_INTEGER; wanted.size > 0;) {
        const rows = all(sql, id, before, PAGE)
        for (const row of rows) {
          const run = runOf(row, NOTHING)
          before = run.first
          for (let n = run.first; n <= run.last; n += 1) wanted.delete(byteKey(run.hashOf(n)))
        }
        if (rows.length < PAGE) break
      }
      return wanted.size === 0
    },
    currentOf(vault, stream, doc) {
      const id = idOf(vault, stream)
      for (const n of numbersOf(id, doc).toReversed()) {
        const run = factsAt(id, n)!
        if (run.outcomeOf(n) === 'current' && !isClosed(id, n)) return run.hashOf(n)
      }
      return null
    },
    missingBodies(vault, stream, limit) {
      const sql =
        `SELECT b.n FROM bodiless_entries b LEFT JOIN closed_entries c ON c.stream = b.stream AND c.n = b.n WHERE b.stream = ${STREAM} ` +
        'ORDER BY c.n IS NOT NULL, b.n LIMIT +?'
      return all(sql, vault, stream, limit).map((row) => Number(row['n']))
    },
  }
}

const NOTHING = new Uint8Array()

function runOf(row: Row, entries: Uint8Array): EntryRun {
  const facts = row['facts'] as Uint8Array
  if (facts.length === 0 || facts.length % FACT_LENGTH !== 0) throw new Error('a stored run of entries is damaged')
  return new EntryRun(Number(row['first']), facts, entries)
}

export function createEntryWriter(statements: EntryStatements): EntryWriter {
  const { one, run } = statements
  const idOf = (vault: Uint8Array, stream: Uint8Array) =>
    Number(one('SELECT id FROM streams WHERE vault = ? AND stream = ?', vault, stream)!['id'])

  /** Moves the head of the stream, creating the stream with its first entry. Returns the row id. */
  function moveHead(
    vault: Uint8Array,
    stream: Uint8Array,
    first: number,
    { n, h }: { n: number; h: Uint8Array },
  ): number {
    const before = one('SELECT id, n FROM streams WHERE vault = ? AND stream = ?', vault, stream)
    if (first !== Number(before?.['n'] ?? 0) + 1) throw new Error('an entry does not follow its stream')
    if (before === undefined) {
      run('INSERT INTO streams (vault, stream, n, h) VALUES (?, ?, ?, ?)', vault, stream, n, h)
      return idOf(vault, stream)
    }
    const id = Number(before['id'])
    run('UPDATE streams SET n = ?, h = ? WHERE id = ?', n, h, id)
    return id
  }

  function moveTail(id: number, device: Parameters<EntryWriter['addRuns']>[4]): void {
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
    addEnvelopes(vault, stream, next, device) {
      const id = moveHead(vault, stream, next[0]!.envelope.n, next.at(-1)!.envelope)
      addRuns(
        run,
        id,
        next.map(({ envelope }) => envelope),
      )
      for (const { envelope, doc, closes } of next) {
        run('INSERT INTO entry_docs (stream, doc, n) VALUES (?, ?, ?)', id, doc, envelope.n)
        for (const n of closes) run('INSERT OR IGNORE INTO closed_entries (stream, n) VALUES (?, ?)', id, n)
      }
      moveTail(id, device)
    },
    addRuns(vault, stream, runs, docs, device) {
      const [{ first }, { last }] = [runs[0]!, runs.at(-1)!]
      const id = moveHead(vault, stream, first, { n: last, h: runs.at(-1)!.hOf(last) })
      for (const each of runs) addRun(run, id, each)
      const sql = `INSERT INTO entry_docs (stream, doc, n) ${PLACES} SELECT ?, substr(?, 16 * i + 1, 16), ? + i FROM places`
      run(sql, docs.length / 16, id, docs, first)
      moveTail(id, device)
    },
    addBody(vault, stream, n, body, proof) {
      const id = idOf(vault, stream)
      if (one('SELECT n FROM bodiless_entries WHERE stream = ? AND n = ?', id, n) === undefined) return
      const row = one(`SELECT first, facts, entries ${RUN_OF}`, id, n)!
      const known = runOf(row, row['entries'] as Uint8Array)
      const entries = Array.from({ length: known.count }, (_, index) => known.entryOf(known.first + index))
      const whole = packRun(entries.map((entry) => (entry.n === n ? { ...entry, body, proof } : entry)))
      const sql = 'UPDATE entry_runs SET facts = ?, entries = ? WHERE stream = ? AND first = ?'
      run(sql, whole.facts, whole.entries, id, known.first)
      run('DELETE FROM bodiless_entries WHERE stream = ? AND n = ?', id, n)
    },
  }
}

function addRun(run: EntryStatements['run'], id: number, { first, last, facts, entries }: EntryRun): void {
  const sql = 'INSERT INTO entry_runs (stream, first, last, facts, entries) VALUES (?, ?, ?, ?, ?)'
  run(sql, id, first, last, facts, entries)
}

function addRuns(run: EntryStatements['run'], id: number, entries: Iterable<RunEntry>): void {
  for (const each of packRuns(noted(entries))) addRun(run, id, each)

  function* noted(all: Iterable<RunEntry>): Iterable<RunEntry> {
    for (const entry of all) {
      if (entry.body === null && entry.outcome !== 'void')
        run('INSERT INTO bodiless_entries (stream, n) VALUES (?, ?)', id, entry.n)
      yield entry
    }
  }
}

/** Migrates the entries of a file older than schema 8, one row each, into runs. */
export function moveEnvelopes(db: DatabaseSync): void {
  const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>()
  const run: EntryStatements['run'] = (sql, ...values) => {
    if (!prepared.has(sql)) prepared.set(sql, db.prepare(sql))
    return prepared.get(sql)!.run(...values)
  }
  const envelopes = db.prepare(
    'SELECT n, outcome, hash, h, doc, open, header, body_hash, body, proof FROM envelopes WHERE stream = ? ORDER BY n',
  )
  function* entriesOf(id: number): Iterable<RunEntry> {
    for (const row of envelopes.iterate(id)) {
      const outcome = OUTCOMES.find((each) => each === row['outcome'])
      if (outcome === undefined) throw new Error('a stored outcome is damaged')
      const bytes = (column: string) => row[column] as Uint8Array
      const n = Number(row['n'])
      run('INSERT INTO entry_docs (stream, doc, n) VALUES (?, ?, ?)', id, bytes('doc'), n)
      if (row['open'] !== 1 && outcome !== 'void') run('INSERT INTO closed_entries (stream, n) VALUES (?, ?)', id, n)
      const places = { hash: bytes('hash'), h: bytes('h'), header: bytes('header'), bodyHash: bytes('body_hash') }
      yield { n, outcome, ...places, body: bytes('body') ?? null, proof: bytes('proof') ?? null }
    }
  }
  for (const { id } of db.prepare('SELECT id FROM streams ORDER BY id').all())
    addRuns(run, Number(id), entriesOf(Number(id)))
  db.exec('DROP TABLE envelopes')
}
