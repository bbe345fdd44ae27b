/**
 * The bytes of one snapshot segment: snapshot id ‖ sealLarge(pad(place ‖ payload)).
 *
 * The place (version, database, entry that the snapshot stands for, snapshot id, index, last, hash of the segment
 * before) is inside the seal, as in entry.ts: a segment that was moved, left out, or taken from another snapshot
 * or store opens but does not fit. Each snapshot has a key of its own, derived from the store key and its random id.
 */
import { deriveLargeKey, openLarge, pad, sealLarge, unpad, type LargeKey } from '@chartkeep/crypto'
import { concatBytes, equalBytes, uint32ToBytes, uint64ToBytes } from '@chartkeep/crypto/encoding'
import { taggedHash } from '@chartkeep/crypto/hash'
import type { EntryFault } from './entry.ts'

/** The layout that this program writes; a greater one is refused as newer. */
const SEGMENT_VERSION = 1
/** Entries have kind 1. */
const SEGMENT_KIND = 2

const ID_LENGTH = 16
const HASH_LENGTH = 32
/** version (1) ‖ kind (1) ‖ database id (16) ‖ through (8) ‖ snapshot id (16) ‖ index (4) ‖ last (1) ‖ hash of the segment before (32) */
const HEAD_LENGTH = 2 + ID_LENGTH + 8 + ID_LENGTH + 4 + 1 + HASH_LENGTH
const NONCE_LENGTH = 12
const TAG_LENGTH = 16

/** Where a segment belongs. `previousHash` is 32 zero bytes for segment 0. */
export interface SegmentPlace {
  /** 16 bytes, as in every entry of the log. */
  databaseId: Uint8Array
  /** The number of the last entry that the snapshot stands for. */
  through: number
  /** 16 random bytes, new for each snapshot. */
  snapshotId: Uint8Array
  index: number
  isLast: boolean
  previousHash: Uint8Array
}

/** What {@link SegmentOpener} found. `unreadable`: damaged bytes or another key; the two cannot be told apart. */
export type OpenedSegment =
  | { type: 'opened'; place: SegmentPlace; payload: Uint8Array }
  | { type: 'unreadable' }
  | { type: 'newer'; version: number }

/** Opens segments of any snapshot of one store. Never rejects for what the bytes are. */
export type SegmentOpener = (sealed: Uint8Array) => Promise<OpenedSegment>

/** The hash (32 bytes) by which the next segment names this one: over nonce and tag, which stand for the whole (see entryHash). */
export function segmentHash(sealed: Uint8Array): Uint8Array {
  const nonce = sealed.subarray(ID_LENGTH, ID_LENGTH + NONCE_LENGTH)
  return taggedHash('store-segment', nonce, sealed.subarray(-TAG_LENGTH))
}

/** The key of the snapshot `snapshotId`. @param storeKey - 32 bytes */
export function snapshotKey(storeKey: Uint8Array, snapshotId: Uint8Array): Promise<LargeKey> {
  return deriveLargeKey(storeKey, 'store-snapshot', snapshotId)
}

/** Seals one payload into its place; a fresh array whose length tells only the padded length. */
export async function sealSegment(key: LargeKey, place: SegmentPlace, payload: Uint8Array): Promise<Uint8Array> {
  const head = concatBytes(
    Uint8Array.of(SEGMENT_VERSION, SEGMENT_KIND),
    place.databaseId,
    uint64ToBytes(place.through),
    place.snapshotId,
    uint32ToBytes(place.index),
    Uint8Array.of(place.isLast ? 1 : 0),
    place.previousHash,
  )
  return sealLarge(key, pad(head, payload), [place.snapshotId])
}

/** An opener that keeps the key of the snapshot it saw last. @param storeKey - 32 bytes; must stay as it is meanwhile */
export function createSegmentOpener(storeKey: Uint8Array): SegmentOpener {
  let known: { snapshotId: Uint8Array; key: Promise<LargeKey> } | null = null
  return async (sealed) => {
    if (sealed.length < ID_LENGTH) return { type: 'unreadable' }
    const snapshotId = sealed.slice(0, ID_LENGTH)
    if (!known || !equalBytes(known.snapshotId, snapshotId)) {
      known = { snapshotId, key: snapshotKey(storeKey, snapshotId) }
    }
    const padded = await openLarge(await known.key, sealed.subarray(ID_LENGTH))
    const plaintext = padded && unpad(padded)
    return plaintext ? parse(plaintext, snapshotId) : { type: 'unreadable' }
  }
}

function parse(plaintext: Uint8Array, outerId: Uint8Array): OpenedSegment {
  const version = plaintext[0]
  if (version === undefined) return { type: 'unreadable' }
  if (version > SEGMENT_VERSION) return { type: 'newer', version }
  if (version !== SEGMENT_VERSION || plaintext[1] !== SEGMENT_KIND || plaintext.length < HEAD_LENGTH)
    return { type: 'unreadable' }
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
  const throughAt = 2 + ID_LENGTH
  const idAt = throughAt + 8
  const indexAt = idAt + ID_LENGTH
  const place: SegmentPlace = {
    databaseId: plaintext.slice(2, throughAt),
    through: Number(view.getBigUint64(throughAt)),
    snapshotId: plaintext.slice(idAt, indexAt),
    index: view.getUint32(indexAt),
    isLast: plaintext[indexAt + 4] === 1,
    previousHash: plaintext.slice(indexAt + 5, HEAD_LENGTH),
  }
  if (!equalBytes(place.snapshotId, outerId)) return { type: 'unreadable' }
  return { type: 'opened', place, payload: plaintext.subarray(HEAD_LENGTH) }
}

/** Compares where a segment says it belongs with where it lies; `null` when they agree. */
export function faultOfSegment(found: SegmentPlace, expected: SegmentPlace): EntryFault | 'gap' | null {
  if (!equalBytes(found.databaseId, expected.databaseId)) return 'other-database'
  if (!equalBytes(found.snapshotId, expected.snapshotId) || found.through !== expected.through) return 'spliced'
  if (found.index !== expected.index) return 'reordered'
  if (!equalBytes(found.previousHash, expected.previousHash)) return 'spliced'
  return found.isLast === expected.isLast ? null : 'gap'
}
