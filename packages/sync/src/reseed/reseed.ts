/**
 * Gives a chart back to a server that lost data (S9). The server names its position; this device sends the entries beyond it, each run up
 * to a head that the server itself signed, and reports when it has sent everything. Nothing local changes.
 */
import { MAX_CHAIN, startBoxChain } from '@chartkeep/crypto'
import { concatBytes } from '@chartkeep/crypto/encoding'
import { merkleLeaf } from '@chartkeep/crypto/hash'
import { idText, MAX_LOG_PAGE_ENTRIES, textId } from '@chartkeep/protocol'
import { envelopeLeafData, MAX_AUDIT_LEAVES, type AuditLeaf } from '@chartkeep/protocol/audit'
import { accessLogKey, hasControlHead, type ControlEntry } from '@chartkeep/protocol/control'
import { chainLink, LINK_LENGTH, MAX_LINKS, type RefillDone, type RefillState } from '@chartkeep/protocol/messages'
import {
  envelopeHashOf,
  hasStreamHead,
  isBareHash,
  type SignedHead,
  type StreamEntry,
} from '@chartkeep/protocol/streams'
import { accessRows, auditHeadOf, auditReadOf } from '../audit/audit-rows.ts'
import { beaconRows } from '../audit/beacons.ts'
import { CONTROL } from '../pull/control-pull.ts'
import { entryAt } from '../vault/entry-row.ts'
import { firstOf } from '../transport/adaptive-page-size.ts'
import type { Answer } from '../ports/ports.ts'
import { rebuildEntry } from '../pull/rebuild-entry.ts'
import type { ReseedApi } from '../ports/reseed-api.ts'
import { PAGE_BYTES, reseedAccounts } from './reseed-account.ts'
import { isVaultOwner } from '../vault/vault-rights.ts'
import { TABLE, type VaultMachine } from '../vault/vault-state.ts'

export type ReseedOutcome =
  /** The server accepts new entries of the chart again. */
  | { type: 'open' }
  /** This device has given all it has; the server waits for this many others (0: an unknown number; an owner's device must come first). */
  | { type: 'waiting'; devices: number }
  | { type: 'offline' }
  | { type: 'error'; error: string }

/** Bytes of an entry besides header and body. */
const ENTRY_OVERHEAD = 600
/** Bytes of a leaf besides its sealed note, and the usual size of both. */
const LEAF_OVERHEAD = 120
const LEAF_BYTES = 512
/** The most requests for one chain, however slow the connection; guards against a server that answers for ever. */
const MAX_ROUNDS = 10_000

export async function reseedVault(
  machine: VaultMachine,
  server: ReseedApi,
  onProgress: (done: number, all: number) => void = () => {},
): Promise<ReseedOutcome> {
  if (machine.control === null) return { type: 'waiting', devices: 0 }
  const given = await giveControl(machine, server)
  if (given !== null) return given
  const asked = await server.reseed(machine.vault, reportOf(machine, false))
  if (asked.type === 'error' && asked.error === 'not-found') return { type: 'waiting', devices: 0 }
  if (asked.type !== 'ok') return asked
  const failed = await giveStreams(machine, server, asked.value, onProgress)
  if (failed !== null) return failed
  if (!asked.value.open) {
    const audit = await giveAudit(machine, server, asked.value.leaves)
    if (audit !== null) return audit
  }
  const done = await server.reseed(machine.vault, reportOf(machine, true))
  if (done.type !== 'ok') return done
  return done.value.open ? { type: 'open' } : { type: 'waiting', devices: done.value.waiting.length }
}

/** F2: the beacons stored here tell the server again which devices it must wait for. */
function reportOf(machine: VaultMachine, done: boolean) {
  const beacons = isVaultOwner(machine) ? beaconRows(machine).map(({ beacon }) => beacon) : []
  return { done, beacons: beacons.filter(({ places }) => places === null) }
}

