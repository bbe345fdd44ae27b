/**
 * A line on which what is large takes longer than the thirty seconds that anybody waits: pages, refills, account logs and the quarantine inbox come
 * and go in smaller pieces until each gets through. Real machines and the real server core; the time is the world's.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { encodeMessage } from '@chartkeep/protocol'
import {
  createPageSizes,
  AdaptivePageSize,
  cutGrantNow,
  deviceNamedEntry,
  purgeRevokedVault,
  submitLate,
  openBoxKeys,
  recordHistory,
  reseedAccount,
  reseedVault,
  syncVault,
  type Answer,
} from '@chartkeep/sync/testing'
import { createServerCore, openSqliteStorage, type ServerCore } from '@chartkeep/sync-server/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import { coreRefill } from '../../support/core-refill.ts'
import { machineClock } from '../../support/timers.ts'

const PATIENCE_MS = 30_000

let world: AttackWorld
let bytesPerSecond: number
/** Sizes of what went over the line since it was emptied, whether it got through or not. */
let sizes: number[]
let lost: ServerCore | null
let folder: string
beforeEach(async () => {
  world = await createAttackWorld()
  folder = mkdtempSync(join(tmpdir(), 'chartkeep-slow-line-'))
  lost = null
  bytesPerSecond = 3000
  sizes = []
})
afterEach(async () => {
  await world.close()
  await lost?.close()
  rmSync(folder, { recursive: true })
})

/** The same calls over the slow line: what they send up, or what their answers bring down, takes its time. */
function slow<T extends object>(api: T, calls: Partial<Record<keyof T, 'up' | 'down'>>): T {
  const carried = Object.entries(calls).map(([name, way]) => {
    const honest = (api as Record<string, (...args: unknown[]) => Promise<Answer<unknown>>>)[name]!
    const passes = (value: unknown): boolean => {
      const size = encodeMessage(value).length
      sizes.push(size)
      const tookMs = Math.ceil((1000 * size) / bytesPerSecond)
      world.time.now += Math.min(tookMs, PATIENCE_MS)
      return tookMs <= PATIENCE_MS
    }
    const call = async (...args: unknown[]): Promise<Answer<unknown>> => {
      if (way === 'up' && !passes(args.at(-1))) return { type: 'offline' }
      const answer = await honest(...args)
      return way === 'down' && answer.type === 'ok' && !passes(answer.value) ? { type: 'offline' } : answer
    }
    return [name, call]
  })
  return { ...api, ...Object.fromEntries(carried) }
}

const words = (count: number) =>
  Array.from({ length: count }, (_, at) => `record ${at} ${'of some length '.repeat(20)}`)

async function fill(device: Device, count: number): Promise<string[]> {
  const wanted = words(count)
  for (const text of wanted) await save(device, 'medications', text)
  expect(await device.sync()).toEqual({ type: 'synced' })
  return wanted
}

/** Again and again as passes are made; how many met no answer. */
async function untilDone(pass: () => Promise<{ type: string }>, done: string): Promise<number> {
  for (let tries = 0; tries < 20; tries++) if ((await pass()).type === done) return tries
  throw new Error(`not ${done} after 20 passes`)
}

async function loseDisk(): Promise<void> {
  const storage = openSqliteStorage(join(folder, 'chartkeep.sqlite'))
  await storage.write((tx) => tx.setMark('restored', JSON.stringify({ at: new Date(0).toISOString(), backup: null })))
  lost = createServerCore({
    storage,
    signingKey: world.key,
    clock: machineClock(() => world.time.now),
    timers: { after: () => () => {} },
    audience: 'http://localhost:8787',
    randomBytes,
  })
  world.replaceCore(lost)
}

