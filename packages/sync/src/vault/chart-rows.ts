/** A vault's store as the sync machine sees it: records and audit entries in one, told apart by their collection name. */
import { EraseDelayedError, type AccountStore, type VaultStore } from '@chartkeep/store'
import type { AccountRows, VaultRows } from '../ports/ports.ts'

export function vaultRows(store: VaultStore): VaultRows {
  return {
    read: (id) => store.read(id),
    all: () => store.all(),
    get: (table, key) => store.sync.get(table, key),
    table: (name) => store.sync.all(name),
    commit: ({ records = [], remove = [], sync = [], durability = 'strict', erase = false }) =>
      store
        .commit({
          records: records.filter((row) => row.collectionName !== 'audit'),
          audit: records.filter((row) => row.collectionName === 'audit'),
          remove,
          sync,
          durability,
          erase,
        })
        .catch(unlessDelayed),
  }
}

export function accountRows(store: AccountStore): AccountRows {
  return {
    get: (table, key) => store.sync.get(table, key),
    table: (name) => store.sync.all(name),
    commit: (rows, { erase = false } = {}) =>
      store
        .commit(() => {
          const write = typeof rows === 'function' ? rows() : { rows, erase }
          return write && { sync: write.rows, erase: write.erase ?? false }
        })
        .catch(unlessDelayed),
  }
}

/** The change is already written; the store removes the old bytes as soon as the disk allows, at the latest after the next opening. */
function unlessDelayed(error: unknown): void {
  if (!(error instanceof EraseDelayedError)) throw error
}
