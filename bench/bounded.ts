/**
 * `npm run bench -- bounded [--requests 10000] [--write]`: the most expensive bytes that each message of the protocol allows (H6): what reading or refusing
 * them costs in time and memory, in Node and in Chromium; how long one anonymous request keeps the server from answering /healthz; and whether a server
 * with a heap of 256 MB lives through thousands of them from 64 connections.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { encodeCbor } from '@chartkeep/crypto/encoding'
import { MAX_LOG_ENTRY_BYTES } from '@chartkeep/protocol'
import { MEDIA_TYPE } from '@chartkeep/protocol/messages'
import { chromium as browser } from 'playwright-core'
import { rolldown } from 'rolldown'
import { chromium as chromiumFile, chromiumFlags } from '../scripts/browser.mjs'
import { freePort, startServerProcess } from '../test/support/server-process.ts'
import { costs, MIB, worstMessages, type Cost } from './bounded/worst.ts'
import type { BoundedPageApi } from './bounded/page.ts'
import { barTable, commandLine, print, provenance, table, writeToDocs } from './support/report.ts'

const { values: options } = parseArgs({
  options: { requests: { type: 'string', default: '10000' }, write: { type: 'boolean', default: false } },
})
const requests = Number(options.requests)
if (!Number.isInteger(requests) || requests < 1) throw new Error('--requests takes a number from 1 on')

const CONNECTIONS = 64
const HEAP_MB = 256
const MS_PER_MIB = 50
const HEAP_PER_MIB = 8
const HEALTH_MS = 100

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Heap {
  name: string
  mib: number
  heapMib: number
}

const inNode = { costs: costs(worstMessages()), heaps: heapsInNode() }
const inChromium = await inPage()
const one = await oneRequest()
const flood = await manyRequests()

const ms = (figure: number) => `${figure.toFixed(1)} ms`
const times = (figure: number) => `${figure.toFixed(1)} MiB`
const dearest = (all: readonly Cost[]) => all.toSorted((a, b) => b.ms / b.mib - a.ms / a.mib)[0]!
const heaviest = (all: readonly Heap[]) => all.toSorted((a, b) => b.heapMib / b.mib - a.heapMib / a.mib)[0]!
const row = (where: string, cost: Cost, heap: Heap) => [
  where,
  `${cost.name}, ${cost.kind}`,
  ms(cost.ms / cost.mib),
  heap.name,
  times(heap.heapMib / heap.mib),
]
const report = [
  provenance(commandLine('bounded')),
  `${inNode.costs.length} messages: as many shortest items as fit, the same with one byte too many, and a list of sixteen million items in the place of a field.`,
  table(
    ['', 'dearest message', 'time per MiB', 'heaviest message', 'memory per MiB'],
    [
      row('Node', dearest(inNode.costs), heaviest(inNode.heaps)),
      row('Chromium', dearest(inChromium.costs), heaviest(inChromium.heaps)),
    ],
  ),
  `One anonymous request at a time to each route that needs no session, while /healthz is asked without a pause: longest answer ${ms(one)}. ${requests.toLocaleString('en')} of them from ${CONNECTIONS} connections to a server with a heap of ${HEAP_MB} MB: ${flood.answered.toLocaleString('en')} answered, longest answer of /healthz ${ms(flood.health)}.`,
  '### Bars of bounded decoding',
  barTable([
    bar('a message in Node, per MiB', dearest(inNode.costs), MS_PER_MIB),
    bar('a message in Chromium, per MiB', dearest(inChromium.costs), MS_PER_MIB),
    heapBar('its memory in Node, per MiB', heaviest(inNode.heaps)),
    heapBar('its memory in Chromium, per MiB', heaviest(inChromium.heaps)),
    { what: '/healthz beside one anonymous request', figure: one, limit: HEALTH_MS, atLeast: false, show: ms },
    {
      what: `answered of ${requests.toLocaleString('en')} by a server with ${HEAP_MB} MB`,
      figure: flood.answered,
      limit: requests,
      atLeast: true,
      show: (figure: number) => String(figure),
    },
  ]),
].join('\n\n')
print(report)
if (options.write) await writeToDocs('bounded', report)

function bar(what: string, cost: Cost, limit: number) {
  return { what, figure: cost.ms / cost.mib, limit, atLeast: false, show: ms }
}

function heapBar(what: string, heap: Heap) {
  return { what, figure: heap.heapMib / heap.mib, limit: HEAP_PER_MIB, atLeast: false, show: times }
}

/** Memory of what was read, bytes of its arrays included. */
function heapsInNode(): Heap[] {
  return worstMessages()
    .filter(({ kind }) => kind === 'taken')
    .map(({ name, bytes, read }) => {
      collect()
      const before = memory()
      const held = read()
      collect()
      const heapMib = (memory() - before) / MIB
      if (held === null) throw new Error(`${name} refuses what its description allows`)
      return { name, mib: bytes.length / MIB, heapMib }
    })
}

