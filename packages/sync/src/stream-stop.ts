/** F1: a stream that contradicts what was seen stands still. The evidence is kept, nothing local is removed, other streams go on. */
import { bytesToHex } from '@chartkeep/crypto'
import { encodeMessage } from '@chartkeep/protocol'
import { rowValue, TABLE, type StopFault, type StopRow, type VaultMachine } from './vault-state.ts'

export interface Stopped {
  type: 'stopped'
  fault: StopFault
  what: string
}

function stopRow(fault: StopFault, what: string, evidence: unknown): StopRow {
  return { fault, what, evidence: evidence === undefined ? null : encodeMessage(evidence) }
}

/**
 * For good: the server, or an owner's device, has signed a history that is not this device's own. Only a person's decision, which a
 * later issue brings, lets such a stream go on.
 */
export async function stop(
  machine: VaultMachine,
  stream: string,
  fault: StopFault,
  what: string,
  evidence?: unknown,
): Promise<Stopped> {
  const value = rowValue(stopRow(fault, what, evidence))
  await machine.rows.commit({ sync: [{ table: TABLE.stopped, key: stream, value }] })
  return { type: 'stopped', fault, what }
}

/** Until an answer holds: nothing of this one was taken, so the next sync asks again. */
export async function hold(
  machine: VaultMachine,
  stream: string,
  fault: StopFault,
  what: string,
  evidence?: unknown,
): Promise<Stopped> {
  const row = stopRow(fault, what, evidence)
  machine.held.set(stream, row)
  await keepEvidence(machine, stream, row)
  return { type: 'stopped', fault, what }
}

/** Evidence of one kind that is kept: a server that lies at every sync fills no disk. */
const MAX_EVIDENCE = 8

/** Keeps what the server said, each different evidence of a kind once, the first ones of it. */
export async function keepEvidence(machine: VaultMachine, place: string, row: StopRow): Promise<void> {
  const kind = `${place}.${row.fault}.${row.what}`
  const known = [...machine.rows.table(TABLE.evidence)].filter(([key]) => key === kind || key.startsWith(`${kind}#`))
  const said = hex(row.evidence)
  if (known.length >= MAX_EVIDENCE || known.some(([, value]) => hex((value as unknown as StopRow).evidence) === said))
    return
  const key = known.length === 0 ? kind : `${kind}#${known.length + 1}`
  await machine.rows.commit({ sync: [{ table: TABLE.evidence, key, value: rowValue(row) }], durability: 'relaxed' })
}

function hex(evidence: Uint8Array | null): string {
  return evidence === null ? '' : bytesToHex(evidence)
}
