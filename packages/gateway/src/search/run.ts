/** Runs a search over the records that a view shows: conditions, order, included records. Reads nothing but what the view gives. */
import { isJsonObject, plainText, stringAt, type JsonObject, type JsonValue } from '@chartkeep/domain'
import type { Row, View } from '../access/view.ts'
import { GatewayError } from '../errors.ts'
import { parameterOf, type Condition, type Include, type SearchQuery } from './parse.ts'
import {
  dateRange,
  folded,
  meetsDate,
  meetsNumbers,
  meetsQuantity,
  meetsRange,
  meetsString,
  meetsToken,
  momentsOf,
  prefixed,
  valuesAt,
} from './values.ts'

export interface Found {
  rows: Row[]
  /** What these rows include or what includes them, each once. */
  included(of: readonly Row[]): Row[]
}

const MOST_INCLUDED = 1_000
const INCLUDE_DEPTH = 2

export function runSearch(view: View, query: SearchQuery): Found {
  const { type, conditions, sort, includes } = query
  let rows = view.rows(type)
  for (const condition of conditions) rows = rows.filter(checkOf(view, type, condition))
  return { rows: sorted(rows, sort), included: (of) => included(view, of, includes) }
}

/** Whether one record meets all conditions: what a live query asks at each change. */
export function meets(view: View, query: SearchQuery, row: Row): boolean {
  return row.type === query.type && query.conditions.every((condition) => checkOf(view, query.type, condition)(row))
}

function checkOf(view: View, type: string, condition: Condition): (row: Row) => boolean {
  const { kind, paths, modifier, values, name, chain, has } = condition
  if (has !== null) return hasCheck(view, condition)
  if (chain !== null) return chainCheck(view, condition)
  if (modifier === 'missing') return (row) => (valuesAt(row.json(), paths).length === 0) === (values[0] === 'true')
  switch (kind) {
    case 'id': {
      const ids = new Set(values.map((id) => view.row(type, id)?.id ?? id))
      return (row) => ids.has(row.id)
    }
    case 'updated':
      return (row) => values.some((value) => updatedIn(row, value, name))
    case 'words': {
      const words = values.map((value) => folded(value).split(/\s+/u).filter(Boolean))
      return (row) => {
        const text = folded(wordsOf(row.json()))
        return words.some((each) => each.length > 0 && each.every((word) => text.includes(word)))
      }
    }
    case 'token':
      if (modifier === 'not')
        return (row) => !values.some((value) => meetsToken(valuesAt(row.json(), paths), value, ''))
      return (row) => values.some((value) => meetsToken(valuesAt(row.json(), paths), value, modifier))
    case 'string':
      return (row) => values.some((value) => meetsString(valuesAt(row.json(), paths), value, modifier))
    case 'date':
      for (const value of values)
        if (dateRange(prefixed(value).rest) === null) throw new GatewayError('bad-parameter', name)
      return (row) => values.some((value) => meetsDate(valuesAt(row.json(), paths), value, name))
    case 'number':
      return (row) => values.some((value) => meetsNumbers(valuesAt(row.json(), paths), value, name))
    case 'quantity':
      return (row) => values.some((value) => meetsQuantity(valuesAt(row.json(), paths), value, name))
    case 'uri':
      return (row) => valuesAt(row.json(), paths).some((value) => typeof value === 'string' && values.includes(value))
    case 'reference':
      return referenceCheck(view, condition)
  }
}

function updatedIn(row: Row, value: string, name: string): boolean {
  const { prefix, rest } = prefixed(value)
  const range = dateRange(rest)
  if (range === null) throw new GatewayError('bad-parameter', name)
  return meetsRange({ low: row.arrived, high: row.arrived + 1 }, prefix, range)
}

function wordsOf(value: JsonValue): string {
  if (typeof value === 'string') return ` ${value.startsWith('<') ? plainText(value) : value}`
  if (Array.isArray(value)) return value.map(wordsOf).join('')
  return isJsonObject(value) ? Object.values(value).map(wordsOf).join('') : ''
}

function referencesAt(row: Row, paths: readonly string[]): JsonObject[] {
  return valuesAt(row.json(), paths).filter(isJsonObject)
}

/** `Type/id`, `id`, or an address that ends so. `patient` and `subject` of the person of the chart mean the chart. */
function referenceCheck(view: View, { name, paths, modifier, values }: Condition): (row: Row) => boolean {
  if (modifier === 'identifier')
    return (row) =>
      values.some((value) =>
        meetsToken(
          referencesAt(row, paths).flatMap((reference) =>
            isJsonObject(reference['identifier']) ? [reference['identifier']] : [],
          ),
          value,
          '',
        ),
      )
  const wanted = values.map((value) => {
    const match = /^(?:.*\/)?([A-Z][A-Za-z]+)\/([^/]+)$/u.exec(value)
    const id = match?.[2] ?? value
    const type = match?.[1] ?? modifier
    const isPerson =
      (name === 'patient' || name === 'subject') && (type === '' || type === 'Patient') && view.isPatient(id)
    return { value, type, id, isPerson, row: type === '' ? null : view.row(type, id) }
  })
  return (row) =>
    wanted.some((each) => {
      if (each.isPerson && view.isAboutPerson(row)) return true
      return referencesAt(row, paths).some((reference) => {
        const found = view.resolve(reference, row)
        if (found !== null)
          return found.id === (each.row?.id ?? each.id) && (each.type === '' || found.type === each.type)
        const text = stringAt(reference, 'reference')
        return text !== '' && (text === each.value || (modifier !== '' && text === `${modifier}/${each.id}`))
      })
    })
}

