/**
 * RxDB's memory instance with indexes that are built when a query first needs them, in slices.
 *
 * RxDB's own fills all indexes at every write, some 100 bytes a document each, although most are never asked, and
 * compares a batch with every row there is. Here an index that no query has named costs neither opening nor writing
 * nor memory, and a batch is put in by blocks.
 */
import type { BulkWriteRow, RxDocumentData } from 'rxdb'
import {
  putWriteRowToState,
  RxStorageInstanceMemory,
  type MemoryStorageInternalsByIndex,
} from 'rxdb/plugins/storage-memory'
import type { AnyDocument } from '../journal/batch.ts'
import type { ChangeOrder } from './change-order.ts'
import { runInSlices } from '../journal/pace.ts'

type Index = MemoryStorageInternalsByIndex<AnyFields>
type Row = Index['docsWithIndex'][number]
type AnyFields = Record<string, unknown>

/** Rows of a batch from which on blocks are moved at once. */
const FEW = 16

/** A memory instance that puts batches into its indexes without comparing them with every row. */
export class BlockwiseMemoryInstance extends RxStorageInstanceMemory<AnyFields> {
  /** Brings the last write into documents and indexes, as RxDB's own does. */
  override ensurePersistence(): void {
    const task = this.internals.ensurePersistenceTask
    if (!task) return
    delete this.internals.ensurePersistenceTask
    const inserted = task.bulkInsertDocs.map(({ document }) => document)
    for (const document of inserted) this.internals.documents.set(String(document[this.primaryPath]), document)
    if (inserted.length > 0)
      for (const index of this.internals.byIndexArray) insertSorted(index, this.#rows(index, inserted))
    if (task.bulkUpdateDocs.length < FEW) task.bulkUpdateDocs.forEach((row) => this.#update(row))
    else this.#updateMany(task.bulkUpdateDocs)
  }

  #rows(index: Index, documents: readonly RxDocumentData<AnyFields>[]): Row[] {
    return documents
      .map((document): Row => [index.getIndexableString(document), document, String(document[this.primaryPath])])
      .sort(byString)
  }

  #update({ document, previous }: BulkWriteRow<AnyFields>): void {
    const id = String(document[this.primaryPath])
    putWriteRowToState(id, this.internals, this.internals.byIndexArray, document, previous)
  }

  #updateMany(rows: readonly BulkWriteRow<AnyFields>[]): void {
    const documents = rows.map(({ document }) => document as RxDocumentData<AnyFields>)
    const ids = new Set(documents.map((document) => String(document[this.primaryPath])))
    for (const document of documents) this.internals.documents.set(String(document[this.primaryPath]), document)
    for (const index of this.internals.byIndexArray) {
      index.docsWithIndex = index.docsWithIndex.filter((row) => !ids.has(row[2]))
      insertSorted(index, this.#rows(index, documents))
    }
  }
}

/** Puts sorted rows into an index: each place by binary search; the rows between are moved once, from the end. */
function insertSorted({ docsWithIndex: target }: Index, added: readonly Row[]): void {
  const places: number[] = Array.from({ length: added.length })
  for (let at = added.length - 1, end = target.length; at >= 0; at -= 1) {
    let low = 0
    let high = end
    while (low < high) {
      const middle = (low + high) >>> 1
      if (target[middle]![0] <= added[at]![0]) low = middle + 1
      else high = middle
    }
    places[at] = end = low
  }
  if (added.length < FEW) {
    for (let at = added.length - 1; at >= 0; at -= 1) target.splice(places[at]!, 0, added[at]!)
    return
  }
  let from = target.length - 1
  for (const row of added) target.push(row)
  let to = target.length - 1
  for (let at = added.length - 1; at >= 0; at -= 1) {
    while (from >= places[at]!) target[to--] = target[from--]!
    target[to--] = added[at]!
  }
}

/** The indexes of one instance. */
export interface MemoryIndexes {
  /** How many are built. */
  readonly built: number
  /** Resolves when the index on `fields` is built; `null` when it is already, or when the schema has none such. */
  ensure(fields: readonly string[]): Promise<void> | null
  /** Takes documents out of all of them. */
  forget(ids: ReadonlySet<string>): void
  release(): void
}

