/**
 * C10 for part of a chart: a grant of this account has ended while another continues. Streams that it may no longer read are removed from
 * this device. In streams that it may still read, work that it may no longer write is replaced by the server's versions. Before that, the
 * device seals all of this work and keeps it to be submitted (C11); nothing is dropped without the server's receipt.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { AMEND, APPEND, encodeMessage, idText, READ, ZERO_HASH } from '@chartkeep/protocol'
import { actingRoles, isForRoles, roleCutsOf } from '@chartkeep/protocol/control'
import { BatchVerifier, decodeHeader, matchFetched, type Header, type StreamEntry } from '@chartkeep/protocol/streams'
import type { StoredRecord, SyncRow } from '@chartkeep/store'
import { contentOf } from '../vault/content-keys.ts'
import { entryAt, entryTable } from '../vault/entry-row.ts'
import { judge, openAdmitted } from '../pull/judge-entry.ts'
import { fetchAll } from '../transport/adaptive-page-size.ts'
import { isUnsettled, sequenceAtEnd } from '../vault/device-sequence.ts'
import { outboxOf, type OutboxItem } from '../vault/outbox.ts'
import type { ServerApi } from '../ports/ports.ts'
import { versionOf } from '../pull/rebuild-entry.ts'
import { sealUndelivered } from '../edit/vault-seal.ts'
import { reloadVault } from '../vault/vault-open.ts'
import {
  bitsOf,
  endedGrants,
  hasExpiredFor,
  isVaultOwner,
  neededRights,
  ownGrants,
  historicalRights,
  wasVaultOwner,
} from '../vault/vault-rights.ts'
import {
  entryKey,
  exclusive,
  headOf,
  rowValue,
  stopOf,
  TABLE,
  type ConflictRow,
  type HeadRow,
  unsealedOf,
  type VaultMachine,
} from '../vault/vault-state.ts'
import { firstHeld, effectiveVersion } from '../vault/effective-version.ts'

/** This account's current and past rights in each stream, by the verified log and both clocks (H8). */
interface Rights {
  /** Whether any right that this account held has ended. */
  hasLost: boolean
  now: (stream: string) => number
  once: (stream: string) => number
  /**
   * C12: the current rights of an envelope that names position `n` of its account log: by roles that its author held there and still holds,
   * and none if the position is before a cut.
   */
  since: (stream: string, n: number) => number
  /** The rights at position `n` of the control log: by grants that existed and were not cut. */
  at: (stream: string, n: number) => number
}

function rightsOf(machine: VaultMachine): Rights | null {
  const { control, clocks } = machine
  if (control === null || isVaultOwner(machine) || clocks.server === 0) return null
  const over = endedGrants(machine)
  const live = ownGrants(machine).filter((grant) => !hasExpiredFor(machine, grant))
  const owned = wasVaultOwner(machine)
  const { account, device } = machine
  const cuts = roleCutsOf(control, { account, device: device.id })
  // If every grant has ended, or is an unopened emergency grant (C13), the whole copy is removed (revocation-purge.ts).
  if (live.length === 0) return null
  const log = machine.accounts.lookup(account)
  return {
    hasLost: over.length > 0 || owned || cuts.length > 0,
    now: (stream) => bitsOf(live, stream),
    once: historicalRights(machine),
    since(stream, n) {
      if (cuts.some(({ accountN }) => n < accountN)) return 0
      const roles = actingRoles(log, { device: device.id, n })
      return bitsOf(
        live.filter(({ role }) => isForRoles(role, roles)),
        stream,
      )
    },
    at: (stream, n) =>
      bitsOf(
        [...over, ...live].filter(({ at, cut }) => at <= n && (cut === null || cut.at > n)),
        stream,
      ),
  }
}

/**
 * Call after the logs and streams were read. Resolves to true if a right ended; the sealed work then waits to be submitted
 * (submit-after-revocation.ts). A stream whose effective versions cannot be fetched now is left for the next pass. They are fetched before
 * anything changes, so that a person's save never waits for the network.
 */
