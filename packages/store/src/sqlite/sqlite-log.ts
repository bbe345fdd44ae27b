/**
 * The sealed log in one SQLite file, by Node's own node:sqlite: gateway, tools and tests.
 *
 * Write-ahead log; `synchronous` FULL for strict appends, NORMAL for relaxed ones (https://www.sqlite.org/pragma.html#pragma_synchronous). Deleted
 * bytes are overwritten (secure_delete). Tables: a = entries, b = quarantined entries, c = generation and the snapshot's mark, d = segments.
 */
import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  StaleWriterError,
  type Durability,
  type LogEntry,
  type LogSegment,
  type SealedLog,
  type SnapshotMark,
} from '../disk/sealed-log.ts'

const PAGE_LENGTH = 32
/** The same for segments, which are larger. */
const SEGMENT_PAGE_LENGTH = 4
/** Keys in table c; the snapshot's mark is four numbers. */
const GENERATION = 0
const SNAPSHOT = { id: 1, through: 2, segments: 3, bytes: 4 } as const
/** auto_vacuum = INCREMENTAL (https://www.sqlite.org/pragma.html#pragma_auto_vacuum). */
const INCREMENTAL = 2

/**
 * Pages of the write-ahead log (4 KiB each) after which SQLite copies them into the file, in the midst of a commit: two flushes and each
 * byte once more. A compaction empties it in any case ({@link sqliteLog}, `replace`), and so does closing.
 */
const CHECKPOINT_PAGES = 4_096

interface Connection {
  db: DatabaseSync
  durability: Durability
  value: StatementSync
  put: StatementSync
  insert: StatementSync
  page: StatementSync
}

/**
 * A log in the file `path` (and in `path`-wal and `path`-shm). Nothing is opened or created before the first use.
 * @param path - visible on the disk, so the file name must carry no meaning
 */
