/**
 * Shapes of messages: small readers that take a typed value straight from deterministic CBOR, or refuse it at the first byte that does not fit.
 * Nothing is built that the shape has not asked for (H6). One declaration gives the reader, the TypeScript type, the JSON Schema and the
 * largest size. Nothing here knows a message.
 */
import {
  CBOR_BYTES,
  CBOR_FALSE,
  CBOR_LIST,
  CBOR_MAP,
  CBOR_NULL,
  CBOR_TEXT,
  CBOR_TRUE,
  CBOR_UNSIGNED,
  encodeCbor,
  readBytes,
  readExactly,
  readHead,
  readText,
  type CborCursor,
  type CborValue,
} from '@chartkeep/crypto/encoding'

/** Reads one value and moves the cursor behind it; throws {@link ShapeError} when it does not fit. Only {@link decodeAs} calls it from outside. */
export type Shape<T> = (cursor: CborCursor) => T
export type TypeOf<S> = S extends Shape<infer T> ? T : never

class ShapeError extends Error {}
/** One for all: nobody looks at where it came from, and to write that down costs more than a whole message. */
const MISFIT = new ShapeError('value does not fit its shape')

/** What a shape asks for, in the words of JSON Schema; bytes are a string of format `binary`, their number the length. */
export type ShapeSchema = { [word: string]: unknown }

interface Description {
  schema: ShapeSchema
  /** Length of the longest encoding, in bytes. */
  maxBytes: number
}

const descriptions = new WeakMap<object, Description>()

function described<T>(schema: ShapeSchema, maxBytes: number, shape: Shape<T>): Shape<T> {
  descriptions.set(shape, { schema, maxBytes })
  return shape
}

/** For descriptions of messages (OpenAPI): made from the declaration itself. */
export function schemaOf(shape: Shape<never> | object): ShapeSchema {
  return descriptions.get(shape)?.schema ?? {}
}

/** Bytes of the longest message of this shape; a longer one does not fit, whatever it holds. For limits of routes and answers (H6). */
export function maxBytesOf(shape: Shape<never> | object): number {
  return descriptions.get(shape)?.maxBytes ?? Number.POSITIVE_INFINITY
}

function refuse(): never {
  throw MISFIT
}

/** Bytes of the shortest head of an item with this argument (RFC 8949 section 3). */
function headBytes(argument: number): number {
  if (argument < 24) return 1
  if (argument < 0x100) return 2
  if (argument < 0x10000) return 3
  return argument < 0x100000000 ? 5 : 9
}

/** Bytes of exactly `length`, or of 0..`max` bytes. */
export function bytes(length: number): Shape<Uint8Array>
export function bytes(range: { max: number }): Shape<Uint8Array>
export function bytes(size: number | { max: number }): Shape<Uint8Array> {
  const [min, max] = typeof size === 'number' ? [size, size] : [0, size.max]
  const lengths = typeof size === 'number' ? { minLength: size, maxLength: size } : { maxLength: max }
  return described({ type: 'string', format: 'binary', ...lengths }, headBytes(max) + max, (cursor) => {
    const length = readHead(cursor, CBOR_BYTES)
    if (length < min || length > max) return refuse()
    return readBytes(cursor, length) ?? refuse()
  })
}

/** A whole number from 0 to `max` (default 2^53 - 1). */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return described({ type: 'integer', minimum: 0, maximum: max }, headBytes(max), (cursor) => {
    const value = readHead(cursor, CBOR_UNSIGNED)
    return value < 0 || value > max ? refuse() : value
  })
}

/** This number and no other: a version is never read as another one (K10). */
export function exactly(expected: number): Shape<number> {
  return described({ const: expected }, headBytes(expected), (cursor) =>
    readHead(cursor, CBOR_UNSIGNED) === expected ? expected : refuse(),
  )
}

/** A UTF-16 unit takes at most this many bytes of UTF-8. */
const BYTES_PER_UNIT = 3

/** Text of at most `max` UTF-16 units. */
export function text(max: number): Shape<string> {
  const maxBytes = max * BYTES_PER_UNIT
  return described({ type: 'string', maxLength: max }, headBytes(maxBytes) + maxBytes, (cursor) => {
    const length = readHead(cursor, CBOR_TEXT)
    if (length < 0 || length > maxBytes) return refuse()
    const value = readText(cursor, length)
    return value !== undefined && value.length <= max ? value : refuse()
  })
}

export const bool: Shape<boolean> = described({ type: 'boolean' }, 1, (cursor) => {
  const first = cursor.bytes[cursor.at++]
  if (first === CBOR_TRUE) return true
  return first === CBOR_FALSE ? false : refuse()
})

