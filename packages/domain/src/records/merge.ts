/**
 * Merging two versions of one record that grew from the same parent (Y3). Pure and symmetric: whichever
 * device merges gets the same text. By field: an element with its `_element` sibling, and a choice such as `value[x]` as
 * one. Dose, allergy substance, criticality and severity, result value and unit, and signed content never merge by
 * themselves: they are disputed as soon as the two versions differ in them, even when only one side touched them.
 */
import { stringAt, typeOf } from '../elements/elements.ts'
import { isMovedAway } from './moved-away.ts'
import { canonicalJson, isJsonObject, jsonObject, type JsonObject, type JsonValue } from '../elements/json.ts'
import { partsOf } from '../types/index.ts'

/** A merged resource, or the names of the fields that a person has to decide, sorted. */
export type MergeResult = { type: 'merged'; resource: JsonObject } | { type: 'conflict'; fields: string[] }

/** Stems of the elements that take their type as a suffix, at the top level of the types that we list. */
const CHOICE =
  /^(_?)(value|medication|effective|onset|abatement|occurrence|performed|deceased|multipleBirth|timing|reported|born|age|serviced|product|content|scheduled|asNeeded)[A-Z]/

/**
 * Name of the field that an element belongs to: `_status` belongs to `status`, `valueQuantity` to `value[x]`.
 */
export function fieldOf(element: string): string {
  const choice = CHOICE.exec(element)
  if (choice !== null) return `${choice[2]}[x]`
  return element.startsWith('_') ? element.slice(1) : element
}

/** Fields in which two versions differ, sorted; `meta` is left out, it is about the version and not about the person. */
export function differingFields(a: JsonObject, b: JsonObject): string[] {
  const fieldsA = fieldsOf(a)
  const fieldsB = fieldsOf(b)
  return unionOfKeys(fieldsA, fieldsB).filter(
    (field) => field !== 'meta' && fieldText(fieldsA, field) !== fieldText(fieldsB, field),
  )
}

/** Whether the field never merges by itself in a record of this type. */
function isProtectedField(resourceType: string, field: string): boolean {
  return partsOf(resourceType).disputed.includes(field)
}

/**
 * Merges `mine` and `theirs`, both made from `base` (null: they were made apart and have no common
 * parent, so every difference is disputed).
 * A side that changed nothing gives way to the other; that is no merge and disputes nothing.
 */
export function mergeRecords(base: JsonObject | null, mine: JsonObject, theirs: JsonObject): MergeResult {
  const type = typeOf(mine)
  if (type !== typeOf(theirs)) return { type: 'conflict', fields: ['resourceType'] }
  if (sameText(mine, theirs)) return { type: 'merged', resource: ordered([base, mine], new Map(Object.entries(mine))) }
  if (base !== null && sameText(base, mine)) return { type: 'merged', resource: theirs }
  if (base !== null && sameText(base, theirs)) return { type: 'merged', resource: mine }
  // A record that was moved to another list on one side and changed on the other is for a person to decide, whole.
  const disputed =
    isMovedAway(mine) || isMovedAway(theirs) ? differingFields(mine, theirs) : disputedFields(base, mine, theirs)
  if (disputed.length > 0) return { type: 'conflict', fields: disputed }
  return { type: 'merged', resource: combined(base ?? jsonObject(), mine, theirs) }
}

/**
 * Whether the content was signed: a signature or a legal or professional attestation is in it, or it is a note that
 * was finished or a plan beyond its draft. A change next to a signature is always for a person to decide.
 */
export function isSigned(resource: JsonObject): boolean {
  if ('signature' in resource || typeOf(resource) === 'Provenance') return true
  // What was approved left its draft: two changes of it wait for a person, and for an approval.
  if (typeOf(resource) === 'CarePlan')
    return ['active', 'on-hold', 'completed', 'revoked'].includes(stringAt(resource, 'status'))
  if (typeOf(resource) !== 'Composition') return false
  return ['final', 'amended'].includes(stringAt(resource, 'status')) || stringAt(resource, 'attester', 'time') !== ''
}