function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function inPage(): Promise<{ costs: Cost[]; heaps: Heap[] }> {
  const bundle = await rolldown({ input: join(import.meta.dirname, 'bounded/page.ts'), logLevel: 'silent' })
  const { output } = await bundle.generate({ format: 'iife' })
  const process = await browser.launch({ executablePath: chromiumFile, args: [...chromiumFlags] })
  try {
    const page = await process.newPage()
    await page.addScriptTag({ content: output[0].code })
    const api = await page.evaluateHandle(() => (globalThis as unknown as { bounded: BoundedPageApi }).bounded)
    const measured = await api.evaluate((bounded) => bounded.costs())
    const devtools = await page.context().newCDPSession(page)
    const used = async () => {
      await devtools.send('HeapProfiler.collectGarbage')
      const { usedSize, backingStorageSize = 0 } = (await devtools.send('Runtime.getHeapUsage')) as {
        usedSize: number
        backingStorageSize?: number
      }
      return usedSize + backingStorageSize
    }
    const heaps: Heap[] = []
    for (const [index, { name, mib }] of (await api.evaluate((bounded) => bounded.taken())).entries()) {
      await api.evaluate((bounded) => bounded.letGo())
      const before = await used()
      await api.evaluate((bounded, at) => bounded.hold(at), index)
      heaps.push({ name, mib, heapMib: ((await used()) - before) / MIB })
    }
    return { costs: measured, heaps }
  } finally {
    await process.close()
  }
}

interface Target {
  path: string
  body: Buffer
}

/** A request as long as its route reads, with bytes made to be expensive, for each route that asks for no session. */
function openRequests(): Target[] {
  const bomb = (bytes: number, of: object) => Buffer.from(encodeCbor({ ...of, zz: Array<number>(bytes - 200).fill(0) }))
  const entry = { body: new Uint8Array(10), signature: new Uint8Array(64) }
  const entries = Array.from({ length: 256 }, () => ({ body: new Uint8Array(2000), signature: new Uint8Array(64) }))
  const head = worstMessages().find(({ name }) => name === 'AccountRefill')
  return [
    { path: '/v1/refill/account', body: Buffer.from(encodeCbor({ first: 1, entries })) },
    ...(head === undefined
      ? []
      : [{ path: '/v1/refill/account', body: Buffer.from(head.bytes.subarray(0, MAX_LOG_ENTRY_BYTES)) }]),
    { path: '/v1/refill/account', body: bomb(MAX_LOG_ENTRY_BYTES, { first: 1 }) },
    { path: '/v1/accounts', body: bomb(MAX_LOG_ENTRY_BYTES, { entry }) },
    { path: '/v1/session', body: bomb(60_000, {}) },
    { path: '/v1/recovery', body: bomb(60_000, {}) },
    { path: '/v1/challenge', body: bomb(60_000, {}) },
    { path: '/v1/pairing/open', body: bomb(60_000, {}) },
    { path: '/v1/pairing/write', body: bomb(60_000, {}) },
    // Longer than their routes read, and a route that asks for a session.
    { path: '/v1/refill/account', body: bomb(4 * MIB, { first: 1 }) },
    { path: '/v1/vaults/AAAAAAAAAAAAAAAAAAAAAA/push', body: bomb(4 * MIB, { envelopes: [] }) },
  ]
}

function post(address: string, agent: Agent, { path, body }: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = httpRequest(new URL(path, address), {
      method: 'POST',
      agent,
      headers: { 'content-type': MEDIA_TYPE, 'content-length': body.length },
    })
    sent.on('response', (response) => {
      response.resume()
      response.on('end', () => resolve(true))
      response.on('error', () => resolve(true))
    })
    // A server that refuses a body before it has come closes the line.
    sent.on('error', (error) => resolve(['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')))
    sent.end(body)
  })
}

interface Watch {
  /** The longest answer since the last call, in milliseconds. */
  longest(): number
  stop(): Promise<void>
}

function watchHealth(address: string): Watch {
  let [longest, stopped] = [0, false]
  const watching = (async () => {
    while (!stopped) {
      const start = performance.now()
      const response = await fetch(`${address}/healthz`)
      await response.arrayBuffer()
      longest = Math.max(longest, performance.now() - start)
    }
  })()
  return {
    longest() {
      const found = longest
      longest = 0
      return found
    },
    async stop() {
      stopped = true
      await watching
    },
  }
}

async function withServer<T>(env: Record<string, string>, use: (address: string) => Promise<T>): Promise<T> {
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-bounded-'))
  const server = await startServerProcess(data, await freePort(), env)
  try {
    return await use(server.address)
  } finally {
    await server.stop()
    rmSync(data, { recursive: true, force: true })
  }
}

/** The longest that /healthz waited next to one request; the median of five for each kind of request. */
async function oneRequest(): Promise<number> {
  return withServer({}, async (address) => {
    const agent = new Agent({ keepAlive: true })
    const watch = watchHealth(address)
    const found: number[] = []
    for (const target of openRequests()) {
      const each: number[] = []
      for (let round = 0; round < 5; round++) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        watch.longest()
        await post(address, agent, target)
        each.push(watch.longest())
      }
      found.push(each.toSorted((a, b) => a - b)[2]!)
    }
    await watch.stop()
    agent.destroy()
    return Math.max(...found)
  })
}

async function manyRequests(): Promise<{ answered: number; health: number }> {
  const unlimited = {
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
    CHARTKEEP_ADDRESS_REQUESTS_PER_MINUTE: '10000000',
    CHARTKEEP_SIGN_INS_PER_MINUTE: '10000000',
    CHARTKEEP_REGISTRATIONS_PER_HOUR: '10000000',
    CHARTKEEP_REFILL_ENTRIES_PER_MINUTE: '10000000',
  }
  return withServer(unlimited, async (address) => {
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
    const targets = openRequests()
    const watch = watchHealth(address)
    let [next, answered] = [0, 0]
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        while (next < requests) if (await post(address, agent, targets[next++ % targets.length]!)) answered++
      }),
    )
    const health = watch.longest()
    await watch.stop()
    agent.destroy()
    return { answered, health }
  })
}
