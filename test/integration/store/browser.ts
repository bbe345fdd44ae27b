/**
 * A real Chromium with a profile on the disk, whose process we own: it can be killed as by a power cut.
 * A page gets one bundled module, served from this process.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { build } from 'vite'
import { chromiumFlags, testedChromium } from '../../../scripts/browser.mjs'

const FLAGS = ['--headless=new', '--remote-debugging-port=0', ...chromiumFlags]

/** Bundles `entry` (a TypeScript module) into one script for the browser. */
export async function bundleForBrowser(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'page' } },
  })
  const [result] = Array.isArray(built) ? built : [built]
  if (!result || !('output' in result)) throw new Error('the bundle has no output')
  const [chunk] = result.output
  return chunk.code
}

/** Serves an empty page with `script` at every path; a real origin, because IndexedDB and Web Locks need one. */
export async function servePage(script: string): Promise<{ origin: string; server: Server }> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, server }
}

/** A running Chromium. */
export interface OwnedBrowser {
  /** For its first process, and the number of the group that all of them are in. */
  readonly pid: number
  newPage(url: string): Promise<Page>
  /** SIGKILL to all of its processes; resolves when they are gone. */
  kill(): Promise<void>
  close(): Promise<void>
}

/** Starts Chromium on the profile in `folder`, which may be the one of a killed run. */
export async function startBrowser(folder: string): Promise<OwnedBrowser> {
  const portFile = join(folder, 'DevToolsActivePort')
  rmSync(portFile, { force: true })
  // For its own process group, so that a kill reaches the children too; the lock of a killed run must not stop us.
  rmSync(join(folder, 'SingletonLock'), { force: true })
  const child = spawn(testedChromium(), [...FLAGS, `--user-data-dir=${folder}`], { detached: true, stdio: 'ignore' })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const browser = await connect(child, portFile).catch((error: unknown) => {
    process.kill(-child.pid!, 'SIGKILL')
    throw error
  })
  return {
    pid: child.pid!,
    async newPage(url) {
      const context = browser.contexts()[0]!
      const page = await context.newPage()
      await page.goto(url)
      await page.waitForFunction('window.ready === true')
      return page
    },
    async kill() {
      process.kill(-child.pid!, 'SIGKILL')
      await gone
      await browser.close().catch(() => {})
    },
    async close() {
      const session = await browser.newBrowserCDPSession()
      await session.send('Browser.close').catch(() => {})
      await gone
    },
  }
}

/** Chromium that is just starting may leave the first attempt without an answer for ever; the next one gets it. */
async function attach(address: string, attempts = 3): Promise<Browser> {
  try {
    return await chromium.connectOverCDP(address, { timeout: 20_000 })
  } catch (error) {
    if (attempts <= 1) throw error
    return attach(address, attempts - 1)
  }
}

async function connect(child: ChildProcess, portFile: string): Promise<Browser> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (child.exitCode !== null) throw new Error(`chromium ended with ${child.exitCode}`)
    const port = existsSync(portFile) ? readFileSync(portFile, 'utf8').split('\n')[0] : ''
    if (port) return attach(`http://127.0.0.1:${port}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('chromium did not open its debugging port')
}
