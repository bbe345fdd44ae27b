/**
 * An RxStorage for RxDB 17 (https://rxdb.info/rx-storage.html) that seals everything it keeps.
 *
 * Queries run on RxDB's own memory instances; each write batch is first one sealed, durable log entry.
 * Not offered: multiInstance (one tab holds a sealed store), RxDB attachments (their digest, length and type
 * would be rows; keep blobs outside). Change cursors are the log's sequence numbers, never a clock.
 */
import {
  categorizeBulkWriteRows,
  ensureRxStorageInstanceParamsAreCorrect,
  INTERNAL_STORAGE_NAME,
  type BulkWriteRow,
  type EventBulk,
  type PreparedQuery,
  type RxDocumentData,
  type RxStorage,
  type RxStorageBulkWriteResponse,
  type RxStorageChangeEvent,
  type RxStorageCountResult,
  type RxStorageInstance,
  type RxStorageInstanceCreationParams,
  type RxStorageQueryResult,
  type RxStorageWriteError,
} from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { RXDB_VERSION } from 'rxdb/plugins/utils'
import { map, type Observable } from 'rxjs'
import type { AnyDocument } from '../journal/batch.ts'
import type { AnyFields, InstanceState } from '../memory/instance-state.ts'
import type { CompactionRules } from './compactor.ts'
import type { StoreFigures } from './figures.ts'
import type { OpenFailure, OpenProgress } from '../journal/journal.ts'
import { openSealedDatabase, type SealedDatabase } from './sealed-database.ts'
import type { Durability, SealedLog } from '../disk/sealed-log.ts'

/** The position of a change: every document changed later has a greater sequence number. */
export interface SealedCheckpoint {
  sequence: number
}

/** What a sealed instance shows of its insides: nothing. */
export type SealedInternals = Record<string, never>

/** Options of a single instance: none. */
export type SealedInstanceOptions = Record<string, never>

/** The storage type of RxDB databases over a sealed log. */
export type RxStorageSealed = RxStorage<SealedInternals, SealedInstanceOptions> & {
  /** Puts a snapshot in the place of all log entries; it also runs by itself. Rejects when no database is open. */
  compact(): Promise<void>
  /** Counts and sizes; `null` when no database is open. */
  figures(): StoreFigures | null
}

/** What a storage is made of. */
export interface RxStorageSealedOptions {
  /** The store key, 32 random bytes; copied when the database opens. */
  key: Uint8Array
  log: SealedLog
  /** How durable each write is; `strict` unless the data can be fetched again. */
  durability?: Durability
  /** Called some 50 times a second while a large log opens. */
  onProgress?: (progress: OpenProgress) => void
  /** Gives opening up: `createRxDatabase` rejects with the signal's reason. */
  signal?: AbortSignal
  compaction?: CompactionRules
}

/** The log did not open; `failure` says why. Thrown out of `createRxDatabase`. */
export class SealedStoreError extends Error {
  override readonly name = 'SealedStoreError'
  readonly failure: OpenFailure
  constructor(failure: OpenFailure) {
    super(`the sealed store does not open: ${failure.type}`)
    this.failure = failure
  }
}

/** A storage for one RxDB database over one log. Use a log and a storage of its own for each database. */
export function getRxStorageSealed({
  key,
  log,
  durability = 'strict',
  onProgress,
  signal,
  compaction,
}: RxStorageSealedOptions): RxStorageSealed {
  let opening: Promise<SealedDatabase> | null = null
  let openInstances = 0
  let databaseName: string | null = null
  let current: SealedDatabase | null = null

  const storage = createStorage({
    durability,
    async acquire(name) {
      if (databaseName !== null && databaseName !== name) throw new Error('a sealed storage serves one database')
      databaseName = name
      openInstances += 1
      opening ??= openSealedDatabase({ key, log, onProgress, signal, compaction }).then((opened) => {
        if (opened.type !== 'open') throw new SealedStoreError(opened)
        return opened
      })
      try {
        current = await opening
        return current
      } catch (error) {
        openInstances -= 1
        if (openInstances === 0) [opening, databaseName] = [null, null]
        throw error
      }
    },
    async release(database) {
      openInstances -= 1
      if (openInstances > 0) return
      ;[opening, databaseName, current] = [null, null, null]
      const nothingLeft = database.contents.instances.size === 0
      await database.close()
      if (nothingLeft) await log.destroy()
    },
  })
  return {
    ...storage,
    compact: () => current?.compact() ?? Promise.reject(new Error('no database is open in this storage')),
    figures: () => current?.figures() ?? null,
  }
}

