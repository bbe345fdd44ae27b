/** The stored state of a vault's audit tree (A2, A3): its last head, how far it was read, the server's notes, and its faults. */
import { encodeMessage, idText } from '@chartkeep/protocol'
import type { Frontier } from '@chartkeep/protocol/audit'
import type { SyncRow } from '@chartkeep/store'
import type { CborValue } from '@chartkeep/crypto/encoding'
import { rowValue, TABLE, type StopFault, type VaultMachine } from '../vault/vault-state.ts'

/** The newest head that this device has accepted. */
export interface AuditHeadRow {
  /** The signed note as it came. */
  checkpoint: string
  size: number
  root: Uint8Array
  /** Milliseconds since 1970, by the server's clock. */
  time: number
}

/** How far the leaves were read, with the number and leaf of the newest access entry among them. */
export interface AuditReadRow extends Frontier {
  accessN: number
  accessLeaf: Uint8Array
}

/** One entry of the server's access log. `data`: the bytes that its leaf hashes; null if it could not be read. */
export interface AccessRow {
  index: number
  leaf: Uint8Array
  data: Uint8Array | null
  /** Sealed under a key that this device did not have when the note came; tried again when keys arrive. */
  sealed: Uint8Array | null
}

export interface AuditFaultRow {
  fault: StopFault
  what: string
  /** CBOR: the heads, leaves or paths that contradict each other. */
  evidence: Uint8Array
  /** As in {@link Evidence}. */
  serverKey?: Uint8Array | null
  /** By this device's clock. */
  at: number
  /** Two contradicting heads under the server's signature: no later answer can clear this. */
  proven: boolean
}

/** Another device of the vault's owners, and the newest head that it claims to have seen. */
export interface WitnessRow {
  account: string
  device: string
  size: number
  /** When it cosigned, by its own clock; milliseconds since 1970. */
  time: number
  checkpoint: string
}

function rowOf<T>(machine: VaultMachine, key: string): T | null {
  return (machine.rows.get(TABLE.audit, key) as T | undefined) ?? null
}

export function auditRow(key: string, value: object | string[] | number | null): SyncRow {
  return { table: TABLE.audit, key, value: value === null ? null : rowValue(value) }
}

export const auditHeadOf = (machine: VaultMachine) => rowOf<AuditHeadRow>(machine, 'head')
export const auditReadOf = (machine: VaultMachine) => rowOf<AuditReadRow>(machine, 'read')
export const auditFaultOf = (machine: VaultMachine) => rowOf<AuditFaultRow>(machine, 'fault')
/** S9: how many of the holders' restarts precede the tree that is read here. */
export const auditRestarts = (machine: VaultMachine) => rowOf<number>(machine, 'restarts') ?? 0
export const cosignedSize = (machine: VaultMachine) => rowOf<number>(machine, 'cosigned') ?? 0
/** Audit envelopes on this device's own chain that the tree leaves out, as `stream.n`. */
export const missingLeaves = (machine: VaultMachine) => rowOf<string[]>(machine, 'missing') ?? []

export function witnessesOf(machine: VaultMachine): WitnessRow[] {
  return [...machine.rows.table(TABLE.audit)].flatMap(([key, value]) =>
    key.startsWith('witness.') ? [value as unknown as WitnessRow] : [],
  )
}

/** Entries of the access log on this device, oldest first. */
export function accessRows(machine: VaultMachine): (AccessRow & { n: number })[] {
  return [...machine.rows.table(TABLE.access)]
    .map(([key, value]) => ({ n: Number(key), ...(value as unknown as AccessRow) }))
    .toSorted((a, b) => a.n - b.n)
}

/** The position of an audit envelope in the tree; null while it is unknown. */
export function leafIndexOf(machine: VaultMachine, stream: string, n: number): number | null {
  const index = machine.rows.get(TABLE.auditLeaf, `${stream}.${n}`)
  return typeof index === 'number' ? index : null
}

export interface AuditStopped {
  type: 'stopped'
  fault: StopFault
  what: string
}

/**
 * F1: a contradiction stops reading of the audit tree, and the evidence is kept; nothing else stops, nothing local is removed. A later
 * answer that verifies clears the stop, unless it is `proven`.
 */
export async function stopAudit(
  machine: VaultMachine,
  fault: StopFault,
  what: string,
  evidence: unknown,
  proven = false,
): Promise<AuditStopped> {
  const known = auditFaultOf(machine)
  if (known?.proven !== true && !(known?.fault === fault && known.what === what)) {
    const [serverKey, at] = [machine.serverKey(), machine.clock.now()]
    const row: AuditFaultRow = { fault, what, evidence: encodeMessage(evidence), serverKey, at, proven }
    const kept = { table: TABLE.evidence, key: `audit.${fault}.${what}`, value: rowValue(row) as CborValue }
    await machine.rows.commit({ sync: [auditRow('fault', row), kept] })
  }
  return { type: 'stopped', fault, what: `audit ${what}` }
}

export function witnessKey(device: Uint8Array): string {
  return `witness.${idText(device)}`
}

/** The fault to show to a person; null once the person has asked to read again after it. */
export function faultToShow(machine: VaultMachine): AuditFaultRow | null {
  const fault = auditFaultOf(machine)
  return fault === null || fault.at === rowOf<number>(machine, 'anew') ? null : fault
}

/**
 * Stores a person's request to read again after a fault. It is written at once, whatever a sync pass is doing; the next pass that reads the
 * log acts on it, because only passes change the reading state.
 */
export async function readAuditAgain(machine: VaultMachine): Promise<void> {
  const fault = auditFaultOf(machine)
  if (fault !== null) await machine.rows.commit({ sync: [auditRow('anew', fault.at)] })
}

/** Carries out the request, unless another fault was found since, which the person has not seen. */
export async function resumeAudit(machine: VaultMachine): Promise<void> {
  const restarted = rowOf<number>(machine, 'anew')
  if (restarted === null) return
  if (auditFaultOf(machine)?.at === restarted) return restartAudit(machine)
  await machine.rows.commit({ sync: [auditRow('anew', null)] })
}

/**
 * Starts reading again at a person's request, for example after the server was restored from a backup. The old head, its notes and the
 * fault are kept as evidence; reading begins at the first leaf of the log that the server shows now.
 */
export async function restartAudit(machine: VaultMachine): Promise<void> {
  const fault = auditFaultOf(machine)
  if (fault === null) return
  const kept = {
    fault,
    head: auditHeadOf(machine),
    notes: accessRows(machine).map(({ leaf, data }) => ({ leaf, data })),
  }
  const evidence: SyncRow = { table: TABLE.evidence, key: `audit.before.${fault.at}`, value: rowValue(kept) }
  const gone = [TABLE.audit, TABLE.access, TABLE.auditLeaf].flatMap((table) =>
    [...machine.rows.table(table).keys()].map((key): SyncRow => ({ table, key, value: null })),
  )
  await machine.rows.commit({ sync: [...gone, evidence] })
}
