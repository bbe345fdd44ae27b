/**
 * Where sealed chunks of files lie on a device (B1): bytes that are sealed already, by blob name and index, beside the sealed log.
 * Names are random text without meaning.
 */
import { Dexie, type Table } from 'dexie'
import { watchConnection, type TroubleListener } from './disk-trouble.ts'

export interface ChunkDisk {
  put(blob: string, index: number, total: number, sealed: Uint8Array): Promise<void>
  /** Null when the chunk is not here. */
  get(blob: string, index: number): Promise<{ sealed: Uint8Array; total: number } | null>
  remove(blob: string): Promise<void>
  close(): void
}

interface ChunkRow {
  b: string
  i: number
  t: number
  s: Uint8Array
}

/** Chunks in IndexedDB, in a database of their own. */
export function dexieChunks(name: string, { onTrouble }: { onTrouble?: TroubleListener } = {}): ChunkDisk {
  const database = new Dexie(name, { chromeTransactionDurability: 'strict' })
  database.version(1).stores({ c: '[b+i]' })
  watchConnection(database, onTrouble)
  const table: Table<ChunkRow, [string, number]> = database.table('c')
  return {
    async put(b, i, t, s) {
      await table.put({ b, i, t, s })
    },
    async get(blob, index) {
      const row = await table.get([blob, index])
      return row === undefined ? null : { sealed: row.s, total: row.t }
    },
    async remove(blob) {
      await table.where('[b+i]').between([blob, Dexie.minKey], [blob, Dexie.maxKey]).delete()
    },
    close: () => database.close(),
  }
}

/** Chunks in memory: for a gateway without a disk, and for devices inside one test process. */
export function memoryChunks(): ChunkDisk {
  const chunks = new Map<string, { sealed: Uint8Array; total: number }>()
  return {
    async put(blob, index, total, sealed) {
      chunks.set(`${blob}.${index}`, { sealed, total })
    },
    async get(blob, index) {
      return chunks.get(`${blob}.${index}`) ?? null
    },
    async remove(blob) {
      for (const key of chunks.keys()) if (key.startsWith(`${blob}.`)) chunks.delete(key)
    },
    close: () => {},
  }
}