/**
 * A storage over a database that is open already and is closed by its owner. RxDB's internal rows stay in memory:
 * whoever owns the database knows its collections, and a row that names RxDB's version would stop later ones.
 */
export function storageOver(database: SealedDatabase): SealedRxStorage {
  const storage = createStorage({
    durability: 'strict',
    acquire: () => Promise.resolve(database),
    release: () => Promise.resolve(),
  })
  const internal = getRxStorageMemory()
  internal.collectionStates = new Map()
  // Earlier versions kept them in the log.
  for (const name of database.contents.instances.keys())
    if (name.startsWith(`${INTERNAL_STORAGE_NAME}-`)) database.contents.drop(name)
  return {
    ...storage,
    createStorageInstance: (params) =>
      params.collectionName === INTERNAL_STORAGE_NAME
        ? (internal.createStorageInstance(params) as unknown as ReturnType<typeof storage.createStorageInstance>)
        : storage.createStorageInstance(params),
  } as SealedRxStorage
}

/** The name of an instance inside the seal. */
export function instanceName(collectionName: string, version: number): string {
  return `${collectionName}-${version}`
}

type SealedRxStorage = RxStorage<SealedInternals, SealedInstanceOptions>

interface StorageDeps {
  durability: Durability
  acquire(databaseName: string): Promise<SealedDatabase>
  release(database: SealedDatabase): Promise<void>
}

function createStorage({ durability, acquire, release }: StorageDeps): SealedRxStorage {
  return {
    name: 'sealed',
    rxdbVersion: RXDB_VERSION,
    async createStorageInstance<RxDocType>(
      params: RxStorageInstanceCreationParams<RxDocType, SealedInstanceOptions>,
    ): Promise<RxStorageInstance<RxDocType, SealedInternals, SealedInstanceOptions, SealedCheckpoint>> {
      ensureRxStorageInstanceParamsAreCorrect(params)
      if (params.multiInstance) throw new Error('the sealed storage needs multiInstance: false')
      if (params.schema.attachments) throw new Error('the sealed storage keeps no RxDB attachments')
      const database = await acquire(params.databaseName)
      const { schema, collectionName, databaseName, devMode } = params as unknown as RxStorageInstanceCreationParams<
        AnyFields,
        SealedInstanceOptions
      >
      const name = instanceName(collectionName, schema.version)
      const state = database.instance({ name, databaseName, collectionName, schema, devMode })
      const instance = createInstance(database, state, durability, () => release(database))
      return instance as unknown as RxStorageInstance<
        RxDocType,
        SealedInternals,
        SealedInstanceOptions,
        SealedCheckpoint
      >
    },
  }
}

