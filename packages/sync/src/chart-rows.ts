/** A vault's store as the sync machine sees it: records and audit in one, told apart by their collection name. */
import type { VaultStore } from '@chartkeep/store'
import type { HomeStore } from '@chartkeep/store'
import type { HomeRows, VaultRows } from './ports.ts'

export function vaultRows(store: VaultStore): VaultRows {
  return {
    read: (id) => store.read(id),
    all: () => store.all(),
    get: (table, key) => store.sync.get(table, key),
    table: (name) => store.sync.all(name),
    commit: ({ records = [], remove = [], sync = [], durability = 'strict' }) =>
      store.commit({
        records: records.filter((row) => row.collectionName !== 'audit'),
        audit: records.filter((row) => row.collectionName === 'audit'),
        remove,
        sync,
        durability,
      }),
  }
}

export function homeRows(store: HomeStore): HomeRows {
  return {
    get: (table, key) => store.sync.get(table, key),
    table: (name) => store.sync.all(name),
    commit: (sync) => store.commit({ sync }),
  }
}
