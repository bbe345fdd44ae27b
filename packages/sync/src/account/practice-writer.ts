/**
 * Writes the entries of a practice's account log that name its members (C12), and reads members' names. packages/protocol verifies the
 * entries.
 */
import { bytesToUtf8, concatBytes, equalBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { idText } from '@chartkeep/protocol'
import {
  devicesOf,
  liveDevices,
  memberNameHash,
  memberRolesAt,
  ROLES,
  rolesHeld,
  type AccountMember,
  type AccountState,
  type MemberEntry,
  type Role,
  type Waited,
} from '@chartkeep/protocol/account'
import type { SignedEntry } from '@chartkeep/protocol/signed'
import {
  deviceKeys,
  nextBoxKey,
  openUnderBoxKey,
  newestOpenKey,
  placeAfter,
  sealUnderBoxKey,
  signAccountEntry,
  wrapBoxKey,
  type BoxKeys,
  type DevicePublic,
  type DeviceSecrets,
} from './account-keys.ts'
import type { RandomBytes } from '../ports/ports.ts'
import { nextRoleKeys, roleWraps } from './role-keys.ts'

const SALT_LENGTH = 16

/** A member, as people enter it. */
export interface MemberInput {
  id: Uint8Array
  name: string
  roles: readonly Role[]
}

/** Roles in the order of the log, without duplicates. */
function inOrder(roles: readonly Role[]): Role[] {
  return ROLES.filter((role) => roles.includes(role))
}

/** A member for an entry; the name is sealed under EK(generation) with its own salt. */
export function memberEntry(
  { id, name, roles }: MemberInput,
  boxKey: { generation: number; pair: Parameters<typeof sealUnderBoxKey>[2] },
  randomBytes: RandomBytes,
): MemberEntry {
  const salt = randomBytes(SALT_LENGTH)
  const sealed = sealUnderBoxKey(concatBytes(salt, utf8ToBytes(name)), boxKey.generation, boxKey.pair, randomBytes)
  return { id, roles: inOrder(roles), name: sealed, nameHash: memberNameHash(id, salt, name) }
}

/** Adds a member with a first device. */
export async function memberAddedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  member: MemberInput,
  added: DevicePublic & { name: string },
  keys: BoxKeys,
  randomBytes: RandomBytes,
): Promise<SignedEntry> {
  const boxKey = newestOpenKey(state, keys)
  const { generation, pair } = boxKey
  const holder = { id: added.id, box: added.box.publicKey }
  const name = sealUnderBoxKey(utf8ToBytes(added.name), generation, pair, randomBytes)
  return signAccountEntry(
    {
      ...placeAfter(state, signer),
      type: 'member-added',
      member: memberEntry(member, boxKey, randomBytes),
      device: deviceKeys('device', added, null, name),
      wrap: wrapBoxKey(generation, pair, holder.id, holder.box, randomBytes),
      roleWraps: roleWraps(state, rolesHeld(member.roles), [holder], keys, randomBytes),
    },
    signer,
  )
}

/** Replaces a member's fields from this entry on. Null if there is no such member now. */
export async function memberChangedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  member: MemberInput,
  keys: BoxKeys,
  randomBytes: RandomBytes,
  waited: Waited | null = null,
): Promise<SignedEntry | null> {
  const known = liveMember(state, member.id)
  if (known === null) return null
  const before = rolesHeld(memberRolesAt(known, state.n))
  const after = rolesHeld(member.roles)
  const devices = devicesOf(state, member.id)
  const isTheirs = (device: Uint8Array) => devices.some(({ id }) => equalBytes(id, device))
  const lost = devices.length === 0 ? [] : before.filter((role) => !after.includes(role))
  const gained = after.filter((role) => !before.includes(role))
  return signAccountEntry(
    {
      ...placeAfter(state, signer),
      type: 'member-changed',
      member: memberEntry(member, newestOpenKey(state, keys), randomBytes),
      roleKeys: nextRoleKeys(state, lost, (device) => !isTheirs(device), keys, randomBytes),
      roleWraps: roleWraps(state, gained, devices, keys, randomBytes),
      waited,
    },
    signer,
  )
}

/** Removes a member with all its devices. Null if there is no such member now. */
export async function memberRemovedEntry(
  state: AccountState,
  signer: DeviceSecrets,
  id: Uint8Array,
  keys: BoxKeys,
  randomBytes: RandomBytes,
  waited: Waited | null = null,
): Promise<SignedEntry | null> {
  const known = liveMember(state, id)
  if (known === null) return null
  const devices = devicesOf(state, id)
  const isLeft = (device: Uint8Array) => !devices.some((gone) => equalBytes(gone.id, device))
  const lost = devices.length === 0 ? [] : rolesHeld(memberRolesAt(known, state.n))
  const left = liveDevices(state).filter((device) => isLeft(device.id))
  return signAccountEntry(
    {
      ...placeAfter(state, signer),
      type: 'member-removed',
      member: id,
      boxKey: nextBoxKey(state, left, keys, randomBytes),
      roleKeys: nextRoleKeys(state, lost, isLeft, keys, randomBytes),
      waited,
    },
    signer,
  )
}

function liveMember(state: AccountState, id: Uint8Array): AccountMember | null {
  const member = state.practice?.members.get(idText(id)) ?? null
  return member?.removedAt === null ? member : null
}

/** A member's current name with its salt; null if it does not open or does not match the hash in the log. */
export function memberName(member: AccountMember, keys: BoxKeys): { name: string; salt: Uint8Array } | null {
  const { name: sealed, nameHash } = member.versions.at(-1)!
  const plain = openUnderBoxKey(sealed, keys)
  const name = plain === null ? null : bytesToUtf8(plain.subarray(SALT_LENGTH))
  if (plain === null || name === null) return null
  const salt = plain.slice(0, SALT_LENGTH)
  return equalBytes(memberNameHash(member.id, salt, name), nameHash) ? { name, salt } : null
}
