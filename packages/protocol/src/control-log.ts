/**
 * The control log of a vault (C1, C2, C4, C8): the only source of membership, consent and keys. One reader for the server, for owners
 * (who see every part) and for grantees (who see the public bodies and their own parts).
 *
 * Each entry is a signed public body that holds the hashes of its restricted parts. A part has two halves, hashed apart:
 * `open` (grantee, rights, window: shown to the server, to owners, to its grantee and, where it can write, to co-readers of the
 * same streams, decision 0003) and `wrap` (keys, names and purpose, boxed to the recipient's EK).
 */
import { equalBytes, uint32ToBytes } from '@chartkeep/crypto/encoding'
import { sha256, taggedHash } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { deviceLiveAt, hasAccountHead, type AccountState, type Refused } from './account-log.ts'
import { idText, ZERO_HASH, type Head } from './ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_PARTS, MAX_STREAMS_PER_ENTRY } from './limits.ts'
import { ALL_RIGHTS } from './rights.ts'
import { bool, bytes, decodeAs, list, nullable, record, text, uint, word, type TypeOf } from './shape.ts'
import { entryHash, entryMessage } from './signed-entry.ts'

const HeadShape = record({ n: uint(), h: bytes(HASH_LENGTH) })

/** All types of C2. `manager`, `accept`, `server` and `restart` keep their names; readers refuse them until their issue brings them. */
export const CONTROL_TYPES = [
  'vault',
  'stream',
  'grant',
  'cut',
  'epoch',
  'manager',
  'accept',
  'server',
  'restart',
] as const
export type ControlType = (typeof CONTROL_TYPES)[number]

export const CutShape = record({
  /** The grant that ends, or null when an account's device is cut. */
  grant: nullable(bytes(ID_LENGTH)),
  account: nullable(bytes(ID_LENGTH)),
  device: nullable(bytes(ID_LENGTH)),
  reason: word('revoked', 'expired', 'device-removed', 'member-removed'),
  /** Per stream that the one cut off could write, the last (n, h) that the signer verified; what lies beyond does not count. */
  streams: list(record({ stream: bytes(ID_LENGTH), n: uint(), h: bytes(HASH_LENGTH) }), MAX_STREAMS_PER_ENTRY),
})
export type Cut = TypeOf<typeof CutShape>

export const NewStream = record({ stream: bytes(ID_LENGTH), appendOnly: bool, sealedName: bytes({ max: 256 }) })
export const NewEpoch = record({ stream: bytes(ID_LENGTH), epoch: uint(0xffffffff), keyId: bytes(HASH_LENGTH) })
export type NewStream = TypeOf<typeof NewStream>
export type NewEpoch = TypeOf<typeof NewEpoch>

export const ControlBody = record({
  v: uint(1),
  vault: bytes(ID_LENGTH),
  n: uint(),
  prev: bytes(HASH_LENGTH),
  type: word(...CONTROL_TYPES),
  /** Claimed by the signer, milliseconds since 1970: for display, never for order. */
  time: uint(),
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  accountLog: HeadShape,
  streams: list(NewStream, MAX_STREAMS_PER_ENTRY),
  epochs: list(NewEpoch, MAX_STREAMS_PER_ENTRY),
  /** The grant that this entry makes, null otherwise. */
  grant: nullable(bytes(ID_LENGTH)),
  cut: nullable(CutShape),
  parts: list(bytes(HASH_LENGTH), MAX_PARTS),
})
export type ControlBody = TypeOf<typeof ControlBody>

/** The `open` half of a part. */
export const PartOpen = record({
  salt: bytes(ID_LENGTH),
  recipient: bytes(ID_LENGTH),
  /** The recipient's EK generation and account-log head at sealing. */
  generation: uint(0xffffffff),
  accountLog: HeadShape,
  /** The grant that this part serves; null for owners. */
  grant: nullable(bytes(ID_LENGTH)),
  /** What the grant covers; empty in parts that only bring new keys. `from`: 0 = all history, else the first stream number readable. */
  streams: list(record({ stream: bytes(ID_LENGTH), rights: uint(15), from: uint() }), MAX_STREAMS_PER_ENTRY),
  notBefore: uint(),
  /** 0 for parts that bring no grant. */
  notAfter: uint(),
})
export type PartOpen = TypeOf<typeof PartOpen>

