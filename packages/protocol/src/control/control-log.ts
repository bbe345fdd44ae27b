/**
 * The control log of a vault (C1, C2, C4, C8): the only source of membership, consent and keys. One reader for the server, for owners
 * (who see every part) and for grantees (who see the public bodies and their own parts). The shapes are in control-entry.ts.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { verify } from '@chartkeep/crypto/verify'
import { accessLogId } from '../audit/access-entry.ts'
import { deviceLiveAt, hasAccountHead, type Refused } from '../account/account-state.ts'
import { canReceiveBoxes } from '../base/box-key.ts'
import { ControlBody, hasOnlyItsFields, readParts, type ControlEntry, type PartOpen } from './control-entry.ts'
import { withRestart, withServer } from './control-server.ts'
import { refusesHaste } from './control-wait.ts'
import { reachesOwners, withMember, withOwnerCut } from './control-owners.ts'
import {
  controlHead,
  couldWrite,
  deviceCut,
  heldStreams,
  isOwner,
  ownerOf,
  refused,
  roleCutsOf,
  type AccountLookup,
  type ControlRefusal,
  type ControlState,
} from './control-state.ts'
import { isEmergencyGrant } from './emergency-grant.ts'
import { idText } from '../base/ids.ts'
import { MAX_LIVE_GRANTS, MAX_STREAMS } from '../base/limits.ts'
import { mayOwn, rolesAt } from '../account/practice-log.ts'
import { READ, WRITE_RIGHTS } from '../base/rights.ts'
import { decodeAs } from '../base/shape.ts'
import { entryHash, entryMessage } from '../signed/signed-entry.ts'

/**
 * Applies the next entry and answers the new state; the given state is not changed.
 * Checks: chain, signer (a live device of an owner at the account-log head it names, an administrator's where that is a practice, not cut),
 * signature over the body, parts that hash into the body, and what the type demands. Parts withheld from this reader are not an error.
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
  if (state !== null && !isOwner(state, body.account)) return refused('not-an-owner')
  if (!hasAccountHead(account, body.accountLog)) return refused('account-head')
  if (state !== null && (state.signerHeads.get(signer) ?? 0) > body.accountLog.n) return refused('account-head')
  const device = deviceLiveAt(account, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return refused('signer-not-live')
  if (state !== null && deviceCut(state, body) !== null) return refused('signer-not-live')
  if (!mayOwn(rolesAt(account, body.device, body.accountLog.n))) return refused('not-an-admin')
  if (state !== null && roleCutsOf(state, body).some(({ accountN }) => body.accountLog.n < accountN))
    return refused('not-an-admin')
  if (!(await verify(device.sign, entryMessage('control-entry', entry.body), entry.signature)))
    return refused('bad-signature')
  const haste = await refusesHaste(body, account, device)
  if (haste !== null) return refused(haste)

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
          owners: [
            {
              account: body.account,
              practice: account.practice !== null,
              role: 'holder',
              at: 1,
              time: body.time,
              addedBy: null,
              cut: null,
            },
          ],
          offers: new Map(),
          streams: new Map(),
          grants: new Map(),
          deviceCuts: [],
          roleCuts: [],
          accepted: new Map(),
          servers: [],
          restarts: [],
          received: [],
          signerHeads: new Map(),
        }
      : {
          ...state,
          owners: [...state.owners],
          offers: new Map(state.offers),
          streams: new Map(state.streams),
          grants: new Map(state.grants),
          deviceCuts: [...state.deviceCuts],
          roleCuts: [...state.roleCuts],
          received: [...state.received],
          signerHeads: new Map(state.signerHeads),
        }
  next.n = body.n
  next.h = h
  next.hashes = [...(state?.hashes ?? []), h]
  next.signerHeads.set(signer, body.accountLog.n)

  // A1: only a grant names one, and the list that comes with it is its audit log ({@link withGrant}).
  const grantText = body.grant === null ? null : idText(body.grant)
  const access = idText(accessLogId(body.vault))
  for (const { stream, appendOnly, sealedName } of body.streams) {
    const id = idText(stream)
    if (next.streams.has(id)) return refused('bad-streams')
    // A2: the access log belongs to the vault, never to a grant.
    if (id === access && (!appendOnly || body.type === 'grant')) return refused('bad-streams')
    next.streams.set(id, {
      id: stream,
      appendOnly,
      sealedName,
      createdAt: body.n,
      epoch: 0,
      renewedAt: body.n,
      keyIds: new Map(),
      auditOf: grantText,
    })
  }
  for (const { stream, epoch, keyId } of body.epochs) {
    const known = next.streams.get(idText(stream))
    if (known === undefined || epoch !== known.epoch + 1) return refused('bad-epochs')
    // Its key id is the public key that the server seals to.
    if (idText(stream) === access && !canReceiveBoxes(keyId)) return refused('bad-epochs')
    const keyIds = new Map(known.keyIds).set(epoch, keyId)
    next.streams.set(idText(stream), { ...known, epoch, renewedAt: body.n, keyIds })
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
    case 'manager':
      return withMember(next, body, opens, accounts)
    case 'server':
      return withServer(next, body)
    case 'restart':
      return withRestart(next, body)
  }
}

/** A part is for an owner, or for the account of a grant that is in force after the entry: nothing revives an ended grant. */
function withParts(
  next: ControlState,
  entry: ControlEntry,
  body: ControlBody,
  opens: (PartOpen | null)[],
): ControlState | Refused<ControlRefusal> {
  if (!reachesOwners(next, body, opens)) return refused('bad-parts')
  for (const [index, open] of opens.entries()) {
    if (open === null) continue
    const makesGrant = body.grant !== null && open.grant !== null && equalBytes(open.grant, body.grant)
    if ((open.streams.length > 0 || open.emergency !== undefined) && !makesGrant) return refused('bad-parts')
    if (open.grant === null) {
      const owner = ownerOf(next, open.recipient)
      // C12: of a practice that owns the vault only its administrators hold the keys of all of it.
      if (owner === null || (open.role ?? null) !== (owner.practice ? 'admin' : null)) return refused('bad-parts')
    } else {
      const grant = next.grants.get(idText(open.grant))
      if (grant === undefined || grant.cut !== null) return refused('bad-parts')
      if (grant.account !== null && !equalBytes(grant.account, open.recipient)) return refused('bad-parts')
      if (grant.account !== null && grant.role !== (open.role ?? null)) return refused('bad-parts')
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
    const refusal = openRefusal(next, body, open, accounts)
    if (refusal !== null) return refused(refusal)
  }
  const granted = (open?.streams ?? []).map(({ stream, rights, from }) => {
    return [idText(stream), { rights, start: typeof from === 'number' ? null : from }] as const
  })
  next.grants.set(id, {
    id: body.grant,
    at: body.n,
    time: body.time,
    account: open?.recipient ?? null,
    role: open?.role ?? null,
    streams: new Map(granted),
    emergency: open?.emergency ?? null,
    notBefore: open?.notBefore ?? 0,
    notAfter: open?.notAfter ?? 0,
    cut: null,
  })
  return next
}

/** C3: why the `open` half of a grant is refused; null when it is not. */
function openRefusal(
  next: ControlState,
  body: ControlBody,
  open: PartOpen,
  accounts: AccountLookup,
): ControlRefusal | null {
  const role = open.role ?? null
  const owner = ownerOf(next, open.recipient)
  // C12: a practice that owns the vault grants its lists to its roles; nobody else has any use for a grant of what is theirs.
  if (owner !== null && (!owner.practice || role === null)) return 'bad-grant'
  if (open.streams.length === 0 || open.notAfter <= open.notBefore) return 'bad-grant'
  if (open.emergency !== undefined && (owner !== null || !isEmergencyGrant(open, body.streams[0]!.stream)))
    return 'bad-grant'
  const named = new Set<string>()
  const renewed = new Set(body.epochs.map(({ stream }) => idText(stream)))
  for (const { stream, rights, from } of open.streams) {
    const id = idText(stream)
    const known = next.streams.get(id)
    if (known === undefined || named.has(id)) return 'bad-grant'
    named.add(id)
    if (rights === 0) return 'bad-grant'
    // `from: now` opens a new epoch in the same entry, so that its reader needs no older key.
    if (typeof from !== 'number' && (!renewed.has(id) || known.auditOf !== null)) return 'bad-grant'
    // A1: an audit log is read by its own grantee and the owners; C12: by the auditors of a practice that is the owner.
    const isAudited = owner !== null && role === 'auditor' && rights === READ
    if (known.auditOf !== null && known.auditOf !== idText(body.grant!) && !isAudited) return 'bad-grant'
    if (id === idText(accessLogId(next.vault))) return 'bad-grant'
  }
  // P4: where this reader knows the grantee's log as well, it must be the log that the owner was shown.
  const grantee = accounts(open.recipient)
  // C12: a practice is granted by its roles, a person as a whole.
  if (grantee !== null && (grantee.practice === null) !== (role === null)) return 'bad-grant'
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
    if (cut.account === null) return refused('bad-cut')
    if (cut.device === null) return body.subject === undefined ? withOwnerCut(next, body, cut) : refused('malformed')
    const subject = { account: cut.account, device: cut.device }
    if (deviceCut(next, subject) !== null) return refused('bad-cut')
    if (cut.reason === 'role-lost') {
      const refusal = roleCutRefusal(next, body, subject, accounts)
      if (refusal !== null) return refused(refusal)
    } else if (isOwner(next, cut.account)) {
      // C2: nobody removes a holder but that holder; K5: the removal in its account log comes first.
      const isOwn = equalBytes(cut.account, body.account)
      if (isOwn !== (body.subject === undefined)) return refused('bad-cut')
      const log = body.subject ?? body.accountLog
      const account = accounts(cut.account)
      if (account === null) return refused('unknown-account')
      if (!hasAccountHead(account, log)) return refused('account-head')
      const device = account.devices.get(idText(cut.device))
      if (device === undefined || device.removedAt === null || device.removedAt > log.n) return refused('bad-cut')
    } else if (body.subject !== undefined) return refused('malformed')
    // C4: new epochs of every stream whose key the device held: all of them for an owner's, its grants' for a grantee's.
    const held = heldStreams(next, cut.account)
    if (held.some((id) => !covered.has(id))) return refused('bad-epochs')
    if (held.some((id) => couldWrite(next, cut.account!, id) && !pinned.has(id))) return refused('bad-cut')
    if (cut.reason === 'role-lost') next.roleCuts.push({ ...cut, at: body.n, accountN: body.subject!.n })
    else next.deviceCuts.push({ ...cut, at: body.n })
    return next
  }
  if (cut.reason === 'role-lost') return refused('bad-cut')

  if (cut.account !== null || cut.device !== null || body.subject !== undefined) return refused('bad-cut')
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

/** C12: why the cut of a device that lost a role, and stays in the account, is refused; null when it is not. */
function roleCutRefusal(
  next: ControlState,
  body: ControlBody,
  subject: { account: Uint8Array; device: Uint8Array },
  accounts: AccountLookup,
): ControlRefusal | null {
  if (body.subject === undefined) return 'bad-cut'
  const { n } = body.subject
  if (roleCutsOf(next, subject).some(({ accountN }) => accountN >= n)) return 'bad-cut'
  const account = accounts(subject.account)
  if (account === null || n > account.n) return null
  return hasAccountHead(account, body.subject) ? null : 'account-head'
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
