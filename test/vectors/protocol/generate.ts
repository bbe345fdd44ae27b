/**
 * Makes the test vectors of the wire protocol: every signed or hashed object, from fixed seeds, as hex. The files are read in the tests by
 * a second reader that shares no code with packages/. A change of any value is a change of the protocol and needs a decision record.
 *
 * Write them: node_modules/.bin/node test/vectors/protocol/generate.ts
 */
import { generateRecoveryCode, generateSigningKeyPair, hkdf, hmacSha512, pad, parseRecoveryCode, recoveryKeys, seal, sealBody, sealChunk, sign, CHUNK_SIZE } from '@chartkeep/crypto'
import { concatBytes, uint32ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { merkleRoot, sha256 } from '@chartkeep/crypto/hash'
import { ALL_RIGHTS, APPEND, decodeAs, encodeMessage, idText, READ, ZERO_HASH } from '@chartkeep/protocol'
import { accountHead, boxKeyContext, decodeAccountEntry, signInMessage } from '@chartkeep/protocol/account'
import { controlHead, ControlBody, keyIdOf, partHash, wrapContext } from '@chartkeep/protocol/control'
import { departureMessage, lateReceiptMessage, type DepartureBody } from '@chartkeep/protocol/ended'
import { contentOrderOf, contentSignatureMessage, contentTextHash, type ContentStatement } from '@chartkeep/protocol/records'
import { entryHash } from '@chartkeep/protocol/signed'
import { batchMessage, emptyStream, encodeHeader, envelopeHashOf, headMessage, nextStreamHash, signBatch, streamHead, streamStart, type Header, type Outcome, type SignedHead } from '@chartkeep/protocol/streams'
import { writeFileSync } from 'node:fs'
import {
  addDevice,
  createPerson,
  extendAccount,
  nextPlace,
  removeDevice,
  renewBoxKey,
  type Device,
  type Person,
} from '../../support/protocol-people.ts'
import {
  controlBody,
  createVault,
  cutGrant,
  cutParts,
  epochOf,
  extendVault,
  freshEpochs,
  createPart,
  makeGrant,
  signControlBody,
  streamOf,
  type Vault,
} from '../../support/protocol-vault.ts'
import { seededBytes } from '../../support/seeded-bytes.ts'
import { auditVectors } from './audit-vectors.ts'
import { emergencyVectors } from './emergency-vectors.ts'
import { ownerVectors } from './owner-vectors.ts'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Bytes as hex, everywhere in a value. */
function toJson(value: unknown): Json {
  if (value instanceof Uint8Array) return hex(value)
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Map) return toJson(Object.fromEntries(value))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each)]))
  return value as Json
}

const deviceJson = ({ id, signing, box, lookup }: Device) => ({
  id,
  seed: signing.seed,
  sign: signing.publicKey,
  boxSecret: box.secretKey,
  box: box.publicKey,
  lookup,
})

/** An account whose log has an entry of each type, two of them after a device was added by the kit. */
async function createOwner(): Promise<{ owner: Person; phone: Device; tablet: Device }> {
  const owner = await createPerson('vectors.owner')
  const phone = await addDevice(owner)
  const sealed = concatBytes(
    uint32ToBytes(1),
    seal(encodeMessage([]), hkdf(owner.boxKeys[0]!.secretKey, 'account-text', 32), owner.random),
  )
  await extendAccount(owner, { ...nextPlace(owner.state, phone), type: 'vaults', sealed }, phone)
  const tablet = await addDevice(owner, owner.recovery)
  await renewBoxKey(owner, tablet)
  await removeDevice(owner, phone.id)
  return { owner, phone, tablet }
}

function accountVectors(person: Person, devices: Device[]) {
  return {
    account: person.state.account,
    devices: devices.map(deviceJson),
    boxKeys: person.boxKeys.map(({ publicKey, secretKey }, i) => ({ generation: i + 1, public: publicKey, secret: secretKey })),
    wrapContexts: person.state.boxKeys.flatMap(({ generation, public: key, wraps }) =>
      wraps.map(({ device }) => ({ generation, device, context: boxKeyContext(generation, key, device) })),
    ),
    entries: person.entries.map(({ body, signature }) => ({
      type: decodeAccountEntry(body)!.type,
      body,
      signature,
      hash: entryHash('account-entry', body),
    })),
    head: accountHead(person.state),
  }
}

