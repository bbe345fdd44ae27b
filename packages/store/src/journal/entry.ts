/**
 * The bytes of one log entry: seal(pad(place ‖ payload)), and for a large one mark ‖ run ‖ sealLarge(pad(place ‖ payload)).
 *
 * The place (version, database, number, hash of the entry before) is inside the seal, so an entry that was
 * moved, left out or taken from elsewhere opens but does not fit. The padded length hides the payload's.
 */
import {
  deriveLargeKey,
  open,
  openLarge,
  pad,
  randomBytes,
  seal,
  sealLarge,
  unpad,
  type LargeKey,
} from '@chartkeep/crypto'
import { concatBytes, equalBytes, uint64ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'

/** The layouts that this program reads; a greater one is refused as newer. In 2, rows may name the place of their value (batch.ts). */
const ENTRY_VERSION = 2
/** The layout of an entry without such rows: earlier versions of this program read it too. */
const PLAIN_VERSION = 1
/** An entry that holds rows. Snapshot segments get a kind of their own. */
export const BATCH_KIND = 1

const DATABASE_ID_LENGTH = 16
const HASH_LENGTH = 32
/** version (1) ‖ kind (1) ‖ database id (16) ‖ entry number (8, big endian) ‖ hash of the entry before (32) */
const HEAD_LENGTH = 2 + DATABASE_ID_LENGTH + 8 + HASH_LENGTH

/** Where an entry belongs. `previousHash` is 32 zero bytes for entry 1. */
export interface EntryPlace {
  /** 16 random bytes, drawn when the log is created. */
  databaseId: Uint8Array
  number: number
  previousHash: Uint8Array
}

/** Why an entry is refused although its seal is sound. */
export type EntryFault = 'other-database' | 'reordered' | 'spliced'

/** What {@link EntryOpener} found. `unreadable`: damaged bytes or another key; the two cannot be told apart. */
export type OpenedEntry =
  | { type: 'opened'; kind: number; place: EntryPlace; payload: Uint8Array }
  | { type: 'unreadable' }
  | { type: 'newer'; version: number }

/** The first entry's `previousHash`. */
export const NO_ENTRY: Uint8Array = new Uint8Array(HASH_LENGTH)

/** nonce (24) ‖ authenticator (16): the head of a sealed entry. */
const SEAL_HEAD_LENGTH = 40

/** A payload from this many bytes on is sealed by Web Crypto (decision 0038); below, a call of it costs more than secretbox. */
const LARGE_PAYLOAD = 32 * 1024
/** What a large entry begins with: a nonce of secretbox is random, and never these bytes. */
const LARGE_MARK = taggedHash('store-large-entry').subarray(0, 16)
const RUN_LENGTH = 16
const LARGE_NONCE_LENGTH = 12
const LARGE_TAG_LENGTH = 16

/**
 * The hash (32 bytes) by which the next entry names this one: over its nonce and authenticator. These two stand
 * for the whole entry, since without the key nobody makes other bytes that they fit (and hashing all of it
 * would cost as much as sealing).
 */
export function entryHash(sealed: Uint8Array): Uint8Array {
  if (!isLarge(sealed)) return taggedHash('store-entry', sealed.subarray(0, SEAL_HEAD_LENGTH))
  const nonceAt = LARGE_MARK.length + RUN_LENGTH
  const nonce = sealed.subarray(nonceAt, nonceAt + LARGE_NONCE_LENGTH)
  return taggedHash('store-entry', nonce, sealed.subarray(-LARGE_TAG_LENGTH))
}

function isLarge(sealed: Uint8Array): boolean {
  const isLong = sealed.length >= LARGE_MARK.length + RUN_LENGTH + LARGE_NONCE_LENGTH + LARGE_TAG_LENGTH
  return isLong && equalBytes(sealed.subarray(0, LARGE_MARK.length), LARGE_MARK)
}

/** Seals entries into their places: a fresh array, whose length tells only the padded length and whether it is a large one. */
export type EntrySealer = (
  place: EntryPlace,
  payload: Uint8Array,
  hasPlaces?: boolean,
) => Uint8Array | Promise<Uint8Array>

/**
 * A sealer for as long as a log stays open. Large entries have a key of this run's own, derived from the store key and 16 random bytes, so
 * that few nonces fall under one. Where Web Crypto is missing all are sealed by secretbox.
 * @param storeKey - 32 bytes; must stay as it is meanwhile
 */
export function createEntrySealer(storeKey: Uint8Array): EntrySealer {
  const run = randomBytes(RUN_LENGTH)
  let runKey: Promise<LargeKey> | null = null
  return (place, payload, hasPlaces = false) => {
    const head = headOf(place, hasPlaces ? ENTRY_VERSION : PLAIN_VERSION)
    if (payload.length < LARGE_PAYLOAD || globalThis.crypto?.subtle === undefined)
      return seal(pad(head, payload), storeKey)
    const padded = pad(head, payload)
    runKey ??= deriveLargeKey(storeKey, 'store-large-entry', run)
    return runKey.then((key) => sealLarge(key, padded, [LARGE_MARK, run]))
  }
}

function headOf({ databaseId, number, previousHash }: EntryPlace, version: number): Uint8Array {
  return concatBytes(Uint8Array.of(version, BATCH_KIND), databaseId, uint64ToBytes(number), previousHash)
}

/** Opens entries of one store. Never throws or rejects for what the bytes are. */
export type EntryOpener = (sealed: Uint8Array) => OpenedEntry | Promise<OpenedEntry>

/** An opener that keeps the key of the run it saw last. @param storeKey - 32 bytes; must stay as it is meanwhile */
export function createEntryOpener(storeKey: Uint8Array): EntryOpener {
  let known: { run: Uint8Array; key: Promise<LargeKey> } | null = null
  return (sealed) => {
    if (!isLarge(sealed)) return parse(open(sealed, storeKey))
    const run = sealed.slice(LARGE_MARK.length, LARGE_MARK.length + RUN_LENGTH)
    if (known === null || !equalBytes(known.run, run))
      known = { run, key: deriveLargeKey(storeKey, 'store-large-entry', run) }
    return known.key.then((key) => openLarge(key, sealed.subarray(LARGE_MARK.length + RUN_LENGTH))).then(parse)
  }
}

function parse(padded: Uint8Array | null): OpenedEntry {
  const plaintext = padded && unpad(padded)
  if (!plaintext || plaintext.length < 1) return { type: 'unreadable' }
  const version = plaintext[0]!
  if (version > ENTRY_VERSION) return { type: 'newer', version }
  if (version < PLAIN_VERSION || plaintext.length < HEAD_LENGTH) return { type: 'unreadable' }
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
  const numberAt = 2 + DATABASE_ID_LENGTH
  return {
    type: 'opened',
    kind: plaintext[1]!,
    place: {
      databaseId: plaintext.slice(2, numberAt),
      number: Number(view.getBigUint64(numberAt)),
      previousHash: plaintext.slice(numberAt + 8, HEAD_LENGTH),
    },
    payload: plaintext.subarray(HEAD_LENGTH),
  }
}

/** Compares where an entry says it belongs with where it lies; `null` when they agree. */
export function faultOfPlace(found: EntryPlace, expected: EntryPlace): EntryFault | null {
  if (!equalBytes(found.databaseId, expected.databaseId)) return 'other-database'
  if (found.number !== expected.number) return 'reordered'
  if (!equalBytes(found.previousHash, expected.previousHash)) return 'spliced'
  return null
}
