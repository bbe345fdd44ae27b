/**
 * Checking a resource against the schema of what the app writes. Errors are stable keys at element paths, for the words
 * of the app; they hold no content.
 */
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { typeOf } from '../elements/elements.ts'
import type { JsonObject } from '../elements/json.ts'
import { partsOf } from '../types/index.ts'
import type { Invariant } from '../schemas/data-types.ts'

/** What is wrong with a field. The keys with a dash and a number are FHIR's own invariants. */
export type FieldErrorKey =
  | 'wrong-type'
  | 'not-in-list'
  | 'too-long'
  | 'date'
  | 'date-time'
  | 'number'
  | 'content-type'
  | 'end-before-start'
  | 'file-required'
  | 'pat-1'
  | 'obs-3'
  | Invariant['key']

/** One error: the element's path with dots (`reaction.0.severity`, '' for the record) and its key. */
export interface FieldError {
  path: string
  key: FieldErrorKey
}

/** All errors of the value, in the order of the schema; an empty list when it fits. Never throws for bad input. */
export function check(schema: TSchema, value: unknown): FieldError[] {
  const errors = new Map<string, FieldError>()
  for (const error of Value.Errors(schema, value)) {
    for (const found of fieldErrors(error)) errors.set(`${found.path} ${found.key}`, found)
  }
  return [...errors.values()]
}

/**
 * Checks a resource against the schema and the invariants of its type. Types that the app does not write have nothing to
 * fail.
 */
export function checkResource(resource: JsonObject): FieldError[] {
  const { schema } = partsOf(typeOf(resource))
  if (schema === null) return []
  const broken = schema.invariants.filter((invariant) => !invariant.holds(resource))
  return [...check(schema.shape, resource), ...broken.map(({ path, key }) => ({ path, key }))]
}

interface SchemaError {
  keyword: string
  instancePath: string
  params: object
}

function fieldErrors({ keyword, instancePath, params }: SchemaError): FieldError[] {
  const path = dotted(instancePath)
  if (keyword === 'required') {
    const missing = (params as { requiredProperties: string[] }).requiredProperties
    return missing.map((name) => ({ path: numberPath(path === '' ? name : `${path}.${name}`), key: 'required' }))
  }
  return [{ path: numberPath(path), key: keyOf(keyword, params) }]
}

function keyOf(keyword: string, params: object): FieldErrorKey {
  switch (keyword) {
    case '~refine':
      return (params as { message: FieldErrorKey }).message
    case 'enum':
    case 'const':
      return 'not-in-list'
    case 'maxLength':
    case 'maxItems':
      return 'too-long'
    case 'minLength':
    case 'minItems':
      return 'required'
    default:
      return 'wrong-type'
  }
}

/** A JsonNumber's digits are no element of their own. */
function numberPath(path: string): string {
  return path.endsWith('.value.text') || path.endsWith('.size.text') || /(?:PositiveInt|Duration)\.text$/.test(path)
    ? path.slice(0, -'.text'.length)
    : path
}

function dotted(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
}