function chainCheck(view: View, { paths, values, chain, name }: Condition): (row: Row) => boolean {
  const { parameter, modifier, type } = chain!
  const checks = new Map<string, ((row: Row) => boolean) | null>()
  const checkFor = (target: string) => {
    const known = checks.get(target)
    if (known !== undefined) return known
    const found = parameterOf(target, parameter)
    const check =
      found === null
        ? null
        : checkOf(view, target, { name: parameter, ...found, modifier, values, chain: null, has: null })
    checks.set(target, check)
    return check
  }
  if (type !== null && checkFor(type) === null) throw new GatewayError('bad-parameter', `${name}.${parameter}`)
  return (row) =>
    referencesAt(row, paths).some((reference) => {
      const found = view.resolve(reference, row)
      if (found === null || (type !== null && found.type !== type)) return false
      return checkFor(found.type)?.(found) === true
    })
}

function hasCheck(view: View, { values, chain, has }: Condition): (row: Row) => boolean {
  const { type, reference } = has!
  const { parameter, modifier } = chain!
  const found = parameterOf(type, parameter)!
  const check = checkOf(view, type, { name: parameter, ...found, modifier, values, chain: null, has: null })
  const { paths } = parameterOf(type, reference)!
  const ids = new Set<string>()
  for (const row of view.rows(type).filter(check))
    for (const each of referencesAt(row, paths)) {
      const target = view.resolve(each, row)
      if (target !== null) ids.add(target.id)
    }
  return (row) => ids.has(row.id)
}

function sorted(rows: Row[], sort: SearchQuery['sort']): Row[] {
  if (sort.length === 0) return rows
  const keys = new Map(rows.map((row) => [row, sort.map((each) => sortKey(row, each))]))
  return rows.toSorted((a, b) => {
    const [left, right] = [keys.get(a)!, keys.get(b)!]
    for (let at = 0; at < sort.length; at++) {
      const [x, y] = [left[at]!, right[at]!]
      if (x === y) continue
      // What has no value comes last, whatever the order.
      if (x === '' || y === '') return x === '' ? 1 : -1
      return (x < y ? -1 : 1) * (sort[at]!.descending ? -1 : 1)
    }
    return a.id < b.id ? -1 : 1
  })
}

function sortKey(row: Row, { name, parameter, descending }: SearchQuery['sort'][number]): string | number {
  if (parameter === null) return name === '_id' ? row.id : row.arrived
  const values = valuesAt(row.json(), parameter.paths)
  if (parameter.kind === 'date') {
    const ranges = values.flatMap(momentsOf)
    if (ranges.length === 0) return ''
    return descending ? Math.max(...ranges.map(({ high }) => high)) : Math.min(...ranges.map(({ low }) => low))
  }
  const [first] = values
  if (typeof first === 'string') return folded(first)
  if (isJsonObject(first))
    return folded(
      stringAt(first, 'text') || stringAt(first, 'family') || stringAt(first, 'display') || wordsOf(first).trim(),
    )
  return first === undefined ? '' : String(first)
}

function included(view: View, of: readonly Row[], includes: readonly Include[]): Row[] {
  const seen = new Set(of.map(({ id }) => id))
  const all: Row[] = []
  let from: readonly Row[] = of
  for (let depth = 0; depth < INCLUDE_DEPTH && from.length > 0; depth++) {
    const next: Row[] = []
    const add = (row: Row) => {
      if (seen.has(row.id) || all.length + next.length >= MOST_INCLUDED) return
      seen.add(row.id)
      next.push(row)
    }
    for (const include of includes)
      if (depth === 0 || include.iterate) for (const row of followed(view, from, include)) add(row)
    all.push(...next)
    from = next
  }
  return all
}

function followed(view: View, from: readonly Row[], { isReverse, source, parameter, target }: Include): Row[] {
  const { paths } = parameterOf(source, parameter)!
  const targetsOf = (row: Row) =>
    referencesAt(row, paths).flatMap((reference) => {
      const found = view.resolve(reference, row)
      return found === null || (target !== '' && found.type !== target) ? [] : [found]
    })
  if (!isReverse) return from.filter(({ type }) => type === source).flatMap(targetsOf)
  const ids = new Set(from.map(({ id }) => id))
  const isOfPerson = (parameter === 'patient' || parameter === 'subject') && from.some(({ type }) => type === 'Patient')
  return view
    .rows(source)
    .filter((row) => targetsOf(row).some(({ id }) => ids.has(id)) || (isOfPerson && view.isAboutPerson(row)))
}