export function sqliteLog(path: string): SealedLog {
  let connection: Connection | null = null

  function connect(): Connection {
    if (connection) return connection
    const db = new DatabaseSync(path, { timeout: 5_000 })
    // Only a file without tables takes auto_vacuum; an older one gets it with its first snapshot.
    db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(`PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    db.exec(
      `CREATE TABLE IF NOT EXISTS a (n INTEGER PRIMARY KEY, s BLOB NOT NULL) STRICT;
       CREATE TABLE IF NOT EXISTS b (i INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER NOT NULL, s BLOB NOT NULL) STRICT;
       CREATE TABLE IF NOT EXISTS c (k INTEGER PRIMARY KEY, g INTEGER NOT NULL) STRICT;
       CREATE TABLE IF NOT EXISTS d (i INTEGER NOT NULL, x INTEGER NOT NULL, s BLOB NOT NULL, UNIQUE (i, x)) STRICT`,
    )
    connection = {
      db,
      durability: 'strict',
      value: db.prepare('SELECT g FROM c WHERE k = ?'),
      put: db.prepare('INSERT INTO c (k, g) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET g = excluded.g'),
      insert: db.prepare('INSERT INTO a (n, s) VALUES (?, ?)'),
      // With a bare `?` behind LIMIT SQLite prepares the statement again for each value.
      page: db.prepare('SELECT n, s FROM a WHERE n > ? AND n <= ? ORDER BY n LIMIT +?'),
    }
    return connection
  }

  /** One transaction at the wanted durability; rolled back when `work` throws. */
  function transaction<T>(durability: Durability, work: (connection: Connection) => T): T {
    const open = connect()
    if (open.durability !== durability) {
      open.db.exec(`PRAGMA synchronous = ${durability === 'strict' ? 'FULL' : 'NORMAL'}`)
      open.durability = durability
    }
    open.db.exec('BEGIN IMMEDIATE')
    try {
      const result = work(open)
      open.db.exec('COMMIT')
      return result
    } catch (error) {
      if (open.db.isTransaction) open.db.exec('ROLLBACK')
      throw error
    }
  }

  function checkGeneration(open: Connection, generation: number): void {
    if (open.value.get(GENERATION)?.['g'] !== generation) throw new StaleWriterError()
  }

  function markOf({ value }: Connection): SnapshotMark | null {
    const read = (key: number) => Number(value.get(key)?.['g'] ?? 0)
    const id = read(SNAPSHOT.id)
    if (id === 0) return null
    return { id, through: read(SNAPSHOT.through), segments: read(SNAPSHOT.segments), bytes: read(SNAPSHOT.bytes) }
  }

  function keepSegmentsOf({ db }: Connection, id: number): void {
    db.prepare('DELETE FROM d WHERE i <> ?').run(id)
  }

  /** Gives freed pages back and empties the write-ahead log. What a reader in another process hinders is done at its next turn. */
  function tidy({ db }: Connection): void {
    try {
      if (db.prepare('PRAGMA auto_vacuum').get()?.['auto_vacuum'] === INCREMENTAL) db.exec('PRAGMA incremental_vacuum')
      else db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM')
      db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch (error) {
      if (!isBusy(error)) throw error
    }
  }

  return {
    async claim() {
      return transaction('strict', (open) => {
        const generation = Number(open.value.get(GENERATION)?.['g'] ?? 0) + 1
        open.put.run(GENERATION, generation)
        keepSegmentsOf(open, markOf(open)?.id ?? 0)
        return generation
      })
    },
    async snapshot() {
      return markOf(connect())
    },
    async *loadSegments() {
      const open = connect()
      const mark = markOf(open)
      if (!mark) return
      const page = open.db.prepare('SELECT x, s FROM d WHERE i = ? AND x >= ? AND x < ? ORDER BY x')
      for (let from = 0; from < mark.segments; from += SEGMENT_PAGE_LENGTH) {
        yield* page.all(mark.id, from, Math.min(from + SEGMENT_PAGE_LENGTH, mark.segments)).map(segmentOf)
      }
    },
    async *load() {
      const { db, page } = connect()
      const last = Number(db.prepare('SELECT max(n) AS n FROM a').get()?.['n'] ?? 0)
      for (let from = 0; from < last;) {
        const rows = page.all(from, last, PAGE_LENGTH).map(entryOf)
        yield* rows
        from = rows.at(-1)?.number ?? last
      }
    },
    async tailSize() {
      const size = connect().db.prepare('SELECT count(*) AS entries, ifnull(sum(length(s)), 0) AS bytes FROM a').get()
      return { entries: Number(size?.['entries']), bytes: Number(size?.['bytes']) }
    },
    async append(generation, entries, durability) {
      transaction(durability, (open) => {
        checkGeneration(open, generation)
        for (const { number, sealed } of entries) open.insert.run(number, sealed)
      })
    },
    async stage(generation, id, { index, sealed }) {
      // Nobody reads it before the swap. The swap is strict and flushes everything before it in the write-ahead log.
      transaction('relaxed', (open) => {
        checkGeneration(open, generation)
        open.db.prepare('INSERT INTO d (i, x, s) VALUES (?, ?, ?)').run(id, index, sealed)
      })
    },
    async unstage(generation) {
      transaction('strict', (open) => {
        checkGeneration(open, generation)
        keepSegmentsOf(open, markOf(open)?.id ?? 0)
      })
    },
    async replace(generation, mark) {
      transaction('strict', (open) => {
        checkGeneration(open, generation)
        const staged = open.db.prepare('SELECT count(*) AS n FROM d WHERE i = ? AND x < ?').get(mark.id, mark.segments)
        if (staged?.['n'] !== mark.segments) throw new Error('a staged segment is missing')
        for (const name of ['id', 'through', 'segments', 'bytes'] as const) open.put.run(SNAPSHOT[name], mark[name])
        keepSegmentsOf(open, mark.id)
        open.db.prepare('DELETE FROM a WHERE n <= ?').run(mark.through)
      })
      tidy(connect())
    },
    async setAside(generation, number) {
      transaction('strict', (open) => {
        checkGeneration(open, generation)
        open.db.prepare('INSERT INTO b (n, s) SELECT n, s FROM a WHERE n = ?').run(number)
        open.db.prepare('DELETE FROM a WHERE n = ?').run(number)
      })
    },
    async aside(): Promise<LogEntry[]> {
      return connect().db.prepare('SELECT n, s FROM b ORDER BY i').all().map(entryOf)
    },
    async close() {
      connection?.db.close()
      connection = null
    },
    async destroy() {
      connection?.db.close()
      connection = null
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true })
    },
  }
}

function entryOf(row: Record<string, unknown>): LogEntry {
  return { number: Number(row['n']), sealed: row['s'] as Uint8Array }
}

function segmentOf(row: Record<string, unknown>): LogSegment {
  return { index: Number(row['x']), sealed: row['s'] as Uint8Array }
}

/** SQLITE_BUSY or SQLITE_LOCKED (https://www.sqlite.org/rescode.html). */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0
  return (code & 0xff) === 5 || (code & 0xff) === 6
}