test('S4, P6: pages that a slow line does not bring are asked for in smaller ones, and the next pass remembers it', async () => {
  const { laptop, phone } = world
  const wanted = await fill(laptop, 300)
  const line = slow(phone.server, { pull: 'down', fetchBodies: 'down' })
  expect(await untilDone(() => syncVault(phone.machine, line), 'synced')).toBeLessThan(4)
  expect(shown(phone, 'medications')).toEqual(texts('medications', ...wanted))
  const more = words(420).slice(300)
  for (const text of more) await save(laptop, 'medications', text)
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  sizes = []
  expect((await syncVault(phone.machine, line)).type).toBe('synced')
  expect(Math.max(...sizes)).toBeLessThan(64 * 1024)
})

test('S9, P6: over a slow line a chart is given back in smaller requests, until the server has all of it', async () => {
  const { laptop, phone } = world
  const wanted = await fill(laptop, 300)
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await loseDisk()
  const api = coreRefill(() => world.core, world.owner.account, laptop.secrets)
  const given = await reseedAccount(laptop.book, world.owner.account, api, laptop.machine.pageSizes)
  expect(given).toMatchObject({ type: 'ok' })
  // Nothing larger than the smallest gets through.
  bytesPerSecond = 1100
  const line = slow(api, { reseedControl: 'up', reseedChain: 'up', reseedEntries: 'up', reseedAudit: 'up' })
  const offline = await untilDone(() => reseedVault(laptop.machine, line), 'open')
  expect([offline > 0, offline < 8]).toEqual([true, true])
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  expect(await phone.sync()).toEqual({ type: 'synced' })
  for (const device of [laptop, phone]) expect(shown(device, 'medications')).toEqual(texts('medications', ...wanted))
})

test('S9, P6: over a slow line a long account log is given back in smaller requests', async () => {
  const { laptop, owner } = world
  const { book } = laptop
  for (let at = 0; at < 300; at++) {
    const state = book.lookup(owner.account)!
    const name = `laptop ${at} ${'of a long name '.repeat(20)}`
    const keys = openBoxKeys(state, laptop.secrets)
    const entry = await deviceNamedEntry(state, laptop.secrets, laptop.secrets.id, name, keys, randomBytes)
    expect(await laptop.server.postAccount(owner.account, entry)).toMatchObject({ type: 'ok' })
    expect(await book.append(owner.account, [entry])).toBe(true)
  }
  const info = await laptop.server.info()
  if (info.type !== 'ok') throw new Error(info.type)
  expect(await book.refresh(owner.account, laptop.server, info.value.key)).toMatchObject({ type: 'ok' })
  await loseDisk()
  const line = createPageSizes({ now: () => world.time.now })
  const api = slow(
    coreRefill(() => world.core, owner.account, laptop.secrets),
    { reseedAccount: 'up' },
  )
  const give = async () => (await reseedAccount(book, owner.account, api, line)) ?? { type: 'nothing' }
  expect(await untilDone(give, 'ok')).toBeLessThan(4)
  expect(await api.reseedAccount({ head: book.signedHead(owner.account)!, first: 1, entries: [] })).toEqual({
    type: 'ok',
    value: { n: book.lookup(owner.account)!.n },
  })
})

test('C11, P6: over a slow line work is submitted a part at a time, until the server has taken all of it', async () => {
  const clinic = await world.provider()
  const grant = await share(world, clinic, { labs: ['read', 'append', 'amend'] })
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  for (const text of words(120)) await save(clinic, 'labs', text)
  const { laptop } = world
  expect(await cutGrantNow(laptop.machine, laptop.server, grant, 'revoked')).toMatchObject({ type: 'done' })
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  expect(await purgeRevokedVault(clinic.machine)).toBe(120)
  const line = slow(clinic.server, { submitLate: 'up' })
  const give = async () => {
    const outcome = await submitLate({ ...clinic.machine, device: clinic.secrets.id }, line)
    return outcome.type === 'ok' && outcome.left === 0 ? { type: 'done' } : outcome
  }
  expect(await untilDone(give, 'done')).toBeLessThan(4)
})

