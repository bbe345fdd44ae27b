/**
 * Emergency access (C13): a grant whose wraps the server holds back until a device of the grantee has signed a request for them, with a reason that
 * owners alone can read. Here: what such a grant may be, the request and the server's receipt, and what server and owners ask of them.
 */
import { concatBytes, equalBytes, uint64ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { accessLogText } from '../audit/access-entry.ts'
import { deviceLiveAt, hasAccountHead, type AccountState } from '../account/account-state.ts'
import { isForRoles } from '../control/admit.ts'
import { seatAt } from '../records/content-signature.ts'
import { deviceCut, hasControlHead, roleCutsOf, type ControlState, type Grant } from '../control/control-state.ts'
import { deviceStatement } from '../signed/device-statement.ts'
import { idText } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_EMERGENCY_PAGE, MAX_EMERGENCY_REASON, SIGNATURE_LENGTH } from '../base/limits.ts'
import { memberNameHash } from '../account/practice-entry.ts'
import { rolesAt } from '../account/practice-log.ts'
import { bytes, decodeAs, list, nullable, record, text, uint, type TypeOf } from '../base/shape.ts'

/** What a grantee may know beforehand, so that it finds the person. Padded and boxed in the `open` half; it names the place where it belongs. */
export const EmergencyLabel = record({
  vault: bytes(ID_LENGTH),
  grant: bytes(ID_LENGTH),
  name: text(200),
  birthDate: text(32),
})
export type EmergencyLabel = TypeOf<typeof EmergencyLabel>

export const EmergencyRequestBody = record({
  ...deviceStatement,
  grant: bytes(ID_LENGTH),
  /** The epoch of the access log to whose audit box key (A2) `reason` is boxed: a padded {@link EmergencyReason}. */
  epoch: uint(0xffffffff),
  reason: bytes({ max: 8192 }),
})
export type EmergencyRequestBody = TypeOf<typeof EmergencyRequestBody>

/** The exact bytes that were signed, and the Ed25519 signature over `chartkeep/emergency-request/v1` and them. */
export const EmergencyRequest = record({ body: bytes({ max: 9216 }), signature: bytes(SIGNATURE_LENGTH) })
export type EmergencyRequest = TypeOf<typeof EmergencyRequest>

/** What only owners read of a request. */
export const EmergencyReason = record({
  /** {@link reasonContext}: a reason belongs to one device's request for one grant. */
  context: bytes(HASH_LENGTH),
  text: text(MAX_EMERGENCY_REASON),
  /** Who sits at the device of a practice: the name, with the salt by which the account log proves it (C12). Null for a person. */
  signer: nullable(record({ member: bytes(ID_LENGTH), name: text(200), salt: bytes({ max: 32 }) })),
})
export type EmergencyReason = TypeOf<typeof EmergencyReason>

type RequestPlace = Pick<EmergencyRequestBody, 'vault' | 'grant' | 'account' | 'device'>

export function reasonContext({ vault, grant, account, device }: RequestPlace): Uint8Array {
  return taggedHash('emergency-reason', vault, grant, account, device)
}

export function emergencyRequestMessage(body: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/emergency-request/v1'), body)
}

export function emergencyRequestHash(body: Uint8Array): Uint8Array {
  return taggedHash('emergency-request', body)
}

/** The server has logged the request: the device reads from `from` until `until`, milliseconds since 1970 by the server's clock. */
export const EmergencyReceipt = record({
  request: bytes(HASH_LENGTH),
  from: uint(),
  until: uint(),
  signature: bytes(SIGNATURE_LENGTH),
})
export type EmergencyReceipt = TypeOf<typeof EmergencyReceipt>

/** Requests of a vault after a place, oldest first; `last` is the newest place, 0 for none. For owners. */
export const EmergencyPage = record({
  items: list(record({ place: uint(), request: EmergencyRequest, receipt: EmergencyReceipt }), MAX_EMERGENCY_PAGE),
  last: uint(),
})
export type EmergencyPage = TypeOf<typeof EmergencyPage>

/** `chartkeep/emergency-receipt/v1 || vault || grant || device || request hash || u64 from || u64 until`. */
export function emergencyReceiptMessage(
  { vault, grant, device }: Pick<RequestPlace, 'vault' | 'grant' | 'device'>,
  { request, from, until }: Omit<EmergencyReceipt, 'signature'>,
): Uint8Array {
  const tag = utf8ToBytes('chartkeep/emergency-receipt/v1')
  return concatBytes(tag, vault, grant, device, request, uint64ToBytes(from), uint64ToBytes(until))
}

