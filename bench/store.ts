/**
 * `npm run bench -- store [--sizes 1000,10000] [--rounds n] [--only sealed,dexie] [--strict] [--profile] [--write]`: the sealed store against RxDB's
 * free storages in headless Chromium, in one run, each in a fresh profile on the disk, in turns; then node:sqlite.
 *
 * Bulk inserts are relaxed for all (what Chromium gives by itself), or strict for all with --strict; single inserts and
 * patches are strict for all. --profile prints where the opening of the sealed store spends its time.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { repository } from '../scripts/pinned-node.mjs'
import { bundleForBrowser, servePage, startBrowser, type OwnedBrowser } from '../test/integration/store/browser.ts'
import type { Contestant } from './store/contestants.ts'
import { contestants, createMeasurements, type Figure } from './store/figures.ts'
import type { StorePage } from './store/page.ts'
import { bytesIn, hottest } from './store/profile.ts'
import { sizeReport, storeBars } from './store/report.ts'
import { measureSqlite } from './store/sqlite.ts'
import { longestTaskDuring } from './support/longest-task.ts'
import { barTable, median, print, provenance, writeToDocs } from './support/report.ts'

declare const window: { api: StorePage }

/** A contestant that needs longer for its inserts is stopped, or not begun when the smaller size says so. */
const LIMIT_MS = 120_000

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

const measurements = createMeasurements()

const { origin, server } = await servePage(await bundleForBrowser(join(repository, 'bench/store/page.ts')))
try {
  for (const size of sizes) {
    const rounds = Number(options.rounds ?? (size >= 100_000 ? 3 : 5))
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < entered.length; turn += 1) {
        const contestant = entered[(turn + round) % entered.length]!
        // The plugin takes longer than all others together; three rounds tell enough.
        if (contestant === 'encrypted' && round >= 3) continue
        if (measurements.absent(size, contestant) !== undefined) continue
        const reason = hopeless(size, contestant) ?? (await measureContestant(size, contestant))
        if (reason) measurements.leaveOut(size, contestant, reason)
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
  ...sizes.map((size) => sizeReport(measurements, entered, size)),
  `### node:sqlite, in this process\n\n${sqlite.markdown}`,
  `### Bars\n\n${barTable(storeBars(measurements, sizes, sqlite.rateOf))}`,
].join('\n\n')
print(`\n${report}`)
if (options.write) await writeToDocs('store', report)

/** A reason not to begin, from the size before. */
function hopeless(size: number, contestant: Contestant): string | null {
  const before = sizes[sizes.indexOf(size) - 1]
  if (before === undefined) return null
  const stopped = measurements.absent(before, contestant)
  if (stopped) return `not run: ${stopped}`
  const expected = (measurements.median(before, contestant, 'insert') * size) / before
  return expected > LIMIT_MS ? `not run: inserting would take about ${Math.round(expected / 1000)} s` : null
}

/** One round of one contestant in a profile of its own. Gives the reason when it cannot take part. */
async function measureContestant(size: number, contestant: Contestant): Promise<string | null> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-'))
  const add = (figure: Figure, value: number) => measurements.note(size, contestant, figure, value)
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
        if (contestant === 'sealed') {
          page = await browser.newPage(origin)
          await page.evaluate((given) => window.api.writeFloor(given), size)
          await page.close()
          await browser.close()
          browser = await startBrowser(folder)
        }
        // A browser that has just started is busy with itself.
        await new Promise((resolve) => setTimeout(resolve, 1_500))
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
  const page = await browser.newPage(origin)
  const took = await page.evaluate((given) => window.api.floor(given), size)
  await page.close()
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
  const opening = await longestTaskDuring(page, () => page.evaluate((given) => window.api.open(given), contestant))
  if (profiled) {
    const { profile } = await session.send('Profiler.stop')
    print(hottest(profile))
  } else if (contestant !== 'memory') {
    // The profiler slows everything down: a run with it gives no times.
    add('open', opening.result)
    add('longest', opening.wallMs)
    add('longestCpu', opening.cpuMs)
  }
  if (contestant !== 'memory') add('heap', (await heap()) - before)
  const first = await longestTaskDuring(page, () => page.evaluate(() => window.api.first()))
  add('first', first.result)
  add('firstLongest', first.wallMs)
  add('firstLongestCpu', first.cpuMs)
  const read = await page.evaluate((given) => window.api.read(given), size)
  for (const figure of ['byId', 'oldest', 'newest', 'count', 'all'] as const) add(figure, read[figure])
  const written = await page.evaluate((given) => window.api.write(...given), [contestant, size] as const)
  for (const figure of ['batch', 'single', 'raw', 'patch'] as const) add(figure, median(written[figure]))
}
