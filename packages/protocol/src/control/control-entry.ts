/**
 * Entries of a vault's control log as they travel (C1-C4, K9). Each is a signed public body that holds the hashes of its restricted parts.
 * A part has two halves, hashed apart: `open` (grantee, rights, window: shown to the server, to owners, to its grantee and, where it can
 * write, to co-readers of the same streams, decision 0003) and `wrap` (keys, names and purpose, boxed to the recipient's EK).
 */
import { equalBytes, uint32ToBytes } from '@chartkeep/crypto/encoding'
import { sha256, taggedHash } from '@chartkeep/crypto/hash'
import { Waited } from '../account/account-entry.ts'
import { HeadShape } from '../signed/device-statement.ts'
import {
  HASH_LENGTH,
  ID_LENGTH,
  MAX_ACCEPTED,
  MAX_LOG_ENTRY_BYTES,
  MAX_PART_OPEN_BYTES,
  MAX_PARTS,
  MAX_STREAMS,
  MAX_WRAP_BYTES,
  MAX_WRAP_KEYS,
  SIGNATURE_LENGTH,
} from '../base/limits.ts'
import { RoleWord } from '../account/practice-entry.ts'
import {
  bool,
  bytes,
  decodeAs,
  either,
  exactly,
  list,
  nullable,
  record,
  text,
  uint,
  word,
  type TypeOf,
} from '../base/shape.ts'

/** All types of C2. */
const CONTROL_TYPES = ['vault', 'stream', 'grant', 'cut', 'epoch', 'manager', 'accept', 'server', 'restart'] as const
export type ControlType = (typeof CONTROL_TYPES)[number]

const CutShape = record({
  /** The grant that ends; null where an owner ends (`account` alone) or the device of an account (both). */
  grant: nullable(bytes(ID_LENGTH)),
  account: nullable(bytes(ID_LENGTH)),
  device: nullable(bytes(ID_LENGTH)),
  /** `role-lost` (C12): a device of a practice that stays in its log; what it writes by roles that it had before the head `subject` ends. */
  reason: word('revoked', 'expired', 'device-removed', 'member-removed', 'role-lost'),
  /** For each stream that the one cut off could write, once, the last (n, h) that the signer verified; what lies beyond does not count. */
  streams: list(record({ stream: bytes(ID_LENGTH), n: uint(), h: bytes(HASH_LENGTH) }), MAX_STREAMS),
})
export type Cut = TypeOf<typeof CutShape>

const NewStream = record({ stream: bytes(ID_LENGTH), appendOnly: bool, sealedName: bytes({ max: 256 }) })
export const NewEpoch = record({ stream: bytes(ID_LENGTH), epoch: uint(0xffffffff), keyId: bytes(HASH_LENGTH) })
export type NewStream = TypeOf<typeof NewStream>
export type NewEpoch = TypeOf<typeof NewEpoch>

/** C9: envelopes that lie beyond a cut and count by an owner's decision, by their hashes; each once. */
const AcceptShape = record({
  envelopes: list(record({ stream: bytes(ID_LENGTH), hash: bytes(HASH_LENGTH) }), MAX_ACCEPTED),
})
export type Accept = TypeOf<typeof AcceptShape>

/** C2: who becomes an owner or a holder. */
export const Member = record({
  /**
   * `add`: makes the account an owner in this role. `offer`: the signer would hand its place as a holder to this manager. `withdraw`: the
   * giver or the receiver ends such an offer, naming the other. `take-over`: the receiver accepts, naming the giver.
   */
  op: word('add', 'offer', 'withdraw', 'take-over'),
  account: bytes(ID_LENGTH),
  /** In an `add`, null otherwise. */
  role: nullable(word('holder', 'manager')),
  /** In an `add`: head of the account's log as its adder was shown it (P4), null otherwise. */
  accountLog: nullable(HeadShape),
})
export type Member = TypeOf<typeof Member>

