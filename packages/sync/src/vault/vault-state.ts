/**
 * The state of one vault on one device: control log, keys, streams; records that are unsent, sealed, in conflict or quarantined. It is
 * rebuilt from rows at opening (vault-open.ts), and every change is written to rows first. vault-local.ts, control-pull.ts, vault-pull.ts,
 * vault-seal.ts and vault-push.ts change it; vault-rights.ts derives rights from it.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import { LIST_TABLE, type ListTable } from '@chartkeep/domain'
import { idText } from '@chartkeep/protocol'
import type { ControlEntry, ControlState } from '@chartkeep/protocol/control'
import type { StreamState } from '@chartkeep/protocol/streams'
import type { StoredRecord } from '@chartkeep/store'
import type { AccountBook } from '../account/account-book.ts'
import type { BoxKeys, DeviceSecrets } from '../account/account-keys.ts'
import { emptyKeys, openParts, type VaultKeys } from './content-keys.ts'
import type { Evidence } from '../account/evidence.ts'
import type { PageSizes } from '../transport/adaptive-page-size.ts'
import type { DecryptWorkers } from '../record/decrypt-worker-protocol.ts'
import type { Clock, RandomBytes, VaultRows } from '../ports/ports.ts'
import { OUTBOX, outboxOf } from './outbox.ts'
import type { TwoClocks } from '../account/two-clocks.ts'

/** Tables of sync rows in a vault's store: the name in the code, and the name on disk, which never changes. */
export const TABLE = {
  control: 'control',
  head: 'head',
  outbox: OUTBOX,
  deviceSequence: 'own',
  base: 'base',
  conflict: 'conflict',
  merging: 'merging',
  /** Imported content next to a hand edit, and edits of a version that lost: each is sealed as a version of its own. */
  siblingVersions: 'side',
  /** Versions that must be sent as their own before the later version, by revision: signed (N4), or published to a chart (N5). */
  predecessorVersions: 'before',
  /** Envelopes that could not be submitted before access ended (C10): sealed, without plaintext. */
  undelivered: 'undelivered',
  /** Envelopes that the server took into the quarantine inbox, by hash, with the key of their receipt (C11). */
  handed: 'handed',
  /** Signed receipts of the quarantine inbox. */
  receipt: 'receipt',
  /** On an owner's device: envelopes submitted after access ended (quarantine-inbox.ts). */
  late: 'late',
  /** This device's own departures, signed in the entry that removed its copy (C10). */
  departure: 'departure',
  /** On an owner's device: verified statements of devices of ended grants that they removed their copies. */
  departed: 'departed',
  /** Unfinished uploads. */
  file: 'file',
  /** A person's choice for a file: keep it on this device, or fetch it on opening. */
  kept: 'kept',
  /** The server's current version of a record while this device's own version is unsent or unanswered. */
  remoteCurrent: 'rival',
  supersededVersions: 'past',
  waiting: 'waiting',
  quarantine: 'quarantine',
  stopped: 'stopped',
  /** Signed statements of the server that contradict each other (F1). */
  evidence: 'evidence',
  signedHead: 'signed-head',
  /** S9: the newest signed head of a stream up to which this device has read, while the server has signed a newer one. */
  reachedHead: 'reached-head',
  /** F2: this device's own beacon, and the newest beacon of each other device, by device. */
  beacon: 'beacon',
  /** C13: on an owner's device, who opened the chart in an emergency (emergency-uses.ts). */
  emergency: 'emergency',
  /** Sharing intents that are not yet in force (C1). */
  intent: 'wish',
  /** The audit tree as this device has verified it (A3). */
  audit: 'audit',
  /** Entries of the server's access log, by number (A2). */
  access: 'access',
  /** The position of audit envelopes in the tree, by stream and number. */
  auditLeaf: 'audit-leaf',
  /** Entries that a `restart` dropped, unchanged (S9). */
  lost: 'lost',
  meta: 'meta',
} as const

/** Y1: the version of a record that the server is known to hold. */
export interface HeadRow {
  hash: Uint8Array
  revision: string
  n: number
  epoch: number
}

/** An open conflict envelope of a record, with its content. */
export interface ConflictRow {
  id: string
  n: number
  row: StoredRecord
  base: string
  /** Written by this account: the author's device merges it if it can (Y3). */
  mine: boolean
}

/** Why a stream is stopped, kept as evidence. */
export type StopRow = Evidence
export type StopFault = Evidence['fault']

