/**
 * `npm run bench -- search [--sizes 10000,100000] [--write]`: hits as a person types, letter by letter, over Synthea records: our index in memory,
 * MiniSearch 7 (MIT; the same words, prefixes, all words wanted) and a plain look at every text, in one process, in turns, in processor time.
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SearchIndex } from '@chartkeep/app/src/app/search/search-index.ts'
import { describe, foldText, otherNames, parseJsonOrNull, queryWords, searchTokens } from '@chartkeep/domain'
import MiniSearch from 'minisearch'
import { fhirRecord } from './support/fhir-records.ts'
import { barTable, median, print, provenance, table, writeToDocs } from './support/report.ts'

/** What people type; every beginning of it is a search of its own. */
const TYPED = [
  'glucose 2014',
  'hemoglobin a1c',
  'blood pressure 13',
  'metformin 500',
  '血壓',
  '膽固醇 2012',
  '1',
  'influenza',
]
/** What one keystroke may cost, and the longest turn of filling. */
const [KEY_MS, TASK_MS] = [50, 50]
/** So many records are put in between two looks at the clock. */
const SLICE = 50

const { values: options } = parseArgs({
  options: { sizes: { type: 'string', default: '10000,100000' }, write: { type: 'boolean', default: false } },
})
const sizes = options.sizes.split(',').map(Number)
if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new Error('--sizes takes numbers with commas')

interface Entry {
  id: string
  title: string
  text: string
  also: string[]
  date: string
  kind: string
  isError: boolean
}

interface Peer {
  put(entry: Entry): void
  find(query: string): number
}

const PEERS: Record<string, () => Peer> = {
  'our index': () => {
    const index = new SearchIndex()
    return { put: (entry) => index.put(entry), find: (query) => index.find(query).total }
  },
  MiniSearch: () => {
    const index = new MiniSearch<Entry>({
      fields: ['title', 'rest'],
      extractField: (entry, field) =>
        field === 'rest' ? `${entry.text} ${entry.date} ${entry.also.join(' ')}` : entry[field as 'id' | 'title'],
      tokenize: searchTokens,
      processTerm: (term) => term,
      searchOptions: { prefix: true, combineWith: 'AND', boost: { title: 3 }, tokenize: queryWords },
    })
    return { put: (entry) => index.add(entry), find: (query) => index.search(query).length }
  },
  'plain scan': () => {
    const texts: string[] = []
    return {
      put: (entry) => texts.push(foldText(`${entry.title} ${entry.text} ${entry.date} ${entry.also.join(' ')}`)),
      find(query) {
        const words = queryWords(query)
        return texts.filter((text) => words.every((word) => text.includes(word))).length
      },
    }
  },
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
let known: Map<string, string> | null = null
const parts: string[] = []
const bars = []
for (const size of sizes) {
  const entries = Array.from({ length: size }, (_, at) => entryOf(at))
  const rows: string[][] = []
  const worst = new Map<string, number>()
  const middle = new Map<string, number>()
  for (const [name, make] of Object.entries(PEERS)) {
    const heap = heapNow()
    const peer = make()
    const slices: number[] = []
    for (let from = 0; from < size; from += SLICE) {
      slices.push(cpuMs(() => entries.slice(from, from + SLICE).forEach((entry) => peer.put(entry))))
    }
    const grown = heapNow() - heap
    const keys = TYPED.flatMap((typed) => Array.from(typed, (_, at) => typed.slice(0, at + 1)))
    // Once to let the compiler see it, then three times.
    for (const typed of TYPED) peer.find(typed)
    const costs = keys.flatMap((query) => [1, 2, 3].map(() => cpuMs(() => peer.find(query))))
    worst.set(name, Math.max(...costs))
    middle.set(name, median(costs))
    const filled = slices.reduce((sum, ms) => sum + ms, 0)
    rows.push([
      name,
      `${(filled / 1000).toFixed(2)} s`,
      `${Math.max(...slices).toFixed(1)} ms`,
      `${median(costs).toFixed(2)} ms`,
      `${Math.max(...costs).toFixed(1)} ms`,
      `${Math.round(grown / 2 ** 20)} MB`,
      String(peer.find('glucose')),
    ])
    if (name === 'our index' && size >= 100_000) {
      const ms = (figure: number) => `${figure.toFixed(1)} ms`
      bars.push(
        {
          what: `a keystroke, worst, ${size} records`,
          figure: Math.max(...costs),
          limit: KEY_MS,
          atLeast: false,
          show: ms,
        },
        {
          what: `${SLICE} records put in, worst`,
          figure: Math.max(...slices),
          limit: TASK_MS,
          atLeast: false,
          show: ms,
        },
      )
    }
  }
  const ratio = (name: string) =>
    `a keystroke costs ${name} ${(middle.get(name)! / middle.get('our index')!).toFixed(1)} times ours in the middle, ${(worst.get(name)! / worst.get('our index')!).toFixed(1)} times at worst`
  parts.push(
    `### ${size.toLocaleString('en')} records`,
    table(['', 'filled', `${SLICE} records, worst`, 'keystroke', 'worst', 'heap', 'hits of "glucose"'], rows),
    `In this run ${ratio('MiniSearch')}; ${ratio('plain scan')}.`,
  )
}

const report = [
  provenance(
    `npm run bench -- search${process.argv
      .slice(2)
      .map((arg) => ` ${arg}`)
      .join('')}`,
  ),
  ...parts,
  ...(bars.length > 0 ? ['### Bars', barTable(bars)] : []),
].join('\n\n')
print(report)
if (options.write) await writeToDocs('search', report)

function entryOf(at: number): Entry {
  const { title, text, date, collection, status } = describe(parseJsonOrNull(fhirRecord(at)))
  return { id: String(at), title, text, also: [namesOf(title)], date, kind: collection, isError: status === 'error' }
}

function namesOf(title: string): string {
  known ??= new Map()
  const names = known.get(title) ?? otherNames(title)
  known.set(title, names)
  return names
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function heapNow(): number {
  collect()
  return process.memoryUsage().heapUsed
}
