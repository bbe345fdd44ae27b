/**
 * F1: stops a stream whose answers contradict what this device has verified. The device keeps the evidence, removes nothing local, and
 * continues with other streams.
 */
import { encodeMessage } from '@chartkeep/protocol'
import { evidenceRow } from '../account/evidence.ts'
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
 * A permanent stop: the server or an owner's device has signed a history that contradicts this device's own. Only a decision of a person
 * could let the stream continue.
 */
export async function stop(
  machine: VaultMachine,
  stream: string,
  fault: StopFault,
  what: string,
  evidence?: unknown,
): Promise<Stopped> {
  const row = stopRow(fault, what, evidence)
  // The stop ends together with its cause (restart-effects.ts, partial-revocation.ts); the evidence stays.
  const kept = keptRow(machine, stream, row)
  await machine.rows.commit({
    sync: [
      { table: TABLE.stopped, key: stream, value: rowValue(row) },
      ...(kept === null ? [] : [{ table: TABLE.evidence, ...kept }]),
    ],
  })
  return { type: 'stopped', fault, what }
}

/** A temporary stop until an answer verifies: the device took no part of this answer, so the next sync asks again. */
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

/** Keeps the server's contradictory answer about a log or a stream of this vault. */
export async function keepEvidence(machine: VaultMachine, place: string, row: StopRow): Promise<void> {
  const kept = keptRow(machine, place, row)
  if (kept !== null) await machine.rows.commit({ sync: [{ table: TABLE.evidence, ...kept }], durability: 'relaxed' })
}

function keptRow(machine: VaultMachine, place: string, row: StopRow): ReturnType<typeof evidenceRow> {
  return evidenceRow(machine.rows.table(TABLE.evidence), place, { ...row, serverKey: machine.serverKey() })
}
