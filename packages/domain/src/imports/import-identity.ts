/**
 * Import identity: which record an imported resource is, whatever file or bundle brought it. Same identity and same
 * canonical text change nothing; same identity and another text are a new revision. The text here does not depend on the
 * vault; sync derives the docId from it under a secret of the vault (E1). Another notation of a time or a system is no
 * other identity (notation.ts); what earlier releases stored is found by its earlier name ({@link AS_WRITTEN}).
 */
import { objectsAt, stringAt, typeOf } from '../elements/elements.ts'
import { datePrecision } from '../dates/dates.ts'
import type { JsonObject } from '../elements/json.ts'
import { plainSystem, plainTime } from '../elements/notation.ts'
import { partsOf } from '../types/index.ts'

const UUID = /^(?:urn:uuid:)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/i
const ABSOLUTE_URL = /^(?:https?:\/\/|urn:oid:|urn:uuid:)[^\s]+$/i

/** Types of identifier (HL7 table 0203) that name an order, a specimen or a group: several resources share one. */
const SHARED = new Set([
  'PLAC',
  'FILL',
  'ACSN',
  'PGN',
  'GI',
  'VN',
  'AN',
  'MB',
  'MCN',
  'SN',
  'SID',
  'FGN',
  'PLACG',
  'FILLG',
])
/** Numbers of a person given by the state: wanting, mistyped or shared more often than a record number. */
const CIVIL = new Set(['SS', 'SB', 'DL', 'PPN', 'TAX', 'NI', 'NNxxx', 'CZ', 'BRN', 'PRC', 'VS', 'WP', 'MC', 'MA'])

/**
 * The identity of the resource, or '' when it has neither a usable identifier nor a fullUrl nor an id (the caller then
 * takes the hash of its canonical text). The same as the first of {@link importIdentities}; a reader of a whole bundle
 * takes the first that no other resource of the bundle has.
 */
export function importIdentity(resource: unknown, fullUrl = ''): string {
  return importIdentities(resource, fullUrl)[0] ?? ''
}

/**
 * All identities that the resource could go by, best first and always in the same order: identifiers with system and
 * value (record numbers before others, civil numbers last; old, temporary and order numbers never), fullUrl, base and id.
 * A uuid is the same whether it is in the fullUrl or in the id. Each is JSON text of an array of strings.
 * @param notation - `written`: as releases before decision 0093 made them, each notation by itself
 */
export function importIdentities(resource: unknown, fullUrl = '', notation: Notation = PLAIN): string[] {
  const type = typeOf(resource)
  if (type === '') return []
  const identities = rankedIdentifiers(resource, notation).map(({ system, value }) =>
    name(type, 'identifier', system, value, ...discriminator(type, resource, notation)),
  )
  const location = placeIdentity(resource, fullUrl, notation)
  return location === '' ? identities : [...identities, location]
}

/** How the parts of an identity are written. */
export interface Notation {
  system(text: string): string
  time(text: string): string
}

const PLAIN: Notation = { system: plainSystem, time: plainTime }
/** As releases before decision 0093 took them. */
export const AS_WRITTEN: Notation = { system: (text) => text, time: (text) => text }

/** The identity of today for one {@link AS_WRITTEN}. */
export function plainIdentity(identity: string): string {
  const [type, kind, system, value, ...told] = JSON.parse(identity) as string[]
  if (kind !== 'identifier') return identity
  const [of, code, when] = told
  const rest = told.length === 0 ? [] : [plainSystem(of ?? ''), code ?? '', plainTime(when ?? '')]
  return name(type ?? '', kind, plainSystem(system ?? ''), plainSystem(value ?? ''), ...rest)
}

/**
 * Names by which the record of `identity` may be stored where its time was written with another precision: a day, and
 * midnight of that day. A record found by one of them is the same; its text differs.
 */
export function otherPrecisions(resource: unknown, identity: string): string[] {
  const names = partsOf(typeOf(resource)).toldApart
  const parts = names === null || names.when.length === 0 ? [] : (JSON.parse(identity) as string[])
  if (names === null || parts[1] !== 'identifier') return []
  const when = whenOf(resource, names.when)
  const day = when.slice(0, 10)
  const others =
    datePrecision(when) === 'day'
      ? [`${day}T00:00:00Z`]
      : /T00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:\d{2})?$/.test(when)
        ? [day]
        : []
  return others.map((other) => name(...parts.slice(0, -1), other))
}

