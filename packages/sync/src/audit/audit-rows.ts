/** What a device keeps of a vault's audit tree (A2, A3): its last head, how far it has read, the server's notes, and what did not hold. */
import { encodeMessage, idText, type Frontier } from '@chartkeep/protocol'
import type { SyncRow } from '@chartkeep/store'
import type { CborValue } from '@chartkeep/crypto'
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

/** How far the leaves were read; the number and leaf of the newest access entry among them. */
export interface AuditReadRow extends Frontier {
  accessN: number
  accessLeaf: Uint8Array
}

/** One entry of the server's access log. `data`: what its leaf hashes, null when it could not be read. */
export interface AccessRow {
  index: number
  leaf: Uint8Array
  data: Uint8Array | null
  /** Sealed under a key that this device did not have when it came; tried again when keys arrive. */
  sealed: Uint8Array | null
}

export interface AuditFaultRow {
  fault: StopFault
  what: string
  /** CBOR: the heads, leaves or paths that contradict each other. */
  evidence: Uint8Array
  /** As of {@link Evidence}. */
  serverKey?: Uint8Array | null
  /** By this device's clock. */
  at: number
  /** Two heads under the server's signature that cannot both be true: no later answer takes that back. */
  proven: boolean
}

/** Another device of the vault's owners, and the newest head that it says it has seen. */
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
/** S9: how many of the holders' restarts the tree that is read here has behind it. */
export const auditRestarts = (machine: VaultMachine) => rowOf<number>(machine, 'restarts') ?? 0
export const cosignedSize = (machine: VaultMachine) => rowOf<number>(machine, 'cosigned') ?? 0
/** Audit envelopes on this device's own chain that the tree left out, as `stream.n`. */
export const missingLeaves = (machine: VaultMachine) => rowOf<string[]>(machine, 'missing') ?? []

export function witnessesOf(machine: VaultMachine): WitnessRow[] {
  return [...machine.rows.table(TABLE.audit)].flatMap(([key, value]) =>
    key.startsWith('witness.') ? [value as unknown as WitnessRow] : [],
  )
}

/** Entries of the access log that are kept here, oldest first. */
export function accessRows(machine: VaultMachine): (AccessRow & { n: number })[] {
  return [...machine.rows.table(TABLE.access)]
    .map(([key, value]) => ({ n: Number(key), ...(value as unknown as AccessRow) }))
    .toSorted((a, b) => a.n - b.n)
}

/** Where an audit envelope stands in the tree; null while that is not known. */
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
 * F1: what does not hold ends reading of the audit tree, with the evidence kept; nothing else stops, nothing local is removed. A later
 * answer that holds clears it, unless it is `proven`.
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

/** The fault that a person has to look at: none any more once they said that reading begins again after it. */
export function faultToShow(machine: VaultMachine): AuditFaultRow | null {
  const fault = auditFaultOf(machine)
  return fault === null || fault.at === rowOf<number>(machine, 'anew') ? null : fault
}

/**
 * Keeps a person's word that reading begins again after what they saw. At once, whatever a pass is at: the next one that comes to the log takes
 * it up, for only passes change what was read of it.
 */
export async function readAuditAgain(machine: VaultMachine): Promise<void> {
  const fault = auditFaultOf(machine)
  if (fault !== null) await machine.rows.commit({ sync: [auditRow('anew', fault.at)] })
}

/** Does what was asked, unless something else has been found since: that the person has not seen. */
export async function resumeAudit(machine: VaultMachine): Promise<void> {
  const restarted = rowOf<number>(machine, 'anew')
  if (restarted === null) return
  if (auditFaultOf(machine)?.at === restarted) return restartAudit(machine)
  await machine.rows.commit({ sync: [auditRow('anew', null)] })
}

/**
 * A person's decision after a log that did not hold, say that of a server which was restored from a backup. The old head, the notes under
 * it and what was wrong are kept as evidence; reading begins at the first leaf of the log that the server shows now.
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
