/**
 * Whether a proof file holds (A4). Every byte of the file is covered: form by the strict decoder, the rest by a hash, a signature or a
 * comparison. What it proves is under the keys that the file itself brings; whose they are is for the reader to say (report.ts).
 */
import { openDisclosed, unpad } from '@chartkeep/crypto/disclose'
import { bytesToUtf8, equalBytes } from '@chartkeep/crypto/encoding'
import { rootFromInclusionPath, sha256 } from '@chartkeep/crypto/hash'
import { decodeAs, idText } from '@chartkeep/protocol'
import { deviceLiveAt, hasAccountHead, readAccountLog, type AccountState } from '@chartkeep/protocol/account'
import {
  cosignedBy,
  deviceWitness,
  envelopeLeafData,
  MAX_PROOF_BYTES,
  ProofFile,
  readAccessLeaf,
  readCheckpoint,
  verifyCheckpoint,
  type AccessEntry,
  type Checkpoint,
  type DisclosedEnvelope,
} from '@chartkeep/protocol/audit'
import { BatchVerifier, decodeHeader, envelopeHashOf, type Header } from '@chartkeep/protocol/streams'

/** What holds, as data. */
export interface Proved {
  type: 'holds'
  vault: Uint8Array
  serverKey: Uint8Array
  checkpoint: Checkpoint
  /** Place of the entry in the tree, from 0. */
  index: number
  subject:
    | {
        type: 'entry'
        header: Header
        /** Number in its stream. */
        n: number
        /** JSON text of the record, as the device sealed it. */
        resource: string
        /** Milliseconds since 1970 by the clock of that device. */
        savedAt: number
        addedAt: number
      }
    | { type: 'access'; entry: AccessEntry }
  /** Devices that cosigned the head, each with its account; `at`: milliseconds since 1970, by its own clock. */
  witnesses: { account: Uint8Array; device: Uint8Array; at: number }[]
}

/** `reason`: a stable word; the sentence for people is in report.ts. */
export interface RefusedProof {
  type: 'refused'
  reason:
    | 'form'
    | 'checkpoint'
    | 'server-signature'
    | 'envelope'
    | 'opening'
    | 'inner'
    | 'author'
    | 'author-signature'
    | 'note'
    | 'tree'
    | 'witness'
}

export type ProofVerdict = Proved | RefusedProof

function refused(reason: RefusedProof['reason']): RefusedProof {
  return { type: 'refused', reason }
}

/** Checks the bytes of a proof file; never throws for what a file can hold. */
export async function checkProof(encoded: Uint8Array): Promise<ProofVerdict> {
  const file = encoded.length > MAX_PROOF_BYTES ? null : decodeAs(ProofFile, encoded)
  if (file === null || (file.envelope === null) === (file.access === null)) return refused('form')
  const { vault, serverKey, index, path } = file
  const checkpoint = readCheckpoint(file.checkpoint)
  if (checkpoint === null || !equalBytes(checkpoint.vault, vault)) return refused('checkpoint')
  if (!(await verifyCheckpoint(checkpoint, serverKey))) return refused('server-signature')

  const states: AccountState[] = []
  for (const entries of file.accounts) {
    const state = await readAccountLog(entries)
    if (state === null || 'type' in state) return refused('author')
    states.push(state)
  }
  const judged =
    file.envelope === null ? judgeNote(file.access!, vault) : await judgeEnvelope(file.envelope, vault, states[0])
  if ('type' in judged) return judged
  const root = rootFromInclusionPath(judged.leaf, index, checkpoint.size, path)
  if (root === null || !equalBytes(root, checkpoint.root)) return refused('tree')

  const witnesses = await witnessesOf(checkpoint, states.slice(file.envelope === null ? 0 : 1))
  if (witnesses === null) return refused('witness')
  return { type: 'holds', vault, serverKey, checkpoint, index, subject: judged.subject, witnesses }
}

interface Judged {
  /** The data of its leaf. */
  leaf: Uint8Array
  subject: Proved['subject']
}

function judgeNote(data: Uint8Array, vault: Uint8Array): Judged | RefusedProof {
  const entry = readAccessLeaf(data)
  if (entry === null || !equalBytes(entry.vault, vault)) return refused('note')
  return { leaf: data, subject: { type: 'access', entry } }
}

/** The envelope of a record: sealed by whom its header names, opened by the bytes that come with it, signed by a device live at that time. */
async function judgeEnvelope(
  envelope: DisclosedEnvelope,
  vault: Uint8Array,
  author: AccountState | undefined,
): Promise<Judged | RefusedProof> {
  const header = decodeHeader(envelope.header)
  if (header === null || !equalBytes(header.vault, vault)) return refused('envelope')
  const padded = openDisclosed(envelope.opening, envelope.body)
  if (padded === null || padded.length !== header.paddedLength) return refused('opening')
  const plain = unpad(padded)
  const record = plain === null ? null : readRecord(plain, header)
  if (record === null) return refused('inner')

  // The control log ends at the head that the author named when it sealed the entry. Later entries say nothing about this entry.
  const stands =
    author !== undefined &&
    equalBytes(author.account, header.account) &&
    author.n === header.accountLog.n &&
    hasAccountHead(author, header.accountLog)
  const device = stands ? deviceLiveAt(author, header.device, author.n) : null
  if (device === null || device.kind !== 'device') return refused('author')
  const hash = envelopeHashOf(envelope.header, sha256(envelope.body))
  if (!(await new BatchVerifier().verify(hash, header, envelope.batch, device.sign))) return refused('author-signature')
  const subject = { type: 'entry', header, n: envelope.n, addedAt: device.addedAt, ...record } as const
  return { leaf: envelopeLeafData(header.stream, envelope.n, hash), subject }
}

const RESOURCE_KEY = ',"resource":'

/** E2: the plaintext repeats vault, stream, record and revision; they must be those of the header. */
function readRecord(plain: Uint8Array, header: Header): { resource: string; savedAt: number } | null {
  const text = bytesToUtf8(plain)
  const at = text?.indexOf(RESOURCE_KEY) ?? -1
  if (text === null || at < 0 || !text.endsWith('}')) return null
  const resource = text.slice(at + RESOURCE_KEY.length, -1)
  let inner: unknown
  try {
    inner = JSON.parse(`${text.slice(0, at)}}`)
    JSON.parse(resource)
  } catch {
    return null
  }
  const { v, vault, stream, doc, revision, clock } = (inner ?? {}) as Record<string, unknown>
  const same = [
    [vault, header.vault],
    [stream, header.stream],
    [doc, header.doc],
    [revision, header.revision],
  ].every(([said, id]) => said === idText(id as Uint8Array))
  if (v !== 1 || !same || typeof clock !== 'string') return null
  return { resource, savedAt: Number(clock.split('.')[0]) || 0 }
}

/** Every line under the head besides the server's is by a device of an account log that is here, and every log here has such a line. */
async function witnessesOf(checkpoint: Checkpoint, states: AccountState[]): Promise<Proved['witnesses'] | null> {
  const witnesses: Proved['witnesses'] = []
  const named = new Set<string>()
  for (const state of states) {
    let found = 0
    for (const device of state.devices.values()) {
      const at = device.removedAt === null ? await cosignedBy(checkpoint, device) : null
      if (at === null) continue
      found++
      named.add(deviceWitness(device.id))
      witnesses.push({ account: state.account, device: device.id, at })
    }
    if (found === 0) return null
  }
  return checkpoint.note.signatures.length === 1 + witnesses.length && named.size === witnesses.length
    ? witnesses
    : null
}
