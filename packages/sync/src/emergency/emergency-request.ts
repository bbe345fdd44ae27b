/**
 * A device's request to open a chart in an emergency (C13): the signed content, and the check whether the server's answer opens the chart.
 */
import { sign } from '@chartkeep/crypto'
import { encodeMessage } from '@chartkeep/protocol'
import { accountHead, type AccountState } from '@chartkeep/protocol/account'
import { accessLogKey, controlHead, type ControlState } from '@chartkeep/protocol/control'
import {
  emergencyRequestMessage,
  emergencyEndMessage,
  holdsEmergencyReceipt,
  readEmergencyRequest,
  type EmergencyEnd,
  type EmergencyEndBody,
  type EmergencyRequest,
  type EmergencyRequestBody,
} from '@chartkeep/protocol/emergency'
import type { ContentSigner } from '@chartkeep/protocol/records'
import type { DeviceSecrets } from '../account/account-keys.ts'
import { sealReason } from '../vault/emergency-box.ts'
import type { Answer, RandomBytes, ServerApi } from '../ports/ports.ts'

/** The account that asks, and its device. */
export interface Requester {
  /** The account's log, as far as the device has read it. */
  log: AccountState
  device: DeviceSecrets
  /** In a practice, the member at the device; null for a person. */
  member: ContentSigner | null
}

/** Null if the vault has no access log, because nobody could read the reason. */
export async function signEmergencyRequest(
  control: ControlState,
  { grant, reason, time }: { grant: Uint8Array; reason: string; time: number },
  { log, device, member }: Requester,
  randomBytes: RandomBytes,
): Promise<EmergencyRequest | null> {
  const box = accessLogKey(control)
  if (box === null) return null
  const place = { vault: control.vault, grant, account: log.account, device: device.id }
  const signer = member === null ? null : { member: member.member, name: member.name, salt: member.salt }
  const body = encodeMessage({
    v: 1,
    ...place,
    accountLog: accountHead(log),
    control: controlHead(control),
    time,
    epoch: box.epoch,
    reason: sealReason(box.publicKey, { text: reason, signer }, place, randomBytes),
  } satisfies EmergencyRequestBody)
  return { body, signature: await sign(device.signing, emergencyRequestMessage(body)) }
}

/** States that the device no longer needs the opening; `from`: of its receipt. */
export async function signEmergencyEnd(
  control: ControlState,
  { grant, from, time }: { grant: Uint8Array; from: number; time: number },
  { log, device }: Omit<Requester, 'member'>,
): Promise<EmergencyEnd> {
  const body = encodeMessage({
    v: 1,
    vault: control.vault,
    grant,
    account: log.account,
    device: device.id,
    accountLog: accountHead(log),
    control: controlHead(control),
    time,
    from,
  } satisfies EmergencyEndBody)
  return { body, signature: await sign(device.signing, emergencyEndMessage(body)) }
}

/** Sends the request to the server. Resolves to the period of the opening, by a receipt that the server signed for exactly this request. */
export async function askToOpen(
  server: ServerApi,
  serverKey: Uint8Array,
  request: EmergencyRequest,
  control: ControlState,
  log: AccountState,
): Promise<Answer<{ from: number; until: number }> | { type: 'error'; error: 'wrong-answer' }> {
  const answer = await server.openEmergency(control.vault, request)
  if (answer.type !== 'ok') return answer
  const own = await readEmergencyRequest(request, control, log)
  const isReceipt = typeof own !== 'string' && (await holdsEmergencyReceipt(answer.value, own, serverKey))
  return isReceipt ? answer : { type: 'error', error: 'wrong-answer' }
}
