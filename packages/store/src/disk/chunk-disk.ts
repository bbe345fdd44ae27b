/**
 * Where a device stores sealed chunks of files (B1): by blob name and index, in a database next to the sealed log. Names are random text. The note of
 * a blob holds hashes of sealed bytes and a signature, no secret.
 */
import { Dexie, type Table } from 'dexie'
import type { DexieLogOptions } from './dexie-log.ts'
import { watchConnection } from './disk-trouble.ts'

/** One contract suite holds all adapters: test/contract/chunk-disk.ts. */
export interface ChunkDisk {
  /** Outlives a kill when it resolves, and a power cut once a later {@link note} has; a chunk that is there already is replaced. */
  put(blob: string, index: number, total: number, sealed: Uint8Array): Promise<void>
  /** Null when the chunk is not here. */
  get(blob: string, index: number): Promise<{ sealed: Uint8Array; total: number } | null>
  /** Places of the chunks that are here, in order. */
  has(blob: string): Promise<number[]>
  /** Notes what is known of the blob as a whole, opaque here. Durable when it resolves. */
  note(blob: string, bytes: Uint8Array): Promise<void>
  /** Null when nothing was noted. */
  noted(blob: string): Promise<Uint8Array | null>
  /** Names of which a chunk or a note is here. */
  blobs(): Promise<string[]>
  /** How many chunks of each blob are here, without the notes. */
  counts(): Promise<Map<string, number>>
  /** Chunks and note. */
  remove(blob: string): Promise<void>
  close(): void
}

interface ChunkRow {
  b: string
  i: number
  t: number
  s: Uint8Array
}

/** The index under which the note of a blob is stored. */
export const NOTE_PLACE = -1

/** Chunks in IndexedDB, in a database of their own. */
export function dexieChunks(name: string, { onTrouble, ...environment }: DexieLogOptions = {}): ChunkDisk {
  const database = new Dexie(name, { chromeTransactionDurability: 'strict', ...environment })
  database.version(1).stores({ c: '[b+i]' })
  watchConnection(database, onTrouble)
  const table: Table<ChunkRow, [string, number]> = database.table('c')
  const rowsOf = (blob: string, from: number | typeof Dexie.minKey) =>
    table.where('[b+i]').between([blob, from], [blob, Dexie.maxKey])
  return {
    async put(b, i, t, s) {
      await table.put({ b, i, t, s })
    },
    async get(blob, index) {
      const row = await table.get([blob, index])
      return row === undefined ? null : { sealed: row.s, total: row.t }
    },
    async has(blob) {
      const keys = (await rowsOf(blob, 0).primaryKeys()) as [string, number][]
      return keys.map(([, index]) => index)
    },
    async note(b, s) {
      await table.put({ b, i: NOTE_PLACE, t: 0, s })
    },
    async noted(blob) {
      return (await table.get([blob, NOTE_PLACE]))?.s ?? null
    },
    async blobs() {
      const keys = (await table.toCollection().primaryKeys()) as [string, number][]
      return [...new Set(keys.map(([blob]) => blob))]
    },
    async counts() {
      const keys = (await table.toCollection().primaryKeys()) as [string, number][]
      const counts = new Map<string, number>()
      for (const [blob, index] of keys) if (index !== NOTE_PLACE) counts.set(blob, (counts.get(blob) ?? 0) + 1)
      return counts
    },
    async remove(blob) {
      await rowsOf(blob, Dexie.minKey).delete()
    },
    close: () => database.close(),
  }
}

/** Chunks in memory: for a gateway without a disk, and for devices inside one test process. */
export function memoryChunks(): ChunkDisk {
  const blobs = new Map<string, Map<number, { sealed: Uint8Array; total: number }>>()
  const rows = (blob: string) => {
    const known = blobs.get(blob) ?? new Map<number, { sealed: Uint8Array; total: number }>()
    blobs.set(blob, known)
    return known
  }
  return {
    async put(blob, index, total, sealed) {
      rows(blob).set(index, { sealed, total })
    },
    async get(blob, index) {
      return blobs.get(blob)?.get(index) ?? null
    },
    async has(blob) {
      return [...(blobs.get(blob)?.keys() ?? [])].filter((index) => index !== NOTE_PLACE).toSorted((a, b) => a - b)
    },
    async note(blob, sealed) {
      rows(blob).set(NOTE_PLACE, { sealed, total: 0 })
    },
    async noted(blob) {
      return blobs.get(blob)?.get(NOTE_PLACE)?.sealed ?? null
    },
    async blobs() {
      return [...blobs.keys()]
    },
    async counts() {
      const counts = [...blobs].map(([blob, all]) => [blob, all.size - Number(all.has(NOTE_PLACE))] as const)
      return new Map(counts.filter(([, count]) => count > 0))
    },
    async remove(blob) {
      blobs.delete(blob)
    },
    close: () => {},
  }
}
