/**
 * `npm run bench -- shell [--rounds 3] [--write]`: the first visit of a browser that knows nothing about the app: bytes that a real server sends until the first screen is shown and until everything is kept for use without a network, and how long that takes on a line of 400 kbit/s with 400 ms there and
 * back ("slow 3G"), next to what the line alone needs for as many bytes.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type CDPSession, chromium as browser } from 'playwright-core'
import { buildApp, builtApp } from '../scripts/app-build.mjs'
import { chromiumFlags, testedChromium } from '../scripts/browser.mjs'
import { freePort, startServerProcess } from '../test/support/server-process.ts'
import { barTable, commandLine, median, ms, print, provenance, table, times, writeToDocs } from './support/report.ts'

const BITS_A_SECOND = 400_000
const THERE_AND_BACK_MS = 400

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, write: { type: 'boolean', default: false } },
})
const rounds = Number(options.rounds)
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number from 1 on')

interface Visit {
  /** Until the first screen is shown: bytes as sent with their heads, files, time. */
  first: { bytes: number; files: number; ms: number }
  /** The same of all that the app keeps. */
  kept: { bytes: number; files: number }
}

await buildApp()
const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-shell-'))
const server = await startServerProcess(data, await freePort(), { CHARTKEEP_APP: builtApp })
const fast: Visit[] = []
const slow: Visit[] = []
try {
  for (let round = 0; round < rounds; round += 1) {
    fast.push(await visit(false))
    slow.push(await visit(true))
    print(`round ${round + 1} of ${rounds}`)
  }
} finally {
  await server.stop()
  rmSync(data, { recursive: true, force: true })
}

const of = (visits: Visit[], figure: (each: Visit) => number) => median(visits.map(figure))
const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`
const line = of(slow, (each) => each.first.bytes)
const [slowMs, lineMs] = [of(slow, (each) => each.first.ms), (line * 8 * 1000) / BITS_A_SECOND]
const inAll = of(fast, (each) => each.kept.bytes)
const report = [
  provenance(commandLine('shell')),
  `A fresh profile in each of ${rounds} rounds; medians.`,
  table(
    ['', 'bytes sent', 'files', 'time', 'the line alone'],
    [
      [
        `until the first screen stands, at ${BITS_A_SECOND / 1000} kbit/s`,
        kilobytes(line),
        String(of(slow, (each) => each.first.files)),
        `${ms(slowMs)} ms`,
        `${ms(lineMs)} ms`,
      ],
      [
        'the same without a limit, where what comes next is on its way by then',
        kilobytes(of(fast, (each) => each.first.bytes)),
        String(of(fast, (each) => each.first.files)),
        `${ms(of(fast, (each) => each.first.ms))} ms`,
        '-',
      ],
      ['until all is kept', kilobytes(inAll), String(of(fast, (each) => each.kept.files)), '-', '-'],
    ],
  ),
  '### Bars of the first visit',
  barTable([
    { what: 'until the first screen stands', figure: line, limit: 250_000, atLeast: false, show: kilobytes },
    {
      what: 'its time on the slow line, against the line alone',
      figure: slowMs / lineMs,
      limit: 1.5,
      atLeast: false,
      show: times,
    },
  ]),
].join('\n\n')
print(report)
if (options.write) await writeToDocs('shell', report)

async function visit(isSlow: boolean): Promise<Visit> {
  const running = await browser.launch({ executablePath: testedChromium(), args: chromiumFlags })
  try {
    const page = await (await running.newContext()).newPage()
    const sent: number[] = []
    await watch(await page.context().newCDPSession(page), sent, isSlow)
    const started = performance.now()
    await page.goto(server.address)
    await page.locator('h1').first().waitFor({ timeout: 120_000 })
    const first = { bytes: sum(sent), files: sent.length, ms: performance.now() - started }
    if (isSlow) return { first, kept: { bytes: Number.NaN, files: Number.NaN } }
    const urls = await page.evaluate(async () => {
      // Active: everything on its list is kept.
      await navigator.serviceWorker.ready
      const [name] = await caches.keys()
      const cache = await caches.open(name!)
      return (await cache.keys()).map(({ url }) => url)
    })
    return { first, kept: { bytes: sum(urls.map(sizeOf)), files: urls.length } }
  } finally {
    await running.close()
  }
}

async function watch(session: CDPSession, sent: number[], isSlow: boolean): Promise<void> {
  session.on('Network.loadingFinished', ({ encodedDataLength }) => sent.push(encodedDataLength))
  await session.send('Network.enable')
  if (!isSlow) return
  const bytes = BITS_A_SECOND / 8
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: THERE_AND_BACK_MS,
    downloadThroughput: bytes,
    uploadThroughput: bytes,
  })
}

/** Bytes of a file as the server sends it to a browser, without heads. */
function sizeOf(url: string): number {
  const { pathname } = new URL(url)
  const path = join(builtApp, pathname === '/' ? 'index.html' : pathname)
  return (statSync(`${path}.br`, { throwIfNoEntry: false }) ?? statSync(path)).size
}

function sum(values: readonly number[]): number {
  return values.reduce((before, value) => before + value, 0)
}