/** When an opening that begins at `from` ends. */
export function openingEnd({ emergency, notAfter }: Pick<Grant, 'emergency' | 'notAfter'>, from: number): number {
  return Math.min(from + (emergency?.duration ?? 0), notAfter)
}

/** Whether a receipt is the server's, of this request, and lasts as long as the grant says. */
export async function holdsEmergencyReceipt(
  receipt: EmergencyReceipt,
  { body, hash, grant }: ReadRequest,
  serverKey: Uint8Array,
): Promise<boolean> {
  if (!equalBytes(receipt.request, hash) || receipt.until !== openingEnd(grant, receipt.from)) return false
  return verify(serverKey, emergencyReceiptMessage(body, receipt), receipt.signature)
}

/**
 * Why a request does not count. `account` and `control`: the reader's logs lack the heads that it names. `ended`: the grant was cut by that head,
 * or is younger. `box-key`: the access log has no such key, so nobody could read the reason.
 */
export type EmergencyRefusal =
  'malformed' | 'unknown-grant' | 'account' | 'control' | 'ended' | 'device' | 'role' | 'box-key' | 'signature'

type EmergencyGrant = Grant & { account: Uint8Array }

export interface ReadRequest {
  body: EmergencyRequestBody
  hash: Uint8Array
  grant: EmergencyGrant
}

/** The grant for emergencies to this account that a statement of a device of it names, over heads that the reader has; or why there is none. */
export function grantNamed(
  body: Pick<EmergencyRequestBody, 'vault' | 'account' | 'accountLog' | 'control' | 'grant'>,
  control: ControlState,
  account: AccountState,
): EmergencyGrant | 'unknown-grant' | 'account' | 'control' {
  const grant = control.grants.get(idText(body.grant))
  if (!equalBytes(body.vault, control.vault) || !equalBytes(body.account, account.account)) return 'unknown-grant'
  if (grant === undefined || grant.emergency === null || grant.account === null) return 'unknown-grant'
  if (!equalBytes(grant.account, account.account)) return 'unknown-grant'
  if (!hasAccountHead(account, body.accountLog)) return 'account'
  if (!hasControlHead(control, body.control)) return 'control'
  return { ...grant, account: grant.account }
}

/**
 * The request in `encoded`, if it is valid at the heads that it names: it asks for an emergency grant to this account, and is signed by a device that
 * was live, was not cut and had the role. The server judges whether the grant is in force now.
 */
export async function readEmergencyRequest(
  { body: encoded, signature }: EmergencyRequest,
  control: ControlState,
  account: AccountState,
): Promise<ReadRequest | EmergencyRefusal> {
  const body = decodeAs(EmergencyRequestBody, encoded)
  if (body === null) return 'malformed'
  const grant = grantNamed(body, control, account)
  if (typeof grant === 'string') return grant
  if (body.control.n < grant.at || (grant.cut !== null && grant.cut.at <= body.control.n)) return 'ended'
  const device = deviceLiveAt(account, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return 'device'
  if ((deviceCut(control, body)?.at ?? Infinity) <= body.control.n) return 'device'
  if (!isForRoles(grant.role, rolesAt(account, body.device, body.accountLog.n))) return 'role'
  const isLost = roleCutsOf(control, body).some(
    ({ at, accountN }) => at <= body.control.n && body.accountLog.n < accountN,
  )
  if (isLost) return 'role'
  if (!control.streams.get(accessLogText(control.vault))?.keyIds.has(body.epoch)) return 'box-key'
  if (!(await verify(device.sign, emergencyRequestMessage(encoded), signature))) return 'signature'
  return { body, hash: emergencyRequestHash(encoded), grant }
}

/** Whether the opened reason is this request's, and names who sits at its device by the account log: nobody where the account is a person's. */
export function namesItsSigner(reason: EmergencyReason, body: EmergencyRequestBody, account: AccountState): boolean {
  const { n } = body.accountLog
  const member = account.devices.get(idText(body.device))?.member ?? null
  if (!equalBytes(reason.context, reasonContext(body)) || reason.text.length === 0) return false
  const seat = member === null ? null : seatAt(account, member, n)
  const { signer } = reason
  if (seat === null || signer === null) return seat === signer
  if (!equalBytes(seat.id, signer.member)) return false
  return equalBytes(memberNameHash(seat.id, signer.salt, signer.name), seat.nameHash)
}
