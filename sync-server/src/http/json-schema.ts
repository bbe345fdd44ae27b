/**
 * Schemas for everything that is not a message: settings, manifests, path and query parameters. Each is a small subset
 * of JSON Schema, and one declaration gives schema, type and check. A library for full JSON Schema would take a sixth
 * of the server's memory.
 */

/** A schema whose values are `T`. */
export interface JsonSchema<T = unknown> {
  /** Never present; it carries the type. */
  readonly valueType?: T
  readonly type?: 'integer' | 'string' | 'boolean' | 'array' | 'object' | 'null'
  readonly enum?: readonly unknown[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly items?: JsonSchema
  readonly maxItems?: number
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: false
  readonly default?: unknown
  readonly description?: string
  readonly examples?: readonly unknown[]
}

export type ValueOf<S> = S extends JsonSchema<infer T> ? T : never

/** Purely descriptive fields. */
type Words = Pick<JsonSchema, 'default' | 'description' | 'examples'>

export const integer = (range: Pick<JsonSchema, 'minimum' | 'maximum'> & Words = {}): JsonSchema<number> => ({
  type: 'integer',
  ...range,
})
export const string = (
  form: Pick<JsonSchema, 'minLength' | 'maxLength' | 'pattern'> & Words = {},
): JsonSchema<string> => ({ type: 'string', ...form })
export const boolean = (words: Words = {}): JsonSchema<boolean> => ({ type: 'boolean', ...words })
export const oneOf = <const T extends string>(options: readonly T[], words: Words = {}): JsonSchema<T> => ({
  enum: options,
  ...words,
})
export const array = <T>(items: JsonSchema<T>, more: Pick<JsonSchema, 'maxItems'> & Words = {}): JsonSchema<T[]> => ({
  type: 'array',
  items,
  ...more,
})
export const nullable = <T>(schema: JsonSchema<T>, words: Words = {}): JsonSchema<T | null> => ({
  anyOf: [schema, { type: 'null' }],
  ...words,
})

type Fields = Record<string, JsonSchema>
type Read<F extends Fields, O extends Fields> = { [K in keyof F]: ValueOf<F[K]> } & { [K in keyof O]?: ValueOf<O[K]> }

/** Required and optional fields. Other fields are allowed, unless `closed`. */
export function object<F extends Fields, O extends Fields = Record<never, never>>(
  fields: F,
  { optional, closed }: { optional?: O; closed?: true } = {},
): JsonSchema<Read<F, O>> & { readonly properties: F & O } {
  return {
    type: 'object',
    properties: { ...fields, ...optional } as F & O,
    ...(Object.keys(fields).length === 0 ? {} : { required: Object.keys(fields) }),
    ...(closed === undefined ? {} : { additionalProperties: false }),
  }
}

const patterns = new Map<string, RegExp>()
function matches(pattern: string, value: string): boolean {
  let known = patterns.get(pattern)
  if (known === undefined) patterns.set(pattern, (known = new RegExp(pattern, 'u')))
  return known.test(value)
}

/** Whether a value matches its schema. */
export function fits<T>(schema: JsonSchema<T>, value: unknown): value is T {
  const { type, anyOf, items, properties = {}, required = [] } = schema
  if (anyOf !== undefined) return anyOf.some((each) => fits(each, value))
  if (schema.enum !== undefined) return schema.enum.includes(value)
  switch (type) {
    case 'integer':
      return (
        Number.isSafeInteger(value) &&
        (value as number) >= (schema.minimum ?? -Infinity) &&
        (value as number) <= (schema.maximum ?? Infinity)
      )
    case 'string':
      return (
        typeof value === 'string' &&
        value.length >= (schema.minLength ?? 0) &&
        value.length <= (schema.maxLength ?? Infinity) &&
        (schema.pattern === undefined || matches(schema.pattern, value))
      )
    case 'boolean':
      return typeof value === 'boolean'
    case 'null':
      return value === null
    case 'array':
      return (
        Array.isArray(value) &&
        value.length <= (schema.maxItems ?? Infinity) &&
        value.every((each) => fits(items ?? {}, each))
      )
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
      const given = value as Record<string, unknown>
      if (required.some((name) => !Object.hasOwn(given, name))) return false
      return Object.keys(given).every((name) => {
        const field = Object.hasOwn(properties, name) ? properties[name] : undefined
        return field === undefined ? schema.additionalProperties !== false : fits(field, given[name])
      })
    }
    default:
      return true
  }
}

/** Parses the text fields of a path or query by their schemas; null if they do not fit. */
export function readTexts<T>(schema: JsonSchema<T>, texts: Record<string, unknown>): T | null {
  const read: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(texts)) {
    const isWhole = schema.properties?.[name]?.type === 'integer' && typeof text === 'string' && /^-?\d+$/.test(text)
    read[name] = isWhole ? Number(text) : text
  }
  return fits(schema, read) ? read : null
}
