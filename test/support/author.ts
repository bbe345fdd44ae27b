/**
 * Writes account logs, control logs and envelopes for tests of the server, straight over @chartkeep/crypto and @chartkeep/protocol:
 * a second writer next to packages/sync, so that a fault of one does not hide in the other.
 */
import {
  boxKeyPairFromSecretKey,
  generateBoxKeyPair,
  generateSigningKeyPair,
  pad,
  randomBytes,
  sealBody,
  sealToPublicKey,
  sign,
  type BoxKeyPair,
  type SigningKeyPair,
} from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256 } from '@chartkeep/crypto/hash'
import {
  accountIdOf,
  ALL_RIGHTS,
  APPEND,
  deviceIdOf,
  encodeMessage,
  idText,
  READ,
  ZERO_HASH,
  type Head,
} from '@chartkeep/protocol'
import {
  accountHead,
  applyAccountEntry,
  boxKeyContext,
  liveDevices,
  newestBoxKey,
  type AccountState,
  type BoxKeyGrant,
  type DeviceKeys,
} from '@chartkeep/protocol/account'
import { accessLogId } from '@chartkeep/protocol/audit'
import {
  applyControlEntry,
  controlHead,
  keyIdOf,
  makePart,
  partHash,
  wrapContext,
  type ControlBody,
  type ControlEntry,
  type ControlPart,
  type ControlState,
  type Cut,
  type PartOpen,
} from '@chartkeep/protocol/control'
import { entryMessage, type SignedEntry } from '@chartkeep/protocol/signed'
import {
  encodeHeader,
  envelopeHashOf,
  signBatch,
  streamStart,
  type Envelope,
  type Header,
} from '@chartkeep/protocol/streams'

export interface TestDevice {
  id: Uint8Array
  signing: SigningKeyPair
  box: BoxKeyPair
  lookup: Uint8Array | null
}

export interface TestAccount {
  id: Uint8Array
  state: AccountState
  entries: SignedEntry[]
  device: TestDevice
  recovery: TestDevice
}

export interface TestVault {
  id: Uint8Array
  owner: TestAccount
  state: ControlState
  entries: ControlEntry[]
  /** Content keys by stream text and epoch. */
  keys: Map<string, Map<number, Uint8Array>>
  /** Streams in the order in which they were made. */
  streams: Uint8Array[]
}

export function createDevice(lookup: Uint8Array | null = null): TestDevice {
  const signing = generateSigningKeyPair()
  const box = generateBoxKeyPair()
  const id = deviceIdOf(signing.publicKey, box.publicKey)
  return { id, signing, box, lookup }
}

export function keysOf({ signing, box, lookup }: TestDevice): DeviceKeys {
  const kind = lookup === null ? 'device' : 'recovery'
  return { kind, sign: signing.publicKey, box: box.publicKey, lookup, name: new Uint8Array() }
}

export function boxKeyGrant(generation: number, devices: { id: Uint8Array; box: Uint8Array }[]): BoxKeyGrant {
  const pair = generateBoxKeyPair()
  const secret = (device: Uint8Array) =>
    Uint8Array.from([...boxKeyContext(generation, pair.publicKey, device), ...pair.secretKey])
  return {
    generation,
    public: pair.publicKey,
    wraps: devices.map(({ id, box }) => ({ device: id, wrap: sealToPublicKey(box, secret(id)) })),
    previous: generation === 1 ? null : randomBytes(72),
  }
}

/** An entry of an account log over any body, right or wrong. */
export async function signAccountEntry(body: object, signer: TestDevice): Promise<SignedEntry> {
  const encoded = encodeMessage(body)
  return { body: encoded, signature: await sign(signer.signing, entryMessage('account-entry', encoded)) }
}

export async function createAccount(lookup = randomBytes(16)): Promise<TestAccount> {
  const device = createDevice()
  const recovery = createDevice(lookup)
  const devices = [device, recovery].map(({ id, box }) => ({ id, box: box.publicKey }))
  const entry = await signAccountEntry(
    {
      v: 1,
      n: 1,
      prev: ZERO_HASH,
      signer: device.id,
      type: 'genesis',
      random: randomBytes(32),
      device: keysOf(device),
      recovery: keysOf(recovery),
      boxKey: boxKeyGrant(1, devices),
    },
    device,
  )
  const state = await applyAccountEntry(null, entry)
  if ('type' in state) throw new Error(state.reason)
  return { id: accountIdOf(entry.body), state, entries: [entry], device, recovery }
}