export async function applyPartialRevocation(machine: VaultMachine, server: ServerApi): Promise<boolean> {
  const rights = rightsOf(machine)
  if (rights === null) return false
  const streams = rights.hasLost ? [...machine.streams.keys()] : []
  const closed = new Set(streams.filter((id) => isClosed(machine, rights, id)))
  const narrowed = new Set(streams.filter((id) => (rights.now(id) & READ) !== 0 && hasLostWork(machine, rights, id)))
  const forgotten = forgetKeys(machine, rights)
  if (closed.size === 0 && narrowed.size === 0 && forgotten.length === 0) return false
  const isClosedOrLost = (row: StoredRecord) =>
    closed.has(row.stream) || (narrowed.has(row.stream) && isLostRow(machine, rights, row))
  const sealLost = async () => {
    while ((await sealUndelivered(machine, isClosedOrLost)) > 0);
  }
  const texts = new Map<string, StreamEntry[]>()
  if (narrowed.size > 0) {
    await exclusive(machine, sealLost)
    for (const id of narrowed) texts.set(id, await fetchTexts(machine, server, rights, id))
  }
  return exclusive(machine, async () => {
    await sealLost()
    const change: Change = { sync: [...forgotten], records: [], remove: [] }
    for (const id of closed) purge(machine, id, change)
    for (const [id, entries] of texts) await yieldWork(machine, rights, id, entries, change)
    if (change.sync.length === 0) return false
    await machine.rows.commit({ ...change, erase: true })
    await reloadVault(machine)
    return true
  })
}

interface Change {
  sync: SyncRow[]
  records: StoredRecord[]
  remove: string[]
}

/** Whether the stream was readable by a grant that has ended, is readable by none now, and still has data on this device. */
function isClosed(machine: VaultMachine, { now, once }: Rights, id: string): boolean {
  if (now(id) !== 0 || once(id) === 0) return false
  return (
    machine.rows.table(entryTable(id)).size > 0 ||
    machine.rows.all().some(({ stream }) => stream === id) ||
    outboxOf(machine).some(({ stream }) => stream === id)
  )
}

function hasLostWork(machine: VaultMachine, rights: Rights, id: string): boolean {
  if (stopOf(machine, id) !== null || isUnsettled(machine, id)) return false
  if (outboxOf(machine).some((item) => isLostItem(machine, rights, id, item))) return true
  if ((rights.once(id) & (APPEND | AMEND)) === 0) return false
  const unsent = [...machine.unsent].flatMap((record) => machine.rows.read(record) ?? [])
  return [...unsent, ...unsealedOf(machine)].some((row) => row.stream === id && isLostRow(machine, rights, row))
}

/** Whether a version needs a right that has ended, or builds on a version that a cut has quarantined (C9). */
function isLost(machine: VaultMachine, { now, once }: Rights, id: string, parent: string, needed: number): boolean {
  if ((once(id) & needed) !== needed) return false
  const before = parent === '' ? undefined : machine.streams.get(id)?.envelopes.get(parent)
  const isQuarantined = before !== undefined && machine.rows.get(TABLE.quarantine, entryKey(id, before.n)) !== undefined
  return (now(id) & needed) !== needed || isQuarantined
}

/**
 * C11: whether an envelope was sealed for submission, at a head without the right, and is still in the outbox when another grant restores
 * the right: no stream accepts an envelope that names that head. An envelope under an older epoch is void instead and is sealed again under
 * the current grant (C5).
 */
function wasLost(
  { control }: VaultMachine,
  rights: Rights,
  id: string,
  { control: head, epoch }: Header,
  needed: number,
) {
  const isNewest = epoch === control!.streams.get(id)?.epoch
  return isNewest && (rights.once(id) & needed) === needed && (rights.at(id, head.n) & needed) !== needed
}

function isLostItem(machine: VaultMachine, rights: Rights, id: string, item: OutboxItem): boolean {
  const { stream, ack, decoded } = item
  if (stream !== id || ack !== null) return false
  const parent = equalBytes(decoded.parent, ZERO_HASH) ? '' : idText(decoded.parent)
  const needed = neededRights(item.row, parent)
  const isRefused = (rights.since(id, decoded.accountLog.n) & needed) !== needed
  if (wasLost(machine, rights, id, decoded, needed)) return true
  return isRefused || isLost(machine, rights, id, parent, needed)
}

/** Whether a version cannot be delivered: because a right is missing, or because it builds on a sealed version that cannot be delivered. */
function isLostRow(machine: VaultMachine, rights: Rights, row: StoredRecord): boolean {
  if (isLost(machine, rights, row.stream, row.parent, neededRights(row, row.parent))) return true
  const sealed = outboxOf(machine).filter(({ stream, ack }) => stream === row.stream && ack === null)
  return (
    sealed.some((item) => item.id === row.id) && sealed.some((item) => isLostItem(machine, rights, row.stream, item))
  )
}

