/**
 * The port under the keyring: a few small named values, readable without any key.
 * Adapters: dexieKeyringDisk here, sqliteKeyringDisk in `@chartkeep/store/node`; one contract suite for both.
 */
import { Dexie } from 'dexie'
import type { DexieLogOptions } from '../disk/dexie-log.ts'
import { watchConnection } from '../disk/disk-trouble.ts'

/** Small values by name, each written whole or not at all. */
export interface KeyringDisk {
  names(): Promise<string[]>
  read(name: string): Promise<Uint8Array | null>
  /** Durable when it resolves. */
  write(name: string, bytes: Uint8Array): Promise<void>
  /** Writes what `change` makes of the value as it is, with no other write between the two; nothing where that is null. Durable when it resolves. */
  update(name: string, change: (bytes: Uint8Array | null) => Uint8Array | null): Promise<void>
  remove(name: string): Promise<void>
  close(): Promise<void>
}

/**
 * The keyring in an IndexedDB database of its own. `onTrouble` hears of trouble that no call waits for, such as an opening that hangs. A database
 * that was deleted from outside is opened again at the next use: the keyring is then really empty.
 */
export function dexieKeyringDisk(name: string, { onTrouble, ...options }: DexieLogOptions = {}): KeyringDisk {
  let open: Dexie | null = null

  function table() {
    open ??= connect()
    return open.table<Uint8Array, string>('a')
  }

  function connect(): Dexie {
    const db = new Dexie(name, { ...options, chromeTransactionDurability: 'strict', cache: 'disabled' })
    db.version(1).stores({ a: '' })
    watchConnection(db, (trouble) => {
      if (trouble !== 'blocked' && open === db) open = null
      onTrouble?.(trouble)
    })
    return db
  }

  return {
    names: () => table().toCollection().primaryKeys(),
    read: async (key) => (await table().get(key)) ?? null,
    async write(key, bytes) {
      await table().put(bytes.slice(), key)
    },
    async update(key, change) {
      const values = table()
      await values.db.transaction('rw', values, async () => {
        const changed = change((await values.get(key)) ?? null)
        if (changed !== null) await values.put(changed.slice(), key)
      })
    },
    remove: (key) => table().delete(key),
    async close() {
      open?.close()
    },
  }
}
