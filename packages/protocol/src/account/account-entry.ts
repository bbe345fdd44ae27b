/**
 * The entries of an account log, by form alone (K4, K5, K7, C12). What may follow what is account-log.ts's matter.
 */
import { SignedHead } from '../streams/chain.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_PRACTICE_DEVICES } from '../base/limits.ts'
import { MemberEntry, RoleKeys, RoleWraps } from './practice-entry.ts'
import { bytes, decodeAs, exactly, list, nullable, record, uint, word, type Shape, type TypeOf } from '../base/shape.ts'

const KEY_LENGTH = 32
const MAX_SEALED_NAME = 512

/** Public keys of a device; `lookup` is the server's lookup id of a recovery device (K7), null for others. */
export const DeviceKeys = record({
  kind: word('device', 'recovery'),
  sign: bytes(KEY_LENGTH),
  box: bytes(KEY_LENGTH),
  lookup: nullable(bytes(ID_LENGTH)),
  /** The device's name, sealed under a key derived from EK; empty where none was given. */
  name: bytes({ max: MAX_SEALED_NAME }),
})
export type DeviceKeys = TypeOf<typeof DeviceKeys>

/** EK(g): its secret boxed to each live device's DBK (plaintext: {@link boxKeyContext} || secret), and EK(g-1) sealed under it. */
export const BoxKeyGrant = record({
  generation: uint(0xffffffff),
  public: bytes(KEY_LENGTH),
  wraps: list(record({ device: bytes(ID_LENGTH), wrap: bytes({ max: 256 }) }), MAX_PRACTICE_DEVICES),
  previous: nullable(bytes({ max: 256 })),
})
export type BoxKeyGrant = TypeOf<typeof BoxKeyGrant>

/**
 * K7: proof that 24 hours of a server's time have passed: two heads of this account log that the server `key` signed, `first` at or after the
 * entry by which the kit was used, `last` at or after 24 hours later.
 */
export const Waited = record({ key: bytes(KEY_LENGTH), first: SignedHead, last: SignedHead })
export type Waited = TypeOf<typeof Waited>

const place = { v: exactly(1), n: uint(), prev: bytes(HASH_LENGTH), signer: bytes(ID_LENGTH) }

/** Fields that come second are those of a practice's log and of no other (practice-log.ts): a person's entries are as they always were. */
const Genesis = record(
  {
    ...place,
    type: word('genesis'),
    random: bytes(32),
    device: DeviceKeys,
    recovery: DeviceKeys,
    boxKey: BoxKeyGrant,
  },
  { member: MemberEntry, roleKeys: RoleKeys },
)
const DeviceAdded = record(
  { ...place, type: word('device-added'), device: DeviceKeys, wrap: bytes({ max: 256 }) },
  { member: bytes(ID_LENGTH), roleWraps: RoleWraps },
)
const DeviceRemoved = record(
  { ...place, type: word('device-removed'), device: bytes(ID_LENGTH), boxKey: BoxKeyGrant },
  { roleKeys: RoleKeys },
)
/** A removal by a device that came in by the kit, of a device that was in the log before it: with proof of the 24 hours (K7). */
const DeviceRemovedAfterWait = record(
  {
    ...place,
    type: word('device-removed'),
    device: bytes(ID_LENGTH),
    boxKey: BoxKeyGrant,
    waited: Waited,
  },
  { roleKeys: RoleKeys },
)
/** K7: the kit `device` goes, the kit `recovery` comes; `waited` only where the signer came in by a kit. */
const KitReplaced = record(
  {
    ...place,
    type: word('kit-replaced'),
    device: bytes(ID_LENGTH),
    recovery: DeviceKeys,
    boxKey: BoxKeyGrant,
    waited: nullable(Waited),
  },
  { roleKeys: RoleKeys },
)
/** C12: a member and its first device. */
const MemberAdded = record({
  ...place,
  type: word('member-added'),
  member: MemberEntry,
  device: DeviceKeys,
  wrap: bytes({ max: 256 }),
  roleWraps: RoleWraps,
})
/** C12: what a member is from here on; the next keys of roles that it loses, the newest of those that it gets. */
const MemberChanged = record({
  ...place,
  type: word('member-changed'),
  member: MemberEntry,
  roleKeys: RoleKeys,
  roleWraps: RoleWraps,
  waited: nullable(Waited),
})
/** C12: a member leaves, all its devices with it. */
const MemberRemoved = record({
  ...place,
  type: word('member-removed'),
  member: bytes(ID_LENGTH),
  boxKey: BoxKeyGrant,
  roleKeys: RoleKeys,
  waited: nullable(Waited),
})
const DeviceNamed = record({
  ...place,
  type: word('device-named'),
  device: bytes(ID_LENGTH),
  name: bytes({ max: MAX_SEALED_NAME }),
})
const BoxKey = record({ ...place, type: word('box-key'), boxKey: BoxKeyGrant })
const Vaults = record({ ...place, type: word('vaults'), sealed: bytes({ max: 65536 }) })

/** Forms of bodies; where a word has two, the first that fits. */
const FORMS: readonly Shape<AccountEntryBody>[] = [
  DeviceAdded,
  DeviceNamed,
  Vaults,
  MemberAdded,
  MemberChanged,
  DeviceRemoved,
  DeviceRemovedAfterWait,
  MemberRemoved,
  KitReplaced,
  BoxKey,
  Genesis,
]

/** The body of an entry; null when it has none of these forms. */
export function decodeAccountEntry(encoded: Uint8Array): AccountEntryBody | null {
  for (const form of FORMS) {
    const body = decodeAs(form, encoded)
    if (body !== null) return body
  }
  return null
}

export type GenesisBody = TypeOf<typeof Genesis>
export type AccountEntryBody =
  | GenesisBody
  | TypeOf<typeof DeviceAdded>
  | TypeOf<typeof DeviceRemoved>
  | TypeOf<typeof DeviceRemovedAfterWait>
  | TypeOf<typeof KitReplaced>
  | TypeOf<typeof DeviceNamed>
  | TypeOf<typeof MemberAdded>
  | TypeOf<typeof MemberChanged>
  | TypeOf<typeof MemberRemoved>
  | TypeOf<typeof BoxKey>
  | TypeOf<typeof Vaults>