export interface VaultDeps {
  vault: Uint8Array
  rows: VaultRows
  clock: Clock
  randomBytes: RandomBytes
  accounts: AccountBook
  account: Uint8Array
  device: DeviceSecrets
  boxKeys: () => BoxKeys
  /** C13: the ends of the emergency grants that this device has open, by grant id; other emergency grants are unknown to it. */
  openings?: (() => ReadonlyMap<string, number>) | undefined
  /** C13: when this device locks each opening by its own clock, by grant id; absent: at the opening's end. */
  locks?: (() => ReadonlyMap<string, number>) | undefined
  /** Pinned at the first contact (S6); null before. */
  serverKey: () => Uint8Array | null
  /** Which list holds each resource type; {@link LIST_TABLE} by default, as in the workers. */
  lists?: ListTable | undefined
  /** Workers that decrypt pulled pages; without them, entries are decrypted where they are judged. */
  decryptWorkers?: DecryptWorkers | undefined
  /** Aborted when the session locks: reading streams then stops after the current page. */
  ending?: AbortSignal | undefined
  /** The session's page sizes; without them the vault adapts its own. */
  pageSizes?: PageSizes | undefined
  /** The session's clocks; without them the vault knows the server's time from its own log alone. */
  clocks?: TwoClocks | undefined
}

export interface VaultMachine extends VaultDeps {
  control: ControlState | null
  controlEntries: ControlEntry[]
  keys: VaultKeys
  streams: Map<string, StreamState>
  /** Ids of rows whose revision the server is not known to hold and that are not sealed yet (Y1), the oldest first. */
  unsent: Set<string>
  lastClock: string
  /**
   * Streams whose last answer did not verify: nothing is sent to them until an answer does. Kept in memory only, because the next sync asks
   * again; contradictions that the server has signed are in the table `stopped` (F1).
   */
  held: Map<string, StopRow>
  /** H8: the clocks that decide what has ended. */
  clocks: TwoClocks
  pageSizes: PageSizes
  /** How many actions of a person wait for the network: a long transfer yields to them between two requests. */
  awaited: number
  /** The end of the queue of {@link exclusive}. */
  lane: Promise<unknown>
}

/**
 * Runs `work` when no other change of this vault's state is in progress, so that a person's save never falls between judging a page and
 * committing it. The network is never awaited inside, so saving does not wait for it. Not reentrant.
 */
export function exclusive<T>(machine: VaultMachine, work: () => Promise<T>): Promise<T> {
  const next = machine.lane.then(work, work)
  machine.lane = next.catch(() => {})
  return next
}

/** Opens the parts of the control log that this account can open; call after new entries or box keys. */
export function refreshKeys(machine: VaultMachine): void {
  machine.keys =
    machine.control === null
      ? emptyKeys()
      : openParts(machine.control, machine.control.received, machine.account, machine.boxKeys())
}

/** F1: why this device no longer reads or writes a stream; null if the stream is not stopped. */
export function stopOf(machine: VaultMachine, stream: string): StopRow | null {
  return (machine.rows.get(TABLE.stopped, stream) as unknown as StopRow | undefined) ?? machine.held.get(stream) ?? null
}

/** Every stream for which {@link stopOf} has an answer. */
export function stoppedStreams(machine: VaultMachine): Set<string> {
  return new Set([...machine.rows.table(TABLE.stopped).keys(), ...machine.held.keys()])
}

export function headOf(machine: VaultMachine, id: string): HeadRow | null {
  return (machine.rows.get(TABLE.head, id) as unknown as HeadRow | undefined) ?? null
}

/** Every conflict that no current version of the stream has taken in (Y3), whether decided here or not. */
export function conflictRows(machine: VaultMachine, id?: string): (ConflictRow & { hash: string })[] {
  return [...machine.rows.table(TABLE.conflict)]
    .map(([hash, value]) => ({ hash, ...(value as unknown as ConflictRow) }))
    .filter((conflict) => id === undefined || conflict.id === id)
}

/**
 * The conflicts that wait for a person. If an unsent or unanswered version of this device takes a conflict in, the conflict waits for the
 * answer to that version; if that version loses, the conflict is shown again.
 */
export function conflictsOf(machine: VaultMachine, id?: string): (ConflictRow & { hash: string })[] {
  const rows = conflictRows(machine, id)
  if (rows.length === 0) return rows
  const unsent = [...machine.rows.table(TABLE.merging).values()].flatMap((hashes) => hashes as string[])
  const sealed = outboxOf(machine).flatMap(({ decoded }) => decoded.merged.map(idText))
  const taken = new Set([...unsent, ...sealed])
  // C9: a conflict that is itself shown, because the server's current version is quarantined, is not in dispute.
  const isShown = ({ id: record, row }: ConflictRow) => machine.rows.read(record)?.revision === row.revision
  return rows.filter((conflict) => !taken.has(conflict.hash) && !isShown(conflict))
}

