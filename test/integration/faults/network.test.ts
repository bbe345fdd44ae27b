/**
 * Faults of the network between real devices and a real server process, over real TCP. Each has one of three ends: devices come into step in
 * spite of it; or they stop with a plain reason, keep what was saved, and come into step once it has ended. CHARTKEEP_CUTS: places at which the
 * connection is cut (`npm run assurance -- network-cuts`: all over the exchange).
 */
import { HttpServer, serverInfo } from '@chartkeep/sync/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAccount, createVault, createWriter, sealDrafts } from '../../support/author.ts'
import { noteOutcome } from '../../support/fault-report.ts'
import { until } from '../../support/device-world.ts'
import { createFaultWorld, type FaultWorld } from '../../support/fault-world.ts'
import { startHttpFaults, type HttpFault, type HttpFaults } from '../../support/http-faults.ts'
import { seeded } from '../../support/seeded.ts'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts'

const { seed, numRuns: CUTS } = seeded(Number(process.env['CHARTKEEP_CUTS'] ?? 12))

const STRIDE = 7919

/** What may be read on the screen while a fault lasts. */
const ENDS = ['confirmed', 'waiting', 'offline', 'problem refused'] as const
type End = (typeof ENDS)[number]

async function endOf(): Promise<End> {
  const { state, problem } = await world.sync(world.laptop)
  const end = problem === null ? state : `${state} ${problem.key}`
  expect(ENDS).toContain(end)
  return end as End
}

/** Both devices write; the laptop syncs under the fault. */
async function underFault(): Promise<End> {
  await world.save(world.phone)
  await world.sync(world.phone)
  await world.save(world.laptop)
  return endOf()
}

/** Asks again while nobody answers: a first request may still be put on a connection that has just been reset. */
async function patiently<T extends { type: string }>(ask: () => Promise<T>): Promise<T> {
  let answer = await ask()
  for (let tries = 0; answer.type !== 'ok' && tries < 20; tries++) answer = await ask()
  return answer
}

/** Devices, connections that break, a gateway that spoils, the server. */
let proxy: TcpProxy
let gateway: HttpFaults
let world: FaultWorld
beforeAll(async () => {
  proxy = await startTcpProxy()
  gateway = await startHttpFaults()
  world = await createFaultWorld(proxy)
  gateway.target = proxy.target
  proxy.target = gateway.port
  proxy.resetAll()
})
afterAll(async () => {
  await world.close()
  await proxy.close()
  await gateway.close()
})

describe('requests and answers', () => {
  /** The laptop has something to send, the phone syncs when it hears of it: the fault is in the way of both. */
  async function hit(fault: (index: number) => HttpFault | null): Promise<End> {
    await world.save(world.laptop)
    gateway.set(fault)
    const end = await endOf()
    gateway.set(null)
    return end
  }

  test.each<[string, HttpFault, End]>([
    ['drop, of requests', 'request lost', 'offline'],
    ['drop, of answers', 'answer lost', 'offline'],
    ['duplicate', 'request doubled', 'confirmed'],
    ['reorder', 'requests reordered', 'confirmed'],
    ['429', { status: 429 }, 'offline'],
    ['500', { status: 500 }, 'problem refused'],
    ['502', { status: 502 }, 'offline'],
    ['503', { status: 503 }, 'offline'],
    ['truncated body', 'body cut off', 'offline'],
    ['truncated body, with a length that fits', 'body cut off, its length made to fit', 'problem refused'],
    ['swapped responses', 'answers swapped', 'problem refused'],
    ['a page of a captive portal', 'a page of a captive portal', 'problem refused'],
    ['sent elsewhere', 'sent elsewhere', 'offline'],
  ])('P6: %s: of every request, of one alone, of every second: nothing is lost', async (name, fault, whole) => {
    await world.save(world.phone)
    const all = await hit(() => fault)
    expect(all).toBe(whole)
    const places = CUTS > 100 ? Array.from({ length: 14 }, (_, at) => at) : [2, 5]
    for (const place of places) await hit((index) => (index === place ? fault : null))
    await hit((index) => (index % 2 === 1 ? fault : null))
    await world.converges()
    noteOutcome(name, all)
  })

  test('P6: 429 with the time to wait: nothing is asked until then, and everything afterwards', async () => {
    const end = await hit(() => ({ status: 429, retryAfter: 1 }))
    expect(end).toBe('offline')
    gateway.set(null)
    await world.sync(world.laptop)
    expect(gateway.requests).toBe(0)
    await new Promise((resolve) => setTimeout(resolve, 1050))
    await world.converges()
    noteOutcome('429 with Retry-After', end)
  })

  test('P6, S7: WebSocket stripped: no hint comes, and a pass reads and sends as ever', async () => {
    gateway.stripsSockets = true
    const end = await hit(() => null)
    expect(end).toBe('confirmed')
    await world.converges()
    gateway.stripsSockets = false
    noteOutcome('WebSocket stripped', end)
  })
})

