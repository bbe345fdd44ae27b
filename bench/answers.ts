/**
 * `npm run bench -- answers [--write]`: a real device asks a server that answers with the most expensive bytes of 16 MiB (H6): how long that keeps
 * its thread busy, and what memory it takes, in Node and in Chromium.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { MAX_PULL_BYTES } from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import { chromium as browser } from 'playwright-core'
import { rolldown } from 'rolldown'
import { chromium as chromiumFile, chromiumFlags } from '../scripts/browser.mjs'
import { startLyingServer } from '../test/support/lying-server.ts'
import { ask, CALLS, type Asked } from './answers/asking.ts'
import { handing, type Handing } from './answers/handing.ts'
import type { AnswersPageApi } from './answers/page.ts'
import { MIB, worstMessages, type Worst } from './bounded/worst.ts'
import { barTable, commandLine, print, provenance, table, writeToDocs } from './support/report.ts'

const MS_PER_MIB = 50
const HEAP_PER_MIB = 8
const ROUNDS = 5
/** Answers that may have 16 MiB. */
const LONG = new Set(['BeaconPage', 'FetchAnswer'])

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** The worst answers, cut to the length that their call reads. Shorter ones cost less than the machine's other work. */
const lies = worstMessages((name) => name in CALLS)
  .map((lie) => ({ ...lie, bytes: lie.bytes.subarray(0, LONG.has(lie.name) ? lie.bytes.length : MAX_PULL_BYTES) }))
  .filter(({ bytes }) => bytes.length >= MIB)
const server = await startLyingServer()

interface Found {
  lie: Worst
  msPerMib: number
  heapPerMib: number
}

/** The least of some rounds: what else the machine does is no part of it. `used`: bytes of memory, when all that can go has gone. */
async function measure(once: (name: string) => Promise<Asked>, used: () => Promise<number>): Promise<Found[]> {
  const found: Found[] = []
  for (const lie of lies) {
    server.answer = (response) => {
      // Without its length: one that says too much is left at once.
      response.writeHead(200, { 'content-type': MEDIA_TYPE })
      response.write(lie.bytes)
      response.end()
    }
    const before = await used()
    const blocked: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const { type, blockedMs } = await once(lie.name)
      // An answer that never came has cost nothing.
      if (type !== 'error') throw new Error(`${lie.name}, ${lie.kind}: ${type} instead of a refusal`)
      blocked.push(blockedMs)
    }
    const mib = lie.bytes.length / MIB
    found.push({
      lie,
      msPerMib: Math.min(...blocked) / mib,
      heapPerMib: Math.max(0, (await settled(used)) - before) / MIB / mib,
    })
  }
  return found
}

/** The least of some looks: a connection that was left gives its buffers back when the system has closed it. */
async function settled(used: () => Promise<number>): Promise<number> {
  const looks: number[] = []
  for (let look = 0; look < 5; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200))
    looks.push(await used())
  }
  return Math.min(...looks)
}

const inNode = await measure(
  (name) => ask(server.address, server.key, name),
  async () => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  },
)
const handingInNode = await handing()
const { found: inChromium, handing: handingInChromium } = await inPage()
await server.close()

async function inPage(): Promise<{ found: Found[]; handing: Handing }> {
  const bundle = await rolldown({ input: join(import.meta.dirname, 'answers/page.ts'), logLevel: 'silent' })
  const { output } = await bundle.generate({ format: 'iife', codeSplitting: false })
  const pages = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
  )
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve))
  const process = await browser.launch({ executablePath: chromiumFile, args: [...chromiumFlags] })
  try {
    const page = await process.newPage()
    // A page of this machine: Chromium blocks requests to a local server from pages of other origins.
    await page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`)
    await page.addScriptTag({ content: output[0].code })
    const devtools = await page.context().newCDPSession(page)
    const given = [server.address, [...server.key]] as const
    const found = await measure(
      (name) =>
        page.evaluate(
          ([address, key, asked]) =>
            (globalThis as unknown as { answers: AnswersPageApi }).answers.ask(address, key, asked),
          [...given, name] as [string, number[], string],
        ),
      async () => {
        await devtools.send('HeapProfiler.collectGarbage')
        const { usedSize, backingStorageSize = 0 } = (await devtools.send('Runtime.getHeapUsage')) as {
          usedSize: number
          backingStorageSize?: number
        }
        return usedSize + backingStorageSize
      },
    )
    const handed = await page.evaluate(() => (globalThis as unknown as { answers: AnswersPageApi }).answers.handing())
    return { found, handing: handed }
  } finally {
    await process.close()
    pages.close()
  }
}

const figure = (value: number, unit: string) => `${value.toFixed(1)} ${unit}`
const dearest = (all: readonly Found[]) => all.toSorted((a, b) => b.msPerMib - a.msPerMib)[0]!
const heaviest = (all: readonly Found[]) => all.toSorted((a, b) => b.heapPerMib - a.heapPerMib)[0]!
const row = (where: string, all: readonly Found[]) => [
  where,
  `${dearest(all).lie.name}, ${dearest(all).lie.kind}`,
  figure(dearest(all).msPerMib, 'ms'),
  `${heaviest(all).lie.name}, ${heaviest(all).lie.kind}`,
  figure(heaviest(all).heapPerMib, 'MiB'),
]
const bars = (where: string, all: readonly Found[]) => [
  {
    what: `longest that the thread is busy in ${where}, per MiB`,
    figure: dearest(all).msPerMib,
    limit: MS_PER_MIB,
    atLeast: false,
    show: (value: number) => figure(value, 'ms'),
  },
  {
    what: `memory that stays in ${where}, per MiB`,
    figure: heaviest(all).heapPerMib,
    limit: HEAP_PER_MIB,
    atLeast: false,
    show: (value: number) => figure(value, 'MiB'),
  },
]
const handingRow = ({ mib, entries, decodeMs, receiveMs }: Handing) => [
  `${figure(mib, 'MiB')}, ${entries} entries`,
  figure(decodeMs, 'ms'),
  figure(receiveMs, 'ms'),
]
const report = [
  provenance(commandLine('answers')),
  table(
    ['', 'dearest answer', 'busy per MiB', 'heaviest answer', 'memory per MiB'],
    [row('Node', inNode), row('Chromium', inChromium)],
  ),
  'An honest page of the largest size, for the thread that needs it: decoding it, or receiving it from a thread that has decoded it.',
  table(
    ['', 'page', 'decode it here', 'receive it decoded'],
    [
      ['Node', ...handingRow(handingInNode)],
      ['Chromium', ...handingRow(handingInChromium)],
    ],
  ),
  '### Bars of answers',
  barTable([...bars('Node', inNode), ...bars('Chromium', inChromium)]),
].join('\n\n')
print(report)
if (process.argv.includes('--write')) await writeToDocs('answers', report)
