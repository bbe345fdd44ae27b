/**
 * The shapes that entries of a practice's account log have in addition to a person's (C12): members, and a box-key chain for each role.
 * practice-log.ts checks which entry may follow which.
 */
import { concatBytes, uint32ToBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import { HASH_LENGTH, ID_LENGTH, MAX_PRACTICE_DEVICES } from '../base/limits.ts'
import { bytes, list, nullable, record, uint, word, type TypeOf } from '../base/shape.ts'

/** In the order in which entries name them. */
export const ROLES = ['admin', 'physician', 'nurse', 'scribe', 'auditor'] as const
export type Role = (typeof ROLES)[number]
export const RoleWord = word(...ROLES)

/** A member as an administrator wrote it. */
export const MemberEntry = record({
  /** Random and opaque; records of the practice name it. */
  id: bytes(ID_LENGTH),
  /** At least one, each once, in the order of {@link ROLES}. */
  roles: list(RoleWord, ROLES.length),
  /** Salt (16 bytes) and name, sealed under a key derived from EK. */
  name: bytes({ max: 512 }),
  /** {@link memberNameHash}: whoever is shown salt and name later can check them. */
  nameHash: bytes(HASH_LENGTH),
})
export type MemberEntry = TypeOf<typeof MemberEntry>

/** RK(role, g): its secret boxed to the DBK of each device that holds the role (plaintext: {@link roleKeyContext} || secret), and RK(role, g-1) sealed under it. */
export const RoleKey = record({
  role: RoleWord,
  generation: uint(0xffffffff),
  public: bytes(32),
  wraps: list(record({ device: bytes(ID_LENGTH), wrap: bytes({ max: 256 }) }), MAX_PRACTICE_DEVICES),
  previous: nullable(bytes({ max: 256 })),
})
export type RoleKey = TypeOf<typeof RoleKey>

/** The newest RK of a role for a device that comes to hold it. */
export const RoleWrap = record({ role: RoleWord, device: bytes(ID_LENGTH), wrap: bytes({ max: 256 }) })
export type RoleWrap = TypeOf<typeof RoleWrap>

/** New keys of roles that a device does not hold any more. */
export const RoleKeys = list(RoleKey, ROLES.length)
/** A member's devices come to hold at most all roles. */
export const RoleWraps = list(RoleWrap, ROLES.length * MAX_PRACTICE_DEVICES)

/** The prefix of the secret inside an RK wrap: a wrap fits exactly one role, generation and device. */
export function roleKeyContext(role: Role, generation: number, publicKey: Uint8Array, device: Uint8Array): Uint8Array {
  const place = concatBytes(Uint8Array.of(ROLES.indexOf(role)), uint32ToBytes(generation))
  return taggedHash('role-key-wrap', concatBytes(place, publicKey, device))
}

/** What the log says of a member's name to those who may not read it. `salt`: 16 random bytes. */
export function memberNameHash(member: Uint8Array, salt: Uint8Array, name: string): Uint8Array {
  return taggedHash('member-name', concatBytes(member, salt, utf8ToBytes(name)))
}
