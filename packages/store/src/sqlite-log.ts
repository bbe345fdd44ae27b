/**
 * The sealed log in one SQLite file, by Node's own node:sqlite: gateway, tools and tests.
 *
 * Write-ahead log; `synchronous` FULL for strict appends, NORMAL for relaxed ones
 * (https://www.sqlite.org/pragma.html#pragma_synchronous). Tables: a = entries, b = set aside, c = generation.
 */
import { rmSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { StaleWriterError, type Durability, type LogEntry, type SealedLog } from './sealed-log.ts'

const PAGE_LENGTH = 32

interface Connection {
  db: DatabaseSync
  durability: Durability
  generation: StatementSync
  insert: StatementSync
  page: StatementSync
}

/**
 * A log in the file `path` (and `path`-wal, `path`-shm beside it). Nothing is opened or created before the first use.
 * @param path - visible on the disk, so the file name must carry no meaning
 */
export function sqliteLog(path: string): SealedLog {
  let connection: Connection | null = null

  function connect(): Connection {
    if (connection) return connection
    const db = new DatabaseSync(path, { timeout: 5_000 })
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
    db.exec(
      `CREATE TABLE IF NOT EXISTS a (n INTEGER PRIMARY KEY, s BLOB NOT NULL) STRICT;
       CREATE TABLE IF NOT EXISTS b (i INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER NOT NULL, s BLOB NOT NULL) STRICT;
       CREATE TABLE IF NOT EXISTS c (k INTEGER PRIMARY KEY, g INTEGER NOT NULL) STRICT`,
    )
    connection = {
      db,
      durability: 'strict',
      generation: db.prepare('SELECT g FROM c WHERE k = 0'),
      insert: db.prepare('INSERT INTO a (n, s) VALUES (?, ?)'),
      page: db.prepare('SELECT n, s FROM a WHERE n > ? AND n <= ? ORDER BY n LIMIT ?'),
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
    if (open.generation.get()?.['g'] !== generation) throw new StaleWriterError()
  }

  return {
    async claim() {
      return transaction('strict', (open) => {
        const generation = Number(open.generation.get()?.['g'] ?? 0) + 1
        open.db
          .prepare('INSERT INTO c (k, g) VALUES (0, ?) ON CONFLICT (k) DO UPDATE SET g = excluded.g')
          .run(generation)
        return generation
      })
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
    async append(generation, entries, durability) {
      transaction(durability, (open) => {
        checkGeneration(open, generation)
        for (const { number, sealed } of entries) open.insert.run(number, sealed)
      })
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
