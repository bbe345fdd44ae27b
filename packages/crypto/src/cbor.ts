/**
 * Deterministic CBOR (RFC 8949 section 4.2.1, core requirements) for everything
 * that is signed or hashed: https://www.rfc-editor.org/rfc/rfc8949#section-4.2
 *
 * Only what our structures need: safe integers, text, bytes, true, false, null,
 * arrays, maps with text keys. No floats, tags, undefined or indefinite lengths.
 */
import { bytesToUtf8, compareBytes, concatBytes, utf8ToBytes } from './bytes.ts'

/** What a structure may hold. Numbers are safe integers; -0 is the integer 0. */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | { [key: string]: CborValue }

/** Arrays and maps inside one another; a deeper value is refused both ways. */
const MAX_DEPTH = 16

const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const SIMPLE = 7

const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6

/**
 * The one encoding of `value`: shortest lengths, map keys in the bytewise order of
 * their encodings. Throws a TypeError for what has no encoding here: a number that
 * is not a safe integer, text with a lone surrogate, `undefined`, an instance of a
 * class, more than 16 levels.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const parts: Uint8Array[] = []
  write(parts, value, 0)
  return concatBytes(...parts)
}

/**
 * Reverses {@link encodeCbor}; `{ value }`, because `null` is itself a value.
 * Returns `null` unless `bytes` are exactly what encodeCbor gives for that value:
 * longer forms, unsorted or repeated keys, bytes left over, integers beyond 2^53 - 1
 * and more than 16 levels are all refused. Byte strings are copies and maps have no
 * prototype, so a key such as `__proto__` is a key like any other.
 */
export function decodeCbor(bytes: Uint8Array): { value: CborValue } | null {
  const reader: Reader = { bytes, at: 0 }
  const value = read(reader, 0)
  return value === undefined || reader.at !== bytes.length ? null : { value }
}

function write(parts: Uint8Array[], value: CborValue, depth: number): void {
  if (value === null) parts.push(Uint8Array.of(NULL))
  else if (value === true) parts.push(Uint8Array.of(TRUE))
  else if (value === false) parts.push(Uint8Array.of(FALSE))
  else if (typeof value === 'number') parts.push(encodeInteger(value))
  else if (typeof value === 'string') parts.push(encodeText(value))
  else if (value instanceof Uint8Array) parts.push(head(BYTES, value.length), Uint8Array.from(value))
  else if (Array.isArray(value)) writeArray(parts, value, depth + 1)
  else if (isPlainObject(value)) writeMap(parts, value, depth + 1)
  else throw new TypeError('a value of this kind has no CBOR form here')
}

function writeArray(parts: Uint8Array[], items: CborValue[], depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError('CBOR is nested too deeply')
  parts.push(head(ARRAY, items.length))
  // By index, so that a hole is seen as undefined and refused.
  for (let i = 0; i < items.length; i++) write(parts, items[i]!, depth)
}

function writeMap(parts: Uint8Array[], map: { [key: string]: CborValue }, depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError('CBOR is nested too deeply')
  const entries = Object.keys(map).map((key) => ({ key, encoded: encodeText(key) }))
  entries.sort((a, b) => compareBytes(a.encoded, b.encoded))
  parts.push(head(MAP, entries.length))
  for (const { key, encoded } of entries) {
    parts.push(encoded)
    write(parts, map[key]!, depth)
  }
}

function encodeInteger(n: number): Uint8Array {
  if (!Number.isSafeInteger(n)) throw new TypeError('CBOR numbers are safe integers here')
  return n < 0 ? head(NEGATIVE, -1 - n) : head(UNSIGNED, n)
}

function encodeText(text: string): Uint8Array {
  const bytes = utf8ToBytes(text)
  return concatBytes(head(TEXT, bytes.length), bytes)
}

/** Major type and argument in the shortest of the five forms (RFC 8949 section 3). */
function head(major: number, argument: number): Uint8Array {
  const first = major << 5
  if (argument < 24) return Uint8Array.of(first | argument)
  if (argument < 0x100) return Uint8Array.of(first | 24, argument)
  if (argument < 0x10000) return Uint8Array.of(first | 25, argument >> 8, argument & 0xff)
  const wide = argument >= 0x100000000
  const bytes = new Uint8Array(wide ? 9 : 5)
  bytes[0] = first | (wide ? 27 : 26)
  const view = new DataView(bytes.buffer)
  if (wide) view.setBigUint64(1, BigInt(argument))
  else view.setUint32(1, argument)
  return bytes
}

/** True for `{}` and for maps without prototype, false for Map, Date and instances of any class. */
function isPlainObject(value: unknown): value is { [key: string]: CborValue } {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

interface Reader {
  readonly bytes: Uint8Array
  at: number
}

/** The next value, or `undefined` for anything that is not in its one form. */
function read(reader: Reader, depth: number): CborValue | undefined {
  const first = reader.bytes[reader.at]
  if (first === undefined) return undefined
  reader.at++
  const major = first >> 5
  if (major === SIMPLE) return readSimple(first)
  const argument = readArgument(reader, first & 31)
  if (argument === undefined) return undefined
  switch (major) {
    case UNSIGNED:
      return argument
    case NEGATIVE:
      return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : undefined
    case BYTES:
      return readBytes(reader, argument)?.slice()
    case TEXT:
      return readText(reader, argument)
    case ARRAY:
      return depth < MAX_DEPTH ? readArray(reader, argument, depth + 1) : undefined
    case MAP:
      return depth < MAX_DEPTH ? readMap(reader, argument, depth + 1) : undefined
    default:
      return undefined // tags
  }
}

function readSimple(first: number): CborValue | undefined {
  if (first === FALSE) return false
  if (first === TRUE) return true
  return first === NULL ? null : undefined // floats, undefined, breaks, unassigned
}

/** The argument of a head, refused where a shorter form exists or the number is not safe. */
function readArgument(reader: Reader, short: number): number | undefined {
  if (short < 24) return short
  if (short > 27) return undefined
  const length = 1 << (short - 24)
  const bytes = readBytes(reader, length)
  if (bytes === undefined) return undefined
  let argument = 0
  for (const byte of bytes) argument = argument * 256 + byte
  const smallest = length === 1 ? 24 : 256 ** (length / 2)
  return argument >= smallest && Number.isSafeInteger(argument) ? argument : undefined
}

function readBytes(reader: Reader, length: number): Uint8Array | undefined {
  if (length > reader.bytes.length - reader.at) return undefined
  reader.at += length
  return reader.bytes.subarray(reader.at - length, reader.at)
}

function readText(reader: Reader, length: number): string | undefined {
  const bytes = readBytes(reader, length)
  if (bytes === undefined) return undefined
  return bytesToUtf8(bytes) ?? undefined
}

function readArray(reader: Reader, length: number, depth: number): CborValue[] | undefined {
  const items: CborValue[] = []
  // A false length ends the loop at the first missing item: nothing is reserved for it.
  for (let i = 0; i < length; i++) {
    const item = read(reader, depth)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

function readMap(reader: Reader, length: number, depth: number): { [key: string]: CborValue } | undefined {
  const map: { [key: string]: CborValue } = Object.create(null)
  let previous: Uint8Array | null = null
  for (let i = 0; i < length; i++) {
    const start = reader.at
    const key = read(reader, MAX_DEPTH)
    if (typeof key !== 'string') return undefined
    const encoded = reader.bytes.subarray(start, reader.at)
    if (previous !== null && compareBytes(previous, encoded) >= 0) return undefined
    previous = encoded
    const value = read(reader, depth)
    if (value === undefined) return undefined
    map[key] = value
  }
  return map
}
