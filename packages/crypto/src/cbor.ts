/**
 * Deterministic CBOR (RFC 8949 section 4.2.1, core requirements) for everything
 * that is signed or hashed: https://www.rfc-editor.org/rfc/rfc8949#section-4.2
 *
 * Only what our structures need: safe integers, text, bytes, true, false, null,
 * arrays, maps with text keys. No floats, tags, undefined or indefinite lengths.
 */
import { compareBytes, utf8ToBytes } from './bytes.ts'
import {
  CBOR_LIST,
  CBOR_BYTES,
  CBOR_FALSE,
  CBOR_MAP,
  CBOR_NEGATIVE,
  CBOR_NULL,
  readArgument,
  readBytes,
  readName,
  readText,
  SHORT,
  CBOR_SIMPLE,
  CBOR_TEXT,
  CBOR_TRUE,
  CBOR_UNSIGNED,
  type CborCursor,
} from './cbor-cursor.ts'

/** What a structure may hold. Numbers are safe integers; -0 is the integer 0. */
export type CborValue = number | string | boolean | null | Uint8Array | CborValue[] | { [key: string]: CborValue }

/** Whether a decoded value is a map: neither bytes nor a list. */
export function isCborMap(value: CborValue | undefined): value is { [key: string]: CborValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** Arrays and maps inside one another; a deeper value is refused both ways. */
const MAX_DEPTH = 16

/**
 * The one encoding of `value`: shortest lengths, map keys in the bytewise order of
 * their encodings. Throws a TypeError for what has no encoding here: a number that
 * is not a safe integer, text with a lone surrogate, `undefined`, an instance of a
 * class, more than 16 levels.
 * @param expected - about how many bytes it will be: spares a long one from growing step by step
 */
export function encodeCbor(value: CborValue, expected = 0): Uint8Array {
  const writer: Writer = { bytes: scratch, length: 0 }
  reserve(writer, expected)
  try {
    write(writer, value, 0)
    return writer.bytes === scratch ? scratch.slice(0, writer.length) : writer.bytes.subarray(0, writer.length)
  } finally {
    // The encoded value may be content or keys: wipe the scratch buffer.
    scratch.fill(0, 0, writer.length)
  }
}

/**
 * Stands for the byte string `encodeCbor(value)` in what is given to {@link encodeCbor}, and for nothing else anywhere: thousands of values that are
 * encoded one inside another need no array of their own each.
 */
export function cborWithin(value: CborValue): CborValue {
  return new Within(value) as unknown as CborValue
}

class Within {
  readonly value: CborValue

  constructor(value: CborValue) {
    this.value = value
  }
}

/** Where every encoding begins: most are short, and end here. Encoding calls nothing that could encode meanwhile. */
const scratch = new Uint8Array(65_536)

/**
 * Reverses {@link encodeCbor}; `{ value }`, because `null` is itself a value.
 * Returns `null` unless `bytes` are exactly what encodeCbor gives for that value:
 * longer forms, unsorted or repeated keys, bytes left over, integers beyond 2^53 - 1
 * and more than 16 levels are all refused. Byte strings are copies and maps inherit
 * nothing, so a key such as `__proto__` is a key like any other.
 *
 * Messages from outside are read by their shapes (protocol/shape.ts), which build nothing
 * that the shape has not asked for. This reader is for bytes whose form is open.
 * @param maxItems - refuses more values than this, those within others counted (H6)
 */
export function decodeCbor(bytes: Uint8Array, maxItems = DEFAULT_MAX_ITEMS): { value: CborValue } | null {
  const reader: Reader = { bytes, at: 0, itemsLeft: maxItems }
  const value = read(reader, 0)
  return value === undefined || reader.at !== bytes.length ? null : { value }
}

const DEFAULT_MAX_ITEMS = 10_000

function write(writer: Writer, value: CborValue, depth: number): void {
  if (value === null) putByte(writer, CBOR_NULL)
  else if (value === true) putByte(writer, CBOR_TRUE)
  else if (value === false) putByte(writer, CBOR_FALSE)
  else if (typeof value === 'number') writeInteger(writer, value)
  else if (typeof value === 'string') writeText(writer, value)
  else if (value instanceof Uint8Array) {
    writeHead(writer, CBOR_BYTES, value.length)
    putBytes(writer, value)
  } else if (Array.isArray(value)) writeArray(writer, value, depth + 1)
  else if (value instanceof Within) writeWithin(writer, value.value)
  else if (isPlainObject(value)) writeMap(writer, value, depth + 1)
  else throw new TypeError('a value of this kind has no CBOR form here')
}

/** Encodes behind room for the head of most byte strings, and moves where the head is another. */
function writeWithin(writer: Writer, value: CborValue): void {
  const start = writer.length
  // Whatever is written behind it asks for its room.
  writer.length += WITHIN_HEAD
  write(writer, value, 0)
  const length = writer.length - start - WITHIN_HEAD
  const head = length < 24 ? 1 : length < 0x100 ? 2 : length < 0x10000 ? 3 : 5
  reserve(writer, head - WITHIN_HEAD)
  const end = start + WITHIN_HEAD + length
  if (head !== WITHIN_HEAD) writer.bytes.copyWithin(start + head, start + WITHIN_HEAD, end)
  // Wipe the bytes that a shorter head leaves behind.
  writer.bytes.fill(0, start + head + length, end)
  writer.length = start
  writeHead(writer, CBOR_BYTES, length)
  writer.length = start + head + length
}

const WITHIN_HEAD = 3

function writeInteger(writer: Writer, n: number): void {
  if (!Number.isSafeInteger(n)) throw new TypeError('CBOR numbers are safe integers here')
  if (n < 0) writeHead(writer, CBOR_NEGATIVE, -1 - n)
  else writeHead(writer, CBOR_UNSIGNED, n)
}

function writeText(writer: Writer, text: string): void {
  if (text.length <= SHORT && putShortAscii(writer, text)) return
  const bytes = utf8ToBytes(text)
  writeHead(writer, CBOR_TEXT, bytes.length)
  putBytes(writer, bytes)
}

/** Writes head and text, or nothing and says so when a character is not ASCII. */
function putShortAscii(writer: Writer, text: string): boolean {
  const { length } = text
  reserve(writer, length + 2)
  const start = writer.length
  writeHead(writer, CBOR_TEXT, length)
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at)
    if (code > 0x7f) {
      writer.length = start
      return false
    }
    writer.bytes[writer.length++] = code
  }
  return true
}

