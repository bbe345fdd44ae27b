/**
 * What one log entry says: documents written, documents forgotten, instances dropped, sync rows set.
 *
 * The outer form is deterministic CBOR; RxDB documents inside it are one JSON text per instance (they are
 * JSON by definition, and the native writer is the fast one); each sync value is CBOR of its own.
 */
import {
  bytesToUtf8,
  cborWithin,
  decodeCbor,
  encodeCbor,
  isCborMap,
  utf8ToBytes,
  type CborValue,
} from '@chartkeep/crypto/encoding'
import type { RxDocumentData } from 'rxdb'

/** A sync row: state of sync, stored next to the records. A `null` value removes the row. */
export interface SyncRow {
  table: string
  key: string
  value: CborValue | null
  /** Where the same value is stored already. The entry then names that place instead of writing the value twice. */
  from?: ValuePlace
}

/** A field of the map that a sync row holds. */
export interface ValuePlace {
  table: string
  key: string
  field: string
}

/** A document as RxDB's storages see it: with `_rev`, `_meta`, `_deleted`, and fields that are not known here. */
export type AnyDocument = RxDocumentData<Record<string, unknown>>

/** One entry's content. It is applied in this order: dropped, forgotten, documents, sync. */
export interface Batch {
  /** The number of the first of `documents`; they count on through all instances of the entry. */
  firstSequence: number
  dropped: readonly string[]
  forgotten: readonly { instance: string; ids: readonly string[] }[]
  documents: readonly InstanceDocuments[]
  sync: readonly SyncRow[]
  /** What this batch takes away must leave the disk too: a compaction is due at once, after a crash as well. */
  erase?: boolean
  /** In the entry that starts a store: the version of its shape (shape.ts), 0 when left out. */
  shape?: number
}

/** Documents of one storage instance; `primaryPath` names the field that holds their id. */
export interface InstanceDocuments {
  instance: string
  primaryPath: string
  documents: readonly AnyDocument[]
}

/** Bytes that are not counted: heads and short texts of an entry, table and key of a row. */
const ROOM = 1024
const NAMES = 128

/** The payload bytes of a batch. Throws on a sync value that CBOR cannot hold (a mistake of the caller). */
export function encodeBatch(batch: Batch): Uint8Array {
  let length = ROOM
  const counted = (bytes: Uint8Array) => {
    length += bytes.length
    return bytes
  }
  const within = (value: CborValue) => {
    length += roughLength(value)
    return cborWithin(value)
  }
  const root = {
    s: batch.firstSequence,
    x: [...batch.dropped],
    f: batch.forgotten.map(({ instance, ids }) => [instance, [...ids]]),
    d: batch.documents.map(({ instance, primaryPath, documents }) => [
      instance,
      primaryPath,
      counted(utf8ToBytes(JSON.stringify(documents))),
    ]),
    r: batch.sync.map(({ table, key, value, from }) => [
      table,
      key,
      from ? [from.table, from.key, from.field] : value === null ? null : within(value),
    ]),
    ...(batch.erase ? { e: true } : {}),
    ...(batch.shape ? { v: batch.shape } : {}),
  }
  return encodeCbor(root, length + batch.sync.length * NAMES)
}

/** About what a value takes: texts, byte strings and their encoding overhead. */
function roughLength(value: CborValue): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length + 5
  if (typeof value !== 'object' || value === null) return 9
  let length = 9
  for (const each of Object.values(value)) length += 16 + roughLength(each)
  return length
}

/** Reverses {@link encodeBatch}; `null` when the bytes are not a batch. As many values as it holds: the seal says that this device wrote them. */
export function decodeBatch(payload: Uint8Array): Batch | null {
  const root = decodeCbor(payload, Number.POSITIVE_INFINITY)?.value
  if (!isCborMap(root)) return null
  const { s: firstSequence, x: dropped, f: forgotten, d: documents, r: sync } = root
  if (typeof firstSequence !== 'number' || !isStrings(dropped)) return null
  if (!Array.isArray(forgotten) || !Array.isArray(documents) || !Array.isArray(sync)) return null
  const batch = {
    firstSequence,
    dropped,
    forgotten: [] as { instance: string; ids: string[] }[],
    documents: [] as InstanceDocuments[],
    sync: [] as SyncRow[],
    erase: root['e'] === true,
    ...(typeof root['v'] === 'number' ? { shape: root['v'] } : {}),
  }
  for (const item of forgotten) {
    if (!Array.isArray(item) || typeof item[0] !== 'string' || !isStrings(item[1])) return null
    batch.forgotten.push({ instance: item[0], ids: item[1] })
  }
  for (const item of documents) {
    if (!Array.isArray(item)) return null
    const [instance, primaryPath, bytes] = item
    if (typeof instance !== 'string' || typeof primaryPath !== 'string' || !(bytes instanceof Uint8Array)) return null
    const parsed = parseDocuments(bytes)
    if (!parsed) return null
    batch.documents.push({ instance, primaryPath, documents: parsed })
  }
  for (const item of sync) {
    const row = syncRowOf(item)
    if (!row) return null
    batch.sync.push(row)
  }
  return batch
}

/** A row of CBOR as `[table, key, value]`, one with `from` without its value; `null` when it is none. */
export function syncRowOf(item: CborValue): SyncRow | null {
  if (!Array.isArray(item)) return null
  const [table, key, bytes] = item
  if (typeof table !== 'string' || typeof key !== 'string') return null
  if (bytes === null) return { table, key, value: null }
  if (isStrings(bytes)) {
    const [fromTable, fromKey, field] = bytes
    if (bytes.length !== 3) return null
    return { table, key, value: null, from: { table: fromTable!, key: fromKey!, field: field! } }
  }
  if (!(bytes instanceof Uint8Array)) return null
  const decoded = decodeCbor(bytes, Number.POSITIVE_INFINITY)
  return decoded && { table, key, value: decoded.value }
}

/** Documents of one JSON text; `null` when the bytes are none. */
export function parseDocuments(bytes: Uint8Array): AnyDocument[] | null {
  const text = bytesToUtf8(bytes)
  if (text === null) return null
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? (parsed as AnyDocument[]) : null
  } catch {
    return null
  }
}

function isStrings(value: CborValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

/** The value at a place of `tables`; `undefined` when there is none. */
export function valueAt(
  tables: ReadonlyMap<string, ReadonlyMap<string, CborValue>>,
  { table, key, field }: ValuePlace,
): CborValue | undefined {
  return fieldOf(tables.get(table)?.get(key), field)
}

/** A field of a map; `undefined` when `value` is none or has none such. */
export function fieldOf(value: CborValue | undefined, field: string): CborValue | undefined {
  return isCborMap(value) && Object.hasOwn(value, field) ? value[field] : undefined
}

/**
 * Keeps `from` of the rows where it is right: when the rows are applied one after another, the named place holds exactly the row's value. For other
 * rows the value itself is written.
 */
export function placedRows(
  rows: readonly SyncRow[],
  tables: ReadonlyMap<string, ReadonlyMap<string, CborValue>>,
): readonly SyncRow[] {
  if (!rows.some(({ from }) => from)) return rows
  const changed = new Map<string, Set<string>>()
  return rows.map((row) => {
    const { table, key, value, from } = row
    const isThere = from && changed.get(from.table)?.has(from.key) !== true && valueAt(tables, from) === value
    const keys = changed.get(table)
    if (keys) keys.add(key)
    else changed.set(table, new Set([key]))
    return from === undefined || isThere ? row : { table, key, value }
  })
}
