/**
 * Who may write what (E6, C9), as pure functions over the logs: the same for the server at a push, for every device at a pull and
 * for the simulation. The checks that need a content key (commitment, seal, inner ids, collection) follow in packages/sync.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import { deviceLiveAt, hasAccountHead, type AccountDevice, type AccountState } from '../account/account-state.ts'
import type { Cut } from './control-entry.ts'
import {
  actsByRoles,
  deviceCut,
  hasControlHead,
  isAccessLog,
  roleCutsOf,
  type AccountLookup,
  type ControlState,
  type Grant,
} from './control-state.ts'
import type { BatchProof, BatchVerifier } from '../streams/envelope.ts'
import type { Header } from '../streams/header.ts'
import { idText, ZERO_HASH } from '../base/ids.ts'
import type { Role } from '../account/practice-entry.ts'
import { mayOwn, rolesAt } from '../account/practice-log.ts'
import { AMEND, APPEND, SIGN } from '../base/rights.ts'
import type { EntryNode, StreamState } from '../streams/stream-state.ts'

export type QuarantineReason =
  | 'size'
  | 'suite'
  | 'place'
  | 'device-not-live'
  | 'cut'
  | 'no-right'
  | 'append-only'
  | 'heads'
  | 'sequence'
  | 'signature'
  | 'commitment'
  | 'seal'
  | 'inner'
  | 'collection'
  /** A signature record of somebody without the right `sign`. */
  | 'sign'
  /** C14: what the roles of its author do not let them do, though they may write the list. */
  | 'deed'

/** `waiting` is no fault: a log or key that this reader has not seen yet. */
export type Verdict =
  | { type: 'admitted' }
  | { type: 'waiting'; for: 'account' | 'control' | 'stream' | 'key' }
  | { type: 'quarantine'; reason: QuarantineReason }

const ADMITTED: Verdict = { type: 'admitted' }
function quarantine(reason: QuarantineReason): Extract<Verdict, { type: 'quarantine' }> {
  return { type: 'quarantine', reason }
}

function isZero(hash: Uint8Array): boolean {
  return equalBytes(hash, ZERO_HASH)
}

/**
 * C12: the roles by which a device acts at the head that it names; null for a person's. `unknown`: this reader has not got that far in its
 * account's log, so nothing is refused for want of a role.
 */
export type ActingRoles = readonly Role[] | null | 'unknown'

/**
 * {@link ActingRoles} of the author that names itself `device` of an account at position `n` of its log; `author`: that log as this reader has it.
 */
export function actingRoles(
  author: AccountState | null,
  { device, n }: { device: Uint8Array; n: number },
): ActingRoles {
  return author === null || author.n < n ? 'unknown' : rolesAt(author, device, n)
}

/** C12: whether a grant to `role` (null: to a person) is a grant to the author that acts by `roles`. */
export function isForRoles(role: Role | null, roles: ActingRoles): boolean {
  if (roles === 'unknown') return true
  return role === null ? roles === null : roles !== null && roles.includes(role)
}

/** True when a cut ends what its subject wrote as entry `n` of `stream` while naming control position `controlN`. */
function cutApplies(cut: Cut & { at: number }, stream: Uint8Array, n: number | null, controlN: number): boolean {
  if (controlN >= cut.at) return true
  if (n === null) return true
  const pinned = cut.streams.find((each) => equalBytes(each.stream, stream))
  return n > (pinned?.n ?? 0)
}

/**
 * The same of the cut of a device. It pins every stream in which its account could write then; in another one the cut of an earlier grant, or of
 * its place among the owners, says what of its entries counts.
 */
function deviceCutApplies(
  cut: Cut & { at: number },
  { stream, controlN }: { stream: Uint8Array; controlN: number },
  n: number | null,
): boolean {
  const isPinned = cut.streams.some((each) => equalBytes(each.stream, stream))
  return controlN >= cut.at || n === null || (isPinned && cutApplies(cut, stream, n, controlN))
}

/**
 * Grants of `account` on `stream` that hold at control position `controlN` for entry `n` (null: about to be stored now). `isAccepted`: an
 * owner accepted the entry beyond every cut (C9).
 */
export function grantsAt(
  control: ControlState,
  account: Uint8Array,
  stream: Uint8Array,
  controlN: number,
  n: number | null,
  roles: ActingRoles,
  isAccepted = false,
): Grant[] {
  return [...control.grants.values()].filter(
    (grant) =>
      grant.account !== null &&
      equalBytes(grant.account, account) &&
      isForRoles(grant.role, roles) &&
      grant.streams.has(idText(stream)) &&
      grant.at <= controlN &&
      (grant.cut === null || isAccepted || !cutApplies(grant.cut, stream, n, controlN)),
  )
}

