/**
 * The keys of a vault that one account holds (K9): content keys by stream and epoch, stream names, the document-id secret. They are taken
 * only from parts of control-log entries that an owner's device signed, and only if they match the published key id.
 */
import {
  boxKeyPairFromSecretKey,
  hkdf,
  hmacSha512,
  open,
  openSealedBox,
  pad,
  randomBytes as systemRandom,
  seal,
  sealToPublicKey,
  unpad,
} from '@chartkeep/crypto'
import { bytesToUtf8, concatBytes, equalBytes, utf8ToBytes } from '@chartkeep/crypto/encoding'
import { decodeAs, encodeMessage, idText, textId, type Head } from '@chartkeep/protocol'
import type { Role } from '@chartkeep/protocol/account'
import {
  isAccessLog,
  keyIdOf,
  makePart,
  PartOpen,
  WrapContent,
  wrapContext,
  type ControlPart,
  type ControlState,
  type EmergencyPart,
  type ReceivedPart,
} from '@chartkeep/protocol/control'
import type { BoxKeys } from '../account/account-keys.ts'
import type { GrantProgram } from '../contract/api-program.ts'
import type { RandomBytes } from '../ports/ports.ts'
import { shownName } from '../ports/shown-name.ts'

export interface StreamKeys {
  stream: Uint8Array
  /** The collection ('labs'), a private list ('documents-private'), 'audit', or {@link ACCESS_LOG}. */
  name: string
  byEpoch: Map<number, Uint8Array>
}

/** The patient's name for the chart and the purpose, as shown with a grant. */
export interface GrantLabel {
  purpose: string
  name: string
  birthDate: string
  /** The owner's device's name for the grantee. */
  grantee: string
  /** In a part for a new owner (C2): the owners' names by account, as the owner who added it knows them. */
  people?: Record<string, string>
  /** The program that the grant is for; absent for a person and a practice. */
  program?: GrantProgram
}

export interface VaultKeys {
  streams: Map<string, StreamKeys>
  docSecret: Uint8Array | null
  labels: Map<string, GrantLabel>
  /** The owners' names by account, and the chart's name as the owner who added this account chose it. */
  people: Map<string, string>
  shown: { name: string; birthDate: string } | null
}

/** The stream name of the access log (A2). Its keys open the notes that the server sealed; no record is sealed with them. */
export const ACCESS_LOG = 'access-log'

const NAME_LENGTH = 48
/** The longest purpose of a label, in characters. */
const MAX_PURPOSE = 4096

export function emptyKeys(): VaultKeys {
  return { streams: new Map(), docSecret: null, labels: new Map(), people: new Map(), shown: null }
}

/**
 * Opened content by part, for as long as the part is held: opening a box costs over a millisecond, and every new entry asks for all of
 * them.
 */
const openedWraps = new WeakMap<ReceivedPart, WrapContent>()

/** The content of a part for `account`; null if the part is addressed to another account or does not open. */
export function contentOf(
  vault: Uint8Array,
  account: Uint8Array,
  received: ReceivedPart,
  boxKeys: BoxKeys,
): WrapContent | null {
  const { open: part, wrap } = received
  if (!equalBytes(part.recipient, account)) return null
  const content = openedWraps.get(received) ?? openWrap(vault, part, wrap, boxKeys)
  if (content !== null) openedWraps.set(received, content)
  return content
}

/**
 * Opens the parts addressed to `account`. A part that does not open or does not match is skipped, because a later entry may bring it again.
 */
export function openParts(
  control: ControlState,
  parts: ReceivedPart[],
  account: Uint8Array,
  boxKeys: BoxKeys,
): VaultKeys {
  const keys = emptyKeys()
  for (const received of parts) {
    const { at } = received
    const content = contentOf(control.vault, account, received, boxKeys)
    if (content === null) continue
    for (const { stream, epoch, key, name } of content.keys) {
      const published = control.streams.get(idText(stream))
      const keyId = published?.keyIds.get(epoch)
      const wanted = isAccessLog(control, idText(stream)) ? auditBoxKey(key) : keyIdOf(key, stream, epoch)
      if (keyId === undefined || !equalBytes(keyId, wanted)) continue
      const known = keys.streams.get(idText(stream)) ?? { stream, name, byEpoch: new Map() }
      known.byEpoch.set(epoch, key)
      keys.streams.set(idText(stream), known)
    }
    // E1: the secret belongs to the whole chart and never changes; another one from a later owner would duplicate every import.
    if (received.open.grant === null) keys.docSecret ??= content.docSecret
    const label = readLabel(content.label)
    const grant = [...control.grants.values()].find((each) => each.at === at)
    if (grant !== undefined && label !== null) keys.labels.set(idText(grant.id), label)
    if (label?.people === undefined) continue
    const added = control.owners.find((owner) => owner.at === at)
    if (added === undefined) continue
    // The owner who adds another owner names that owner and itself. This renames nobody, and names only owners.
    for (const owner of control.owners) {
      const id = idText(owner.account)
      const isToldNow = [added.account, added.addedBy].some((each) => each !== null && equalBytes(each, owner.account))
      const name = label.people[id]
      if (name !== undefined && (isToldNow || !keys.people.has(id))) keys.people.set(id, name)
    }
    if (equalBytes(added.account, account) && label.name !== '')
      keys.shown = { name: label.name, birthDate: label.birthDate }
  }
  return keys
}

/** Public keys by secret, for as long as the secret is held: every refresh asks for all of them, and each costs a millisecond. */
const auditBoxKeys = new WeakMap<Uint8Array, Uint8Array>()

