/** What a person's deeds write, with no network: new records, new versions, decisions. One durable entry each (store.commit). */
import { AMEND, APPEND, idText } from '@chartkeep/protocol'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { importedDocId } from './content-keys.ts'
import { makeRow, nextClock, recordId } from './record-codec.ts'
import {
  conflictRows,
  conflictsOf,
  entryKey,
  headOf,
  isVaultOwner,
  outboxOf,
  rowValue,
  sidesOf,
  TABLE,
  writableStream,
  type VaultMachine,
} from './vault-state.ts'

export interface Draft {
  collection: string
  resource: string
  /** An existing record; absent for a new one. */
  id?: string
  importHash?: string
  importSource?: string
}

export type Prepared =
  { type: 'row'; row: StoredRecord; sync: SyncRow[] } | { type: 'no-right' } | { type: 'unknown-record' }

/** The row and sync rows of one new version; nothing is written. */
export function prepareVersion(machine: VaultMachine, draft: Draft, merged: readonly string[] = []): Prepared {
  const { rows } = machine
  const existing = draft.id === undefined ? null : rows.read(draft.id)
  if (draft.id !== undefined && existing === null) return { type: 'unknown-record' }
  const stream = existing?.stream ?? writableStream(machine, draft.collection, APPEND)
  if (stream === null || (existing !== null && !canWrite(machine, existing))) return { type: 'no-right' }
  const sync: SyncRow[] = []
  const id = existing?.id ?? recordId(stream, idText(machine.randomBytes(16)))
  const parent = existing === null ? '' : parentOf(machine, existing, sync)
  machine.lastClock = nextClock(machine.clock.now(), machine.lastClock, idText(machine.device.id))
  const row = makeRow({
    stream,
    doc: id.slice(stream.length + 1),
    name: existing?.collectionName ?? draft.collection,
    revision: idText(machine.randomBytes(16)),
    parent,
    clock: machine.lastClock,
    account: idText(machine.account),
    device: idText(machine.device.id),
    resource: draft.resource,
    importHash: draft.importHash ?? existing?.importHash ?? '',
    importSource: draft.importSource ?? existing?.importSource ?? '',
  })
  if (existing !== null && !machine.unsent.has(id))
    sync.push({ table: TABLE.past, key: existing.revision, value: rowValue(existing) })
  const mergedSoFar = [...new Set([...mergingOf(machine, id), ...merged])].toSorted()
  if (merged.length > 0) sync.push({ table: TABLE.merging, key: id, value: mergedSoFar })
  return { type: 'row', row, sync }
}

/** E6: a grantee amends its own records; owners supersede owners' records and never rewrite a grantee's. */
function canWrite(machine: VaultMachine, existing: StoredRecord): boolean {
  const own = existing.account === idText(machine.account)
  const peers = isVaultOwner(machine) && machine.control?.holders.has(existing.account) === true
  return (own || peers) && writableStream(machine, existing.collectionName, own ? APPEND | AMEND : AMEND) !== null
}

/** Hashes of conflict envelopes that the next version of a record takes in. */
export function mergingOf(machine: VaultMachine, id: string): string[] {
  return (machine.rows.get(TABLE.merging, id) as string[] | undefined) ?? []
}

/** The envelope that a new version replaces; keeps the base for a later three-way merge. */
function parentOf(machine: VaultMachine, existing: StoredRecord, sync: SyncRow[]): string {
  if (machine.unsent.has(existing.id)) return existing.parent
  // By revision: a version beside the record may be sealed too, after the one that stands.
  const sealed = outboxOf(machine).find((item) => item.id === existing.id && item.row.revision === existing.revision)
  sync.push({ table: TABLE.base, key: existing.id, value: existing.resource })
  if (sealed !== undefined) return idText(sealed.hash)
  // E6: what stands at the server was put aside here; an owner's next version supersedes it.
  const current = machine.streams.get(existing.stream)?.records.get(existing.doc)?.current ?? null
  if (current !== null && machine.rows.get(TABLE.quarantine, entryKey(existing.stream, current.n)) !== undefined)
    return idText(current.hash)
  const head = headOf(machine, existing.id)
  return head === null ? '' : idText(head.hash)
}

/** Writes prepared versions as one durable entry and marks them unsent. */
export async function commitVersions(
  machine: VaultMachine,
  prepared: { row: StoredRecord; sync: SyncRow[] }[],
  durability: 'strict' | 'relaxed' = 'strict',
): Promise<void> {
  await machine.rows.commit({
    records: prepared.map(({ row }) => row),
    sync: prepared.flatMap(({ sync }) => sync),
    durability,
  })
  for (const { row } of prepared) machine.unsent.add(row.id)
}

