/**
 * Envelope header (rule E1): fixed order, length-prefixed binary, never JSON. Integers are big endian.
 *
 * u16 length of the whole header | u8 suite | vault 16 | stream 16 | doc 16 | revision 16 | parent 32 | u8 count, merged 32 each |
 * u32 epoch | account 16 | device 16 | u64 deviceSeq | devicePrevious 32 | control log u64 n, 32 h | account log u64 n, 32 h |
 * stream u64 n, 32 h | u16 voids | u8 flags (bit 0: deleted) | u32 padded length
 */
import { compareBytes } from '@chartkeep/crypto/encoding'
import type { Head } from '../base/ids.ts'
import { HASH_LENGTH, ID_LENGTH, MAX_ENVELOPE_BYTES, MAX_MERGED } from '../base/limits.ts'

/** The only suite: XSalsa20-Poly1305 with HMAC-SHA-512 keys and commitment, Ed25519 batches, SHA-256 (K10). */
export const SUITE = 1

const FIXED_LENGTH =
  2 + 1 + 4 * ID_LENGTH + HASH_LENGTH + 1 + 4 + 2 * ID_LENGTH + 8 + HASH_LENGTH + 3 * (8 + HASH_LENGTH) + 2 + 1 + 4

export interface Header {
  vault: Uint8Array
  stream: Uint8Array
  doc: Uint8Array
  /** 16 random bytes chosen at save; repeated inside the seal. */
  revision: Uint8Array
  /** Envelope hash of the version this one replaces; zeros for a new record. */
  parent: Uint8Array
  /** 0 to 4 hashes of `conflict` envelopes that this version takes in; written in ascending order. */
  merged: Uint8Array[]
  epoch: number
  account: Uint8Array
  device: Uint8Array
  /** 1, 2, 3 ... per device and stream, none used twice. */
  deviceSeq: number
  /** Envelope hash of this device's previous envelope in this stream; zeros for its first. */
  devicePrevious: Uint8Array
  /** Heads that the author had verified when sealing. */
  control: Head
  accountLog: Head
  streamHead: Head
  /** How many of this device's envelopes just before this one are void. */
  voids: number
  deleted: boolean
  /** Length in bytes of the padded plaintext (E3). */
  paddedLength: number
}

/** Writes the header; throws a RangeError for what {@link decodeHeader} would not read again (a mistake of the caller). */
export function encodeHeader(header: Header): Uint8Array {
  if (header.merged.length > MAX_MERGED) throw new RangeError('at most 4 merged envelopes')
  const merged = header.merged.length < 2 ? header.merged : header.merged.toSorted(compareBytes)
  if (!ascends(merged)) throw new RangeError('a merged envelope is named twice')
  const numbers = [header.control.n, header.accountLog.n, header.streamHead.n]
  const fits =
    isInteger(header.epoch, 1, 0xffffffff) &&
    isInteger(header.deviceSeq, 1, Number.MAX_SAFE_INTEGER) &&
    numbers.every((n) => isInteger(n, 0, Number.MAX_SAFE_INTEGER)) &&
    isInteger(header.voids, 0, 0xffff) &&
    isInteger(header.paddedLength, 0, MAX_ENVELOPE_BYTES)
  if (!fits) throw new RangeError('a header number is out of its range')
  const length = FIXED_LENGTH + header.merged.length * HASH_LENGTH
  const out = new Uint8Array(length)
  let at = 0
  const bytes = (value: Uint8Array, expected: number) => {
    if (value.length !== expected) throw new RangeError('a header field has the wrong length')
    out.set(value, at)
    at += expected
  }
  // Byte by byte: a view of each of ten thousand headers costs more than the header.
  const uint16 = (value: number) => {
    out[at++] = value >>> 8
    out[at++] = value
  }
  const uint32 = (value: number) => {
    uint16(value >>> 16)
    uint16(value & 0xffff)
  }
  const uint64 = (value: number) => {
    uint32(Math.floor(value / 2 ** 32))
    uint32(value >>> 0)
  }
  const head = (value: Head) => {
    uint64(value.n)
    bytes(value.h, HASH_LENGTH)
  }
  uint16(length)
  out[at++] = SUITE
  bytes(header.vault, ID_LENGTH)
  bytes(header.stream, ID_LENGTH)
  bytes(header.doc, ID_LENGTH)
  bytes(header.revision, ID_LENGTH)
  bytes(header.parent, HASH_LENGTH)
  out[at++] = header.merged.length
  for (const hash of merged) bytes(hash, HASH_LENGTH)
  uint32(header.epoch)
  bytes(header.account, ID_LENGTH)
  bytes(header.device, ID_LENGTH)
  uint64(header.deviceSeq)
  bytes(header.devicePrevious, HASH_LENGTH)
  head(header.control)
  head(header.accountLog)
  head(header.streamHead)
  uint16(header.voids)
  out[at++] = header.deleted ? 1 : 0
  uint32(header.paddedLength)
  return out
}

