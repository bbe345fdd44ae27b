/** `npm run compare`: a build against what a real server hands out, and two builds of one checkout against each other. */
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp, builtApp } from '../../../scripts/app-build.mjs'
import { BUILD_LIST, filesOf, readBuildList, rootOf, type BuildList } from '../../../scripts/build-list.mjs'
import { compareWithServer } from '../../../scripts/compare.mjs'
import { freePort, startServerProcess, type ServerProcess } from '../../support/server-process.ts'

const repository = resolve(import.meta.dirname, '../../..')
let place: string
let ours: BuildList

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'chartkeep-compare-'))
  await buildApp()
  ours = readBuildList(readFileSync(join(builtApp, BUILD_LIST), 'utf8'))!
}, 300_000)
afterAll(() => rmSync(place, { recursive: true, force: true }))

describe('a server that hands out the app of this checkout, or another', () => {
  let folder: string
  let server: ServerProcess

  beforeAll(async () => {
    folder = join(place, 'handed-out')
    cpSync(builtApp, folder, { recursive: true })
    const port = await freePort()
    server = await startServerProcess(join(place, 'data'), port, { CHARTKEEP_APP: folder })
  })
  afterAll(() => server?.stop())

  const named = async () => (await compareWithServer(server.address, ours)).map(({ what, path }) => `${what} ${path}`)
  /** Does something to the folder, looks, and puts the folder back. */
  async function after(change: () => void, path: string): Promise<string[]> {
    const before = readFileSync(join(folder, path))
    change()
    try {
      return await named()
    } finally {
      writeFileSync(join(folder, path), before)
    }
  }
  const script = () => Object.keys(ours.files).find((path) => /^assets\/index-.*\.js$/u.test(path))!

  test('the same app has no difference', async () => {
    expect(Object.keys(ours.files).length).toBeGreaterThan(100)
    expect(await named()).toEqual([])
  })

  test('one changed byte of a script is named, though its compressed form is as it was', async () => {
    const path = script()
    const changed = readFileSync(join(folder, path))
    changed[100] = changed[100]! ^ 1
    expect(await after(() => writeFileSync(join(folder, path), changed), path)).toEqual([`differs ${path}`])
  })

  test('a compressed form that holds another script is named, though the script itself is as it was', async () => {
    const path = script()
    const other = readdirSync(join(folder, 'assets')).find(
      (name) => name.endsWith('.js.br') && !path.includes(name.slice(0, -3)),
    )!
    const change = () => cpSync(join(folder, 'assets', other), join(folder, `${path}.br`))
    expect(await after(change, `${path}.br`)).toEqual([`differs ${path}`])
  })

  test('a missing file is named', async () => {
    const path = Object.keys(ours.files).find((name) => name.endsWith('.png'))!
    expect(await after(() => rmSync(join(folder, path)), path)).toEqual([`missing ${path}`])
  })

  test('a script that was added to the page is named, by the page and by its address', async () => {
    const add = () => appendFileSync(join(folder, 'index.html'), '<script src="/assets/more.js"></script>')
    expect(await after(add, 'index.html')).toEqual(['differs /', 'differs index.html'])
  })

  test('a file that only the list of the server names is told, and a list that contradicts itself too', async () => {
    const files = { ...ours.files, 'assets/more.js': 'a'.repeat(64) }
    const more = JSON.stringify({ ...ours, files, root: rootOf(files) })
    expect(await after(() => writeFileSync(join(folder, BUILD_LIST), more), BUILD_LIST)).toEqual([
      'added assets/more.js',
    ])
    const lying = JSON.stringify({ ...ours, files })
    expect(await after(() => writeFileSync(join(folder, BUILD_LIST), lying), BUILD_LIST)).toEqual([
      `unreadable ${BUILD_LIST}`,
    ])
  })

  test('the program ends with 0 where nothing differs, and with 2 and a sentence without an address or a server', async () => {
    const run = (...args: string[]) =>
      spawnSync(process.execPath, ['scripts/compare.mjs', ...args], { cwd: repository, encoding: 'utf8' })
    const same = run(server.address)
    expect(same.stdout).toContain('hands out the app of this checkout')
    expect(same.status).toBe(0)
    expect(run().status).toBe(2)
    const nobody = run(`http://127.0.0.1:${await freePort()}`)
    expect(nobody.status).toBe(2)
  }, 60_000)
})

test('a server that gives browsers another page than other programs is found', async () => {
  const page = readFileSync(join(builtApp, 'index.html'))
  const two = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname).slice(1)
    const isBrowser = request.headers['user-agent']?.startsWith('Mozilla') === true
    if (isBrowser && (path === '' || path === 'index.html')) return response.end(`${page.toString()}<!-- -->`)
    return response.end(readFileSync(join(builtApp, path === '' ? 'index.html' : path)))
  })
  await new Promise<void>((ready) => two.listen(0, '127.0.0.1', ready))
  const { port } = two.address() as AddressInfo
  const found = await compareWithServer(`http://127.0.0.1:${port}`, ours)
  two.close()
  expect(found.map(({ what, path }) => `${what} ${path}`)).toEqual(['differs /', 'differs index.html'])
})

test('the root is what sha256sum gives over its own lines', () => {
  const files = filesOf(builtApp)
  expect(rootOf(files)).toBe(ours.root)
  const lines = spawnSync('sha256sum', Object.keys(files), { cwd: builtApp, encoding: 'utf8' }).stdout
  const root = spawnSync('sha256sum', { input: lines, encoding: 'utf8' }).stdout.slice(0, 64)
  expect(root).toBe(ours.root)
})

test.each([
  ['no JSON', '{'],
  ['no files', '{"root":""}'],
  ['a path that leaves the folder', JSON.stringify({ files: { '../x': 'a'.repeat(64) } })],
])('a list with %s is no list', (_, text) => {
  expect(readBuildList(text)).toBe(null)
})

test('the same sources give the same files in another folder', () => {
  const copy = join(place, 'another', 'folder')
  mkdirSync(join(copy, 'node_modules/@chartkeep'), { recursive: true })
  const tracked = spawnSync(
    'git',
    [
      'ls-files',
      '-z',
      '--cached',
      '--others',
      '--exclude-standard',
      'packages',
      'scripts',
      'package.json',
      'package-lock.json',
      'tsconfig.base.json',
    ],
    {
      cwd: repository,
      encoding: 'utf8',
    },
  ).stdout
  for (const path of tracked.split('\0').filter((name) => name !== ''))
    cpSync(join(repository, path), join(copy, path), { recursive: true })
  // Packages of others by link; our own from the copy.
  for (const name of readdirSync(join(repository, 'node_modules'))) {
    if (name !== '@chartkeep') symlinkSync(join(repository, 'node_modules', name), join(copy, 'node_modules', name))
  }
  for (const name of readdirSync(join(copy, 'packages'))) {
    const modules = join(repository, 'packages', name, 'node_modules')
    if (existsSync(modules)) symlinkSync(modules, join(copy, 'packages', name, 'node_modules'))
    symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules/@chartkeep', name))
  }
  const build = spawnSync(
    process.execPath,
    [join(repository, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'],
    { cwd: join(copy, 'packages/app'), encoding: 'utf8', env: { ...process.env, NODE_ENV: 'production' } },
  )
  expect(build.stderr).toBe('')
  expect(build.status).toBe(0)
  expect(filesOf(join(copy, 'packages/app/dist'))).toEqual(ours.files)
}, 300_000)
