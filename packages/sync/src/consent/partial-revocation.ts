/**
 * C10 for a part of a chart: a grant of this account has ended while another one continues. Streams that nobody lets it read any more are
 * removed from this device; work that it may no longer write, where it may still read, makes room for what stands at the server. Before
 * that, all of it is sealed and kept to be submitted (C11): nothing is let go without the server's receipt.
 */
import { equalBytes } from '@chartkeep/crypto'
import {
  actingRoles,
  AMEND,
  APPEND,
  BatchVerifier,
  decodeHeader,
  encodeMessage,
  idText,
  isForRoles,
  matchFetched,
  READ,
  roleCutsOf,
  ZERO_HASH,
  type Header,
  type StreamEntry,
} from '@chartkeep/protocol'
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

/** What this account may do in each stream now, and what it once could, by the verified log and both clocks (H8). */
interface Rights {
  /** Whether anything that this account once held is over. */
  hasLost: boolean
  now: (stream: string) => number
  once: (stream: string) => number
  /** C12: of what names position `n` of its own account's log, what is let in now: by roles that were held there and still are, and not before a cut. */
  since: (stream: string, n: number) => number
  /** What could be done at position `n` of the control log: by grants that were there and not cut. */
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
  // Where all of it has ended, or is held back and not open here (C13), the whole copy goes (revocation-purge.ts).
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
 * Call when logs and streams were read. True when something ended; what was sealed then waits to be submitted (submit-after-revocation.ts). A stream
 * whose standing versions cannot be had now is left for the next pass. They are asked for before anything is changed: what a person saves
 * never waits for the network.
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

/** Read once, by a grant that is over, and by none now; and something of it is still here. */
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

/** A version that the rights of now do not let in, and those of once did; or one over what a cut has quarantined (C9). */
function isLost(machine: VaultMachine, { now, once }: Rights, id: string, parent: string, needed: number): boolean {
  if ((once(id) & needed) !== needed) return false
  const before = parent === '' ? undefined : machine.streams.get(id)?.envelopes.get(parent)
  const isQuarantined = before !== undefined && machine.rows.get(TABLE.quarantine, entryKey(id, before.n)) !== undefined
  return (now(id) & needed) !== needed || isQuarantined
}

/**
 * C11: sealed to be submitted, at a head at which nothing let it in, and still in the outbox when another grant did: no stream takes what names that
 * head. One under an older epoch is void, and is sealed again under the grant of now (C5).
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

/** Not delivered, and not to be: for want of a right, or since it builds on something sealed that is not. */
function isLostRow(machine: VaultMachine, rights: Rights, row: StoredRecord): boolean {
  if (isLost(machine, rights, row.stream, row.parent, neededRights(row, row.parent))) return true
  const sealed = outboxOf(machine).filter(({ stream, ack }) => stream === row.stream && ack === null)
  return (
    sealed.some((item) => item.id === row.id) && sealed.some((item) => isLostItem(machine, rights, row.stream, item))
  )
}

/** Takes sealed work of a stream out of the outbox, to be submitted; its numbers are the next ones that the stream has not seen (F3). */
function handOver(machine: VaultMachine, id: string, items: OutboxItem[], sync: SyncRow[]): void {
  const own = sequenceAtEnd(machine, id, machine.streams.get(id)!)
  for (const { key, stream, header, body, proof, hash } of items) {
    sync.push({ table: TABLE.outbox, key, value: null })
    if (machine.rows.get(TABLE.handed, idText(hash)) !== undefined) continue
    sync.push({ table: TABLE.undelivered, key: idText(hash), value: rowValue({ stream, header, body, proof, hash }) })
  }
  sync.push({ table: TABLE.deviceSequence, key: id, value: own === null ? null : rowValue(own) })
}

/** Rows of these tables stand under a record's id, or under a key that begins with the stream's. */
const KEYED = [TABLE.head, TABLE.base, TABLE.merging, TABLE.remoteCurrent, TABLE.waiting, TABLE.quarantine]
/** Rows of these hold a version, and with it the stream. */
const VERSIONS = [TABLE.siblingVersions, TABLE.predecessorVersions, TABLE.supersededVersions]

/** Removes all that was read of a stream, and its work once that is kept to be submitted. */
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

/** Work of a stream that is sealed and not answered, where some of it is not to be delivered; each record of it once. */
function lostWork(
  machine: VaultMachine,
  rights: Rights,
  id: string,
): { items: OutboxItem[]; records: string[] } | null {
  const items = outboxOf(machine).filter(({ stream, ack }) => stream === id && ack === null)
  if (!items.some((item) => isLostItem(machine, rights, id, item))) return null
  return { items, records: [...new Set(items.map((item) => item.id))] }
}

/** The records of work that is submitted show what stands at the server again. */
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
 * C9: what a record shows over which nothing of this device stands: a conflict where what the server calls current was quarantined, else its
 * head. Null where there is neither.
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

/** What stands of each record by number, where its text is not here. */
function missingTexts(machine: VaultMachine, stream: string, ids: string[]): Map<number, string> {
  const missing = new Map<number, string>()
  for (const id of ids) {
    const stands = effectiveOf(machine, stream, id)
    if (stands?.type !== 'head' || stands.header.deleted) continue
    if (versionOf(machine, stands.header) === null) missing.set(stands.n, id)
  }
  return missing
}

/** Asks the server for the texts of a stream that are missing; fewer where it does not give them now. */
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

/** What stands of each record, null for one that is deleted or not there at all; null when a text is neither here nor among those that came. */
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
 * Parts of the control log that bring keys of streams which nobody lets this account read, any more or by any opening that it knows of (C13), stand without their keys, as for somebody to
 * whom they are not addressed. One that brings a key which is needed still, and no other part does, stays.
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
