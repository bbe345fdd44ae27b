/**
 * The text of a search (hl7.org/fhir/R4/search.html) as conditions of one type. A parameter that is not known is refused, or passed over and
 * named where the client asked for lenient handling.
 */
import { GatewayError } from '../errors.ts'
import { SEARCH, type SearchKind, type SearchParameter } from '../fhir/structure.generated.ts'

export interface Condition {
  name: string
  kind: SearchKind | 'id' | 'updated' | 'words'
  paths: readonly string[]
  modifier: string
  /** Any of these. */
  values: string[]
  /** One step: the records that the reference leads to meet these; `type` where the client named it. */
  chain: { type: string | null; parameter: string; modifier: string } | null
  /** One step back: a record of `type` that refers to this one by `reference` meets the chain. */
  has: { type: string; reference: string } | null
}

export interface Include {
  isReverse: boolean
  /** The type whose reference is followed. */
  source: string
  parameter: string
  /** '' for any. */
  target: string
  iterate: boolean
}

export interface SearchQuery {
  type: string
  conditions: Condition[]
  sort: { name: string; parameter: SearchParameter | null; descending: boolean }[]
  count: number
  includes: Include[]
  /** Elements to keep; null for whole records. */
  elements: string[] | null
  /** `count`: only how many there are. */
  summary: 'count' | 'text' | 'data' | 'true' | null
  total: boolean
  /** Parameters that were passed over. */
  ignored: string[]
  /** Those that count, as they came: the link `self`. */
  used: [string, string][]
}

export const MOST_ROWS = 500
const USUAL_ROWS = 50
const MOST_PARAMETERS = 50
const MOST_VALUES = 200
const MOST_CHARACTERS = 8 * 1024
/** The modifiers of each kind; others need a terminology server or mean nothing there. */
const MODIFIERS: Readonly<Record<Condition['kind'], readonly string[]>> = {
  token: ['not', 'missing', 'text', 'of-type'],
  date: ['missing'],
  string: ['exact', 'contains', 'missing'],
  reference: ['missing', 'identifier'],
  quantity: ['missing'],
  number: ['missing'],
  uri: ['missing'],
  id: [],
  updated: [],
  words: [],
}

const COMMON: Readonly<Record<string, Pick<Condition, 'kind' | 'paths'>>> = {
  _id: { kind: 'id', paths: [] },
  _lastUpdated: { kind: 'updated', paths: [] },
  _tag: { kind: 'token', paths: ['meta.tag'] },
  _profile: { kind: 'uri', paths: ['meta.profile'] },
  _security: { kind: 'token', paths: ['meta.security'] },
  _source: { kind: 'uri', paths: ['meta.source'] },
  _text: { kind: 'words', paths: [] },
  _content: { kind: 'words', paths: [] },
}

/** What every type has that has no parameters of its own. */
const GENERIC: Readonly<Record<string, SearchParameter>> = {
  patient: { kind: 'reference', paths: ['patient', 'subject', 'beneficiary', 'for'] },
  subject: { kind: 'reference', paths: ['subject', 'patient'] },
  identifier: { kind: 'token', paths: ['identifier'] },
  code: { kind: 'token', paths: ['code'] },
  status: { kind: 'token', paths: ['status'] },
  date: { kind: 'date', paths: ['date', 'created', 'authoredOn', 'recordedDate'] },
}

/** Names of the parameters of a type, without those that every type has. */
export function parametersOf(type: string): Readonly<Record<string, SearchParameter>> {
  return SEARCH[type] ?? GENERIC
}

export const COMMON_PARAMETERS = Object.keys(COMMON)

/** Where a parameter of a type looks; null for one that is not known. */
export function parameterOf(type: string, name: string): Pick<Condition, 'kind' | 'paths'> | null {
  const own = parametersOf(type)
  if (Object.hasOwn(COMMON, name)) return COMMON[name]!
  return Object.hasOwn(own, name) ? own[name]! : null
}

/** @param pairs - decoded names and values in the order of the text. Throws a GatewayError that names the parameter. */
export function parseSearch(type: string, pairs: readonly [string, string][], lenient: boolean): SearchQuery {
  if (pairs.length > MOST_PARAMETERS || pairs.reduce((sum, [a, b]) => sum + a.length + b.length, 0) > MOST_CHARACTERS)
    throw new GatewayError('too-costly', 'search parameters')
  const query: SearchQuery = {
    type,
    conditions: [],
    sort: [],
    count: USUAL_ROWS,
    includes: [],
    elements: null,
    summary: null,
    total: true,
    ignored: [],
    used: [],
  }
  for (const [key, value] of pairs) {
    if (take(query, key, value)) query.used.push([key, value])
    else if (lenient) query.ignored.push(key)
    else throw new GatewayError('unknown-parameter', key)
  }
  return query
}