/** Documents whose strings are made, or sorted, in one step. */
const STEP_LENGTH = 2_048
/** Documents that are compared in one step of a merge. */
const MERGE_LENGTH = 16_384

/** Takes over the indexes of `memory`, which must hold none of its documents yet. */
export function createMemoryIndexes(memory: RxStorageInstanceMemory<AnyFields>, order: ChangeOrder): MemoryIndexes {
  const { internals, primaryPath } = memory
  /** RxDB's code fills the indexes that are in this array; those not asked for stay out of it. */
  const built: Index[] = []
  internals.byIndexArray = built
  const building = new Map<Index, Promise<void>>()
  let forgotten = 0
  let isReleased = false

  function rowOf(index: Index, document: AnyDocument): Row {
    return [index.getIndexableString(document), document, String(document[primaryPath])]
  }

  async function build(index: Index): Promise<void> {
    memory.ensurePersistence()
    const { documents } = internals
    const before = { latest: order.latest, forgotten }
    let rows = await runInSlices(sortedRows([...documents.values()], (document) => rowOf(index, document)))
    if (isReleased) throw new Error('this store is closed')
    memory.ensurePersistence()
    if (order.latest !== before.latest || forgotten !== before.forgotten) {
      // Written meanwhile: what is not the document of today goes, what came since is put in.
      const since = order.after(before.latest, Infinity).flatMap(({ id }) => documents.get(id) ?? [])
      const stillThere = rows.filter((row) => documents.get(row[2]) === row[1])
      const fresh = new Set(stillThere.map((row) => row[1]))
      const added = since.filter((document) => !fresh.has(document)).map((document) => rowOf(index, document))
      rows = stillThere
      index.docsWithIndex = rows
      insertSorted(index, added.sort(byString))
    }
    index.docsWithIndex = rows
    built.push(index)
  }

  return {
    get built() {
      return built.length
    },
    ensure(fields) {
      const index = internals.byIndex[fields.join(',')]
      if (!index || built.includes(index)) return null
      const known = building.get(index)
      if (known) return known
      const started = build(index).finally(() => building.delete(index))
      building.set(index, started)
      return started
    },
    forget(ids) {
      forgotten += 1
      for (const index of built) index.docsWithIndex = index.docsWithIndex.filter((row) => !ids.has(row[2]))
    },
    release() {
      isReleased = true
      for (const index of Object.values(internals.byIndex)) index.docsWithIndex = []
      built.length = 0
    },
  }
}

function byString(a: Row, b: Row): number {
  return a[0] < b[0] ? -1 : 1
}

/** The rows of `documents` in the order of their strings. */
function* sortedRows(documents: readonly AnyDocument[], rowOf: (document: AnyDocument) => Row): Generator<void, Row[]> {
  let runs: Row[][] = []
  for (let at = 0; at < documents.length; at += STEP_LENGTH) {
    runs.push(documents.slice(at, at + STEP_LENGTH).map(rowOf))
    yield
    runs.at(-1)!.sort(byString)
    yield
  }
  while (runs.length > 1) {
    const merged: Row[][] = []
    for (let at = 0; at < runs.length; at += 2) {
      const [a, b] = [runs[at]!, runs[at + 1]]
      merged.push(b ? yield* discarding(mergeSteps(a, b)) : a)
    }
    runs = merged
  }
  return runs[0] ?? []
}

function* discarding(steps: Generator<Row[]>): Generator<void, Row[]> {
  let merged: Row[] = []
  for (merged of steps) yield
  return merged
}

/** Merges two sorted runs; gives the array so far after each step, and the whole at the end. */
function* mergeSteps(a: readonly Row[], b: readonly Row[]): Generator<Row[]> {
  const merged: Row[] = []
  let inA = 0
  let inB = 0
  while (inA < a.length && inB < b.length) {
    merged.push(a[inA]![0] <= b[inB]![0] ? a[inA++]! : b[inB++]!)
    if (merged.length % MERGE_LENGTH === 0) yield merged
  }
  while (inA < a.length) merged.push(a[inA++]!)
  while (inB < b.length) merged.push(b[inB++]!)
  yield merged
}
