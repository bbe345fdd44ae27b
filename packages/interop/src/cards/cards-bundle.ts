/**
 * The records of several SMART Health Cards as one FHIR Bundle, for the reader of FHIR. Each card calls its resources
 * `resource:0`, `resource:1`…, which are names within the card alone: they are told apart here, and people who are written
 * alike become one. A card by itself passes as it is.
 */
import {
  canonicalJson,
  isJsonObject,
  objectsAt,
  stringAt,
  stringifyJson,
  typeOf,
  type JsonValue,
} from '@chartkeep/domain'
import type { CardContent } from './card-payload.ts'

/** The text of one Bundle. */
export function cardsBundle(cards: readonly Pick<CardContent, 'bundle'>[]): string {
  if (cards.length === 1) return stringifyJson(cards[0]!.bundle)
  const people = new Map<string, string>()
  const used = new Set<string>()
  const entries: string[] = []
  for (const [index, { bundle }] of cards.entries()) {
    const names = new Map<string, string>()
    const own = objectsAt(bundle, 'entry')
    for (const entry of own) {
      const url = stringAt(entry, 'fullUrl')
      const resource = entry['resource']
      const person = isJsonObject(resource) && typeOf(resource) === 'Patient' ? canonicalJson(resource) : ''
      const known = people.get(person)
      const name = known ?? (used.has(url) ? `urn:chartkeep:card:${index}:${url}` : url)
      if (person !== '' && known === undefined) people.set(person, name)
      names.set(url, name)
    }
    for (const entry of own) {
      const url = names.get(stringAt(entry, 'fullUrl')) ?? ''
      const resource = entry['resource']
      if (!isJsonObject(resource) || (typeOf(resource) === 'Patient' && used.has(url))) continue
      used.add(url)
      const fullUrl = url === '' ? '' : `"fullUrl":${JSON.stringify(url)},`
      entries.push(`{${fullUrl}"resource":${stringifyJson(renamed(resource, names))}}`)
    }
  }
  return `{"resourceType":"Bundle","type":"collection","entry":[${entries.join(',')}]}`
}

function renamed(value: JsonValue, names: ReadonlyMap<string, string>): JsonValue {
  if (Array.isArray(value)) return value.map((each) => renamed(each, names))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === 'reference' && typeof each === 'string' ? (names.get(each) ?? each) : renamed(each, names),
    ]),
  )
}
