/** Makes a proof file (A4): one entry of an audit log, or one note of the server, with everything that a third party needs to check it. */
import { bodyOpening, sealBody } from '@chartkeep/crypto'
import { bytesToHex, equalBytes } from '@chartkeep/crypto/encoding'
import { rootFromInclusionPath, sha256 } from '@chartkeep/crypto/hash'
import { encodeMessage, idText } from '@chartkeep/protocol'
import { envelopeLeafData, type DisclosedEnvelope, type ProofFile } from '@chartkeep/protocol/audit'
import { decodeHeader, envelopeHashOf } from '@chartkeep/protocol/streams'
import type { ProofSubject, SavedProof } from '../contract/api.ts'
import { accessRows, auditFaultOf, auditHeadOf, leafIndexOf } from './audit-rows.ts'
import type { AuditApi } from '../ports/audit-api.ts'
import { cosignedCheckpoint } from './audit-witness.ts'
import { entryAt } from '../vault/entry-row.ts'
import { rowToPadded } from '../record/record-codec.ts'
import { headOf, type VaultMachine } from '../vault/vault-state.ts'

/** Makes the file of one entry under the newest head that this device has checked, with the device's cosignature. */
export async function makeProof(machine: VaultMachine, server: AuditApi, subject: ProofSubject): Promise<SavedProof> {
  const head = auditHeadOf(machine)
  const serverKey = machine.serverKey()
  if (auditFaultOf(machine) !== null) return { type: 'stopped' }
  const found = subject.type === 'entry' ? disclosedEntry(machine, subject.id) : disclosedAccess(machine, subject.n)
  if (head === null || serverKey === null || found === null || found.index >= head.size) return { type: 'not-proved' }
  const { index, leaf, envelope, access, accounts } = found
  const proof = await server.auditProof(machine.vault, { kind: 'inclusion', first: index, size: head.size })
  if (proof.type === 'offline') return proof
  const root = proof.type === 'ok' ? rootFromInclusionPath(leaf, index, head.size, proof.value.path) : null
  if (proof.type !== 'ok' || root === null || !equalBytes(root, head.root)) return { type: 'not-proved' }
  const file: ProofFile = {
    format: 'chartkeep-proof',
    v: 1,
    vault: machine.vault,
    serverKey,
    checkpoint: await cosignedCheckpoint(machine, head.checkpoint),
    index,
    path: proof.value.path,
    envelope,
    access,
    accounts: [...accounts, machine.accounts.entries(machine.account)],
  }
  const people = new Set([...(envelope === null ? [] : [authorOf(envelope)]), bytesToHex(machine.account)])
  const fingerprints = {
    server: groups(bytesToHex(sha256(serverKey).subarray(0, 8))),
    accounts: [...people].map(groups),
  }
  return { type: 'proof', bytes: encodeMessage(file), fingerprints }
}

function authorOf({ header }: DisclosedEnvelope): string {
  return bytesToHex(decodeHeader(header)!.account)
}

/** In groups of four, for people to compare. */
function groups(hex: string): string {
  return hex.match(/.{4}/g)!.join(' ')
}

interface Disclosed extends Pick<ProofFile, 'envelope' | 'access' | 'accounts' | 'index'> {
  /** The data of its leaf. */
  leaf: Uint8Array
}

function disclosedAccess(machine: VaultMachine, n: number): Disclosed | null {
  const row = accessRows(machine).find((each) => each.n === n)
  if (row?.data == null) return null
  return { index: row.index, leaf: row.data, envelope: null, access: row.data, accounts: [] }
}

/** The entry's envelope, sealed again byte for byte (S9), with the 64 bytes that open it. */
function disclosedEntry(machine: VaultMachine, id: string): Disclosed | null {
  const [stream = ''] = id.split('.')
  const row = machine.rows.read(id)
  const n = headOf(machine, id)?.n
  const index = n === undefined ? null : leafIndexOf(machine, stream, n)
  if (row === null || n === undefined || index === null) return null
  const entry = entryAt(machine, stream, n)
  const header = entry === undefined ? null : decodeHeader(entry.header)
  const key = header === null ? undefined : machine.keys.streams.get(stream)?.byEpoch.get(header.epoch)
  if (entry?.proof == null || entry.nonce === null || header === null || key === undefined) return null
  const body = sealBody(key, entry.header, rowToPadded(idText(machine.vault), row), entry.nonce)
  if (!equalBytes(sha256(body), entry.bodyHash)) return null
  const envelope: DisclosedEnvelope = {
    n,
    header: entry.header,
    body,
    opening: bodyOpening(key, entry.header),
    batch: entry.proof,
  }
  const author = machine.accounts.entries(header.account).slice(0, header.accountLog.n)
  const hash = envelopeHashOf(entry.header, entry.bodyHash)
  const leaf = envelopeLeafData(header.stream, n, hash)
  return { index, leaf, envelope, access: null, accounts: [author] }
}
