/**
 * One storage instance in memory: RxDB's own memory instance (indexes, selectors, conflicts, events)
 * filled with what the journal held, plus the order of changes.
 */
import {
  addIndexesToInternalsState,
  bulkInsertToState,
  getRxStorageMemory,
  RxStorageInstanceMemory,
  type MemoryStorageInternals,
} from 'rxdb/plugins/storage-memory'
import type { RxDocumentData, RxJsonSchema } from 'rxdb'
import { Subject } from 'rxjs'
import type { AnyDocument } from './batch.ts'
import { createChangeOrder, type ChangeOrder } from './change-order.ts'

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

/** A memory instance and what the journal knows about it. */
export interface InstanceState {
  readonly name: string
  readonly memory: RxStorageInstanceMemory<AnyFields>
  readonly order: ChangeOrder
}

/** Builds the instance and its indexes over `documents` (in the order of their last change; taken over, not copied). */
export function prepareInstance(
  { name, databaseName, collectionName, schema, devMode }: InstanceParams,
  documents: ReadonlyMap<string, { document: AnyDocument; sequence: number }>,
): InstanceState {
  const internals: MemoryStorageInternals<AnyFields> = {
    id: name,
    schema,
    refCount: 1,
    removed: false,
    documents: new Map(),
    attachments: new Map(),
    byIndex: {},
    byIndexArray: [],
    changes$: new Subject(),
  }
  addIndexesToInternalsState(internals, schema)
  // RxDB's own storage object keeps the documents of closed instances for the life of the page; ours must not.
  const storage = { ...getRxStorageMemory(), collectionStates: new Map<string, MemoryStorageInternals<AnyFields>>() }
  const memory = new RxStorageInstanceMemory<AnyFields>(
    storage,
    databaseName,
    collectionName,
    schema,
    internals,
    {},
    {},
    devMode,
  )
  const order = createChangeOrder()
  const rows: { document: AnyDocument }[] = []
  for (const [id, { document, sequence }] of documents) {
    rows.push({ document })
    order.put(id, sequence)
  }
  bulkInsertToState(memory.primaryPath, internals, internals.byIndexArray, rows)
  return { name, memory, order }
}

/** Closes the instance and empties it, so that nothing holds its documents any more. */
export function releaseInstance({ memory, order }: InstanceState): void {
  void memory.close()
  memory.internals.changes$.complete()
  memory.internals.documents.clear()
  for (const index of memory.internals.byIndexArray) index.docsWithIndex = []
  order.clear()
}
