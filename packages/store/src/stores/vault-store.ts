/**
 * The store of one vault: RxDB collections `records` and `audit`, and the state of sync, over one sealed log.
 *
 * `commit` writes all three kinds as one entry. What a person edits through the RxDB collections is such a
 * commit without sync rows; sync learns of it from `changes$`. See also account-store.ts, which has no collections.
 */
import { createRxDatabase, type BulkWriteRow, type RxCollection, type RxJsonSchema } from 'rxdb'
import { createRevision, now, randomToken } from 'rxdb/plugins/utils'
import { filter, map, type Observable } from 'rxjs'
import type { CborValue } from '@chartkeep/crypto/encoding'
import type { AnyDocument, SyncRow } from '../journal/batch.ts'
import { emptyCaches } from '../memory/collection-caches.ts'
import type { CompactionRules } from '../database/compactor.ts'
import type { StoreFigures } from '../database/figures.ts'
import type { AnyFields, InstanceState } from '../memory/instance-state.ts'
import type { OpenFailure, OpenProgress } from '../journal/journal.ts'
import { instanceName, storageOver } from '../database/rx-storage-sealed.ts'
import {
  openSealedDatabase,
  type DatabaseChange,
  type SealedDatabase,
  type WritePlan,
} from '../database/sealed-database.ts'
import type { Durability, SealedLog } from '../disk/sealed-log.ts'
import { migrateContents, type Migrations } from '../database/shape.ts'
import { recordOf, storedRecordSchema, type StoredRecord } from './stored-record.ts'
import { syncTables, type SyncTables } from '../database/sync-tables.ts'

/** What one commit writes. Rows of the same id or key: the last one counts. */
export interface VaultCommit {
  /** Inserted, or put in the place of what has the same id. */
  records?: readonly StoredRecord[]
  audit?: readonly StoredRecord[]
  /** Ids of records or audit rows to remove; unknown ids are passed over. */
  remove?: readonly string[]
  sync?: readonly SyncRow[]
  /** `strict` when left out. */
  durability?: Durability
  /**
   * What this takes away or overwrites must leave the disk too: `remove` leaves no tombstone then, and the promise
   * resolves when the log is compacted. Rejects with `EraseDelayedError` when only that is refused.
   */
  erase?: boolean
}

/** What {@link VaultStore.purge} takes away. */
export interface VaultPurge {
  /** Streams whose records and audit rows go. */
  streams: readonly string[]
  /** Which sync rows go with them; none when left out. Called for each row, and must not change anything. */
  sync?: (table: string, key: string, value: CborValue) => boolean
}

/** What one durable entry changed. Removed ids are named too; look them up to tell. */
export interface VaultChange {
  /** The number of the log entry. */
  sequence: number
  /** `commit`: by {@link VaultStore.commit}. `collection`: through an RxDB collection, that is by a person. */
  origin: 'commit' | 'collection'
  records: readonly string[]
  audit: readonly string[]
  sync: readonly { table: string; key: string }[]
}

/** An open vault. */
export interface VaultStore {
  readonly type: 'vault'
  readonly name: string
  readonly records: RxCollection<StoredRecord>
  readonly audit: RxCollection<StoredRecord>
  readonly sync: SyncTables
  /** The number of the last durable log entry; it only grows. */
  readonly sequence: number
  /** The torn last entry that opening quarantined; null for none. */
  readonly recovered: { entry: number } | null
  /** One event for each durable entry, after memory shows it. */
  readonly changes$: Observable<VaultChange>
  /** The record or audit row as it is now, without RxDB's own fields; `null` when unknown or removed. */
  read(id: string): StoredRecord | null
  /** Every record and audit row as it is now, in no order. */
  all(): StoredRecord[]
  /** Id and clinical date of every record, in no order; audit rows left out. */
  dates(): { id: string; date: string }[]
  /**
   * Writes everything as one entry, or nothing and rejects. A function is called when no other write can come in
   * between, so that it may read the state it builds on; it answers `null` to write nothing.
   */
  commit(commit: VaultCommit | (() => VaultCommit | null)): Promise<void>
  /**
   * Takes records, audit rows and sync rows away for good: no tombstone, and no trace in the log once it resolves.
   * One entry; after a crash in the middle the next opening finishes it.
   */
  purge(what: VaultPurge): Promise<void>
  /** Makes the log small: a snapshot of the current state replaces all entries. Writes continue meanwhile. */
  compact(): Promise<void>
  figures(): StoreFigures
  /** Waits for what was asked for, then closes everything and lets go of keys and plaintext. */
  close(): Promise<void>
}

