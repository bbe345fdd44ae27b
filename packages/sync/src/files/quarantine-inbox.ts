/**
 * On an owner's device: envelopes that arrived after a grant ended (C9, C11), from the quarantine inbox or in a stream beyond a cut. Each
 * is verified and opened like an accepted envelope but stored separately; only a person's action accepts it (decision 0028).
 */
import { auditEntry, isJsonObject, parseJsonOrNull } from '@chartkeep/domain'
import { decodeAs, idText, textId } from '@chartkeep/protocol'
import type { AccountState } from '@chartkeep/protocol/account'
import { practicesIn, type ControlState } from '@chartkeep/protocol/control'
import { readLate, type LatePage } from '@chartkeep/protocol/ended'
import {
  BatchVerifier,
  decodeHeader,
  envelopeHashOf,
  hashEnvelope,
  matchFetched,
  StreamEntry,
  type BatchProof,
  type SteppedEntry,
} from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import { judge, openAdmitted, openRecord } from '../pull/judge-entry.ts'
import { fetchAll } from '../transport/adaptive-page-size.ts'
import { learnAccounts, neededByStream } from '../vault/needed-logs.ts'
import type { ServerApi } from '../ports/ports.ts'
import { recordId } from '../record/record-codec.ts'
import { intentsOf } from '../consent/pending-intents.ts'
import { importItems } from './vault-import.ts'
import { importedDocId } from '../vault/content-keys.ts'
import { isVaultOwner, writableStream } from '../vault/vault-rights.ts'
import { entryKey, exclusive, headOf, rowValue, TABLE, timeOf, type VaultMachine } from '../vault/vault-state.ts'

/** A verified late envelope, by hash text. */
export interface LateRow {
  /** Its number in its stream; null if it comes from the inbox. */
  n: number | null
  /** When it reached the inbox, by the server's clock, milliseconds since 1970; 0 in a stream. */
  at: number
  header: Uint8Array
  body: Uint8Array
  proof: BatchProof
  /** Its content, as a record of its author. */
  row: StoredRecord
  /** The server was told that the owners no longer need it. */
  isSettled: boolean
}

export type LateDecision = 'open' | 'waiting' | 'taken' | 'left'

const CURSOR = 'late-cursor'

export function lateRowsOf(machine: VaultMachine): { hash: string; late: LateRow }[] {
  return [...machine.rows.table(TABLE.late)].map(([hash, value]) => ({ hash, late: value as unknown as LateRow }))
}

/** The number of quarantined entries, without those that are also late envelopes. */
export function quarantinedCount(machine: VaultMachine): number {
  const late = lateRowsOf(machine).filter(({ late: { n, row } }) => {
    return n !== null && machine.rows.get(TABLE.quarantine, entryKey(row.stream, n)) !== undefined
  })
  return machine.rows.table(TABLE.quarantine).size - late.length
}

/** Reads the quarantine inbox and the entries beyond cuts; stores those that verify, ignores the others, and settles the decided ones. */
export async function readLateArrivals(machine: VaultMachine, server: ServerApi): Promise<void> {
  const { control } = machine
  if (control === null || !isVaultOwner(machine)) return
  await keepBeyondCuts(machine, server)
  const isOver = [...control.grants.values()].some(({ cut, notAfter }) => cut !== null || notAfter <= timeOf(machine))
  if (!isOver && !practicesIn(control).some((account) => hasLeavers(machine.accounts.lookup(account)))) return
  await readBox(machine, server)
  await settleDecided(machine, server)
}

/** C12: whether a member has left a practice or lost a role there, as far as its log is known here. */
function hasLeavers(log: AccountState | null): boolean {
  return [...(log?.practice?.members.values() ?? [])].some(
    ({ removedAt, versions }) => removedAt !== null || versions.length > 1,
  )
}

async function readBox(machine: VaultMachine, server: ServerApi): Promise<void> {
  let after = Number(machine.rows.get(TABLE.meta, CURSOR) ?? 0)
  let isComplete = true
  for (;;) {
    const answer = await server.quarantineInbox(machine.vault, after)
    if (answer.type !== 'ok') return
    const { items, last } = answer.value
    // The newest items were settled, or the server was restored from a backup: the inbox is read again from its start.
    if (last < after) {
      after = 0
      continue
    }
    for (const item of items) {
      if (item.place <= after) return
      const kept = await keepItem(machine, server, item)
      if (kept === 'offline') return
      isComplete &&= kept !== 'later'
      after = item.place
      if (isComplete)
        await exclusive(machine, () =>
          machine.rows.commit({ sync: [{ table: TABLE.meta, key: CURSOR, value: item.place }] }),
        )
    }
    if (items.length === 0) {
      if (isComplete && Number(machine.rows.get(TABLE.meta, CURSOR) ?? 0) > last)
        await exclusive(machine, () => machine.rows.commit({ sync: [{ table: TABLE.meta, key: CURSOR, value: last }] }))
      return
    }
  }
}