type Failed = Exclude<Answer<never>, { type: 'ok' }>

/** Owners hold every part of the control log; a grantee sees too little of it to give it back. */
async function giveControl(machine: VaultMachine, server: ReseedApi): Promise<Failed | null> {
  const head = machine.rows.get(TABLE.signedHead, CONTROL) as unknown as SignedHead | undefined
  if (head === undefined || !isVaultOwner(machine) || !hasControlHead(machine.control!, head)) return null
  // S10: the entry that names the new server may follow the last head of the old one.
  const last = head.n + (machine.control!.servers.at(-1)?.at === head.n + 1 ? 1 : 0)
  let asked = await server.reseedControl(machine.vault, { head, first: head.n + 1, entries: [] })
  for (let before = -1; asked.type === 'ok' && asked.value.n < last && asked.value.n !== before;) {
    before = asked.value.n
    const entries = controlPage(machine, before, last)
    const run = { head, first: before + 1, entries }
    const give = () =>
      machine.pageSizes.up.carry(sizeOfAll(entries, sizeOfControl), () => server.reseedControl(machine.vault, run))
    asked = await give()
    if (asked.type === 'error' && asked.error === 'heads-unknown') {
      // The control log names accounts whose logs the server has lost as well.
      const failed = await reseedAccounts(machine.accounts, machine.account, server, machine.pageSizes)
      if (failed !== null && failed.type !== 'ok') return failed
      asked = await give()
    }
  }
  return asked.type === 'ok' ? null : asked
}

/** The most bytes of entries in a page, at the connection's current speed. */
function pageBytes({ pageSizes }: VaultMachine): number {
  return Math.min(PAGE_BYTES, pageSizes.up.bytes)
}

function sizeOfAll<T>(items: readonly T[], sizeOf: (item: T) => number): number {
  return items.reduce((sum, item) => sum + sizeOf(item), 0)
}

function sizeOfControl({ body, parts }: ControlEntry): number {
  return body.length + sizeOfAll(parts, ({ open, wrap }) => (open?.length ?? 0) + (wrap?.length ?? 0) + 100) + 200
}

function sizeOfEntry({ header, body }: StreamEntry): number {
  return header.length + (body?.length ?? 0) + ENTRY_OVERHEAD
}

function sizeOfLeaf({ sealed }: AuditLeaf): number {
  return (sealed?.length ?? 0) + LEAF_OVERHEAD
}

function controlPage(machine: VaultMachine, after: number, last: number) {
  const entries = machine.controlEntries.slice(after, Math.min(last, after + MAX_LOG_PAGE_ENTRIES))
  return firstOf(entries, pageBytes(machine), sizeOfControl)
}

/** The newest head that the server signed within the part of a stream that this device has read. */
export function reachedHead(machine: VaultMachine, id: string): SignedHead | null {
  const state = machine.streams.get(id)
  for (const table of [TABLE.signedHead, TABLE.reachedHead]) {
    const head = machine.rows.get(table, id) as unknown as SignedHead | undefined
    if (head !== undefined && state !== undefined && head.n > 0 && hasStreamHead(state, head)) return head
  }
  return null
}

async function giveStreams(
  machine: VaultMachine,
  server: ReseedApi,
  { streams }: RefillState,
  onProgress: (done: number, all: number) => void,
): Promise<Failed | null> {
  const plans = streams.flatMap((there) => {
    const head = reachedHead(machine, idText(there.stream))
    const state = machine.streams.get(idText(there.stream))
    // If the server's chain is not this device's own, it is not reseeded; the next pull reports the contradiction.
    if (head === null || state === undefined || !hasStreamHead(state, there)) return []
    return [{ ...there, head }]
  })
  const all = plans.reduce((sum, { n, head }) => sum + Math.max(0, head.n - n), 0)
  let done = 0
  for (const { stream, n, head, missing } of plans) {
    if (head.n > n) {
      const failed = await giveStream(machine, server, stream, n, head, (sent) => onProgress(done + sent, all))
      if (failed !== null) return failed
      done += head.n - n
    }
    const failed = await giveBodies(machine, server, stream, missing)
    if (failed !== null) return failed
  }
  return null
}