/** What a store is opened with. */
export interface StoreSource {
  /** Names the store in this process only; it is written nowhere. */
  name: string
  /** The store key, 32 bytes; copied, and the copy is wiped at close. */
  key: Uint8Array
  log: SealedLog
  /** Answer `missing` for an empty log instead of starting a new store. */
  mustExist?: boolean
  /** Called some 50 times a second while a large store opens. */
  onProgress?: (progress: OpenProgress) => void
  /** Gives opening up: it rejects with the signal's reason, and nothing stays open. */
  signal?: AbortSignal
  compaction?: CompactionRules
}

const COMMIT_CONTEXT = 'chartkeep-commit'

/** What the documents of a vault look like in this version of the program, and how older ones become such. */
export interface VaultShape {
  /** Its version is the number of migrations. */
  schema: RxJsonSchema<StoredRecord>
  migrations: Migrations
}

/** The shape that the app writes. A change of it is a new version, a migration and a fixture (test/fixtures/store). */
export const vaultShape: VaultShape = { schema: storedRecordSchema, migrations: [] }

const COLLECTIONS = ['records', 'audit'] as const

/** Opens the vault in `log`, or starts one in an empty log. At most 13 RxDB collections may be open per realm: 6 vaults. */
export async function openVaultStore(
  { name, ...source }: StoreSource,
  { schema, migrations }: VaultShape = vaultShape,
): Promise<VaultStore | OpenFailure> {
  if (schema.version !== migrations.length) throw new RangeError('a shape has one migration for each version')
  const opened = await openSealedDatabase({
    ...source,
    shape: migrations.length,
    migrate: (contents) => migrateContents(contents, migrations, COLLECTIONS, (id) => emptied(schema, id)),
  })
  if (opened.type !== 'open') return opened
  const database = opened
  const token = randomToken(10)
  const { rxDatabase, collections } = await openCollections(database, token, schema).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const records = stateOf(database, rxDatabase.name, 'records', collections.records)
  const audit = stateOf(database, rxDatabase.name, 'audit', collections.audit)

  return {
    type: 'vault',
    name,
    records: collections.records,
    audit: collections.audit,
    sync: syncTables(database),
    get sequence() {
      return database.sequence
    },
    recovered: database.recovered,
    changes$: database.changes$.pipe(
      map((change) => vaultChangeOf(change, records.name, audit.name)),
      filter((change) => change.records.length + change.audit.length + change.sync.length > 0),
    ),
    read(id) {
      const document = liveDocument(records, id) ?? liveDocument(audit, id)
      return document && withoutMeta(document)
    },
    all() {
      return [records, audit].flatMap((state) => [...liveDocuments(state)].map(withoutMeta))
    },
    dates() {
      const found: { id: string; date: string }[] = []
      for (const { id, date } of liveDocuments(records)) found.push({ id: id as string, date: date as string })
      return found
    },
    commit(commit) {
      return database.write(() => {
        const wanted = typeof commit === 'function' ? commit() : commit
        if (!wanted) return { plan: null, result: undefined }
        const { durability = 'strict', erase = false } = wanted
        const removed = new Set(erase ? [] : wanted.remove)
        const writes = [
          { state: records, rows: rowsFor(records, wanted.records ?? [], removed, token, schema) },
          { state: audit, rows: rowsFor(audit, wanted.audit ?? [], removed, token, schema) },
        ].filter(({ rows }) => rows.length > 0)
        const sync = wanted.sync ?? []
        const forgotten = erase ? documentsOf([records, audit], new Set(wanted.remove)) : []
        const plan = { writes, forgotten, sync, context: COMMIT_CONTEXT, durability, erase }
        const isEmpty = writes.length + forgotten.length + sync.length === 0
        return { plan: isEmpty ? null : plan, result: undefined }
      })
    },
    purge({ streams, sync: isPurged = () => false }) {
      return database.write(() => {
        const gone = new Set(streams)
        const forgotten = [records, audit]
          .map((state) => ({
            state,
            documents: [...state.documents.values()].filter((document) => gone.has(streamOf(document))),
          }))
          .filter(({ documents }) => documents.length > 0)
        const sync = [...database.contents.tables].flatMap(([table, rows]) =>
          [...rows].flatMap(([key, value]) => (isPurged(table, key, value) ? [{ table, key, value: null }] : [])),
        )
        // Also with nothing to take away: what was removed before may still lie in the log.
        const plan: WritePlan = {
          writes: [],
          forgotten,
          sync,
          context: COMMIT_CONTEXT,
          durability: 'strict',
          erase: true,
        }
        return { plan, result: undefined }
      })
    },
    compact: () => database.compact(),
    figures: () => database.figures(),
    async close() {
      await rxDatabase.close()
      await database.close()
      emptyCaches(collections.records)
      emptyCaches(collections.audit)
    },
  }
}

