/**
 * F3: what a simulated device made itself, by what its disk was told. As a rule its id says it; where its disks were copied or restored others write
 * under that id, and it continues under another.
 */
import { idText } from '@chartkeep/protocol'
import { decodeHeader } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { readEntry, TABLE } from '@chartkeep/sync/testing'
import type { SimDevice } from './sim-device.ts'
import { readRow, type SimCommit } from './sim-disk.ts'

export interface OwnVersions {
  isOwn(row: StoredRecord): boolean
  /** The device has read it in its stream, whoever sent it. */
  isRead(revision: string): boolean
}

export function ownVersions(device: SimDevice): OwnVersions {
  if (!device.isCopied) return { isOwn: (row) => row.device === device.id, isRead: () => false }
  const made = new Set<string>()
  const read = new Set<string>()
  for (const { records, sync } of device.disk) {
    for (const row of sync) {
      if (!row.table.startsWith('entry.') || row.bytes === null) continue
      const { header, outcome } = readEntry(readRow(row)!)
      const decoded = outcome === 'void' ? null : decodeHeader(header)
      if (decoded !== null) read.add(idText(decoded.revision))
    }
    for (const { revision } of records) if (!read.has(revision)) made.add(revision)
  }
  return { isOwn: ({ revision }) => made.has(revision), isRead: (revision) => read.has(revision) }
}

/** Whether the device gave what it had sealed up in this commit, to seal it again under its next id. */
export function isTakingOver({ sync }: SimCommit): boolean {
  return sync.some(({ table, key }) => table === TABLE.meta && key === 'device')
}