/** One of the given words. */
export function word<const T extends string>(...words: T[]): Shape<T> {
  const encoded = words.map((each) => encodeCbor(each))
  const maxBytes = Math.max(...encoded.map(({ length }) => length))
  return described({ type: 'string', enum: words }, maxBytes, (cursor) => {
    for (let i = 0; i < encoded.length; i++) if (readExactly(cursor, encoded[i]!)) return words[i]!
    return refuse()
  })
}

/** A list of at most `max` items. */
export function list<T>(item: Shape<T>, max: number): Shape<T[]> {
  const maxBytes = headBytes(max) + max * maxBytesOf(item)
  return described({ type: 'array', items: schemaOf(item), maxItems: max }, maxBytes, (cursor) => {
    const length = readHead(cursor, CBOR_LIST)
    // Each item has at least one byte.
    if (length < 0 || length > max || length > cursor.bytes.length - cursor.at) return refuse()
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(item(cursor))
    return items
  })
}

/** The item, or null. */
export function nullable<T>(item: Shape<T>): Shape<T | null> {
  return described({ anyOf: [schemaOf(item), { type: 'null' }] }, maxBytesOf(item), (cursor) => {
    if (cursor.bytes[cursor.at] !== CBOR_NULL) return item(cursor)
    cursor.at++
    return null
  })
}

type Fields = Record<string, Shape<unknown>>
type Read<F extends Fields, O extends Fields> = { [K in keyof F]: TypeOf<F[K]> } & { [K in keyof O]?: TypeOf<O[K]> }

/**
 * A map with exactly the named fields, and of the `optional` ones those that are there: an unknown field is refused, so that a signed
 * object has one meaning.
 */
export function record<F extends Fields>(fields: F): Shape<{ [K in keyof F]: TypeOf<F[K]> }>
export function record<F extends Fields, O extends Fields>(fields: F, optional: O): Shape<Read<F, O>>
export function record(fields: Fields, optional: Fields = {}): Shape<Record<string, unknown>> {
  const order = inOrderOfEncoding(fields, optional)
  const needed = Object.keys(fields)
  const properties = Object.fromEntries(
    Object.entries({ ...fields, ...optional }).map(([name, field]) => [name, schemaOf(field)]),
  )
  const schema = { type: 'object', properties, required: needed, additionalProperties: false }
  const maxBytes = order.reduce((sum, { key, read }) => sum + key.length + maxBytesOf(read), headBytes(order.length))
  return described(schema, maxBytes, (cursor) => {
    const length = readHead(cursor, CBOR_MAP)
    if (length < needed.length || length > order.length) return refuse()
    const result: Record<string, unknown> = {}
    let found = 0
    for (const { name, key, read, isOptional } of order) {
      if (readExactly(cursor, key)) {
        result[name] = read(cursor)
        found++
      } else if (!isOptional) return refuse()
    }
    // What was not found in the order of a deterministic map is another field, or a field out of order.
    return found === length ? result : refuse()
  })
}

interface Field {
  name: string
  /** The encoded name. */
  key: Uint8Array
  read: Shape<unknown>
  isOptional: boolean
}

/** The fields as a deterministic map holds them: in the order of their encoded names. */
function inOrderOfEncoding(fields: Fields, optional: Fields): Field[] {
  return Object.entries({ ...fields, ...optional })
    .map(([name, read]) => ({ name, key: encodeCbor(name), read, isOptional: Object.hasOwn(optional, name) }))
    .toSorted((a, b) => a.key.length - b.key.length || (a.name < b.name ? -1 : 1))
}

/** What fits the first shape, or else the second. */
export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  const maxBytes = Math.max(maxBytesOf(first), maxBytesOf(second))
  return described({ anyOf: [schemaOf(first), schemaOf(second)] }, maxBytes, (cursor) => {
    const start = cursor.at
    try {
      return first(cursor)
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      cursor.at = start
      return second(cursor)
    }
  })
}

/** Reads deterministic CBOR as `shape`; null when the bytes are not canonical CBOR or do not fit. */
export function decodeAs<T>(shape: Shape<T>, encoded: Uint8Array): T | null {
  const cursor: CborCursor = { bytes: encoded, at: 0 }
  try {
    const value = shape(cursor)
    return cursor.at === encoded.length ? value : null
  } catch (error) {
    if (error instanceof ShapeError) return null
    throw error
  }
}

/** Encodes a typed message; the types of messages are CBOR values by construction. */
export function encodeMessage(message: unknown, expected = 0): Uint8Array {
  return encodeCbor(message as CborValue, expected)
}
