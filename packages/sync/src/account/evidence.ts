/**
 * F1: keeps signed contradictions of a server as evidence: in the rows of the chart that they concern, or in the account store if no open
 * chart is concerned.
 */
import { bytesToHex, type CborValue } from '@chartkeep/crypto/encoding'
import { encodeMessage } from '@chartkeep/protocol'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { AccountRows } from '../ports/ports.ts'

/** The most pieces of evidence of one kind, so that a server that misbehaves at every sync does not fill the disk. */
const MAX_EVIDENCE = 8

/** The kind of contradiction, and the server's messages that prove it (CBOR). */
export interface Evidence {
  /** `time`: the server signed a later head with an earlier time (H8). */
  fault: 'fork' | 'behind' | 'withheld' | 'refused' | 'time'
  what: string
  evidence: Uint8Array | null
  /** The server's key at that time, 32 bytes, which verifies its heads; absent in rows of earlier versions. */
  serverKey?: Uint8Array | null
}

/**
 * The row that stores a piece of evidence, given the rows that are `known`: each distinct piece once, and only the first ones of a kind.
 * Null if there is nothing to store.
 */
export function evidenceRow(
  known: ReadonlyMap<string, CborValue>,
  place: string,
  row: Evidence,
): { key: string; value: CborValue } | null {
  const kind = `${place}.${row.fault}.${row.what}`
  const same = [...known].filter(([key]) => key === kind || key.startsWith(`${kind}#`))
  const said = hex(row.evidence)
  if (same.length >= MAX_EVIDENCE || same.some(([, value]) => hex((value as unknown as Evidence).evidence) === said))
    return null
  return { key: same.length === 0 ? kind : `${kind}#${same.length + 1}`, value: row as unknown as CborValue }
}

/** `place`: the log that the evidence concerns. */
export async function keepInAccountStore(
  accountStore: AccountRows,
  place: string,
  { evidence, ...row }: Omit<Evidence, 'evidence'> & { evidence: unknown },
): Promise<void> {
  const encoded = encodeMessage(evidence)
  await accountStore.commit(() => {
    const kept = evidenceRow(accountStore.table(ACCOUNT_TABLE.evidence), place, { ...row, evidence: encoded })
    return kept && { rows: [{ table: ACCOUNT_TABLE.evidence, ...kept }] }
  })
}

function hex(evidence: Uint8Array | null): string {
  return evidence === null ? '' : bytesToHex(evidence)
}
