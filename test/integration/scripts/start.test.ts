/** `npm start` as a person runs it: a process of its own, a port, a data folder, Ctrl-C. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, readFileSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { whoListens } from '../../../scripts/port.mjs'

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../../..')
const running = new Set<ChildProcess>()
let port: number
let data: string

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'chartkeep-start-'))
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  port = (probe.address() as AddressInfo).port
  probe.close()
  await once(probe, 'close')
})
afterEach(() => {
  // The group: whoever kills only the parent leaves the server behind, and the next test finds its port taken.
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, 'SIGKILL')
})
afterAll(() => rmSync(data, { recursive: true, force: true }))

/** Starts it; `said` grows with what it prints, `ended` is its exit code. */
function start(...args: string[]) {
  const child = spawn(process.execPath, ['scripts/start.mjs', ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, CHARTKEEP_PORT: String(port), CHARTKEEP_DATA: data },
  })
  running.add(child)
  let text = ''
  const listeners = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    text += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  return {
    child,
    ended,
    said: () => text,
    /** Waits until it has printed this; fails with all it said when it ends before. */
    hears: (wanted: RegExp) =>
      new Promise<RegExpExecArray>((found, fail) => {
        const look = () => {
          const match = wanted.exec(text)
          if (match) found(match)
        }
        listeners.add(look)
        look()
        void ended.then(() => fail(new Error(`It ended before it said ${wanted}: ${text}`)))
      }),
  }
}

const fingerprintOf = async (run: ReturnType<typeof start>) => (await run.hears(/fingerprint: (\S.*)\n/))[1]

describe('npm start', () => {
  test('serves the app and the server on one address, says where and whose, and stops on Ctrl-C', async () => {
    const run = start()
    await run.hears(new RegExp(`http://localhost:${port}\\n`))
    expect(await fingerprintOf(run)).toMatch(/\w{4}/)
    await run.hears(new RegExp(`Data folder: ${data}\\n`))

    const page = await fetch(`http://localhost:${port}/`)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('<title>Chartkeep</title>')
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200)
    expect(readdirSync(join(repository, 'packages/app/dist/assets')).filter((file) => /jsx-dev/.test(file))).toEqual([])
    // The build has left a small form of what a first visit asks for, and the list of what the app keeps names each file once.
    const scripts = [
      ...(await (await fetch(`http://localhost:${port}/`)).text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g),
    ]
    expect(scripts.length).toBeGreaterThan(5)
    const dist = join(repository, 'packages/app/dist')
    const sizes = scripts.map(([, path]) => statSync(join(dist, path!)).size)
    const small = scripts.map(([, path]) => statSync(join(dist, `${path}.br`), { throwIfNoEntry: false })?.size ?? 1000)
    const sum = (all: number[]) => all.reduce((before, size) => before + size, 0)
    expect(sum(small)).toBeLessThan(sum(sizes) / 2.5)
    expect(readFileSync(join(dist, 'service-worker.js'), 'utf8')).not.toContain('.br"')
    expect(readdirSync(data).length).toBeGreaterThan(0)

    run.child.kill('SIGINT')
    expect(await run.ended).toBe(0)
    expect(await whoListens(port)).toBe('free')
    expect(run.said()).not.toMatch(/error/i)
  })

  test('continues with the same key where it stopped', async () => {
    const first = start()
    const key = await fingerprintOf(first)
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)

    const second = start()
    expect(await fingerprintOf(second)).toBe(key)
    second.child.kill('SIGINT')
    expect(await second.ended).toBe(0)
  })

  test('says that it runs already, and leaves the running one alone', async () => {
    const first = start()
    await first.hears(/Data folder/)
    const second = start()
    expect(await second.ended).toBe(1)
    expect(second.said()).toContain(`Chartkeep already runs at http://localhost:${port}.`)
    expect(second.said()).toContain(`CHARTKEEP_PORT=${port + 1} npm start`)
    expect(await whoListens(port)).toBe('chartkeep')
    first.child.kill('SIGINT')
    expect(await first.ended).toBe(0)
  })

  test('names the port when another program holds it', async () => {
    const other = createServer((socket) => socket.end()).listen(port, '127.0.0.1')
    await once(other, 'listening')
    try {
      const run = start()
      expect(await run.ended).toBe(1)
      expect(run.said()).toContain(`Port ${port} is used by another program. Nothing was started.`)
    } finally {
      other.close()
    }
  })

  test('offers the sample family only when asked to', async () => {
    const run = start('--demo')
    await run.hears(/Data folder/)
    expect(await (await fetch(`http://localhost:${port}/v1/demo`)).json()).toEqual({ demo: true })
    run.child.kill('SIGINT')
    expect(await run.ended).toBe(0)
  })

  test('refuses an argument that it does not know, before it does anything', async () => {
    const run = start('--prot=80')
    expect(await run.ended).toBe(1)
    expect(run.said()).toBe('Unknown argument "--prot=80". Usage: npm start [-- [--demo] [--config FILE]]\n')
  })
})
