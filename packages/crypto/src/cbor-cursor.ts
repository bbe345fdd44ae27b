/**
 * Reads deterministic CBOR (RFC 8949 section 4.2.1) item by item, straight from the bytes: heads in their shortest form, byte strings and text.
 * A caller that knows the form of a message asks for one item after another and refuses at the first that does not fit, before anything
 * of it is built (H6). Nothing here throws.
 */
import { bytesToUtf8 } from './bytes.ts'

/** How far a message has been read. */
export interface CborCursor {
  readonly bytes: Uint8Array
  at: number
}

/** Major types (RFC 8949 section 3.1). */
export const CBOR_UNSIGNED = 0
export const CBOR_NEGATIVE = 1
export const CBOR_BYTES = 2
export const CBOR_TEXT = 3
export const CBOR_LIST = 4
export const CBOR_MAP = 5
export const CBOR_SIMPLE = 7

/** Whole items of one byte. */
export const CBOR_FALSE = 0xf4
export const CBOR_TRUE = 0xf5
export const CBOR_NULL = 0xf6

/** Text up to this many characters is tried as ASCII first: names of fields, ids, words. The system's coder costs more than they do. */
export const SHORT = 64

/**
 * Reads the head of an item of this major type.
 * @returns its argument: the number, or how many bytes, items or pairs follow; -1 for another type, for a longer form than needed and for
 * numbers beyond 2^53 - 1
 */
export function readHead(cursor: CborCursor, major: number): number {
  const first = cursor.bytes[cursor.at]
  if (first === undefined || first >> 5 !== major) return -1
  cursor.at++
  const short = first & 31
  return short < 24 ? short : readArgument(cursor, short)
}

/** The argument of a head whose first byte was read; `short`: the low five bits of that byte. -1 as {@link readHead} says. */
export function readArgument(cursor: CborCursor, short: number): number {
  if (short < 24) return short
  if (short > 27) return -1
  const length = 1 << (short - 24)
  const start = take(cursor, length)
  if (start < 0) return -1
  let argument = 0
  for (let at = start; at < cursor.at; at++) argument = argument * 256 + cursor.bytes[at]!
  const smallest = length === 1 ? 24 : 256 ** (length / 2)
  return argument >= smallest && Number.isSafeInteger(argument) ? argument : -1
}

/** Goes over `length` bytes; where they begin, or -1 when there are not so many. */
function take(cursor: CborCursor, length: number): number {
  const start = cursor.at
  if (length > cursor.bytes.length - start) return -1
  cursor.at = start + length
  return start
}

/** A copy of the next `length` bytes, and not by slice(), which on a Node Buffer gives a view; `undefined` when there are not so many. */
export function readBytes(cursor: CborCursor, length: number): Uint8Array | undefined {
  const start = take(cursor, length)
  if (start < 0) return undefined
  const copy = new Uint8Array(length)
  if (length > SHORT) copy.set(cursor.bytes.subarray(start, cursor.at))
  else for (let i = 0; i < length; i++) copy[i] = cursor.bytes[start + i]!
  return copy
}

/** The next `length` bytes as text; `undefined` when there are not so many or they are not UTF-8. */
export function readText(cursor: CborCursor, length: number): string | undefined {
  const start = take(cursor, length)
  if (start < 0) return undefined
  if (length > SHORT) return bytesToUtf8(cursor.bytes.subarray(start, cursor.at)) ?? undefined
  const codes: number[] = []
  for (let at = start; at < cursor.at; at++) {
    const code = cursor.bytes[at]!
    if (code > 0x7f) return bytesToUtf8(cursor.bytes.subarray(start, cursor.at)) ?? undefined
    codes.push(code)
  }
  return String.fromCharCode(...codes)
}

/** Reads exactly these bytes. False, and nothing is read, when other bytes follow. */
export function readExactly(cursor: CborCursor, expected: Uint8Array): boolean {
  const { bytes, at } = cursor
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
  cursor.at = at + expected.length
  return true
}

/** Names of fields, each kept once in the place that its letters give: the same few hundred come again and again. */
const names: (string | undefined)[] = Array.from({ length: 1024 })
const LONGEST_NAME = 24

/** {@link readText} for the key of a map. */
export function readName(cursor: CborCursor, length: number): string | undefined {
  if (length > LONGEST_NAME) return readText(cursor, length)
  const { bytes, at } = cursor
  // Where bytes are missing no name is found, and readText finds that out.
  let place = length
  for (let i = 0; i < length; i++) place = (Math.imul(place, 31) + bytes[at + i]!) | 0
  place = (place ^ (place >>> 10)) & 1023
  const known = names[place]
  if (known !== undefined && isName(known, bytes, at, length)) {
    cursor.at += length
    return known
  }
  const name = readText(cursor, length)
  // ASCII alone, which is compared as bytes. Whoever comes first keeps the place: nothing that is sent drives our own names out.
  if (known === undefined && name?.length === length) names[place] = name
  return name
}

function isName(name: string, bytes: Uint8Array, at: number, length: number): boolean {
  if (name.length !== length) return false
  for (let i = 0; i < length; i++) if (name.charCodeAt(i) !== bytes[at + i]!) return false
  return true
}