/** A part as it travels; null halves are withheld from this reader and stand by their hash. */
export const ControlPart = record({
  open: nullable(bytes({ max: 65536 })),
  openHash: bytes(HASH_LENGTH),
  wrap: nullable(bytes({ max: 262144 })),
  wrapHash: bytes(HASH_LENGTH),
})
export type ControlPart = TypeOf<typeof ControlPart>

export const ControlEntry = record({
  body: bytes({ max: 262144 }),
  signature: bytes(64),
  parts: list(ControlPart, MAX_PARTS),
})
export type ControlEntry = TypeOf<typeof ControlEntry>

/** The plaintext of a wrap, before padding (K9). */
export const WrapContent = record({
  /** {@link wrapContext}: what the keys may be used for. */
  context: bytes(HASH_LENGTH),
  keys: list(
    record({ stream: bytes(ID_LENGTH), epoch: uint(0xffffffff), key: bytes(32), name: text(64) }),
    MAX_STREAMS_PER_ENTRY * 8,
  ),
  /** The vault's document-id secret (E1), for owners; null for grantees. */
  docSecret: nullable(bytes(32)),
  /** Sealed part of C1: UTF-8 JSON with purpose and the names that the patient chooses to show. */
  label: bytes({ max: 4096 }),
})
export type WrapContent = TypeOf<typeof WrapContent>

export function partHash(part: { openHash: Uint8Array; wrapHash: Uint8Array }): Uint8Array {
  return taggedHash('control-part', part.openHash, part.wrapHash)
}

export function makePart(open: Uint8Array, wrap: Uint8Array): ControlPart {
  return { open, openHash: sha256(open), wrap, wrapHash: sha256(wrap) }
}

/** K9: `SHA-256("chartkeep/key-id/v1" || CK || streamId || epoch (u32))`. */
export function keyIdOf(contentKey: Uint8Array, stream: Uint8Array, epoch: number): Uint8Array {
  return taggedHash('key-id', contentKey, stream, uint32ToBytes(epoch))
}

/** K9: binds a wrap to its vault, its keys' streams and epochs, its recipient and its grant. */
export function wrapContext(
  vault: Uint8Array,
  keys: readonly { stream: Uint8Array; epoch: number }[],
  recipient: Uint8Array,
  grant: Uint8Array | null,
): Uint8Array {
  return taggedHash(
    'wrap-context',
    vault,
    uint32ToBytes(keys.length),
    ...keys.flatMap((key) => [key.stream, uint32ToBytes(key.epoch)]),
    recipient,
    grant ?? new Uint8Array(ID_LENGTH),
  )
}

export interface ControlStream {
  id: Uint8Array
  appendOnly: boolean
  sealedName: Uint8Array
  createdAt: number
  epoch: number
  keyIds: Map<number, Uint8Array>
  /** The grant whose audit log this is, null for all other streams. */
  auditOf: string | null
}

export interface Grant {
  id: Uint8Array
  /** Position of its entry. */
  at: number
  time: number
  /** Null when this reader may not see who it is. */
  account: Uint8Array | null
  streams: Map<string, { rights: number; from: number }>
  notBefore: number
  notAfter: number
  cut: (Cut & { at: number; time: number }) | null
}

export interface ReceivedPart {
  at: number
  open: PartOpen
  wrap: Uint8Array
}

/** What a control log says after `n` entries, to this reader. */
export interface ControlState {
  vault: Uint8Array
  n: number
  h: Uint8Array
  hashes: Uint8Array[]
  holders: Set<string>
  streams: Map<string, ControlStream>
  grants: Map<string, Grant>
  deviceCuts: (Cut & { at: number })[]
  /** Parts whose two halves this reader got, in order. */
  received: ReceivedPart[]
  /** Newest account-log position named by each signer's account: an entry may not name an older one. */
  signerHeads: Map<string, number>
}

export type ControlRefusal =
  | 'malformed'
  | 'not-next'
  | 'wrong-vault'
  | 'type-not-supported'
  | 'unknown-account'
  | 'not-an-owner'
  | 'signer-not-live'
  | 'account-head'
  | 'bad-signature'
  | 'bad-parts'
  | 'bad-streams'
  | 'bad-epochs'
  | 'bad-grant'
  | 'bad-cut'

function refused(reason: ControlRefusal): Refused<ControlRefusal> {
  return { type: 'refused', reason }
}

