/** Writes a person's actions without a network: new records, new versions, decisions. Each is one durable entry (store.commit). */
import { collectionOfStreamName, LIST_TABLE, parseJsonOrNull, typeOf } from '@chartkeep/domain'
import { AMEND, APPEND, idText, MAX_MERGED, SIGN, textId } from '@chartkeep/protocol'
import { continuedAuthor, controlHead } from '@chartkeep/protocol/control'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import type { SeenVersions } from '../contract/api-records.ts'
import { outboxOfRecord } from '../vault/outbox.ts'
import { keptVersion } from '../vault/superseded-versions.ts'
import { hidesKeptRecord, mayDoHere } from '../vault/practice-rules.ts'
import { makeRow, nextClock, recordId } from '../record/record-codec.ts'
import { isSignatureRow, isVaultOwner, rightsByStream, ownRoles, writableStream } from '../vault/vault-rights.ts'
import {
  conflictRows,
  conflictsOf,
  disputesOf,
  entryKey,
  headOf,
  siblingVersionsOf,
  TABLE,
  type VaultMachine,
} from '../vault/vault-state.ts'

export interface Draft {
  collection: string
  resource: string
  /** An existing record; absent for a new one. */
  id?: string
  /** The stream of a new record, if several streams carry the collection; see {@link auditStreamOf}. */
  stream?: string
  /** The document id and revision for a new record or version that is a published copy. */
  as?: { doc: string; revision: string }
  /** The record comes from another list or device: it goes into the same collection as there, wherever the table would place a new one. */
  isCopy?: true
  /** A version prepared for the same durable entry and not yet written; this one replaces it. */
  over?: StoredRecord
  importHash?: string
  importSource?: string
}

export type Prepared =
  { type: 'row'; row: StoredRecord; sync: SyncRow[] } | { type: 'no-right' } | { type: 'unknown-record' }

/**
 * The row and sync rows of one new version; writes nothing. Throws if the record does not belong in its list: new records go where the
 * table says, and other devices would quarantine a version in the wrong list, so that only this device would show it (E6).
 */
export function prepareVersion(machine: VaultMachine, draft: Draft, merged: readonly string[] = []): Prepared {
  const { rows } = machine
  const existing = draft.over ?? (draft.id === undefined ? null : rows.read(draft.id))
  if (draft.id !== undefined && existing === null) return { type: 'unknown-record' }
  const stream = existing?.stream ?? draft.stream ?? writableStream(machine, draft.collection, APPEND)
  if (stream === null || (existing !== null && !canWrite(machine, existing, draft.over !== undefined)))
    return { type: 'no-right' }
  const sync: SyncRow[] = []
  const id = existing?.id ?? recordId(stream, draft.as?.doc ?? idText(machine.randomBytes(16)))
  const parent = existing === null ? '' : (draft.over?.parent ?? parentOf(machine, existing, sync))
  const name = existing?.collectionName ?? draft.collection
  const resource = parseJsonOrNull(draft.resource)
  const collection = collectionOfStreamName(name)
  const { collectionOf, mayBelongTo } = machine.lists ?? LIST_TABLE
  const isNew = existing === null && draft.as === undefined && draft.isCopy !== true
  const fits = isNew
    ? collectionOf(resource) === collection
    : collection !== null &&
      mayBelongTo(resource, collection) &&
      (existing?.type ?? typeOf(resource)) === typeOf(resource)
  if (resource === null || !fits) throw new RangeError(`the list ${collection} takes no such record`)
  machine.lastClock = nextClock(machine.clock.now(), machine.lastClock, idText(machine.device.id))
  const input = {
    stream,
    doc: id.slice(stream.length + 1),
    name,
    revision: draft.as?.revision ?? idText(machine.randomBytes(16)),
    parent,
    clock: machine.lastClock,
    account: idText(machine.account),
    device: idText(machine.device.id),
    resource: draft.resource,
    importHash: draft.importHash ?? existing?.importHash ?? '',
    importSource: draft.importSource ?? existing?.importSource ?? '',
  }
  const row = makeRow(input, resource)
  // E6: every reader would quarantine a signature that this account may not write.
  if (isSignatureRow(row) && ((rightsByStream(machine).get(stream) ?? 0) & SIGN) === 0) return { type: 'no-right' }
  if (!mayDoHere(machine, existing, draft.resource) || hidesKeptRecord(machine, row, row.parent))
    return { type: 'no-right' }
  if (existing !== null && draft.over === undefined && !machine.unsent.has(id))
    sync.push(keptVersion(machine, existing))
  const taken = [...(existing === null || draft.over !== undefined ? [] : shownConflict(machine, existing)), ...merged]
  const mergedSoFar = [...new Set([...mergingOf(machine, id), ...taken])].toSorted()
  if (taken.length > 0) sync.push({ table: TABLE.merging, key: id, value: mergedSoFar })
  return { type: 'row', row, sync }
}

/** How many versions wait for a decision of this person. Records that only another person may write, and so decide (E6), are left out. */
export function decisionCount(machine: VaultMachine): number {
  const mayDecide = new Map<string, boolean>()
  const isOurs = (id: string) => {
    const known = mayDecide.get(id)
    if (known !== undefined) return known
    const shown = machine.rows.read(id)
    const may = shown !== null && canWrite(machine, shown)
    mayDecide.set(id, may)
    return may
  }
  return [...disputesOf(machine), ...siblingVersionsOf(machine)].filter(({ id }) => isOurs(id)).length
}

