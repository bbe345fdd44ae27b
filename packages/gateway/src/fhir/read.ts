/** Reads of FHIR REST as texts: one record, its versions, a search, everything, a file. Each is noted before it is answered (W2, W21). */
import { partsOf } from '@chartkeep/domain'
import type { Row, View } from '../access/view.ts'
import { GatewayError } from '../errors.ts'
import { outcomeOf } from '../errors.ts'
import { parseSearch, type SearchQuery } from '../search/parse.ts'
import { runSearch } from '../search/run.ts'
import { historySet, searchSet, type Entry } from './bundle.ts'
import { instant, resourceText, shownPatient } from './faces.ts'
import type { Pages, PageStore } from './pages.ts'
import { subsetOf } from './splice.ts'

/** A text to send, with the version that it shows. */
export interface Answer {
  text: string
  version: string | null
  at: number | null
}

/** Lists that a request for a type touches: those that hold records of it for this client, else where such records go. */
export function listsOf(view: View, type: string): string[] {
  const held = new Set(view.rows(type).map(({ collection }) => collection))
  if (held.size > 0) return [...held]
  const { list } = partsOf(type)
  return typeof list === 'string' ? [list] : []
}

export async function readOne(view: View, type: string, id: string, version: string | null): Promise<Answer> {
  const owner = await view.note(listsOf(view, type))
  const row = view.row(type, id)
  if (row === null) {
    if (type === 'Patient' && id === view.patientId() && version === null)
      return { text: shownPatient(view), version: null, at: null }
    throw new GatewayError('not-found')
  }
  if (version === null || version === row.version) {
    const text = resourceText(view, row)
    view.read(owner, [row])
    return { text, version: row.version, at: row.arrived }
  }
  const past = (await view.history(row)).find((each) => each.version === version)
  if (past === undefined) throw new GatewayError('not-found')
  if (past.text === null) throw new GatewayError('busy')
  const text = resourceText(view, row, { ...past, text: past.text })
  view.read(owner, [row])
  return { text, version, at: row.arrived }
}

export async function readHistory(view: View, type: string, id: string, base: string): Promise<string> {
  const owner = await view.note(listsOf(view, type))
  const row = view.row(type, id)
  if (row === null) throw new GatewayError('not-found')
  const versions = await view.history(row)
  const entries = versions.map((version, at) => ({
    fullUrl: `${base}/${type}/${row.id}`,
    type,
    text: version.text === null ? null : resourceText(view, row, { ...version, text: version.text }),
    version: version.version,
    at: instant(version.savedAt),
    isFirst: at === versions.length - 1,
  }))
  view.read(owner, [row])
  return historySet(entries.length, `${base}/${type}/${row.id}/_history`, entries)
}

export interface SearchContext {
  view: View
  base: string
  pages: PageStore
  lenient: boolean
  /** Who may ask for the next page. */
  owner: string
}

export async function searchType(context: SearchContext, type: string, pairs: [string, string][]): Promise<string> {
  const { view, base } = context
  const query = parseSearch(type, pairs, context.lenient)
  const lists = listsOf(view, type)
  await view.note(lists)
  const found = runSearch(view, query)
  const self = `${base}/${type}${query.used.length === 0 ? '' : `?${new URLSearchParams(query.used)}`}`
  return page(context, { owner: context.owner, query, ids: found.rows.map(({ recordId }) => recordId), self }, 0)
}

export async function nextPage(context: SearchContext, name: string): Promise<string> {
  const { from, ...pages } = context.pages.find(name, context.owner)
  await context.view.note([])
  return page(context, pages, from)
}

