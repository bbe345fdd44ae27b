/**
 * Who becomes and who stays an owner (C2): the entries `manager` and the cut of an owner, checked as every reader checks them. Pure; called by
 * control-log.ts over a state that is its own copy.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { hasAccountHead, type Refused } from '../account/account-state.ts'
import type { ControlBody, Cut, PartOpen } from './control-entry.ts'
import {
  couldWrite,
  heldStreams,
  holdersOf,
  liveOwners,
  mayEnd,
  ownerOf,
  refused,
  type AccountLookup,
  type ControlRefusal,
  type ControlState,
  type Owner,
} from './control-state.ts'
import { idText } from '../base/ids.ts'
import { MAX_HOLDERS, MAX_OWNERS } from '../base/limits.ts'

type Outcome = ControlState | Refused<ControlRefusal>

/** `manager`: an account is added, or a holder's place is offered, withdrawn or taken over. */
export function withMember(
  next: ControlState,
  body: ControlBody,
  opens: (PartOpen | null)[],
  accounts: AccountLookup,
): Outcome {
  const { member } = body
  if (member === undefined || body.grant !== null || body.streams.length > 0) return refused('malformed')
  const isAdd = member.op === 'add'
  if (isAdd !== (member.role !== null) || isAdd !== (member.accountLog !== null)) return refused('malformed')
  if (member.op === 'take-over') return withTakeOver(next, body, member.account)
  if (body.cut !== null || body.epochs.length > 0) return refused('malformed')
  if (isAdd) return withAdded(next, body, opens, accounts)
  if (body.parts.length > 0) return refused('bad-parts')
  return member.op === 'offer' ? withOffer(next, body, member.account) : withdrawn(next, body, member.account)
}

function withAdded(
  next: ControlState,
  body: ControlBody,
  opens: (PartOpen | null)[],
  accounts: AccountLookup,
): Outcome {
  const { account, role, accountLog } = body.member!
  const signer = ownerOf(next, body.account)!
  const known = ownerOf(next, account)
  if (role === 'holder') {
    // A person's chart has one holder, a child's two; only they give that place.
    if (signer.role !== 'holder' || known?.role === 'holder') return refused('bad-member')
    if (holdersOf(next).length >= MAX_HOLDERS) return refused('bad-member')
  } else if (known !== null) return refused('bad-member')
  if (known === null && liveOwners(next).length >= MAX_OWNERS) return refused('bad-member')
  // An owner signs entries, so every reader needs its log, and it must be the log that the adder was shown (P4).
  const log = accounts(account)
  if (log === null || !equalBytes(log.account, account)) return refused('unknown-account')
  if (!hasAccountHead(log, accountLog!)) return refused('account-head')
  // C12: a practice owns what it made itself; of a person's chart it is granted what its roles need.
  if (log.practice !== null) return refused('bad-member')
  if (known !== null) return withRole(next, known, 'holder')
  const shown = opens.filter((open) => open !== null)
  const isFor = (open: PartOpen) => open.grant === null && equalBytes(open.recipient, account)
  // Who sees every part sees that the new owner gets its keys.
  if (shown.length === opens.length && !shown.some(isFor)) return refused('bad-parts')
  next.owners.push({
    account,
    practice: false,
    role: role!,
    at: body.n,
    time: body.time,
    addedBy: body.account,
    cut: null,
  })
  return next
}

function withRole(next: ControlState, stay: Owner, role: Owner['role']): ControlState {
  next.owners = next.owners.map((owner) => (owner === stay ? { ...owner, role } : owner))
  return next
}

function withOffer(next: ControlState, body: ControlBody, to: Uint8Array): Outcome {
  if (ownerOf(next, body.account)!.role !== 'holder') return refused('bad-member')
  // Only somebody who has the keys already can take over: so the offer itself brings none.
  if (ownerOf(next, to)?.role !== 'manager') return refused('bad-member')
  next.offers.set(idText(body.account), { to, at: body.n, time: body.time })
  return next
}

function withdrawn(next: ControlState, body: ControlBody, other: Uint8Array): Outcome {
  const isBetween = (giver: Uint8Array, receiver: Uint8Array) => {
    const offer = next.offers.get(idText(giver))
    return offer !== undefined && equalBytes(offer.to, receiver)
  }
  const giver = isBetween(body.account, other) ? body.account : isBetween(other, body.account) ? other : null
  if (giver === null) return refused('bad-member')
  next.offers.delete(idText(giver))
  return next
}

/** C2: the receiver becomes a holder and the giver, who signed the offer, ends, in one entry with new epochs that the giver does not know. */
function withTakeOver(next: ControlState, body: ControlBody, giver: Uint8Array): Outcome {
  const offer = next.offers.get(idText(giver))
  const receiver = ownerOf(next, body.account)!
  if (offer === undefined || !equalBytes(offer.to, body.account)) return refused('bad-member')
  const { cut } = body
  if (cut === null || cut.account === null || !equalBytes(cut.account, giver)) return refused('bad-cut')
  const raised = withRole(next, receiver, 'holder')
  return withOwnerEnded(raised, body, cut)
}

/** The cut of an owner (C2, C4): by a holder, by the manager who added it, or by itself. */
export function withOwnerCut(next: ControlState, body: ControlBody, cut: Cut): Outcome {
  if (!mayEnd(next, cut.account!, body.account)) return refused('bad-cut')
  return withOwnerEnded(next, body, cut)
}

function withOwnerEnded(next: ControlState, body: ControlBody, cut: Cut): Outcome {
  const account = cut.account!
  const stay = ownerOf(next, account)!
  if (cut.reason !== 'member-removed' || cut.grant !== null || cut.device !== null) return refused('bad-cut')
  const pinned = new Set(cut.streams.map(({ stream }) => idText(stream)))
  if (pinned.size !== cut.streams.length || [...pinned].some((id) => !next.streams.has(id))) return refused('bad-cut')
  const held = heldStreams(next, account)
  if (held.some((id) => couldWrite(next, account, id) && !pinned.has(id))) return refused('bad-cut')
  if (equalBytes(account, body.account)) {
    // Who leaves would know the keys that it makes: the next owner's device brings them (staleStreams).
    if (body.epochs.length > 0) return refused('bad-epochs')
    if (body.parts.length > 0) return refused('bad-parts')
  } else {
    const covered = new Set(body.epochs.map(({ stream }) => idText(stream)))
    if (held.some((id) => !covered.has(id))) return refused('bad-epochs')
  }
  const placed = { ...cut, at: body.n, time: body.time }
  next.owners = next.owners.map((owner) =>
    owner === stay ? { ...owner, cut: { ...placed, by: body.account } } : owner,
  )
  // Its other grants end too: no earlier grant brings it the next epoch.
  for (const [id, grant] of next.grants)
    if (grant.cut === null && grant.account !== null && equalBytes(grant.account, account))
      next.grants.set(id, { ...grant, cut: placed })
  for (const [giver, { to }] of next.offers)
    if (giver === idText(account) || equalBytes(to, account)) next.offers.delete(giver)
  return next
}

/** C4: entries with new epochs bring them to every owner; who is not given them could end nobody's access any more. */
export function reachesOwners(next: ControlState, body: ControlBody, opens: (PartOpen | null)[]): boolean {
  if (body.epochs.length === 0 || opens.some((open) => open === null)) return true
  return liveOwners(next).every(
    ({ account }) =>
      equalBytes(account, body.account) ||
      opens.some((open) => open!.grant === null && equalBytes(open!.recipient, account)),
  )
}
