/**
 * What Chromium does to IndexedDB when the last write of a killed browser was torn, and that the settled disk survives it.
 * The tear is made by hand: the last bytes of LevelDB's log file are cut off while no browser runs.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { createSlotName } from '@chartkeep/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleForBrowser, servePage, startBrowser, type OwnedBrowser } from './browser.ts'
import type { PageApi } from './page.ts'

declare const window: { api: PageApi; acknowledge(name: string): void }

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-torn-'))
const key = [...randomBytes(32)]
let browser: OwnedBrowser | null = null
let origin = ''
let server: Server

beforeAll(async () => {
  ;({ origin, server } = await servePage(await bundleForBrowser(join(import.meta.dirname, 'page.ts'))))
})

afterAll(async () => {
  await browser?.kill()
  server.close()
  rmSync(folder, { recursive: true, maxRetries: 5 })
})

/** LevelDB's log files of a profile, oldest first. */
function logFiles(profile: string): string[] {
  const databases = join(profile, 'Default/IndexedDB')
  const name = readdirSync(databases).find((entry) => entry.endsWith('.leveldb'))
  const logs = readdirSync(join(databases, name ?? '')).filter((file) => file.endsWith('.log'))
  return logs.toSorted().map((file) => join(databases, name ?? '', file))
}

/**
 * Three lives of a browser, each killed; after the first the last write is torn.
 * @returns the writes that are missing in the third, and whether the torn file was gone after the second
 */
async function livesAndDies(name: string, isSettled: boolean): Promise<{ missing: number; isTornFileGone: boolean }> {
  const profile = join(folder, name)
  const slot = createSlotName()
  const acknowledged: string[] = []
  let torn = ''
  let isTornFileGone = false
  for (const life of [1, 2, 3]) {
    browser = await startBrowser(profile)
    const page = await browser.newPage(origin)
    if (isSettled) expect(await page.evaluate((held) => window.api.holdSettled(held), slot)).toBe('held')
    expect(await page.evaluate(([s, k]) => window.api.open(s, k), [slot, key] as const)).toBe('open')
    const missing = await page.evaluate((names) => window.api.missing(names), acknowledged)
    if (life === 3) {
      await browser.kill()
      browser = null
      return { missing: missing.length, isTornFileGone }
    }
    await page.exposeFunction('acknowledge', (written: string) => void acknowledged.push(written))
    const written = acknowledged.length
    page.evaluate((r) => window.api.writeForEver(String(r), window.acknowledge), life).catch(() => {})
    await expect.poll(() => acknowledged.length, { interval: 5, timeout: 60_000 }).toBeGreaterThan(written + 8)
    await browser.kill()
    if (life === 2) isTornFileGone = !logFiles(profile).includes(torn)
    else {
      torn = logFiles(profile).at(-1) ?? ''
      truncateSync(torn, statSync(torn).size - 50)
      // The tear took the last write with it; what was acknowledged before it lies deeper.
      acknowledged.splice(-2)
    }
  }
  throw new Error('there is no fourth life')
}

test('ST24: after a last write that was torn Chromium deletes everything at the second start (the control)', async () => {
  const { missing, isTornFileGone } = await livesAndDies('left', false)
  expect(isTornFileGone).toBe(false)
  expect(missing, 'Chromium keeps it now: the settled disk is not needed any more').toBeGreaterThan(0)
}, 120_000)

test('ST24: a store that was left open settles the disk when it is opened again, and nothing is lost', async () => {
  expect(await livesAndDies('settled', true)).toEqual({ missing: 0, isTornFileGone: true })
}, 120_000)