async function controlVectors(owner: Person, phone: Device, doctor: Person) {
  const vault = await createVault(owner, 2, true)
  const extra = { stream: owner.random(16), epoch: 1, key: owner.random(32), name: 'labs' }
  const streamParts = [createPart({ vault: vault.id, recipient: owner, keys: [extra] })]
  const streamBody = controlBody(vault, { type: 'stream', streams: [streamOf(extra, owner)], epochs: [epochOf(extra)] }, streamParts)
  await extendVault(vault, await signControlBody(streamBody, owner.device, streamParts), [extra])
  const scopes = [{ stream: vault.streams[0]!, rights: READ }, { stream: extra.stream, rights: ALL_RIGHTS }]
  const { grant } = await makeGrant(vault, { grantee: doctor, scopes })
  const kept = await makeGrant(vault, { grantee: doctor, scopes: [{ stream: extra.stream, rights: READ | APPEND }] })
  const renewed = freshEpochs(vault, [vault.streams[1]!])
  const epochParts = [createPart({ vault: vault.id, recipient: owner, keys: renewed, label: utf8ToBytes('{"purpose":"test"}') })]
  const epochBody = controlBody(vault, { type: 'epoch', epochs: renewed.map(epochOf) }, epochParts)
  await extendVault(vault, await signControlBody(epochBody, owner.device, epochParts), renewed)
  const pins = new Map([[idText(extra.stream), { n: 3, h: owner.random(32) }]])
  await cutGrant(vault, grant, pins, [{ person: doctor, grant: kept.grant }])
  const all = [...vault.state.streams.values()].map(({ id }) => id)
  const cut = { account: owner.state.account, device: phone.id, reason: 'device-removed' as const }
  const { body, parts, keys } = cutParts(vault, cut, all)
  await extendVault(vault, await signControlBody(controlBody(vault, body, parts), owner.device, parts), keys)
  return { vault, grant, json: controlJson(vault, [owner, doctor]) }
}

function controlJson(vault: Vault, people: Person[]) {
  const keys = [...vault.keys].flatMap(([text, list]) => {
    const stream = vault.state.streams.get(text)!.id
    return list.map((key, i) => ({ stream, epoch: i + 1, key, keyId: keyIdOf(key, stream, i + 1) }))
  })
  const context = keys.slice(0, 2)
  return {
    vault: vault.id,
    people: people.map(({ state, boxKeys }) => ({ account: state.account, boxSecrets: boxKeys.map(({ secretKey }) => secretKey) })),
    keys,
    wrapContext: {
      keys: context.map(({ stream, epoch }) => ({ stream, epoch })),
      recipient: people[1]!.state.account,
      grant: null,
      context: wrapContext(vault.id, context, people[1]!.state.account, null),
    },
    entries: vault.entries.map(({ body, signature, parts }) => ({
      type: decodeAs(ControlBody, body)!.type,
      body,
      signature,
      hash: entryHash('control-entry', body),
      parts: parts.map((part) => ({ ...part, hash: partHash(part) })),
    })),
    head: controlHead(vault.state),
  }
}

async function envelopeVectors(owner: Person, vault: Vault) {
  const random = seededBytes('vectors.envelopes')
  const stream = vault.streams[0]!
  const epoch = 2
  const contentKey = vault.keys.get(idText(stream))![epoch - 1]!
  const texts = ['{}', '{"resource":{"resourceType":"Observation","value":1.10}}', 'ä€𐍈'.repeat(60), '']
  const author = { vault: vault.id, account: owner.state.account, device: owner.device.id }
  const made: { header: Header; headerBytes: Uint8Array; plaintext: Uint8Array; nonce: Uint8Array; body: Uint8Array; hash: Uint8Array }[] = []
  const conflicts = [random(32), random(32), random(32), random(32)].toSorted((a, b) => Buffer.compare(a, b))
  for (const [index, text] of texts.entries()) {
    const plaintext = utf8ToBytes(text)
    const padded = pad(plaintext)
    const before = made.at(-1)
    const header: Header = {
      ...author,
      stream,
      doc: index === 3 ? made[2]!.header.doc : random(16),
      revision: random(16),
      parent: index === 3 ? made[2]!.hash : ZERO_HASH,
      merged: index === 3 ? conflicts : index === 2 ? conflicts.slice(0, 1) : [],
      epoch,
      deviceSeq: index + 1,
      devicePrevious: before?.hash ?? ZERO_HASH,
      control: controlHead(vault.state),
      accountLog: accountHead(owner.state),
      streamHead: streamHead(emptyStream(vault.id, stream)),
      voids: index === 2 ? 300 : 0,
      deleted: index === 3,
      paddedLength: padded.length,
    }
    const headerBytes = encodeHeader(header)
    const nonce = random(24)
    const body = sealBody(contentKey, headerBytes, padded, nonce)
    made.push({ header, headerBytes, plaintext, nonce, body, hash: envelopeHashOf(headerBytes, sha256(body)) })
  }
  const hashes = made.map(({ hash }) => hash)
  const root = merkleRoot(hashes)
  const proofs = await signBatch(hashes, author, (message) => sign(owner.device.signing, message))
  const docSecret = random(32)
  const identity = 'Observation|urn:uuid:5f0c1d6e-0000-4000-8000-000000000001'
  return {
    envelopes: made.map((each, i) => ({
      header: each.headerBytes,
      fields: each.header,
      plaintext: each.plaintext,
      nonce: each.nonce,
      body: each.body,
      bodyHash: sha256(each.body),
      hash: each.hash,
      proof: proofs[i]!,
    })),
    contentKey,
    signingKey: owner.device.signing.publicKey,
    batch: { size: hashes.length, root, message: batchMessage(hashes.length, root, author) },
    importedDoc: {
      docSecret,
      identity,
      doc: hmacSha512(docSecret, utf8ToBytes('chartkeep/doc/v1'), utf8ToBytes(identity)).slice(0, 16),
    },
    hashes,
  }
}

