/** What an account log says after some entries (K4, K5, K7, C12), and what can be asked of it. Read by account-log.ts. */
import { concatBytes, equalBytes, uint32ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import type { BoxKeyGrant } from './account-entry.ts'
import { idText, ZERO_HASH, type Head } from '../base/ids.ts'
import type { Role, RoleKey } from './practice-entry.ts'

export interface AccountDevice {
  id: Uint8Array
  kind: 'device' | 'recovery'
  sign: Uint8Array
  box: Uint8Array
  lookup: Uint8Array | null
  name: Uint8Array
  /** Position of the entry that added it. */
  addedAt: number
  /** Who signed that entry; null for those of the first one. */
  addedBy: Uint8Array | null
  /** K7: position of the entry by which a kit enrolled this device, or enrolled the device that enrolled it; null otherwise. */
  cameByKit: number | null
  /** C12: the member of a practice who sits at it; null for a person's device and for a kit. */
  member: Uint8Array | null
  /** Position of its `device-removed`, `member-removed` or `kit-replaced`, null while live. */
  removedAt: number | null
}

/** C12: somebody who works in a practice. */
export interface AccountMember {
  id: Uint8Array
  addedAt: number
  /** Position of its `member-removed`, null while it has not left. */
  removedAt: number | null
  /** What administrators wrote of it, in the order of the log: from position `at` on the roles, and the name as in {@link MemberEntry}. */
  versions: { at: number; roles: readonly Role[]; name: Uint8Array; nameHash: Uint8Array }[]
}

/** C12: what the log of a practice says in addition to a person's. */
export interface PracticeState {
  members: Map<string, AccountMember>
  /** RK(role, g) at index g - 1. */
  roleKeys: Map<Role, RoleKey[]>
  /** Wraps of a role's key for devices that came to hold it later, by role and device. */
  lateWraps: Map<string, { generation: number; wrap: Uint8Array }>
}

/** What an account log says, after `n` entries. */
export interface AccountState {
  account: Uint8Array
  n: number
  h: Uint8Array
  /** hashes[i] is h after i+1 entries. */
  hashes: Uint8Array[]
  devices: Map<string, AccountDevice>
  /** EK(g) at index g - 1. */
  boxKeys: BoxKeyGrant[]
  /** Wraps of the newest EK for devices added after it, by device. */
  lateWraps: Map<string, { generation: number; wrap: Uint8Array }>
  vaults: Uint8Array | null
  /** Null for a person's account. */
  practice: PracticeState | null
}

export type AccountRefusal =
  | 'malformed'
  | 'not-next'
  | 'unknown-signer'
  | 'signer-not-live'
  | 'recovery-may-only-add'
  /** The recovery device is the way back: only an entry that brings the next one takes it away (K7). */
  | 'recovery-stays'
  /** K7: it came in by the kit and shows no proof of 24 hours. */
  | 'too-early'
  /** A device that made the EK of its own removal would know it. */
  | 'removes-itself'
  | 'bad-key'
  | 'bad-generation'
  | 'unknown-device'
  | 'too-many-devices'
  | 'bad-signature'
  /** C12: only an administrator's device writes this, or none but a member's own. */
  | 'not-an-admin'
  | 'unknown-member'
  | 'known-member'
  | 'bad-roles'
  | 'too-many-members'
  /** C12: a practice is never without an administrator. */
  | 'last-admin'
  /** C12: a device loses a role, and the entry does not bring the role's next key. */
  | 'role-key-stays'

export interface Refused<R extends string> {
  type: 'refused'
  reason: R
}

/** The prefix of the secret inside an EK wrap: a wrap fits exactly one generation and one device. */
export function boxKeyContext(generation: number, publicKey: Uint8Array, device: Uint8Array): Uint8Array {
  return taggedHash('box-key-wrap', concatBytes(uint32ToBytes(generation), publicKey, device))
}

/** The head of a state, or of the empty log. */
export function accountHead(state: AccountState | null): Head {
  return state === null ? { n: 0, h: ZERO_HASH } : { n: state.n, h: state.h }
}

/** True when `head` is on this log. */
export function hasAccountHead(state: AccountState, head: Head): boolean {
  const known = state.hashes[head.n - 1]
  return known !== undefined && equalBytes(known, head.h)
}

/** The device if it was live when the log had `n` entries; null otherwise. */
export function deviceLiveAt(state: AccountState, device: Uint8Array, n: number): AccountDevice | null {
  const found = state.devices.get(idText(device))
  if (found === undefined || found.addedAt > n) return null
  return found.removedAt === null || found.removedAt > n ? found : null
}

export function liveDevices(state: AccountState): AccountDevice[] {
  return [...state.devices.values()].filter((device) => device.removedAt === null)
}

/** The newest EK's public part; wraps for the account go to it and no other (K4). */
export function newestBoxKey(state: AccountState): BoxKeyGrant {
  return state.boxKeys[state.boxKeys.length - 1]!
}

/** The last wrap of an EK that a device got, one that was removed from a practice too (C12); null when there is none. */
export function lastWrapFor(state: AccountState, device: Uint8Array): { generation: number; wrap: Uint8Array } | null {
  const late = state.lateWraps.get(idText(device)) ?? null
  for (const { generation, wraps } of state.boxKeys.toReversed()) {
    if (late?.generation === generation) return late
    const found = wraps.find((wrap) => equalBytes(wrap.device, device))
    if (found !== undefined) return { generation, wrap: found.wrap }
  }
  return null
}

/** The wrap of the newest EK for `device` and the generation it opens; null when the log has none. */
export function wrapFor(state: AccountState, device: Uint8Array): { generation: number; wrap: Uint8Array } | null {
  const late = state.lateWraps.get(idText(device))
  const newest = newestBoxKey(state)
  if (late !== undefined && late.generation === newest.generation) return late
  const found = newest.wraps.find((wrap) => equalBytes(wrap.device, device))
  return found === undefined ? null : { generation: newest.generation, wrap: found.wrap }
}