/** Identity by content, for a resource that has no name of its own or shares all of them with another. */
export function contentIdentity(resource: unknown, canonicalHash: string): string {
  return name(typeOf(resource), 'content', canonicalHash)
}

function name(...parts: string[]): string {
  return JSON.stringify(parts)
}

/** Nobody needs more; a hostile resource may carry a million. */
const MAX_IDENTIFIERS = 20

interface RankedIdentifier {
  rank: number
  system: string
  value: string
}

function rankedIdentifiers(resource: unknown, notation: Notation): RankedIdentifier[] {
  const ranked: RankedIdentifier[] = []
  const master = objectsAt(resource, 'masterIdentifier')
  for (const identifier of [...master, ...objectsAt(resource, 'identifier')]) {
    const system = notation.system(stringAt(identifier, 'system'))
    const value = notation.system(stringAt(identifier, 'value'))
    const use = stringAt(identifier, 'use')
    if (system === '' || value === '' || use === 'old' || use === 'temp') continue
    const rank = rankOf(identifier, use, master.includes(identifier))
    if (rank !== null) ranked.push({ rank, system, value })
  }
  return ranked
    .sort((a, b) => a.rank - b.rank || compare(a.system, b.system) || compare(a.value, b.value))
    .slice(0, MAX_IDENTIFIERS)
}

function rankOf(identifier: JsonObject, use: string, isMaster: boolean): number | null {
  const types = objectsAt(identifier, 'type', 'coding').map((coding) => stringAt(coding, 'code'))
  if (types.some((code) => SHARED.has(code))) return null
  if (isMaster || types.includes('MR')) return 0
  if (
    types.some((code) => CIVIL.has(code)) ||
    /us-ssn|2\.16\.840\.1\.113883\.4\.1$/.test(stringAt(identifier, 'system'))
  )
    return 3
  return use === 'official' ? 1 : 2
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Laboratories write one number on every result of an order, pharmacies on every medicine of a prescription: what it is of and when it was tells them
 * apart. One that is corrected in either comes in next to the old one; no medicine takes the place of another.
 */
function discriminator(type: string, resource: unknown, notation: Notation): string[] {
  const names = partsOf(type).toldApart
  if (names === null) return []
  const concept = (path: string) => [
    notation.system(stringAt(resource, path, 'coding', 'system')),
    stringAt(resource, path, 'coding', 'code') ||
      stringAt(resource, path, 'text') ||
      stringAt(resource, path, 'display'),
  ]
  const what = names.what.map(concept).find(([, code]) => code !== '') ?? ['', '']
  return [...what, notation.time(whenOf(resource, names.when))]
}

/** As written; '' for none. */
function whenOf(resource: unknown, paths: readonly string[]): string {
  const when = paths.map((path) => stringAt(resource, path) || stringAt(resource, path, 'start'))
  return when.find((text) => text !== '') ?? ''
}

/**
 * The identity by place alone: uuid, else fullUrl, else base and id; '' when the resource has no place. Resources of one
 * file with the same place are versions or copies of one another.
 */
export function placeIdentity(resource: unknown, fullUrl = '', notation: Notation = PLAIN): string {
  const type = typeOf(resource)
  const id = stringAt(resource, 'id')
  const urlTail = /^https?:/i.test(fullUrl) ? before(fullUrl, /[?#]/).slice(fullUrl.lastIndexOf('/') + 1) : fullUrl
  const uuid = (ABSOLUTE_URL.test(fullUrl) ? UUID.exec(urlTail) : null)?.[1] ?? ''
  if (uuid !== '') return name(type, 'uuid', uuid.toLowerCase())
  if (ABSOLUTE_URL.test(fullUrl)) return name(type, 'url', notation.system(fullUrl))
  if (id === '') return ''
  const idUuid = UUID.exec(id)?.[1]
  if (idUuid !== undefined) return name(type, 'uuid', idUuid.toLowerCase())
  // Without a base "1" or "example" may come from anywhere: the source, else the person, tells them apart.
  const base =
    before(stringAt(resource, 'meta', 'source'), /#/) ||
    stringAt(resource, 'subject', 'reference') ||
    stringAt(resource, 'patient', 'reference')
  return name(type, 'id', notation.system(base), id)
}

/** The text up to the first such mark; all of it where there is none. */
function before(text: string, mark: RegExp): string {
  const at = text.search(mark)
  return at < 0 ? text : text.slice(0, at)
}