/** `later`: the server is ahead of the logs, or of the time, that this device has; the item is read again later. */
async function keepItem(
  machine: VaultMachine,
  server: ServerApi,
  { time, envelope }: LatePage['items'][number],
): Promise<'kept' | 'left-out' | 'later' | 'offline'> {
  const header = decodeHeader(envelope.header)
  if (header === null) return 'left-out'
  const hash = idText(hashEnvelope(envelope))
  if (machine.rows.get(TABLE.late, hash) !== undefined) return 'kept'
  if (machine.streams.get(idText(header.stream))?.envelopes.get(hash)?.isVoid === false) return 'left-out'
  const unreachable = await learnAccounts(machine, server, neededByStream(machine, [envelope]))
  if (unreachable !== null) return 'offline'
  const author = machine.accounts.lookup(header.account)
  const late = await readLate(envelope, machine.control!, author, timeOf(machine), new BatchVerifier())
  // The server may know of an end, by its clock or by an entry, that this device has not read yet.
  const isAhead = late === 'not-over' || header.control.n > machine.control!.n
  if (typeof late === 'string') return isAhead ? 'later' : 'left-out'
  const opened = openRecord(machine, header, envelope.header, envelope.body)
  if (opened.type === 'waiting') return 'later'
  if (opened.type !== 'row' || header.deleted) return 'left-out'
  await keep(machine, hash, { n: null, at: time, ...envelope, row: opened.row, isSettled: false })
  return 'kept'
}

function keep(machine: VaultMachine, hash: string, late: LateRow): Promise<void> {
  const value = rowValue(late)
  return exclusive(machine, () => machine.rows.commit({ sync: [{ table: TABLE.late, key: hash, value }] }))
}

interface Beyond {
  stream: string
  entry: StreamEntry
  hash: string
}

/** Entries quarantined because of a cut, or because they build on such an entry: those that an `accept` may name. */
function beyondCuts(machine: VaultMachine): Beyond[] {
  return [...machine.rows.table(TABLE.quarantine)].flatMap(([key, value]) => {
    const { reason, entry: encoded } = value as { reason: string; entry: Uint8Array }
    if (reason !== 'cut' && reason !== 'no-right') return []
    const entry = decodeAs(StreamEntry, encoded)
    if (entry === null) return []
    return [{ stream: key.split('.')[0]!, entry, hash: idText(envelopeHashOf(entry.header, entry.bodyHash)) }]
  })
}

async function keepBeyondCuts(machine: VaultMachine, server: ServerApi): Promise<void> {
  const all = beyondCuts(machine)
  const fresh = all.filter(({ hash }) => machine.rows.get(TABLE.late, hash) === undefined)
  if (fresh.length === 0) return
  // Judged as if all were accepted: only entries that pass can be offered to the person.
  const control = machine.control!
  const accepted = new Map([...all.map(({ hash }) => [hash, control.n] as const), ...control.accepted])
  const asIf: ControlState = { ...control, accepted }
  const verifier = new BatchVerifier()
  for (const stream of new Set(fresh.map((each) => each.stream))) {
    const state = machine.streams.get(stream)
    if (state === undefined) continue
    const keepWhole = async (entries: StreamEntry[]) => {
      for (const whole of entries) {
        const stepped: SteppedEntry | null = matchFetched(state, whole)
        if (stepped === null || whole.body === null || whole.proof === null || stepped.header.deleted) continue
        const verdict = await judge(machine, state, stepped, whole.proof, verifier, asIf)
        if (verdict.type !== 'admitted') continue
        const opened = openAdmitted(machine, stepped, whole.header, whole.body)
        if (opened.type !== 'row') continue
        const { n, header, body, proof } = whole
        await keep(machine, idText(stepped.hash), { n, at: 0, header, body, proof, row: opened.row, isSettled: false })
      }
    }
    const wanted = fresh.filter((each) => each.stream === stream).map(({ entry }) => entry)
    const isBare = ({ body, proof }: StreamEntry) => body === null || proof === null
    await keepWhole(wanted.filter((entry) => !isBare(entry)))
    const numbers = wanted.filter(isBare).map(({ n }) => n)
    const { vault, pageSizes } = machine
    const answer = await fetchAll(pageSizes, server, { vault, stream: state.stream, numbers }, keepWhole)
    if (answer.type !== 'ok') return
  }
}

/** The name of a late envelope in an audit event. */
export function lateName(hash: string): string {
  return `late:${hash}`
}

