/** The store of one account's home: tables of rows over a sealed log, without RxDB collections. */
import { map, type Observable } from 'rxjs'
import type { SyncRow } from './batch.ts'
import type { OpenFailure } from './journal.ts'
import { openSealedDatabase } from './sealed-database.ts'
import type { Durability } from './sealed-log.ts'
import { syncTables, type SyncTables } from './sync-tables.ts'
import type { StoreSource } from './vault-store.ts'

/** What one commit writes. */
export interface HomeCommit {
  sync: readonly SyncRow[]
  /** `strict` when left out. */
  durability?: Durability
}

/** What one durable entry changed. */
export interface HomeChange {
  sequence: number
  sync: readonly { table: string; key: string }[]
}

/** An open home. Its members are those of a vault's store, collections left out. */
export interface HomeStore {
  readonly type: 'home'
  readonly name: string
  readonly sync: SyncTables
  readonly sequence: number
  readonly recovered: { entry: number } | null
  readonly changes$: Observable<HomeChange>
  /** Writes all rows as one entry, or nothing and rejects. A function runs when no other write can come in between. */
  commit(commit: HomeCommit | (() => HomeCommit | null)): Promise<void>
  close(): Promise<void>
}

/** Opens the home in `log`, or starts one in an empty log. */
export async function openHomeStore({ name, key, log, mustExist }: StoreSource): Promise<HomeStore | OpenFailure> {
  const opened = await openSealedDatabase({ key, log, mustExist: mustExist ?? false })
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
        const { sync, durability = 'strict' } = wanted
        return { plan: { writes: [], sync, context: 'commit', durability }, result: undefined }
      })
    },
    close: () => database.close(),
  }
}
