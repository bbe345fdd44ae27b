/** Sync rows: what sync stores next to the records, in memory as tables of key and value. */
import type { CborValue } from '@chartkeep/crypto/encoding'
import type { SealedDatabase } from './sealed-database.ts'

/** The tables as they are now. Values belong to the store: read them, never change them. */
export interface SyncTables {
  /** The value, or `undefined` when the key is not set. */
  get(table: string, key: string): CborValue | undefined
  /** A live view of one table, empty for an unknown one; in the order of first writing. */
  all(table: string): ReadonlyMap<string, CborValue>
  /** Tables that have, or had, a row. */
  names(): string[]
}

const NO_ROWS: ReadonlyMap<string, CborValue> = new Map()

/** The sync tables of an open database. */
export function syncTables({ contents: { tables } }: SealedDatabase): SyncTables {
  return {
    get: (table, key) => tables.get(table)?.get(key),
    all: (table) => tables.get(table) ?? NO_ROWS,
    names: () => [...tables.keys()],
  }
}
