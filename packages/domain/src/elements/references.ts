/**
 * Resolving references inside imported resources without rewriting their text: by fullUrl, `Type/id`, `#contained`,
 * `Type?identifier=system|value` and logical identifiers (https://hl7.org/fhir/R4/bundle.html#references). A name that two
 * resources carry resolves to neither.
 */
import { objectsAt, stringAt, typeOf } from './elements.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { plainSystem } from './notation.ts'

/** What a reference leads to. `ambiguous`: several resources carry that name, so none is taken. */
export type Resolved<T> =
  { type: 'found'; item: T } | { type: 'contained'; resource: JsonObject } | { type: 'ambiguous' } | { type: 'missing' }

/** Where a reference is: the resource that holds it (for `#contained`) and its fullUrl (for relative ones). */
export interface ReferenceSource {
  resource: unknown
  fullUrl: string
}

/** The parts of a literal reference: `http://a/fhir/Patient/1/_history/2` has base, type and id. */
export interface ReferenceParts {
  base: string
  resourceType: string
  id: string
}

/** Longer texts are no reference of anybody's and would only cost time. */
const MAX_REFERENCE_LENGTH = 2048

const TAIL = /^(.*?\/)?([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-._~:]{1,128})(?:\/_history\/[^/]*)?$/
const TYPE = /^[A-Z][A-Za-z]{1,63}$/

/** Splits a literal reference or fullUrl; null for urns, fragments and conditional references. */
export function referenceParts(reference: string): ReferenceParts | null {
  const match = reference.length > MAX_REFERENCE_LENGTH ? null : TAIL.exec(reference)
  if (match === null || reference.startsWith('urn:') || reference.startsWith('#')) return null
  return { base: (match[1] ?? '').replace(/\/$/, ''), resourceType: match[2] ?? '', id: match[3] ?? '' }
}

/** All References anywhere inside a resource, with the name of the element that holds each. */
export function referencesIn(resource: unknown): { element: string; reference: JsonObject }[] {
  const found: { element: string; reference: JsonObject }[] = []
  walk(resource, '', 0, found)
  return found
}

function walk(
  value: unknown,
  element: string,
  depth: number,
  found: { element: string; reference: JsonObject }[],
): void {
  if (depth > 64) return
  if (Array.isArray(value)) {
    for (const item of value) walk(item, element, depth + 1, found)
  } else if (isJsonObject(value)) {
    if (typeof value['reference'] === 'string') found.push({ element, reference: value })
    for (const key of Object.keys(value)) walk(value[key], key, depth + 1, found)
  }
}

/** An index of resources by every name that a reference may use. Holds the items, not copies of the resources. */
export class ReferenceIndex<T> {
  private readonly byName = new Map<string, T | typeof AMBIGUOUS>()
  /** The contained resources of each resource that was asked for one. */
  private readonly contained = new WeakMap<object, ReadonlyMap<string, JsonObject>>()

  /** Adds one resource under its names; adding the same item again changes nothing. */
  add(item: T, resource: unknown, fullUrl = ''): void {
    for (const name of namesOf(resource, fullUrl)) {
      const present = this.byName.get(name)
      this.byName.set(name, present === undefined || present === item ? item : AMBIGUOUS)
    }
  }

  /** Resolves a Reference (or its text); `from` gives the place where it is. */
  resolve(reference: JsonObject | string, from?: ReferenceSource): Resolved<T> {
    const text = typeof reference === 'string' ? reference : stringAt(reference, 'reference')
    if (text.startsWith('#')) return this.containedIn(from?.resource, text.slice(1))
    for (const name of namesInReference(text, from?.fullUrl ?? '')) {
      const item = this.byName.get(name)
      if (item !== undefined) return item === AMBIGUOUS ? { type: 'ambiguous' } : { type: 'found', item }
    }
    return typeof reference === 'string' ? { type: 'missing' } : this.byIdentifier(reference)
  }

