/**
 * Reading elements of a FHIR resource that may be anything: wrong shapes read as absent, nothing throws.
 * A path step into an array looks into each of its items.
 */
import { codeName, codeWords } from './code-names.ts'
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json.ts'

/** All values at the path, arrays flattened; nulls and missing ones left out. */
export function allAt(value: unknown, ...path: string[]): JsonValue[] {
  const found: JsonValue[] = []
  gather(value, path, 0, 0, found)
  return found
}

/** Arrays in arrays further than this are of no FHIR element. */
const DEPTH = 8

function gather(value: unknown, path: readonly string[], at: number, depth: number, found: JsonValue[]): void {
  if (value === null || value === undefined) return
  if (Array.isArray(value)) {
    if (depth < DEPTH) for (const item of value) gather(item, path, at, depth + 1, found)
    return
  }
  const step = path[at]
  if (step === undefined) found.push(value as JsonValue)
  else if (isJsonObject(value) && Object.hasOwn(value, step)) gather(value[step], path, at + 1, 0, found)
}

/** The first non-empty string at the path, else ''. */
export function stringAt(value: unknown, ...path: string[]): string {
  for (const item of allAt(value, ...path)) if (typeof item === 'string' && item !== '') return item
  return ''
}

/** All non-empty strings at the path. */
export function stringsAt(value: unknown, ...path: string[]): string[] {
  return allAt(value, ...path).filter((item): item is string => typeof item === 'string' && item !== '')
}

/** The first object at the path, else null. */
export function objectAt(value: unknown, ...path: string[]): JsonObject | null {
  for (const item of allAt(value, ...path)) if (isJsonObject(item)) return item
  return null
}

/** All objects at the path. */
export function objectsAt(value: unknown, ...path: string[]): JsonObject[] {
  return allAt(value, ...path).filter(isJsonObject)
}

/** The digits of the first number at the path as they were written, else ''. */
export function numberTextAt(value: unknown, ...path: string[]): string {
  for (const item of allAt(value, ...path)) {
    if (item instanceof JsonNumber) return item.text
    if (typeof item === 'number' && Number.isFinite(item)) return String(item)
  }
  return ''
}

/** The first boolean at the path, else null. */
export function booleanAt(value: unknown, ...path: string[]): boolean | null {
  for (const item of allAt(value, ...path)) if (typeof item === 'boolean') return item
  return null
}

/** `resourceType` of a resource, or '' when there is none. */
export function typeOf(resource: unknown): string {
  return isJsonObject(resource) && typeof resource['resourceType'] === 'string' ? resource['resourceType'] : ''
}

/** The words of a CodeableConcept: its text, else the first display, else the name of a code (code-names.ts), else a code in words, else ''. */
export function conceptText(value: unknown, ...path: string[]): string {
  for (const concept of path.length === 0 ? objectsAt([value]) : objectsAt(value, ...path)) {
    const words = stringAt(concept, 'text') || stringAt(concept, 'coding', 'display') || stringAt(concept, 'display')
    if (words !== '') return words
  }
  const concepts = path.length === 0 ? objectsAt([value]) : objectsAt(value, ...path)
  const codings = [...concepts.flatMap((concept) => objectsAt(concept, 'coding')), ...concepts]
  const codes = codings.map((coding) => ({ system: stringAt(coding, 'system'), code: stringAt(coding, 'code') }))
  const named = codes.find(({ system, code }) => codeName(system, code) !== '') ?? codes.find(({ code }) => code !== '')
  return named === undefined ? '' : codeWords(named.system, named.code)
}

/** Whether a CodeableConcept (or Coding) at the path holds the code; `system` narrows it when given. */
export function hasCode(value: unknown, path: string[], code: string, system?: string): boolean {
  return objectsAt(value, ...path).some((concept) =>
    [concept, ...objectsAt(concept, 'coding')].some(
      (coding) => coding['code'] === code && (system === undefined || coding['system'] === system),
    ),
  )
}