async function append(account: TestAccount, entry: SignedEntry): Promise<SignedEntry> {
  const state = await applyAccountEntry(account.state, entry)
  if ('type' in state) throw new Error(state.reason)
  account.state = state
  account.entries.push(entry)
  return entry
}

export async function addDevice(
  account: TestAccount,
  added: TestDevice,
  signer = account.device,
): Promise<SignedEntry> {
  const { n, h } = accountHead(account.state)
  const body = {
    v: 1,
    n: n + 1,
    prev: h,
    signer: signer.id,
    type: 'device-added',
    device: keysOf(added),
    wrap: randomBytes(112),
  }
  return append(account, await signAccountEntry(body, signer))
}

export async function removeDevice(
  account: TestAccount,
  removed: Uint8Array,
  signer = account.device,
): Promise<SignedEntry> {
  const { n, h } = accountHead(account.state)
  const stay = liveDevices(account.state).filter(({ id }) => idText(id) !== idText(removed))
  const boxKey = boxKeyGrant(newestBoxKey(account.state).generation + 1, stay)
  const body = { v: 1, n: n + 1, prev: h, signer: signer.id, type: 'device-removed', device: removed, boxKey }
  return append(account, await signAccountEntry(body, signer))
}

/** A control-log entry over the vault's head, with any field overruled; not applied to the vault. */
export async function signControlEntry(
  vault: { id: Uint8Array; owner: TestAccount; state: ControlState | null },
  fields: Partial<ControlBody> & Pick<ControlBody, 'type'>,
  parts: ControlPart[],
  device = vault.owner.device,
): Promise<ControlEntry> {
  const head = controlHead(vault.state)
  const encoded = encodeMessage({
    v: 1,
    vault: vault.id,
    n: head.n + 1,
    prev: head.h,
    time: 0,
    account: vault.owner.id,
    device: device.id,
    accountLog: accountHead(vault.owner.state),
    streams: [],
    epochs: [],
    grant: null,
    cut: null,
    parts: parts.map(partHash),
    ...fields,
  } satisfies ControlBody)
  return { body: encoded, signature: await sign(device.signing, entryMessage('control-entry', encoded)), parts }
}

export async function applyControl(vault: TestVault, entry: ControlEntry): Promise<void> {
  const state = await applyControlEntry(vault.state, entry, () => vault.owner.state)
  if ('type' in state) throw new Error(state.reason)
  vault.state = state
  vault.entries.push(entry)
}

interface PartFields {
  vault: Uint8Array
  recipient: TestAccount
  keys: { stream: Uint8Array; epoch: number; key: Uint8Array }[]
  grant?: Uint8Array
  streams?: PartOpen['streams']
  notBefore?: number
  notAfter?: number
}

export function makeTestPart({ vault, recipient, keys, grant, streams, notBefore, notAfter }: PartFields): ControlPart {
  const { generation, public: boxKey } = newestBoxKey(recipient.state)
  const open: PartOpen = {
    salt: randomBytes(16),
    recipient: recipient.id,
    generation,
    accountLog: accountHead(recipient.state),
    grant: grant ?? null,
    streams: streams ?? [],
    notBefore: notBefore ?? 0,
    notAfter: notAfter ?? 0,
  }
  const content = {
    context: wrapContext(vault, keys, recipient.id, grant ?? null),
    keys: keys.map((key) => ({ ...key, name: 'labs' })),
    docSecret: null,
    label: new Uint8Array(),
  }
  return makePart(encodeMessage(open), sealToPublicKey(boxKey, pad(encodeMessage(content))))
}

function newKey(vault: { keys: TestVault['keys'] }, stream: Uint8Array, epoch: number) {
  const key = randomBytes(32)
  const byEpoch = vault.keys.get(idText(stream)) ?? new Map<number, Uint8Array>()
  vault.keys.set(idText(stream), byEpoch.set(epoch, key))
  return { stream, epoch, key }
}

const published = (keys: ReturnType<typeof newKey>[]) =>
  keys.map(({ stream, epoch, key }) => ({ stream, epoch, keyId: keyIdOf(key, stream, epoch) }))

/** Entry 1: a vault with `count` ordinary streams and one append-only stream, the last. */
export async function createVault(owner: TestAccount, count = 2, ids: Uint8Array[] = []): Promise<TestVault> {
  const id = randomBytes(16)
  const streams = Array.from({ length: count + 1 }, (_, index) => ids[index] ?? randomBytes(16))
  const keys: TestVault['keys'] = new Map()
  const fresh = streams.map((stream) => newKey({ keys }, stream, 1))
  const entry = await signControlEntry(
    { id, owner, state: null },
    {
      type: 'vault',
      streams: streams.map((stream, index) => ({ stream, appendOnly: index === count, sealedName: randomBytes(88) })),
      epochs: published(fresh),
    },
    [makeTestPart({ vault: id, recipient: owner, keys: fresh })],
  )
  const state = await applyControlEntry(null, entry, () => owner.state)
  if ('type' in state) throw new Error(state.reason)
  return { id, owner, state, entries: [entry], keys, streams }
}