  private containedIn(resource: unknown, id: string): Resolved<T> {
    if (id === '' || typeof resource !== 'object' || resource === null) return { type: 'missing' }
    let byId = this.contained.get(resource)
    if (byId === undefined) {
      // Of several with one id the first counts.
      byId = new Map(
        objectsAt(resource, 'contained')
          .flatMap((inner) => (typeof inner['id'] === 'string' ? [[inner['id'], inner] as const] : []))
          .toReversed(),
      )
      this.contained.set(resource, byId)
    }
    const inner = byId.get(id)
    return inner === undefined ? { type: 'missing' } : { type: 'contained', resource: inner }
  }

  private byIdentifier(reference: JsonObject): Resolved<T> {
    const type = stringAt(reference, 'type')
    const system = stringAt(reference, 'identifier', 'system')
    const value = stringAt(reference, 'identifier', 'value')
    if (type === '' || value === '') return { type: 'missing' }
    const item = this.byName.get(identifierName(type, system === '' ? null : system, value))
    if (item === undefined) return { type: 'missing' }
    return item === AMBIGUOUS ? { type: 'ambiguous' } : { type: 'found', item }
  }
}

const AMBIGUOUS = Symbol('ambiguous')

function namesOf(resource: unknown, fullUrl: string): Set<string> {
  const type = typeOf(resource)
  const id = stringAt(resource, 'id')
  const names = new Set<string>()
  const url = withoutVersion(fullUrl)
  if (url !== '') names.add(`url ${url}`)
  if (type !== '' && id !== '') {
    names.add(`id ${type}/${id}`)
    names.add(`url urn:uuid:${id.toLowerCase()}`)
    // Its base is not known, so an absolute reference may mean it by type and id.
    if (referenceParts(url) === null) names.add(`placeless ${type}/${id}`)
  }
  const parts = referenceParts(url)
  if (parts !== null && parts.resourceType === type) names.add(`id ${type}/${parts.id}`)
  for (const identifier of objectsAt(resource, 'identifier')) {
    const value = stringAt(identifier, 'value')
    const system = stringAt(identifier, 'system')
    if (value === '') continue
    names.add(identifierName(type, null, value))
    names.add(identifierName(type, system, value))
  }
  return names
}

function namesInReference(text: string, fromUrl: string): string[] {
  if (text === '' || text.length > MAX_REFERENCE_LENGTH) return []
  const conditional = conditionalParts(text)
  if (conditional !== null) return conditionalNames(conditional.type, decoded(conditional.token))
  const url = withoutVersion(text)
  const parts = referenceParts(url)
  const names = [`url ${url.startsWith('urn:uuid:') ? url.toLowerCase() : url}`, `url ${url}`]
  if (parts === null) return names
  const tail = `${parts.resourceType}/${parts.id}`
  if (parts.base === '') {
    const base = referenceParts(withoutVersion(fromUrl))?.base ?? ''
    return base === '' ? [`id ${tail}`] : [`url ${base}/${tail}`, `id ${tail}`]
  }
  return [...names, `placeless ${tail}`]
}

/** `Practitioner?identifier=system|value`, with any base before and any other parameters; null for other texts. */
function conditionalParts(text: string): { type: string; token: string } | null {
  const mark = text.indexOf('?')
  const type = mark < 0 ? '' : text.slice(text.lastIndexOf('/', mark) + 1, mark)
  if (!TYPE.test(type)) return null
  const given = text.slice(mark + 1).split('&')
  const identifier = given.findLast((parameter) => parameter.startsWith('identifier='))
  return identifier === undefined ? null : { type, token: identifier.slice('identifier='.length) }
}

function conditionalNames(type: string, token: string): string[] {
  const bar = token.indexOf('|')
  if (token === '' || bar === token.length - 1) return []
  if (bar < 0) return [identifierName(type, null, token)]
  return [identifierName(type, token.slice(0, bar), token.slice(bar + 1))]
}

function identifierName(type: string, system: string | null, value: string): string {
  return `identifier ${JSON.stringify([type, system === null ? null : plainSystem(system), value])}`
}

function withoutVersion(url: string): string {
  const plain = url.replace(/\/_history\/[^/]*$/, '').replace(/\|[^|]*$/, '')
  return plain.startsWith('urn:uuid:') ? plain.toLowerCase() : plain
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