test('S4, P6: over a slow line the history of a record comes a part at a time, the newest first, until all of it is there', async () => {
  const { laptop, phone } = world
  const { id } = await save(laptop, 'medications', 'the first')
  for (const text of words(150)) {
    await save(laptop, 'medications', text, id)
    expect(await laptop.sync()).toEqual({ type: 'synced' })
  }
  expect(await phone.sync()).toEqual({ type: 'synced' })
  const people = { author: (account: string, device: string) => ({ account, device, member: '', me: true, name: '' }) }
  const line = slow(phone.server, { fetchBodies: 'down' })
  const missing = async () => {
    const history = await recordHistory(phone.machine, people, line, id)
    const gone = history.map(({ resource }) => resource === null)
    // What is not there yet is older than all that is.
    expect(gone).toEqual(gone.toSorted((a, b) => Number(a) - Number(b)))
    return gone.filter(Boolean).length
  }
  expect(await missing()).toBeGreaterThan(50)
  expect(await missing()).toBe(0)
})

test('S4, K3, P6: over a slow line what was quarantined for a false signature is asked for again a part at a time', async () => {
  const { laptop, phone } = world
  const wanted = await fill(laptop, 150)
  phone.server.lies = {
    pull: (honest) => ({
      streams: honest.streams.map((page) => ({
        ...page,
        entries: page.entries.map((entry) =>
          entry.proof === null ? entry : { ...entry, proof: { ...entry.proof, signature: randomBytes(64) } },
        ),
      })),
    }),
    fetchBodies: () => ({ entries: [] }),
  }
  await phone.sync()
  expect(aside(phone).filter((reason) => reason === 'signature').length).toBeGreaterThanOrEqual(150)
  phone.server.lies = {}
  const line = slow(phone.server, { fetchBodies: 'down' })
  const isRead = async () => {
    await syncVault(phone.machine, line)
    return aside(phone).length === 0 ? { type: 'read' } : { type: 'not-yet' }
  }
  expect(await untilDone(isRead, 'read')).toBeLessThan(4)
  expect(shown(phone, 'medications')).toEqual(texts('medications', ...wanted))
})

test('S9, P6: a proof that a line which breaks again and again comes between continues where it was, also where only the answer was lost', async () => {
  const { laptop, phone } = world
  const wanted = await fill(laptop, 300)
  expect(await phone.sync()).toEqual({ type: 'synced' })
  await loseDisk()
  const api = coreRefill(() => world.core, world.owner.account, laptop.secrets)
  expect(await reseedAccount(laptop.book, world.owner.account, api, laptop.machine.pageSizes)).toMatchObject({
    type: 'ok',
  })
  // Ten links in a request.
  const few = { first: 330, largest: 330, quickMs: 0, slowMs: PATIENCE_MS }
  laptop.machine.pageSizes = {
    ...laptop.machine.pageSizes,
    up: new AdaptivePageSize(few, { now: () => world.time.now }),
  }
  let passed = 0
  let asked = 0
  const breaking = {
    ...api,
    reseedChain: async (...[vault, run]: Parameters<typeof api.reseedChain>): ReturnType<typeof api.reseedChain> => {
      asked++
      const answer = await api.reseedChain(vault, run)
      return ++passed % 7 === 0 ? { type: 'offline' } : answer
    },
  }
  expect(await untilDone(() => reseedVault(laptop.machine, breaking), 'open')).toBeGreaterThan(3)
  // 31 requests of 300 links and those of the other streams; the rest asks where it was.
  expect(asked).toBeLessThan(60)
  laptop.machine.pageSizes = createPageSizes({ now: () => world.time.now })
  for (const device of [laptop, phone]) {
    expect(await device.sync()).toEqual({ type: 'synced' })
    expect(shown(device, 'medications')).toEqual(texts('medications', ...wanted))
  }
})