export interface GrantFields {
  streams: { stream: Uint8Array; rights: number; from?: number }[]
  notBefore?: number
  notAfter: number
}

export interface TestGrant {
  id: Uint8Array
  account: TestAccount
  audit: Uint8Array
  streams: Uint8Array[]
  entry: ControlEntry
}

/** A grant entry with its own audit stream, applied to the vault. */
export async function addGrant(vault: TestVault, account: TestAccount, fields: GrantFields): Promise<TestGrant> {
  const made = await makeGrant(vault, account, fields)
  await applyControl(vault, made.entry)
  return made
}

/** The same, not applied. */
export async function makeGrant(vault: TestVault, account: TestAccount, fields: GrantFields): Promise<TestGrant> {
  const id = randomBytes(16)
  const audit = newKey(vault, randomBytes(16), 1)
  const keys = fields.streams.flatMap(({ stream }) =>
    [...(vault.keys.get(idText(stream)) ?? [])].map(([epoch, key]) => ({ stream, epoch, key })),
  )
  const streams = [
    ...fields.streams.map(({ stream, rights, from }) => ({ stream, rights: rights & ALL_RIGHTS, from: from ?? 0 })),
    { stream: audit.stream, rights: READ | APPEND, from: 0 },
  ]
  const { notAfter, notBefore = 0 } = fields
  const parts = [
    makeTestPart({
      vault: vault.id,
      recipient: account,
      grant: id,
      keys: [...keys, audit],
      streams,
      notBefore,
      notAfter,
    }),
    makeTestPart({ vault: vault.id, recipient: vault.owner, keys: [audit] }),
  ]
  const entry = await signControlEntry(
    vault,
    {
      type: 'grant',
      grant: id,
      streams: [{ stream: audit.stream, appendOnly: true, sealedName: randomBytes(88) }],
      epochs: published([audit]),
    },
    parts,
  )
  return { id, account, audit: audit.stream, streams: streams.map(({ stream }) => stream), entry }
}

/** The last position of each stream that the signer saw; where it saw none, the start. */
function pinsOf(vault: TestVault, streams: Uint8Array[], seen: Cut['streams']): Cut['streams'] {
  return streams.map((stream) => {
    const known = seen.find((each) => idText(each.stream) === idText(stream))
    return known ?? { stream, n: 0, h: streamStart(vault.id, stream) }
  })
}

/** Ends a grant: new epochs of its streams, a part for the owner and one for each grant in `remaining`; applied to the vault. */
export async function addCut(
  vault: TestVault,
  grant: TestGrant,
  remaining: TestGrant[] = [],
  seen: Cut['streams'] = [],
): Promise<ControlEntry> {
  const pins = pinsOf(vault, grant.streams, seen)
  const fresh = grant.streams.map((stream) => newKey(vault, stream, vault.state.streams.get(idText(stream))!.epoch + 1))
  const parts = [makeTestPart({ vault: vault.id, recipient: vault.owner, keys: fresh })]
  for (const other of remaining) {
    const theirs = fresh.filter(({ stream }) => other.streams.some((each) => idText(each) === idText(stream)))
    parts.push(makeTestPart({ vault: vault.id, recipient: other.account, grant: other.id, keys: theirs }))
  }
  const cut: Cut = { grant: grant.id, account: null, device: null, reason: 'revoked', streams: pins }
  const entry = await signControlEntry(vault, { type: 'cut', epochs: published(fresh), cut }, parts)
  await applyControl(vault, entry)
  return entry
}

/** Cuts a device of the owner: new epochs of every stream. */
export async function addDeviceCut(
  vault: TestVault,
  device: Uint8Array,
  seen: Cut['streams'] = [],
): Promise<ControlEntry> {
  const pins = pinsOf(
    vault,
    [...vault.state.streams.values()].map(({ id }) => id),
    seen,
  )
  const fresh = [...vault.state.streams.values()].map(({ id, epoch }) => newKey(vault, id, epoch + 1))
  const cut: Cut = { grant: null, account: vault.owner.id, device, reason: 'device-removed', streams: pins }
  const parts = [makeTestPart({ vault: vault.id, recipient: vault.owner, keys: fresh })]
  const entry = await signControlEntry(vault, { type: 'cut', epochs: published(fresh), cut }, parts)
  await applyControl(vault, entry)
  return entry
}

