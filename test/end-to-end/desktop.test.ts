/**
 * The desktop app in Chromium: its files, headers and platform, from the program's own functions, with the requests of its main process answered by the
 * test. Not shown here: Electron itself, the tray, and the system's real key storage.
 */
import { chromium as browserType, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest'
import { installPlatform, serveDesktopApp } from '@chartkeep/desktop'
import { buildApp, builtApp } from '../../scripts/app-build.mjs'
import { chromiumFlags, testedChromium } from '../../scripts/browser.mjs'
import { createAccount, unlock } from '../support/app-actions.ts'
import { goToHash } from '../support/app-pictures.ts'

let browser: Browser
let page: Page
let server: Awaited<ReturnType<typeof serveDesktopApp>>
const faults: string[] = []

/** What the preload script would send to the main process. */
interface MainProcess {
  reports: { isUnlocked: boolean; waiting: number; language: string }[]
  tell: ((event: { type: string }) => void) | null
  settings: { keepsRunning: boolean | null; startsWithSystem: boolean }
}

beforeAll(async () => {
  await buildApp()
  server = await serveDesktopApp(builtApp, 0)
  browser = await browserType.launch({
    executablePath: testedChromium(),
    args: [...chromiumFlags],
    ignoreDefaultArgs: ['--disable-features'],
  })
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  // The functions that the preload script gives the page, with answers of a main process.
  await page.addInitScript(() => {
    const main: MainProcess = { reports: [], tell: null, settings: { keepsRunning: null, startsWithSystem: false } }
    const shell = {
      listen(listener: (event: { type: string }) => void) {
        main.tell = listener
        return () => void (main.tell = null)
      },
      report: (state: MainProcess['reports'][number]) => void main.reports.push(state),
      settings: async () => main.settings,
      change: async (changes: object) => (main.settings = { ...main.settings, ...changes }),
    }
    Object.assign(globalThis, { main, shell })
  })
  await page.route('**/desktop-platform.js', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: `(${installPlatform.toString()})(null, globalThis.shell)` }),
  )
  await page.goto(server.address)
}, 300_000)
afterAll(async () => {
  await browser?.close()
  server?.server.close()
})

const lastReport = () =>
  page.evaluate(() => (globalThis as unknown as { main: MainProcess }).main.reports.at(-1) ?? null)
const tell = (type: string) =>
  page.evaluate((name) => (globalThis as unknown as { main: MainProcess }).main.tell?.({ type: name }), type)
const unlockTitle = () => page.getByRole('heading', { level: 1, name: 'Unlock' })

test('the desktop app starts a chart with no server, and reports to the tray what it may say', async () => {
  onTestFailed(async () => console.log(await page.locator('body').innerText()))
  expect(await lastReport()).toMatchObject({ isUnlocked: false, waiting: 0 })
  await createAccount(page, { name: 'Mei Chen', hasServer: false })
  await expect.poll(lastReport).toMatchObject({ isUnlocked: true, language: 'en' })
  expect(JSON.stringify(await lastReport())).not.toContain('Mei')
})

test.each(['suspend', 'lock-screen'])('%s of the computer locks, and the four words unlock again', async (event) => {
  await tell(event)
  await unlockTitle().waitFor({ timeout: 60_000 })
  await page.getByText('asleep', { exact: false }).waitFor()
  await unlock(page)
})

test('where the person chose not to lock on sleep, sleep leaves the chart open, and Lock now in the tray locks', async () => {
  await goToHash(page, '#/settings')
  await page.getByLabel('Also lock when this device was asleep').uncheck()
  await tell('suspend')
  await tell('resume')
  expect(await unlockTitle().count()).toBe(0)
  await tell('lock')
  await unlockTitle().waitFor({ timeout: 60_000 })
  await unlock(page)
})

test('Settings keeps what the desktop program does on this computer', async () => {
  await goToHash(page, '#/settings')
  const card = page.getByRole('region', { name: 'This computer' })
  await card.getByLabel('Start when I sign in to this computer').check()
  await card.getByLabel('Keep running when I close the window').check()
  const settings = await page.evaluate(() => (globalThis as unknown as { main: MainProcess }).main.settings)
  expect(settings).toEqual({ keepsRunning: true, startsWithSystem: true })
})

test('the desktop’s own policy refused nothing that the app needs', () => {
  expect(faults).toEqual([])
})
