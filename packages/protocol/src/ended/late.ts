/**
 * The quarantine inbox (C11): envelopes that a grantee's device submits after its grant ended. They are in no stream and have no number. The server
 * stores them for the owners, who decide. Here: the messages, the checks of server and owners, and the receipt with which the sender may delete its
 * copy.
 */
import { concatBytes, equalBytes, uint32ToBytes, uint64ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256, taggedHash } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { deviceLiveAt, hasAccountHead, type AccountState } from '../account/account-state.ts'
import { actingRoles, isForRoles } from '../control/admit.ts'
import {
  actsByRoles,
  deviceCut,
  hasControlHead,
  isOwner,
  roleCutsOf,
  type ControlState,
  type Grant,
} from '../control/control-state.ts'
import { BODY_OVERHEAD, Envelope, envelopeHashOf, type BatchProof, type BatchVerifier } from '../streams/envelope.ts'
import { decodeHeader, type Header } from '../streams/header.ts'
import { idText, ZERO_HASH } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_BATCH, MAX_SETTLED, SIGNATURE_LENGTH } from '../base/limits.ts'
import type { Role } from '../account/practice-entry.ts'
import { leftWithMember, lostAfter, mayOwn } from '../account/practice-log.ts'
import { AMEND, APPEND } from '../base/rights.ts'
import { bytes, list, nullable, record, text, uint, type TypeOf } from '../base/shape.ts'

/** From a device whose grant has ended: its own envelopes that no stream took. */
export const LatePost = record({ envelopes: list(Envelope, MAX_BATCH) })
export type LatePost = TypeOf<typeof LatePost>

/**
 * What the server has made durable, in the order of the post up to the first refusal, under its signature ({@link lateReceiptMessage}).
 * `refused` names the refusal of the next one.
 */
export const LateAnswer = record({
  taken: list(bytes(HASH_LENGTH), MAX_BATCH),
  time: uint(),
  signature: bytes(SIGNATURE_LENGTH),
  refused: nullable(text(32)),
})
export type LateAnswer = TypeOf<typeof LateAnswer>

/** What the inbox holds after a place, oldest first, as much as fits; `last` is the newest place, 0 for an empty inbox. For owners. */
export const LatePage = record({
  items: list(record({ place: uint(), time: uint(), envelope: Envelope }), 4096),
  last: uint(),
})
export type LatePage = TypeOf<typeof LatePage>

/** From an owner's device: what was decided and need not be kept for the owners any more. */
export const LateSettle = record({ hashes: list(bytes(HASH_LENGTH), MAX_SETTLED) })
export type LateSettle = TypeOf<typeof LateSettle>

type Receipt = Pick<LateAnswer, 'taken' | 'time'>

export function lateReceiptMessage(vault: Uint8Array, device: Uint8Array, { taken, time }: Receipt): Uint8Array {
  return concatBytes(
    utf8ToBytes('chartkeep/late-receipt/v1'),
    vault,
    device,
    uint64ToBytes(time),
    uint32ToBytes(taken.length),
    ...taken,
  )
}

export function verifyLateReceipt(
  answer: LateAnswer,
  serverKey: Uint8Array,
  at: { vault: Uint8Array; device: Uint8Array },
): Promise<boolean> {
  return verify(serverKey, lateReceiptMessage(at.vault, at.device, answer), answer.signature)
}

/** Under which id the server books what a grant has in the box (S8): not the grant's own, whose space is for what was written in time. */
export function latePayer(grant: Uint8Array): Uint8Array {
  return taggedHash('late-box', grant).slice(0, ID_LENGTH)
}

/** Why an envelope is none for the box. `account` and `control`: the reader's logs lack the heads that it names. */
export type LateRefusal = 'malformed' | 'place' | 'not-over' | 'account' | 'control' | 'device' | 'signature'

export interface LateEnvelope {
  header: Header
  hash: Uint8Array
  /** The grants that are over and would have let it in, oldest first; never empty. */
  grants: Grant[]
}

/**
 * What an envelope of the box is worth, without its content: written by a device that was live at the head it names, for a stream that a
 * grant of its account let it write in, and that grant is over by `now` (milliseconds since 1970, by the server's word). Whether it is worth
 * keeping is for a person; no sequence, epoch or parent is asked for.
 */
export async function readLate(
  envelope: { header: Uint8Array; body: Uint8Array; proof: BatchProof },
  control: ControlState,
  account: AccountState | null,
  now: number,
  verifier: BatchVerifier,
): Promise<LateEnvelope | LateRefusal> {
  const header = decodeHeader(envelope.header)
  if (header === null || envelope.body.length !== header.paddedLength + BODY_OVERHEAD) return 'malformed'
  const author = account !== null && equalBytes(account.account, header.account) ? account : null
  const then = actingRoles(author, { device: header.device, n: header.accountLog.n })
  const owned = isOwner(control, header.account) && (then === 'unknown' || mayOwn(then))
  if (!equalBytes(header.vault, control.vault) || owned) return 'place'
  const grants = lateGrants(control, header, now, author)
  if (grants.length === 0) return then === 'unknown' && actsByRoles(control, header.account) ? 'account' : 'not-over'
  if (account === null || author === null) return 'account'
  if (!hasAccountHead(account, header.accountLog)) return 'account'
  if (!hasControlHead(control, header.control)) return 'control'
  const device = deviceLiveAt(account, header.device, header.accountLog.n)
  if (device === null || device.kind !== 'device') return 'device'
  // C12: who left had the device until then, and its cut says no more than that; one that was removed alone may be in other hands.
  if (deviceCut(control, header) !== null && !leftWithMember(account, device.id)) return 'device'
  const hash = envelopeHashOf(envelope.header, sha256(envelope.body))
  return (await verifier.verify(hash, header, envelope.proof, device.sign)) ? { header, hash, grants } : 'signature'
}

/**
 * The author's ended grants that gave the needed right at the position that the envelope names. For a practice also the grants to a role that the
 * device had at the head that it names and lost later, and all grants when a cut says that such an old head no longer counts (C12): a late envelope
 * does not become timely when the role comes back.
 */
function lateGrants(control: ControlState, header: Header, now: number, author: AccountState | null): Grant[] {
  const { device, account, accountLog } = header
  const then = actingRoles(author, { device, n: accountLog.n })
  const isBeforeCut = roleCutsOf(control, { account, device }).some((cut) => accountLog.n < cut.accountN)
  const isLost = (role: Role | null) =>
    role !== null && (isBeforeCut || (author !== null && lostAfter(author, device, accountLog.n, role)))
  const needed = equalBytes(header.parent, ZERO_HASH) && !header.deleted ? APPEND : AMEND
  return [...control.grants.values()].filter(
    (grant) =>
      grant.account !== null &&
      equalBytes(grant.account, header.account) &&
      isForRoles(grant.role, then) &&
      grant.at <= header.control.n &&
      ((grant.streams.get(idText(header.stream))?.rights ?? 0) & needed) !== 0 &&
      // C13: an opening ends before its grant does; when, is the server's matter.
      (grant.cut !== null || grant.notAfter <= now || grant.emergency !== null || isLost(grant.role)),
  )
}
