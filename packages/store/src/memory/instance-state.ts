/**
 * One storage instance in memory: RxDB's own memory instance (selectors, conflicts, events) over the documents
 * that the journal held, plus the order of changes. Indexes are built when a query first needs them (memory-indexes.ts).
 */
import {
  addIndexesToInternalsState,
  getRxStorageMemory,
  type RxStorageInstanceMemory,
  type MemoryStorageInternals,
} from 'rxdb/plugins/storage-memory'
import type { RxDocumentData, RxJsonSchema } from 'rxdb'
import { Subject } from 'rxjs'
import type { AnyDocument } from '../journal/batch.ts'
import { createChangeOrder, type ChangeOrder } from './change-order.ts'
import { BlockwiseMemoryInstance, createMemoryIndexes, type MemoryIndexes } from './memory-indexes.ts'

/** A document of an instance whose fields are not known here. */
export type AnyFields = Record<string, unknown>

/** What RxDB asks for. `name` is unique within the database (collection and schema version). */
export interface InstanceParams {
  name: string
  databaseName: string
  collectionName: string
  schema: Readonly<RxJsonSchema<RxDocumentData<AnyFields>>>
  devMode: boolean
}

/** The documents of one instance, whether anybody has asked for it or not. */
export interface InstanceData {
  readonly name: string
  primaryPath: string
  readonly documents: Map<string, AnyDocument>
  readonly order: ChangeOrder
}

/** A memory instance over its documents. */
export interface InstanceState extends InstanceData {
  readonly memory: RxStorageInstanceMemory<AnyFields>
  readonly indexes: MemoryIndexes
}

/** An instance without documents. */
export function createInstanceData(name: string, primaryPath: string): InstanceData {
  return { name, primaryPath, documents: new Map(), order: createChangeOrder() }
}

/** Builds the memory instance over `data`, which it takes over. */
export function prepareInstance(
  { name, databaseName, collectionName, schema, devMode }: InstanceParams,
  data: InstanceData,
): InstanceState {
  const internals: MemoryStorageInternals<AnyFields> = {
    id: name,
    schema,
    refCount: 1,
    removed: false,
    documents: data.documents,
    attachments: new Map(),
    byIndex: {},
    byIndexArray: [],
    changes$: new Subject(),
  }
  addIndexesToInternalsState(internals, schema)
  // RxDB's own storage object keeps the documents of closed instances for the life of the page; ours must not.
  const storage = { ...getRxStorageMemory(), collectionStates: new Map<string, MemoryStorageInternals<AnyFields>>() }
  const memory = new BlockwiseMemoryInstance(storage, databaseName, collectionName, schema, internals, {}, {}, devMode)
  data.primaryPath = memory.primaryPath
  return Object.assign(data, { memory, indexes: createMemoryIndexes(memory, data.order) })
}

/** Takes documents away without a trace: no tombstone, no place in the order of changes. Memory must be settled. */
export function forgetDocuments({ documents, order, indexes }: InstanceState, ids: ReadonlySet<string>): void {
  for (const id of ids) {
    documents.delete(id)
    order.forget(id)
  }
  indexes.forget(ids)
}

/** Closes the instance and empties it, so that nothing holds its documents any more. */
export function releaseInstance({ memory, order, indexes }: InstanceState): void {
  void memory.close()
  memory.internals.changes$.complete()
  memory.internals.documents.clear()
  indexes.release()
  order.clear()
}