/** S10: where the vault is kept from this entry on, under which key, and whose signed heads are its start there. */
const ServerShape = record({ address: text(256), key: bytes(32), previous: bytes(32) })
export type VaultServer = TypeOf<typeof ServerShape>

/** S9: from where the streams continue whose later entries the server lost; n = 0 with h_0 when nothing is left. */
const RestartShape = record({
  streams: list(record({ stream: bytes(ID_LENGTH), n: uint(), h: bytes(HASH_LENGTH) }), MAX_STREAMS),
})
export type Restart = TypeOf<typeof RestartShape>

const bodyFields = {
  v: exactly(1),
  vault: bytes(ID_LENGTH),
  n: uint(),
  prev: bytes(HASH_LENGTH),
  type: word(...CONTROL_TYPES),
  /** Claimed by the signer, milliseconds since 1970: for display, never for order. */
  time: uint(),
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  accountLog: HeadShape,
  streams: list(NewStream, MAX_STREAMS),
  epochs: list(NewEpoch, MAX_STREAMS),
  /** The grant that this entry makes, null otherwise. */
  grant: nullable(bytes(ID_LENGTH)),
  cut: nullable(CutShape),
  parts: list(bytes(HASH_LENGTH), MAX_PARTS),
}

/** What only some entries have: absent in all others, whose bytes are as they always were. Which one goes with which type: {@link hasOnlyItsFields}. */
const bodyExtras = {
  accept: AcceptShape,
  member: Member,
  /** In the cut of another owner's device: head of that owner's account log by which it is removed (K5); in one for lost roles: by which they are (C12). */
  subject: HeadShape,
  server: ServerShape,
  restart: RestartShape,
  /** K7: in what a device that came in by a kit may do 24 hours later (control-wait.ts); absent in everything else. */
  waited: Waited,
}
export const ControlBody = record(bodyFields, bodyExtras)
export type ControlBody = TypeOf<typeof ControlBody>

const EXTRAS_OF: Partial<Record<ControlType, (keyof typeof bodyExtras)[]>> = {
  manager: ['member', 'waited'],
  cut: ['subject', 'waited'],
  accept: ['accept'],
  server: ['server', 'waited'],
  restart: ['restart'],
}

/** Whether an entry has no field that belongs to another type. */
export function hasOnlyItsFields(body: ControlBody): boolean {
  const own = EXTRAS_OF[body.type] ?? []
  return (Object.keys(bodyExtras) as (keyof typeof bodyExtras)[]).every((name) => !(name in body) || own.includes(name))
}

/** C13: makes a grant one for emergencies, whose wraps the server holds back until a request for them is logged. */
export const EmergencyPart = record({
  /** How long one opening lasts, milliseconds. */
  duration: uint(),
  /** Box to the key that the wrap goes to, over a padded EmergencyLabel (emergency.ts): what its grantee may know beforehand. */
  label: bytes({ max: 1024 }),
})
export type EmergencyPart = TypeOf<typeof EmergencyPart>

/** The `open` half of a part. */
export const PartOpen = record(
  {
    salt: bytes(ID_LENGTH),
    recipient: bytes(ID_LENGTH),
    /** The generation of the recipient's EK, or of the key of `role`, and its account-log head at sealing. */
    generation: uint(0xffffffff),
    accountLog: HeadShape,
    /** The grant that this part serves; null for owners. */
    grant: nullable(bytes(ID_LENGTH)),
    /** What the grant covers; empty in parts that only bring new keys. `from`: 0 = all history, else what begins after this (n, h) (C3). */
    streams: list(
      record({ stream: bytes(ID_LENGTH), rights: uint(15), from: either(exactly(0), HeadShape) }),
      MAX_STREAMS,
    ),
    notBefore: uint(),
    /** 0 for parts that bring no grant. */
    notAfter: uint(),
  },
  {
    /** C12: whose key of a practice the wrap goes to; absent in every part for a person. */
    role: RoleWord,
    /** C13: in the part that makes a grant for emergencies; absent in every other part. */
    emergency: EmergencyPart,
  },
)
export type PartOpen = TypeOf<typeof PartOpen>