function writeArray(writer: Writer, items: CborValue[], depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError('CBOR is nested too deeply')
  writeHead(writer, CBOR_LIST, items.length)
  // By index, so that a hole is seen as undefined and refused.
  for (let i = 0; i < items.length; i++) write(writer, items[i]!, depth)
}

function writeMap(writer: Writer, map: { [key: string]: CborValue }, depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError('CBOR is nested too deeply')
  const keys = Object.keys(map)
  writeHead(writer, CBOR_MAP, keys.length)
  const form = formOf(keys)
  if (form !== null) {
    for (let i = 0; i < form.sorted.length; i++) {
      putBytes(writer, form.encoded[i]!)
      write(writer, map[form.sorted[i]!]!, depth)
    }
    return
  }
  keys.sort(isPlain(keys) ? comparePlain : compareEncoded)
  for (const key of keys) {
    writeText(writer, key)
    write(writer, map[key]!, depth)
  }
}

/** The keys of a map as it names them, in the order of their encodings, and encoded. */
interface Form {
  given: readonly string[]
  sorted: readonly string[]
  encoded: readonly Uint8Array[]
}

/** Forms that were met, by number of keys: those of our structures, a few hundred. Maps with data for keys find no place once it is full. */
const forms: Form[][] = []
const FORMS_KEPT = 512
const MAX_FORM = 24
let formsKept = 0

