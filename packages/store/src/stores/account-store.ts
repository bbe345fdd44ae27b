/** The store of one account's home: tables of rows over a sealed log, without RxDB collections. */
import { map, type Observable } from 'rxjs'
import type { SyncRow } from '../journal/batch.ts'
import type { StoreFigures } from '../database/figures.ts'
import type { OpenFailure } from '../journal/journal.ts'
import { migrateContents, type Migrations } from '../database/shape.ts'
import { openSealedDatabase } from '../database/sealed-database.ts'
import type { Durability } from '../disk/sealed-log.ts'
import { syncTables, type SyncTables } from '../database/sync-tables.ts'
import type { StoreSource } from './vault-store.ts'

/** What one commit writes. */
export interface AccountStoreCommit {
  sync: readonly SyncRow[]
  /** `strict` when left out. */
  durability?: Durability
  /**
   * What these rows held before must leave the disk too, such as the key of a vault that was destroyed: resolves when
   * the log is compacted and holds only what is there now.
   */
  erase?: boolean
}

/** What one durable entry changed. */
export interface AccountStoreChange {
  sequence: number
  sync: readonly { table: string; key: string }[]
}

/** An open home. Its members are those of a vault's store, collections left out. */
export interface AccountStore {
  readonly type: 'home'
  readonly name: string
  readonly sync: SyncTables
  readonly sequence: number
  readonly recovered: { entry: number } | null
  readonly changes$: Observable<AccountStoreChange>
  /** Writes all rows as one entry, or nothing and rejects. A function runs when no other write can come in between. */
  commit(commit: AccountStoreCommit | (() => AccountStoreCommit | null)): Promise<void>
  /** Makes the log small: a snapshot of the rows as they are now takes the place of all entries. */
  compact(): Promise<void>
  figures(): StoreFigures
  close(): Promise<void>
}

/** From each version of home's rows to the next; their number is the version that the app writes. */
const accountStoreMigrations: Migrations = []

/** Opens the home in `log`, or starts one in an empty log. */
export async function openAccountStore(
  { name, ...source }: StoreSource,
  migrations: Migrations = accountStoreMigrations,
): Promise<AccountStore | OpenFailure> {
  const opened = await openSealedDatabase({
    ...source,
    shape: migrations.length,
    migrate: (contents) => migrateContents(contents, migrations, [], () => ({})),
  })
  if (opened.type !== 'open') return opened
  const database = opened
  return {
    type: 'home',
    name,
    sync: syncTables(database),
    get sequence() {
      return database.sequence
    },
    recovered: database.recovered,
    changes$: database.changes$.pipe(map(({ sequence, sync }) => ({ sequence, sync }))),
    commit(commit) {
      return database.write(() => {
        const wanted = typeof commit === 'function' ? commit() : commit
        if (!wanted || wanted.sync.length === 0) return { plan: null, result: undefined }
        const { sync, durability = 'strict', erase = false } = wanted
        return { plan: { writes: [], sync, context: 'commit', durability, erase }, result: undefined }
      })
    },
    compact: () => database.compact(),
    figures: () => database.figures(),
    close: () => database.close(),
  }
}
