/**
 * What one device knows of one vault: control log, keys, streams, what is unsent, sealed, in conflict or quarantined. Rebuilt from rows
 * at opening (vault-open.ts); every change goes through rows first. The functions that change it are in vault-local.ts, control-pull.ts, vault-pull.ts, vault-seal.ts and vault-push.ts;
 * who may do what by it is in vault-rights.ts.
 */
import type { CborValue } from '@chartkeep/crypto'
import { LIST_TABLE, type ListTable } from '@chartkeep/domain'
import { idText, type ControlEntry, type ControlState, type StreamState } from '@chartkeep/protocol'
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

/** Tables of sync rows in a vault's store: our names for them, and how they are spelled on the disk, which never changes. */
export const TABLE = {
  control: 'control',
  head: 'head',
  outbox: OUTBOX,
  deviceSequence: 'own',
  base: 'base',
  conflict: 'conflict',
  merging: 'merging',
  /** Imported content beside a hand edit, and edits on top of a lost one: sealed next as versions of their own. */
  siblingVersions: 'side',
  /** Versions that go out as ones of their own before what was written over them, by revision: signed (N4), or in a chart as a copy (N5). */
  predecessorVersions: 'before',
  /** Envelopes that could not be submitted before access ended (C10): sealed, without their plaintext. */
  undelivered: 'undelivered',
  /** Envelopes that the server took into the quarantine inbox, by hash: the key of their receipt (C11). */
  handed: 'handed',
  /** Signed receipts of the quarantine inbox. */
  receipt: 'receipt',
  /** What arrived after the end, on an owner's device (quarantine-inbox.ts). */
  late: 'late',
  /** This device's own departures, signed in the entry that removed its copy (C10). */
  departure: 'departure',
  /** What devices of ended grants said of their copies, as an owner's device checked it. */
  departed: 'departed',
  /** Uploads that are not finished. */
  file: 'file',
  /** What a person chose for a file: kept on this device, or fetched when it is opened. */
  kept: 'kept',
  /** Another's current version while this device's own one is unsent or unanswered. */
  remoteCurrent: 'rival',
  supersededVersions: 'past',
  waiting: 'waiting',
  quarantine: 'quarantine',
  stopped: 'stopped',
  /** What the server said when an answer of its did not hold (F1). */
  evidence: 'evidence',
  signedHead: 'signed-head',
  /** S9: the newest signed head of a stream that this device has read to, while a newer one is still ahead of it. */
  reachedHead: 'reached-head',
  /** F2: this device's own beacon, and the newest of each other device, by device. */
  beacon: 'beacon',
  /** C13: who opened the chart in an emergency, on an owner's device (emergency-uses.ts). */
  emergency: 'emergency',
  /** Sharing intents that are not yet in force (C1). */
  intent: 'wish',
  /** The audit tree as this device has verified it (A3). */
  audit: 'audit',
  /** Entries of the server's access log, by number (A2). */
  access: 'access',
  /** Where audit envelopes stand in the tree, by stream and number. */
  auditLeaf: 'audit-leaf',
  /** Entries beyond a `restart`, as they were (S9). */
  lost: 'lost',
  meta: 'meta',
} as const

/** Y1: what the server is known to hold of a record. */
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
  /** Written by this account: its author's device merges where it may (Y3). */
  mine: boolean
}

/** Why a stream stands still, kept as evidence. */
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
  /** C13: until when this device has grants for emergencies open, by id; of no others it knows anything. */
  openings?: (() => ReadonlyMap<string, number>) | undefined
  /** C13: when this device locks them by its own clock, by id; where it is not said, at their end. */
  locks?: (() => ReadonlyMap<string, number>) | undefined
  /** Pinned at first contact (S6); null before. */
  serverKey: () => Uint8Array | null
  /** Where records go and may stand; without it {@link LIST_TABLE}, as of the workers. */
  lists?: ListTable | undefined
  /** Workers that open what a pull brings; without them it is opened where it is judged. */
  decryptWorkers?: DecryptWorkers | undefined
  /** Aborted when the session locks: what reads streams ends with the page that it is at. */
  ending?: AbortSignal | undefined
  /** The one of the session; without it the vault learns for itself what its line carries. */
  pageSizes?: PageSizes | undefined
  /** Those of the session; without them the vault knows the server's time by its own log alone. */
  clocks?: TwoClocks | undefined
}