/** Reads a header; null for anything that {@link encodeHeader} would not have written (other suite, unknown flag, wrong length). */
export function decodeHeader(encoded: Uint8Array): Header | null {
  return readHeader(encoded, copied)
}

/** The same with fields that are views of `encoded`: for callers that keep no field and whose bytes do not change meanwhile. */
export function viewHeader(encoded: Uint8Array): Header | null {
  return readHeader(encoded, viewed)
}

type Cut = (encoded: Uint8Array, start: number, end: number) => Uint8Array
const copied: Cut = (encoded, start, end) => encoded.slice(start, end)
const viewed: Cut = (encoded, start, end) => new Uint8Array(encoded.buffer, encoded.byteOffset + start, end - start)

/** A header begins with its length and the suite. */
const VAULT_AT = 2 + 1

function readHeader(encoded: Uint8Array, cut: Cut): Header | null {
  if (encoded.length < FIXED_LENGTH || encoded.length > FIXED_LENGTH + MAX_MERGED * HASH_LENGTH) return null
  if (encoded[0]! * 256 + encoded[1]! !== encoded.length) return null
  if (encoded[2] !== SUITE) return null
  let at = VAULT_AT
  const bytes = (length: number) => cut(encoded, at, (at += length))
  let sound = true
  const uint32 = () => {
    at += 4
    return encoded[at - 4]! * 0x1000000 + (encoded[at - 3]! << 16) + (encoded[at - 2]! << 8) + encoded[at - 1]!
  }
  const uint64 = () => {
    const high = uint32()
    if (high > MAX_HIGH) sound = false
    return high * 2 ** 32 + uint32()
  }
  const head = (): Head => ({ n: uint64(), h: bytes(HASH_LENGTH) })
  const vault = bytes(ID_LENGTH)
  const stream = bytes(ID_LENGTH)
  const doc = bytes(ID_LENGTH)
  const revision = bytes(ID_LENGTH)
  const parent = bytes(HASH_LENGTH)
  const count = encoded[at++]!
  if (encoded.length !== FIXED_LENGTH + count * HASH_LENGTH) return null
  const merged: Uint8Array[] = []
  for (let i = 0; i < count; i++) merged.push(bytes(HASH_LENGTH))
  if (!ascends(merged)) return null
  const epoch = uint32()
  const account = bytes(ID_LENGTH)
  const device = bytes(ID_LENGTH)
  const deviceSeq = uint64()
  const devicePrevious = bytes(HASH_LENGTH)
  const control = head()
  const accountLog = head()
  const streamHead = head()
  const voids = encoded[at]! * 256 + encoded[at + 1]!
  at += 2
  const flags = encoded[at++]!
  if (flags > 1) return null
  const paddedLength = uint32()
  if (!sound || epoch === 0 || deviceSeq === 0 || paddedLength > MAX_ENVELOPE_BYTES) return null
  return {
    vault,
    stream,
    doc,
    revision,
    parent,
    merged,
    epoch,
    account,
    device,
    deviceSeq,
    devicePrevious,
    control,
    accountLog,
    streamHead,
    voids,
    deleted: flags === 1,
    paddedLength,
  }
}

