/**
 * A clock that steps back: sync once with the clock 60 s fast, correct it, write offline, start again. RxDB's Dexie storage
 * is the control: its change cursor is the clock, and the write is never pushed, while RxDB says that all is in sync.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from '@chartkeep/crypto'
import { createSlotName } from '@chartkeep/store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleForBrowser, servePage, startBrowser, type OwnedBrowser } from './browser.ts'
import type { ClockPageApi, Life } from './clock-page.ts'

declare const window: { api: ClockPageApi }

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-clock-'))
let browser: OwnedBrowser
let server: Server
let origin = ''

beforeAll(async () => {
  ;({ origin, server } = await servePage(await bundleForBrowser(join(import.meta.dirname, 'clock-page.ts'))))
  browser = await startBrowser(join(folder, 'profile'))
})

afterAll(async () => {
  await browser.kill()
  server.close()
  rmSync(folder, { recursive: true, maxRetries: 5 })
})

/** Each life is a page of its own: RxDB remembers the latest time that it has seen for as long as a page lives. */
async function livesOf(storage: Life['storage']): Promise<string[][]> {
  const shared = { storage, name: createSlotName(), key: [...randomBytes(32)] }
  const pushed: string[][] = []
  for (const own of [
    { clockAheadMs: 60_000, write: 'synced', isOnline: true },
    { clockAheadMs: 0, write: 'offline', isOnline: false },
    { clockAheadMs: 0, write: null, isOnline: true },
  ]) {
    const page = await browser.newPage(origin)
    pushed.push(await page.evaluate((life) => window.api.live(life), { ...shared, ...own }))
    await page.close()
  }
  return pushed
}

test('ST7: a clock that steps back hides no offline write from RxDB’s replication', async () => {
  expect(await livesOf('sealed')).toEqual([['synced'], [], ['offline']])
})

test('ST7: the control, RxDB’s Dexie storage, loses that write and says that all is in sync', async () => {
  expect(await livesOf('dexie')).toEqual([['synced'], [], []])
})
