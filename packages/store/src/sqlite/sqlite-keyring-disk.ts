/** The keyring's port on one SQLite file, by node:sqlite. */
import { DatabaseSync } from 'node:sqlite'
import type { KeyringDisk } from '../keys/keyring-disk.ts'

/** The keyring in the file `path`; it is created when missing. */
export function sqliteKeyringDisk(path: string): KeyringDisk {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  db.exec('CREATE TABLE IF NOT EXISTS a (k TEXT PRIMARY KEY, v BLOB NOT NULL) STRICT')
  const read = (name: string) =>
    (db.prepare('SELECT v FROM a WHERE k = ?').get(name)?.['v'] as Uint8Array | undefined) ?? null
  const write = (name: string, bytes: Uint8Array) =>
    db.prepare('INSERT INTO a (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v').run(name, bytes)
  return {
    async names() {
      return db
        .prepare('SELECT k FROM a ORDER BY k')
        .all()
        .map((row) => String(row['k']))
    },
    async read(name) {
      return read(name)
    },
    async write(name, bytes) {
      write(name, bytes)
    },
    async update(name, change) {
      db.exec('BEGIN IMMEDIATE')
      try {
        const changed = change(read(name))
        if (changed !== null) write(name, changed)
        db.exec('COMMIT')
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    },
    async remove(name) {
      db.prepare('DELETE FROM a WHERE k = ?').run(name)
    },
    async close() {
      db.close()
    },
  }
}
