/** First sync in Chromium, into a durable store: ours, and RxDB with Dexie in plaintext; each time in a browser of its own with a fresh profile. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TABLE } from '@chartkeep/sync/testing'
import type { Page } from 'playwright-core'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { repository } from '../../scripts/pinned-node.mjs'
import { bundleForBrowser, startBrowser } from '../../test/integration/store/browser.ts'
import { freePort, startServerProcess } from '../../test/support/server-process.ts'
import { browserSecondsOf, cpuSecondsOf, type BrowserSeconds } from '../support/process-figures.ts'
import { openControlClient } from './control-client.ts'
import { controlRow, startControlServer } from './control.ts'
import { confirmed, machineOf, newDevice, newPatient } from './device.ts'
import { importRecords, SOURCE } from './ours.ts'
import type { SyncPage } from './page.ts'
import { profileFolder } from './phase.ts'

declare const window: { api: SyncPage }

/** One first sync: time in ms, processor seconds of the browser's parts and of the server. */
export interface ChromiumRun extends BrowserSeconds {
  ms: number
  server: number
}

export interface ChromiumFigures {
  ours: ChromiumRun[]
  control: ChromiumRun[]
}

/** A folder with the page and its script, to be served by the server that is measured. */
async function makePages(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-page-'))
  writeFileSync(join(folder, 'page.js'), await bundleForBrowser(join(repository, 'bench/sync/page.ts')))
  writeFileSync(join(folder, 'opener.js'), await bundleForBrowser(join(repository, 'bench/sync/opener-worker.ts')))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/page.js"></script>')
  return folder
}

/** `work` in a page that tells when what is measured begins and when it ends. */
async function inBrowser(
  address: string,
  serverPid: number,
  records: number,
  work: (page: Page) => Promise<{ ms: number; records: number }>,
): Promise<ChromiumRun> {
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-bench-browser-'))
  const browser = await startBrowser(folder)
  try {
    const page = await browser.newPage(address)
    const marks: (BrowserSeconds & { server: number })[] = []
    await page.exposeFunction('mark', () => {
      marks.push({ ...browserSecondsOf(browser.pid), server: cpuSecondsOf(serverPid) })
    })
    const done = await work(page)
    if (done.records !== records) throw new Error(`the page has ${done.records} of ${records} records`)
    const [before, after] = marks
    if (before === undefined || after === undefined) throw new Error('the page did not say when it began and ended')
    const used = (part: keyof typeof before) => after[part] - before[part]
    return { ms: done.ms, page: used('page'), workers: used('workers'), rest: used('rest'), server: used('server') }
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** With CHARTKEEP_PROFILE a profile of the page's main thread is written. */
async function profiledPage<T>(name: string, page: Page, work: () => Promise<T>): Promise<T> {
  if (profileFolder === null) return work()
  const session = await page.context().newCDPSession(page)
  await session.send('Profiler.enable')
  await session.send('Profiler.start')
  const result = await work()
  const { profile } = await session.send('Profiler.stop')
  writeFileSync(join(profileFolder, `${name}.cpuprofile`), JSON.stringify(profile))
  return result
}

export async function measureChromium(records: number, rounds: number, batchSize: number): Promise<ChromiumFigures> {
  const figures: ChromiumFigures = { ours: [], control: [] }
  const pages = await makePages()
  const data = mkdtempSync(join(tmpdir(), 'chartkeep-bench-server-'))
  const device = newDevice('A')
  const server = await startServerProcess(data, await freePort(), { CHARTKEEP_APP: pages })
  const controlServer = await startControlServer(pages)
  try {
    const { session, chart, code } = await newPatient(device)
    await importRecords(chart, 0, records)
    await session.connectServer(server.address)
    await confirmed(session)
    const heads = machineOf(chart).rows.table(TABLE.head).size
    await session.lock()
    const client = await openControlClient('pusher', getRxStorageMemory() as never, controlServer.address, batchSize)
    for (let first = 0; first < records; first += 500)
      await client.records.bulkInsert(
        Array.from({ length: Math.min(500, records - first) }, (_, offset) => controlRow(first + offset)),
      )
    await (await client.start()).awaitInSync()
    await client.close()

    for (let round = 0; round < rounds; round += 1) {
      const own = server.address.replace('127.0.0.1', 'localhost')
      figures.ours.push(
        await inBrowser(own, server.pid, records, (page) =>
          profiledPage('chromium-first-sync', page, () =>
            page.evaluate((given) => window.api.ours(...given), [code, SOURCE, heads] as const),
          ),
        ),
      )
      figures.control.push(
        await inBrowser(controlServer.address, controlServer.pid, records, (page) =>
          profiledPage('chromium-control', page, () => page.evaluate((given) => window.api.control(given), batchSize)),
        ),
      )
    }
    return figures
  } finally {
    await controlServer.stop()
    await server.stop()
    device.remove()
    for (const folder of [pages, data]) rmSync(folder, { recursive: true, force: true })
  }
}
