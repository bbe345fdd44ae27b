/** What a control log says after some entries (C1-C4), and what can be asked of it. Read by control-log.ts; the shapes are in control-entry.ts. */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { accessLogText } from '../audit/access-entry.ts'
import type { AccountState, Refused } from '../account/account-state.ts'
import type { Cut, EmergencyPart, PartOpen, Restart, VaultServer } from './control-entry.ts'
import { idText, ZERO_HASH, type Head } from '../base/ids.ts'
import { ROLES, type Role } from '../account/practice-entry.ts'
import { WRITE_RIGHTS } from '../base/rights.ts'

export interface ControlStream {
  id: Uint8Array
  appendOnly: boolean
  sealedName: Uint8Array
  createdAt: number
  epoch: number
  /** Position of the entry that brought the newest epoch. */
  renewedAt: number
  keyIds: Map<number, Uint8Array>
  /** The grant whose audit log this is, null for all other streams. */
  auditOf: string | null
}

export interface GrantedStream {
  rights: number
  /** C3: what is readable begins after this (n, h); null for all history. */
  start: Head | null
}

export interface Grant {
  id: Uint8Array
  /** Position of its entry. */
  at: number
  time: number
  /** Null when this reader may not see who it is. */
  account: Uint8Array | null
  /** C12: the role of a practice that it is given to; null for a person, and where the reader may not see it. */
  role: Role | null
  streams: Map<string, GrantedStream>
  /** C13: a grant for emergencies; null for every other, and where the reader may not see it. */
  emergency: EmergencyPart | null
  notBefore: number
  notAfter: number
  cut: (Cut & { at: number; time: number }) | null
}

export type OwnerRole = 'holder' | 'manager'

