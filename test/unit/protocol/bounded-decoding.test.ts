/** H6: a message is read by its declaration alone: what no shape asked for is refused where it begins, and none of it is built. */
import { decodeCbor, encodeCbor, type CborValue } from '@chartkeep/crypto/encoding'
import { decodeAs } from '@chartkeep/protocol'
import { maxBytesOf, schemaOf, type Shape } from '@chartkeep/protocol/shape'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { protocolExports } from '../../support/protocol-exports.ts'
import { fits, fitting, itemsAt, listsIn, shortest, withGiven } from '../../support/schema-values.ts'
import { seeded } from '../../support/seeded.ts'

/** Every message and every signed body that the protocol exports. */
const shapes = Object.entries(protocolExports).flatMap(
  ([name, exported]: [string, unknown]): [string, Shape<unknown>][] =>
    typeof exported === 'function' && Object.keys(schemaOf(exported)).length > 0
      ? [[name, exported as Shape<unknown>]]
      : [],
)

/** A list that continues for longer than any message: its items have one byte each. */
const bomb = Array.from({ length: 50_000 }, () => 0)
/** The longest field name and head before the place where a bomb is noticed. */
const NOTICED_WITHIN = 64

test('H6: the protocol exports the shapes that are judged here', () => {
  expect(shapes.length).toBeGreaterThan(60)
  for (const [name, shape] of shapes) expect(maxBytesOf(shape), name).toBeLessThan(Number.POSITIVE_INFINITY)
})

describe.each(shapes)('H6: %s', (_name, shape) => {
  const schema = schemaOf(shape)

  test('H6: takes what its description allows, up to its largest size, and gives back the value that was sent', () => {
    const property = fc.property(fitting(schema), (value) => {
      const encoded = encodeCbor(value)
      expect(decodeAs(shape, encoded)).toEqual(value)
      expect(encoded.length).toBeLessThanOrEqual(maxBytesOf(shape))
    })
    fc.assert(property, seeded(20))
  })

  test('H6: takes and refuses the same as the reader of all CBOR followed by the published description', () => {
    const property = fc.property(
      fitting(schema),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
      fc.nat(4),
      (value, changes, cut) => {
        const bytes = encodeCbor(value).slice()
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        const changed = cut === 0 ? bytes.subarray(0, bytes.length - 1) : bytes
        const decoded = decodeCbor(changed)
        const expected = decoded !== null && fits(schema, decoded.value) ? decoded.value : null
        expect(decodeAs(shape, changed)).toEqual(bare(expected))
      },
    )
    fc.assert(property, seeded(80))
  })

  test('H6: a list of fifty thousand items in the place of a field is refused before its first item', () => {
    for (const path of fieldsOf(schema)) {
      const cursor = { bytes: encodeCbor(withAt(shortest(schema), path, bomb)), at: 0 }
      const isList = listsIn(schema).some((found) => found.path.join() === path)
      if (isList) continue
      expect(() => shape(cursor)).toThrow()
      // Field names before the bomb may have been read, but of the bomb no more than its head.
      expect(cursor.bytes.length - cursor.at, path).toBeGreaterThan(bomb.length - NOTICED_WITHIN)
    }
  })

  test('H6: a list that counts more items than its limit, or than bytes are left, is refused at its head', () => {
    for (const { path, maxItems } of listsIn(schema)) {
      const item = shortest(itemsAt(schema, path))
      const few = Array.from({ length: 30 }, () => item)
      for (const claimed of [maxItems + 1, 2 ** 31]) {
        const bytes = claimLength(encodeCbor(withGiven(schema, path, few)), encodeCbor(few), claimed)
        const cursor = { bytes, at: 0 }
        expect(() => shape(cursor), path.join()).toThrow()
        const rest = bytes.length - cursor.at
        expect(rest, path.join()).toBeGreaterThanOrEqual(30 * encodeCbor(item).length)
      }
    }
  })
})

/** Maps as `toEqual` compares them: decodeCbor gives maps that inherit nothing. */
function bare(value: CborValue): CborValue {
  if (Array.isArray(value)) return value.map(bare)
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bare(each)]))
}

/** Names of the fields of a message itself; nested ones are messages of their own, or are reached by the mutations above. */
function fieldsOf(schema: object): string[] {
  return Object.keys((schema as { properties?: object }).properties ?? {})
}

function withAt(value: CborValue, name: string, given: CborValue): CborValue {
  return { ...(value as Record<string, CborValue>), [name]: given }
}

/** The message with a false count in the head of the list that is encoded as `list`. */
function claimLength(message: Uint8Array, list: Uint8Array, claimed: number): Uint8Array {
  const at = Buffer.from(message).indexOf(list)
  const head = encodeCbor(claimed)
  head[0]! |= 0x80
  // A list of thirty has a head of two bytes.
  return Uint8Array.from([...message.subarray(0, at), ...head, ...message.subarray(at + 2)])
}