async function giveStream(
  machine: VaultMachine,
  server: ReseedApi,
  stream: Uint8Array,
  after: number,
  head: SignedHead,
  onProgress: (sent: number) => void,
): Promise<Failed | null> {
  let at = after
  for (let tries = 0; at < head.n && tries < 3; tries++) {
    const proved = await proveChain(machine, server, stream, at, head)
    if (proved.type !== 'ok') return proved
    at = Math.max(at, proved.value)
    while (at < head.n) {
      const entries = entryPage(machine, idText(stream), at, head.n)
      if (entries.length === 0) return null
      const taken = await giveEntries(machine, server, stream, entries)
      // Another device was faster, or the server restarted and has forgotten the proved heads.
      if (taken.type === 'error' && taken.error === 'heads-unknown') break
      if (taken.type !== 'ok') return taken
      if (taken.value.n <= at) return null
      at = taken.value.n
      onProgress(Math.min(at, head.n) - after)
    }
  }
  return null
}

/**
 * Sends the links up to `head`, from the server's position; a proof that was interrupted continues, however often. Resolves to the server's
 * number of entries if it differs from its earlier statement.
 */
async function proveChain(
  machine: VaultMachine,
  server: ReseedApi,
  stream: Uint8Array,
  after: number,
  head: SignedHead,
): Promise<Answer<number>> {
  const nothing = { stream, head, first: after + 1, links: new Uint8Array() }
  const asked = await server.reseedChain(machine.vault, nothing)
  if (asked.type !== 'ok') return asked
  let stored = after
  let reached = asked.value.n
  for (let round = 0; round < MAX_ROUNDS && reached < head.n; round++) {
    const most = Math.min(MAX_LINKS, Math.floor(machine.pageSizes.up.bytes / LINK_LENGTH))
    const last = Math.min(head.n, reached + most)
    const links = linksOf(machine, idText(stream), reached + 1, last)
    if (links === null) return { type: 'ok', value: head.n }
    const run = { stream, head, first: reached + 1, links: concatBytes(...links) }
    const answer = await machine.pageSizes.up.carry(run.links.length, () => server.reseedChain(machine.vault, run))
    if (answer.type !== 'ok') return answer
    reached = answer.value.n
    // The server restarted, or another device has sent entries: it names its current number.
    if (reached !== last) stored = reached
  }
  return { type: 'ok', value: stored }
}

function linksOf(machine: VaultMachine, stream: string, first: number, last: number): Uint8Array[] | null {
  const links: Uint8Array[] = []
  for (let n = first; n <= last; n++) {
    const entry = entryAt(machine, stream, n)
    if (entry === undefined) return null
    const { outcome, header, bodyHash } = entry
    links.push(chainLink(outcome, isBareHash(entry) ? bodyHash : envelopeHashOf(header, bodyHash)))
  }
  return links
}

function giveEntries(
  machine: VaultMachine,
  server: ReseedApi,
  stream: Uint8Array,
  entries: StreamEntry[],
): Promise<Answer<RefillDone>> {
  const { vault, pageSizes } = machine
  return pageSizes.up.carry(sizeOfAll(entries, sizeOfEntry), () => server.reseedEntries(vault, { stream, entries }))
}

function entryPage(machine: VaultMachine, stream: string, after: number, last: number): StreamEntry[] {
  const entries: StreamEntry[] = []
  let bytes = 0
  for (let n = after + 1; n <= last; n++) {
    const entry = rebuildEntry(machine, stream, n)
    if (entry === null) break
    bytes += sizeOfEntry(entry)
    if (entries.length > 0 && bytes > pageBytes(machine)) break
    entries.push(entry)
  }
  return entries
}