async function streamVectors(vault: Vault, hashes: Uint8Array[]) {
  const server = generateSigningKeyPair(seededBytes('vectors.server'))
  const stream = vault.streams[0]!
  const outcomes: Outcome[] = ['current', 'conflict', 'void', 'current']
  let h = streamStart(vault.id, stream)
  const start = h
  const entries = hashes.map((hash, i) => {
    h = nextStreamHash(h, i + 1, outcomes[i]!, hash)
    return { n: i + 1, outcome: outcomes[i]!, envelopeHash: hash, h }
  })
  const heads: SignedHead[] = []
  const places = [
    { kind: 'stream', id: stream, n: entries.length, h },
    { kind: 'control', id: vault.id, ...controlHead(vault.state) },
    { kind: 'account', id: vault.owner.state.account, ...accountHead(vault.owner.state) },
  ] as const
  for (const place of places) {
    const head = { ...place, time: 1_800_000_000_123, signature: new Uint8Array(64) }
    heads.push({ ...head, signature: await sign(server, headMessage(head)) })
  }
  return { vault: vault.id, stream, start, entries, serverKey: server.publicKey, heads }
}

async function signInVectors(owner: Person) {
  const random = seededBytes('vectors.sign-in')
  const challenge = { server: random(32), audience: 'https://chart.example:8787', nonce: random(32), time: 1_800_000_000_000 }
  const { account } = owner.state
  const { id, signing } = owner.device
  const message = signInMessage(challenge, account, id)
  return { challenge, account, device: id, signingKey: signing.publicKey, message, signature: await sign(signing, message) }
}

/** The doctor's device after the cut of its grant (C10). */
async function departureVectors(vault: Vault, grant: Uint8Array, doctor: Person) {
  const { id: device, signing } = doctor.device
  const body: DepartureBody = {
    v: 1,
    vault: vault.id,
    grant,
    account: doctor.state.account,
    device,
    accountLog: accountHead(doctor.state),
    control: controlHead(vault.state),
    time: 1_800_000_000_456,
  }
  const encoded = encodeMessage(body)
  const message = departureMessage(encoded)
  return { fields: body, body: encoded, signingKey: signing.publicKey, message, signature: await sign(signing, message) }
}

/** Two signatures of one note, the second by a member who reveals name and roles (N1 to N4). */
async function contentVectors(doctor: Person) {
  const random = seededBytes('vectors.content')
  const text = '{"resourceType":"Composition","title":"Visit","value":1.10}'
  const { id: device, signing } = doctor.device
  const made: { fields: ContentStatement; body: Uint8Array; message: Uint8Array; signature: Uint8Array; name: Uint8Array }[] = []
  const [record, revision] = [random(16), random(16)]
  for (const meaning of ['author', 'decline'] as const) {
    const before = made.at(-1)
    const fields: ContentStatement = {
      v: 1,
      account: doctor.state.account,
      device,
      accountLog: accountHead(doctor.state),
      collection: 'notes',
      record,
      revision,
      text: contentTextHash(text),
      meaning,
      language: before === undefined ? null : 'zh-Hant-TW',
      comment: before === undefined ? null : '劑量不符',
      order: before?.name ?? ZERO_HASH,
      time: 1_800_000_000_012,
      signer:
        before === undefined ? null : { member: random(16), name: 'Lin Wei', salt: random(16), roles: ['physician'] },
    }
    const body = encodeMessage(fields)
    const message = contentSignatureMessage(body)
    made.push({ fields, body, message, signature: await sign(signing, message), name: contentOrderOf(body) })
  }
  return { text, signingKey: signing.publicKey, signatures: made }
}

