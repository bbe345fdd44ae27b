/**
 * The end of an opening before its time (C13), as the device that opened it tells the server: from then on the server shows that device nothing by it.
 * It takes away and gives nothing. Owners read of it in the audit log, not here.
 */
import { concatBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { verify } from '@chartkeep/crypto/verify'
import { deviceLiveAt, type AccountState } from '../account/account-state.ts'
import type { ControlState } from '../control/control-state.ts'
import { deviceStatement } from '../signed/device-statement.ts'
import { grantNamed } from './emergency.ts'
import { ID_LENGTH, SIGNATURE_LENGTH } from '../base/limits.ts'
import { bytes, decodeAs, record, uint, type TypeOf } from '../base/shape.ts'

export const EmergencyEndBody = record({
  ...deviceStatement,
  grant: bytes(ID_LENGTH),
  /** `from` of the receipt of what is ended: with it, what the device opened by that grant before. */
  from: uint(),
})
export type EmergencyEndBody = TypeOf<typeof EmergencyEndBody>

/** The exact bytes that were signed, at most 512, and the Ed25519 signature over `chartkeep/emergency-end/v1` and them. */
export const EmergencyEnd = record({ body: bytes({ max: 512 }), signature: bytes(SIGNATURE_LENGTH) })
export type EmergencyEnd = TypeOf<typeof EmergencyEnd>

export function emergencyEndMessage(body: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/emergency-end/v1'), body)
}

/** Why an end does not count. `account` and `control`: the reader's logs lack the heads that it names. */
export type EmergencyEndRefusal = 'malformed' | 'unknown-grant' | 'account' | 'control' | 'device' | 'signature'

/**
 * The end that `encoded` holds, if it holds: of a grant for emergencies to this account, by a device that was live at the head it names, signed by it.
 * What that device has open is the server's matter.
 */
export async function readEmergencyEnd(
  { body: encoded, signature }: EmergencyEnd,
  control: ControlState,
  account: AccountState,
): Promise<EmergencyEndBody | EmergencyEndRefusal> {
  const body = decodeAs(EmergencyEndBody, encoded)
  if (body === null) return 'malformed'
  const grant = grantNamed(body, control, account)
  if (typeof grant === 'string') return grant
  const device = deviceLiveAt(account, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return 'device'
  return (await verify(device.sign, emergencyEndMessage(encoded), signature)) ? body : 'signature'
}
