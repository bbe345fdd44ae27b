/**
 * The control log of a vault (C1, C2, C4, C8): the only source of membership, consent and keys. One reader for the server, for owners
 * (who see every part) and for grantees (who see the public bodies and their own parts). The shapes are in control-entry.ts.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { verify } from '@chartkeep/crypto/verify'
import { accessLogId } from './access-entry.ts'
import { deviceLiveAt, hasAccountHead, type AccountState, type Refused } from './account-log.ts'
import { canReceiveBoxes } from './box-key.ts'
import {
  ControlBody,
  hasOnlyItsFields,
  readParts,
  type ControlEntry,
  type Cut,
  type PartOpen,
} from './control-entry.ts'
import { idText, ZERO_HASH, type Head } from './ids.ts'
import { MAX_LIVE_GRANTS, MAX_STREAMS } from './limits.ts'
import { ALL_RIGHTS, WRITE_RIGHTS } from './rights.ts'
import { decodeAs } from './shape.ts'
import { entryHash, entryMessage } from './signed-entry.ts'

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
  /** C9: envelopes beyond a cut that count by an owner's decision: hash text to the position of the first `accept` that names it. */
  accepted: Map<string, number>
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
  | 'bad-accept'

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
  if (body === null || !hasOnlyItsFields(body)) return refused('malformed')
  const head = controlHead(state)
  if (body.n !== head.n + 1 || !equalBytes(body.prev, head.h)) return refused('not-next')
  if (state !== null && !equalBytes(state.vault, body.vault)) return refused('wrong-vault')
  if ((state === null) !== (body.type === 'vault')) return refused('not-next')

  const signer = idText(body.account)
  const account = accounts(body.account)
  if (account === null || !equalBytes(account.account, body.account)) return refused('unknown-account')
  if (state !== null && !state.holders.has(signer)) return refused('not-an-owner')
  if (!hasAccountHead(account, body.accountLog)) return refused('account-head')
  if (state !== null && (state.signerHeads.get(signer) ?? 0) > body.accountLog.n) return refused('account-head')
  const device = deviceLiveAt(account, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return refused('signer-not-live')
  if (state !== null && deviceCut(state, body) !== null) return refused('signer-not-live')
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
          accepted: new Map(),
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
  const access = idText(accessLogId(body.vault))
  for (const { stream, appendOnly, sealedName } of body.streams) {
    const id = idText(stream)
    if (next.streams.has(id)) return refused('bad-streams')
    // A2: the access log belongs to the vault, never to a grant.
    if (id === access && (!appendOnly || body.type === 'grant')) return refused('bad-streams')
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
    // Its key id is the public key that the server seals to.
    if (idText(stream) === access && !canReceiveBoxes(keyId)) return refused('bad-epochs')
    next.streams.set(idText(stream), { ...known, epoch, keyIds: new Map(known.keyIds).set(epoch, keyId) })
  }
  if ([...next.streams.values()].some((stream) => stream.epoch === 0)) return refused('bad-epochs')

  // A cut of an owner's device renews every stream in one entry: the log never comes into a state that no cut could end.
  if (next.streams.size > MAX_STREAMS) return refused('bad-streams')

  const applied = withBody(next, body, opens, accounts)
  return 'type' in applied ? applied : withParts(applied, entry, body, opens)
}

function withBody(
  next: ControlState,
  body: ControlBody,
  opens: (PartOpen | null)[],
  accounts: AccountLookup,
): ControlState | Refused<ControlRefusal> {
  switch (body.type) {
    case 'vault':
    case 'stream':
    case 'epoch':
      if (body.grant !== null || body.cut !== null) return refused('malformed')
      if (body.type === 'stream' && body.streams.length === 0) return refused('bad-streams')
      if (body.type === 'epoch' && body.streams.length > 0) return refused('bad-streams')
      if (body.type === 'epoch' && body.epochs.length === 0) return refused('bad-epochs')
      return next
    case 'grant':
      return withGrant(next, body, opens, accounts)
    case 'cut':
      return withCut(next, body, accounts)
    case 'accept':
      return withAccept(next, body)
    default:
      return refused('type-not-supported')
  }
}

