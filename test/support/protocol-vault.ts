/** A vault's control log for protocol tests: entries as an owner's device writes them, and the means to write them wrong. */
import { pad, seal, sealToPublicKey, sign } from '@chartkeep/crypto'
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import { APPEND, encodeMessage, idText, READ, type Head } from '@chartkeep/protocol'
import { accountHead, newestBoxKey, newestRoleKey, type Role } from '@chartkeep/protocol/account'
import {
  applyControlEntry,
  controlHead,
  keyIdOf,
  makePart,
  partHash,
  wrapContext,
  type AccountLookup,
  type ControlBody,
  type ControlEntry,
  type ControlPart,
  type ControlState,
  type Cut,
  type PartOpen,
  type WrapContent,
} from '@chartkeep/protocol/control'
import { entryMessage } from '@chartkeep/protocol/signed'
import { emptyStream, streamHead } from '@chartkeep/protocol/streams'
import { accepted, type Device, type Person } from './protocol-people.ts'

export interface Vault {
  id: Uint8Array
  owner: Person
  /** Its other owners: every entry with new epochs holds a part for each. */
  others: Person[]
  people: Person[]
  /** Collections in the order of creation; audit logs of grants are not among them. */
  streams: Uint8Array[]
  /** CK of epoch e at index e - 1, by stream. */
  keys: Map<string, Uint8Array[]>
  entries: ControlEntry[]
  state: ControlState
  time: number
}

export type BodyFields = Partial<ControlBody> & Pick<ControlBody, 'type'>

/** The lookup of a reader who has verified the logs of all these people. */
export function lookupOf(...people: Person[]): AccountLookup {
  return (account) => people.find(({ state }) => Buffer.from(state.account).equals(account))?.state ?? null
}

/** A body over the vault's head, signed by its owner's device unless the fields say otherwise. */
export function controlBody(vault: Vault, fields: BodyFields, parts: readonly ControlPart[] = []): ControlBody {
  const { owner } = vault
  const head = controlHead(vault.state)
  return {
    v: 1,
    vault: vault.id,
    n: head.n + 1,
    prev: head.h,
    time: vault.time,
    account: owner.state.account,
    device: owner.device.id,
    accountLog: accountHead(owner.state),
    streams: [],
    epochs: [],
    grant: null,
    cut: null,
    parts: parts.map(partHash),
    ...fields,
  }
}

export async function signControlBody(
  body: ControlBody,
  signer: Device,
  parts: ControlPart[] = [],
): Promise<ControlEntry> {
  const encoded = encodeMessage(body)
  return { body: encoded, signature: await sign(signer.signing, entryMessage('control-entry', encoded)), parts }
}

export interface KeyOf {
  stream: Uint8Array
  epoch: number
  key: Uint8Array
  name: string
}

export interface PartFields {
  vault: Uint8Array
  recipient: Person
  grant?: Uint8Array | null
  /** C12: the role of a practice that it is for; a practice that owns the vault gets its own parts as `admin`. */
  role?: Role
  streams?: PartOpen['streams']
  notBefore?: number
  notAfter?: number
  keys: KeyOf[]
  docSecret?: Uint8Array | null
  label?: Uint8Array
}

/** The key that a part is wrapped to. */
function keyFor({ recipient: { state }, grant = null, role }: PartFields) {
  const own = role ?? (grant === null && state.practice !== null ? ('admin' as const) : undefined)
  return own === undefined ? { key: newestBoxKey(state) } : { key: newestRoleKey(state, own)!, role: own }
}

export function partOpen(fields: PartFields): PartOpen {
  const { state, random } = fields.recipient
  const { key, ...ofRole } = keyFor(fields)
  return {
    ...ofRole,
    salt: random(16),
    recipient: state.account,
    generation: key.generation,
    accountLog: accountHead(state),
    grant: fields.grant ?? null,
    streams: fields.streams ?? [],
    notBefore: fields.notBefore ?? 0,
    notAfter: fields.notAfter ?? 0,
  }
}

function wrapContent(fields: PartFields): WrapContent {
  const { vault, recipient, keys, grant } = fields
  return {
    context: wrapContext(vault, keys, recipient.state.account, grant ?? null),
    keys,
    docSecret: fields.docSecret ?? null,
    label: fields.label ?? new Uint8Array(),
  }
}

export function createPart(fields: PartFields, open: PartOpen = partOpen(fields)): ControlPart {
  const { random } = fields.recipient
  const wrap = sealToPublicKey(keyFor(fields).key.public, pad(encodeMessage(wrapContent(fields))), random)
  return makePart(encodeMessage(open), wrap)
}