async function openCollections(database: SealedDatabase, token: string, schema: RxJsonSchema<StoredRecord>) {
  const storage = storageOver(database)
  const rxDatabase = await createRxDatabase({ name: `vault-${token}`, storage, multiInstance: false })
  try {
    const collections: { records: RxCollection<StoredRecord>; audit: RxCollection<StoredRecord> } =
      await rxDatabase.addCollections({
        // The store has migrated already, all of it in one step.
        records: { schema, autoMigrate: false },
        audit: { schema, autoMigrate: false },
      })
    return { rxDatabase, collections }
  } catch (error) {
    await rxDatabase.close()
    throw error
  }
}

function stateOf(
  database: SealedDatabase,
  databaseName: string,
  collectionName: string,
  { schema }: RxCollection<StoredRecord>,
): InstanceState {
  return database.instance({
    name: instanceName(collectionName, schema.version),
    databaseName,
    collectionName,
    schema: schema.jsonSchema as unknown as InstanceState['memory']['schema'],
    devMode: false,
  })
}

function liveDocument({ memory }: InstanceState, id: string): AnyDocument | null {
  memory.ensurePersistence()
  const document = memory.internals.documents.get(id)
  return document && !document._deleted ? document : null
}

function* liveDocuments({ memory }: InstanceState): Iterable<AnyDocument> {
  memory.ensurePersistence()
  for (const document of memory.internals.documents.values()) if (!document._deleted) yield document
}

/** RxDB's rows that put `records` in the place of whatever is there, and take away what is to be removed. */
function rowsFor(
  { memory }: InstanceState,
  records: readonly StoredRecord[],
  removed: ReadonlySet<string>,
  token: string,
  schema: RxJsonSchema<StoredRecord>,
): BulkWriteRow<AnyFields>[] {
  const { documents } = memory.internals
  const _meta = { lwt: now() }
  const rowById = new Map<string, BulkWriteRow<AnyFields>>()
  /** `fields` becomes the document. */
  function put(id: string, fields: AnyFields, _deleted: boolean): void {
    const previous = documents.get(id)
    const _rev = createRevision(token, previous)
    const document = Object.assign(fields, { _deleted, _attachments: {}, _meta, _rev }) as AnyDocument
    rowById.set(id, previous ? { previous, document } : { document })
  }
  for (const id of removed) if (documents.get(id)?._deleted === false) put(id, emptied(schema, id), true)
  for (const record of records) put(record.id, { ...record }, false)
  return [...rowById.values()]
}

/** What a removed row keeps: its id, and no content. */
function emptied(schema: RxJsonSchema<StoredRecord>, id: string): AnyFields {
  const fields: AnyFields = {}
  for (const field of Object.keys(schema.properties)) fields[field] = ''
  fields['id'] = id
  return fields
}

/** The documents of those ids, tombstones too. */
function documentsOf(
  states: readonly InstanceState[],
  ids: ReadonlySet<string>,
): { state: InstanceState; documents: AnyDocument[] }[] {
  return states
    .map((state) => ({ state, documents: [...ids].flatMap((id) => state.documents.get(id) ?? []) }))
    .filter(({ documents }) => documents.length > 0)
}

/** The stream of a record, of a tombstone too: its id begins with it. */
function streamOf({ id }: AnyDocument): string {
  const text = String(id)
  return text.slice(0, text.indexOf('.'))
}

function withoutMeta(document: AnyDocument): StoredRecord {
  return recordOf(document as unknown as StoredRecord)
}

function vaultChangeOf(change: DatabaseChange, records: string, audit: string): VaultChange {
  const idsOf = (name: string) => change.documents.find(({ instance }) => instance === name)?.ids ?? []
  return {
    sequence: change.sequence,
    origin: change.context === COMMIT_CONTEXT ? 'commit' : 'collection',
    records: idsOf(records),
    audit: idsOf(audit),
    sync: change.sync,
  }
}