describe('connections', () => {
  test('P6: delay: every answer comes late, and comes to the same', async () => {
    proxy.set({ type: 'late', ms: 15 })
    const end = await underFault()
    expect(end).toBe('confirmed')
    proxy.set(null)
    await world.converges()
    noteOutcome('delay', end)
  })

  test('P6, S2: half-open: what was sent arrived and no answer comes; the call ends as offline, and the same bytes get the same answer later', async () => {
    const account = await createAccount()
    const vault = await createVault(account)
    const writer = createWriter(vault, account, vault.streams[0]!)
    const info = await patiently(() => serverInfo(proxy.address))
    if (info.type !== 'ok') throw new Error(info.type)
    const options = {
      address: proxy.address,
      account: account.id,
      device: account.device,
      serverKey: () => info.value.key,
    }
    const server = new HttpServer(options)
    const impatient = new HttpServer({ ...options, timeoutMs: 250 })
    expect((await server.register(account.entries[0]!, null)).type).toBe('ok')
    expect((await server.postControl(vault.id, vault.entries)).type).toBe('ok')
    const sealed = await sealDrafts(writer, [{}, {}])
    const envelopes = sealed.map(({ header, body, proof }) => ({ header, body, proof }))
    // Signed in, so that nothing but the push itself is on its way.
    const nothing = { streams: [], budget: 1 }
    expect((await patiently(() => impatient.pull(vault.id, nothing))).type).toBe('ok')
    proxy.set({ type: 'silent' })
    expect(await impatient.push(vault.id, envelopes)).toEqual({ type: 'offline' })
    expect(await impatient.pull(vault.id, nothing)).toEqual({ type: 'offline' })
    proxy.set(null)
    proxy.resetAll()
    const ask = { streams: [{ stream: writer.stream, after: 0 }], budget: 1 << 20 }
    const stored = await patiently(() => server.pull(vault.id, ask))
    const again = await server.push(vault.id, envelopes)
    if (stored.type !== 'ok' || again.type !== 'ok') throw new Error('no answer')
    expect(stored.value.streams[0]!.entries.map(({ n }) => n)).toEqual([1, 2])
    expect(again.value.results.map(({ n, outcome }) => [n, outcome])).toEqual([
      [1, 'current'],
      [2, 'current'],
    ])
    noteOutcome('half-open', 'offline')
  })

  test('P6: reconnect storm: every connection is reset within moments, again and again; then all is in step', async () => {
    const ends = new Set<End>()
    for (const ms of [2, 5, 12, 30]) {
      proxy.set({ type: 'storm', ms })
      proxy.resetAll()
      ends.add(await underFault())
    }
    expect(ends.has('offline')).toBe(true)
    proxy.set(null)
    proxy.resetAll()
    await world.converges()
    noteOutcome('reconnect storm', [...ends].join(' or '))
  })

  test('P6, S2: a connection cut behind any byte, of requests and of answers, loses and doubles nothing', async () => {
    // The exchange is recorded once: a pass with something to send.
    await world.save(world.laptop)
    proxy.set(null)
    await world.sync(world.laptop)
    const { up, down } = proxy.passed
    const places = Array.from({ length: up + down }, (_, at) =>
      at < up ? ({ direction: 'up', at } as const) : ({ direction: 'down', at: at - up } as const),
    )
    const ends = new Map<End, number>()
    for (let cut = 0; cut < CUTS; cut++) {
      // Seeds follow each other, and the stride is prime: as many cuts as there are bytes, in one run or in many, hit each once.
      const at = ((seed + cut) * STRIDE) % places.length
      await world.save(world.laptop)
      proxy.set({ type: 'cut', ...places[at]! })
      const end = await endOf()
      ends.set(end, (ends.get(end) ?? 0) + 1)
      proxy.set(null)
      // Between cuts the exchange has to be the same again.
      await world.sync(world.laptop)
      await until(world.laptop.session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
    }
    await world.converges()
    const told = [...ends].map(([end, count]) => `${count} ${end}`).join(', ')
    console.log(`${CUTS} cuts of ${up} bytes up and ${down} down: ${told}; ${world.saved} records on both devices`)
    noteOutcome('cut mid-frame', told)
    expect(ends.get('offline') ?? 0).toBeGreaterThan(0)
  }, 36_000_000)
})