export function epochOf({ stream, epoch, key }: KeyOf) {
  return { stream, epoch, keyId: keyIdOf(key, stream, epoch) }
}

export function streamOf({ stream, key }: KeyOf, owner: Person, appendOnly = false) {
  return { stream, appendOnly, sealedName: seal(utf8ToBytes('labs'), key, owner.random) }
}

function remember(vault: Vault, keys: KeyOf[]): void {
  for (const { stream, key } of keys) vault.keys.set(idText(stream), [...(vault.keys.get(idText(stream)) ?? []), key])
}

/** Applies an entry that must hold. */
export async function extendVault(vault: Vault, entry: ControlEntry, keys: KeyOf[] = []): Promise<void> {
  vault.state = accepted(await applyControlEntry(vault.state, entry, lookupOf(vault.owner, ...vault.people)))
  vault.entries.push(entry)
  vault.time += 1000
  remember(vault, keys)
}

/** A vault with `count` collections; the last is append-only when `withAudit`. */
export async function createVault(owner: Person, count = 2, withAudit = false): Promise<Vault> {
  const { random } = owner
  const id = random(16)
  const time = 1_800_000_000_000
  const fresh = Array.from({ length: count }, (_, i) => ({
    stream: random(16),
    epoch: 1,
    key: random(32),
    name: `collection-${i}`,
  }))
  const part = createPart({ vault: id, recipient: owner, keys: fresh, docSecret: random(32) })
  const head: Head = controlHead(null)
  const body: ControlBody = {
    v: 1,
    vault: id,
    n: 1,
    prev: head.h,
    type: 'vault',
    time,
    account: owner.state.account,
    device: owner.device.id,
    accountLog: accountHead(owner.state),
    streams: fresh.map((key, i) => streamOf(key, owner, withAudit && i === count - 1)),
    epochs: fresh.map(epochOf),
    grant: null,
    cut: null,
    parts: [partHash(part)],
  }
  const entry = await signControlBody(body, owner.device, [part])
  const state = accepted(await applyControlEntry(null, entry, lookupOf(owner)))
  const streams = fresh.map(({ stream }) => stream)
  const vault: Vault = {
    id,
    owner,
    others: [],
    people: [],
    streams,
    keys: new Map(),
    entries: [entry],
    state,
    time: time + 1000,
  }
  remember(vault, fresh)
  return vault
}

/** A part with these keys for each owner but `without`. */
export function ownerParts(vault: Vault, keys: KeyOf[], without: Person | null = null): ControlPart[] {
  const owners = [vault.owner, ...vault.others].filter((person) => person !== without)
  return owners.map((recipient) => createPart({ vault: vault.id, recipient, keys }))
}

/** Signs what `signer` writes over the vault's head. */
export function signAs(vault: Vault, signer: Person, fields: BodyFields, parts: ControlPart[] = []) {
  const place = { account: signer.state.account, device: signer.device.id, accountLog: accountHead(signer.state) }
  return signControlBody(controlBody(vault, { ...place, ...fields }, parts), signer.device, parts)
}

/** The body and parts that make `person` an owner, with every key of the vault. */
export function addedParts(vault: Vault, person: Person, role: 'holder' | 'manager') {
  const keys = [...vault.keys].flatMap(([id, all]) =>
    all.map((key, i) => ({ stream: vault.state.streams.get(id)!.id, epoch: i + 1, key, name: 'labs' })),
  )
  const part = createPart({ vault: vault.id, recipient: person, keys, docSecret: vault.owner.random(32) })
  const accountLog = accountHead(person.state)
  const member = { op: 'add', account: person.state.account, role, accountLog } as const
  return { body: { type: 'manager', member } satisfies BodyFields, parts: [part] }
}

export async function addOwner(
  vault: Vault,
  person: Person,
  role: 'holder' | 'manager',
  by: Person = vault.owner,
): Promise<void> {
  const { body, parts } = addedParts(vault, person, role)
  if (!vault.people.includes(person)) vault.people.push(person)
  await extendVault(vault, await signAs(vault, by, body, parts))
  if (!vault.others.includes(person)) vault.others.push(person)
}

/** All keys of a stream, as a grant brings them. */
export function keysOf(vault: Vault, stream: Uint8Array): KeyOf[] {
  return (vault.keys.get(idText(stream)) ?? []).map((key, i) => ({ stream, epoch: i + 1, key, name: 'labs' }))
}

export interface GrantFields {
  grantee: Person
  role?: Role
  scopes: { stream: Uint8Array; rights: number }[]
  notBefore?: number
  notAfter?: number
  grant?: Uint8Array
}