function createInstance(
  database: SealedDatabase,
  state: InstanceState,
  durability: Durability,
  release: () => Promise<void>,
): RxStorageInstance<AnyFields, SealedInternals, SealedInstanceOptions, SealedCheckpoint> {
  const { memory, order } = state
  let closing: Promise<void> | null = null

  function ensureOpen(): void {
    if (closing) throw new Error('this storage instance is closed')
  }

  return {
    databaseName: memory.databaseName,
    collectionName: memory.collectionName,
    schema: memory.schema,
    internals: {},
    options: {},

    async bulkWrite(rows: BulkWriteRow<AnyFields>[], context: string): Promise<RxStorageBulkWriteResponse<AnyFields>> {
      ensureOpen()
      return database.write(() => {
        const { accepted, error } = splitRows(state, rows, context)
        const plan = accepted.length === 0 ? null : { writes: [{ state, rows: accepted }], context, durability }
        return { plan, result: { error } }
      })
    },

    async findDocumentsById(ids: string[], withDeleted: boolean): Promise<RxDocumentData<AnyFields>[]> {
      ensureOpen()
      return memory.findDocumentsById(ids, withDeleted)
    },

    async query(preparedQuery: PreparedQuery<AnyFields>): Promise<RxStorageQueryResult<AnyFields>> {
      ensureOpen()
      await state.indexes.ensure(preparedQuery.queryPlan.index)
      return memory.query(preparedQuery)
    },

    async count(preparedQuery: PreparedQuery<AnyFields>): Promise<RxStorageCountResult> {
      ensureOpen()
      await state.indexes.ensure(preparedQuery.queryPlan.index)
      return memory.count(preparedQuery)
    },

    async getAttachmentData(): Promise<Blob> {
      throw new Error('the sealed storage keeps no RxDB attachments')
    },

    async getChangedDocumentsSince(limit: number, checkpoint?: SealedCheckpoint) {
      ensureOpen()
      memory.ensurePersistence()
      const changes = order.after(checkpoint?.sequence ?? 0, limit)
      return {
        documents: changes.map(({ id }) => memory.internals.documents.get(id)!),
        checkpoint: { sequence: changes.at(-1)?.sequence ?? checkpoint?.sequence ?? 0 },
      }
    },

    changeStream(): Observable<EventBulk<RxStorageChangeEvent<RxDocumentData<AnyFields>>, SealedCheckpoint>> {
      return memory.changeStream().pipe(map((bulk) => ({ ...bulk, checkpoint: { sequence: order.latest } })))
    },

    async cleanup(minimumDeletedTime: number): Promise<boolean> {
      ensureOpen()
      return database.write(() => {
        const before = Date.now() - minimumDeletedTime
        const documents: AnyDocument[] = []
        for (const document of memory.internals.documents.values()) {
          if (document._deleted && document._meta.lwt <= before) documents.push(document)
        }
        const plan = { writes: [], forgotten: [{ state, documents }], context: 'cleanup', durability }
        return { plan: documents.length === 0 ? null : plan, result: true }
      })
    },

    close(): Promise<void> {
      closing ??= release()
      return closing
    },

    async remove(): Promise<void> {
      ensureOpen()
      const plan = { writes: [], dropped: [state], context: 'remove', durability }
      await database.write(() => ({ plan, result: undefined }))
      closing = release()
      await closing
    },
  }
}

/** Tells the rows that will be written from those that conflict, by RxDB's own rule. */
function splitRows(
  { memory }: InstanceState,
  rows: BulkWriteRow<AnyFields>[],
  context: string,
): { accepted: BulkWriteRow<AnyFields>[]; error: RxStorageWriteError<AnyFields>[] } {
  const { documents } = memory.internals
  const { errors } = categorizeBulkWriteRows<AnyFields>(memory, memory.primaryPath, documents, rows, context)
  const refused = new Set(errors.map(({ writeRow }) => writeRow))
  const rowById = new Map<string, BulkWriteRow<AnyFields>>()
  for (const row of rows) {
    if (refused.has(row)) continue
    const id = String(row.document[memory.primaryPath])
    const earlier = rowById.get(id)
    if (!earlier) {
      rowById.set(id, row)
      continue
    }
    // RxDB's rule looks at stored rows only; two rows for one id in one batch would both pass it.
    const documentInDb = earlier.document as AnyDocument
    errors.push({ isError: true, status: 409, documentId: id, writeRow: row, documentInDb, context })
  }
  return { accepted: [...rowById.values()], error: errors }
}