export interface VaultMachine extends VaultDeps {
  control: ControlState | null
  controlEntries: ControlEntry[]
  keys: VaultKeys
  streams: Map<string, StreamState>
  /** Ids of rows whose revision the server is not known to hold and that are not sealed yet (Y1), the longest unsent first. */
  unsent: Set<string>
  lastClock: string
  /**
   * Streams whose last answer did not hold: nothing is sent to them until one does. In memory only, for the next sync asks again; what
   * the server has signed against itself stands in the table `stopped` (F1).
   */
  held: Map<string, StopRow>
  /** H8: by which what is over is told from what is not. */
  clocks: TwoClocks
  pageSizes: PageSizes
  /** Deeds of a person that wait until the network is theirs: what sends a long time gives way to them between two requests. */
  awaited: number
  /** The end of the queue of {@link exclusive}. */
  lane: Promise<unknown>
}

/**
 * Runs `work` when no other change of this vault's state is under way: a person's save never lands between what a page was judged
 * against and its commit. Never held while the network is awaited, so that saving does not wait for it. Not reentrant.
 */
export function exclusive<T>(machine: VaultMachine, work: () => Promise<T>): Promise<T> {
  const next = machine.lane.then(work, work)
  machine.lane = next.catch(() => {})
  return next
}

/** Opens the parts of the control log that this account can open; call after new entries or new box keys. */
export function refreshKeys(machine: VaultMachine): void {
  machine.keys =
    machine.control === null
      ? emptyKeys()
      : openParts(machine.control, machine.control.received, machine.account, machine.boxKeys())
}

/** F1: why nothing more is read from or sent to a stream; null for a stream in good order. */
export function stopOf(machine: VaultMachine, stream: string): StopRow | null {
  return (machine.rows.get(TABLE.stopped, stream) as unknown as StopRow | undefined) ?? machine.held.get(stream) ?? null
}

/** Every stream that {@link stopOf} has an answer for. */
export function stoppedStreams(machine: VaultMachine): Set<string> {
  return new Set([...machine.rows.table(TABLE.stopped).keys(), ...machine.held.keys()])
}

export function headOf(machine: VaultMachine, id: string): HeadRow | null {
  return (machine.rows.get(TABLE.head, id) as unknown as HeadRow | undefined) ?? null
}

/** Every conflict that no current version of the stream has taken in (Y3), decided here or not. */
export function conflictRows(machine: VaultMachine, id?: string): (ConflictRow & { hash: string })[] {
  return [...machine.rows.table(TABLE.conflict)]
    .map(([hash, value]) => ({ hash, ...(value as unknown as ConflictRow) }))
    .filter((conflict) => id === undefined || conflict.id === id)
}

/**
 * The conflicts that wait for a person. One that an unsent or unanswered version of this device takes in waits for that version's answer:
 * where it loses in its turn, the conflict is shown again.
 */
export function conflictsOf(machine: VaultMachine, id?: string): (ConflictRow & { hash: string })[] {
  const rows = conflictRows(machine, id)
  if (rows.length === 0) return rows
  const unsent = [...machine.rows.table(TABLE.merging).values()].flatMap((hashes) => hashes as string[])
  const sealed = outboxOf(machine).flatMap(({ decoded }) => decoded.merged.map(idText))
  const taken = new Set([...unsent, ...sealed])
  // C9: one that is itself shown, for what the server calls current was quarantined, is beside nothing.
  const isShown = ({ id: record, row }: ConflictRow) => machine.rows.read(record)?.revision === row.revision
  return rows.filter((conflict) => !taken.has(conflict.hash) && !isShown(conflict))
}

/** The same as a person sees them: a version that two copies of a device have sent is one, whose decision takes in both (F3). */
export function disputesOf(machine: VaultMachine): (ConflictRow & { hash: string })[] {
  const byVersion = new Map<string, ConflictRow & { hash: string }>()
  for (const conflict of conflictsOf(machine)) {
    const key = `${conflict.id} ${conflict.row.revision}`
    if (!byVersion.has(key)) byVersion.set(key, conflict)
  }
  return [...byVersion.values()]
}

