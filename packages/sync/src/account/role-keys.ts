/** Makes and distributes the keys of a practice's roles (C12). account-keys.ts opens them. */
import { generateBoxKeyPair, hkdf, seal, sealToPublicKey, type BoxKeyPair } from '@chartkeep/crypto'
import { concatBytes } from '@chartkeep/crypto/encoding'
import {
  holdersOfRole,
  newestRoleKey,
  roleKeyContext,
  ROLES,
  type AccountState,
  type Role,
  type RoleKey,
  type RoleWrap,
} from '@chartkeep/protocol/account'
import { ROLE_CHAIN, type BoxKeys } from './account-keys.ts'
import type { RandomBytes } from '../ports/ports.ts'

/** The recipient of a key: a device id and the public half of the device's DBK. */
export interface KeyHolder {
  id: Uint8Array
  box: Uint8Array
}

function chainKey(pair: BoxKeyPair): Uint8Array {
  return hkdf(pair.secretKey, ROLE_CHAIN, 32)
}

/** The first keys of all roles, for the devices of the practice's founder. */
export function firstRoleKeys(holders: readonly KeyHolder[], randomBytes: RandomBytes): RoleKey[] {
  return ROLES.map((role) => roleKey(role, 1, null, holders, randomBytes))
}

/** The next keys of `roles`, for the current holders whom `isLeft` accepts. Throws if this device cannot open the newest key of a role. */
export function nextRoleKeys(
  state: AccountState,
  roles: readonly Role[],
  isLeft: (device: Uint8Array, role: Role) => boolean,
  keys: BoxKeys,
  randomBytes: RandomBytes,
  more: readonly KeyHolder[] = [],
): RoleKey[] {
  return roles.map((role) => {
    const { generation } = newestRoleKey(state, role)!
    const holders = [...holdersOfRole(state, role).filter(({ id }) => isLeft(id, role)), ...more]
    return roleKey(role, generation + 1, newestOpen(state, role, keys), holders, randomBytes)
  })
}

function newestOpen(state: AccountState, role: Role, keys: BoxKeys): BoxKeyPair {
  const pair = keys.roles?.get(role)?.get(newestRoleKey(state, role)!.generation)
  if (pair === undefined) throw new Error('the newest key of a role is not open')
  return pair
}

function roleKey(
  role: Role,
  generation: number,
  previous: BoxKeyPair | null,
  holders: readonly KeyHolder[],
  randomBytes: RandomBytes,
): RoleKey {
  const pair = generateBoxKeyPair(randomBytes)
  return {
    role,
    generation,
    public: pair.publicKey,
    wraps: holders.map((holder) => ({
      device: holder.id,
      wrap: wrapRole(role, generation, pair, holder, randomBytes),
    })),
    previous: previous === null ? null : seal(previous.secretKey, chainKey(pair), randomBytes),
  }
}

function wrapRole(
  role: Role,
  generation: number,
  pair: BoxKeyPair,
  { id, box }: KeyHolder,
  randomBytes: RandomBytes,
): Uint8Array {
  const context = roleKeyContext(role, generation, pair.publicKey, id)
  return sealToPublicKey(box, concatBytes(context, pair.secretKey), randomBytes)
}

/** The newest keys of `roles`, wrapped for devices that gain them. Throws if this device cannot open one of them. */
export function roleWraps(
  state: AccountState,
  roles: readonly Role[],
  devices: readonly KeyHolder[],
  keys: BoxKeys,
  randomBytes: RandomBytes,
): RoleWrap[] {
  return roles.flatMap((role) => {
    const { generation } = newestRoleKey(state, role)!
    const pair = newestOpen(state, role, keys)
    return devices.map((holder) => ({
      role,
      device: holder.id,
      wrap: wrapRole(role, generation, pair, holder, randomBytes),
    }))
  })
}
