/**
 * The world of the end-to-end tests: the built app, the real server as a process of its own, and Chromium profiles on
 * the disk, one for each device of a person. Server and browsers can be killed as by a power cut and started again on
 * the same files. Everything talks to localhost only, is in one temporary folder and is gone after `close`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { buildApp, builtApp } from '../../scripts/app-build.mjs'
import { chromium as windowedChromium, chromiumFlags, testedChromium } from '../../scripts/browser.mjs'
import { pinnedNode, repository } from '../../scripts/pinned-node.mjs'
import { failureFolder } from '../../scripts/test-report.mjs'
import { keepProfile, madeOnce } from './made-once.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'
import { waitFor } from './waiting.ts'

export { filesOf } from './files-of.ts'
export { waitFor } from './waiting.ts'

/**
 * What all browsers take the server of their world for: what they keep (IndexedDB, compiled code) belongs to scheme, name and port, so that a copy
 * of a profile must find the same. A name under localhost is a secure context.
 */
const ORIGIN = 'http://chartkeep.localhost'

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
  /** What people open: programs ask at the address, browsers here. */
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
  /**
   * Cuts the device's line to the server, or fixes it. Chromium's own way (`context.setOffline`) cuts no socket that is open, and computes without
   * a pause from the first word that the app says over one.
   *
   * @throws in a world without lines
   */
  setOffline(isOffline: boolean): void
}

export interface World {
  readonly folder: string
  readonly server: AppServer
  /**
   * A profile of its own, started on the app; `flags` next to the usual ones. It begins as that of a browser that has been at the app's first screen
   * before, with the shell kept and its code compiled. `copyOf`: the folder of another that it begins as; '' for a browser that never saw the app.
   */
  device(name: string, kind?: DeviceKind, flags?: readonly string[], copyOf?: string): Promise<Device>
  /** What every running device shows, in words and as a picture, and the server's output, for a test that failed. */
  showFailure(): Promise<void>
  close(): Promise<void>
}

/**
 * Builds the app where its sources changed, starts the server, and lends devices. CHARTKEEP_BUILT_APP names the folder
 * of an app that was built elsewhere, to test that build. `settings`: of the server, as its environment. `keepsShell`: false
 * where nothing is about the app without its server; each device is then spared the 130 files of its service worker.
 * `hasWindows`: browsers that can show windows, where notifications are: the one without refuses them whatever it is granted.
 * `serverFiles`: the folder that the server's files begin as. `hasPrograms`: devices in Node sign in too, for which the server is at its address;
 * browsers then have never seen the app there. `hasLines`: each device reaches the server by a line of its own, for {@link Device.setOffline}.
 */
export async function openWorld({
  logLevel = 'warn',
  demo = false,
  keepsShell = true,
  hasWindows = false,
  settings = {} as Record<string, string>,
  serverFiles = '',
  hasPrograms = false,
  hasLines = false,
} = {}): Promise<World> {
  const built = process.env['CHARTKEEP_BUILT_APP']
  if (!built) await buildApp()
  const folder = mkdtempSync(join(tmpdir(), 'chartkeep-world-'))
  // A copy, so that a build for another test changes nothing under a running one.
  const app = join(folder, 'app')
  cpSync(built || builtApp, app, { recursive: true })
  const data = join(folder, 'server')
  if (serverFiles) cpSync(serverFiles, data, { recursive: true })
  const server = await createAppServer({ app, data, logLevel, demo, settings, hasPrograms })
  await server.start()
  const { host, port } = new URL(server.address)
  const devices: Device[] = []
  const lines: TcpProxy[] = []
  const lineTo = async (): Promise<TcpProxy | null> => {
    if (!hasLines) return null
    const line = await startTcpProxy()
    line.target = Number(port)
    lines.push(line)
    return line
  }
  return {
    folder,
    server,
    async device(name, kind = 'laptop', flags = [], copyOf) {
      const profile = join(folder, `profile-${name}`)
      const beginning = copyOf ?? (hasPrograms ? '' : await knownProfile())
      if (beginning) cpSync(beginning, profile, { recursive: true })
      const line = await lineTo()
      const way = `--host-resolver-rules=MAP ${new URL(ORIGIN).hostname} ${line === null ? host : new URL(line.address).host}`
      const device = createDevice(name, profile, kind, server.origin, [way, ...flags], { keepsShell, hasWindows, line })
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
      await Promise.all(lines.map((line) => line.close()))
      await server.stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** The profile of a browser that has been at the app's first screen: made once for a build. */
function knownProfile(): Promise<string> {
  return madeOnce('known-profile', [import.meta.filename], async (folder) => {
    const world = await openWorld()
    try {
      const device = await world.device('first', 'laptop', [], '')
      await device.page.evaluate(async () => void (await navigator.serviceWorker.ready))
      await device.stop()
      keepProfile(device.folder, folder)
    } finally {
      await world.close()
    }
  })
}

async function createAppServer(given: {
  app: string
  data: string
  logLevel: string
  demo: boolean
  settings: Record<string, string>
  hasPrograms: boolean
}): Promise<AppServer> {
  const port = await freePort()
  const address = `http://localhost:${port}`
  const origin = given.hasPrograms ? address : ORIGIN
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
  { keepsShell, hasWindows, line }: { keepsShell: boolean; hasWindows: boolean; line: TcpProxy | null },
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
      // For a machine with ten times the work that it can do.
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
    setOffline(isOffline) {
      if (line === null) throw new Error(`The device "${name}" has no line of its own: openWorld({ hasLines: true }).`)
      line.set(isOffline ? { type: 'storm', ms: 0 } : null)
      if (isOffline) line.resetAll()
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

/** Where a device is and what can be read on it, in a few words for the end of a run's output. */
async function whatIsShown({ name, page, faults }: Device): Promise<string> {
  const read = (selector: string) =>
    page
      .locator(selector)
      .first()
      .innerText({ timeout: 2000 })
      .then((text) => text.replace(/\s+/gu, ' ').trim())
      .catch(() => '(nothing)')
  const { pathname, hash } = new URL(page.url())
  const [title, text, all] = [await read('h1'), await read('#main-content'), await read('body')]
  return `${name} at ${pathname}${hash} "${title}": ${text.slice(0, 600)} / ${all.slice(0, 200)}${faults.map((fault) => ` FAULT ${fault.slice(0, 200)}`).join('')}`
}
