/**
 * The store on Dexie in a real Chromium: the log's contract, kills, canaries, one tab, old formats, 10,000 records.
 * CHARTKEEP_KILLS=<number> for more than 5 kills.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { bytesToHex } from '@chartkeep/crypto/encoding'
import { createSlotName } from '@chartkeep/store'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectedOf, type OldStore } from '../../support/old-stores.ts'
import { storedRecord } from '../../support/stored-record.ts'
import { bundleForBrowser, servePage, startBrowser, type OwnedBrowser } from './browser.ts'
import type { PageApi } from './page.ts'

declare const window: { api: PageApi; acknowledge(name: string): void }

const KILLS = Number(process.env['CHARTKEEP_KILLS'] ?? 5)
const folder = mkdtempSync(join(tmpdir(), 'chartkeep-chromium-'))
const running: OwnedBrowser[] = []
let origin = ''
let server: Server

beforeAll(async () => {
  ;({ origin, server } = await servePage(await bundleForBrowser(join(import.meta.dirname, 'page.ts'))))
})

afterAll(async () => {
  for (const browser of running) await browser.kill()
  server.close()
  rmSync(folder, { recursive: true, maxRetries: 5 })
})

async function start(profile: string): Promise<OwnedBrowser> {
  const browser = await startBrowser(join(folder, profile))
  running.push(browser)
  return browser
}

async function kill(browser: OwnedBrowser): Promise<void> {
  await browser.kill()
  running.splice(running.indexOf(browser), 1)
}

function open(page: Page, name: string, key: number[]): Promise<string> {
  return page.evaluate(([slot, bytes]) => window.api.open(slot, bytes), [name, key] as const)
}

test('ST9: the log on Chromium’s IndexedDB keeps the contract', async () => {
  const browser = await start('rules')
  const page = await browser.newPage(origin)
  const results = await page.evaluate(() => window.api.runLogRules())
  expect(results.length).toBeGreaterThan(5)
  expect(results.filter(({ error }) => error !== null)).toEqual([])
  await kill(browser)
})

test('ST10: a Chromium killed while it writes and compacts, again and again, loses no acknowledged write and tears no commit', async () => {
  const name = createSlotName()
  const key = [...randomBytes(32)]
  const acknowledged: string[] = []
  for (let round = 1; round <= KILLS; round += 1) {
    const browser = await start('kill')
    const page = await browser.newPage(origin)
    expect(await page.evaluate((slot) => window.api.holdSettled(slot), name)).toBe('held')
    expect(await open(page, name, key)).toBe('open')
    expect(await page.evaluate((names) => window.api.missing(names), acknowledged)).toEqual([])
    await page.exposeFunction('acknowledge', (written: string) => void acknowledged.push(written))
    const writing = page.evaluate((r) => window.api.writeForEver(String(r), window.acknowledge), round)
    writing.catch(() => {})
    const enough = acknowledged.length + Math.random() * 40
    await expect.poll(() => acknowledged.length, { interval: 5, timeout: 60_000 }).toBeGreaterThan(enough)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40))
    await kill(browser)
  }
  const browser = await start('kill')
  const page = await browser.newPage(origin)
  expect(await open(page, name, key)).toBe('open')
  expect(await page.evaluate((names) => window.api.missing(names), acknowledged)).toEqual([])
  const compactions = await page.evaluate((slot) => window.api.compactions(slot), name)
  console.log(`${KILLS} kills, ${acknowledged.length} acknowledged writes, none lost; ${compactions} compactions`)
  expect(compactions).toBeGreaterThan(KILLS / 8)
  await kill(browser)
}, 7_200_000)

test.each(['format-1', 'format-2', 'format-3'])(
  'ST13: a store of %s in Chromium’s IndexedDB opens to exactly its contents',
  async (format) => {
    const old = JSON.parse(
      readFileSync(join(import.meta.dirname, `../../fixtures/store/${format}.json`), 'utf8'),
    ) as OldStore
    const browser = await start('formats')
    const page = await browser.newPage(origin)
    expect(await page.evaluate((fixture) => window.api.openOld(fixture), old)).toEqual(expectedOf(old))
    await kill(browser)
  },
)

function canariesIn(profile: string, canaries: string[]): string[] {
  const found = new Set<string>()
  for (const name of readdirSync(join(folder, profile), { recursive: true, encoding: 'utf8' })) {
    let bytes: Buffer
    try {
      bytes = readFileSync(join(folder, profile, name))
    } catch {
      continue
    }
    for (const canary of canaries) {
      if (bytes.includes(canary) || bytes.includes(Buffer.from(canary, 'utf16le'))) found.add(canary)
    }
  }
  return [...found]
}

test('ST3: no canary written into records, ids, audit or sync rows is in the profile, locked or killed', async () => {
  const canaries = Array.from({ length: 40 }, () => bytesToHex(randomBytes(12)))
  const [id, stream, collectionName, date, code, title, resource, audit, table, rowKey, value, ...others] = canaries
  const record = storedRecord(id!, { stream: stream!, collectionName: collectionName!, date: date!, code: code! })
  const name = createSlotName()
  const key = [...randomBytes(32)]
  let browser = await start('canary')
  let page = await browser.newPage(origin)
  await open(page, name, key)
  const commit = {
    records: [{ ...record, title: title!, resource: resource! }, ...others.map((text) => storedRecord(text, { text }))],
    audit: [storedRecord(audit!)],
    sync: [{ table: table!, key: rowKey!, value: value! }],
  }
  await page.evaluate((wanted) => window.api.commit(wanted), commit)
  expect(canariesIn('canary', canaries)).toEqual([])
  await page.evaluate(() => window.api.compact())
  await page.evaluate((wanted) => window.api.commit(wanted), commit)
  await page.evaluate(() => window.api.close())
  expect(canariesIn('canary', canaries)).toEqual([])
  await open(page, name, key)
  expect(await page.evaluate(() => window.api.count())).toBe(others.length + 1)
  await kill(browser)
  expect(canariesIn('canary', canaries)).toEqual([])

  browser = await start('canary')
  page = await browser.newPage(origin)
  await page.evaluate((texts) => window.api.writePlaintext(texts), canaries)
  await kill(browser)
  expect(canariesIn('canary', canaries).sort()).toEqual(canaries.toSorted())
})

function hold(page: Page): Promise<string> {
  return page.evaluate(() => window.api.hold('one'))
}

test('ST8: a second tab is told that the store is in use, until the first lets go or goes away', async () => {
  const browser = await start('tabs')
  const [first, second] = [await browser.newPage(origin), await browser.newPage(origin)]
  expect(await hold(first)).toBe('held')
  expect(await hold(second)).toBe('in-use')
  await first.evaluate(() => window.api.letGo('one'))
  expect(await hold(second)).toBe('held')
  expect(await hold(first)).toBe('in-use')
  await second.close()
  await expect.poll(() => hold(first), { timeout: 20_000 }).toBe('held')
  await kill(browser)
})

test('ST1: 10,000 records are written and opened again in Chromium', async () => {
  const browser = await start('many')
  const page = await browser.newPage(origin)
  const figures = await page.evaluate(() => window.api.measure(10_000))
  expect(figures['count']).toBe(10_000)
  console.log(
    'Chromium, 10,000 records, ms:',
    JSON.stringify(figures, (_, n) => (typeof n === 'number' ? Math.round(n) : n)),
  )
  await kill(browser)
})
