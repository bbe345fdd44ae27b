/** The boxes of emergency access (C13): the label that a grantee may read beforehand, and the reason that only owners can read. */
import {
  boxKeyPairFromSecretKey,
  openSealedBox,
  pad,
  randomBytes as systemRandom,
  sealToPublicKey,
  unpad,
  type BoxKeyPair,
} from '@chartkeep/crypto'
import { decodeAs, encodeMessage, idText } from '@chartkeep/protocol'
import { accessLogText } from '@chartkeep/protocol/audit'
import type { Grant } from '@chartkeep/protocol/control'
import {
  EmergencyLabel,
  EmergencyReason,
  reasonContext,
  type EmergencyRequestBody,
} from '@chartkeep/protocol/emergency'
import type { BoxKeys } from '../account/account-keys.ts'
import type { VaultKeys } from './content-keys.ts'
import type { RandomBytes } from '../ports/ports.ts'

export function sealEmergencyLabel(
  publicKey: Uint8Array,
  label: EmergencyLabel,
  randomBytes: RandomBytes = systemRandom,
): Uint8Array {
  return sealToPublicKey(publicKey, pad(encodeMessage(label)), randomBytes)
}

/** The label of a grant of this account; null if no key of this device opens it or it belongs to another grant. */
export function openEmergencyLabel(vault: Uint8Array, grant: Grant, boxKeys: BoxKeys): EmergencyLabel | null {
  const chain = grant.role === null ? boxKeys : boxKeys.roles?.get(grant.role)
  for (const pair of [...(chain?.values() ?? [])].toReversed()) {
    const plain = openBox(pair, grant.emergency?.label ?? new Uint8Array())
    const label = plain === null ? null : decodeAs(EmergencyLabel, plain)
    if (label === null) continue
    return idText(label.vault) === idText(vault) && idText(label.grant) === idText(grant.id) ? label : null
  }
  return null
}

export function sealReason(
  publicKey: Uint8Array,
  reason: Omit<EmergencyReason, 'context'>,
  place: Parameters<typeof reasonContext>[0],
  randomBytes: RandomBytes = systemRandom,
): Uint8Array {
  return sealToPublicKey(publicKey, pad(encodeMessage({ ...reason, context: reasonContext(place) })), randomBytes)
}

/** On an owner's device: the reason of a request; null if the device lacks the key or the box does not open. */
export function openReason(keys: VaultKeys, { vault, epoch, reason }: EmergencyRequestBody): EmergencyReason | null {
  // A2: the content key of an access-log epoch is the secret half of its audit box key.
  const secret = keys.streams.get(accessLogText(vault))?.byEpoch.get(epoch)
  const plain = secret === undefined ? null : openBox(boxKeyPairFromSecretKey(secret), reason)
  return plain === null ? null : decodeAs(EmergencyReason, plain)
}

function openBox(pair: BoxKeyPair, box: Uint8Array): Uint8Array | null {
  const padded = openSealedBox(pair, box)
  return padded === null ? null : unpad(padded)
}