/** Whether who acts for `account` by `roles` was an owner at control position `controlN` for entry `n` (null: about to be stored now) (C2); `isAccepted` as in {@link grantsAt}. */
export function ownsAt(
  control: ControlState,
  account: Uint8Array,
  stream: Uint8Array,
  controlN: number,
  n: number | null,
  roles: ActingRoles,
  isAccepted = false,
): boolean {
  return control.owners.some(
    (owner) =>
      equalBytes(owner.account, account) &&
      (roles === 'unknown' || (owner.practice === (roles !== null) && mayOwn(roles))) &&
      owner.at <= controlN &&
      (owner.cut === null || isAccepted || !cutApplies(owner.cut, stream, n, controlN)),
  )
}

/**
 * Whose work an envelope continues: the author of its parent, or for an envelope without a parent the author of a record that already exists under
 * its docId, and whether that entry is in force by an owner's right or by a grant. `quarantined` when no right admits it. `before`: the parent came
 * as a bare hash, before the start of this reader's grant (C3), so nobody here knows its author. Null for a new record, or a parent that is no
 * earlier entry of the same record. `waiting`: this depends on the account log of a practice that this reader has not got (C12).
 */
export type ContinuedAuthor = { account: Uint8Array; byOwner: boolean } | 'quarantined' | 'before' | 'waiting' | null

type Claim = Pick<Header, 'stream' | 'account' | 'device' | 'deleted'> & {
  isNew: boolean
  merges: boolean
  controlN: number
  /** Position in its account's log that it names. */
  accountN: number
  roles: ActingRoles
  /** C9: an owner's entry names it, so no cut applies. */
  isAccepted: boolean
}

/**
 * E6, C9: does the author's right fit? `parentAuthor` is what {@link continuedAuthor} says. `n` is the entry's number, null for an
 * envelope about to be stored (the server then also checks the grant's window). `hash`: the entry's envelope hash, null where no `accept`
 * can name it yet. `author`: the author's account log as this reader has it; null where it has none.
 */
export function rightVerdict(
  control: ControlState,
  header: Header,
  hash: Uint8Array | null,
  n: number | null,
  parentAuthor: ContinuedAuthor,
  author: AccountState | null,
): Verdict {
  const { stream, account, device, deleted } = header
  const accountN = header.accountLog.n
  const roles = actingRoles(isOf(author, account) ? author : null, { device, n: accountN })
  const claim = { stream, account, device, deleted, isNew: isZero(header.parent), merges: header.merged.length > 0 }
  const isAccepted = isAcceptedEntry(control, hash)
  return claimVerdict(control, { ...claim, controlN: header.control.n, accountN, roles, isAccepted }, n, parentAuthor)
}

function isOf(author: AccountState | null, account: Uint8Array): boolean {
  return author !== null && equalBytes(author.account, account)
}

/** C9: whether an owner accepted the entry beyond every cut; `hash` null: nobody can have. */
export function isAcceptedEntry({ accepted }: ControlState, hash: Uint8Array | null): boolean {
  return hash !== null && accepted.size > 0 && accepted.has(idText(hash))
}

function claimVerdict(control: ControlState, claim: Claim, n: number | null, continued: ContinuedAuthor): Verdict {
  const text = idText(claim.stream)
  const stream = control.streams.get(text)
  if (stream === undefined) return { type: 'waiting', for: 'control' }
  // A cut pins no list that was made after it: nobody had a right there at the position that is named.
  if (claim.controlN < stream.createdAt) return quarantine('no-right')
  if (stream.appendOnly && isAccessLog(control, text)) return quarantine('no-right')
  if (stream.appendOnly && (!claim.isNew || claim.deleted || claim.merges)) return quarantine('append-only')
  const cut = deviceCut(control, claim)
  if (cut !== null && !claim.isAccepted && deviceCutApplies(cut, claim, n)) return quarantine('cut')
  // C12: what it says to write by roles that it has lost since.
  const lost = claim.isAccepted ? [] : roleCutsOf(control, claim).filter(({ accountN }) => claim.accountN < accountN)
  if (lost.some((each) => deviceCutApplies(each, claim, n))) return quarantine('cut')
  if (continued === 'waiting') return { type: 'waiting', for: 'account' }

  const { account, controlN, roles, isAccepted } = claim
  if (stream.auditOf === null && ownsAt(control, account, claim.stream, controlN, n, roles, isAccepted)) {
    if (claim.deleted || continued === 'quarantined' || continued === 'before') return ADMITTED
    if (continued === null) return claim.isNew ? ADMITTED : quarantine('no-right')
    // What it wrote itself before it became an owner is nobody else's.
    return continued.byOwner || equalBytes(continued.account, claim.account) ? ADMITTED : quarantine('no-right')
  }

  const needed = claim.isNew && !claim.deleted ? APPEND : AMEND
  const ever = [...control.grants.values()].filter(
    (grant) => grant.account !== null && equalBytes(grant.account, claim.account),
  )
  const live = grantsAt(control, account, claim.stream, controlN, n, roles, isAccepted)
  if (!live.some((grant) => ((grant.streams.get(text)?.rights ?? 0) & needed) !== 0)) {
    const hadIt =
      ever.some((grant) => grant.cut !== null && ((grant.streams.get(text)?.rights ?? 0) & needed) !== 0) ||
      control.owners.some((owner) => owner.cut !== null && equalBytes(owner.account, claim.account))
    return quarantine(hadIt && !claim.isAccepted ? 'cut' : 'no-right')
  }
  // The start of the record is before this reader's start: readers of that part say whose record it is.
  if (continued === 'before') return needed === AMEND ? ADMITTED : quarantine('no-right')
  const isNamed = continued !== null && continued !== 'quarantined'
  // C12: in the practice's own vault, members continue the records of its administrators.
  const own = isNamed && (!continued.byOwner || roles !== null) && equalBytes(continued.account, account)
  // An envelope without a parent on another person's record is no new record: it would conflict with theirs.
  const startsRecord = needed === APPEND && !isNamed
  return own || startsRecord ? ADMITTED : quarantine('no-right')
}