function formOf(keys: readonly string[]): Form | null {
  if (keys.length > MAX_FORM) return null
  const known = (forms[keys.length] ??= [])
  for (let at = 0; at < known.length; at++) {
    if (!isSameList(known[at]!.given, keys)) continue
    const found = known[at]!
    // A key that occurs often moves to the front.
    if (at > 0) [known[at - 1], known[at]] = [found, known[at - 1]!]
    return found
  }
  if (formsKept >= FORMS_KEPT || !isPlain(keys) || keys.some((key) => key.length > SHORT)) return null
  formsKept += 1
  const sorted = [...keys]
  sorted.sort(comparePlain)
  const encoded = sorted.map((key) => {
    const writer: Writer = { bytes: new Uint8Array(SHORT + 2), length: 0 }
    writeText(writer, key)
    return writer.bytes.slice(0, writer.length)
  })
  const form = { given: [...keys], sorted, encoded }
  known.push(form)
  return form
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Letters, digits and signs of ASCII: one byte for each character, in the same order. */
const PLAIN = /^[\x20-\x7e]*$/

function isPlain(keys: readonly string[]): boolean {
  return keys.every((key) => PLAIN.test(key))
}

/** The order of the encodings of two keys of one map, which differ: their heads come first, and a head counts bytes. */
function comparePlain(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

function compareEncoded(a: string, b: string): number {
  const [first, second] = [utf8ToBytes(a), utf8ToBytes(b)]
  return first.length - second.length || compareBytes(first, second)
}

/** Major type and argument in the shortest of the five forms (RFC 8949 section 3). */
function writeHead(writer: Writer, major: number, argument: number): void {
  const first = major << 5
  if (argument < 24) return putByte(writer, first | argument)
  if (argument < 0x10000) {
    putByte(writer, first | (argument < 0x100 ? 24 : 25))
    if (argument >= 0x100) putByte(writer, argument >> 8)
    return putByte(writer, argument & 0xff)
  }
  const exponent = argument < 0x100000000 ? 2 : 3
  putByte(writer, first | (24 + exponent))
  for (let power = 2 ** exponent - 1; power >= 0; power--) putByte(writer, Math.floor(argument / 256 ** power) % 256)
}

/** A buffer that doubles as it fills: a pulled page has more parts than a function takes arguments. */
interface Writer {
  bytes: Uint8Array
  length: number
}

function putByte(writer: Writer, byte: number): void {
  reserve(writer, 1)
  writer.bytes[writer.length++] = byte
}

function putBytes(writer: Writer, bytes: Uint8Array): void {
  reserve(writer, bytes.length)
  writer.bytes.set(bytes, writer.length)
  writer.length += bytes.length
}

function reserve(writer: Writer, more: number): void {
  const needed = writer.length + more
  if (needed <= writer.bytes.length) return
  const grown = new Uint8Array(Math.max(needed, 2 * writer.bytes.length))
  grown.set(writer.bytes)
  writer.bytes = grown
}

/** The value is not null. True for `{}` and for objects without prototype, false for Map, Date and instances of any class. */
function isPlainObject(value: unknown): value is { [key: string]: CborValue } {
  if (typeof value !== 'object') return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

interface Reader extends CborCursor {
  itemsLeft: number
}

/** The next value, or `undefined` for anything that is not in its one form. */
function read(reader: Reader, depth: number): CborValue | undefined {
  if (--reader.itemsLeft < 0) return undefined
  const first = reader.bytes[reader.at]
  if (first === undefined) return undefined
  reader.at++
  const major = first >> 5
  if (major === CBOR_SIMPLE) return readSimple(first)
  const argument = readArgument(reader, first & 31)
  if (argument < 0) return undefined
  switch (major) {
    case CBOR_UNSIGNED:
      return argument
    case CBOR_NEGATIVE:
      return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : undefined
    case CBOR_BYTES:
      return readBytes(reader, argument)
    case CBOR_TEXT:
      return readText(reader, argument)
    case CBOR_LIST:
      return depth < MAX_DEPTH ? readArray(reader, argument, depth + 1) : undefined
    case CBOR_MAP:
      return depth < MAX_DEPTH ? readMap(reader, argument, depth + 1) : undefined
    default:
      return undefined // tags
  }
}

function readSimple(first: number): CborValue | undefined {
  if (first === CBOR_FALSE) return false
  if (first === CBOR_TRUE) return true
  return first === CBOR_NULL ? null : undefined // floats, undefined, breaks, unassigned
}

/** Each item has at least one byte: a head that counts more items than bytes are left is refused before anything is read. */
function readArray(reader: Reader, length: number, depth: number): CborValue[] | undefined {
  if (length > reader.bytes.length - reader.at || length > reader.itemsLeft) return undefined
  const items: CborValue[] = []
  for (let i = 0; i < length; i++) {
    const item = read(reader, depth)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

function readMap(reader: Reader, length: number, depth: number): { [key: string]: CborValue } | undefined {
  if (2 * length > reader.bytes.length - reader.at || length > reader.itemsLeft) return undefined
  const map = new BareMap()
  let previous = -1
  for (let i = 0; i < length; i++) {
    const start = reader.at
    const key = readKey(reader)
    if (key === undefined) return undefined
    if (previous >= 0 && !isLater(reader.bytes, start, reader.at, previous)) return undefined
    previous = start
    const value = read(reader, depth)
    if (value === undefined) return undefined
    map[key] = value
  }
  return map
}

/**
 * What a map begins as. An object of a class, unlike one that is made without prototype, has its place in memory by its fields, as quick
 * objects have; and it inherits nothing, not even `__proto__` and `constructor`.
 */
const BareMap = function () {} as unknown as new () => { [key: string]: CborValue }
BareMap.prototype = Object.freeze(Object.create(null))

function readKey(reader: Reader): string | undefined {
  // Beyond the end there is nothing, which is no text either.
  const first = reader.bytes[reader.at]!
  if (first >> 5 !== CBOR_TEXT) return undefined
  reader.at++
  const length = readArgument(reader, first & 31)
  return length < 0 ? undefined : readName(reader, length)
}

/** Whether the key at `start` sorts after the key at `previous`. Both are encoded in `bytes`. */
function isLater(bytes: Uint8Array, start: number, end: number, previous: number): boolean {
  // No key is the beginning of another: their heads say how long they are.
  for (let i = 0; start + i < end; i++) {
    const difference = bytes[start + i]! - bytes[previous + i]!
    if (difference !== 0) return difference > 0
  }
  return false
}
