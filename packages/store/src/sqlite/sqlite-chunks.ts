/** Sealed chunks of files in one SQLite file, by node:sqlite: for a gateway, for tests and for measurements. */
import { DatabaseSync } from 'node:sqlite'
import { NOTE_PLACE, type ChunkDisk } from '../disk/chunk-disk.ts'

/** The chunks in the file `path`; it is created when missing. */
export function sqliteChunks(path: string): ChunkDisk {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  // A note flushes the log, and with it the chunks written before it: one flush for each file, not for each megabyte.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
  db.exec(
    'CREATE TABLE IF NOT EXISTS c (b TEXT NOT NULL, i INTEGER NOT NULL, t INTEGER NOT NULL, s BLOB NOT NULL, PRIMARY KEY (b, i)) STRICT',
  )
  const put = db.prepare('INSERT OR REPLACE INTO c (b, i, t, s) VALUES (?, ?, ?, ?)')
  const get = db.prepare('SELECT t, s FROM c WHERE b = ? AND i = ?')
  const has = db.prepare('SELECT i FROM c WHERE b = ? AND i >= 0 ORDER BY i')
  const blobs = db.prepare('SELECT DISTINCT b FROM c')
  const counts = db.prepare('SELECT b, COUNT(*) AS n FROM c WHERE i >= 0 GROUP BY b')
  const remove = db.prepare('DELETE FROM c WHERE b = ?')
  return {
    async put(blob, index, total, sealed) {
      put.run(blob, index, total, sealed)
    },
    async get(blob, index) {
      const row = get.get(blob, index)
      return row === undefined ? null : { sealed: row['s'] as Uint8Array, total: Number(row['t']) }
    },
    async has(blob) {
      return has.all(blob).map((row) => Number(row['i']))
    },
    async note(blob, bytes) {
      db.exec('PRAGMA synchronous = FULL')
      put.run(blob, NOTE_PLACE, 0, bytes)
      db.exec('PRAGMA synchronous = NORMAL')
    },
    async noted(blob) {
      return (get.get(blob, NOTE_PLACE)?.['s'] as Uint8Array | undefined) ?? null
    },
    async blobs() {
      return blobs.all().map((row) => String(row['b']))
    },
    async counts() {
      return new Map(counts.all().map((row) => [String(row['b']), Number(row['n'])]))
    },
    async remove(blob) {
      remove.run(blob)
    },
    close: () => db.close(),
  }
}