/**
 * E6: whether this device may write the next version of a record. A grantee amends its own records; owners amend owners' records and never
 * a grantee's. The right to add is enough while no version of the record is sealed, because the next version is then its first.
 * `isPrepared`: the record is not written yet either.
 */
export function canWrite(machine: VaultMachine, existing: StoredRecord, isPrepared = false): boolean {
  const own = existing.account === idText(machine.account)
  // C12: members of a practice may continue records that its administrators wrote as owners.
  const isOpen = ownRoles(machine) !== null || !isByOwner(machine, existing)
  const may = isVaultOwner(machine) ? own || isByOwner(machine, existing) : own && isOpen
  const isFirst = existing.parent === '' && (isPrepared || machine.unsent.has(existing.id))
  return may && writableStream(machine, existing.collectionName, isFirst ? APPEND : AMEND) !== null
}

/** Whether the version at the server was written with an owner's right; a version that is not at the server is this account's own. */
function isByOwner(machine: VaultMachine, existing: StoredRecord): boolean {
  const head = headOf(machine, existing.id)
  const state = machine.streams.get(existing.stream)
  if (head === null || state === undefined || machine.control === null) return false
  const claimant = { account: machine.account, control: controlHead(machine.control) }
  const before = continuedAuthor(
    machine.control,
    state,
    { ...claimant, doc: textId(existing.doc)!, parent: head.hash },
    null,
    machine.accounts.lookup,
  )
  return before !== null && typeof before === 'object' && before.byOwner
}

/** Hashes of the conflict envelopes that the next version of a record takes in. */
function mergingOf(machine: VaultMachine, id: string): string[] {
  return (machine.rows.get(TABLE.merging, id) as string[] | undefined) ?? []
}

/** C9: if the server's current version is quarantined, the record shows a conflict; a version on top of it takes that conflict in. */
function shownConflict(machine: VaultMachine, { id, stream, doc, revision }: StoredRecord): string[] {
  if (machine.unsent.has(id) || currentQuarantined(machine, stream, doc) === null) return []
  return conflictRows(machine, id).flatMap(({ hash, row }) => (row.revision === revision ? [hash] : []))
}

/** The hash of the server's current version of a record, if this device has quarantined it. */
function currentQuarantined(machine: VaultMachine, stream: string, doc: string): string | null {
  const current = machine.streams.get(stream)?.records.get(doc)?.current ?? null
  const isQuarantined =
    current !== null && machine.rows.get(TABLE.quarantine, entryKey(stream, current.n)) !== undefined
  return isQuarantined ? idText(current.hash) : null
}

/** The hash of the envelope that a new version replaces; stores the base for a later three-way merge. */
function parentOf(machine: VaultMachine, existing: StoredRecord, sync: SyncRow[]): string {
  if (machine.unsent.has(existing.id)) return existing.parent
  // Match by revision: a sibling version of the record may be sealed too.
  const sealed = outboxOfRecord(machine, existing.id).find(({ revision }) => revision === existing.revision)
  sync.push({ table: TABLE.base, key: existing.id, value: existing.resource })
  if (sealed !== undefined) return idText(sealed.hash)
  // E6: an owner's next version supersedes the quarantined one.
  const quarantined = currentQuarantined(machine, existing.stream, existing.doc)
  if (quarantined !== null) return quarantined
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

/**
 * A person's decision on a record's conflicts: the chosen content becomes the next version and takes every open conflict in. `changed`: the
 * versions differ from those that the person has seen.
 */
export function prepareResolution(
  machine: VaultMachine,
  id: string,
  resource: string,
  seen: SeenVersions,
): Prepared | { type: 'changed' } {
  const row = machine.rows.read(id)
  if (row === null) return { type: 'unknown-record' }
  if (!isSeen(versionsNow(machine, row), seen)) return { type: 'changed' }
  // A header holds this many conflicts (E1); the others are shown again afterwards.
  const open = conflictsOf(machine, id).map(({ hash }) => hash)
  const prepared = prepareVersion(machine, { collection: row.collectionName, id, resource }, open.slice(0, MAX_MERGED))
  if (prepared.type !== 'row') return prepared
  const sync = [...prepared.sync]
  // Unsent sibling versions are decided too; they stay available among the superseded versions.
  for (const side of siblingVersionsOf(machine, id)) {
    sync.push({ table: TABLE.siblingVersions, key: side.revision, value: null })
    sync.push(keptVersion(machine, side))
  }
  return { type: 'row', row: prepared.row, sync }
}

/** The versions that a person sees when looking at the record now. */
export function versionsNow(machine: VaultMachine, { id, revision }: StoredRecord): SeenVersions {
  const disputes = disputesOf(machine).flatMap((dispute) => (dispute.id === id ? [dispute.row] : []))
  return {
    current: revision,
    others: [...disputes, ...siblingVersionsOf(machine, id)].map((version) => version.revision),
  }
}

function isSeen(now: SeenVersions, seen: SeenVersions): boolean {
  const [there, known] = [now.others, seen.others].map((revisions) => revisions.toSorted().join())
  return now.current === seen.current && there === known
}
