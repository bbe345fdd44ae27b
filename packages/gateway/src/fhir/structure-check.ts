/**
 * Whether a resource has the structure of FHIR R4: known elements, lists where they are lists, JSON types of primitives. No profile, no code
 * system, no cardinality from below is checked.
 */
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from '@chartkeep/domain'
import { RESOURCE_TYPES, STRUCTURE } from './structure.generated.ts'

const NUMBERS = new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt'])

/** The place of the first fault, as `Observation.valueQuantity`; null where there is none. */
export function structureFault(resource: JsonObject): string | null {
  const type = resource['resourceType']
  if (typeof type !== 'string' || !RESOURCE_TYPES.includes(type)) return 'resourceType'
  return faultIn(resource, type, type)
}

function faultIn(value: JsonObject, type: string, place: string): string | null {
  const members = STRUCTURE[type]
  if (members === undefined) return null
  for (const [key, child] of Object.entries(value)) {
    const at = `${place}.${key}`
    if (key === 'resourceType' && !place.includes('.')) continue
    if (key === 'contained' && Array.isArray(child)) {
      const inner = child.map((each) => (isJsonObject(each) ? structureFault(each) : at)).find((each) => each !== null)
      if (inner !== undefined) return `${at}: ${inner}`
      continue
    }
    const isExtra = key.startsWith('_')
    const name = isExtra ? key.slice(1) : key
    const code = Object.hasOwn(members, name) ? members[name]! : null
    if (code === null && !(name === 'div' && type === 'Narrative')) return at
    if (isExtra || code === null) continue
    const isList = code.endsWith('*')
    if (isList !== Array.isArray(child)) return at
    const items: JsonValue[] = Array.isArray(child) ? child : [child]
    if (items.length === 0) return at
    for (const item of items) {
      const fault = itemFault(item, code.replace('*', ''), at)
      if (fault !== null) return fault
    }
  }
  return null
}

function itemFault(item: JsonValue, code: string, at: string): string | null {
  if (item === null) return null
  if (code === 'boolean') return typeof item === 'boolean' ? null : at
  if (NUMBERS.has(code)) return item instanceof JsonNumber ? null : at
  if (/^[a-z]/u.test(code)) return typeof item === 'string' && item !== '' ? null : at
  return isJsonObject(item) ? faultIn(item, code, at) : at
}
