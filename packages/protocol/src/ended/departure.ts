/**
 * The signed departure (C10): a grantee's device says that it removed its copy of a chart, after its access ended. A claim that nobody
 * can force or prove; the signature says only which device made it, and of which grant.
 */
import { concatBytes, equalBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { verify } from '@chartkeep/crypto/verify'
import { deviceLiveAt, hasAccountHead, type AccountState } from '../account/account-state.ts'
import { hasControlHead, type ControlState } from '../control/control-state.ts'
import { deviceStatement } from '../signed/device-statement.ts'
import { idText } from '../base/ids.ts'
import { ID_LENGTH, MAX_DEPARTURES, SIGNATURE_LENGTH } from '../base/limits.ts'
import { bytes, decodeAs, list, record, type TypeOf } from '../base/shape.ts'

export const DepartureBody = record({
  /** `control`: as it was when the device removed its copy. */
  ...deviceStatement,
  grant: bytes(ID_LENGTH),
})
export type DepartureBody = TypeOf<typeof DepartureBody>

/** The exact bytes that were signed, at most 512, and the Ed25519 signature over `chartkeep/departure/v1` and them. */
export const Departure = record({ body: bytes({ max: 512 }), signature: bytes(SIGNATURE_LENGTH) })
export type Departure = TypeOf<typeof Departure>

export const DeparturePage = record({ departures: list(Departure, MAX_DEPARTURES) })
export type DeparturePage = TypeOf<typeof DeparturePage>

export function departureMessage(body: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/departure/v1'), body)
}

/** Why a departure does not count. `account` and `control`: the reader's logs lack the heads that it names. */
export type DepartureRefusal =
  'malformed' | 'unknown-grant' | 'not-over' | 'account' | 'control' | 'device' | 'signature'

/**
 * The departure that `encoded` holds, if it holds: of a grant of this account in this vault that is over by `now` (milliseconds since
 * 1970, by the server's word), of a device that was live at the head it names, signed by it.
 */
export async function readDeparture(
  { body: encoded, signature }: Departure,
  control: ControlState,
  account: AccountState,
  now: number,
): Promise<DepartureBody | DepartureRefusal> {
  const body = decodeAs(DepartureBody, encoded)
  if (body === null) return 'malformed'
  const grant = control.grants.get(idText(body.grant))
  if (!equalBytes(body.vault, control.vault) || !equalBytes(body.account, account.account)) return 'unknown-grant'
  if (grant === undefined || grant.account === null || !equalBytes(grant.account, account.account))
    return 'unknown-grant'
  // C13: an opening ends before its grant does.
  if (grant.cut === null && grant.notAfter > now && grant.emergency === null) return 'not-over'
  if (!hasAccountHead(account, body.accountLog)) return 'account'
  if (!hasControlHead(control, body.control)) return 'control'
  const device = deviceLiveAt(account, body.device, body.accountLog.n)
  if (device === null || device.kind !== 'device') return 'device'
  return (await verify(device.sign, departureMessage(encoded), signature)) ? body : 'signature'
}
