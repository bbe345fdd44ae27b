/**
 * The signature of a member or a patient over the exact text of one version of a record (N1 to N4): a statement in deterministic CBOR, signed by
 * the device that was unlocked. It travels in a record of its own and is verified by anybody who has the account log, with no network.
 */
import { concatBytes, equalBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { sha256, taggedHash } from '@chartkeep/crypto/hash'
import { verify } from '@chartkeep/crypto/verify'
import { deviceLiveAt, hasAccountHead, type AccountState } from '../account/account-state.ts'
import { idText, ZERO_HASH } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_SIGNED_COMMENT, SIGNATURE_LENGTH } from '../base/limits.ts'
import { memberNameHash, ROLES, RoleWord, type Role } from '../account/practice-entry.ts'
import { memberRolesAt } from '../account/practice-log.ts'
import {
  bytes,
  decodeAs,
  encodeMessage,
  exactly,
  list,
  nullable,
  record,
  text,
  uint,
  word,
  type TypeOf,
} from '../base/shape.ts'

/** What a signature says of the text. `decline`: the signer was asked and does not sign. */
export const CONTENT_MEANINGS = ['author', 'co-sign', 'review', 'approve', 'acknowledge', 'decline'] as const
export type ContentMeaning = (typeof CONTENT_MEANINGS)[number]

/** C14: the roles by one of which a member of a practice gives a signature this meaning; none is asked of the others. */
const MEANING_ROLES: Partial<Record<ContentMeaning, readonly Role[]>> = {
  author: ['physician', 'nurse'],
  review: ['physician', 'nurse'],
  decline: ['physician', 'nurse'],
  'co-sign': ['physician'],
  approve: ['physician'],
}

/** A member of a practice: the name is revealed with its salt, so that it can be checked against the hash in the account log (C12). */
export const ContentSigner = record({
  member: bytes(ID_LENGTH),
  name: text(200),
  salt: bytes({ max: 32 }),
  /** Roles by which the member signs; each held at the head that the statement names. */
  roles: list(RoleWord, ROLES.length),
})
export type ContentSigner = TypeOf<typeof ContentSigner>

export const ContentStatement = record({
  v: exactly(1),
  account: bytes(ID_LENGTH),
  device: bytes(ID_LENGTH),
  /** Head of the account log by which the device is live, the member sits at it and holds the roles. */
  accountLog: record({ n: uint(), h: bytes(HASH_LENGTH) }),
  collection: text(32),
  /** docId of the record: the same in a practice's vault and in the charts it is published to. */
  record: bytes(ID_LENGTH),
  revision: bytes(ID_LENGTH),
  /** SHA-256 of the UTF-8 bytes of the resource's text, exactly as it is stored. */
  text: bytes(HASH_LENGTH),
  meaning: word(...CONTENT_MEANINGS),
  /** BCP 47 tag of the language in which it was read; null where it does not matter. */
  language: nullable(text(35)),
  comment: nullable(text(MAX_SIGNED_COMMENT)),
  /** {@link contentOrderOf} the statement of this record that the signer saw last; zeros for the first. */
  order: bytes(HASH_LENGTH),
  /** Claimed by the device, milliseconds since 1970: for display only. */
  time: uint(),
  /** Null for an account without members: a person signs as themselves. */
  signer: nullable(ContentSigner),
})
export type ContentStatement = TypeOf<typeof ContentStatement>

/** A statement as it was read: its exact bytes, and the signature over them. */
export interface ContentSignature {
  statement: ContentStatement
  bytes: Uint8Array
  signature: Uint8Array
}

const MAX_CARRIED_BYTES = 16 * 1024

export function encodeContentStatement(statement: ContentStatement): Uint8Array {
  return encodeMessage(statement)
}

/** What the device's key signs (K3). */
export function contentSignatureMessage(statement: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes('chartkeep/content-signature/v1'), statement)
}

/** The name of a statement in the next one's `order`. */
export function contentOrderOf(statement: Uint8Array): Uint8Array {
  return taggedHash('content-order', statement)
}

/** What a record carries: statement || signature (64). */
export function carryContentSignature({
  bytes: statement,
  signature,
}: Omit<ContentSignature, 'statement'>): Uint8Array {
  return concatBytes(statement, signature)
}

/** Reverses {@link carryContentSignature}; null for anything else. */
export function readContentSignature(carried: Uint8Array): ContentSignature | null {
  if (carried.length > MAX_CARRIED_BYTES || carried.length <= SIGNATURE_LENGTH) return null
  const encoded = carried.slice(0, -SIGNATURE_LENGTH)
  const statement = decodeAs(ContentStatement, encoded)
  return statement === null ? null : { statement, bytes: encoded, signature: carried.slice(-SIGNATURE_LENGTH) }
}

/** One version of a record as the reader has it. */
export interface SignedContent {
  collection: string
  record: Uint8Array
  revision: Uint8Array
  /** The resource's text, verbatim. */
  text: string
}