/** Offset of the author in a header without merged envelopes: after suite, four ids, parent and count, then the epoch. */
const AUTHOR_AT = 2 + 1 + 4 * ID_LENGTH + HASH_LENGTH + 1 + 4

/**
 * The author of a header and the position of its account log that it names, without reading the rest; null where {@link decodeHeader}
 * would be null for its length. A view of the bytes, not a copy.
 */
export function headerAuthor(encoded: Uint8Array): { account: Uint8Array; accountLogN: number } | null {
  const merged = (encoded[AUTHOR_AT - 5] ?? 0) * HASH_LENGTH
  if (encoded.length !== FIXED_LENGTH + merged) return null
  const at = AUTHOR_AT + merged
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length)
  const logAt = at + 2 * ID_LENGTH + 8 + HASH_LENGTH + 8 + HASH_LENGTH
  const high = view.getUint32(logAt)
  if (high > MAX_HIGH) return null
  return { account: encoded.subarray(at, at + ID_LENGTH), accountLogN: high * 2 ** 32 + view.getUint32(logAt + 4) }
}

/** The upper half of the greatest safe integer, 2^53 - 1. */
const MAX_HIGH = 0x1fffff

/** Offsets in a header without merged envelopes: of the sequence, of the heads after it, and of their end. */
const SEQUENCE_AT = AUTHOR_AT + 2 * ID_LENGTH
const HEADS_AT = SEQUENCE_AT + 8 + HASH_LENGTH
const HEADS_END = HEADS_AT + 3 * (8 + HASH_LENGTH)
const DOC_AT = VAULT_AT + 2 * ID_LENGTH
const PARENT_AT = DOC_AT + 2 * ID_LENGTH

/** Length of a header without merged envelopes, and the offsets of its record and of the hash of its device's previous envelope. */
export const PLAIN_HEADER = { length: FIXED_LENGTH, doc: DOC_AT, previous: SEQUENCE_AT + 8 }

/**
 * Whether two headers, encoded, without merged envelopes, claim the same right: they differ at most in record, revision, place in the
 * sequence of their device, voids and length. A batch is judged once by it, as far as the record itself says nothing.
 */
export function sameClaim(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === FIXED_LENGTH && b.length === FIXED_LENGTH && sameClaimAt(a, 0, b, 0)
}

/** The same for headers of that length that begin at `aAt` and `bAt`. */
export function sameClaimAt(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): boolean {
  const same = (start: number, end: number) => {
    for (let at = start; at < end; at += 1) if (a[aAt + at] !== b[bAt + at]) return false
    return true
  }
  return (
    same(0, DOC_AT) &&
    same(PARENT_AT, SEQUENCE_AT) &&
    same(HEADS_AT, HEADS_END) &&
    a[aAt + HEADS_END + 2] === b[bAt + HEADS_END + 2]
  )
}

/** What {@link sameClaim} leaves open of a header that begins at `at`: number of its device, voids before it, padded length. */
export function placeInSequence(
  bytes: Uint8Array,
  at: number,
): { deviceSeq: number; voids: number; paddedLength: number } {
  const uint32 = (place: number) =>
    bytes[place]! * 0x1000000 + (bytes[place + 1]! << 16) + (bytes[place + 2]! << 8) + bytes[place + 3]!
  return {
    deviceSeq: uint32(at + SEQUENCE_AT) * 2 ** 32 + uint32(at + SEQUENCE_AT + 4),
    voids: bytes[at + HEADS_END]! * 256 + bytes[at + HEADS_END + 1]!,
    paddedLength: uint32(at + HEADS_END + 3),
  }
}

function ascends(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash, index) => index === 0 || compareBytes(hashes[index - 1]!, hash) < 0)
}

function isInteger(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most
}