/** One stay of an account among the owners (C2): from the entry that made it one to the cut that ended it. */
export interface Owner {
  account: Uint8Array
  /** C12: a practice, for which its administrators' devices act alone. */
  practice: boolean
  role: OwnerRole
  /** Position of the entry that made it an owner. */
  at: number
  time: number
  /** Who added it; null for the signer of entry 1. */
  addedBy: Uint8Array | null
  /** `by`: who signed it; the account itself where it left. */
  cut: (Cut & { at: number; time: number; by: Uint8Array }) | null
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
  /** Every stay, in the order of the log; an account has at most one without a cut. */
  owners: Owner[]
  /** C2: hand-overs that wait for their receiver, by the giver's id text. */
  offers: Map<string, { to: Uint8Array; at: number; time: number }>
  streams: Map<string, ControlStream>
  grants: Map<string, Grant>
  deviceCuts: (Cut & { at: number })[]
  /** C12: devices that lost a role; `accountN`: position in their account's log from which on what they are counts again. */
  roleCuts: (Cut & { at: number; accountN: number })[]
  /** C9: envelopes beyond a cut that count by an owner's decision: hash text to the position of the first `accept` that names it. */
  accepted: Map<string, number>
  /** S10: where the vault was said to be kept, the last one now; empty while it is where its devices first met it. */
  servers: (VaultServer & { at: number; time: number; account: Uint8Array })[]
  /** S9: what holders said was lost for ever. */
  restarts: (Restart & { at: number; time: number; account: Uint8Array })[]
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
  /** C12: a practice signs by its administrators' devices alone. */
  | 'not-an-admin'
  | 'signer-not-live'
  | 'account-head'
  | 'bad-signature'
  | 'bad-parts'
  | 'bad-streams'
  | 'bad-epochs'
  | 'bad-grant'
  | 'bad-cut'
  | 'bad-accept'
  | 'bad-member'
  | 'bad-server'
  | 'bad-restart'
  /** K7: its signer came in by the kit and shows no proof of 24 hours. */
  | 'too-early'

export function refused(reason: ControlRefusal): Refused<ControlRefusal> {
  return { type: 'refused', reason }
}

/** Looks up a verified account; null when this reader has not verified its log (yet). */
export type AccountLookup = (account: Uint8Array) => AccountState | null

export function controlHead(state: ControlState | null): Head {
  return state === null ? { n: 0, h: ZERO_HASH } : { n: state.n, h: state.h }
}

export function hasControlHead(state: ControlState, head: Head): boolean {
  const known = state.hashes[head.n - 1]
  return known !== undefined && equalBytes(known, head.h)
}

/** The stay of an account that is an owner now; null otherwise. */
export function ownerOf(state: ControlState, account: Uint8Array): Owner | null {
  return state.owners.find((owner) => owner.cut === null && equalBytes(owner.account, account)) ?? null
}

export function isOwner(state: ControlState, account: Uint8Array): boolean {
  return ownerOf(state, account) !== null
}

/** Whether the account is an owner, or was one. */
export function wasOwner(state: ControlState, account: Uint8Array): boolean {
  return state.owners.some((owner) => equalBytes(owner.account, account))
}

/** Those who are owners now, in the order of the log. */
export function liveOwners(state: ControlState): Owner[] {
  return state.owners.filter((owner) => owner.cut === null)
}

export function holdersOf(state: ControlState): Owner[] {
  return liveOwners(state).filter(({ role }) => role === 'holder')
}

/** C2: whether `by` may end the stay of `account`: a holder that of any manager, a manager that of those whom it added, each its own but the last holder's. */
export function mayEnd(state: ControlState, account: Uint8Array, by: Uint8Array): boolean {
  const stay = ownerOf(state, account)
  const signer = ownerOf(state, by)
  if (stay === null || signer === null) return false
  if (equalBytes(account, by)) return stay.role === 'manager' || holdersOf(state).length > 1
  if (stay.role === 'holder') return false
  return signer.role === 'holder' || (stay.addedBy !== null && equalBytes(stay.addedBy, by))
}

/**
 * C2, C4: streams whose newest key is known to somebody who left since: who leaves makes no keys, the next owner's device does. As id text.
 */
export function staleStreams(state: ControlState): string[] {
  const left = Math.max(0, ...state.owners.map(({ account, cut }) => leftAt(account, cut)))
  return [...state.streams].filter(([, { renewedAt }]) => renewedAt < left).map(([id]) => id)
}

function leftAt(account: Uint8Array, cut: Owner['cut']): number {
  return cut !== null && equalBytes(cut.by, account) ? cut.at : 0
}

/** A2: whether this stream of the log stands for the access log, which the server alone writes. */
export function isAccessLog(state: ControlState, stream: string): boolean {
  return stream === accessLogText(state.vault)
}

/** The public key that access entries are sealed to now, with its epoch; null while the vault has none. */
export function accessLogKey(state: ControlState): { epoch: number; publicKey: Uint8Array } | null {
  const stream = state.streams.get(accessLogText(state.vault))
  const publicKey = stream?.keyIds.get(stream.epoch)
  return stream === undefined || publicKey === undefined ? null : { epoch: stream.epoch, publicKey }
}

/** Whether an account's uncut rights let it write a stream; an owner writes all but the audit logs of grants and the access log. */
export function couldWrite(state: ControlState, account: Uint8Array, stream: string): boolean {
  if (isAccessLog(state, stream)) return false
  if (isOwner(state, account) && state.streams.get(stream)?.auditOf === null) return true
  return uncutGrants(state, account).some((grant) => ((grant.streams.get(stream)?.rights ?? 0) & WRITE_RIGHTS) !== 0)
}

export function uncutGrants(state: ControlState, account: Uint8Array): Grant[] {
  return [...state.grants.values()].filter(
    (grant) => grant.cut === null && grant.account !== null && equalBytes(grant.account, account),
  )
}

/** S9: whether a position on a stream that an earlier entry named may be beyond a `restart`, after which the stream continued differently. */
export function wasRestarted(state: ControlState, at: number, stream: string, n: number): boolean {
  return state.restarts.some(
    (restart) => restart.at > at && restart.streams.some((each) => idText(each.stream) === stream && n > each.n),
  )
}

/** C12: the cuts of roles that a device lost, each by a later head of its account's log than the previous cut. */
export function roleCutsOf(
  state: ControlState,
  subject: { account: Uint8Array; device: Uint8Array },
): ControlState['roleCuts'] {
  return state.roleCuts.filter((cut) => isCutOf(cut, subject))
}

function isCutOf(cut: Cut, subject: { account: Uint8Array; device: Uint8Array }): boolean {
  return (
    cut.account !== null &&
    cut.device !== null &&
    equalBytes(cut.account, subject.account) &&
    equalBytes(cut.device, subject.device)
  )
}

/** C12: whether an account acts in this vault by the roles of its devices: an owner that is a practice, or one that was granted a role. */
export function actsByRoles(state: ControlState, account: Uint8Array): boolean {
  return (
    state.owners.some((owner) => owner.practice && equalBytes(owner.account, account)) ||
    [...state.grants.values()].some(
      (grant) => grant.role !== null && grant.account !== null && equalBytes(grant.account, account),
    )
  )
}

/** C12: the roles of a practice whose keys open keys of this vault: all where it is the owner, else those that it is granted. */
export function rolesGiven(state: ControlState, account: Uint8Array): readonly Role[] {
  if (ownerOf(state, account)?.practice === true) return ROLES
  return uncutGrants(state, account).flatMap(({ role }) => role ?? [])
}

/** C12: the roles by which a practice's devices write in a stream, or once did; `needed`: by which they have one of these rights there. */
export function rolesWriting(
  state: ControlState,
  account: Uint8Array,
  stream: string,
  needed = WRITE_RIGHTS,
): readonly Role[] {
  const given = [...state.grants.values()].flatMap((grant) => {
    const rights = grant.streams.get(stream)?.rights ?? 0
    const isOwn = grant.account !== null && equalBytes(grant.account, account)
    return isOwn && grant.role !== null && (rights & needed) !== 0 ? [grant.role] : []
  })
  return state.owners.some((owner) => owner.practice && equalBytes(owner.account, account))
    ? ['admin', ...given]
    : given
}

/** C12: accounts of which {@link actsByRoles} is true. */
export function practicesIn(state: ControlState): Uint8Array[] {
  const found = new Map<string, Uint8Array>()
  for (const { account, practice } of state.owners) if (practice) found.set(idText(account), account)
  for (const { account, role } of state.grants.values())
    if (role !== null && account !== null) found.set(idText(account), account)
  return [...found.values()]
}

/** The cut of a device, null while it has none. A device belongs to its account: another account may publish the same keys as its own. */
export function deviceCut(
  state: ControlState,
  subject: { account: Uint8Array; device: Uint8Array },
): (Cut & { at: number }) | null {
  return state.deviceCuts.find((cut) => isCutOf(cut, subject)) ?? null
}

/** The streams whose keys an account holds by this log: all for an owner, those of its uncut grants for a grantee. */
export function heldStreams(state: ControlState, account: Uint8Array): string[] {
  if (isOwner(state, account)) return [...state.streams.keys()]
  return [...new Set(uncutGrants(state, account).flatMap((grant) => [...grant.streams.keys()]))]
}