/** An owner's entry that lets an envelope count (C9), and the server's receipt for two late ones (C11). */
async function lateVectors(vault: Vault, doctor: Person, hashes: Uint8Array[]) {
  const { device } = vault.owner
  const stream = vault.streams[0]!
  const named = { envelopes: [{ stream, hash: hashes[0]! }] }
  const { body, signature } = await signControlBody(controlBody(vault, { type: 'accept', accept: named }), device)
  const accept = { ...named, signingKey: device.signing.publicKey, body, signature, hash: entryHash('control-entry', body) }
  const server = generateSigningKeyPair(seededBytes('vectors.late'))
  const receipt = { taken: hashes.slice(0, 2), time: 1_800_000_000_789 }
  const message = lateReceiptMessage(vault.id, doctor.device.id, receipt)
  return {
    accept,
    receipt: {
      vault: vault.id,
      device: doctor.device.id,
      ...receipt,
      serverKey: server.publicKey,
      message,
      signature: await sign(server, message),
    },
  }
}

function recoveryVectors() {
  return ['a', 'b', 'c'].map((seed) => {
    const code = generateRecoveryCode(seededBytes(`vectors.recovery.${seed}`))
    const secret = parseRecoveryCode(code)!
    const { signing, box, lookupId } = recoveryKeys(secret)
    return {
      code,
      secret,
      signingSeed: signing.seed,
      sign: signing.publicKey,
      boxSecret: box.secretKey,
      box: box.publicKey,
      lookup: lookupId,
    }
  })
}

async function blobVectors() {
  const fileKey = seededBytes('vectors.blob')(32)
  /** Byte i of a plaintext is i mod 251. */
  const chunks = [
    { index: 0, total: 1, length: 0 },
    { index: 0, total: 1, length: 100 },
    { index: 0, total: 2, length: CHUNK_SIZE },
    { index: 1, total: 2, length: 33 },
  ]
  const sealed = await Promise.all(
    chunks.map(async ({ index, total, length }) => {
      const plaintext = Uint8Array.from({ length }, (_, i) => i % 251)
      const bytes = await sealChunk(fileKey, index, total, plaintext)
      return { index, total, length, sealed: length > 1000 ? null : bytes, sealedHash: sha256(bytes) }
    }),
  )
  const root = merkleRoot([sealed[2]!.sealedHash, sealed[3]!.sealedHash])
  return { fileKey, chunks: sealed, rootOfTwo: root }
}


/** File name -> content, all bytes as hex. The same on every run and every machine. */
export async function generateVectors(): Promise<Record<string, Json>> {
  const { owner, phone, tablet } = await createOwner()
  const doctor = await createPerson('vectors.doctor')
  const { vault, grant, json } = await controlVectors(owner, phone, doctor)
  const { hashes, ...envelopes } = await envelopeVectors(owner, vault)
  return {
    'accounts.json': toJson({
      owner: accountVectors(owner, [owner.device, owner.recovery, phone, tablet]),
      doctor: accountVectors(doctor, [doctor.device, doctor.recovery]),
    }),
    'control.json': toJson(json),
    'envelopes.json': toJson(envelopes),
    'streams.json': toJson(await streamVectors(vault, hashes)),
    'sign-in.json': toJson(await signInVectors(owner)),
    'departure.json': toJson(await departureVectors(vault, grant, doctor)),
    'emergency.json': toJson(await emergencyVectors()),
    'content.json': toJson(await contentVectors(doctor)),
    'late.json': toJson(await lateVectors(vault, doctor, hashes)),
    'recovery.json': toJson(recoveryVectors()),
    'blobs.json': toJson(await blobVectors()),
    'audit.json': toJson(await auditVectors()),
    'owners.json': toJson(await ownerVectors()),
  }
}

if (import.meta.main) {
  for (const [name, value] of Object.entries(await generateVectors()))
    writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(value, null, 1)}\n`)
}
