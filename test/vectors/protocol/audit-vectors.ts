/**
 * Vectors of the audit tree (A2-A4) for generate.ts: access entries with their seals, leaves and roots, signed and cosigned heads, and two
 * proof files: of an access entry and of a record.
 */
import { bodyOpening, generateBoxKeyPair, generateSigningKeyPair, pad, sealBody, sign, startBoxChain } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { merkleLeaf, sha256 } from '@chartkeep/crypto/hash'
import { encodeMessage, idText, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { accessLeafData, accessLogId, auditOrigin, checkpointText, deviceWitness, envelopeLeafData, nodesAfter, treeConsistency, treeInclusion, treeRoot, type AccessEntry, type ProofFile } from '@chartkeep/protocol/audit'
import { controlHead } from '@chartkeep/protocol/control'
import { cosignature, noteSignature, writeNote } from '@chartkeep/protocol/signed'
import { encodeHeader, envelopeHashOf, signBatch, type Header } from '@chartkeep/protocol/streams'
import { createPerson } from '../../support/protocol-people.ts'
import { createVault } from '../../support/protocol-vault.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'

const TIME = 1_800_000_000_000

export async function auditVectors() {
  const random = seededBytes('vectors.audit')
  const owner = await createPerson('vectors.audit.owner')
  const vault = await createVault(owner, 1, true)
  const [stream] = vault.streams
  const server = generateSigningKeyPair(random)
  const box = generateBoxKeyPair(random)
  const chain = startBoxChain(box.publicKey, random)
  const bySelf = (message: Uint8Array) => sign(owner.device.signing, message)

  // One audit record, sealed by the owner's device.
  const contentKey = vault.keys.get(idText(stream!))![0]!
  const [doc, revision] = [random(16), random(16)]
  const ids = { vault: idText(vault.id), stream: idText(stream!), doc: idText(doc), revision: idText(revision) }
  const head = { v: 1, ...ids, clock: '001800000000000.0000.AAAAAA', importHash: '', importSource: '' }
  const resource = '{"resourceType":"AuditEvent","recorded":"2027-01-15T08:00:00Z","subtype":[{"code":"opened"}]}'
  const plain = pad(utf8ToBytes(`${JSON.stringify(head).slice(0, -1)},"resource":${resource}}`))
  const header: Header = {
    vault: vault.id,
    stream: stream!,
    doc,
    revision,
    parent: ZERO_HASH,
    merged: [],
    epoch: 1,
    account: owner.state.account,
    device: owner.device.id,
    deviceSeq: 1,
    devicePrevious: ZERO_HASH,
    control: controlHead(vault.state),
    accountLog: accountHead(owner.state),
    streamHead: { n: 0, h: ZERO_HASH },
    voids: 0,
    deleted: false,
    paddedLength: plain.length,
  }
  const encodedHeader = encodeHeader(header)
  const body = sealBody(contentKey, encodedHeader, plain, random(24))
  const envelopeHash = envelopeHashOf(encodedHeader, sha256(body))
  const [batch] = await signBatch([envelopeHash], header, bySelf)

  // The tree: the record, then what the server noted, a push and four pulls.
  const leaves: { data: Uint8Array; leaf: Uint8Array; sealed: Uint8Array | null; entry: AccessEntry | null }[] = []
  const recordData = envelopeLeafData(stream!, 1, envelopeHash)
  leaves.push({ data: recordData, leaf: merkleLeaf(recordData), sealed: null, entry: null })
  let prev = ZERO_HASH
  for (let n = 1; n <= 5; n++) {
    const entry: AccessEntry = {
      v: 1,
      vault: vault.id,
      n,
      prev,
      time: TIME + n,
      kind: n === 1 ? 'push' : 'pull',
      outcome: n === 4 ? 'not-found' : 'ok',
      account: owner.state.account,
      device: owner.device.id,
      address: `192.0.2.${n}`,
      streams: n === 4 ? [] : [{ stream: stream!, first: 1, last: 1, count: 1 }],
      blob: null,
      bytes: n === 4 ? 0 : 1000 + n,
      unlogged: 0,
    }
    const data = accessLeafData(encodeMessage(entry), random(32))
    prev = merkleLeaf(data)
    leaves.push({ data, leaf: prev, sealed: chain.seal(data), entry })
  }
  const nodes = new Map<string, Uint8Array>()
  const read = (level: number, index: number) => nodes.get(`${level}.${index}`) ?? null
  const roots = leaves.map(({ leaf }, size) => {
    for (const { level, index, hash } of nodesAfter(size, leaf, read)) nodes.set(`${level}.${index}`, hash)
    return treeRoot(size + 1, read)
  })

  const size = leaves.length
  const text = checkpointText({ vault: vault.id, size, root: roots.at(-1)!, time: TIME + 99 })
  const serverLine = await noteSignature(text, auditOrigin(vault.id), server.publicKey, (message) => sign(server, message))
  const name = deviceWitness(owner.device.id)
  const deviceLine = await cosignature(text, name, owner.device.signing.publicKey, 1_800_000_001, bySelf)
  const checkpoint = writeNote({ text, signatures: [serverLine, deviceLine] })
  const proofOf = (index: number, of: Pick<ProofFile, 'envelope' | 'access'>, accounts: ProofFile['accounts']) =>
    encodeMessage({
      format: 'chartkeep-proof',
      v: 1,
      vault: vault.id,
      serverKey: server.publicKey,
      checkpoint,
      index,
      path: treeInclusion(index, size, read),
      ...of,
      accounts,
    } satisfies ProofFile)
  const opening = bodyOpening(contentKey, encodedHeader)
  const envelope = { n: 1, header: encodedHeader, body, opening, batch: batch! }

  return {
    vault: vault.id,
    accessLogId: accessLogId(vault.id),
    boxSecret: box.secretKey,
    boxPublic: box.publicKey,
    serverKey: server.publicKey,
    device: { id: owner.device.id, sign: owner.device.signing.publicKey },
    account: owner.state.account,
    envelopeHash,
    stream: stream!,
    leaves: leaves.map(({ data, leaf, sealed }) => ({ data, leaf, sealed })),
    roots,
    consistency: [1, 2, 3, 4, 5, 6].map((older) => treeConsistency(older, size, read)),
    checkpoint,
    resource,
    contentKey,
    recordProof: proofOf(0, { envelope, access: null }, [owner.entries, owner.entries]),
    accessProof: proofOf(3, { envelope: null, access: leaves[3]!.data }, [owner.entries]),
  }
}