/**
 * E6: whether the author of an admitted entry holds `sign` on its stream; asked of signature records, once they are opened. Owners do. `author`: its
 * account log as this reader has it.
 */
export function maySign(
  control: ControlState,
  { stream, account, device, control: { n: controlN }, accountLog }: Header,
  hash: Uint8Array | null,
  n: number | null,
  author: AccountState | null,
): boolean {
  const roles = actingRoles(isOf(author, account) ? author : null, { device, n: accountLog.n })
  const isAccepted = isAcceptedEntry(control, hash)
  if (ownsAt(control, account, stream, controlN, n, roles, isAccepted)) return true
  const grants = grantsAt(control, account, stream, controlN, n, roles, isAccepted)
  return grants.some((grant) => ((grant.streams.get(idText(stream))?.rights ?? 0) & SIGN) !== 0)
}

/** {@link ContinuedAuthor} of an envelope that is, or would be, entry `n` of the stream (null: the next). */
export function continuedAuthor(
  control: ControlState,
  stream: StreamState,
  header: Pick<Header, 'doc' | 'parent' | 'account' | 'control'>,
  n: number | null,
  accounts: AccountLookup,
): ContinuedAuthor {
  const parent = isZero(header.parent) ? null : idText(header.parent)
  const before = nodeBefore(stream, { doc: idText(header.doc), parent, n: n ?? stream.n + 1 })
  if (before === null) return beforeStart(stream, { parent })
  const claimant = { account: header.account, controlN: header.control.n }
  const stands = standingOf(control, stream, before, accounts)
  return stands === null ? 'waiting' : authorFor(before, stands, claimant)
}

type Place = Pick<EntryNode, 'doc' | 'parent' | 'n'>

/**
 * The author of an entry that is in force as `standing` says, as an author sees it that names position `controlN`. What an owner accepted later was
 * still quarantined there, except for its own author.
 */
function authorFor(
  before: EntryNode,
  { from, byOwner }: Standing,
  { account, controlN }: { account: Uint8Array; controlN: number },
): ContinuedAuthor {
  const isSeen = from <= controlN || (from !== NEVER && equalBytes(before.account, account))
  return isSeen ? { account: before.account, byOwner } : 'quarantined'
}

function beforeStart(stream: StreamState, { parent }: Pick<Place, 'parent'>): 'before' | null {
  return parent !== null && stream.before.has(parent) ? 'before' : null
}

/** The parent, or for an entry without one the founder of its record; null unless it comes before the entry, in the same record. */
function nodeBefore(stream: StreamState, entry: Place): EntryNode | null {
  const hash = entry.parent ?? stream.records.get(entry.doc)?.founder ?? null
  const node = hash === null ? undefined : stream.envelopes.get(hash)
  return node === undefined || node.isVoid || node.doc !== entry.doc || node.n >= entry.n ? null : node
}

/** From which control position on an entry is in force, and whether by an owner's right. */
interface Standing {
  from: number
  byOwner: boolean
}

/** The position of an entry that its author's right does not admit. */
const NEVER = Infinity

/** What is known of the entries of a stream under one state of the control log; dropped with that state. */
const standing = new WeakMap<ControlState, WeakMap<EntryNode, Standing>>()

