/**
 * The bytes of one log entry: seal(pad(place ‖ payload)).
 *
 * The place (version, database, number, hash of the entry before) is inside the seal, so an entry that was
 * moved, left out or taken from elsewhere opens but does not fit. The padded length hides the payload's.
 */
import { concatBytes, equalBytes, open, pad, seal, taggedHash, uint64ToBytes, unpad } from '@chartkeep/crypto'

/** The layout that this program writes; a greater one is refused as newer. */
export const ENTRY_VERSION = 1
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

/** What {@link openEntry} found. `unreadable`: damaged bytes or another key; the two cannot be told apart. */
export type OpenedEntry =
  | { type: 'opened'; kind: number; place: EntryPlace; payload: Uint8Array }
  | { type: 'unreadable' }
  | { type: 'newer'; version: number }

/** The first entry's `previousHash`. */
export const NO_ENTRY: Uint8Array = new Uint8Array(HASH_LENGTH)

/** nonce (24) ‖ authenticator (16): the head of a sealed entry. */
const SEAL_HEAD_LENGTH = 40

/**
 * The hash (32 bytes) by which the next entry names this one: over its nonce and authenticator. These two stand
 * for the whole entry, since without the key nobody makes other bytes that they fit (and hashing all of it
 * would cost as much as sealing).
 */
export function entryHash(sealed: Uint8Array): Uint8Array {
  return taggedHash('store-entry', sealed.subarray(0, SEAL_HEAD_LENGTH))
}

/**
 * Seals one payload into its place.
 * @param key - the store key, 32 bytes
 * @returns a fresh array whose length tells only the padded length
 */
export function sealEntry(key: Uint8Array, place: EntryPlace, payload: Uint8Array): Uint8Array {
  const head = concatBytes(
    Uint8Array.of(ENTRY_VERSION, BATCH_KIND),
    place.databaseId,
    uint64ToBytes(place.number),
    place.previousHash,
  )
  return seal(pad(concatBytes(head, payload)), key)
}

/** Reverses {@link sealEntry}. Never throws, whatever the bytes are. */
export function openEntry(key: Uint8Array, sealed: Uint8Array): OpenedEntry {
  const padded = open(sealed, key)
  const plaintext = padded && unpad(padded)
  if (!plaintext || plaintext.length < 1) return { type: 'unreadable' }
  const version = plaintext[0]!
  if (version > ENTRY_VERSION) return { type: 'newer', version }
  if (version !== ENTRY_VERSION || plaintext.length < HEAD_LENGTH) return { type: 'unreadable' }
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