/**
 * Moves sealed work of a stream from the outbox to the table of undelivered envelopes; the device's sequence goes back to the end of what
 * the stream has (F3).
 */
function handOver(machine: VaultMachine, id: string, items: OutboxItem[], sync: SyncRow[]): void {
  const own = sequenceAtEnd(machine, id, machine.streams.get(id)!)
  for (const { key, stream, header, body, proof, hash } of items) {
    sync.push({ table: TABLE.outbox, key, value: null })
    if (machine.rows.get(TABLE.handed, idText(hash)) !== undefined) continue
    sync.push({ table: TABLE.undelivered, key: idText(hash), value: rowValue({ stream, header, body, proof, hash }) })
  }
  sync.push({ table: TABLE.deviceSequence, key: id, value: own === null ? null : rowValue(own) })
}

/** The keys of these tables are record ids, or begin with the stream's id. */
const KEYED = [TABLE.head, TABLE.base, TABLE.merging, TABLE.remoteCurrent, TABLE.waiting, TABLE.quarantine]
/** The rows of these tables are versions, which name their stream. */
const VERSIONS = [TABLE.siblingVersions, TABLE.predecessorVersions, TABLE.supersededVersions]

/** Removes everything that was read of a stream; unsent work is kept sealed for submission. */
function purge(machine: VaultMachine, id: string, { sync, remove }: Omit<Change, 'records'>): void {
  const drop = (table: string, isOf: (key: string, value: unknown) => boolean) => {
    for (const [key, value] of machine.rows.table(table)) if (isOf(key, value)) sync.push({ table, key, value: null })
  }
  handOver(
    machine,
    id,
    outboxOf(machine).filter(({ stream }) => stream === id),
    sync,
  )
  for (const table of KEYED) drop(table, (key) => key.startsWith(`${id}.`))
  for (const table of VERSIONS) drop(table, (_, value) => (value as StoredRecord).stream === id)
  drop(TABLE.conflict, (_, value) => (value as { row: StoredRecord }).row.stream === id)
  for (const table of [TABLE.signedHead, TABLE.reachedHead, TABLE.stopped]) drop(table, (key) => key === id)
  drop(entryTable(id), () => true)
  remove.push(...machine.rows.all().flatMap((row) => (row.stream === id ? [row.id] : [])))
}

/** The sealed, unanswered work of a stream, if part of it cannot be delivered; with the ids of its records, each once. */
function lostWork(
  machine: VaultMachine,
  rights: Rights,
  id: string,
): { items: OutboxItem[]; records: string[] } | null {
  const items = outboxOf(machine).filter(({ stream, ack }) => stream === id && ack === null)
  if (!items.some((item) => isLostItem(machine, rights, id, item))) return null
  return { items, records: [...new Set(items.map((item) => item.id))] }
}

/** The records of submitted work show the server's version again. */
async function yieldWork(
  machine: VaultMachine,
  rights: Rights,
  id: string,
  texts: StreamEntry[],
  change: Change,
): Promise<void> {
  const lost = lostWork(machine, rights, id)
  const standing = lost === null ? null : await effectiveVersions(machine, id, lost.records, texts)
  if (lost === null || standing === null) return
  handOver(machine, id, lost.items, change.sync)
  for (const record of lost.records) {
    for (const table of [TABLE.base, TABLE.merging, TABLE.remoteCurrent])
      if (machine.rows.get(table, record) !== undefined) change.sync.push({ table, key: record, value: null })
    const row = standing.get(record) ?? null
    if (row === null) change.remove.push(record)
    else change.records.push(row)
  }
}

/**
 * C9: the effective version of a record without this device's work: a conflict if the server's current version is quarantined, else its
 * head. Null if there is neither.
 */
function effectiveOf(
  machine: VaultMachine,
  stream: string,
  id: string,
): { type: 'conflict'; row: StoredRecord; deleted: boolean } | { type: 'head'; n: number; header: Header } | null {
  const isQuarantined = (n: number) => machine.rows.get(TABLE.quarantine, entryKey(stream, n)) !== undefined
  const conflictOf = (hash: string) => (machine.rows.get(TABLE.conflict, hash) as ConflictRow | undefined) ?? null
  const stands = effectiveVersion(machine.streams.get(stream), id.slice(stream.length + 1), isQuarantined)
  const over = firstHeld(stands?.over ?? [], conflictOf)
  if (over !== null) return { type: 'conflict', ...over }
  const head = headOf(machine, id)
  const header = head === null ? null : headerAt(machine, stream, head)
  if (head !== null && header !== null) return { type: 'head', n: head.n, header }
  const beside = firstHeld(stands?.beside ?? [], conflictOf)
  return beside === null ? null : { type: 'conflict', ...beside }
}

