/**
 * Pairing (K8): what a new device shows, what the two devices say to each other through the server, and the number that both show.
 * Sealing is done by packages/sync; the server sees a place, lengths and times. Why the new device commits: docs/decisions, see K8.
 *
 *   POST /v1/pairing/open    PairingOpen      -> PairingOpened    open; makes a place for {@link PAIRING_MS}
 *   POST /v1/pairing/read    PairingRead      -> PairingMail      open; `not-found` when it is over
 *   POST /v1/pairing/answer  PairingPost      -> PairingDone      signed in; once: `taken`
 *   POST /v1/pairing/write   PairingWrite     -> PairingDone      by whoever opened the place; each kind once
 *   POST /v1/pairing/close   PairingClose     -> PairingDone      by whoever opened it, or signed in by the account that answered
 */
import { base64UrlToBytes, bytesToBase64Url, concatBytes } from '@chartkeep/crypto/encoding'
import { sha256, taggedHash } from '@chartkeep/crypto/hash'
import { isSoundSigningKey } from '@chartkeep/crypto/verify'
import { canReceiveBoxes } from '../base/box-key.ts'
import { deviceIdOf } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_NAME } from '../base/limits.ts'
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

const KEY_LENGTH = 32
/** How long a code may be answered, and how long both may take to compare. */
export const PAIRING_MS = 10 * 60_000
/** One sealed message. */
export const MAX_PAIRING_BYTES = 4096
const MAX_HEADS = 32
const PREFIX = 'chartkeep:pair:'

/** What the new device shows: its keys, a key for this pairing only, its commitment to {@link PairingReveal}, and where it waits. */
export const PairingCode = record({
  v: exactly(1),
  ephemeral: bytes(KEY_LENGTH),
  sign: bytes(KEY_LENGTH),
  box: bytes(KEY_LENGTH),
  commitment: bytes(HASH_LENGTH),
  server: text(256),
})
export type PairingCode = TypeOf<typeof PairingCode>

/** What the unlocked device answers, sealed to `ephemeral`: the account as it knows it, and a key for the reply. */
export const PairingAnswer = record({
  v: exactly(1),
  account: bytes(ID_LENGTH),
  /** The device that will sign `device-added`. */
  device: bytes(ID_LENGTH),
  /** Head of the account log. */
  n: uint(),
  h: bytes(HASH_LENGTH),
  serverKey: bytes(KEY_LENGTH),
  /** What the account's person is called. */
  name: text(MAX_NAME),
  reply: bytes(KEY_LENGTH),
  nonce: bytes(32),
  /** F2: heads of control logs that it has verified, by the one way that is not the server's. */
  vaults: list(record({ vault: bytes(ID_LENGTH), n: uint(), h: bytes(HASH_LENGTH) }), MAX_HEADS),
})
export type PairingAnswer = TypeOf<typeof PairingAnswer>

/** What the new device had committed to, sealed to `reply`, only once it has the answer. */
export const PairingReveal = record({ v: exactly(1), nonce: bytes(32), name: text(MAX_NAME) })
export type PairingReveal = TypeOf<typeof PairingReveal>

/** The last word of the new device, sealed to `reply`: it is in, or its person said no. */
export const PairingEnd = record({ v: exactly(1), outcome: word('entered', 'refused') })
export type PairingEnd = TypeOf<typeof PairingEnd>

export function writePairingCode(code: PairingCode): string {
  return PREFIX + bytesToBase64Url(encodeMessage(code))
}

/** Null when the text is no pairing code, or its keys cannot be used; white space from a message is ignored. */
export function readPairingCode(typed: string): PairingCode | null {
  const plain = typed.replace(/\s+/g, '')
  const encoded = plain.startsWith(PREFIX) ? base64UrlToBytes(plain.slice(PREFIX.length)) : null
  const code = encoded === null ? null : decodeAs(PairingCode, encoded)
  if (code === null || !canReceiveBoxes(code.ephemeral) || !canReceiveBoxes(code.box)) return null
  return isSoundSigningKey(code.sign) ? code : null
}

export function pairingDevice(code: PairingCode): Uint8Array {
  return deviceIdOf(code.sign, code.box)
}

/** Where the two devices meet at the server, 16 bytes. It reveals nothing about the code. */
export function pairingPlace(code: PairingCode): Uint8Array {
  return taggedHash('pairing-place', encodeMessage(code)).slice(0, ID_LENGTH)
}

export function pairingCommitment(reveal: PairingReveal): Uint8Array {
  return taggedHash('pairing-commitment', encodeMessage(reveal))
}

export type PairingKind = 'answer' | 'reveal' | 'end'

/** The prefix of the message inside its seal: it fits exactly one pairing and one step. */
export function pairingContext(kind: PairingKind, code: PairingCode): Uint8Array {
  return taggedHash(`pairing-${kind}`, encodeMessage(code))
}

/**
 * What both screens show: six places in a list of 256 words (48 bits) and 20 digits (66 bits). Nobody knows it before the new device reveals, and by
 * then code, answer and reveal are fixed. An attacker between the two has one try, which succeeds once in 2^48.
 */
export function pairingNumber(
  code: PairingCode,
  answer: PairingAnswer,
  reveal: PairingReveal,
): { words: number[]; digits: string } {
  const hash = taggedHash(
    'pairing-words',
    concatBytes(...[code, answer, reveal].map((each) => sha256(encodeMessage(each)))),
  )
  const number = hash.subarray(6, 16).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) % 10n ** 20n
  return { words: [...hash.subarray(0, 6)], digits: number.toString().padStart(20, '0').match(/.{5}/g)!.join(' ') }
}

// What the server is asked.

const place = bytes(ID_LENGTH)
const sealed = bytes({ max: MAX_PAIRING_BYTES })
export const PairingOpen = record({ place })
export type PairingOpen = TypeOf<typeof PairingOpen>
/** `token` lets its holder write; both times by the server's clock, milliseconds since 1970. */
export const PairingOpened = record({ token: bytes(32), time: uint(), expires: uint() })
export type PairingOpened = TypeOf<typeof PairingOpened>
export const PairingRead = record({ place })
export type PairingRead = TypeOf<typeof PairingRead>
export const PairingMail = record({ answer: nullable(sealed), reveal: nullable(sealed), end: nullable(sealed) })
export type PairingMail = TypeOf<typeof PairingMail>
export const PairingPost = record({ place, sealed })
export type PairingPost = TypeOf<typeof PairingPost>
export const PairingWrite = record({ place, token: bytes(32), kind: word('reveal', 'end'), sealed })
export type PairingWrite = TypeOf<typeof PairingWrite>
export const PairingClose = record({ place, token: nullable(bytes(32)) })
export type PairingClose = TypeOf<typeof PairingClose>
export const PairingDone = record({ expires: uint() })
export type PairingDone = TypeOf<typeof PairingDone>
