/**
 * Opens the database for a command of the operator, also while the server runs: one short transaction, which SQLite
 * orders with the server's. Never changes the schema.
 */
import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isDiskFull } from '../guard/disk-room.ts'
import { SCHEMA_VERSION } from '../sqlite/sqlite-schema.ts'
import { schemaVersionOf, StorageUnavailableError } from '../sqlite/sqlite-storage.ts'

/** The newest time that the server has signed, in milliseconds since 1970; null for none. */
export function signedTimeIn(db: DatabaseSync): number | null {
  const value = db.prepare("SELECT value FROM marks WHERE name = 'head-time'").get()?.['value']
  return value === undefined ? null : Number(value)
}

const FULL =
  'The disk has no room for this. Nothing was changed, and a running server continues. Free some space on the disk of the data, then run the command again.'

/** Runs `work` in a transaction and returns its result. Throws {@link StorageUnavailableError}. */
export function withDatabase<T>(path: string, work: (db: DatabaseSync) => T): T {
  if (!existsSync(path)) throw new StorageUnavailableError(`There are no data at ${path}. Start the server once first.`)
  const db = new DatabaseSync(path)
  try {
    db.exec('PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL')
    const version = schemaVersionOf(db)
    if (version !== SCHEMA_VERSION)
      throw new StorageUnavailableError(
        version > SCHEMA_VERSION
          ? 'The data were written by a newer version of Chartkeep. Nothing was changed.'
          : 'The data were written by an older version of Chartkeep. Start this version once first.',
      )
    db.exec('BEGIN IMMEDIATE')
    const result = work(db)
    db.exec('COMMIT')
    return result
  } catch (cause) {
    throw isDiskFull(cause) ? new StorageUnavailableError(FULL, { cause }) : cause
  } finally {
    // An uncommitted transaction ends here without effect.
    db.close()
  }
}
