/**
 * Practices for protocol tests (C12): members with roles, a key for each role, and the entries of their log, right or wrong. Written here once
 * more, apart from packages/sync.
 */
import { generateBoxKeyPair, hkdf, seal, sealToPublicKey, type BoxKeyPair } from '@chartkeep/crypto'
import { concatBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import {
  applyAccountEntry,
  memberNameHash,
  roleKeyContext,
  ROLES,
  type AccountEntryBody,
  type AccountState,
  type MemberEntry,
  type Role,
  type RoleKey,
  type RoleWrap,
} from '@chartkeep/protocol/account'
import {
  accepted,
  boxKeyGrant,
  createDevice,
  createRecovery,
  extendAccount,
  genesisBody,
  nextPlace,
  publicKeys,
  signAccountBody,
  wrapBoxKey,
  type Device,
  type GenesisFields,
  type Person,
} from './protocol-people.ts'
import { seededBytes, type SeededBytes } from './seeded-bytes.ts'

export interface Seat {
  id: Uint8Array
  roles: readonly Role[]
  devices: Device[]
}

export interface Practice extends Person {
  /** RK(role, g) at index g - 1. */
  roleKeys: Map<Role, BoxKeyPair[]>
  /** Who has not left; the first is whoever made the practice. */
  seats: Seat[]
}

export function memberOf(random: SeededBytes, id: Uint8Array, roles: readonly Role[], name = 'A'): MemberEntry {
  const salt = random(16)
  return { id, roles: [...roles], name: concatBytes(salt, utf8ToBytes(name)), nameHash: memberNameHash(id, salt, name) }
}

interface Holder {
  id: Uint8Array
  box: Uint8Array
}

const holderOf = ({ id, box }: Device): Holder => ({ id, box: box.publicKey })

/** Devices that hold a role's key when these are the members and this is the kit. */
export function holders(seats: readonly Seat[], kit: Device, role: Role): Holder[] {
  const has = ({ roles }: Seat) => roles.includes(role) || roles.includes('admin')
  return [kit, ...seats.filter(has).flatMap(({ devices }) => devices)].map(holderOf)
}

export function wrapRole(practice: Practice, role: Role, to: Holder, generation?: number): Uint8Array {
  const chain = practice.roleKeys.get(role)!
  const g = generation ?? chain.length
  const pair = chain[g - 1]!
  const context = roleKeyContext(role, g, pair.publicKey, to.id)
  return sealToPublicKey(to.box, concatBytes(context, pair.secretKey), practice.random)
}

/** The next keys of some roles, for whoever holds them when `seats` and `kit` are what is left. */
export function nextRoleKeys(
  practice: Practice,
  roles: readonly Role[],
  seats: readonly Seat[] = practice.seats,
  kit: Device = practice.recovery,
): { keys: RoleKey[]; pairs: Map<Role, BoxKeyPair> } {
  const pairs = new Map<Role, BoxKeyPair>()
  const keys = roles.map((role): RoleKey => {
    const chain = practice.roleKeys.get(role)!
    const pair = generateBoxKeyPair(practice.random)
    const previous = chain.at(-1) ?? null
    pairs.set(role, pair)
    const generation = chain.length + 1
    return {
      role,
      generation,
      public: pair.publicKey,
      wraps: holders(seats, kit, role).map(({ id, box }) => {
        const context = roleKeyContext(role, generation, pair.publicKey, id)
        return { device: id, wrap: sealToPublicKey(box, concatBytes(context, pair.secretKey), practice.random) }
      }),
      previous:
        previous === null
          ? null
          : seal(previous.secretKey, hkdf(pair.secretKey, 'role-key-chain', 32), practice.random),
    }
  })
  return { keys, pairs }
}

export function keep(practice: Practice, pairs: Map<Role, BoxKeyPair>): void {
  for (const [role, pair] of pairs) practice.roleKeys.set(role, [...practice.roleKeys.get(role)!, pair])
}

/** The first entry of a practice, with any field changed. */
export async function practiceGenesis(
  seed: string,
  change: (body: GenesisFields) => AccountEntryBody = (body) => body,
  roles: readonly Role[] = ['admin'],
): Promise<{ practice: Practice; outcome: Awaited<ReturnType<typeof applyAccountEntry>> }> {
  const random = seededBytes(seed)
  const device = createDevice(random)
  const recovery = createRecovery(random)
  const boxKey = generateBoxKeyPair(random)
  const seat: Seat = { id: random(16), roles, devices: [device] }
  const practice: Practice = {
    random,
    device,
    recovery,
    boxKeys: [boxKey],
    entries: [],
    state: undefined as unknown as AccountState,
    roleKeys: new Map(ROLES.map((role) => [role, []])),
    seats: [seat],
  }
  const { keys, pairs } = nextRoleKeys(practice, ROLES)
  keep(practice, pairs)
  const body = {
    ...genesisBody(random, device, recovery, boxKey),
    member: memberOf(random, seat.id, roles, 'Dr. A'),
    roleKeys: keys,
  }
  const entry = await signAccountBody(change(body), device)
  const outcome = await applyAccountEntry(null, entry)
  practice.entries.push(entry)
  return { practice, outcome }
}

export async function createPractice(seed: string, roles: readonly Role[] = ['admin']): Promise<Practice> {
  const { practice, outcome } = await practiceGenesis(seed, (body) => body, roles)
  practice.state = accepted(outcome)
  return practice
}

/** Newest keys of a member's roles for one more device of it. */
export function wrapsOf(practice: Practice, roles: readonly Role[], device: Device): RoleWrap[] {
  return ROLES.filter((role) => roles.includes(role) || roles.includes('admin')).map((role) => ({
    role,
    device: device.id,
    wrap: wrapRole(practice, role, holderOf(device)),
  }))
}

export type MemberAdded = Extract<AccountEntryBody, { type: 'member-added' }>

export function memberAddedBody(
  practice: Practice,
  roles: readonly Role[],
  signer: Device = practice.device,
): { body: MemberAdded; seat: Seat } {
  const device = createDevice(practice.random)
  const seat: Seat = { id: practice.random(16), roles, devices: [device] }
  const generation = practice.boxKeys.length
  const body: MemberAdded = {
    ...nextPlace(practice.state, signer),
    type: 'member-added',
    member: memberOf(practice.random, seat.id, roles),
    device: publicKeys(device),
    wrap: wrapBoxKey(practice.random, generation, practice.boxKeys[generation - 1]!, holderOf(device)),
    roleWraps: wrapsOf(practice, roles, device),
  }
  return { body, seat }
}

export async function addMember(practice: Practice, ...roles: Role[]): Promise<Seat> {
  const { body, seat } = memberAddedBody(practice, roles)
  await extendAccount(practice, body, practice.device)
  practice.seats.push(seat)
  return seat
}

export type DeviceAdded = Extract<AccountEntryBody, { type: 'device-added' }>

export function seatDeviceBody(practice: Practice, seat: Seat, signer: Device): { body: DeviceAdded; device: Device } {
  const device = createDevice(practice.random)
  const generation = practice.boxKeys.length
  const body: DeviceAdded = {
    ...nextPlace(practice.state, signer),
    type: 'device-added',
    device: publicKeys(device),
    wrap: wrapBoxKey(practice.random, generation, practice.boxKeys[generation - 1]!, holderOf(device)),
    member: seat.id,
    roleWraps: wrapsOf(practice, seat.roles, device),
  }
  return { body, device }
}

export async function addSeatDevice(practice: Practice, seat: Seat, signer = seat.devices[0]!): Promise<Device> {
  const { body, device } = seatDeviceBody(practice, seat, signer)
  await extendAccount(practice, body, signer)
  seat.devices.push(device)
  return device
}

const heldBy = (roles: readonly Role[]) => ROLES.filter((role) => roles.includes(role) || roles.includes('admin'))

export type MemberChanged = Extract<AccountEntryBody, { type: 'member-changed' }>

export function memberChangedBody(
  practice: Practice,
  seat: Seat,
  roles: readonly Role[],
  signer: Device = practice.device,
): { body: MemberChanged; pairs: Map<Role, BoxKeyPair>; after: Seat[] } {
  const after = practice.seats.map((each) => (each === seat ? { ...seat, roles } : each))
  const lost = heldBy(seat.roles).filter((role) => !heldBy(roles).includes(role))
  const gained = heldBy(roles).filter((role) => !heldBy(seat.roles).includes(role))
  const { keys, pairs } = nextRoleKeys(practice, lost, after)
  const body: MemberChanged = {
    ...nextPlace(practice.state, signer),
    type: 'member-changed',
    member: memberOf(practice.random, seat.id, roles),
    roleKeys: keys,
    roleWraps: seat.devices.flatMap((device) =>
      gained.map((role) => ({ role, device: device.id, wrap: wrapRole(practice, role, holderOf(device)) })),
    ),
    waited: null,
  }
  return { body, pairs, after }
}

export async function changeMember(practice: Practice, seat: Seat, ...roles: Role[]): Promise<Seat> {
  const { body, pairs, after } = memberChangedBody(practice, seat, roles)
  await extendAccount(practice, body, practice.device)
  keep(practice, pairs)
  const changed = after[practice.seats.indexOf(seat)]!
  practice.seats = after
  return changed
}

export type MemberRemoved = Extract<AccountEntryBody, { type: 'member-removed' }>

export function memberRemovedBody(
  practice: Practice,
  seat: Seat,
  signer: Device = practice.device,
): { body: MemberRemoved; pairs: Map<Role, BoxKeyPair>; pair: BoxKeyPair } {
  const left = practice.seats.filter((each) => each !== seat)
  const { keys, pairs } = nextRoleKeys(practice, heldBy(seat.roles), left)
  const { grant, pair } = nextKeyOf(practice, left)
  const place = nextPlace(practice.state, signer)
  const body: MemberRemoved = {
    ...place,
    type: 'member-removed',
    member: seat.id,
    boxKey: grant,
    roleKeys: keys,
    waited: null,
  }
  return { body, pairs, pair }
}

/** The next EK for everybody who is left. */
export function nextKeyOf(practice: Practice, seats: readonly Seat[], kit: Device = practice.recovery) {
  const pair = generateBoxKeyPair(practice.random)
  const devices = [kit, ...seats.flatMap((seat) => seat.devices)].map(holderOf)
  const generation = practice.boxKeys.length + 1
  const grant = boxKeyGrant(practice.random, generation, pair, devices, practice.boxKeys[generation - 2]!)
  return { pair, grant }
}

export async function removeMember(practice: Practice, seat: Seat): Promise<void> {
  const { body, pairs, pair } = memberRemovedBody(practice, seat)
  await extendAccount(practice, body, practice.device)
  practice.boxKeys.push(pair)
  keep(practice, pairs)
  practice.seats = practice.seats.filter((each) => each !== seat)
}

export type DeviceRemoved = Extract<AccountEntryBody, { type: 'device-removed' }>

export function seatDeviceRemovedBody(
  practice: Practice,
  seat: Seat,
  device: Device,
  signer: Device,
): { body: DeviceRemoved; pairs: Map<Role, BoxKeyPair>; pair: BoxKeyPair; after: Seat[] } {
  const after = practice.seats.map((each) =>
    each === seat ? { ...seat, devices: seat.devices.filter((own) => own !== device) } : each,
  )
  const { keys, pairs } = nextRoleKeys(practice, heldBy(seat.roles), after)
  const { grant, pair } = nextKeyOf(practice, after)
  const place = nextPlace(practice.state, signer)
  const body: DeviceRemoved = { ...place, type: 'device-removed', device: device.id, boxKey: grant, roleKeys: keys }
  return { body, pairs, pair, after }
}