export function controlHead(state: ControlState | null): Head {
  return state === null ? { n: 0, h: ZERO_HASH } : { n: state.n, h: state.h }
}

export function hasControlHead(state: ControlState, head: Head): boolean {
  const known = head.n > 0 ? state.hashes[head.n - 1] : undefined
  return known !== undefined && equalBytes(known, head.h)
}

export function isOwner(state: ControlState, account: Uint8Array): boolean {
  return state.holders.has(idText(account))
}

/** Looks up a verified account; null when this reader has not verified its log (yet). */
export type AccountLookup = (account: Uint8Array) => AccountState | null

function readParts(entry: ControlEntry, body: ControlBody): (PartOpen | null)[] | null {
  if (entry.parts.length !== body.parts.length) return null
  const opens: (PartOpen | null)[] = []
  for (const [index, part] of entry.parts.entries()) {
    if (part.open !== null && !equalBytes(sha256(part.open), part.openHash)) return null
    if (part.wrap !== null && !equalBytes(sha256(part.wrap), part.wrapHash)) return null
    if (!equalBytes(partHash(part), body.parts[index]!)) return null
    const open = part.open === null ? null : decodeAs(PartOpen, part.open)
    if (part.open !== null && open === null) return null
    opens.push(open)
  }
  return opens
}

/**
 * Applies the next entry and answers the new state; the given state is not changed.
 * Checks: chain, signer (a live device of an owner at the account-log head it names, not cut), signature over the body, parts that
 * hash into the body, and what the type demands. Parts withheld from this reader are not an error.
 */
