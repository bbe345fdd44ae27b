/**
 * Reads a push at the server without copying it: {@link PushRequest} in its one encoding (RFC 8949 section 4.2.1), where maps have their
 * keys in one order, so that an envelope is a fixed pattern around five lengths. What does not look like it goes through the reader of all
 * messages, which refuses it or reads it: the two never differ in what they take.
 */
import { utf8ToBytes } from '@chartkeep/crypto/encoding'
import type { BatchProof, Envelope } from './envelope.ts'
import { HASH_LENGTH, MAX_BATCH, MAX_PATH, MAX_PUSH_BYTES, MAX_PUSH_ENVELOPES, SIGNATURE_LENGTH } from './limits.ts'
import { PushRequest } from './messages.ts'
import { decodeAs } from './shape.ts'

/** An envelope of a push. Read by {@link readPush} all of it are views of the request. */
export interface PushedEnvelope extends Envelope {
  /** The proof as it came, in its one encoding. */
  encodedProof?: Uint8Array
}

/** The push that `encoded` holds; null where {@link decodeAs} would be null. Keep nothing of it longer than the request. */
export function readPush(encoded: Uint8Array): { envelopes: PushedEnvelope[] } | null {
  return readPattern(encoded) ?? decodeAs(PushRequest, encoded)
}

/** CBOR: a text of under 24 characters. */
const text = (word: string) => Uint8Array.of(0x60 + word.length, ...utf8ToBytes(word))
const pattern = (...parts: (Uint8Array | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])))

const START = pattern(0xa1, text('envelopes'))
const BODY = pattern(0xa3, text('body'))
const PROOF = text('proof')
const PATH = pattern(0xa4, text('path'))
const HASH = pattern(0x58, HASH_LENGTH)
const SIZE = text('size')
const INDEX = text('index')
const SIGNATURE = pattern(text('signature'), 0x58, SIGNATURE_LENGTH)
const HEADER = text('header')

const BYTES = 0x40
const ARRAY = 0x80
const MAX_HEADER = 1024

/** Where reading stands; `at` is NaN once something did not fit. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

function readPattern(encoded: Uint8Array): { envelopes: PushedEnvelope[] } | null {
  const cursor = { bytes: encoded, at: 0 }
  pass(cursor, START)
  const count = readLength(cursor, ARRAY)
  if (!(count <= MAX_PUSH_ENVELOPES)) return null
  const envelopes: PushedEnvelope[] = []
  for (let index = 0; index < count; index += 1) {
    const envelope = readEnvelope(cursor)
    if (envelope === null) return null
    envelopes.push(envelope)
  }
  return cursor.at === encoded.length ? { envelopes } : null
}

function readEnvelope(cursor: Cursor): PushedEnvelope | null {
  pass(cursor, BODY)
  const body = readBytes(cursor, MAX_PUSH_BYTES)
  pass(cursor, PROOF)
  const start = cursor.at
  pass(cursor, PATH)
  const steps = readLength(cursor, ARRAY)
  if (!(steps <= MAX_PATH)) return null
  const path: Uint8Array[] = []
  for (let step = 0; step < steps; step += 1) {
    pass(cursor, HASH)
    path.push(take(cursor, HASH_LENGTH))
  }
  pass(cursor, SIZE)
  const size = readLength(cursor, 0)
  pass(cursor, INDEX)
  const index = readLength(cursor, 0)
  pass(cursor, SIGNATURE)
  const signature = take(cursor, SIGNATURE_LENGTH)
  const end = cursor.at
  pass(cursor, HEADER)
  const header = readBytes(cursor, MAX_HEADER)
  if (!(cursor.at <= cursor.bytes.length) || size > MAX_BATCH || index >= MAX_BATCH) return null
  const proof: BatchProof = { size, index, path, signature }
  return { header, body, proof, encodedProof: view(cursor, start, end) }
}

/** Goes over these bytes, or stops where others stand. */
function pass(cursor: Cursor, expected: Uint8Array): void {
  const { bytes, at } = cursor
  for (let i = 0; i < expected.length; i += 1) if (bytes[at + i] !== expected[i]) return void (cursor.at = Number.NaN)
  cursor.at = at + expected.length
}

/** The argument of a head of this major type in its shortest form (RFC 8949 section 3), under 2^32. */
function readLength(cursor: Cursor, major: number): number {
  const short = (cursor.bytes[cursor.at] ?? Number.NaN) - major
  if (short >= 0 && short < 24) {
    cursor.at += 1
    return short
  }
  const width = short === 24 ? 1 : short === 25 ? 2 : short === 26 ? 4 : 0
  let length = width === 0 ? Number.NaN : 0
  for (let i = 1; i <= width; i += 1) length = length * 256 + (cursor.bytes[cursor.at + i] ?? Number.NaN)
  const least = width === 1 ? 24 : width === 2 ? 0x100 : 0x10000
  if (!(length >= least)) {
    cursor.at = Number.NaN
    return Number.NaN
  }
  cursor.at += 1 + width
  return length
}

function readBytes(cursor: Cursor, max: number): Uint8Array {
  const length = readLength(cursor, BYTES)
  if (length <= max) return take(cursor, length)
  cursor.at = Number.NaN
  return EMPTY
}

const EMPTY = new Uint8Array()

function take(cursor: Cursor, length: number): Uint8Array {
  const start = cursor.at
  if (!(start + length <= cursor.bytes.length)) {
    cursor.at = Number.NaN
    return EMPTY
  }
  cursor.at = start + length
  return view(cursor, start, cursor.at)
}

function view({ bytes }: Cursor, start: number, end: number): Uint8Array {
  return start <= end ? new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start) : EMPTY
}