/** New epochs of streams without anybody's end. */
export async function addEpochs(vault: TestVault, streams: Uint8Array[]): Promise<ControlEntry> {
  const fresh = streams.map((stream) => newKey(vault, stream, vault.state.streams.get(idText(stream))!.epoch + 1))
  const parts = [makeTestPart({ vault: vault.id, recipient: vault.owner, keys: fresh })]
  const entry = await signControlEntry(vault, { type: 'epoch', epochs: published(fresh) }, parts)
  await applyControl(vault, entry)
  return entry
}

/** A device that writes into one stream: keeps its sequence as a device does. */
/** A2: gives the vault its access log: a stream whose box key has this secret of 32 bytes. */
export async function addAccessLog(vault: TestVault, secret: Uint8Array): Promise<ControlEntry> {
  const stream = accessLogId(vault.id)
  const part = makeTestPart({ vault: vault.id, recipient: vault.owner, keys: [{ stream, epoch: 1, key: secret }] })
  const { publicKey } = boxKeyPairFromSecretKey(secret)
  const streams = [{ stream, appendOnly: true, sealedName: randomBytes(60) }]
  const epochs = [{ stream, epoch: 1, keyId: publicKey }]
  const entry = await signControlEntry(vault, { type: 'stream', streams, epochs }, [part])
  await applyControl(vault, entry)
  return entry
}

export interface Writer {
  vault: TestVault
  account: TestAccount
  device: TestDevice
  stream: Uint8Array
  seq: number
  previous: Uint8Array
  voids: number
}

export function createWriter(
  vault: TestVault,
  account: TestAccount,
  stream: Uint8Array,
  device = account.device,
): Writer {
  return { vault, account, device, stream, seq: 0, previous: ZERO_HASH, voids: 0 }
}

export interface Draft {
  text?: string
  doc?: Uint8Array
  parent?: Uint8Array
  merged?: Uint8Array[]
  deleted?: boolean
  epoch?: number
  control?: Head
  accountLog?: Head
  streamHead?: Head
  /** Header fields taken as they are, for refusals. */
  header?: Partial<Header>
  bytes?: Uint8Array
}

export interface SealedDraft extends Envelope {
  hash: Uint8Array
  doc: Uint8Array
}

/** Seals drafts in order under one batch signature, and moves the writer on. */
export async function sealDrafts(writer: Writer, drafts: Draft[]): Promise<SealedDraft[]> {
  const { vault, account, device, stream } = writer
  const sealed: Omit<SealedDraft, 'proof'>[] = []
  for (const draft of drafts) {
    const epoch = draft.epoch ?? vault.state.streams.get(idText(stream))!.epoch
    const padded = draft.bytes ?? pad(utf8ToBytes(draft.text ?? '{"resourceType":"Observation"}'))
    const header: Header = {
      vault: vault.id,
      stream,
      doc: draft.doc ?? randomBytes(16),
      revision: randomBytes(16),
      parent: draft.parent ?? ZERO_HASH,
      merged: draft.merged ?? [],
      epoch,
      account: account.id,
      device: device.id,
      deviceSeq: writer.seq + 1,
      devicePrevious: writer.previous,
      control: draft.control ?? controlHead(vault.state),
      accountLog: draft.accountLog ?? accountHead(account.state),
      streamHead: draft.streamHead ?? { n: 0, h: streamStart(vault.id, stream) },
      voids: writer.voids,
      deleted: draft.deleted ?? false,
      paddedLength: padded.length,
      ...draft.header,
    }
    const encoded = encodeHeader(header)
    const body = sealBody(vault.keys.get(idText(stream))!.get(epoch)!, encoded, padded, randomBytes(24))
    const hash = envelopeHashOf(encoded, sha256(body))
    sealed.push({ header: encoded, body, hash, doc: header.doc })
    writer.seq = header.deviceSeq
    writer.previous = hash
    writer.voids = 0
  }
  const author = { vault: vault.id, account: account.id, device: device.id }
  const proofs = await signBatch(
    sealed.map(({ hash }) => hash),
    author,
    (message) => sign(device.signing, message),
  )
  return sealed.map((each, index) => ({ ...each, proof: proofs[index]! }))
}

/** What travels of a sealed draft. */
export function envelopesOf(drafts: SealedDraft[]): Envelope[] {
  return drafts.map(({ header, body, proof }) => ({ header, body, proof }))
}