/** A part as it travels; a null half is withheld from this reader, who gets its hash. */
export const ControlPart = record({
  open: nullable(bytes({ max: MAX_PART_OPEN_BYTES })),
  openHash: bytes(HASH_LENGTH),
  wrap: nullable(bytes({ max: MAX_WRAP_BYTES })),
  wrapHash: bytes(HASH_LENGTH),
})
export type ControlPart = TypeOf<typeof ControlPart>

export const ControlEntry = record({
  body: bytes({ max: MAX_LOG_ENTRY_BYTES }),
  signature: bytes(SIGNATURE_LENGTH),
  parts: list(ControlPart, MAX_PARTS),
})
export type ControlEntry = TypeOf<typeof ControlEntry>

/** The plaintext of a wrap, before padding (K9). */
export const WrapContent = record({
  /** {@link wrapContext}: what the keys may be used for. */
  context: bytes(HASH_LENGTH),
  keys: list(
    record({ stream: bytes(ID_LENGTH), epoch: uint(0xffffffff), key: bytes(32), name: text(64) }),
    MAX_WRAP_KEYS,
  ),
  /** The vault's document-id secret (E1), for owners; null for grantees. */
  docSecret: nullable(bytes(32)),
  /** Sealed part of C1: UTF-8 JSON with purpose and the names that the patient chooses to show. */
  label: bytes({ max: 4096 }),
})
export type WrapContent = TypeOf<typeof WrapContent>

export function partHash(part: { openHash: Uint8Array; wrapHash: Uint8Array }): Uint8Array {
  return taggedHash('control-part', part.openHash, part.wrapHash)
}

export function makePart(open: Uint8Array, wrap: Uint8Array): ControlPart {
  return { open, openHash: sha256(open), wrap, wrapHash: sha256(wrap) }
}

/** K9: `SHA-256("chartkeep/key-id/v1" || CK || streamId || epoch (u32))`. */
export function keyIdOf(contentKey: Uint8Array, stream: Uint8Array, epoch: number): Uint8Array {
  return taggedHash('key-id', contentKey, stream, uint32ToBytes(epoch))
}

/** K9: binds a wrap to its vault, its keys' streams and epochs, its recipient and its grant. */
export function wrapContext(
  vault: Uint8Array,
  keys: readonly { stream: Uint8Array; epoch: number }[],
  recipient: Uint8Array,
  grant: Uint8Array | null,
): Uint8Array {
  return taggedHash(
    'wrap-context',
    vault,
    uint32ToBytes(keys.length),
    ...keys.flatMap((key) => [key.stream, uint32ToBytes(key.epoch)]),
    recipient,
    grant ?? new Uint8Array(ID_LENGTH),
  )
}

/** C1, C8: whether a reader got every `open` half: owners and the server must, for they judge and renew by them. */
export function showsAllGrants(entry: ControlEntry): boolean {
  return entry.parts.every((part) => part.open !== null)
}

/** The `open` halves of an entry, null for withheld ones; null as a whole when a part does not hash into the body (C8). */
export function readParts(entry: ControlEntry, body: ControlBody): (PartOpen | null)[] | null {
  if (entry.parts.length !== body.parts.length) return null
  const opens: (PartOpen | null)[] = []
  for (const [index, part] of entry.parts.entries()) {
    if (part.open !== null && !equalBytes(sha256(part.open), part.openHash)) return null
    if (part.wrap !== null && !equalBytes(sha256(part.wrap), part.wrapHash)) return null
    if (!equalBytes(partHash(part), body.parts[index]!)) return null
    const open = part.open === null ? null : decodeAs(PartOpen, part.open)
    if (part.open !== null && open === null) return null
    opens.push(open)
  }
  return opens
}
