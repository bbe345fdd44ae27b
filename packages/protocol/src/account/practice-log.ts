/**
 * What an account log says of a practice (C12): its members with their roles, who may write which entry, and which devices must hold the key of
 * which role. Called by account-log.ts, which judges chain, signer and devices.
 */
import { equalBytes } from '@chartkeep/crypto/encoding'
import type { AccountEntryBody } from './account-entry.ts'
import {
  accountHead,
  deviceLiveAt,
  liveDevices,
  type AccountDevice,
  type AccountMember,
  type AccountRefusal,
  type AccountState,
  type PracticeState,
} from './account-state.ts'
import { canReceiveBoxes } from '../base/box-key.ts'
import { idText, type Head } from '../base/ids.ts'
import { MAX_MEMBERS } from '../base/limits.ts'
import { ROLES, type MemberEntry, type Role, type RoleKey, type RoleWrap } from './practice-entry.ts'

/** The roles of a member when the log had `n` entries; none before it came and after it left. */
export function memberRolesAt(member: AccountMember, n: number): readonly Role[] {
  if (member.removedAt !== null && member.removedAt <= n) return []
  return member.versions.findLast(({ at }) => at <= n)?.roles ?? []
}

/**
 * C12: the roles by which a device acts when the log had `n` entries, none where it was not live. Null for a person's account, which has no roles:
 * each of its devices acts for all of it.
 */
export function rolesAt(state: AccountState, device: Uint8Array, n: number): readonly Role[] | null {
  if (state.practice === null) return null
  const member = deviceLiveAt(state, device, n)?.member ?? null
  return member === null ? [] : memberRolesAt(state.practice.members.get(idText(member))!, n)
}

/** The roles whose keys a member with `roles` holds: an administrator, who hands them out, those of all. */
export function rolesHeld(roles: readonly Role[]): readonly Role[] {
  return ROLES.filter((role) => roles.includes(role) || roles.includes('admin'))
}

/** Whether the member at a device ever held the key of one of `roles`. */
export function everHeld(state: AccountState, device: AccountDevice, roles: readonly Role[]): boolean {
  const member = device.member === null ? undefined : state.practice?.members.get(idText(device.member))
  return member?.versions.some((version) => rolesHeld(version.roles).some((role) => roles.includes(role))) === true
}

/** Position of the last entry by which the member at a live device lost the key of one of `roles`; null where it has not. */
export function roleLostAt(state: AccountState, device: Uint8Array, roles: readonly Role[]): number | null {
  const found = deviceLiveAt(state, device, state.n)
  const member = found?.member ? state.practice?.members.get(idText(found.member)) : undefined
  const lost = member?.versions.findLast(({ at, roles: now }, index, all) => {
    const before = rolesHeld(all[index - 1]?.roles ?? [])
    return at > found!.addedAt && before.some((role) => roles.includes(role) && !rolesHeld(now).includes(role))
  })
  return lost?.at ?? null
}

/** Whether a device was without `role` at any position of its account's log after `n`, at which it had it. */
export function lostAfter(state: AccountState, device: Uint8Array, n: number, role: Role): boolean {
  const found = state.devices.get(idText(device))
  const member = found?.member ? state.practice?.members.get(idText(found.member)) : undefined
  if (found === undefined || member === undefined) return true
  return found.removedAt !== null || member.versions.some(({ at, roles }) => at > n && !roles.includes(role))
}

/** Whether a device was removed because its member left, and not because it was lost or stolen. */
export function leftWithMember(state: AccountState, device: Uint8Array): boolean {
  const found = state.devices.get(idText(device))
  const member = found?.member ? state.practice?.members.get(idText(found.member)) : undefined
  return found !== undefined && found.removedAt !== null && found.removedAt === member?.removedAt
}

/**
 * The last head of its account's log at which a device acted by one of `roles`: what it made by them it made by then, whatever its member has become
 * since. The newest head where it still does; where it never did, or is a person's, the last at which it was live.
 */
export function actingHead(state: AccountState, device: Uint8Array, roles: readonly Role[]): Head {
  const found = state.devices.get(idText(device))
  const member = found?.member ? state.practice?.members.get(idText(found.member)) : undefined
  if (found === undefined || member === undefined) return accountHead(state)
  const end = found.removedAt === null ? state.n : found.removedAt - 1
  const last = member.versions.findLastIndex(
    ({ at, roles: had }) => at <= end && roles.some((role) => had.includes(role)),
  )
  const until = last < 0 ? end : Math.min(end, (member.versions[last + 1]?.at ?? Infinity) - 1)
  const n = until < found.addedAt ? end : until
  return { n, h: state.hashes[n - 1]! }
}

/** Whether a device acts for its account as an owner: any of a person's, an administrator's of a practice. */
export function mayOwn(roles: readonly Role[] | null): boolean {
  return roles === null || roles.includes('admin')
}

/** Members that have not left. */
export function liveMembers(state: AccountState): AccountMember[] {
  return [...(state.practice?.members.values() ?? [])].filter(({ removedAt }) => removedAt === null)
}

