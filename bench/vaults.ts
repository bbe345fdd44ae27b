/**
 * `npm run bench -- vaults [--vaults 300] [--records 1000] [--rounds 4] [--only node,chromium] [--write]`: many vaults, at most
 * 4 of them open: what opening and closing take, and whether memory grows with the number of openings.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sqliteLog } from '@chartkeep/store/node'
import { repository } from '../scripts/pinned-node.mjs'
import {
  barTable,
  megabytes,
  ms,
  print,
  provenance,
  quantile,
  table,
  times,
  writeToDocs,
  type Bar,
} from './support/report.ts'
import type { VaultsPage } from './vaults/page.ts'
import { createManyVaults, OPEN_AT_ONCE, type ManyVaults, type Turns } from './vaults/turns.ts'

declare const window: { api: VaultsPage }

const { values: options } = parseArgs({
  options: {
    vaults: { type: 'string', default: '300' },
    records: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '4' },
    only: { type: 'string', default: 'node,chromium' },
    write: { type: 'boolean', default: false },
  },
})
const [vaults, records, rounds] = [Number(options.vaults), Number(options.records), Number(options.rounds)]

/** Where the vaults live, and its heap in bytes after a collection. */
interface Place extends Omit<ManyVaults, 'settle'> {
  name: string
  heap(): Promise<number>
  end(): Promise<void>
}

async function node(): Promise<Place> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-'))
  const many = createManyVaults((vault) => sqliteLog(join(folder, `v${vault}`)), vaults, records)
  return {
    ...many,
    name: 'node:sqlite',
    async heap() {
      await many.settle()
      // Buffers that were let go of in one collection are given back in the next.
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100))
        collect()
      }
      const { heapUsed, external } = process.memoryUsage()
      return heapUsed + external
    },
    async end() {
      rmSync(folder, { recursive: true })
    },
  }
}

async function chromium(): Promise<Place> {
  // Loaded here, because the bundler would lie in the heap that is measured in Node.
  const { bundleForBrowser, servePage, startBrowser } = await import('../test/integration/store/browser.ts')
  const { origin, server } = await servePage(await bundleForBrowser(join(repository, 'bench/vaults/page.ts')))
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-'))
  const browser = await startBrowser(folder)
  const page = await browser.newPage(origin)
  const session = await page.context().newCDPSession(page)
  await page.evaluate((given) => window.api.start(...given), [vaults, records] as const)
  return {
    name: 'Chromium, IndexedDB',
    write: (first, count) => page.evaluate((given) => window.api.write(...given), [first, count] as const),
    turn: (count) => page.evaluate((given) => window.api.turn(given), count),
    closeAll: () => page.evaluate(() => window.api.closeAll()),
    async heap() {
      await page.evaluate(() => window.api.settle())
      for (let turn = 0; turn < 3; turn += 1) {
        await page.waitForTimeout(100)
        await session.send('HeapProfiler.collectGarbage')
      }
      const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage')
      return usedSize + backingStorageSize
    },
    async end() {
      await browser.close()
      server.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

interface Measured {
  name: string
  turns: Turns
  /** Before the first opening, after each round of openings with 4 open, and with all closed again. */
  heaps: { before: number; rounds: number[]; after: number }
  written: number
}

async function measure(place: Place): Promise<Measured> {
  try {
    let started = performance.now()
    for (let first = 0; first < vaults; first += 50) await place.write(first, Math.min(50, vaults - first))
    const written = performance.now() - started
    // The first openings compile and fill caches once and for all.
    await place.turn(OPEN_AT_ONCE * 2)
    await place.closeAll()
    const before = await place.heap()
    const turns: Turns = { open: [], list: [], close: [], bytesOnDisk: 0 }
    const heaps: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      started = performance.now()
      const { open, list, close, bytesOnDisk } = await place.turn(vaults)
      turns.open.push(...open)
      turns.list.push(...list)
      turns.close.push(...close)
      turns.bytesOnDisk = bytesOnDisk
      heaps.push(await place.heap())
      print(`${place.name}: ${vaults} openings in ${ms(performance.now() - started)} ms`)
    }
    await place.closeAll()
    return { name: place.name, turns, heaps: { before, rounds: heaps, after: await place.heap() }, written }
  } finally {
    await place.end()
  }
}

const places = { node, chromium }
const results: Measured[] = []
for (const name of options.only.split(',') as (keyof typeof places)[]) results.push(await measure(await places[name]()))

const spread = (values: readonly number[]) => `${ms(quantile(values, 0.5))} / ${ms(quantile(values, 0.95))}`
const rows: [string, (result: Measured) => string][] = [
  ['open (median / 95 %, ms)', ({ turns }) => spread(turns.open)],
  ['first list of 50 (median / 95 %, ms)', ({ turns }) => spread(turns.list)],
  ['close (median / 95 %, ms)', ({ turns }) => spread(turns.close)],
  ['a vault on the log', ({ turns }) => megabytes(turns.bytesOnDisk)],
  ['heap with none open', ({ heaps }) => megabytes(heaps.before)],
  ...Array.from({ length: rounds }, (_, round): [string, (result: Measured) => string] => [
    `heap with ${OPEN_AT_ONCE} open, after ${(round + 1) * vaults} openings`,
    ({ heaps }) => megabytes(heaps.rounds[round]!),
  ]),
  ['heap with all closed again', ({ heaps }) => megabytes(heaps.after)],
]
const bars = results.flatMap(({ name, turns, heaps }): Bar[] => [
  {
    what: `open, median, ${name}`,
    figure: quantile(turns.open, 0.5),
    limit: 100,
    atLeast: false,
    show: (value) => `${ms(value)} ms`,
  },
  {
    what: `heap after ${rounds * vaults} openings, against after ${vaults}, ${name}`,
    figure: heaps.rounds.at(-1)! / heaps.rounds[0]!,
    limit: 1.1,
    atLeast: false,
    show: times,
  },
])
const command = `npm run bench -- vaults${process.argv
  .slice(2)
  .map((arg) => ` ${arg}`)
  .join('')}`
const report = [
  provenance(command),
  `${vaults} vaults of ${records.toLocaleString('en')} records, at most ${OPEN_AT_ONCE} open, opened in random order.`,
  table(
    ['', ...results.map(({ name }) => name)],
    rows.map(([what, of]) => [what, ...results.map(of)]),
  ),
  barTable(bars),
].join('\n\n')
print(`\n${report}`)
if (options.write) await writeToDocs('vaults', report)