/** The parts and body of a grant that holds; `open` and the body may be changed before they are sealed and signed. */
export function grantParts(vault: Vault, fields: GrantFields, change: (open: PartOpen) => PartOpen = (open) => open) {
  const { random } = vault.owner
  const grant = fields.grant ?? random(16)
  const audit: KeyOf = { stream: random(16), epoch: 1, key: random(32), name: 'audit' }
  const granted = fields.scopes.flatMap(({ stream }) => keysOf(vault, stream))
  const forGrantee: PartFields = {
    vault: vault.id,
    recipient: fields.grantee,
    grant,
    ...(fields.role && { role: fields.role }),
    streams: [
      ...fields.scopes.map((scope) => ({ ...scope, from: 0 })),
      { stream: audit.stream, rights: READ | APPEND, from: 0 },
    ],
    notBefore: fields.notBefore ?? vault.time,
    notAfter: fields.notAfter ?? vault.time + 3_600_000,
    keys: [...granted, audit],
  }
  const granteePart = createPart(forGrantee, change(partOpen(forGrantee)))
  const parts = [granteePart, ...ownerParts(vault, [audit])]
  const body: BodyFields = {
    type: 'grant',
    grant,
    streams: [streamOf(audit, vault.owner, true)],
    epochs: [epochOf(audit)],
  }
  return { grant, audit, body, parts }
}

export async function makeGrant(vault: Vault, fields: GrantFields) {
  const { grant, audit, body, parts } = grantParts(vault, fields)
  const entry = await signControlBody(controlBody(vault, body, parts), vault.owner.device, parts)
  if (!vault.people.includes(fields.grantee)) vault.people.push(fields.grantee)
  await extendVault(vault, entry, [audit])
  return { grant, audit: audit.stream, entry }
}

/** New epochs of the streams, with a part for the owner. */
export function freshEpochs(vault: Vault, streams: readonly Uint8Array[]): KeyOf[] {
  return streams.map((stream) => {
    const { epoch } = vault.state.streams.get(idText(stream))!
    return { stream, epoch: epoch + 1, key: vault.owner.random(32), name: 'labs' }
  })
}

/** The body and parts of a cut; `heads` are the positions up to which the one cut off counts (default: all streams empty). */
export function cutParts(
  vault: Vault,
  cut: Partial<Cut>,
  renew: readonly Uint8Array[],
  heads: Map<string, Head> = new Map(),
) {
  const keys = freshEpochs(vault, renew)
  const parts = ownerParts(vault, keys)
  const pins = renew.map((stream) => {
    const { n, h } = heads.get(idText(stream)) ?? streamHead(emptyStream(vault.id, stream))
    return { stream, n, h }
  })
  const whole: Cut = { grant: null, account: null, device: null, reason: 'revoked', streams: pins, ...cut }
  const body: BodyFields = { type: 'cut', epochs: keys.map(epochOf), cut: whole }
  return { body, parts, keys }
}

export function grantedStreams(vault: Vault, grant: Uint8Array): Uint8Array[] {
  const { streams } = vault.state.grants.get(idText(grant))!
  return [...streams.keys()].map((id) => vault.state.streams.get(id)!.id)
}

/** Revokes a grant; a part for each person in `keep` ({ person, grant }) brings what remains theirs. */
export async function cutGrant(
  vault: Vault,
  grant: Uint8Array,
  heads: Map<string, Head> = new Map(),
  keep: { person: Person; role?: Role; grant: Uint8Array }[] = [],
): Promise<void> {
  const { body, parts, keys } = cutParts(vault, { grant }, grantedStreams(vault, grant), heads)
  for (const { person, role, grant: kept } of keep) {
    const theirs = keys.filter(({ stream }) => vault.state.grants.get(idText(kept))!.streams.has(idText(stream)))
    parts.push(createPart({ vault: vault.id, recipient: person, grant: kept, ...(role && { role }), keys: theirs }))
  }
  await extendVault(vault, await signControlBody(controlBody(vault, body, parts), vault.owner.device, parts), keys)
}

/** The entry as a server shows it to somebody who may see only some halves. */
export function withhold(
  entry: ControlEntry,
  which: (index: number) => { open?: boolean; wrap?: boolean },
): ControlEntry {
  const parts = entry.parts.map((part, index) => {
    const { open = false, wrap = false } = which(index)
    return { ...part, open: open ? null : part.open, wrap: wrap ? null : part.wrap }
  })
  return { ...entry, parts }
}