/** The numbers of effective versions whose text this device lacks, each with its record's id. */
function missingTexts(machine: VaultMachine, stream: string, ids: string[]): Map<number, string> {
  const missing = new Map<number, string>()
  for (const id of ids) {
    const stands = effectiveOf(machine, stream, id)
    if (stands?.type !== 'head' || stands.header.deleted) continue
    if (versionOf(machine, stands.header) === null) missing.set(stands.n, id)
  }
  return missing
}

/** Fetches the missing texts of a stream; the server may return fewer. */
async function fetchTexts(
  machine: VaultMachine,
  server: ServerApi,
  rights: Rights,
  id: string,
): Promise<StreamEntry[]> {
  const lost = lostWork(machine, rights, id)
  const { stream } = machine.streams.get(id)!
  const found: StreamEntry[] = []
  const numbers = [...missingTexts(machine, id, lost?.records ?? []).keys()]
  await fetchAll(machine.pageSizes, server, { vault: machine.vault, stream, numbers }, (entries) => {
    found.push(...entries)
  })
  return found
}

/**
 * The effective version of each record; null for a deleted or absent record. The whole result is null if a text is neither stored nor
 * fetched.
 */
async function effectiveVersions(
  machine: VaultMachine,
  stream: string,
  ids: string[],
  texts: StreamEntry[],
): Promise<Map<string, StoredRecord | null> | null> {
  const found = new Map<string, StoredRecord | null>()
  for (const id of ids) {
    const stands = effectiveOf(machine, stream, id)
    if (stands?.type === 'head') found.set(id, stands.header.deleted ? null : versionOf(machine, stands.header))
    else found.set(id, stands === null || stands.deleted ? null : stands.row)
  }
  const missing = missingTexts(machine, stream, ids)
  const state = machine.streams.get(stream)!
  const verifier = new BatchVerifier()
  for (const entry of texts) {
    const stepped = matchFetched(state, entry)
    const id = missing.get(entry.n)
    if (stepped === null || id === undefined || entry.body === null || entry.proof === null) continue
    if ((await judge(machine, state, stepped, entry.proof, verifier)).type !== 'admitted') continue
    const opened = openAdmitted(machine, stepped, entry.header, entry.body)
    if (opened.type !== 'row') continue
    found.set(id, opened.row)
    missing.delete(entry.n)
  }
  return missing.size === 0 ? found : null
}

function headerAt(machine: VaultMachine, stream: string, { n }: HeadRow) {
  const entry = entryAt(machine, stream, n)
  return entry === undefined ? null : decodeHeader(entry.header)
}

/**
 * Removes the keys of streams that this account may no longer read, by grants or by emergency openings that it knows of (C13), from the
 * stored parts of the control log, as if the parts were addressed to another account. A part stays if it brings a key that is still needed
 * and that no other part brings.
 */
function forgetKeys(
  { control, controlEntries, vault, account, boxKeys, keys }: VaultMachine,
  { now }: Rights,
): SyncRow[] {
  const isGone = (stream: string) => now(stream) === 0
  if (control === null || ![...keys.streams.keys()].some(isGone)) return []
  const opened = control.received.map((part) => ({
    ...part,
    brings: (contentOf(vault, account, part, boxKeys())?.keys ?? []).map(({ stream, epoch }) => ({
      stream: idText(stream),
      name: `${idText(stream)} ${epoch}`,
    })),
  }))
  const isTouched = ({ brings }: (typeof opened)[number]) => brings.some(({ stream }) => isGone(stream))
  const elsewhere = new Set(opened.flatMap((part) => (isTouched(part) ? [] : part.brings.map(({ name }) => name))))
  const over = opened.filter(
    (part) => isTouched(part) && part.brings.every(({ stream, name }) => isGone(stream) || elsewhere.has(name)),
  )
  return [...new Set(over.map(({ at }) => at))].map((at): SyncRow => {
    const entry = controlEntries[at - 1]!
    const isOver = (wrap: Uint8Array) => over.some((part) => part.at === at && equalBytes(part.wrap, wrap))
    const parts = entry.parts.map((part) => (part.wrap !== null && isOver(part.wrap) ? { ...part, wrap: null } : part))
    return { table: TABLE.control, key: String(at), value: encodeMessage({ ...entry, parts }) }
  })
}
