/**
 * `npm run bench -- store [--sizes 1000,10000] [--rounds n] [--only sealed,dexie] [--strict] [--profile] [--write]`: the sealed store against RxDB's
 * free storages in headless Chromium, in one run, each in a fresh profile on the disk, in turns; then node:sqlite.
 *
 * Bulk inserts are relaxed for all (what Chromium gives by itself), or strict for all with --strict; single inserts and
 * patches are strict for all. --profile prints where the opening of the sealed store spends its time.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { repository } from '../scripts/pinned-node.mjs'
import { bundleForBrowser, servePage, startBrowser, type OwnedBrowser } from '../test/integration/store/browser.ts'
import type { Contestant } from './store/contestants.ts'
import type { StorePage } from './store/page.ts'
import { measureSqlite } from './store/sqlite.ts'
import {
  barTable,
  megabytes,
  median,
  ms,
  print,
  provenance,
  table,
  times,
  writeToDocs,
  type Bar,
} from './support/report.ts'

declare const window: { api: StorePage }

const contestants: Record<Contestant, string> = {
  sealed: 'sealed (ours)',
  dexie: 'Dexie, plaintext',
  encrypted: 'Dexie + encryption plugin',
  localstorage: 'localstorage, plaintext',
  memory: 'memory, nothing kept',
}
/** A contestant that needs longer for its inserts is stopped, or not begun when the smaller size says so. */
const LIMIT_MS = 120_000

const figures = {
  insert: 'insert, batches of 500 (all)',
  single: 'insert of one, strict',
  open: 'open, to the first record',
  first: 'first query after opening',
  byId: 'find by id',
  oldest: 'query, 50 in index order',
  newest: 'query, 50 newest first',
  count: 'count of one collection',
  all: 'find all',
  patch: 'patch of one, strict',
  batch: 'insert of 500 more, strict, after queries',
  longest: 'longest task while opening',
  firstLongest: 'longest task of the first query',
  written: 'bytes on disk, as written',
  disk: 'bytes on disk, compacted',
  heap: 'heap after opening',
} as const
type Figure = keyof typeof figures | 'raw' | 'floor' | 'json' | 'compact'
const inBytes: ReadonlySet<Figure> = new Set<Figure>(['written', 'disk', 'heap'])

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000' },
    rounds: { type: 'string' },
    only: { type: 'string', default: Object.keys(contestants).join(',') },
    strict: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const sizes = options.sizes.split(',').map(Number)
if (sizes.some((size) => !Number.isInteger(size) || size < 1)) throw new Error('--sizes takes numbers with commas')
const entered = options.only.split(',').filter((name): name is Contestant => Object.hasOwn(contestants, name))

/** Everything measured, by size, contestant, figure. */
const measured = new Map<string, number[]>()
/** Why a contestant has no figures at a size. */
const absent = new Map<string, string>()
const keyOf = (size: number, contestant: Contestant, figure: Figure | '' = '') => `${size} ${contestant} ${figure}`
function note(size: number, contestant: Contestant, figure: Figure, value: number): void {
  const key = keyOf(size, contestant, figure)
  measured.set(key, [...(measured.get(key) ?? []), value])
}
const figureOf = (size: number, contestant: Contestant, figure: Figure) =>
  median(measured.get(keyOf(size, contestant, figure)) ?? [])

const { origin, server } = await servePage(await bundleForBrowser(join(repository, 'bench/store/page.ts')))
try {
  for (const size of sizes) {
    const rounds = Number(options.rounds ?? (size >= 100_000 ? 3 : 5))
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < entered.length; turn += 1) {
        const contestant = entered[(turn + round) % entered.length]!
        // The plugin takes longer than all others together; three rounds tell enough.
        if (contestant === 'encrypted' && round >= 3) continue
        if (absent.has(keyOf(size, contestant))) continue
        const reason = hopeless(size, contestant) ?? (await measureContestant(size, contestant))
        if (reason) absent.set(keyOf(size, contestant), reason)
        print(`${size} records, round ${round + 1} of ${rounds}, ${contestant}: ${reason ?? 'done'}`)
      }
    }
  }
} finally {
  server.close()
}
const sqlite = await measureSqlite(
  sizes.filter((size) => size > 1000),
  3,
)

const report = [
  provenance(
    `npm run bench -- store${process.argv
      .slice(2)
      .map((arg) => ` ${arg}`)
      .join('')}`,
  ),
  ...sizes.map(sizeReport),
  `### node:sqlite, in this process\n\n${sqlite.markdown}`,
  `### Bars\n\n${barTable(bars())}`,
].join('\n\n')
print(`\n${report}`)
if (options.write) await writeToDocs('store', report)

