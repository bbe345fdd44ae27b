/**
 * `npm run bench -- import [--mb 1000] [--write]`: an Apple Health export of a gigabyte through the import, next to a bare
 * scan of the same bytes for tags and attributes in the same run: time as a ratio, memory above what Node has at the start.
 */
import { mkdtempSync, openAsBlob, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { doorOf } from '@chartkeep/interop'
import { writeAppleExport } from './import/apple-export.ts'
import { barTable, commandLine, print, provenance, table, writeToDocs } from './support/report.ts'

const { values: options } = parseArgs({
  options: { mb: { type: 'string', default: '1000' }, write: { type: 'boolean', default: false } },
})
const megabytes = Number(options.mb)
if (!Number.isInteger(megabytes) || megabytes < 1) throw new Error('--mb takes a number from 1 on')

const MEMORY_MB = 200
const TIMES = 2.5
const MB = 1024 * 1024

const TAG = /<\/?([A-Za-z][\w.:-]*)((?:\s+[\w.:-]+="[^"]*")*)\s*\/?>/gu
const ATTRIBUTE = /([\w.:-]+)="([^"]*)"/gu

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-import-'))
try {
  const path = join(folder, 'export.xml')
  const made = await writeAppleExport(path, megabytes * MB)
  const scan = await timed(() => bareScan(path))
  const ours = await timed(() => throughImport(path))
  const perMb = (ms: number) => `${(ms / (made.bytes / MB)).toFixed(1)} ms`
  const memory = (bytes: number) => `${Math.round(bytes / MB)} MB`
  if (ours.result.taken < made.weights + made.pressures + made.workouts) throw new Error('records are missing')
  const report = [
    provenance(commandLine('import')),
    `An export.xml of ${Math.round(made.bytes / MB).toLocaleString('en')} MB, made from a seed: ${scan.result.toLocaleString('en')} tags, of which ${ours.result.taken.toLocaleString('en')} records were made.`,
    table(
      ['', 'time per MB', 'peak memory above the start'],
      [
        ['a bare scan for tags', perMb(scan.ms), memory(scan.peak)],
        ['the import of Apple Health', perMb(ours.ms), memory(ours.peak)],
      ],
    ),
    '### Bars of the import of Apple Health',
    barTable([
      {
        what: 'time, against the bare scan',
        figure: ours.ms / scan.ms,
        limit: TIMES,
        atLeast: false,
        show: (figure) => `${figure.toFixed(2)} ×`,
      },
      {
        what: 'peak memory above the start',
        figure: ours.peak / MB,
        limit: MEMORY_MB,
        atLeast: false,
        show: (figure) => `${Math.round(figure)} MB`,
      },
    ]),
  ].join('\n\n')
  print(report)
  if (options.write) writeToDocs('import', report)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number; peak: number }> {
  collect()
  const before = process.memoryUsage().rss
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss - before)), 50)
  const start = performance.now()
  const result = await work()
  clearInterval(timer)
  return { result, ms: performance.now() - start, peak: Math.max(peak, process.memoryUsage().rss - before) }
}

/** Reads the same bytes as text and finds each tag with its attributes, by an expression. It keeps nothing. */
async function bareScan(path: string): Promise<number> {
  const decoder = new TextDecoder()
  let rest = ''
  let tags = 0
  let letters = 0
  for await (const part of (await openAsBlob(path)).stream()) {
    const text = rest + decoder.decode(part, { stream: true })
    const last = text.lastIndexOf('>') + 1
    for (const [, , attributes = ''] of text.slice(0, last).matchAll(TAG)) {
      tags += 1
      for (const [, name, value] of attributes.matchAll(ATTRIBUTE)) letters += name!.length + value!.length
    }
    rest = text.slice(last)
  }
  if (letters === 0) throw new Error('there is no attribute')
  return tags
}

async function throughImport(path: string): Promise<{ taken: number }> {
  const door = await doorOf('apple-health')
  const source = await openAsBlob(path)
  for await (const event of door.read({ source, name: 'export.xml', path: '', kind: 'apple-health', siblings: [] }, {}))
    if (event.type === 'done') return { taken: event.counts.taken }
  throw new Error('the reader did not end')
}
