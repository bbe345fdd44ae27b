/**
 * Which sealed files the records of a chart name, and which are therefore removed: chunks on this device that nobody can open any more,
 * and, when the chart ends, all of them (C10).
 */
import { DAY_MS } from '@chartkeep/protocol'
import type { ChunkDisk, StoredRecord } from '@chartkeep/store'
import { isReady, type UploadRow } from '../vault/upload-row.ts'
import { outboxOf } from '../vault/outbox.ts'
import { conflictRows, exclusive, safeTimeOf, TABLE, unsealedOf, type VaultMachine } from '../vault/vault-state.ts'

/** An address inside a record's text, in `url` or in place of inline `data`; its second id names the blob. */
const ADDRESS = /chartkeep-(?:file:|data:[a-z0-9]*\.[\w-]{43}\.)[\w-]{22}\.([\w-]{22})\./g

/** The blobs named by any version on this device: current, superseded, sibling, unsent or in conflict. */
export function namedBlobs(machine: VaultMachine): Set<string> {
  const named = new Set<string>()
  for (const { resource } of everyVersion(machine)) {
    if (!resource.includes('chartkeep-')) continue
    for (const [, blob] of resource.matchAll(ADDRESS)) named.add(blob!)
  }
  return named
}

function everyVersion(machine: VaultMachine): StoredRecord[] {
  const kept = [TABLE.supersededVersions, TABLE.remoteCurrent].flatMap((table) => [
    ...machine.rows.table(table).values(),
  ])
  return [
    ...machine.rows.all(),
    ...kept.map((value) => value as unknown as StoredRecord),
    ...conflictRows(machine).map(({ row }) => row),
    ...outboxOf(machine).map(({ row }) => row),
    ...unsealedOf(machine),
  ]
}

/** How long a file that no record names may wait for its record. */
const ABANDONED_MS = 7 * DAY_MS

/**
 * Removes sealed chunks that nobody can open any more: no version here names them, and no upload waits for them. Files that were never
 * fetched are not affected, nor files that a person is adding now. Resolves to the number of removed files.
 */
export function sweepFiles(machine: VaultMachine, chunks: ChunkDisk): Promise<number> {
  // An import stores chunks before it writes its rows; both run in this queue, so the sweep never falls in between.
  return exclusive(machine, async () => {
    const here = await chunks.blobs()
    if (here.length === 0) return 0
    const named = namedBlobs(machine)
    const before = safeTimeOf(machine) - ABANDONED_MS
    let swept = 0
    for (const blob of here) {
      if (named.has(blob)) continue
      const row = machine.rows.get(TABLE.file, blob) as unknown as UploadRow | undefined
      if (row !== undefined && (isReady(row) || (row.since ?? 0) > before)) continue
      if (row !== undefined)
        await machine.rows.commit({ sync: [{ table: TABLE.file, key: blob, value: null }], durability: 'relaxed' })
      await chunks.remove(blob)
      swept++
    }
    return swept
  })
}

/** C10: removes every file of the chart from this device. */
export async function purgeFiles(chunks: ChunkDisk): Promise<void> {
  for (const blob of await chunks.blobs()) await chunks.remove(blob)
}