function disputedFields(base: JsonObject | null, mine: JsonObject, theirs: JsonObject): string[] {
  const signed = [base, mine, theirs].some((resource) => resource !== null && isSigned(resource))
  const fieldsBase = fieldsOf(base ?? jsonObject())
  const fieldsMine = fieldsOf(mine)
  const fieldsTheirs = fieldsOf(theirs)
  return differingFields(mine, theirs).filter((field) => {
    if (base === null || signed || isProtectedField(typeOf(mine), field)) return true
    const before = fieldText(fieldsBase, field)
    return before !== fieldText(fieldsMine, field) && before !== fieldText(fieldsTheirs, field)
  })
}

/** Every differing field was changed by one side only: that side's elements are taken. */
function combined(base: JsonObject, mine: JsonObject, theirs: JsonObject): JsonObject {
  const fieldsBase = fieldsOf(base)
  const fieldsMine = fieldsOf(mine)
  const fieldsTheirs = fieldsOf(theirs)
  const elements = new Map<string, JsonValue>()
  for (const field of unionOfKeys(fieldsMine, fieldsTheirs)) {
    if (field === 'meta') continue
    const changedByMe = fieldText(fieldsBase, field) !== fieldText(fieldsMine, field)
    for (const [element, value] of (changedByMe ? fieldsMine : fieldsTheirs).get(field) ?? [])
      elements.set(element, value)
  }
  const meta = mergedMeta(mine['meta'], theirs['meta'])
  if (meta !== null) elements.set('meta', meta)
  return ordered([base, mine, theirs], elements)
}

/** `meta` holds sets (profile, tag, security) and the version's own facts: sets are united, of facts the later text wins. */
function mergedMeta(mine: JsonValue | undefined, theirs: JsonValue | undefined): JsonValue | null {
  if (!isJsonObject(mine) || !isJsonObject(theirs)) {
    const [one, other] = [mine, theirs].map((value) => value ?? null).sort(byText)
    return other ?? one ?? null
  }
  const elements = new Map<string, JsonValue>()
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const values = [mine[key], theirs[key]].filter((value) => value !== undefined).sort(byText)
    const all = values.every((value) => Array.isArray(value)) ? uniteLists(values) : values.at(-1)
    if (all !== undefined) elements.set(key, all)
  }
  return ordered([], elements)
}

function uniteLists(lists: JsonValue[]): JsonValue[] {
  const byContent = new Map(lists.flat().map((item) => [canonicalJson(item), item]))
  return [...byContent].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
}

function byText(a: JsonValue, b: JsonValue): number {
  const [textA, textB] = [canonicalJson(a), canonicalJson(b)]
  return textA < textB ? -1 : textA > textB ? 1 : 0
}

type Fields = Map<string, [element: string, value: JsonValue][]>

function fieldsOf(resource: JsonObject): Fields {
  const fields: Fields = new Map()
  for (const [element, value] of Object.entries(resource)) {
    const field = fieldOf(element)
    const elements = fields.get(field)
    if (elements === undefined) fields.set(field, [[element, value]])
    else elements.push([element, value])
  }
  return fields
}

function fieldText(fields: Fields, field: string): string {
  const elements = fields.get(field)
  return elements === undefined ? '' : canonicalJson(jsonObject(Object.fromEntries(elements)))
}

function unionOfKeys(a: Fields, b: Fields): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort()
}

function sameText(a: JsonObject, b: JsonObject): boolean {
  return canonicalJson(a) === canonicalJson(b)
}

/** Keys in the order of the first resource that has them all; new ones follow in order of their names. */
function ordered(models: (JsonObject | null)[], elements: Map<string, JsonValue>): JsonObject {
  const first = models.find((model) => model !== null)
  const known = first === undefined || first === null ? [] : Object.keys(first).filter((key) => elements.has(key))
  const rest = [...elements.keys()].filter((key) => !known.includes(key)).sort()
  const object = jsonObject()
  for (const key of [...known, ...rest]) object[key] = elements.get(key) ?? null
  return object
}