/** The newest key of a role; a grant to the role is wrapped to it and to no other. Null for a person's account. */
export function newestRoleKey(state: AccountState, role: Role): RoleKey | null {
  return state.practice?.roleKeys.get(role)?.at(-1) ?? null
}

/** The devices that hold the key of a role: of members who have it, of administrators, who hand the keys out, and the kit. */
export function holdersOfRole(state: AccountState, role: Role): AccountDevice[] {
  return liveDevices(state).filter(({ kind, id }) => {
    if (kind === 'recovery') return true
    return rolesHeld(rolesAt(state, id, state.n) ?? []).includes(role)
  })
}

/** The wrap of the newest key of a role for `device`; null when the log has none. */
export function roleWrapFor(state: AccountState, role: Role, device: Uint8Array): LastWrap | null {
  const last = lastRoleWrapFor(state, role, device)
  return last?.generation === newestRoleKey(state, role)?.generation ? last : null
}

interface LastWrap {
  generation: number
  wrap: Uint8Array
}

/** The last wrap of a role's key that a device got, also one that has lost the role since; null when there is none. */
export function lastRoleWrapFor(state: AccountState, role: Role, device: Uint8Array): LastWrap | null {
  const late = state.practice?.lateWraps.get(wrapName({ role, device })) ?? null
  for (const { generation, wraps } of state.practice?.roleKeys.get(role)?.toReversed() ?? []) {
    if (late?.generation === generation) return late
    const found = wraps.find((wrap) => equalBytes(wrap.device, device))
    if (found !== undefined) return { generation, wrap: found.wrap }
  }
  return null
}

function wrapName({ role, device }: Pick<RoleWrap, 'role' | 'device'>): string {
  return `${role}.${idText(device)}`
}

function areRoles(roles: readonly Role[]): boolean {
  const places = roles.map((role) => ROLES.indexOf(role))
  return places.length > 0 && places.every((place, index) => index === 0 || places[index - 1]! < place)
}

/** The state of a practice after its first entry; its keys are still to come ({@link withRoleKeys}). */
export function firstPractice(member: MemberEntry): PracticeState | AccountRefusal {
  if (!areRoles(member.roles) || member.roles[0] !== 'admin') return 'bad-roles'
  return {
    members: new Map([[idText(member.id), memberFrom(member, 1)]]),
    roleKeys: new Map(ROLES.map((role) => [role, []])),
    lateWraps: new Map(),
  }
}

function memberFrom({ id, ...version }: MemberEntry, at: number): AccountMember {
  return { id, addedAt: at, removedAt: null, versions: [{ at, ...version }] }
}

/** Fields that only entries of a practice have, and those that it has and a person's account has not. */
const PRACTICE_FIELDS = ['member', 'roleKeys', 'roleWraps'] as const
const WANTED: Partial<Record<AccountEntryBody['type'], readonly (typeof PRACTICE_FIELDS)[number][]>> = {
  genesis: ['member', 'roleKeys'],
  'device-added': ['member', 'roleWraps'],
  'device-removed': ['roleKeys'],
  'kit-replaced': ['roleKeys'],
  'member-added': ['member', 'roleWraps'],
  'member-changed': ['member', 'roleKeys', 'roleWraps'],
  'member-removed': ['member', 'roleKeys'],
}

/** Whether an entry has the fields of its kind of account, and no other. */
export function hasFieldsOf(isPractice: boolean, body: AccountEntryBody): boolean {
  if (!isPractice && body.type.startsWith('member-')) return false
  const wanted = isPractice ? (WANTED[body.type] ?? []) : []
  return PRACTICE_FIELDS.every((field) => field in body === wanted.includes(field))
}

/** C12: why `signer` may not write this entry of a practice's log; null when it may. */
export function refusesSigner(
  state: AccountState,
  signer: AccountDevice,
  body: AccountEntryBody,
): AccountRefusal | null {
  if (state.practice === null) return null
  const isAdmin = (rolesAt(state, signer.id, state.n) ?? []).includes('admin')
  const isOwn = (member: Uint8Array | null) =>
    member !== null && signer.member !== null && equalBytes(member, signer.member)
  switch (body.type) {
    case 'genesis':
      return null
    case 'device-added': {
      const member = state.practice.members.get(idText(body.member!))
      if (member === undefined || member.removedAt !== null) return 'unknown-member'
      if (signer.kind === 'recovery') return memberRolesAt(member, state.n).includes('admin') ? null : 'not-an-admin'
      return isAdmin || isOwn(member.id) ? null : 'not-an-admin'
    }
    case 'device-removed':
    case 'device-named': {
      const device = state.devices.get(idText(body.device))
      if (device === undefined) return 'unknown-device'
      return isAdmin || isOwn(device.member) ? null : 'not-an-admin'
    }
    default:
      return isAdmin ? null : 'not-an-admin'
  }
}

