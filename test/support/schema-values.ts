/**
 * Values and judgements from the schema of a message (JSON Schema, as docs/openapi.json publishes it): random values that fit, the shortest value
 * that fits, long lists of shortest items, and whether a decoded value fits. Knows nothing about the shapes that read them.
 */
import type { CborValue } from '@chartkeep/crypto/encoding'
import type { ShapeSchema } from '@chartkeep/protocol/shape'
import fc from 'fast-check'

interface Schema {
  type?: 'string' | 'integer' | 'boolean' | 'array' | 'object' | 'null'
  format?: 'binary'
  minLength?: number
  maxLength?: number
  maximum?: number
  const?: number
  enum?: string[]
  items?: Schema
  maxItems?: number
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
}

/** Whether a decoded value is what the schema describes. */
export function fits(schema: ShapeSchema, value: unknown): boolean {
  const form = schema as Schema
  if (form.anyOf !== undefined) return form.anyOf.some((each) => fits(each as ShapeSchema, value))
  if (form.const !== undefined) return value === form.const
  switch (form.type) {
    case 'null':
      return value === null
    case 'boolean':
      return typeof value === 'boolean'
    case 'integer':
      return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= form.maximum!
    case 'array':
      return (
        Array.isArray(value) &&
        value.length <= form.maxItems! &&
        value.every((item) => fits(form.items as ShapeSchema, item))
      )
    case 'object':
      return isMap(value) && hasItsFields(form, value)
    default:
      return form.format === 'binary' ? isBytes(form, value) : isText(form, value)
  }
}

function hasItsFields({ properties, required }: Schema, value: Record<string, unknown>): boolean {
  return (
    required!.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(
      ([name, each]) => Object.hasOwn(properties!, name) && fits(properties![name] as ShapeSchema, each),
    )
  )
}

function isBytes({ minLength = 0, maxLength }: Schema, value: unknown): boolean {
  return value instanceof Uint8Array && value.length >= minLength && value.length <= maxLength!
}

function isText({ enum: words, maxLength }: Schema, value: unknown): boolean {
  return typeof value === 'string' && (words === undefined ? value.length <= maxLength! : words.includes(value))
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** Random values that fit; lists, bytes and texts are short where the schema allows it. */
export function fitting(schema: ShapeSchema): fc.Arbitrary<CborValue> {
  const form = schema as Schema
  if (form.anyOf !== undefined) return fc.oneof(...form.anyOf.map((each) => fitting(each as ShapeSchema)))
  if (form.const !== undefined) return fc.constant(form.const)
  switch (form.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.oneof(
        fc.integer({ min: 0, max: Math.min(300, form.maximum!) }),
        fc.maxSafeNat().map((n) => n % (form.maximum! + 1)),
      )
    case 'array':
      return fc.array(fitting(form.items as ShapeSchema), { maxLength: Math.min(3, form.maxItems!) })
    case 'object': {
      const fields = Object.entries(form.properties!).map(([name, each]) => [name, fitting(each as ShapeSchema)])
      return fc.record<Record<string, CborValue>>(Object.fromEntries(fields), { requiredKeys: form.required! })
    }
    default:
      if (form.format === 'binary')
        return fc.uint8Array({
          minLength: form.minLength ?? 0,
          maxLength: Math.max(form.minLength ?? 0, Math.min(40, form.maxLength!)),
        })
      return form.enum === undefined
        ? fc.string({ unit: 'grapheme', maxLength: 12 }).filter(({ length }) => length <= form.maxLength!)
        : fc.constantFrom(...form.enum)
  }
}

/** The value with the shortest encoding, or nearly. */
export function shortest(schema: ShapeSchema): CborValue {
  const form = schema as Schema
  if (form.anyOf !== undefined)
    return form.anyOf.some(({ type }) => type === 'null') ? null : shortest(form.anyOf[0] as ShapeSchema)
  if (form.const !== undefined) return form.const
  switch (form.type) {
    case 'null':
      return null
    case 'boolean':
      return false
    case 'integer':
      return 0
    case 'array':
      return []
    case 'object':
      return Object.fromEntries(form.required!.map((name) => [name, shortest(form.properties![name] as ShapeSchema)]))
    default:
      if (form.format === 'binary') return new Uint8Array(form.minLength ?? 0)
      return form.enum === undefined ? '' : form.enum.toSorted((a, b) => a.length - b.length)[0]!
  }
}

/** Where lists are in a message: the names of fields on the way, `[]` for a step into a list. */
export function listsIn(
  schema: ShapeSchema,
  path: readonly string[] = [],
): { path: readonly string[]; maxItems: number }[] {
  const form = schema as Schema
  if (form.anyOf !== undefined) return form.anyOf.flatMap((each) => listsIn(each as ShapeSchema, path))
  if (form.type === 'array')
    return [{ path, maxItems: form.maxItems! }, ...listsIn(form.items as ShapeSchema, [...path, '[]'])]
  return Object.entries(form.properties ?? {}).flatMap(([name, each]) => listsIn(each as ShapeSchema, [...path, name]))
}

/** A shortest message in which `given` is at a place of {@link listsIn}; lists on the way have one item. */
export function withGiven(schema: ShapeSchema, path: readonly string[], given: CborValue): CborValue {
  const form = schema as Schema
  const [first, ...rest] = path
  if (first === undefined) return given
  if (form.anyOf !== undefined) {
    const branch = form.anyOf.find((each) => listsIn(each as ShapeSchema).some((found) => isSame(found.path, path)))
    return withGiven(branch as ShapeSchema, path, given)
  }
  if (form.type === 'array') return [withGiven(form.items as ShapeSchema, rest, given)]
  return {
    ...(shortest(schema) as Record<string, CborValue>),
    [first]: withGiven(form.properties![first] as ShapeSchema, rest, given),
  }
}

/** The schema of the items of a list that {@link listsIn} found. */
export function itemsAt(schema: ShapeSchema, path: readonly string[]): ShapeSchema {
  const form = schema as Schema
  const [first, ...rest] = path
  if (form.anyOf !== undefined) {
    const branch = form.anyOf.find((each) => listsIn(each as ShapeSchema).some((found) => isSame(found.path, path)))
    return itemsAt(branch as ShapeSchema, path)
  }
  if (first === undefined) return form.items as ShapeSchema
  return itemsAt((first === '[]' ? form.items : form.properties![first]) as ShapeSchema, rest)
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index])
}