/** A part serves an owner, or a grant that stands when the entry is in force, for that grant's account: nothing revives an ended grant. */
function withParts(
  next: ControlState,
  entry: ControlEntry,
  body: ControlBody,
  opens: (PartOpen | null)[],
): ControlState | Refused<ControlRefusal> {
  for (const [index, open] of opens.entries()) {
    if (open === null) continue
    const makesGrant = body.grant !== null && open.grant !== null && equalBytes(open.grant, body.grant)
    if (open.streams.length > 0 && !makesGrant) return refused('bad-parts')
    if (open.grant === null) {
      if (!isOwner(next, open.recipient)) return refused('bad-parts')
    } else {
      const grant = next.grants.get(idText(open.grant))
      if (grant === undefined || grant.cut !== null) return refused('bad-parts')
      if (grant.account !== null && !equalBytes(grant.account, open.recipient)) return refused('bad-parts')
    }
    const wrap = entry.parts[index]!.wrap
    if (wrap !== null) next.received.push({ at: body.n, open, wrap })
  }
  return next
}

function withGrant(
  next: ControlState,
  body: ControlBody,
  opens: (PartOpen | null)[],
  accounts: AccountLookup,
): ControlState | Refused<ControlRefusal> {
  if (body.grant === null || body.cut !== null || body.parts.length === 0) return refused('bad-grant')
  const id = idText(body.grant)
  if (next.grants.has(id)) return refused('bad-grant')
  if ([...next.grants.values()].filter((grant) => grant.cut === null).length >= MAX_LIVE_GRANTS)
    return refused('bad-grant')
  // A1: the grant's own audit log, and no other stream, comes with it.
  const audit = body.streams[0]
  if (audit === undefined || body.streams.length !== 1 || !audit.appendOnly) return refused('bad-streams')

  const own = opens.filter((part) => part !== null && part.grant !== null && equalBytes(part.grant, body.grant!))
  if (own.length > 1) return refused('bad-grant')
  const open = own[0] ?? null
  if (open !== null) {
    const refusal = openRefusal(next, id, open, accounts)
    if (refusal !== null) return refused(refusal)
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

/** C3: why the `open` half of a grant cannot stand, null when it can. */
function openRefusal(
  next: ControlState,
  grant: string,
  open: PartOpen,
  accounts: AccountLookup,
): ControlRefusal | null {
  if (isOwner(next, open.recipient)) return 'bad-grant'
  if (open.streams.length === 0 || open.notAfter <= open.notBefore) return 'bad-grant'
  const named = new Set<string>()
  for (const { stream, rights, from } of open.streams) {
    const id = idText(stream)
    const known = next.streams.get(id)
    if (known === undefined || named.has(id)) return 'bad-grant'
    named.add(id)
    if (rights === 0 || (rights & ~ALL_RIGHTS) !== 0) return 'bad-grant'
    // `from: now` keeps its bytes; a reader without it would show all history.
    if (from !== 0) return 'bad-grant'
    // A1: an audit log is read by its own grantee and the owners.
    if (known.auditOf !== null && known.auditOf !== grant) return 'bad-grant'
    if (id === idText(accessLogId(next.vault))) return 'bad-grant'
  }
  // P4: where this reader knows the grantee's log as well, it must be the one that the owner was shown.
  const grantee = accounts(open.recipient)
  const comparable = grantee !== null && equalBytes(grantee.account, open.recipient) && open.accountLog.n <= grantee.n
  return comparable && !hasAccountHead(grantee, open.accountLog) ? 'account-head' : null
}

function withCut(
  next: ControlState,
  body: ControlBody,
  accounts: AccountLookup,
): ControlState | Refused<ControlRefusal> {
  const { cut } = body
  if (cut === null || body.grant !== null || body.streams.length > 0) return refused('bad-cut')
  const pinned = new Set(cut.streams.map(({ stream }) => idText(stream)))
  if (pinned.size !== cut.streams.length || [...pinned].some((id) => !next.streams.has(id))) return refused('bad-cut')
  const covered = new Set(body.epochs.map(({ stream }) => idText(stream)))

  if (cut.grant === null) {
    if (cut.account === null || cut.device === null) return refused('bad-cut')
    const subject = { account: cut.account, device: cut.device }
    if (deviceCut(next, subject) !== null) return refused('bad-cut')
    if (isOwner(next, cut.account)) {
      // C2: nobody removes a holder but that holder; K5: the removal in the account log comes first.
      const own = equalBytes(cut.account, body.account) ? accounts(cut.account) : null
      const device = own?.devices.get(idText(cut.device))
      if (device === undefined || device.removedAt === null || device.removedAt > body.accountLog.n)
        return refused('bad-cut')
    }
    // C4: new epochs of every stream whose key the device held: all of them for an owner's, its grants' for a grantee's.
    const held = heldStreams(next, cut.account)
    if (held.some((id) => !covered.has(id))) return refused('bad-epochs')
    if (held.some((id) => couldWrite(next, cut.account!, id) && !pinned.has(id))) return refused('bad-cut')
    next.deviceCuts.push({ ...cut, at: body.n })
    return next
  }

  if (cut.account !== null || cut.device !== null) return refused('bad-cut')
  const id = idText(cut.grant)
  const grant = next.grants.get(id)
  if (grant === undefined || grant.cut !== null) return refused('bad-cut')
  // C4: a new epoch of every stream whose key the one cut off held (its own audit log included).
  for (const [stream, { rights }] of grant.streams) {
    if (!covered.has(stream)) return refused('bad-epochs')
    // A stream without a position would count nothing that the grantee ever wrote there.
    if ((rights & WRITE_RIGHTS) !== 0 && !pinned.has(stream)) return refused('bad-cut')
  }
  next.grants.set(id, { ...grant, cut: { ...cut, at: body.n, time: body.time } })
  return next
}

/** C9: the hashes are not looked up: an envelope may come to this reader after the entry that accepts it (Y4). */
function withAccept(next: ControlState, body: ControlBody): ControlState | Refused<ControlRefusal> {
  const named = body.accept?.envelopes ?? []
  if (body.grant !== null || body.cut !== null || body.streams.length + body.epochs.length + body.parts.length > 0)
    return refused('malformed')
  const hashes = new Set(named.map(({ hash }) => idText(hash)))
  if (hashes.size === 0 || hashes.size !== named.length) return refused('bad-accept')
  if (named.some(({ stream }) => !next.streams.has(idText(stream)))) return refused('bad-accept')
  const accepted = new Map(next.accepted)
  for (const hash of hashes) if (!accepted.has(hash)) accepted.set(hash, body.n)
  return { ...next, accepted }
}

/** A2: whether this stream of the log stands for the access log, which the server alone writes. */
export function isAccessLog(state: ControlState, stream: string): boolean {
  return stream === idText(accessLogId(state.vault))
}

/** The public key that access entries are sealed to now, with its epoch; null while the vault has none. */
export function accessLogKey(state: ControlState): { epoch: number; publicKey: Uint8Array } | null {
  const stream = state.streams.get(idText(accessLogId(state.vault)))
  const publicKey = stream?.keyIds.get(stream.epoch)
  return stream === undefined || publicKey === undefined ? null : { epoch: stream.epoch, publicKey }
}

/** Whether an account's uncut rights let it write a stream; an owner writes all but the audit logs of grants and the access log. */
function couldWrite(state: ControlState, account: Uint8Array, stream: string): boolean {
  if (isAccessLog(state, stream)) return false
  if (isOwner(state, account)) return state.streams.get(stream)?.auditOf === null
  return [...state.grants.values()].some(
    (grant) =>
      grant.cut === null &&
      grant.account !== null &&
      equalBytes(grant.account, account) &&
      ((grant.streams.get(stream)?.rights ?? 0) & WRITE_RIGHTS) !== 0,
  )
}

/** The cut of a device, null while it has none. A device belongs to its account: another account may publish the same keys as its own. */
export function deviceCut(
  state: ControlState,
  subject: { account: Uint8Array; device: Uint8Array },
): (Cut & { at: number }) | null {
  const isSubject = (cut: Cut) =>
    cut.account !== null &&
    cut.device !== null &&
    equalBytes(cut.account, subject.account) &&
    equalBytes(cut.device, subject.device)
  return state.deviceCuts.find(isSubject) ?? null
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