function take(query: SearchQuery, key: string, value: string): boolean {
  const [base = '', ...modifiers] = key.split(':')
  const bad = () => new GatewayError('bad-parameter', key)
  switch (base) {
    case '_format':
    case '_pretty':
      return true
    case '_count': {
      if (!/^\d{1,9}$/u.test(value)) throw bad()
      query.count = Math.min(Number(value), MOST_ROWS)
      if (query.count === 0) query.summary = 'count'
      return true
    }
    case '_total':
      if (!['none', 'estimate', 'accurate'].includes(value)) throw bad()
      query.total = value !== 'none'
      return true
    case '_summary':
      if (!['count', 'text', 'data', 'true', 'false'].includes(value)) throw bad()
      query.summary = value === 'false' ? null : (value as 'count')
      return true
    case '_elements':
      query.elements = value.split(',').map((each) => each.split('.')[0]!.trim())
      if (query.elements.some((each) => !/^[A-Za-z]+$/u.test(each))) throw bad()
      return true
    case '_sort':
      for (const each of value.split(',')) {
        const name = each.replace(/^-/u, '')
        const parameter = parameterOf(query.type, name)
        if (parameter === null || parameter.kind === 'words') throw bad()
        const isOurs = parameter.kind === 'id' || parameter.kind === 'updated'
        query.sort.push({ name, parameter: isOurs ? null : (parameter as SearchParameter), descending: each !== name })
      }
      return true
    case '_include':
    case '_revinclude': {
      const [source = '', parameter = '', target = ''] = value.split(':')
      const known = parameterOf(source, parameter)
      if (known?.kind !== 'reference' || modifiers.some((each) => each !== 'iterate')) throw bad()
      query.includes.push({
        isReverse: base === '_revinclude',
        source,
        parameter,
        target,
        iterate: modifiers.length > 0,
      })
      return true
    }
    case '_has': {
      const [type = '', reference = '', rest = ''] = modifiers
      const [parameter = '', modifier = ''] = [rest, modifiers[3] ?? '']
      if (parameterOf(type, reference)?.kind !== 'reference' || parameterOf(type, parameter) === null) throw bad()
      query.conditions.push({
        name: base,
        kind: 'reference',
        paths: [],
        modifier: '',
        values: valuesOf(value, key),
        chain: { type, parameter, modifier },
        has: { type, reference },
      })
      return true
    }
  }
  return takeCondition(query, key, value)
}

function takeCondition(query: SearchQuery, key: string, value: string): boolean {
  const bad = () => new GatewayError('bad-parameter', key)
  const chained = /^([^.:]+)(?::([A-Z][A-Za-z]+))?\.([^.:]+)(?::([a-z-]+))?$/u.exec(key)
  if (chained !== null) {
    const [, name = '', type = null, parameter = '', modifier = ''] = chained
    const known = parameterOf(query.type, name)
    if (known?.kind !== 'reference') return false
    query.conditions.push({
      name,
      ...known,
      modifier: '',
      values: valuesOf(value, key),
      chain: { type: type ?? null, parameter, modifier },
      has: null,
    })
    return true
  }
  const [name = '', modifier = '', ...more] = key.split(':')
  const known = parameterOf(query.type, name)
  if (known === null) return false
  const isType = known.kind === 'reference' && /^[A-Z][A-Za-z]+$/u.test(modifier)
  if (more.length > 0 || (modifier !== '' && !isType && !MODIFIERS[known.kind].includes(modifier))) throw bad()
  if (value === '' || (modifier === 'missing' && value !== 'true' && value !== 'false')) throw bad()
  query.conditions.push({ name, ...known, modifier, values: valuesOf(value, key), chain: null, has: null })
  return true
}

/** Values between commas; `\,` is a comma. */
function valuesOf(text: string, key: string): string[] {
  const values = text.split(/(?<!\\),/u).map((each) => each.replaceAll('\\,', ','))
  if (values.length > MOST_VALUES) throw new GatewayError('too-costly', key)
  return values
}