/** The owners' decisions by hash text, from the newest events of their audit log. */
export function decisionsOf(machine: VaultMachine): Map<string, { decision: 'taken' | 'left'; id: string }> {
  const decided = new Map<string, { decision: 'taken' | 'left'; id: string; clock: string }>()
  const { control } = machine
  for (const row of machine.rows.all()) {
    if (row.collectionName !== 'audit' || control?.streams.get(row.stream)?.auditOf !== null) continue
    // Most events are about something else; only these are parsed.
    if (!row.resource.includes('"late-')) continue
    const event = parseJsonOrNull(row.resource)
    const { action, records } = auditEntry(isJsonObject(event) ? event : {})
    if (action !== 'late-taken' && action !== 'late-left') continue
    for (const name of records) {
      const hash = name.replace(/^late:/, '')
      if ((decided.get(hash)?.clock ?? '') > row.clock) continue
      decided.set(hash, { decision: action === 'late-taken' ? 'taken' : 'left', id: row.id, clock: row.clock })
    }
  }
  return decided
}

/** Every late envelope that is a record, with its decision. */
export function lateItems(machine: VaultMachine): { hash: string; late: LateRow; decision: LateDecision }[] {
  const rows = lateRowsOf(machine).filter(({ late }) => late.row.collectionName !== 'audit')
  if (rows.length === 0) return []
  const decided = decisionsOf(machine)
  const intended = new Set(
    intentsOf(machine).flatMap(({ intent }) =>
      intent.kind === 'accept' ? intent.envelopes.map(({ hash }) => idText(hash)) : [],
    ),
  )
  return rows.map(({ hash, late }) => {
    if (machine.control?.accepted.has(hash)) return { hash, late, decision: 'taken' }
    if (intended.has(hash)) return { hash, late, decision: 'waiting' }
    const { decision = 'open' } = decided.get(hash) ?? {}
    // In a stream, an entry counts only with its `accept`, whatever an event says.
    return { hash, late, decision: late.n !== null && decision === 'taken' ? 'open' : decision }
  })
}

/** The audit events that devices submitted late, each under its author's name. */
export function lateEvents(machine: VaultMachine): StoredRecord[] {
  return lateRowsOf(machine).flatMap(({ late: { row } }) => (row.collectionName === 'audit' ? [row] : []))
}

/** The envelope together with the entries that it builds on and that are not accepted yet. */
export function withForerunners(machine: VaultMachine, hash: string): { stream: Uint8Array; hash: Uint8Array }[] {
  const found: { stream: Uint8Array; hash: Uint8Array }[] = []
  for (let name: string | null = hash; name !== null;) {
    const late = machine.rows.get(TABLE.late, name) as unknown as LateRow | undefined
    if (late === undefined || late.n === null || machine.control?.accepted.has(name) === true) break
    found.push({ stream: textId(late.row.stream)!, hash: hashEnvelope(late) })
    name = late.row.parent === '' ? null : late.row.parent
  }
  return found
}

/**
 * C11: copies an inbox item into a record of the owner that names its source. False if this list cannot hold it. Repeating the call makes
 * no second record.
 */
export async function takeFromBox(machine: VaultMachine, hash: string): Promise<boolean> {
  const late = machine.rows.get(TABLE.late, hash) as unknown as LateRow | undefined
  if (late === undefined || writableStream(machine, late.row.collectionName) === null) return false
  const { account, collectionName, resource } = late.row
  const names = { identity: identityOf(hash), canonicalHash: hash }
  const item = { text: resource, ...names, collection: collectionName, isCopy: true as const }
  const result = await exclusive(machine, () => importItems(machine, [item], `late:${account}:${hash}`))
  return result.refused === 0
}

function identityOf(hash: string): string {
  return `chartkeep:${lateName(hash)}`
}

/** The author of a record that was taken from the inbox, by its import source; null for all other records. */
export function lateAuthor(importSource: string): string | null {
  return /^(?:edited:)?late:([\w-]{22}):/.exec(importSource)?.[1] ?? null
}

/** Tells the server which items it need not keep: items whose decision is confirmed, and items that a stream holds. */
async function settleDecided(machine: VaultMachine, server: ServerApi): Promise<void> {
  const decided = decisionsOf(machine)
  const done = lateRowsOf(machine).filter(({ hash, late }) => {
    const decision = decided.get(hash)
    if (late.n !== null || late.isSettled || decision === undefined) return false
    if (headOf(machine, decision.id) === null) return false
    return decision.decision === 'left' || isInChart(machine, hash, late)
  })
  const first = done.slice(0, 1024)
  if (first.length === 0) return
  const answer = await server.settleLate(
    machine.vault,
    first.map(({ late }) => hashEnvelope(late)),
  )
  if (answer.type !== 'ok') return
  const sync = first.map(({ hash, late }) => ({
    table: TABLE.late,
    key: hash,
    value: rowValue({ ...late, isSettled: true }),
  }))
  await exclusive(machine, () => machine.rows.commit({ sync }))
}

/** Whether the record made from it is at the server. */
function isInChart(machine: VaultMachine, hash: string, { row }: LateRow): boolean {
  const stream = writableStream(machine, row.collectionName)
  const secret = machine.keys.docSecret
  if (stream === null || secret === null) return false
  return headOf(machine, recordId(stream, idText(importedDocId(secret, identityOf(hash))))) !== null
}
