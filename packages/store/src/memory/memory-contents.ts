/**
 * What a database holds in memory: documents by instance, sync rows by table. Filled from the journal at opening;
 * an instance gets RxDB's memory instance over it when somebody asks for it.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import { valueAt, type AnyDocument, type Batch, type SyncRow, type ValuePlace } from '../journal/batch.ts'
import {
  createInstanceData,
  prepareInstance,
  releaseInstance,
  type InstanceData,
  type InstanceParams,
  type InstanceState,
} from './instance-state.ts'
import type { InstanceView, SnapshotHead, SnapshotPart, SnapshotView } from '../journal/snapshot.ts'

/** The contents of one open database. */
export interface MemoryContents {
  /** The number of the next document change. */
  nextSequence: number
  /** The version of the shape that the log held (shape.ts). */
  shape: number
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, CborValue>>
  /** Every instance, asked for or not. */
  readonly instances: ReadonlyMap<string, InstanceData>
  takeHead(head: SnapshotHead): void
  takePart(part: SnapshotPart): void
  takeBatch(batch: Batch): void
  takeSync(rows: readonly SyncRow[]): void
  /** Empties every table. */
  clearTables(): void
  /** The memory instance of that name, built at the first call. */
  instance(params: InstanceParams): InstanceState
  /** The instances that were asked for. */
  states(): Iterable<InstanceState>
  drop(name: string): void
  /** Puts `data` in the place of whatever has its name; for migrations, before anybody asks for it. */
  put(data: InstanceData): void
  /** Brings RxDB's delayed index work to an end. */
  settle(): void
  /** The state as it is now, as references; memory is settled by it. */
  view(): SnapshotView
  clear(): void
}

export function createMemoryContents(): MemoryContents {
  const instances = new Map<string, InstanceData>()
  const states = new Map<string, InstanceState>()
  const tables = new Map<string, Map<string, CborValue>>()

  function dataOf(name: string, primaryPath: string): InstanceData {
    const known = instances.get(name)
    if (known) return known
    const created = createInstanceData(name, primaryPath)
    instances.set(name, created)
    return created
  }

  function takeSync(rows: readonly SyncRow[]): void {
    for (const row of rows) {
      const { table, key } = row
      const value = row.value === null && row.from ? placedValue(row.from) : row.value
      let known = tables.get(table)
      if (known === undefined) tables.set(table, (known = new Map<string, CborValue>()))
      if (value === null) known.delete(key)
      else known.set(key, value)
    }
  }

  function placedValue(from: ValuePlace): CborValue {
    const value = valueAt(tables, from)
    if (value === undefined) throw new Error('an entry of this store names a value that is not there')
    return value
  }

  function settle(): void {
    for (const { memory } of states.values()) memory.ensurePersistence()
  }

  const contents: MemoryContents = {
    nextSequence: 1,
    shape: 0,
    tables,
    instances,
    takeHead({ nextSequence, shape }) {
      contents.nextSequence = nextSequence
      contents.shape = shape
    },
    takePart(part) {
      for (const { instance, primaryPath, documents, sequences } of part.instances) {
        const data = dataOf(instance, primaryPath)
        documents.forEach((document, index) => putDocument(data, document, sequences[index]!))
      }
      takeSync(part.rows)
    },
    takeBatch(batch) {
      if (batch.shape !== undefined) contents.shape = batch.shape
      for (const name of batch.dropped) instances.delete(name)
      for (const { instance, ids } of batch.forgotten) {
        const data = instances.get(instance)
        for (const id of ids) {
          data?.documents.delete(id)
          data?.order.forget(id)
        }
      }
      let sequence = batch.firstSequence
      for (const { instance, primaryPath, documents } of batch.documents) {
        const data = dataOf(instance, primaryPath)
        for (const document of documents) putDocument(data, document, sequence++)
      }
      contents.nextSequence = Math.max(contents.nextSequence, sequence)
      takeSync(batch.sync)
    },
    takeSync,
    clearTables() {
      for (const rows of tables.values()) rows.clear()
    },
    instance(params) {
      const known = states.get(params.name)
      if (known) return known
      const state = prepareInstance(params, dataOf(params.name, ''))
      states.set(params.name, state)
      return state
    },
    states: () => states.values(),
    drop(name) {
      const state = states.get(name)
      if (state) releaseInstance(state)
      states.delete(name)
      instances.delete(name)
    },
    put(data) {
      instances.set(data.name, data)
    },
    settle,
    view() {
      settle()
      const views: InstanceView[] = []
      for (const { name, primaryPath, documents, order } of instances.values()) {
        const { ids, sequences } = order.all()
        views.push({ instance: name, primaryPath, documents: ids.map((id) => documents.get(id)!), sequences })
      }
      const rows = [...tables].flatMap(([table, byKey]) => [...byKey].map(([key, value]) => ({ table, key, value })))
      return { instances: views, rows }
    },
    clear() {
      for (const { documents, order } of instances.values()) {
        documents.clear()
        order.clear()
      }
      instances.clear()
      states.clear()
      for (const byKey of tables.values()) byKey.clear()
      tables.clear()
    },
  }
  return contents
}

function putDocument({ primaryPath, documents, order }: InstanceData, document: AnyDocument, sequence: number): void {
  const id = String(document[primaryPath])
  documents.set(id, document)
  order.put(id, sequence)
}
