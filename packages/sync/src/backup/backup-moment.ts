/**
 * A snapshot of one chart for a backup (K11), taken while the person continues to write. Envelopes that this device has sealed without an
 * answer become plain unsent work again, and its sequence in each stream is left out: no device continues with another's numbers (F3).
 */
import type { ChunkDisk, StoredRecord, SyncRow, VaultStore } from '@chartkeep/store'
import { isDevices, rowName, unsealed } from './detach-unsent.ts'
import { namedBlobs } from '../files/file-names.ts'
import { exclusive, type VaultMachine } from '../vault/vault-state.ts'

export interface ChartMoment {
  rows: SyncRow[]
  records: { row: StoredRecord; unsent: boolean }[]
  /** Sealed files with at least one chunk on this device. */
  files: { blob: string; indexes: number[]; total: number }[]
  /** Files that a version names and that are incomplete here: the server or another device has them. */
  elsewhere: number
}

/** The approximate number of items that {@link momentOf} yields. */
export async function momentSize(store: VaultStore, chunks: ChunkDisk): Promise<number> {
  const rows = store.sync.names().reduce((sum, table) => sum + store.sync.all(table).size, 0)
  let sealed = 0
  for (const blob of await chunks.blobs()) sealed += 1 + (await chunks.has(blob)).length
  return 1 + Math.ceil(rows / 400) + Math.ceil(store.all().length / 100) + sealed
}

export async function momentOf(machine: VaultMachine, store: VaultStore, chunks: ChunkDisk): Promise<ChartMoment> {
  const { rows, records, named } = await exclusive(machine, async () => {
    const changes = unsealed(machine)
    const kept: SyncRow[] = []
    for (const table of store.sync.names()) {
      for (const [key, value] of store.sync.all(table))
        if (!isDevices(table, key) && !changes.rows.has(rowName(table, key))) kept.push({ table, key, value })
    }
    for (const row of changes.rows.values()) if (row.value !== null) kept.push(row)
    const all = store.all().map((row) => ({
      row: changes.records.get(row.id) ?? row,
      unsent: machine.unsent.has(row.id) || changes.unsent.has(row.id),
    }))
    return { rows: kept, records: all, named: namedBlobs(machine) }
  })
  const files = await filesHere(chunks)
  const whole = new Set(files.filter(({ indexes, total }) => indexes.length === total).map(({ blob }) => blob))
  return { rows, records, files, elsewhere: [...named].filter((blob) => !whole.has(blob)).length }
}

async function filesHere(chunks: ChunkDisk): Promise<ChartMoment['files']> {
  const files: ChartMoment['files'] = []
  for (const blob of await chunks.blobs()) {
    const indexes = await chunks.has(blob)
    const first = indexes.length === 0 ? null : await chunks.get(blob, indexes[0]!)
    files.push({ blob, indexes, total: first?.total ?? 0 })
  }
  return files
}