/** A person's decision on a record's conflicts: the chosen content becomes the next version and takes every open conflict in. */
export function prepareResolution(machine: VaultMachine, id: string, resource: string): Prepared {
  const row = machine.rows.read(id)
  if (row === null) return { type: 'unknown-record' }
  // At most four fit into a header (E1); the others are shown again afterwards.
  const open = conflictsOf(machine, id).map(({ hash }) => hash)
  const prepared = prepareVersion(machine, { collection: row.collectionName, id, resource }, open.slice(0, 4))
  if (prepared.type !== 'row') return prepared
  const sync = [...prepared.sync]
  // Versions beside the record that were not sent yet are decided too; they stay reachable as past versions.
  for (const side of sidesOf(machine, id)) {
    sync.push({ table: TABLE.side, key: side.revision, value: null })
    sync.push({ table: TABLE.past, key: side.revision, value: rowValue(side) })
  }
  return { type: 'row', row: prepared.row, sync }
}

export interface ImportInput {
  text: string
  identity: string
  canonicalHash: string
  collection: string
}

export interface ImportResult {
  added: number
  unchanged: number
  corrected: number
  conflicts: number
}

/**
 * Imports a batch as one durable entry. Same identity and same content: nothing. Other content: a new version, or, where a person
 * edited the record by hand since, a version beside it that they decide on.
 */
export async function importItems(machine: VaultMachine, items: ImportInput[], source: string): Promise<ImportResult> {
  const result: ImportResult = { added: 0, unchanged: 0, corrected: 0, conflicts: 0 }
  const secret = machine.keys.docSecret
  if (secret === null) throw new Error('only an owner of the chart can import into it')
  const prepared = new Map<string, { row: StoredRecord; sync: SyncRow[] }>()
  const sides: SyncRow[] = []
  for (const item of items) {
    const stream = writableStream(machine, item.collection)
    if (stream === null) throw new Error('a collection of this chart has no stream')
    const id = recordId(stream, idText(importedDocId(secret, item.identity)))
    const existing = prepared.get(id)?.row ?? machine.rows.read(id)
    const draft = {
      collection: item.collection,
      resource: item.text,
      importHash: item.canonicalHash,
      importSource: source,
    }
    if (existing === null) {
      const fresh = prepareVersion(machine, draft)
      if (fresh.type !== 'row') throw new Error('import into a stream without a right')
      const row = { ...fresh.row, id, doc: id.slice(stream.length + 1) }
      prepared.set(id, { row, sync: fresh.sync })
      result.added++
    } else if (existing.importHash === item.canonicalHash) {
      result.unchanged++
    } else if (isHandEdited(existing)) {
      const beside = [
        ...sidesOf(machine, id),
        ...sealedOf(machine, id),
        ...conflictRows(machine, id).map(({ row }) => row),
      ]
      if (beside.some((row) => row.importHash === item.canonicalHash && !isHandEdited(row))) {
        result.unchanged++
        continue
      }
      const side = prepareVersion(machine, { ...draft, id })
      if (side.type !== 'row') continue
      // Over the version before the one that stands: it loses the compare-and-set, so the hand edit stays current.
      const row = { ...side.row, parent: existing.parent }
      sides.push({ table: TABLE.side, key: row.revision, value: rowValue(row) })
      result.conflicts++
    } else {
      const next = prepareVersion(machine, { ...draft, id })
      if (next.type !== 'row') continue
      const before = prepared.get(id)
      prepared.set(id, { row: next.row, sync: [...(before?.sync ?? []), ...next.sync] })
      result.corrected++
    }
  }
  const all = [...prepared.values()]
  if (all.length > 0 || sides.length > 0) {
    await machine.rows.commit({
      records: all.map(({ row }) => row),
      sync: [...all.flatMap(({ sync }) => sync), ...sides],
      durability: 'relaxed',
    })
    for (const { row } of all) machine.unsent.add(row.id)
  }
  return result
}

/** Versions of a record that are sealed and not answered. */
function sealedOf(machine: VaultMachine, id: string): StoredRecord[] {
  return outboxOf(machine).flatMap((item) => (item.id === id ? [item.row] : []))
}

/** True when the record's content is not what an import brought: a hand edit keeps the import's hash but not its revision mark. */
function isHandEdited(row: StoredRecord): boolean {
  return row.importHash === '' || row.importSource.startsWith(HAND)
}

/** Marks the source of a record that was imported and then edited by a person; travels with the record to other devices. */
export const HAND = 'edited:'

/** The import source that a hand edit of an imported record carries. */
export function handSource(source: string): string {
  return source === '' || source.startsWith(HAND) ? source : `${HAND}${source}`
}
