/**
 * Reads a push at the server without copying it: {@link PushRequest} in its one encoding (RFC 8949 section 4.2.1), where maps have their
 * keys in one order, so that an envelope is a fixed pattern around five lengths. What does not look like it goes through the reader of all
 * messages, which refuses it or reads it: the two never differ in what they take.
 */
import { encodeCbor } from '@chartkeep/crypto/encoding'
import type { Envelope } from '../streams/envelope.ts'
import {
  HASH_LENGTH,
  MAX_BATCH,
  MAX_PATH,
  MAX_PUSH_BYTES,
  MAX_PUSH_ENVELOPES,
  SIGNATURE_LENGTH,
} from '../base/limits.ts'
import { PushRequest } from './messages.ts'
import { decodeAs } from '../base/shape.ts'

/** An envelope of a push. Read by {@link readPush} all of it are views of the request. */
export interface PushedEnvelope extends Envelope {
  /** The proof as it came, in its one encoding. */
  encodedProof?: Uint8Array
}

/** The push that `encoded` holds; null where {@link decodeAs} would be null. Keep no part of it longer than the request. */
export function readPush(encoded: Uint8Array): { envelopes: PushedEnvelope[] } | LaidPush | null {
  return readPattern(encoded) ?? decodeAs(PushRequest, encoded)
}

/** Columns of the table of a {@link LaidPush}: where these parts begin, and two numbers of the proof. */
const [START, BODY_AT, PROOF_AT, SIZE_OF, INDEX_OF, HEADER_AT, END] = [0, 1, 2, 3, 4, 5, 6]
const COLUMNS = 7

/**
 * A push inside its request's bytes: a table of offsets instead of a dozen objects for each of hundreds of envelopes. An envelope object is made on
 * demand.
 */
export class LaidPush {
  readonly bytes: Uint8Array
  readonly count: number
  readonly #table: Int32Array
  #envelopes: PushedEnvelope[] | null = null

  constructor(bytes: Uint8Array, count: number, table: Int32Array) {
    this.bytes = bytes
    this.count = count
    this.#table = table
  }

  get envelopes(): PushedEnvelope[] {
    return (this.#envelopes ??= Array.from({ length: this.count }, (_, index) => this.envelopeAt(index)))
  }

  /** Where the pairs of the envelope's map begin, its first key included; they end with the header. */
  startOf(index: number): number {
    return this.#table[index * COLUMNS + START]!
  }

  endOf(index: number): number {
    return this.#table[index * COLUMNS + END]!
  }

  bodyAt(index: number): number {
    return this.#table[index * COLUMNS + BODY_AT]!
  }

  bodyLength(index: number): number {
    return this.#table[index * COLUMNS + PROOF_AT]! - PROOF.length - this.bodyAt(index)
  }

  headerAt(index: number): number {
    return this.#table[index * COLUMNS + HEADER_AT]!
  }

  headerLength(index: number): number {
    return this.endOf(index) - this.headerAt(index)
  }

  /** The encoded proof: from here as long as {@link proofLength}. */
  proofAt(index: number): number {
    return this.#table[index * COLUMNS + PROOF_AT]!
  }

  proofLength(index: number): number {
    const header = this.headerAt(index)
    const length = this.headerLength(index)
    return header - headLength(length) - HEADER.length - this.proofAt(index)
  }

  sizeOf(index: number): number {
    return this.#table[index * COLUMNS + SIZE_OF]!
  }

  indexOf(index: number): number {
    return this.#table[index * COLUMNS + INDEX_OF]!
  }

  /** How many hashes the path has. */
  stepsOf(index: number): number {
    return this.bytes[this.proofAt(index) + PATH.length]! - ARRAY
  }

  /** Offset of hash `step` of the path. */
  stepAt(index: number, step: number): number {
    return this.proofAt(index) + PATH.length + 1 + step * (HASH.length + HASH_LENGTH) + HASH.length
  }

  signatureAt(index: number): number {
    return this.proofAt(index) + this.proofLength(index) - SIGNATURE_LENGTH
  }

  viewOf(start: number, length: number): Uint8Array {
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length)
  }

  envelopeAt(index: number): PushedEnvelope {
    const path = Array.from({ length: this.stepsOf(index) }, (_, step) =>
      this.viewOf(this.stepAt(index, step), HASH_LENGTH),
    )
    const signature = this.viewOf(this.signatureAt(index), SIGNATURE_LENGTH)
    return {
      header: this.viewOf(this.headerAt(index), this.headerLength(index)),
      body: this.viewOf(this.bodyAt(index), this.bodyLength(index)),
      proof: { size: this.sizeOf(index), index: this.indexOf(index), path, signature },
      encodedProof: this.viewOf(this.proofAt(index), this.proofLength(index)),
    }
  }
}

const text = (word: string) => encodeCbor(word)
const pattern = (...parts: (Uint8Array | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])))

const FIRST = pattern(0xa1, text('envelopes'))
const MAP = pattern(0xa3)
const BODY = text('body')
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

/** Reading position; `at` is NaN once something did not fit. */
interface Cursor {
  readonly bytes: Uint8Array
  at: number
}

function readPattern(encoded: Uint8Array): LaidPush | null {
  const cursor = { bytes: encoded, at: 0 }
  pass(cursor, FIRST)
  const count = readLength(cursor, ARRAY)
  if (!(count <= MAX_PUSH_ENVELOPES)) return null
  const table = new Int32Array(count * COLUMNS)
  for (let index = 0; index < count; index += 1) if (!readEnvelope(cursor, table, index * COLUMNS)) return null
  return cursor.at === encoded.length ? new LaidPush(encoded, count, table) : null
}

/** Whether an envelope begins here; `row`: where its row of the table begins. */
function readEnvelope(cursor: Cursor, table: Int32Array, row: number): boolean {
  pass(cursor, MAP)
  table[row + START] = cursor.at
  pass(cursor, BODY)
  const body = readLength(cursor, BYTES)
  if (!(body <= MAX_PUSH_BYTES)) return false
  table[row + BODY_AT] = cursor.at
  cursor.at += body
  pass(cursor, PROOF)
  table[row + PROOF_AT] = cursor.at
  pass(cursor, PATH)
  const steps = readLength(cursor, ARRAY)
  if (!(steps <= MAX_PATH)) return false
  for (let step = 0; step < steps; step += 1) {
    pass(cursor, HASH)
    cursor.at += HASH_LENGTH
  }
  pass(cursor, SIZE)
  const size = readLength(cursor, 0)
  table[row + SIZE_OF] = size
  pass(cursor, INDEX)
  const index = readLength(cursor, 0)
  table[row + INDEX_OF] = index
  pass(cursor, SIGNATURE)
  cursor.at += SIGNATURE_LENGTH
  pass(cursor, HEADER)
  const header = readLength(cursor, BYTES)
  table[row + HEADER_AT] = cursor.at
  cursor.at += header
  table[row + END] = cursor.at
  return cursor.at <= cursor.bytes.length && header <= MAX_HEADER && size <= MAX_BATCH && index < MAX_BATCH
}

/** Reads exactly these bytes, or stops when others follow. */
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

/** Bytes of the head of a header of this length, at most {@link MAX_HEADER}. */
function headLength(header: number): number {
  if (header < 24) return 1
  return header < 0x100 ? 2 : 3
}