async function page(context: SearchContext, pages: Pages, from: number): Promise<string> {
  const { view, base } = context
  const { query, ids, self } = pages
  const isCount = query.summary === 'count'
  const until = isCount ? from : from + query.count
  const rows = ids.slice(from, until).flatMap((id) => view.rowOf(id) ?? [])
  const more = query.includes.length > 0 ? runIncludes(view, query, rows) : []
  const sent = [...rows, ...more]
  const owner = await view.note([...new Set(sent.map(({ collection }) => collection))])
  // What was cut or changed while the line was written is asked for once more.
  const still = (row: Row) => view.rowOf(row.recordId)
  const entry = (mode: Entry['mode']) => (row: Row) => {
    const now = still(row)
    return now === null
      ? []
      : [{ fullUrl: `${base}/${now.type}/${now.id}`, text: shaped(query, resourceText(view, now)), mode }]
  }
  const entries: Entry[] = [...rows.flatMap(entry('match')), ...more.flatMap(entry('include'))]
  if (query.ignored.length > 0 && from === 0) entries.push(ignoredOutcome(query.ignored))
  const links = [{ relation: 'self', url: self }]
  if (!isCount && until < ids.length)
    links.push({ relation: 'next', url: `${base}/_page/${context.pages.keep(pages, until)}` })
  const text = searchSet({ total: query.total || isCount ? ids.length : null, links, entries })
  view.read(owner, sent)
  return text
}

function runIncludes(view: View, query: SearchQuery, rows: readonly Row[]): Row[] {
  return runSearch(view, {
    ...query,
    conditions: [{ name: '_id', kind: 'id', paths: [], modifier: '', values: [], chain: null, has: null }],
    sort: [],
  }).included(rows)
}

const SUMMARY_LEFT_OUT = new Set([
  'text',
  'contained',
  'extension',
  'note',
  'referenceRange',
  'component',
  'section',
  'photo',
])

function shaped({ elements, summary }: SearchQuery, text: string): string {
  if (elements !== null) return subsetOf(text, (element) => elements.includes(element))
  if (summary === 'text')
    return subsetOf(text, (element) => element === 'text' || element === 'status' || element === 'code')
  if (summary === 'data') return subsetOf(text, (element) => element !== 'text')
  return summary === 'true' ? subsetOf(text, (element) => !SUMMARY_LEFT_OUT.has(element)) : text
}

function ignoredOutcome(names: readonly string[]): Entry {
  const outcome = outcomeOf(new GatewayError('unknown-parameter', names.join(', ')))
  const [issue] = outcome['issue'] as Record<string, unknown>[]
  return {
    fullUrl: '',
    text: JSON.stringify({ ...outcome, issue: [{ ...issue, severity: 'warning' }] }),
    mode: 'outcome',
  }
}

/** `$everything`: every record about the person that this client may read. */
export async function readEverything(context: SearchContext, pairs: [string, string][]): Promise<string> {
  const { view, base } = context
  const types = new Set<string>()
  const left: [string, string][] = []
  for (const [key, value] of pairs) {
    if (key === '_type') for (const type of value.split(',')) types.add(type)
    else left.push([key, value])
  }
  // Only the parameters that every type has.
  const query = parseSearch(
    'Everything',
    left.map(([key, value]) => [key === '_since' ? '_lastUpdated' : key, key === '_since' ? `ge${value}` : value]),
    context.lenient,
  )
  await view.note(
    [...view.lists()].filter((list) =>
      view.types().some((type) => view.rows(type).some((row) => row.collection === list)),
    ),
  )
  const rows = view
    .types()
    .filter((type) => types.size === 0 || types.has(type))
    .flatMap((type) => runSearch(view, { ...query, type }).rows.filter((row) => view.isAboutPerson(row)))
  const self = `${base}/Patient/${view.patientId()}/$everything`
  return page(context, { owner: context.owner, query, ids: rows.map(({ recordId }) => recordId), self }, 0)
}

/** The bytes of a file of a record, by the name that {@link resourceText} gives it. */
export async function readBinary(
  view: View,
  name: string,
): Promise<{ contentType: string; name: string; bytes: Uint8Array<ArrayBuffer> }> {
  const [, id = '', place = ''] = /^([0-9a-f]{32})-(\d{1,4})$/u.exec(name) ?? []
  const row = view.rowById(id)
  const owner = await view.note(row === null ? [] : [row.collection])
  if (row === null) throw new GatewayError('not-found')
  // Places count the sealed files alone; small ones are inside the record.
  const index = view
    .files(row)
    .flatMap((file, at) => (file.id === null ? [] : [at]))
    .at(Number(place))
  if (index === undefined) throw new GatewayError('not-found')
  const file = await view.readFile(row, index)
  if (!('bytes' in file)) throw new GatewayError('busy')
  view.check()
  view.read(owner, [row])
  return file
}
