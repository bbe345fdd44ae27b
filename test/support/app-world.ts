/**
 * The world of the end-to-end tests: the built app, the real server as a process of its own, and Chromium profiles on
 * the disk, one for each device of a person. Server and browsers can be killed as by a power cut and started again on
 * the same files. Everything talks to localhost only, lies in one temporary folder and is gone after `close`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { buildApp, builtApp } from '../../scripts/app-build.mjs'
import { chromium as windowedChromium, chromiumFlags, testedChromium } from '../../scripts/browser.mjs'
import { pinnedNode, repository } from '../../scripts/pinned-node.mjs'
import { failureFolder } from '../../scripts/test-report.mjs'

// There is no card to speak to: a process less for each device.
const FLAGS = [...chromiumFlags, '--in-process-gpu']

const ANDROID =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Mobile Safari/537.36'

/** What a person may hold in the hand. */
export type DeviceKind = 'laptop' | 'phone'

const SHAPES = {
  laptop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, userAgent: ANDROID },
} as const satisfies Record<DeviceKind, BrowserContextOptions>

/** The server of a world. */
export interface AppServer {
  /** Where it listens, `http://localhost:<port>`. */
  readonly address: string
  /** What people open: the address, or the `origin` of the world. */
  readonly origin: string
  /** The folder of its files. */
  readonly data: string
  /** All that it wrote to stdout and stderr since the world began. */
  output(): string
  start(): Promise<void>
  /** Ends it in its own way. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
}

/** One profile of Chromium with one page of the app. */
export interface Device {
  readonly name: string
  /** The profile's folder. */
  readonly folder: string
  /** The page of the running browser; another one after `start`. */
  readonly page: Page
  readonly context: BrowserContext
  readonly isRunning: boolean
  /** Mistakes that the app's page reported (thrown and not caught, or refused by its content policy). */
  readonly faults: string[]
  /** Starts the browser on the same profile and opens the app. */
  start(): Promise<void>
  /** Ends the browser in its own way. */
  stop(): Promise<void>
  /** SIGKILL to every process of this profile. */
  kill(): Promise<void>
}

export interface World {
  readonly folder: string
  readonly server: AppServer
  /** A new profile, started on the app; `flags` beside the usual ones. `copyOf`: the folder of a profile that it begins as. */
  device(name: string, kind?: DeviceKind, flags?: readonly string[], copyOf?: string): Promise<Device>
  /** What every running device shows, in words and as a picture, and the server's output, for a test that failed. */
  showFailure(): Promise<void>
  close(): Promise<void>
}

/**
 * Builds the app where its sources changed, starts the server, and lends devices. CHARTKEEP_BUILT_APP names the folder
 * of an app that was built elsewhere, to test that one. `settings`: of the server, as its environment. `keepsShell`: false
 * where nothing is about the app without its server; each device is then spared the 130 files of its service worker.
 * `hasWindows`: browsers that can show windows, where notifications are: the one without refuses them whatever it is granted.
 * `origin`: what the browsers take the server for, `http://<name>.localhost`; `serverFiles`: the folder that its files begin as.
 */
export async function openWorld({
  logLevel = 'warn',
  demo = false,
  keepsShell = true,
  hasWindows = false,
  settings = {} as Record<string, string>,
  origin = '',
  serverFiles = '',
} = {}): Promise<World> {
  const built = process.env['CHARTKEEP_BUILT_APP']
  if (!built) await buildApp()
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-world-'))
  // A copy, so that a build for another test changes nothing under a running one.
  const app = join(folder, 'app')
  cpSync(built || builtApp, app, { recursive: true })
  const data = join(folder, 'server')
  if (serverFiles) cpSync(serverFiles, data, { recursive: true })
  const server = await createAppServer({ app, data, logLevel, demo, settings, origin })
  await server.start()
  const { host } = new URL(server.address)
  const ways = origin ? [`--host-resolver-rules=MAP ${new URL(origin).hostname} ${host}`] : []
  const devices: Device[] = []
  return {
    folder,
    server,
    async device(name, kind = 'laptop', flags = [], copyOf = '') {
      const profile = join(folder, `profile-${name}`)
      if (copyOf) cpSync(copyOf, profile, { recursive: true })
      const device = createDevice(name, profile, kind, server.origin, [...ways, ...flags], { keepsShell, hasWindows })
      devices.push(device)
      await device.start()
      return device
    },
    async showFailure() {
      mkdirSync(failureFolder, { recursive: true })
      const { expect } = await import('vitest')
      const test = basename(expect.getState().testPath ?? 'journey')
      for (const device of devices) {
        if (!device.isRunning) continue
        // Said first: a page that hangs takes no picture.
        const shown = await whatIsShown(device)
        appendFileSync(join(failureFolder, `${test}.txt`), `${shown}\n`)
        console.error(shown, device.faults)
        const picture = join(failureFolder, `${test}-${device.name}.png`)
        await device.page.screenshot({ path: picture, timeout: 5000 }).catch(() => {})
      }
      console.error(server.output().slice(-1500))
    },
    async close() {
      await Promise.all(devices.map((device) => device.kill()))
      await server.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

async function createAppServer(given: {
  app: string
  data: string
  logLevel: string
  demo: boolean
  settings: Record<string, string>
  origin: string
}): Promise<AppServer> {
  const port = await freePort()
  const address = `http://localhost:${port}`
  const origin = given.origin || address
  let child: ChildProcess | null = null
  let output = ''
  const end = async (signal: NodeJS.Signals) => {
    const ending = child
    child = null
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const gone = new Promise((resolve) => ending.once('exit', resolve))
    ending.kill(signal)
    await gone
  }
  return {
    address,
    origin,
    data: given.data,
    output: () => output,
    async start() {
      const started = spawn(pinnedNode, [join(repository, 'sync-server/src/main.ts')], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
          HOME: given.data,
          CHARTKEEP_PORT: String(port),
          CHARTKEEP_ORIGIN: origin,
          CHARTKEEP_DATA: given.data,
          CHARTKEEP_APP: given.app,
          CHARTKEEP_LOG: given.logLevel,
          CHARTKEEP_DEMO: given.demo ? '1' : '',
          ...given.settings,
        },
      })
      child = started
      for (const stream of [started.stdout, started.stderr]) stream.on('data', (text) => (output += String(text)))
      await waitFor(`the server at ${address}`, async () => {
        if (started.exitCode !== null) throw new Error(`The server ended with ${started.exitCode}:\n${output}`)
        return (await fetch(`${address}/healthz`).catch(() => null))?.ok === true
      })
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function createDevice(
  name: string,
  folder: string,
  kind: DeviceKind,
  address: string,
  flags: readonly string[],
  { keepsShell, hasWindows }: { keepsShell: boolean; hasWindows: boolean },
): Device {
  let context: BrowserContext | null = null
  let page: Page | null = null
  const faults: string[] = []
  const running = <T>(part: T | null): T => {
    if (part === null) throw new Error(`The device "${name}" is not running.`)
    return part
  }
  return {
    name,
    folder,
    faults,
    get page() {
      return running(page)
    },
    get isRunning() {
      return page !== null
    },
    get context() {
      return running(context)
    },
    async start() {
      mkdirSync(folder, { recursive: true })
      // The lock of a killed run must not stop us.
      for (const lock of ['SingletonLock', 'SingletonCookie', 'SingletonSocket'])
        rmSync(join(folder, lock), { force: true })
      context = await chromium.launchPersistentContext(folder, {
        executablePath: hasWindows ? windowedChromium : testedChromium(),
        args: [...FLAGS, ...flags],
        locale: 'en-US',
        timezoneId: 'Asia/Taipei',
        reducedMotion: 'reduce',
        colorScheme: 'light',
        acceptDownloads: true,
        serviceWorkers: keepsShell ? 'allow' : 'block',
        ...SHAPES[kind],
      })
      // Of a machine with ten times the work that it can do.
      context.setDefaultTimeout(60_000)
      page = context.pages()[0] ?? (await context.newPage())
      // From the beginning: taking over the dialogue only when it is waited for may come after the press that opens it.
      page.on('filechooser', () => {})
      page.on('pageerror', (error) => faults.push(error.message))
      page.on('console', (message) => {
        // A server that is not there is no mistake of the app.
        if (message.type() === 'error' && !/Failed to load resource|WebSocket connection|ERR_/u.test(message.text()))
          faults.push(message.text())
      })
      await page.goto(address)
    },
    async stop() {
      await context?.close()
      context = null
      page = null
    },
    async kill() {
      const ending = context
      context = null
      page = null
      killProfile(folder)
      await ending?.close().catch(() => {})
      await waitFor(`the end of ${name}`, async () => processesOf(folder).length === 0)
    },
  }
}

/** SIGKILL to all processes that were started on this profile, which no one but us has. */
function killProfile(folder: string): void {
  for (const id of processesOf(folder)) {
    try {
      process.kill(id, 'SIGKILL')
    } catch {
      // It ended by itself meanwhile.
    }
  }
}

function processesOf(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`--user-data-dir=${folder}\0`) &&
          !/^State:\s+Z/mu.test(readFileSync(`/proc/${name}/status`, 'utf8'))
        )
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Where a device stands and what can be read on it, in a few words for the end of a run's output. */
async function whatIsShown({ name, page, faults }: Device): Promise<string> {
  const read = (selector: string) =>
    page
      .locator(selector)
      .first()
      .innerText({ timeout: 2000 })
      .then((text) => text.replace(/\s+/gu, ' ').trim())
      .catch(() => '(nothing)')
  const { pathname, hash } = new URL(page.url())
  const [title, text] = [await read('h1'), await read('body')]
  return `${name} at ${pathname}${hash} "${title}": ${text.slice(0, 200)}${faults.map((fault) => ` FAULT ${fault.slice(0, 200)}`).join('')}`
}

/** Asks again until `isTrue`, at most `seconds`; throws with `what` after that. */
export async function waitFor(what: string, isTrue: () => Promise<boolean>, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`Waited ${seconds} seconds for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** All files under a folder that can be read at this moment, with their bytes. */
export function* filesOf(folder: string): Generator<{ path: string; bytes: Buffer }> {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesOf(path)
    else if (entry.isFile()) {
      try {
        yield { path, bytes: readFileSync(path) }
      } catch {
        // A running browser removes files of its own.
      }
    }
  }
}
