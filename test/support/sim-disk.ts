/**
 * Rows of a simulated device: a log of commits on a disk that survives a crash up to any prefix that was not promised (strict commits
 * and all before them are), and what memory shows of it. Values go through CBOR as in the real store.
 */
import { decodeCbor, encodeCbor, type CborValue } from '@chartkeep/crypto'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import type { HomeRows, VaultRows } from '@chartkeep/sync'

export interface SimCommit {
  records: StoredRecord[]
  remove: string[]
  sync: { table: string; key: string; value: Uint8Array | null }[]
  strict: boolean
  /** Written by a person's deed, not by the sync machine on its own. */
  byPerson: boolean
}

export type SimDisk = SimCommit[]

/** What happens to a commit: it is written, it is refused (full disk), or the device dies before or after it. */
export type CommitFate = 'write' | 'refuse' | 'die-before' | 'die-after'

export class DiskFullError extends Error {
  override name = 'QuotaExceededError'
}

export interface DiskGate {
  fate(): CommitFate
  isPersonActing(): boolean
  /** The device dies now; the commit never answers. */
  die(): void
}

const NEVER = new Promise<never>(() => {})

/** Cuts off what the disk had not promised to keep: any suffix of relaxed commits. */
export function loseSuffix(disk: SimDisk, int: (below: number) => number): number {
  const promised = disk.findLastIndex((commit) => commit.strict) + 1
  const kept = promised + int(disk.length - promised + 1)
  const lost = disk.length - kept
  disk.length = kept
  return lost
}

function decoded(value: Uint8Array | null): CborValue | null {
  if (value === null) return null
  const read = decodeCbor(value)
  if (read === null) throw new Error('a row on the disk is not readable')
  return read.value
}

/** Opens the rows that the disk holds. */
export function simRows(disk: SimDisk, gate: DiskGate): VaultRows {
  const records = new Map<string, StoredRecord>()
  const tables = new Map<string, Map<string, CborValue>>()
  const table = (name: string) => {
    let found = tables.get(name)
    if (found === undefined) tables.set(name, (found = new Map<string, CborValue>()))
    return found
  }
  const show = (commit: SimCommit) => {
    for (const id of commit.remove) records.delete(id)
    for (const row of commit.records) records.set(row.id, row)
    for (const { table: name, key, value } of commit.sync) {
      const read = decoded(value)
      if (read === null) table(name).delete(key)
      else table(name).set(key, read)
    }
  }
  for (const commit of disk) show(commit)

  return {
    read: (id) => records.get(id) ?? null,
    all: () => [...records.values()],
    get: (name, key) => tables.get(name)?.get(key),
    table,
    async commit({ records: written = [], remove = [], sync = [], durability = 'strict' }) {
      const commit: SimCommit = {
        records: written.map((row) => ({ ...row })),
        remove,
        sync: sync.map(({ table: name, key, value }) => ({
          table: name,
          key,
          value: value === null ? null : encodeCbor(value),
        })),
        strict: durability === 'strict',
        byPerson: gate.isPersonActing(),
      }
      const fate = gate.fate()
      if (fate === 'refuse') throw new DiskFullError('quota exceeded')
      if (fate === 'write' || fate === 'die-after') disk.push(commit)
      if (fate !== 'write') {
        gate.die()
        return NEVER
      }
      show(commit)
    },
  }
}

export function simHome(disk: SimDisk, gate: DiskGate): HomeRows {
  const rows = simRows(disk, gate)
  return { get: rows.get, table: rows.table, commit: (sync: SyncRow[]) => rows.commit({ sync }) }
}