/** The same as a person sees them: a version sent by two copies of one device appears once, and its decision takes in both (F3). */
export function disputesOf(machine: VaultMachine): (ConflictRow & { hash: string })[] {
  const byVersion = new Map<string, ConflictRow & { hash: string }>()
  for (const conflict of conflictsOf(machine)) {
    const key = `${conflict.id} ${conflict.row.revision}`
    if (!byVersion.has(key)) byVersion.set(key, conflict)
  }
  return [...byVersion.values()]
}

/** Unsealed sibling versions of a record, by revision. */
export function siblingVersionsOf(machine: VaultMachine, id?: string): StoredRecord[] {
  return [...machine.rows.table(TABLE.siblingVersions).values()]
    .map((value) => value as unknown as StoredRecord)
    .filter((row) => id === undefined || row.id === id)
}

/** Versions that must be sealed before the shown version, the oldest first. */
export function predecessorVersionsOf(machine: VaultMachine, id?: string): StoredRecord[] {
  const table = machine.rows.table(TABLE.predecessorVersions)
  // Called for every sealed record, and nearly always empty.
  if (table.size === 0) return []
  const rows = [...table.values()].map((value) => value as unknown as StoredRecord)
  return rows.filter((row) => id === undefined || row.id === id).toSorted((a, b) => (a.clock < b.clock ? -1 : 1))
}

/** Unsealed versions of a record other than its own row, whatever their final place. */
export function unsealedOf(machine: VaultMachine, id?: string): StoredRecord[] {
  return [...siblingVersionsOf(machine, id), ...predecessorVersionsOf(machine, id)]
}

/** A value for a sync row: rows hold plain CBOR values by construction. */
export function rowValue(value: unknown): CborValue {
  return value as CborValue
}

/** Quarantine reasons that depend on this program's tables; another version of the tables may accept the entry. */
const BY_TABLE: ReadonlySet<string> = new Set(['collection', 'deed'])

/** A row of the table `quarantine`: the encoded entry, and, if a table refused it, the version of that table. */
export interface QuarantinedRow {
  reason: string
  entry: Uint8Array
  rules?: number
}

/** The row that keeps a quarantined entry. */
export function quarantinedRow(machine: Pick<VaultDeps, 'lists'>, reason: string, entry: Uint8Array): QuarantinedRow {
  return { reason, entry, ...(BY_TABLE.has(reason) ? { rules: rulesOf(machine) } : {}) }
}

/** Whether another version of this program's tables quarantined the entry, so that this version must judge it again. */
export function isOfOtherRules(machine: Pick<VaultDeps, 'lists'>, { reason, rules }: QuarantinedRow): boolean {
  return BY_TABLE.has(reason) && rules !== rulesOf(machine)
}

/** The version of the tables by which this device judges contents. */
export function rulesOf({ lists = LIST_TABLE }: Pick<VaultDeps, 'lists'>): number {
  return lists.version
}

export function entryKey(stream: string, n: number): string {
  return `${stream}.${n}`
}

/** The server's time, or this device's before the server has signed one. Milliseconds since 1970. */
export function timeOf({ clocks, clock }: VaultMachine): number {
  return clocks.server > 0 ? clocks.server : clock.now()
}

/** H8: the time by which nothing ends too early: what both clocks have passed; this device's alone before the server has signed a time. */
export function safeTimeOf({ clocks, clock }: VaultMachine): number {
  return clocks.server > 0 ? clocks.due : clock.now()
}

export function streamName(machine: VaultMachine, stream: string): string {
  return machine.keys.streams.get(stream)?.name ?? ''
}

/** The record of a list with this `doc`; null if there is none. */
export function recordNamed(machine: VaultMachine, list: string, doc: string): StoredRecord | null {
  for (const stream of machine.streams.keys()) {
    const row = streamName(machine, stream) === list ? machine.rows.read(`${stream}.${doc}`) : null
    if (row !== null) return row
  }
  return null
}

/** C5: the content key of the newest epoch that this device has seen; null until the key arrives. */
export function newestKey(machine: VaultMachine, stream: string): { epoch: number; key: Uint8Array } | null {
  const epoch = machine.control?.streams.get(stream)?.epoch
  const key = epoch === undefined ? undefined : machine.keys.streams.get(stream)?.byEpoch.get(epoch)
  return epoch === undefined || key === undefined ? null : { epoch, key }
}
