/**
 * Rows of a simulated device: a log of commits on a disk that survives a crash up to any prefix that was not promised (strict commits
 * and all before them are), and what memory shows of it. Values go through CBOR as in the real store.
 */
import { decodeCbor, encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import type { StoredRecord } from '@chartkeep/store'
import { idText } from '@chartkeep/protocol'
import { decodeHeader } from '@chartkeep/protocol/streams'
import { readEntry, TABLE, type AccountRows, type OutboxRow, type VaultRows } from '@chartkeep/sync/testing'
import { homeOver } from './memory-rows.ts'

export interface SimCommit {
  records: StoredRecord[]
  remove: string[]
  sync: SimRow[]
  strict: boolean
  /** Written by a person's action, not by the sync machine on its own. */
  byPerson: boolean
  /** Which commit of its device it is, counted over all of its disks; absent where it was written before the scenario. */
  at?: number
}

/** One row as it was written: its bytes, and what they say. What is read is not changed by anybody, so it is read once. */
export interface SimRow {
  table: string
  key: string
  bytes: Uint8Array | null
  read?: CborValue | null
}

export type SimDisk = SimCommit[]

/** What a row on the disk says; null where it was taken away. */
export function readRow(row: SimRow): CborValue | null {
  if (row.read !== undefined) return row.read
  const decoded = row.bytes === null ? { value: null } : decodeCbor(row.bytes)
  if (decoded === null) throw new Error('a row on the disk is not readable')
  return (row.read = decoded.value)
}

/** An envelope as the outbox held it, with the version that was sealed. */
export type SealedRow = OutboxRow & { row: StoredRecord; header: Uint8Array }

/** Every row of the outbox that was ever written, by the row itself. Throws where its version was in none of the rows: it could not be sealed again. */
export function sealedRows(disk: SimDisk): Map<SimRow, SealedRow> {
  const sealed = new Map<SimRow, SealedRow>()
  const shown = new Map<string, StoredRecord>()
  for (const { records, remove, sync } of disk) {
    for (const id of remove) shown.delete(id)
    for (const row of records) shown.set(row.id, row)
    for (const each of sync) {
      if (each.table !== TABLE.outbox || each.bytes === null) continue
      const item = readRow(each) as unknown as OutboxRow
      const row = item.row ?? shown.get(item.id)
      const { header } = readEntry(item.entry)
      if (row?.revision !== idText(decodeHeader(header)!.revision))
        throw new Error('a sealed version is in no row of the disk')
      sealed.set(each, { ...item, row, header })
    }
  }
  return sealed
}

/** What happens to a commit: it is written, it is refused (full disk), or the device dies before or after it. */
export type CommitFate = 'write' | 'refuse' | 'die-before' | 'die-after'

export class DiskFullError extends Error {
  override name = 'QuotaExceededError'
}

export interface DiskGate {
  fate(): CommitFate
  isPersonActing(): boolean
  /** Counts the commits of the device. */
  next?(): number
  /** The device dies now; the commit never answers. */
  die(): void
}

/** Cuts off what the disk had not promised to keep: any suffix of relaxed commits. */
export function loseSuffix(disk: SimDisk, int: (below: number) => number): number {
  const promised = disk.findLastIndex((commit) => commit.strict) + 1
  const kept = promised + int(disk.length - promised + 1)
  const lost = disk.length - kept
  disk.length = kept
  return lost
}

/** The disk as it was before the commit that is counted as `at`. */
export function diskBefore(disk: SimDisk, at: number): SimDisk {
  return disk.filter((commit) => (commit.at ?? 0) < at)
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
    for (const row of commit.sync) {
      const read = readRow(row)
      if (read === null) table(row.table).delete(row.key)
      else table(row.table).set(row.key, read)
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
          bytes: value === null ? null : encodeCbor(value),
        })),
        strict: durability === 'strict',
        byPerson: gate.isPersonActing(),
        ...(gate.next !== undefined && { at: gate.next() }),
      }
      const fate = gate.fate()
      if (fate === 'refuse') throw new DiskFullError('quota exceeded')
      if (fate === 'write' || fate === 'die-after') disk.push(commit)
      if (fate !== 'write') {
        gate.die()
        // One of its own: what waits for a promise that lasts would last as long.
        return new Promise<never>(() => {})
      }
      show(commit)
    },
  }
}

/** Where the rows of one device are. */
export interface SimStore {
  /** Opens what is there, after a crash too. `disk` is the list of all commits that were written; `home` the same of the account. */
  open(home: SimDisk, disk: SimDisk, gate: DiskGate): Promise<{ home: AccountRows; rows: VaultRows }>
  /** Whether the simulation can take back commits that were not promised. */
  losesSuffix: boolean
  close(): Promise<void>
}

export const memoryStore: SimStore = {
  losesSuffix: true,
  open: async (home, disk, gate) => ({ home: simHome(home, gate), rows: simRows(disk, gate) }),
  close: async () => {},
}

export function simHome(disk: SimDisk, gate: DiskGate): AccountRows {
  return homeOver(simRows(disk, gate))
}
