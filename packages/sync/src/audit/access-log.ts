/**
 * The server's access log (A2), as a chart shows it: one line for each request that the server recorded, and gaps for missing or unreadable
 * entries.
 */
import { idText } from '@chartkeep/protocol'
import { readAccessLeaf, type AccessEntry } from '@chartkeep/protocol/audit'
import { decodeHeader } from '@chartkeep/protocol/streams'
import { collectionOfStreamName } from '@chartkeep/domain'
import type { AccessLine, AuditCheck } from '../contract/api.ts'
import {
  accessRows,
  auditFaultOf,
  auditHeadOf,
  auditReadOf,
  faultToShow,
  leafIndexOf,
  missingLeaves,
  witnessesOf,
  type AccessRow,
} from './audit-rows.ts'
import { entryAt } from '../vault/entry-row.ts'
import type { People } from '../vault/people.ts'
import { streamName, TABLE, type VaultMachine } from '../vault/vault-state.ts'

type KeptRow = AccessRow & { n: number; entry: AccessEntry | null }

/** Decoded entries by their bytes, for as long as their row is held: screens ask for all of them at every change. */
const readBefore = new WeakMap<Uint8Array, AccessEntry | null>()

function entryOf({ data }: AccessRow): AccessEntry | null {
  if (data === null) return null
  const known = readBefore.get(data) ?? readAccessLeaf(data)
  readBefore.set(data, known)
  return known
}

function keptRows(machine: VaultMachine): KeptRow[] {
  return accessRows(machine).map((row) => ({ ...row, entry: entryOf(row) }))
}

/** Newest first. */
export function accessLines(machine: VaultMachine, people: People): AccessLine[] {
  return keptRows(machine)
    .flatMap(({ n, entry }) => (entry === null ? [] : [lineOf(machine, people, n, entry)]))
    .toReversed()
}

function lineOf(machine: VaultMachine, people: People, n: number, entry: AccessEntry): AccessLine {
  const vault = idText(machine.vault)
  const names = entry.streams.map(({ stream }) => (idText(stream) === vault ? '' : streamName(machine, idText(stream))))
  const collections = [...new Set(names)].filter((name) => name === 'audit' || collectionOfStreamName(name) !== null)
  return {
    n,
    at: entry.time,
    kind: entry.kind,
    outcome: entry.outcome,
    author: people.author(idText(entry.account), idText(entry.device)),
    address: entry.address,
    collections,
    count: entry.streams.reduce((sum, { count }) => sum + count, 0),
    bytes: entry.bytes,
    unlogged: entry.unlogged,
  }
}

/** A3, A5: how far this device has checked the audit tree, and every problem found. Null before there is a head. */
export function auditCheck(machine: VaultMachine): AuditCheck | null {
  const head = auditHeadOf(machine)
  const fault = faultToShow(machine)
  // A5: findings from before a restarted reading are no longer valid.
  if (fault === null && auditFaultOf(machine) !== null) return null
  if (head === null) return fault === null ? null : { ...EMPTY_CHECK, fault: shownFault(fault) }
  const rows = keptRows(machine)
  return {
    size: head.size,
    at: head.time,
    read: auditReadOf(machine)?.size ?? 0,
    noted: auditReadOf(machine)?.accessN ?? 0,
    since: rows.find(({ entry }) => entry !== null)?.entry?.time ?? null,
    gaps: runs(rows.filter(({ entry }) => entry === null).map(({ n }) => n)),
    missing: missingLeaves(machine).length,
    unnoted: unnotedEnvelopes(machine, rows).size,
    witnesses: witnessesOf(machine).map(({ device, time, size }) => ({ device, at: time, size })),
    fault: fault === null ? null : shownFault(fault),
  }
}

const EMPTY_CHECK: AuditCheck = {
  size: 0,
  at: 0,
  read: 0,
  noted: 0,
  since: null,
  gaps: [],
  missing: 0,
  unnoted: 0,
  witnesses: [],
  fault: null,
}

function shownFault({
  fault,
  what,
  at,
}: {
  fault: string
  what: string
  at: number
}): NonNullable<AuditCheck['fault']> {
  return { fault, what, at }
}

function runs(numbers: number[]): { first: number; last: number }[] {
  const found: { first: number; last: number }[] = []
  for (const n of numbers) {
    const open = found.at(-1)
    if (open !== undefined && open.last === n - 1) open.last = n
    else found.push({ first: n, last: n })
  }
  return found
}

/**
 * Entries of devices whose push the server did not record, as `stream.n`: the access log began before them, no later part of it is lost,
 * and none of its entries covers them. An unrecorded read cannot be detected in this way.
 */
export function unnotedEnvelopes(machine: VaultMachine, rows: KeptRow[] = keptRows(machine)): Set<string> {
  const first = rows[0]
  if (first === undefined) return new Set()
  const lastLost = rows.findLast(({ entry }) => entry === null)?.index ?? -1
  const pushed = new Map<string, { device: string; first: number; last: number }[]>()
  for (const { entry } of rows) {
    if (entry?.kind !== 'push') continue
    for (const { stream, first: from, last } of entry.streams) {
      const all = pushed.get(idText(stream)) ?? []
      pushed.set(idText(stream), [...all, { device: idText(entry.device), first: from, last }])
    }
  }
  const unnoted = new Set<string>()
  for (const [key, value] of machine.rows.table(TABLE.auditLeaf)) {
    const index = value as number
    if (index <= first.index || index < lastLost || index > (rows.at(-1)?.index ?? 0)) continue
    const [stream = '', n = ''] = key.split('.')
    const device = deviceOf(machine, stream, n)
    const covers = (run: { device: string; first: number; last: number }) =>
      run.device === device && run.first <= Number(n) && Number(n) <= run.last
    if (!pushed.get(stream)?.some(covers)) unnoted.add(key)
  }
  return unnoted
}

function deviceOf(machine: VaultMachine, stream: string, n: string): string {
  const entry = entryAt(machine, stream, n)
  const header = entry === undefined ? null : decodeHeader(entry.header)
  return header === null ? '' : idText(header.device)
}

/** A5: what is known of one entry of an audit log, by its stream and number. */
export function entryState(machine: VaultMachine, stream: string, n: number): 'sent' | 'proved' | 'missing' {
  const index = leafIndexOf(machine, stream, n)
  if (index !== null) return 'proved'
  return missingLeaves(machine).includes(`${stream}.${n}`) ? 'missing' : 'sent'
}
