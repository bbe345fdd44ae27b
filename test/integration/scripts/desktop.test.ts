/** The bundled desktop program, and `npm run desktop` on a machine without Electron's binary. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Script, createContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleDesktop } from '../../../scripts/desktop-build.mjs'

const repository = resolve(import.meta.dirname, '../../..')
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chartkeep-desktop-build-'))
  await bundleDesktop(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What a sandboxed preload may require: https://www.electronjs.org/docs/latest/tutorial/sandbox#preload-scripts */
const SANDBOXED = new Set(['electron', 'events', 'timers', 'url', 'node:events', 'node:timers', 'node:url'])

test('preload.cjs is one CommonJS file, requires what a sandboxed window has, and installs the platform', async () => {
  const code = readFileSync(join(folder, 'preload.cjs'), 'utf8')
  const required: string[] = []
  const asked: unknown[][] = []
  const world = createContext({ setTimeout, URL })
  const ipcRenderer = {
    invoke: async (...given: unknown[]) => {
      asked.push(given)
      return given[0] === 'shell-ready' ? [{ type: 'code', text: 'chartkeep:share/v1/a' }] : true
    },
    on: () => undefined,
  }
  // The page's world gets the function as text, as Electron hands it over.
  const contextBridge = {
    executeInMainWorld: ({ func, args }: { func: () => void; args: unknown[] }) => {
      world['args'] = args
      new Script(`(${func.toString()})(...args)`).runInContext(world)
    },
  }
  const module = { exports: {} }
  const load = (name: string) => {
    required.push(name)
    return name === 'electron' ? { contextBridge, ipcRenderer } : createRequire(import.meta.url)(name)
  }
  new Script(`(function (require, module, exports) {${code}\n})`).runInThisContext()(load, module, module.exports)
  expect(required.filter((name) => !SANDBOXED.has(name))).toEqual([])
  const platform = new Script('chartkeepPlatform').runInContext(world)
  expect(platform.kind).toBe('electron')
  expect(await platform.systemKeys.available()).toBe(true)
  const told: unknown[] = []
  platform.shell.listen((event: unknown) => told.push(event))
  await expect.poll(() => told).toEqual([{ type: 'code', text: 'chartkeep:share/v1/a' }])
  expect(asked.map(([channel]) => channel)).toEqual(['keys-available', 'shell-ready'])
})

test('main.mjs imports Electron and parts of Node, and carries no code of a test', () => {
  const code = readFileSync(join(folder, 'main.mjs'), 'utf8')
  const imported = [...code.matchAll(/^import .*from "([^"]+)"/gmu)].map(([, name]) => name!)
  expect(imported).toContain('electron')
  expect(imported.filter((name) => name !== 'electron' && !name.startsWith('node:'))).toEqual([])
  expect(code).not.toContain('fake')
})

test('without Electron’s binary npm run desktop says what to do', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/desktop.mjs'], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, ELECTRON_DIST: join(folder, 'nowhere') },
  })
  expect(status).toBe(2)
  expect(stderr).toContain('ELECTRON_DIST=<folder> npm run desktop')
  expect(stderr).toContain('npm run desktop -- --browser')
})