/** A reason not to begin, from the size before. */
function hopeless(size: number, contestant: Contestant): string | null {
  const before = sizes[sizes.indexOf(size) - 1]
  if (before === undefined) return null
  const stopped = absent.get(keyOf(before, contestant))
  if (stopped) return `not run: ${stopped}`
  const expected = (figureOf(before, contestant, 'insert') * size) / before
  return expected > LIMIT_MS ? `not run: inserting would take about ${Math.round(expected / 1000)} s` : null
}

/** One round of one contestant in a profile of its own. Gives the reason when it cannot take part. */
async function measureContestant(size: number, contestant: Contestant): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-'))
  const add = (figure: Figure, value: number) => note(size, contestant, figure, value)
  try {
    let browser = await startBrowser(folder)
    try {
      let page = await browser.newPage(origin)
      const durability = options.strict ? 'strict' : 'relaxed'
      const args = [contestant, size, durability, LIMIT_MS] as const
      const inserted = await page.evaluate((given) => window.api.insert(...given), args)
      if (inserted.stopped !== undefined) return inserted.stopped
      add('insert', inserted.insertMs)
      add('json', inserted.jsonBytes)
      if (contestant !== 'memory') {
        await page.close()
        await browser.close()
        add('written', bytesIn(folder))
        browser = await startBrowser(folder)
        if (contestant === 'sealed') {
          page = await browser.newPage(origin)
          add('compact', await page.evaluate(() => window.api.compact()))
          await page.close()
          await browser.close()
          browser = await startBrowser(folder)
        }
        add('disk', bytesIn(folder))
        if (contestant === 'sealed') add('floor', await measureFloor(browser, size))
        page = await browser.newPage(origin)
      }
      await measureOpened(page, size, contestant, add)
      return null
    } finally {
      await browser.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function measureFloor(browser: OwnedBrowser, size: number): Promise<number> {
  const writer = await browser.newPage(origin)
  await writer.evaluate((given) => window.api.writeFloor(given), size)
  await writer.close()
  const reader = await browser.newPage(origin)
  const took = await reader.evaluate((given) => window.api.floor(given), size)
  await reader.close()
  return took
}

async function measureOpened(
  page: Page,
  size: number,
  contestant: Contestant,
  add: (figure: Figure, value: number) => void,
): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
    return usedSize + backingStorageSize
  }
  const profiled = options.profile && contestant === 'sealed'
  const before = contestant === 'memory' ? Number.NaN : await heap()
  if (profiled) {
    await session.send('Profiler.enable')
    await session.send('Profiler.start')
  }
  const { openMs, longestMs } = await page.evaluate((given) => window.api.open(given), contestant)
  if (profiled) {
    const { profile } = await session.send('Profiler.stop')
    print(hottest(profile))
  } else if (contestant !== 'memory') {
    // The profiler slows everything down: a run with it gives no times.
    add('open', openMs)
    add('longest', longestMs)
  }
  if (contestant !== 'memory') add('heap', (await heap()) - before)
  const read = await page.evaluate((given) => window.api.read(given), size)
  for (const figure of ['first', 'firstLongest', 'byId', 'oldest', 'newest', 'count', 'all'] as const)
    add(figure, read[figure])
  const written = await page.evaluate((given) => window.api.write(...given), [contestant, size] as const)
  for (const figure of ['batch', 'single', 'raw', 'patch'] as const) add(figure, median(written[figure]))
}

/** The 25 functions with the greatest time of their own. */
function hottest(profile: {
  nodes: { id: number; callFrame: { functionName: string; lineNumber: number } }[]
  samples?: number[]
  timeDeltas?: number[]
}): string {
  const nameById = new Map(
    profile.nodes.map(({ id, callFrame }) => [
      id,
      `${callFrame.functionName || '(anonymous)'}:${callFrame.lineNumber}`,
    ]),
  )
  const micros = new Map<string, number>()
  profile.samples?.forEach((id, index) => {
    const name = nameById.get(id) ?? ''
    micros.set(name, (micros.get(name) ?? 0) + (profile.timeDeltas?.[index] ?? 0))
  })
  const hot = [...micros].sort((a, b) => b[1] - a[1]).slice(0, 25)
  return table(
    ['function of the bundle', 'own ms'],
    hot.map(([name, total]) => [name, ms(total / 1000)]),
  )
}