/** A2: the key id of an epoch of the access log is the public key of its content key. */
export function auditBoxKey(contentKey: Uint8Array): Uint8Array {
  const known = auditBoxKeys.get(contentKey) ?? boxKeyPairFromSecretKey(contentKey).publicKey
  auditBoxKeys.set(contentKey, known)
  return known
}

function openWrap(vault: Uint8Array, part: PartOpen, wrap: Uint8Array, boxKeys: BoxKeys): WrapContent | null {
  const chain = part.role === undefined ? boxKeys : boxKeys.roles?.get(part.role)
  const pair = chain?.get(part.generation)
  const padded = pair === undefined ? null : openSealedBox(pair, wrap)
  const plain = padded === null ? null : unpad(padded)
  const content = plain === null ? null : decodeAs(WrapContent, plain)
  if (content === null) return null
  return equalBytes(content.context, wrapContext(vault, content.keys, part.recipient, part.grant)) ? content : null
}

export interface PartInput {
  vault: Uint8Array
  recipient: Uint8Array
  boxKey: { generation: number; public: Uint8Array }
  /** C12: the practice role that `boxKey` belongs to; absent for a person's EK. */
  role?: Role
  accountLog: Head
  grant: Uint8Array | null
  streams: PartOpen['streams']
  notBefore: number
  notAfter: number
  keys: WrapContent['keys']
  docSecret: Uint8Array | null
  label: GrantLabel | null
  /** C13: set in the part that creates an emergency grant. */
  emergency?: EmergencyPart
}

/** Makes one part: the open half and the keys boxed to the recipient's newest EK, or to the key of a role. */
export function sealPart(input: PartInput, randomBytes: RandomBytes = systemRandom): ControlPart {
  const { vault, recipient, boxKey, accountLog, grant, streams, notBefore, notAfter, keys, docSecret, label } = input
  const openHalf = encodeMessage({
    ...(input.role && { role: input.role }),
    ...(input.emergency && { emergency: input.emergency }),
    salt: randomBytes(16),
    recipient,
    generation: boxKey.generation,
    accountLog,
    grant,
    streams,
    notBefore,
    notAfter,
  } satisfies PartOpen)
  const content = encodeMessage({
    context: wrapContext(vault, keys, recipient, grant),
    keys,
    docSecret,
    label: label === null ? new Uint8Array() : utf8ToBytes(JSON.stringify(label)),
  } satisfies WrapContent)
  return makePart(openHalf, sealToPublicKey(boxKey.public, pad(content), randomBytes))
}

function readLabel(encoded: Uint8Array): GrantLabel | null {
  const text = encoded.length === 0 ? null : bytesToUtf8(encoded)
  if (text === null) return null
  try {
    const value = JSON.parse(text) as Partial<Record<keyof GrantLabel, unknown>>
    const word = (key: keyof GrantLabel, length?: number) =>
      typeof value[key] === 'string' ? shownName(value[key], length) : ''
    const label = {
      purpose: word('purpose', MAX_PURPOSE),
      name: word('name'),
      birthDate: word('birthDate'),
      grantee: word('grantee'),
    }
    const people = namesIn(value.people)
    const program = readProgram(value.program)
    return { ...label, ...(people !== null && { people }), ...(program !== null && { program }) }
  } catch {
    return null
  }
}

const KINDS = ['app', 'integration', 'assistant', 'export'] as const
const MODES = ['read', 'propose', 'write'] as const
const MOST_SILENT_DAYS = 400

/** The program of a label; null if a field is missing or malformed. W44: an assistant writes no records. */
function readProgram(value: unknown): GrantProgram | null {
  if (value === null || typeof value !== 'object') return null
  const { client, name, kind, mode, silence, request } = value as Partial<Record<keyof GrantProgram, unknown>>
  const isId = (text: unknown): text is string => typeof text === 'string' && textId(text) !== null
  const knownKind = KINDS.find((each) => each === kind)
  const knownMode = MODES.find((each) => each === mode)
  if (!isId(client) || !isId(request) || typeof name !== 'string' || !knownKind || !knownMode) return null
  if (typeof silence !== 'number' || !Number.isInteger(silence) || silence < 1 || silence > MOST_SILENT_DAYS)
    return null
  if (knownKind === 'assistant' && knownMode === 'write') return null
  return { client, name: shownName(name), kind: knownKind, mode: knownMode, silence, request }
}

function namesIn(value: unknown): Record<string, string> | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  const given = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return Object.fromEntries(given.map(([account, name]) => [account, shownName(name)]))
}

/** The stream's name sealed under its first content key, padded so that its length reveals nothing. */
export function sealName(name: string, firstKey: Uint8Array, randomBytes: RandomBytes = systemRandom): Uint8Array {
  const encoded = utf8ToBytes(name)
  if (encoded.length > NAME_LENGTH) throw new RangeError('stream name too long')
  return seal(
    concatBytes(encoded, new Uint8Array(NAME_LENGTH - encoded.length)),
    hkdf(firstKey, 'stream-name', 32),
    randomBytes,
  )
}

/** Opens a stream's published name; null if it does not open. */
export function openName(sealedName: Uint8Array, firstKey: Uint8Array): string | null {
  const plain = open(sealedName, hkdf(firstKey, 'stream-name', 32))
  return plain === null
    ? null
    : bytesToUtf8(plain.subarray(0, plain.indexOf(0) === -1 ? plain.length : plain.indexOf(0)))
}

/** E1: the document id of an imported record, the same on every owner's device. */
export function importedDocId(docSecret: Uint8Array, identity: string): Uint8Array {
  return hmacSha512(docSecret, utf8ToBytes('chartkeep/doc/v1'), utf8ToBytes(identity)).slice(0, 16)
}