/** The bodies that the server lacks, as far as this device can rebuild them. */
async function giveBodies(
  machine: VaultMachine,
  server: ReseedApi,
  stream: Uint8Array,
  missing: readonly number[],
): Promise<Failed | null> {
  let page: StreamEntry[] = []
  let bytes = 0
  const send = async (): Promise<Failed | null> => {
    if (page.length === 0) return null
    const taken = await giveEntries(machine, server, stream, page)
    page = []
    bytes = 0
    return taken.type === 'ok' || taken.type === 'error' ? null : taken
  }
  for (const n of missing) {
    const entry = rebuildEntry(machine, idText(stream), n)
    if (entry === null || entry.body === null) continue
    const failed = bytes + sizeOfEntry(entry) > pageBytes(machine) ? await send() : null
    if (failed !== null) return failed
    bytes += sizeOfEntry(entry)
    page.push(entry)
  }
  return send()
}

/**
 * The leaves beyond the server's, up to the checkpoint that this device has read completely. Notes are sealed again to the owners' key, so
 * the server can never read them back. Null also if leaves are no longer kept here: the log then begins again, and a person is told.
 */
async function giveAudit(machine: VaultMachine, server: ReseedApi, stored: number): Promise<Failed | null> {
  const head = auditHeadOf(machine)
  if (!isVaultOwner(machine) || head === null || auditReadOf(machine)?.size !== head.size) return null
  let at = stored
  while (at < head.size) {
    const most = Math.min(MAX_AUDIT_LEAVES, Math.ceil(pageBytes(machine) / LEAF_BYTES))
    const found = leavesFrom(machine, at, Math.min(head.size, at + most))
    if (found === null) return null
    const leaves = firstOf(found, pageBytes(machine), sizeOfLeaf)
    const run = { checkpoint: head.checkpoint, first: at, leaves }
    const { vault, pageSizes } = machine
    const answer = await pageSizes.up.carry(sizeOfAll(leaves, sizeOfLeaf), () => server.reseedAudit(vault, run))
    if (answer.type === 'offline') return answer
    if (answer.type !== 'ok' || answer.value.n <= at) return null
    at = answer.value.n
  }
  return null
}

/** Leaves `first` to `end` - 1; null if one of them is not kept here. */
function leavesFrom(machine: VaultMachine, first: number, end: number): AuditLeaf[] | null {
  const byIndex = new Map<number, AuditLeaf>()
  const key = machine.control === null ? null : accessLogKey(machine.control)
  let chain = key === null ? null : startBoxChain(key.publicKey, machine.randomBytes)
  for (const { n, index, leaf, data, sealed } of accessRows(machine)) {
    if (index < first || index >= end) continue
    if (chain !== null && chain.length >= MAX_CHAIN) chain = startBoxChain(key!.publicKey, machine.randomBytes)
    const again = data === null || chain === null ? sealed : chain.seal(data)
    byIndex.set(index, { stream: null, n, sealed: again, hash: leaf })
  }
  for (const [place, value] of machine.rows.table(TABLE.auditLeaf)) {
    const index = value as number
    if (index < first || index >= end) continue
    const [stream = '', n = ''] = place.split('.')
    const hash = leafHash(machine, stream, Number(n))
    if (hash !== null) byIndex.set(index, { stream: textId(stream)!, n: Number(n), sealed: null, hash })
  }
  const leaves = Array.from({ length: end - first }, (_, at) => byIndex.get(first + at))
  return leaves.every((leaf) => leaf !== undefined) ? leaves : null
}

function leafHash(machine: VaultMachine, stream: string, n: number): Uint8Array | null {
  const entry = entryAt(machine, stream, n)
  if (entry === undefined) return null
  return merkleLeaf(envelopeLeafData(textId(stream)!, n, envelopeHashOf(entry.header, entry.bodyHash)))
}