/** Members after `member-added`, or why the entry is refused. */
export function withMemberAdded(state: AccountState, member: MemberEntry, at: number): PracticeState | AccountRefusal {
  const practice = state.practice!
  if (practice.members.has(idText(member.id))) return 'known-member'
  if (!areRoles(member.roles)) return 'bad-roles'
  if (liveMembers(state).length >= MAX_MEMBERS) return 'too-many-members'
  return { ...practice, members: new Map(practice.members).set(idText(member.id), memberFrom(member, at)) }
}

/** Members after `member-changed`, or why the entry is refused. `signer`: a member that gives up a role does not make the role's next keys. */
export function withMemberChanged(
  state: AccountState,
  { id, ...version }: MemberEntry,
  at: number,
  signer: AccountDevice,
): PracticeState | AccountRefusal {
  const practice = state.practice!
  const member = practice.members.get(idText(id))
  if (member === undefined || member.removedAt !== null) return 'unknown-member'
  if (!areRoles(version.roles)) return 'bad-roles'
  if (isSigners(signer, id) && !version.roles.includes('admin')) return lastOr(state, 'removes-itself')
  const changed = { ...member, versions: [...member.versions, { at, ...version }] }
  return { ...practice, members: new Map(practice.members).set(idText(id), changed) }
}

/** Members after `member-removed`, or why the entry is refused. */
export function withMemberRemoved(
  state: AccountState,
  id: Uint8Array,
  at: number,
  signer: AccountDevice,
): PracticeState | AccountRefusal {
  const practice = state.practice!
  const member = practice.members.get(idText(id))
  if (member === undefined || member.removedAt !== null) return 'unknown-member'
  if (isSigners(signer, id)) return lastOr(state, 'removes-itself')
  return { ...practice, members: new Map(practice.members).set(idText(id), { ...member, removedAt: at }) }
}

function isSigners(signer: AccountDevice, member: Uint8Array): boolean {
  return signer.member !== null && equalBytes(signer.member, member)
}

/** An administrator goes by another one's word, so a practice is never without. */
function lastOr(state: AccountState, other: AccountRefusal): AccountRefusal {
  const admins = liveMembers(state).filter((member) => memberRolesAt(member, state.n).includes('admin'))
  return admins.length === 1 ? 'last-admin' : other
}

/** The live devices of a member. */
export function devicesOf(state: AccountState, member: Uint8Array): AccountDevice[] {
  return liveDevices(state).filter((device) => device.member !== null && equalBytes(device.member, member))
}

/**
 * C12: applies the role keys of an entry, or says why they are refused. A role that some device has just lost gets its next key, wrapped to all
 * devices that hold the role now; no other role gets one. Each device that has just gained a role gets the role's newest key.
 */
export function withRoleKeys(
  before: AccountState | null,
  next: AccountState,
  { roleKeys = [], roleWraps = [] }: { roleKeys?: RoleKey[]; roleWraps?: RoleWrap[] },
): AccountState | AccountRefusal {
  if (next.practice === null) return next
  const wanted = new Set<string>()
  const lateWraps = new Map(next.practice.lateWraps)
  const chains = new Map(next.practice.roleKeys)
  const brought = new Map(roleKeys.map((key) => [key.role, key]))
  if (brought.size !== roleKeys.length) return 'bad-key'
  for (const role of ROLES) {
    const held = before === null ? [] : holdersOfRole(before, role)
    const holders = holdersOfRole(next, role)
    const stays = new Set(holders.map(({ id }) => idText(id)))
    const mustRenew = before === null || held.some(({ id }) => !stays.has(idText(id)))
    const key = brought.get(role)
    if (mustRenew !== (key !== undefined)) return key === undefined ? 'role-key-stays' : 'bad-key'
    if (key !== undefined) {
      const chain = chains.get(role)!
      if (key.generation !== chain.length + 1 || (key.previous === null) !== (chain.length === 0))
        return 'bad-generation'
      if (
        !canReceiveBoxes(key.public) ||
        isKnownKey([next.boxKeys, ...chains.values()], key.public) ||
        !wrapsExactly(stays, key)
      )
        return 'bad-key'
      chains.set(role, [...chain, key])
      continue
    }
    const had = new Set(held.map(({ id }) => idText(id)))
    for (const { id } of holders) if (!had.has(idText(id))) wanted.add(wrapName({ role, device: id }))
  }
  for (const given of roleWraps) {
    const { role, wrap } = given
    if (!wanted.delete(wrapName(given))) return 'bad-key'
    lateWraps.set(wrapName(given), { generation: chains.get(role)!.length, wrap })
  }
  if (wanted.size > 0) return 'bad-key'
  return { ...next, practice: { ...next.practice, roleKeys: chains, lateWraps } }
}

/** Former holders know a key that is or was in use. */
export function isKnownKey(chains: readonly (readonly { public: Uint8Array }[])[], key: Uint8Array): boolean {
  return chains.some((chain) => chain.some((known) => equalBytes(known.public, key)))
}

function wrapsExactly(devices: ReadonlySet<string>, { wraps }: RoleKey): boolean {
  const wanted = new Set(devices)
  return wraps.length === wanted.size && wraps.every(({ device }) => wanted.delete(idText(device)))
}
