/** H1: a challenge signed by the device's key; there is no password on the server. */
import { concatBytes, encodeCbor, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { ID_LENGTH, SIGNATURE_LENGTH } from '../base/limits.ts'
import { bytes, record, text, uint, type TypeOf } from '../base/shape.ts'

/** What the server asks: its key, the origin that it serves, a nonce used once, its time. */
export const Challenge = record({ server: bytes(32), audience: text(256), nonce: bytes(32), time: uint() })
export type Challenge = TypeOf<typeof Challenge>

export const SignInRequest = record({
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  nonce: bytes(32),
  signature: bytes(SIGNATURE_LENGTH),
})
export type SignInRequest = TypeOf<typeof SignInRequest>

/** `token` is opaque, short-lived (milliseconds since 1970 in `expires`), and travels in the Authorization header, never in a URL. */
export const Session = record({ token: text(128), expires: uint() })
export type Session = TypeOf<typeof Session>

export function signInMessage(challenge: Challenge, account: Uint8Array, device: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/sign-in/v1'), encodeCbor({ ...challenge, account, device }))
}
