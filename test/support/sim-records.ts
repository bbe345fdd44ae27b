/** What simulated people write: small FHIR resources whose every change carries a word that occurs nowhere else. */
import { canonicalJson, isJsonObject, parseJsonOrNull, stringifyJson, type JsonObject } from '@chartkeep/domain'
import type { SimRandom } from './sim-random.ts'

export const COLLECTIONS = ['medications', 'allergies', 'labs'] as const
export type SimCollection = (typeof COLLECTIONS)[number]

const LAB_CATEGORY = [{ coding: [{ code: 'laboratory' }] }]

/** A new resource of a collection; `word` makes it unlike any other. */
export function newResource(collection: SimCollection, word: string): string {
  switch (collection) {
    case 'medications':
      return JSON.stringify({
        resourceType: 'MedicationStatement',
        status: 'active',
        medicationCodeableConcept: { text: `drug ${word}` },
        dosage: [{ text: `dose ${word}` }],
      })
    case 'allergies':
      return JSON.stringify({
        resourceType: 'AllergyIntolerance',
        code: { text: `substance ${word}` },
        criticality: 'low',
        onsetString: `onset ${word}`,
      })
    case 'labs':
      return JSON.stringify({
        resourceType: 'Observation',
        status: 'final',
        category: LAB_CATEGORY,
        code: { text: `test ${word}` },
        valueString: `value ${word}`,
      })
  }
}

/** Fields that a person changes: first those that merge by themselves, last the one that never does. */
const FREE: Record<string, string[]> = {
  MedicationStatement: ['note', 'effectiveDateTime', 'reasonCode', 'status'],
  AllergyIntolerance: ['note', 'onsetString', 'recordedDate', 'type'],
  Observation: ['note', 'effectiveDateTime', 'method', 'status'],
}
const GUARDED: Record<string, string> = {
  MedicationStatement: 'dosage',
  AllergyIntolerance: 'criticality',
  Observation: 'valueString',
}
const COMMON: Record<string, string[]> = {
  status: ['active', 'completed', 'stopped'],
  type: ['allergy', 'intolerance'],
}

export const GUARDED_FIELDS: ReadonlySet<string> = new Set([...Object.values(GUARDED), 'code'])
/** Fields with few values, so that two people may write the same. */
export const COMMON_FIELDS: ReadonlySet<string> = new Set(Object.keys(COMMON))

/** A person's change of one or two fields; the guarded one with the given probability. */
export function changed(resource: string, word: string, random: SimRandom, guarded = 0.35): string {
  const value = parseJsonOrNull(resource)
  if (!isJsonObject(value)) throw new Error('a record holds no object')
  const type = String(value['resourceType'])
  const free = FREE[type] ?? ['note']
  const fields = new Set([random.pick(free)])
  if (random.chance(0.3)) fields.add(random.pick(free))
  if (random.chance(guarded)) fields.add(GUARDED[type] ?? 'note')
  const next: JsonObject = { ...value }
  for (const field of fields) {
    const common = COMMON[field]
    if (common !== undefined) next[field] = random.pick(common)
    else if (field === 'note') next[field] = [{ text: `note ${word}` }]
    else if (field === 'dosage') next[field] = [{ text: `dose ${word}` }]
    else if (field === 'reasonCode') next[field] = [{ text: `reason ${word}` }]
    else if (field === 'method') next[field] = { text: `method ${word}` }
    else next[field] = `${field} ${word}`
  }
  return stringifyJson(next)
}

/** Canonical text, for comparing contents; the text itself where it is no JSON. */
export function canonical(resource: string): string {
  const value = parseJsonOrNull(resource)
  return value === null ? resource : canonicalJson(value)
}

/** Whether every field of one text is as it is in the other, but for those that it has from `base`. */
export function isTakenIn(text: string, other: string, base = ''): boolean {
  const [a, b, from] = [text, other, base || '{}'].map((each) => new Map(Object.entries(JSON.parse(each) as object)))
  const isSame = (one: unknown, another: unknown) => JSON.stringify(one) === JSON.stringify(another)
  return [...a!].every(([field, value]) => isSame(value, b!.get(field)) || isSame(value, from!.get(field)))
}

/** An imported resource of which a source has brought `edition`. */
export function imported(
  index: number,
  edition: number,
): { text: string; identity: string; canonicalHash: string; collection: SimCollection } {
  const collection = COLLECTIONS[index % COLLECTIONS.length]!
  const text = newResource(collection, `import${index}.${edition}`)
  return { text, identity: `source|${index}`, canonicalHash: `hash ${index}.${edition}`, collection }
}
