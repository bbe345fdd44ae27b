/** Writes entries of an account log (K4, K5, K7). packages/protocol reads and verifies them. */
import { generateBoxKeyPair, type BoxKeyPair } from '@chartkeep/crypto'
import { equalBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { idText, ZERO_HASH } from '@chartkeep/protocol'
import {
  liveDevices,
  liveMembers,
  memberRolesAt,
  ROLES,
  rolesAt,
  rolesHeld,
  type AccountDevice,
  type AccountMember,
  type AccountState,
  type Waited,
} from '@chartkeep/protocol/account'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import {
  boxKeyGrant,
  deviceKeys,
  newestOpenKey,
  nextBoxKey,
  placeAfter,
  sealUnderBoxKey,
  signAccountEntry,
  wrapBoxKey,
  type BoxKeys,
  type DevicePublic,
  type DeviceSecrets,
} from './account-keys.ts'
import type { RandomBytes } from '../ports/ports.ts'
import { memberEntry, type MemberInput } from './practice-writer.ts'
import { firstRoleKeys, nextRoleKeys, roleWraps, type KeyHolder } from './role-keys.ts'

/** K4: the first entry of a new account with its first device and its recovery device. C12: in a practice, with its `founder`. */
export async function genesisEntry(
  device: DeviceSecrets,
  recovery: DeviceSecrets & { lookup: Uint8Array },
  name: string,
  randomBytes: RandomBytes,
  founder: MemberInput | null = null,
): Promise<{ entry: SignedEntry; boxKey: BoxKeyPair }> {
  const boxKey = generateBoxKeyPair(randomBytes)
  const publicDevice = { id: device.id, box: device.box.publicKey }
  const publicRecovery = { id: recovery.id, box: recovery.box.publicKey }
  const entry = await signAccountEntry(
    {
      v: 1,
      n: 1,
      prev: ZERO_HASH,
      signer: device.id,
      type: 'genesis',
      random: randomBytes(32),
      device: deviceKeys('device', device, null, sealUnderBoxKey(utf8ToBytes(name), 1, boxKey, randomBytes)),
      recovery: deviceKeys('recovery', recovery, recovery.lookup, new Uint8Array()),
      boxKey: boxKeyGrant(1, boxKey, [publicDevice, publicRecovery], null, randomBytes),
      ...(founder && {
        member: memberEntry(founder, { generation: 1, pair: boxKey }, randomBytes),
        roleKeys: firstRoleKeys([publicDevice, publicRecovery], randomBytes),
      }),
    },
    device,
  )
  return { entry, boxKey }
}

/**
 * K7, K8: the recovery device or a live device enrols a new device. In a practice the new device belongs to the signer's member; if the kit
 * enrols it, to the first administrator (C12).
 */
export async function deviceAddedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  added: DevicePublic,
  name: string,
  keys: BoxKeys,
  randomBytes: RandomBytes,
): Promise<SignedEntry> {
  const { generation, pair } = newestOpenKey(state, keys)
  return signAccountEntry(
    {
      ...placeAfter(state, signer),
      type: 'device-added',
      device: deviceKeys('device', added, null, sealUnderBoxKey(utf8ToBytes(name), generation, pair, randomBytes)),
      wrap: wrapBoxKey(generation, pair, added.id, added.box.publicKey, randomBytes),
      ...memberFields(state, signer, { id: added.id, box: added.box.publicKey }, keys, randomBytes),
    },
    signer,
  )
}

function memberFields(
  state: AccountState,
  signer: DeviceSecrets,
  added: KeyHolder,
  keys: BoxKeys,
  randomBytes: RandomBytes,
) {
  if (state.practice === null) return {}
  const own = state.devices.get(idText(signer.id))?.member ?? null
  const isAdmin = (member: AccountMember) => memberRolesAt(member, state.n).includes('admin')
  const member = own === null ? liveMembers(state).find(isAdmin) : state.practice.members.get(idText(own))
  if (member === undefined) throw new Error('the new device has no member')
  const roles = rolesHeld(memberRolesAt(member, state.n))
  return { member: member.id, roleWraps: roleWraps(state, roles, [added], keys, randomBytes) }
}

/** K5: removes a device and publishes EK(g+1) in the same entry. `waited`: the proof that {@link mustWait} demands (K7). */
export async function deviceRemovedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  removed: Uint8Array,
  keys: BoxKeys,
  randomBytes: RandomBytes,
  waited: Waited | null = null,
): Promise<SignedEntry> {
  const isLeft = (device: Uint8Array) => !equalBytes(device, removed)
  const remaining = liveDevices(state).filter(({ id }) => isLeft(id))
  const boxKey = nextBoxKey(state, remaining, keys, randomBytes)
  const held = rolesHeld(rolesAt(state, removed, state.n) ?? [])
  const ofRoles = state.practice === null ? {} : { roleKeys: nextRoleKeys(state, held, isLeft, keys, randomBytes) }
  const proof = waited === null ? {} : { waited }
  const place = placeAfter(state, signer)
  return signAccountEntry({ ...place, type: 'device-removed', device: removed, boxKey, ...ofRoles, ...proof }, signer)
}

/** K7: replaces the account's kit by `recovery`; the old kit opens nothing written later. Null if the log has no kit. */
export async function kitReplacedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  recovery: DeviceSecrets & { lookup: Uint8Array },
  keys: BoxKeys,
  randomBytes: RandomBytes,
  waited: Waited | null = null,
): Promise<SignedEntry | null> {
  const old = liveKit(state)
  if (old === null) return null
  const isLeft = (device: Uint8Array) => !equalBytes(device, old.id)
  const remaining = liveDevices(state).filter(({ id }) => isLeft(id))
  const kit = { id: recovery.id, box: recovery.box.publicKey }
  const devices = [...remaining, kit]
  return signAccountEntry(
    {
      ...placeAfter(state, signer),
      type: 'kit-replaced',
      device: old.id,
      recovery: deviceKeys('recovery', recovery, recovery.lookup, new Uint8Array()),
      boxKey: nextBoxKey(state, devices, keys, randomBytes),
      ...(state.practice && { roleKeys: nextRoleKeys(state, ROLES, isLeft, keys, randomBytes, [kit]) }),
      waited,
    },
    signer,
  )
}

/** The recovery device of a log; null only if the log never had one. */
export function liveKit(state: AccountState): AccountDevice | null {
  return liveDevices(state).find(({ kind }) => kind === 'recovery') ?? null
}

/** Renames a device; the name is sealed under the newest EK. Throws if this device cannot open that key. */
export async function deviceNamedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  device: Uint8Array,
  name: string,
  keys: BoxKeys,
  randomBytes: RandomBytes,
): Promise<SignedEntry> {
  const { generation, pair } = newestOpenKey(state, keys)
  const sealed = sealUnderBoxKey(utf8ToBytes(name), generation, pair, randomBytes)
  return signAccountEntry({ ...placeAfter(state, signer), type: 'device-named', device, name: sealed }, signer)
}

/** K4: the sealed list of the account's vaults, so that no server can hide a vault. */
export async function vaultsEntry(
  state: AccountState,
  signer: DeviceSecrets,
  list: Uint8Array,
  keys: BoxKeys,
  randomBytes: RandomBytes,
): Promise<SignedEntry> {
  const { generation, pair } = newestOpenKey(state, keys)
  const sealed = sealUnderBoxKey(list, generation, pair, randomBytes)
  return signAccountEntry({ ...placeAfter(state, signer), type: 'vaults', sealed }, signer)
}
