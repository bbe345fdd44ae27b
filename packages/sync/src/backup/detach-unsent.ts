/**
 * Separates a chart's rows from the device that wrote them: the device's own rows are dropped, and its sealed, unanswered envelopes become
 * unsent work again, because no other device, and no new keys of this one, may continue its sequence (F3). Used for a backup (K11) and for
 * a device that continues as a new one.
 */
import { idText } from '@chartkeep/protocol'
import { decodeHeader, isBareHash } from '@chartkeep/protocol/streams'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import type { DeviceSecrets } from '../account/account-keys.ts'
import { entryTable, readEntry } from '../vault/entry-row.ts'
import { outboxOf } from '../vault/outbox.ts'
import { reloadVault } from '../vault/vault-open.ts'
import { exclusive, headOf, rowValue, TABLE, type VaultMachine } from '../vault/vault-state.ts'

/** Tables of a device's sequence and of its sealed envelopes. */
const DEVICE_TABLES: ReadonlySet<string> = new Set([TABLE.deviceSequence, TABLE.outbox])
/** Tables of unsealed versions other than the records' rows. */
const UNSEALED: readonly string[] = [TABLE.siblingVersions, TABLE.predecessorVersions]
const OWN_BEACON = 'own'
const OUTBOX_NEXT = 'outbox-next'
/** Row of `meta`: the device that owns the sequence and the outbox, if it is not the one that created the store. */
const TAKEN_BY = 'device'

/** Whether a row belongs to one device alone: sequence, outbox, beacon. */
export function isDevices(table: string, key: string): boolean {
  if (table === TABLE.meta) return key === OUTBOX_NEXT || key === TAKEN_BY
  return DEVICE_TABLES.has(table) || (table === TABLE.beacon && key === OWN_BEACON)
}

/** Whether a row holds an unsealed version: any device that continues with it sends it as its own. */
export function isUnsealed({ table, value }: SyncRow): boolean {
  return UNSEALED.includes(table) && value !== null
}

export function rowName(table: string, key: string): string {
  return JSON.stringify([table, key])
}

interface Unsealed {
  records: Map<string, StoredRecord>
  unsent: Set<string>
  rows: Map<string, SyncRow>
}

/** The sealed, unanswered versions as they were before sealing, as after a `void` answer (ReconcileTransaction.ownVoid). */
export function unsealed(machine: VaultMachine): Unsealed {
  const found: Unsealed = { records: new Map(), unsent: new Set(), rows: new Map() }
  const set = (table: string, key: string, value: unknown) =>
    found.rows.set(rowName(table, key), { table, key, value: rowValue(value) })
  const sealed = outboxOf(machine)
  const dropped = new Map(sealed.map(({ hash, row }) => [idText(hash), row.parent]))
  /** The parent of a version once these envelopes are dropped, because nobody else ever sees them. */
  const standing = (parent: string): string => {
    const before = dropped.get(parent)
    return before === undefined ? parent : standing(before)
  }
  for (const table of UNSEALED) {
    for (const [key, value] of machine.rows.table(table)) {
      const row = value as unknown as StoredRecord
      if (dropped.has(row.parent)) set(table, key, { ...row, parent: standing(row.parent) })
    }
  }
  const isStored = storedVersions(machine, new Set(sealed.map(({ stream }) => stream)))
  for (const own of sealed) {
    const shown = machine.rows.read(own.id)
    const follows = shown !== null && shown.parent === idText(own.hash)
    // F3: a copy of this device has sent the same version; the stream's current version is then shown.
    if (shown !== null && (follows || shown.revision === own.row.revision) && isStored(own.id, shown.revision)) {
      const remote = machine.rows.get(TABLE.remoteCurrent, own.id) as StoredRecord | undefined
      if (remote === undefined || remote.revision !== headOf(machine, own.id)?.revision) continue
      found.records.set(own.id, remote)
      for (const table of [TABLE.remoteCurrent, TABLE.merging]) set(table, own.id, null)
      continue
    }
    if (!follows && isStored(own.id, own.row.revision)) continue
    if (!follows && shown?.revision !== own.row.revision) {
      set(TABLE.siblingVersions, own.row.revision, { ...own.row, parent: standing(own.row.parent) })
      continue
    }
    const head = headOf(machine, own.id)
    // F3: a copy of this device has sent the version under the later edit, and it is current: the edit continues from there.
    const stands = head?.revision === own.row.revision
    if (follows) {
      found.records.set(own.id, { ...shown, parent: stands ? idText(head.hash) : standing(own.row.parent) })
      set(TABLE.base, own.id, stands ? own.row.resource : own.base === '' ? null : own.base)
    }
    found.unsent.add(own.id)
    if (stands) continue
    if (own.keep) set(TABLE.predecessorVersions, own.row.revision, { ...own.row, parent: standing(own.row.parent) })
    const merged = own.decoded.merged.map(idText)
    const before = (machine.rows.get(TABLE.merging, own.id) as string[] | undefined) ?? []
    if (merged.length > 0) set(TABLE.merging, own.id, [...new Set([...merged, ...before])])
  }
  return found
}