/** What the profile keeps for the page: IndexedDB and local storage, whole files. */
function bytesIn(folder: string): number {
  return ['IndexedDB', 'Local Storage', 'WebStorage']
    .map((name) => join(folder, 'Default', name))
    .flatMap((path) => {
      try {
        return readdirSync(path, { recursive: true, withFileTypes: true })
      } catch {
        return []
      }
    })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

function sizeReport(size: number): string {
  const present = entered.filter((contestant) => !absent.has(keyOf(size, contestant)))
  const rows = (Object.keys(figures) as (keyof typeof figures)[]).map((figure) => {
    const unit = inBytes.has(figure) ? megabytes : ms
    const cells = present.map((contestant) => {
      const value = figureOf(size, contestant, figure)
      const isShort = figure.toLowerCase().endsWith('longest') && value === 0
      return isShort ? 'under 50' : unit(value)
    })
    return [figures[figure], ...cells]
  })
  const missing = entered.flatMap((contestant) => {
    const reason = absent.get(keyOf(size, contestant))
    return reason ? [`- ${contestants[contestant]}: ${reason}.`] : []
  })
  const json = figureOf(size, present[0]!, 'json')
  return [
    `### ${size.toLocaleString('en')} records of ${Math.round(json / size)} bytes (ms, median)`,
    table(['', ...present.map((contestant) => contestants[contestant])], rows),
    ...(missing.length > 0 ? [missing.join('\n')] : []),
    `Raw Dexie \`add\` of as many bytes as one sealed insert, strict: ${ms(figureOf(size, 'sealed', 'raw'))} ms. ` +
      `Reading, opening and parsing the same records as sealed blobs, alone: ${ms(figureOf(size, 'sealed', 'floor'))} ms. ` +
      `Compaction of the sealed store: ${ms(figureOf(size, 'sealed', 'compact'))} ms in the background.`,
  ].join('\n\n')
}

function short(size: number): string {
  return `${size / 1000}k`
}

/** How many times faster than Dexie in plaintext, at one size. */
function against(figure: keyof typeof figures, limit: number): (size: number) => Bar {
  return (size) => ({
    what: `${figures[figure]}, against Dexie in plaintext, ${short(size)}`,
    figure: figureOf(size, 'dexie', figure) / figureOf(size, 'sealed', figure),
    limit,
    atLeast: true,
    show: times,
  })
}

/** The bars of the design at the sizes that were run. */
function bars(): Bar[] {
  const large = sizes.filter((size) => size >= 10_000)
  return [
    ...[
      against('insert', 2.5),
      against('oldest', 5),
      against('newest', 5),
      against('all', 10),
      against('count', 5),
    ].flatMap((bar) => large.map(bar)),
    ...large.map((size) => ({
      what: `open, against reading, opening and parsing alone, ${short(size)}`,
      figure: figureOf(size, 'sealed', 'open') / figureOf(size, 'sealed', 'floor'),
      limit: 2.5,
      atLeast: false,
      show: times,
    })),
    ...large
      .filter((size) => size === 100_000)
      .map((size) => ({
        what: 'open, 100k',
        figure: figureOf(size, 'sealed', 'open') / 1000,
        limit: 2,
        atLeast: false,
        show: (seconds: number) => `${seconds.toFixed(2)} s`,
      })),
    ...large.map((size) => ({
      what: `longest task of opening and the first query, ${short(size)} (0: none over 50 ms)`,
      figure: Math.max(figureOf(size, 'sealed', 'longest'), figureOf(size, 'sealed', 'firstLongest')),
      limit: 50,
      atLeast: false,
      show: (value: number) => `${Math.round(value)} ms`,
    })),
    ...sizes.map((size) => ({
      what: `insert of one, against a raw add of as many bytes, ${short(size)}`,
      figure: figureOf(size, 'sealed', 'single') / figureOf(size, 'sealed', 'raw'),
      limit: 1.3,
      atLeast: false,
      show: times,
    })),
    ...sizes.map((size) => ({
      what: `bytes on disk, compacted, against the JSON, ${short(size)}`,
      figure: figureOf(size, 'sealed', 'disk') / figureOf(size, 'sealed', 'json'),
      limit: 1.3,
      atLeast: false,
      show: times,
    })),
    ...large.map((size) => ({
      what: `node:sqlite, commits of 500, relaxed, ${short(size)}`,
      figure: sqlite.bestOf(size),
      limit: 50_000,
      atLeast: true,
      show: (value: number) => `${Math.round(value).toLocaleString('en')} records/s`,
    })),
  ]
}
