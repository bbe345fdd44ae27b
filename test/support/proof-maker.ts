/**
 * Proof files for tests of the verifier (A4), every field of which can be written otherwise: one thing is wrong while all around it is
 * sealed, signed and in its place again, as somebody would do it who wants to be believed.
 */
import { bodyOpening, generateSigningKeyPair, pad, sealBody, sign, type SigningKeyPair } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { merkleRoot, inclusionPath, sha256 } from '@chartkeep/crypto/hash'
import { encodeMessage, idText, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import {
  accessLeafData,
  auditOrigin,
  checkpointText,
  deviceWitness,
  envelopeLeafData,
  type AccessEntry,
  type DisclosedEnvelope,
  type ProofFile,
} from '@chartkeep/protocol/audit'
import { controlHead } from '@chartkeep/protocol/control'
import { cosignature, noteSignature, writeNote } from '@chartkeep/protocol/signed'
import { encodeHeader, envelopeHashOf, signBatch, type Header } from '@chartkeep/protocol/streams'
import type { NoteSignature } from '@chartkeep/protocol/testing'
import { createPerson, type Device, type Person } from './protocol-people.ts'
import { createVault } from './protocol-vault.ts'

export const TIME = 1_800_000_000_000
export const RESOURCE = '{"resourceType":"AuditEvent","recorded":"2027-01-15T08:00:00Z"}'

export interface RecordFields {
  /** Fields of the sealed text before the record. */
  inner?: object
  resource?: string
  /** The whole sealed text, out of what it would be. */
  text?: (text: string) => string
  /** What is sealed, out of the padded text. */
  padded?: (padded: Uint8Array) => Uint8Array
  header?: Partial<Header>
  signer?: SigningKeyPair
  /** Fields of what is disclosed, after all that was computed. */
  envelope?: Partial<DisclosedEnvelope>
}

export interface FileFields {
  index?: number
  /** What the server signed, out of what is true. */
  head?: { vault?: Uint8Array; size?: number; root?: Uint8Array; time?: number }
  signer?: SigningKeyPair
  /** Who cosigned, at which second. */
  witnesses?: { device: Device; seconds: number }[]
  signatures?: (lines: NoteSignature[]) => NoteSignature[]
  accounts?: ProofFile['accounts']
  file?: Partial<ProofFile>
}

export async function createProofMaker(seed: string) {
  const owner = await createPerson(seed)
  const { random } = owner
  const vault = await createVault(owner, 1, true)
  const [stream] = vault.streams
  const contentKey = vault.keys.get(idText(stream!))![0]!
  const server = generateSigningKeyPair(random)
  /** Other leaves of the tree; what is proved comes among them. */
  const others = [random(64), random(64), random(64), random(64)]

  async function file(
    leaf: Uint8Array,
    part: Pick<ProofFile, 'envelope' | 'access'>,
    fields: FileFields,
  ): Promise<Uint8Array> {
    const index = fields.index ?? 2
    const leaves = [...others.slice(0, index), leaf, ...others.slice(index)]
    const head = { vault: vault.id, size: leaves.length, root: merkleRoot(leaves), time: TIME, ...fields.head }
    const text = checkpointText(head)
    const by = fields.signer ?? server
    const lines = [await noteSignature(text, auditOrigin(head.vault), by.publicKey, (message) => sign(by, message))]
    for (const { device, seconds } of fields.witnesses ?? []) {
      const { signing, id } = device
      lines.push(
        await cosignature(text, deviceWitness(id), signing.publicKey, seconds, (message) => sign(signing, message)),
      )
    }
    return encodeMessage({
      format: 'chartkeep-proof',
      v: 1,
      vault: vault.id,
      serverKey: server.publicKey,
      checkpoint: writeNote({ text, signatures: fields.signatures?.(lines) ?? lines }),
      index,
      path: inclusionPath(leaves, index),
      ...part,
      accounts: fields.accounts ?? (part.envelope === null ? [] : [owner.entries]),
      ...fields.file,
    } satisfies ProofFile)
  }

  /** A proof of a record that `author` wrote. */
  async function record(fields: RecordFields & FileFields = {}, author: Person = owner): Promise<Uint8Array> {
    const ids = { doc: random(16), revision: random(16) }
    const said = {
      v: 1,
      vault: idText(vault.id),
      stream: idText(stream!),
      doc: idText(ids.doc),
      revision: idText(ids.revision),
      clock: `00${TIME}.0000.AAAAAA`,
    }
    const { inner, resource = RESOURCE, text = (same) => same, padded = (same) => same } = fields
    const head = JSON.stringify({ ...said, ...inner }).slice(0, -1)
    const plain = padded(pad(utf8ToBytes(text(`${head},"resource":${resource}}`))))
    const header: Header = {
      vault: vault.id,
      stream: stream!,
      ...ids,
      parent: ZERO_HASH,
      merged: [],
      epoch: 1,
      account: author.state.account,
      device: author.device.id,
      deviceSeq: 1,
      devicePrevious: ZERO_HASH,
      control: controlHead(vault.state),
      accountLog: accountHead(author.state),
      streamHead: { n: 0, h: ZERO_HASH },
      voids: 0,
      deleted: false,
      paddedLength: plain.length,
      ...fields.header,
    }
    const encoded = encodeHeader(header)
    const body = sealBody(contentKey, encoded, plain, random(24))
    const hash = envelopeHashOf(encoded, sha256(body))
    const signer = fields.signer === undefined ? author.device.signing : fields.signer
    const [batch] = await signBatch([hash], header, (message) => sign(signer, message))
    const opening = bodyOpening(contentKey, encoded)
    const envelope = { n: 7, header: encoded, body, opening, batch: batch!, ...fields.envelope }
    const { signer: _, ...rest } = fields
    return file(envelopeLeafData(header.stream, 7, hash), { envelope, access: null }, rest)
  }

  /** What the server noted of the owner's device. */
  const access = (fields: Partial<AccessEntry> = {}): AccessEntry => ({
    v: 1,
    vault: vault.id,
    n: 3,
    prev: ZERO_HASH,
    time: TIME + 3,
    kind: 'pull',
    outcome: 'ok',
    account: owner.state.account,
    device: owner.device.id,
    address: '192.0.2.3',
    streams: [{ stream: stream!, first: 1, last: 4, count: 3 }],
    blob: null,
    bytes: 1003,
    unlogged: 0,
    ...fields,
  })

  /** A proof of a note of the server. */
  function note(
    fields: Partial<AccessEntry> = {},
    around: FileFields & { leaf?: Uint8Array } = {},
  ): Promise<Uint8Array> {
    const data = around.leaf ?? accessLeafData(encodeMessage(access(fields)), random(32))
    return file(data, { envelope: null, access: data }, around)
  }

  return { owner, vault, stream: stream!, server, access, record, note }
}
