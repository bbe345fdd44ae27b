/**
 * Shapes of what arrives: small readers that turn decoded CBOR into typed values or refuse it.
 * One declaration gives the check and the TypeScript type. Nothing here knows a message.
 */
import { decodeCbor, encodeCbor, isCborMap, type CborValue } from '@chartkeep/crypto/encoding'

/** Reads one value; throws {@link ShapeError} when it does not fit. Only {@link decodeAs} calls it from outside. */
export type Shape<T> = (value: CborValue | undefined) => T
export type TypeOf<S> = S extends Shape<infer T> ? T : never

class ShapeError extends Error {}
/** One for all: nobody looks at where it came from, and to write that down costs more than a whole message. */
const MISFIT = new ShapeError('value does not fit its shape')

/** What a shape asks for, in the words of JSON Schema; bytes are a string of format `binary`, their number the length. */
export type ShapeSchema = { [word: string]: unknown }

const schemas = new WeakMap<object, ShapeSchema>()

function described<T>(schema: ShapeSchema, shape: Shape<T>): Shape<T> {
  schemas.set(shape, schema)
  return shape
}

/** For descriptions of messages (OpenAPI): made from the declaration itself. */
export function schemaOf(shape: Shape<never> | object): ShapeSchema {
  return schemas.get(shape) ?? {}
}

function refuse(): never {
  throw MISFIT
}

/** Bytes of exactly `length`, or of 0..`max` bytes. */
export function bytes(length: number): Shape<Uint8Array>
export function bytes(range: { max: number }): Shape<Uint8Array>
export function bytes(size: number | { max: number }): Shape<Uint8Array> {
  const lengths = typeof size === 'number' ? { minLength: size, maxLength: size } : { maxLength: size.max }
  return described({ type: 'string', format: 'binary', ...lengths }, (value) => {
    if (!(value instanceof Uint8Array)) return refuse()
    if (typeof size === 'number' ? value.length !== size : value.length > size.max) return refuse()
    return value
  })
}

/** A whole number from 0 to `max` (default 2^53 - 1). */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return described({ type: 'integer', minimum: 0, maximum: max }, (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) return refuse()
    return value
  })
}

/** This number and no other: a version is never read as another one (K10). */
export function exactly(expected: number): Shape<number> {
  return described({ const: expected }, (value) => (value === expected ? expected : refuse()))
}

/** Text of at most `max` UTF-16 units. */
export function text(max: number): Shape<string> {
  return described({ type: 'string', maxLength: max }, (value) =>
    typeof value === 'string' && value.length <= max ? value : refuse(),
  )
}

export const bool: Shape<boolean> = described({ type: 'boolean' }, (value) =>
  typeof value === 'boolean' ? value : refuse(),
)

/** One of the given words. */
export function word<const T extends string>(...words: T[]): Shape<T> {
  return described({ type: 'string', enum: words }, (value) => (words.includes(value as T) ? (value as T) : refuse()))
}

/** A list of at most `max` items. */
export function list<T>(item: Shape<T>, max: number): Shape<T[]> {
  return described({ type: 'array', items: schemaOf(item), maxItems: max }, (value) => {
    if (!Array.isArray(value) || value.length > max) return refuse()
    return value.map((entry) => item(entry))
  })
}

/** The item, or null. */
export function nullable<T>(item: Shape<T>): Shape<T | null> {
  return described({ anyOf: [schemaOf(item), { type: 'null' }] }, (value) => (value === null ? null : item(value)))
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
  const all = { ...fields, ...optional }
  const names = Object.keys(fields)
  const optionalNames = Object.keys(optional)
  const properties = Object.fromEntries(Object.entries(all).map(([name, field]) => [name, schemaOf(field)]))
  const schema = { type: 'object', properties, required: names, additionalProperties: false }
  return described(schema, (value) => {
    if (!isCborMap(value)) return refuse()
    const map = value
    const result: Record<string, unknown> = {}
    for (const name of names) result[name] = fields[name]!(map[name])
    let given = names.length
    for (const name of optionalNames) {
      if (!Object.hasOwn(map, name)) continue
      result[name] = optional[name]!(map[name])
      given++
    }
    return Object.keys(map).length === given ? result : refuse()
  })
}

/** What fits the first shape, or else the second. */
export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return described({ anyOf: [schemaOf(first), schemaOf(second)] }, (value) => {
    try {
      return first(value)
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      return second(value)
    }
  })
}

/** Decodes deterministic CBOR into `shape`; null when the bytes are not canonical CBOR or do not fit. */
export function decodeAs<T>(shape: Shape<T>, encoded: Uint8Array): T | null {
  const decoded = decodeCbor(encoded)
  if (decoded === null) return null
  return valueAs(shape, decoded.value)
}

/** The same for a value that is already decoded. */
export function valueAs<T>(shape: Shape<T>, value: CborValue | undefined): T | null {
  try {
    return shape(value)
  } catch (error) {
    if (error instanceof ShapeError) return null
    throw error
  }
}

/** Encodes a typed message; the types of messages are CBOR values by construction. */
export function encodeMessage(message: unknown, expected = 0): Uint8Array {
  return encodeCbor(message as CborValue, expected)
}