/** The versions of records that these streams hold, whoever sent them. */
function storedVersions(
  machine: VaultMachine,
  streams: ReadonlySet<string>,
): (id: string, revision: string) => boolean {
  const stored = new Set<string>()
  for (const stream of streams) {
    for (const value of machine.rows.table(entryTable(stream)).values()) {
      const entry = readEntry(value)
      const header = isBareHash(entry) || entry.outcome === 'void' ? null : decodeHeader(entry.header)
      if (header !== null) stored.add(`${stream}.${idText(header.doc)} ${idText(header.revision)}`)
    }
  }
  return (id, revision) => stored.has(`${id} ${revision}`)
}

/**
 * F3: makes a chart continue under the keys of `device`, with a new sequence in each stream. One durable entry drops the envelopes sealed
 * under the earlier keys and makes their versions unsent again. Does nothing if already done; if the write fails, the machine keeps its
 * earlier keys.
 */
export function detachUnsent(machine: VaultMachine, device: DeviceSecrets): Promise<void> {
  return exclusive(machine, async () => {
    const id = idText(device.id)
    const isTaken = machine.rows.get(TABLE.meta, TAKEN_BY) === id
    if (isTaken && machine.device === device) return
    if (!isTaken) {
      const { rows } = machine
      const found = unsealed(machine)
      const asOwn = (row: StoredRecord): StoredRecord => ({ ...row, device: id })
      const records = new Map(found.records)
      for (const record of [...machine.unsent, ...found.unsent]) {
        const row = records.get(record) ?? rows.read(record)
        if (row !== null && headOf(machine, record)?.revision !== row.revision) records.set(record, asOwn(row))
      }
      const waiting = UNSEALED.flatMap((table) => [...rows.table(table)].map(([key, value]) => ({ table, key, value })))
      const changed = [...waiting, ...found.rows.values()].map((row): SyncRow => {
        if (!isUnsealed(row)) return row
        return { ...row, value: rowValue(asOwn(row.value as unknown as StoredRecord)) }
      })
      const gone = [...DEVICE_TABLES].flatMap((table) => [...rows.table(table).keys()].map((key) => ({ table, key })))
      if (rows.get(TABLE.beacon, OWN_BEACON) !== undefined) gone.push({ table: TABLE.beacon, key: OWN_BEACON })
      await rows.commit({
        records: [...records.values()],
        sync: [
          ...changed,
          ...gone.map((row): SyncRow => ({ ...row, value: null })),
          { table: TABLE.meta, key: TAKEN_BY, value: id },
        ],
        durability: 'strict',
      })
    }
    machine.device = device
    await reloadVault(machine)
  })
}