/**
 * Why a signature does not hold. `version`: it is of another record or version. `text`: another text. `head`: the head that it names is not on
 * the account's log. `signer`: not the device's signature, or another member's device. `role`: not held by the log, or none that gives the signature
 * its meaning. `name`: not as the log says. `order`: what it was signed after is not there.
 */
export type ContentFailure = 'version' | 'text' | 'head' | 'device-not-live' | 'signer' | 'role' | 'name' | 'order'

export type ContentVerdict =
  | { type: 'holds' }
  /** The reader's copy of the account log does not reach the head that it names. */
  | { type: 'waiting'; for: 'account' }
  | { type: 'broken'; why: ContentFailure }

function broken(why: ContentFailure): ContentVerdict {
  return { type: 'broken', why }
}

/** Whether one signature holds for `content`; its place among the others is {@link missingOrder}'s matter. Never throws for what it is given. */
export async function verifyContentSignature(
  { statement, bytes: encoded, signature }: ContentSignature,
  content: SignedContent,
  account: AccountState | null,
): Promise<ContentVerdict> {
  const { collection, record: doc, revision, accountLog, device: deviceId, signer } = statement
  if (collection !== content.collection || !equalBytes(doc, content.record) || !equalBytes(revision, content.revision))
    return broken('version')
  if (!equalBytes(statement.text, contentTextHash(content.text))) return broken('text')
  if (account === null || !equalBytes(account.account, statement.account) || accountLog.n > account.n)
    return { type: 'waiting', for: 'account' }
  if (!hasAccountHead(account, accountLog)) return broken('head')
  const device = deviceLiveAt(account, deviceId, accountLog.n)
  if (device === null || device.kind !== 'device') return broken('device-not-live')
  if (!(await verify(device.sign, contentSignatureMessage(encoded), signature))) return broken('signer')
  const seat = device.member === null ? null : seatAt(account, device.member, accountLog.n)
  if (seat === null || signer === null) return seat === signer ? { type: 'holds' } : broken('signer')
  if (!equalBytes(seat.id, signer.member)) return broken('signer')
  if (signer.roles.length === 0 || !signer.roles.every((role) => seat.roles.includes(role))) return broken('role')
  const giving = MEANING_ROLES[statement.meaning]
  if (giving !== undefined && !signer.roles.some((role) => giving.includes(role))) return broken('role')
  const hash = memberNameHash(seat.id, signer.salt, signer.name)
  return equalBytes(hash, seat.nameHash) ? { type: 'holds' } : broken('name')
}

/** What the log of a practice says of a member when it has `n` entries (C12). */
export function seatAt(
  { practice }: AccountState,
  id: Uint8Array,
  n: number,
): { id: Uint8Array; roles: readonly Role[]; nameHash: Uint8Array } | null {
  const member = practice?.members.get(idText(id))
  const version = member?.versions.findLast(({ at }) => at <= n)
  return member === undefined || version === undefined
    ? null
    : { id, roles: memberRolesAt(member, n), nameHash: version.nameHash }
}

/** SHA-256 of a resource's text, as a statement names it. */
export function contentTextHash(resource: string): Uint8Array {
  return sha256(utf8ToBytes(resource))
}

/**
 * Those of a record's signatures whose predecessor is not among them: something was taken away, or put in another order. Two people who sign
 * at the same time may name the same predecessor.
 */
export function missingOrder(signatures: readonly ContentSignature[]): Set<ContentSignature> {
  const there = new Set([idText(ZERO_HASH), ...signatures.map((each) => idText(contentOrderOf(each.bytes)))])
  return new Set(signatures.filter(({ statement }) => !there.has(idText(statement.order))))
}

/**
 * Signatures in the order in which they were made, each once: a signature follows the signature that it names; two that name the same are ordered by
 * their claimed time, then by hash. One statement under two signatures counts twice: a forgery replaces no valid signature.
 */
export function inContentOrder<T extends ContentSignature>(signatures: readonly T[]): T[] {
  const named = signatures.map((each) => ({ each, name: idText(contentOrderOf(each.bytes)) }))
  const once = new Map(named.map((one) => [`${one.name} ${idText(one.each.signature)}`, one]))
  const names = new Set(named.map(({ name }) => name))
  const after = new Map<string, string[]>()
  for (const [key, { each }] of once) {
    const order = idText(each.statement.order)
    const place = names.has(order) ? order : ''
    after.set(place, [...(after.get(place) ?? []), key])
  }
  const timeOf = (key: string) => once.get(key)!.each.statement.time
  const sorted: T[] = []
  const open = new Set([''])
  // Iterating a set includes what is added meanwhile, each name once.
  for (const place of open) {
    for (const key of (after.get(place) ?? []).toSorted((a, b) => timeOf(a) - timeOf(b) || (a < b ? -1 : 1))) {
      const { each, name } = once.get(key)!
      sorted.push(each)
      open.add(name)
    }
  }
  return sorted
}
