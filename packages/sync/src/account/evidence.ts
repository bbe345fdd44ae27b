/** F1: what a server said against itself, kept: in the rows of the chart that it is about, or in home where it is about none that is open here. */
import { bytesToHex, type CborValue } from '@chartkeep/crypto'
import { encodeMessage } from '@chartkeep/protocol'
import { ACCOUNT_TABLE } from './account-store.ts'
import type { AccountRows } from '../ports/ports.ts'

/** Evidence of one kind that is kept: a server that lies at every sync fills no disk. */
const MAX_EVIDENCE = 8

/** How it is called, and what the server said (CBOR). */
export interface Evidence {
  /** `time`: it signed a later head with an earlier time (H8). */
  fault: 'fork' | 'behind' | 'withheld' | 'refused' | 'time'
  what: string
  evidence: Uint8Array | null
  /** The server's key of that moment, 32 bytes, under which its heads hold; absent in rows of earlier versions. */
  serverKey?: Uint8Array | null
}

/** The row that keeps it, among those that are `known`: each different evidence of a kind once, the first ones of it. Null where there is nothing to keep. */
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

/** `place`: the log that it is about. */
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