/** Versions beside a record that were not sealed yet, each under its revision. */
export function siblingVersionsOf(machine: VaultMachine, id?: string): StoredRecord[] {
  return [...machine.rows.table(TABLE.siblingVersions).values()]
    .map((value) => value as unknown as StoredRecord)
    .filter((row) => id === undefined || row.id === id)
}

/** Versions that are to be sealed before the one that is shown, the oldest first. */
export function predecessorVersionsOf(machine: VaultMachine, id?: string): StoredRecord[] {
  const table = machine.rows.table(TABLE.predecessorVersions)
  // Asked for each record that is sealed, and nearly always empty.
  if (table.size === 0) return []
  const rows = [...table.values()].map((value) => value as unknown as StoredRecord)
  return rows.filter((row) => id === undefined || row.id === id).toSorted((a, b) => (a.clock < b.clock ? -1 : 1))
}

/** Versions of a record beside its own row that were not sealed yet, wherever they are to stand. */
export function unsealedOf(machine: VaultMachine, id?: string): StoredRecord[] {
  return [...siblingVersionsOf(machine, id), ...predecessorVersionsOf(machine, id)]
}

/** A value for a sync row: rows hold plain CBOR values by construction. */
export function rowValue(value: unknown): CborValue {
  return value as CborValue
}

/** Reasons for which this program's own tables put an entry aside; another version of them may let it stand. */
const BY_TABLE: ReadonlySet<string> = new Set(['collection', 'deed'])

/** A row of the table `quarantine`: the entry, encoded, and for a reason of a table the version of it that judged. */
export interface QuarantinedRow {
  reason: string
  entry: Uint8Array
  rules?: number
}

/** What is kept of an entry that was quarantined. */
export function quarantinedRow(machine: Pick<VaultDeps, 'lists'>, reason: string, entry: Uint8Array): QuarantinedRow {
  return { reason, entry, ...(BY_TABLE.has(reason) ? { rules: rulesOf(machine) } : {}) }
}

/** Whether another version of this program's tables put the entry aside: this one has to judge it. */
export function isOfOtherRules(machine: Pick<VaultDeps, 'lists'>, { reason, rules }: QuarantinedRow): boolean {
  return BY_TABLE.has(reason) && rules !== rulesOf(machine)
}

/** Version of the tables that this device judges contents by. */
export function rulesOf({ lists = LIST_TABLE }: Pick<VaultDeps, 'lists'>): number {
  return lists.version
}

export function entryKey(stream: string, n: number): string {
  return `${stream}.${n}`
}

/** What the server goes by: its own time, this device's before it has signed any. Milliseconds since 1970. */
export function timeOf({ clocks, clock }: VaultMachine): number {
  return clocks.server > 0 ? clocks.server : clock.now()
}

/** H8: by which nothing is over too early: what both clocks have passed, this device's alone before the server has signed a time. */
export function safeTimeOf({ clocks, clock }: VaultMachine): number {
  return clocks.server > 0 ? clocks.due : clock.now()
}

export function streamName(machine: VaultMachine, stream: string): string {
  return machine.keys.streams.get(stream)?.name ?? ''
}

/** The record of a list by its `doc`; null for none. */
export function recordNamed(machine: VaultMachine, list: string, doc: string): StoredRecord | null {
  for (const stream of machine.streams.keys()) {
    const row = streamName(machine, stream) === list ? machine.rows.read(`${stream}.${doc}`) : null
    if (row !== null) return row
  }
  return null
}

/** C5: the content key of the newest epoch that this device has seen; null while its key has not come. */
export function newestKey(machine: VaultMachine, stream: string): { epoch: number; key: Uint8Array } | null {
  const epoch = machine.control?.streams.get(stream)?.epoch
  const key = epoch === undefined ? undefined : machine.keys.streams.get(stream)?.byEpoch.get(epoch)
  return epoch === undefined || key === undefined ? null : { epoch, key }
}