export async function applyControlEntry(
  state: ControlState | null,
  entry: ControlEntry,
  accounts: AccountLookup,
): Promise<ControlState | Refused<ControlRefusal>> {
  const body = decodeAs(ControlBody, entry.body)
  if (body === null || body.v !== 1) return refused('malformed')
  const head = controlHead(state)
  if (body.n !== head.n + 1 || !equalBytes(body.prev, head.h)) return refused('not-next')
  if (state !== null && !equalBytes(state.vault, body.vault)) return refused('wrong-vault')
  if ((state === null) !== (body.type === 'vault')) return refused('not-next')

  const signer = idText(body.account)
  const account = accounts(body.account)
  if (account === null) return refused('unknown-account')
  if (state !== null && !state.holders.has(signer)) return refused('not-an-owner')
  if (!hasAccountHead(account, body.accountLog)) return refused('account-head')
  if (state !== null && (state.signerHeads.get(signer) ?? 0) > body.accountLog.n) return refused('account-head')
  const device = deviceLiveAt(account, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return refused('signer-not-live')
  if (state?.deviceCuts.some((cut) => cut.device !== null && equalBytes(cut.device, body.device)))
    return refused('signer-not-live')
  if (!(await verify(device.sign, entryMessage('control-entry', entry.body), entry.signature)))
    return refused('bad-signature')

  const opens = readParts(entry, body)
  if (opens === null) return refused('bad-parts')

  const h = entryHash('control-entry', entry.body)
  const next: ControlState =
    state === null
      ? {
          vault: body.vault,
          n: 0,
          h,
          hashes: [],
          holders: new Set([signer]),
          streams: new Map(),
          grants: new Map(),
          deviceCuts: [],
          received: [],
          signerHeads: new Map(),
        }
      : {
          ...state,
          streams: new Map(state.streams),
          grants: new Map(state.grants),
          deviceCuts: [...state.deviceCuts],
          received: [...state.received],
          signerHeads: new Map(state.signerHeads),
        }
  next.n = body.n
  next.h = h
  next.hashes = [...(state?.hashes ?? []), h]
  next.signerHeads.set(signer, body.accountLog.n)

  const grantText = body.grant === null ? null : idText(body.grant)
  for (const { stream, appendOnly, sealedName } of body.streams) {
    const id = idText(stream)
    if (next.streams.has(id)) return refused('bad-streams')
    const auditOf = body.type === 'grant' && appendOnly ? grantText : null
    next.streams.set(id, {
      id: stream,
      appendOnly,
      sealedName,
      createdAt: body.n,
      epoch: 0,
      keyIds: new Map(),
      auditOf,
    })
  }
  for (const { stream, epoch, keyId } of body.epochs) {
    const known = next.streams.get(idText(stream))
    if (known === undefined || epoch !== known.epoch + 1) return refused('bad-epochs')
    next.streams.set(idText(stream), { ...known, epoch, keyIds: new Map(known.keyIds).set(epoch, keyId) })
  }
  if ([...next.streams.values()].some((stream) => stream.epoch === 0)) return refused('bad-epochs')

  for (const [index, open] of opens.entries()) {
    const wrap = entry.parts[index]!.wrap
    if (open === null) continue
    if (open.streams.some(({ stream }) => !next.streams.has(idText(stream)))) return refused('bad-parts')
    if (wrap !== null) next.received.push({ at: body.n, open, wrap })
  }

  switch (body.type) {
    case 'vault':
    case 'stream':
    case 'epoch':
      if (body.grant !== null || body.cut !== null) return refused('malformed')
      if (body.type === 'stream' ? body.streams.length === 0 : body.streams.length > 0 && body.type === 'epoch')
        return refused('bad-streams')
      return next
    case 'grant':
      return withGrant(next, body, opens)
    case 'cut':
      return withCut(next, body)
    default:
      return refused('type-not-supported')
  }
}

function withGrant(
  next: ControlState,
  body: ControlBody,
  opens: (PartOpen | null)[],
): ControlState | Refused<ControlRefusal> {
  if (body.grant === null || body.cut !== null || body.parts.length === 0) return refused('bad-grant')
  const id = idText(body.grant)
  if (next.grants.has(id)) return refused('bad-grant')
  const open = opens.find((part) => part !== null && part.grant !== null && equalBytes(part.grant, body.grant!)) ?? null
  if (open !== null) {
    const rightsBeyond = open.streams.some(({ rights }) => rights === 0 || (rights & ~ALL_RIGHTS) !== 0)
    if (rightsBeyond || open.streams.length === 0 || open.notAfter <= open.notBefore) return refused('bad-grant')
    if (isOwner(next, open.recipient)) return refused('bad-grant')
  }
  next.grants.set(id, {
    id: body.grant,
    at: body.n,
    time: body.time,
    account: open?.recipient ?? null,
    streams: new Map((open?.streams ?? []).map(({ stream, rights, from }) => [idText(stream), { rights, from }])),
    notBefore: open?.notBefore ?? 0,
    notAfter: open?.notAfter ?? 0,
    cut: null,
  })
  return next
}

function withCut(next: ControlState, body: ControlBody): ControlState | Refused<ControlRefusal> {
  const cut = body.cut
  if (cut === null || body.grant !== null) return refused('bad-cut')
  const ofDevice = cut.device !== null && cut.account !== null && cut.grant === null
  const ofGrant = cut.grant !== null && cut.device === null && cut.account === null
  if (ofDevice === ofGrant) return refused('bad-cut')
  const covered = new Set(body.epochs.map(({ stream }) => idText(stream)))
  if (ofDevice) {
    // C4: new epochs of every stream whose key the device held: all of them for an owner's, its grants' for a grantee's.
    for (const stream of heldStreams(next, cut.account!)) if (!covered.has(stream)) return refused('bad-epochs')
    next.deviceCuts.push({ ...cut, at: body.n })
    return next
  }
  const id = idText(cut.grant!)
  const grant = next.grants.get(id)
  if (grant === undefined || grant.cut !== null) return refused('bad-cut')
  // C4: a new epoch of every stream whose key the one cut off held (its own audit log included).
  for (const stream of grant.streams.keys()) if (!covered.has(stream)) return refused('bad-epochs')
  next.grants.set(id, { ...grant, cut: { ...cut, at: body.n, time: body.time } })
  return next
}

/** The streams whose keys an account holds by this log: all for an owner, those of its uncut grants for a grantee. */
export function heldStreams(state: ControlState, account: Uint8Array): string[] {
  if (isOwner(state, account)) return [...state.streams.keys()]
  const own = [...state.grants.values()].filter(
    (grant) => grant.cut === null && grant.account !== null && equalBytes(grant.account, account),
  )
  return [...new Set(own.flatMap((grant) => [...grant.streams.keys()]))]
}

/** Reads entries that follow `state`; the first refusal ends it. */
export async function readControlLog(
  entries: Iterable<ControlEntry>,
  accounts: AccountLookup,
  state: ControlState | null = null,
): Promise<ControlState | null | Refused<ControlRefusal>> {
  let current = state
  for (const entry of entries) {
    const next = await applyControlEntry(current, entry, accounts)
    if ('type' in next) return next
    current = next
  }
  return current
}