/**
 * From which control position on an entry, its body shown or not, and all that it builds on fit their authors' rights: 0 without any
 * `accept`, {@link NEVER} where they do not. Without it a server could put an entry without a body between a record and somebody who may
 * only amend what is his own. Null where that depends on the log of a practice that this reader has not got (C12).
 */
function standingOf(
  control: ControlState,
  stream: StreamState,
  entry: EntryNode,
  accounts: AccountLookup,
): Standing | null {
  const known = standing.get(control) ?? new WeakMap<EntryNode, Standing>()
  standing.set(control, known)
  // A loop, for a chain of parents can be longer than a stack.
  const open: EntryNode[] = []
  for (let node: EntryNode | null = entry; node !== null && !known.has(node); node = nodeBefore(stream, node))
    open.push(node)
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const { account, device, deleted, merges, controlN, accountN, parent, n } = node
    const roles = rolesOfNode(control, node, accounts)
    const claim = { stream: stream.stream, account, device, deleted, merges, controlN, accountN, roles }
    const before = nodeBefore(stream, node)
    const from = before === null ? 0 : known.get(before)!.from
    const continued = before === null ? beforeStart(stream, node) : authorFor(before, known.get(before)!, node)
    const verdict = (isAccepted: boolean) =>
      claimVerdict(control, { ...claim, isNew: parent === null, isAccepted }, n, continued).type
    const byOwner = (isAccepted: boolean) => ownsAt(control, account, stream.stream, controlN, n, roles, isAccepted)
    const accepted = control.accepted.get(node.hash)
    if (roles === 'unknown' && verdict(accepted !== undefined) === 'admitted') return null
    // An entry that continues its own author's accepted work is in force with it.
    const leans = continued !== null && typeof continued === 'object' && from > controlN ? from : 0
    if (verdict(false) === 'admitted') known.set(node, { from: leans, byOwner: byOwner(false) })
    else if (accepted === undefined || verdict(true) !== 'admitted') known.set(node, { from: NEVER, byOwner: false })
    else known.set(node, { from: Math.max(accepted, leans), byOwner: byOwner(true) })
  }
  return known.get(entry)!
}

/** The log of an account that acts by no roles here is not needed. */
function rolesOfNode(
  control: ControlState,
  { account, device, accountN }: EntryNode,
  accounts: AccountLookup,
): ActingRoles {
  const author = accounts(account)
  const roles = actingRoles(isOf(author, account) ? author : null, { device, n: accountN })
  return roles === 'unknown' && !actsByRoles(control, account) ? null : roles
}

export interface AdmitContext {
  control: ControlState
  /** The author's verified account log; null when this reader has not got it yet. */
  author: AccountState | null
  /** This reader's chain of the stream at the position before the entry: does (n, h) lie on it? */
  hasStreamHead: (head: { n: number; h: Uint8Array }) => boolean
  /** What {@link continuedAuthor} says. */
  parentAuthor: ContinuedAuthor
  verifier: BatchVerifier
}

/** E6 up to the signature, in its order. */
export async function admit(
  header: Header,
  envelopeHash: Uint8Array,
  proof: BatchProof,
  n: number | null,
  context: AdmitContext,
): Promise<Verdict> {
  const device = judgeAuthor(header, envelopeHash, n, context)
  if ('type' in device) return device
  if (!(await context.verifier.verify(envelopeHash, header, proof, device.sign))) return quarantine('signature')
  return ADMITTED
}

/** E6 without the signature: the author's device whose key it has to hold under, or why it need not be looked at. */
export function judgeAuthor(
  header: Header,
  envelopeHash: Uint8Array,
  n: number | null,
  context: Omit<AdmitContext, 'verifier'>,
): AccountDevice | Exclude<Verdict, { type: 'admitted' }> {
  const { control, author, parentAuthor } = context
  if (!equalBytes(header.vault, control.vault)) return quarantine('place')
  // What names a control log that this reader has is judged at once: a stranger's envelope waits for nothing.
  const right =
    header.control.n > control.n ? null : rightVerdict(control, header, envelopeHash, n, parentAuthor, author)
  if (author === null || !equalBytes(author.account, header.account) || header.accountLog.n > author.n)
    return right?.type === 'quarantine' ? right : { type: 'waiting', for: 'account' }
  if (!hasAccountHead(author, header.accountLog)) return quarantine('heads')
  const device = deviceLiveAt(author, header.device, header.accountLog.n)
  if (device === null || device.kind !== 'device') return quarantine('device-not-live')
  if (right === null) return { type: 'waiting', for: 'control' }
  if (right.type !== 'admitted') return right
  if (!hasControlHead(control, header.control)) return quarantine('heads')
  if (!context.hasStreamHead(header.streamHead)) return quarantine('heads')
  return device
}
