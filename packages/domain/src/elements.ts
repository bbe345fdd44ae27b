/**
 * Reading elements of a FHIR resource that may be anything: wrong shapes read as absent, nothing throws.
 * A path step into an array looks into each of its items.
 */
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from './json.ts'

/** All values at the path, arrays flattened; nulls and missing ones left out. */
export function allAt(value: unknown, ...path: string[]): JsonValue[] {
  let found: unknown[] = [value]
  for (const step of path) {
    const next: unknown[] = []
    for (const item of flat(found)) if (isJsonObject(item) && Object.hasOwn(item, step)) next.push(item[step])
    found = next
  }
  return flat(found) as JsonValue[]
}

function flat(values: unknown[], depth = 0): unknown[] {
  const result: unknown[] = []
  for (const value of values) {
    if (Array.isArray(value)) {
      if (depth < 8) for (const item of flat(value, depth + 1)) result.push(item)
    } else if (value !== null && value !== undefined) result.push(value)
  }
  return result
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

/** The words of a CodeableConcept: its text, else the first display, else the first code, else ''. */
export function conceptText(value: unknown, ...path: string[]): string {
  for (const concept of path.length === 0 ? objectsAt([value]) : objectsAt(value, ...path)) {
    const words = stringAt(concept, 'text') || stringAt(concept, 'coding', 'display') || stringAt(concept, 'display')
    if (words !== '') return words
  }
  return stringAt(value, ...path, 'coding', 'code') || stringAt(value, ...path, 'code')
}

/** Whether a CodeableConcept (or Coding) at the path holds the code; `system` narrows it when given. */
export function hasCode(value: unknown, path: string[], code: string, system?: string): boolean {
  return objectsAt(value, ...path).some((concept) =>
    [concept, ...objectsAt(concept, 'coding')].some(
      (coding) => coding['code'] === code && (system === undefined || coding['system'] === system),
    ),
  )
}

/** The row of a table for a type; a type called `constructor` finds nothing. */
export function tableRow<T>(table: Readonly<Record<string, T[]>>, type: string): T[] {
  return Object.hasOwn(table, type) ? (table[type] ?? []) : []
}
