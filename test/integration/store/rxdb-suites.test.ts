/**
 * RxDB's own performance and replication suites against the sealed storage: on node:sqlite and on Dexie (fake-indexeddb)
 * in this process, on real IndexedDB in Chromium.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "rxdb" }
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { randomBytes } from '@chartkeep/crypto'
import { createSlotName, dexieLog, getRxStorageSealed, type SealedLog } from '@chartkeep/store'
import { sqliteLog } from '@chartkeep/store/node'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { build } from 'vite'
import { afterAll, describe, expect, test } from 'vitest'
import { servePage, startBrowser } from './browser.ts'
import type { SuitesPage } from './rxdb-suites-page.ts'
import { prepareSuites, registerReplication, runPerformance } from './rxdb-suites.ts'

const imports = new URL('rxdb-suites-imports.ts', import.meta.url).href
registerHooks({
  resolve(specifier, context, next) {
    const ours = specifier === 'async-test-util' || specifier === 'clone'
    return ours ? { url: imports, shortCircuit: true } : next(specifier, context)
  },
})
const suites = await import('rxdb/plugins/test-utils')
prepareSuites()

const folder = mkdtempSync(join(tmpdir(), 'chartkeep-suites-'))
afterAll(() => rmSync(folder, { recursive: true }))
const indexedDB = new IDBFactory()

const logs: { name: string; newLog(): SealedLog }[] = [
  { name: 'node:sqlite', newLog: () => sqliteLog(join(folder, createSlotName())) },
  { name: 'Dexie', newLog: () => dexieLog(createSlotName(), { indexedDB, IDBKeyRange }) },
]
declare const window: { api: SuitesPage }

/** The page of the suites as one script, with what they import of others put in. */
async function bundleSuites(): Promise<string> {
  const ours = fileURLToPath(imports)
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    resolve: {
      alias: {
        'async-test-util': ours,
        clone: ours,
        assert: fileURLToPath(new URL('rxdb-suites-assert.ts', import.meta.url)),
      },
    },
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL('rxdb-suites-page.ts', import.meta.url)),
        formats: ['es'],
        fileName: 'page',
      },
    },
  })
  const [result] = Array.isArray(built) ? built : [built]
  if (!result || !('output' in result)) throw new Error('the bundle has no output')
  return result.output[0].code
}

// The suites are written for mocha and look for its two words when they run.
Object.assign(globalThis, { describe, it: test })

test('ST6: the suites of RxDB hold in Chromium on its own IndexedDB', async () => {
  const { origin, server } = await servePage(await bundleSuites())
  const profile = mkdtempSync(join(folder, 'profile'))
  const browser = await startBrowser(profile)
  try {
    const page = await browser.newPage(origin)
    const results = await page.evaluate(() => window.api.run())
    expect(results).toEqual([
      { name: 'an assertion that does not hold', error: '[1] is not [2] ' },
      { name: 'performance suite', error: null },
      { name: 'push replication to client-server', error: null },
      { name: 'two collections', error: null },
      { name: 'should keep the master state as default conflict handler', error: null },
    ])
  } finally {
    await browser.close()
    server.close()
  }
})

describe.each(logs)('the sealed storage on $name', ({ newLog }) => {
  let stores = 0
  const newStorage = () => {
    stores += 1
    return getRxStorageSealed({ key: randomBytes(32), log: newLog(), durability: 'relaxed' })
  }

  test('ST6: keeps what the performance suite of RxDB asserts', async () => {
    const figures = await runPerformance(suites, newStorage())
    expect(figures).toMatchObject({ docsAmount: 600 })
    // One figure for each part of the suite: none was left out.
    expect(Object.keys(figures)).toContain('find-by-ids-600')
    expect(Object.keys(figures)).toContain('property-access')
  })

  describe('ST6: keeps the replication suite of RxDB', () => registerReplication(suites, newStorage))

  test('ST6: both suites ran on this log', () => {
    // One for the performance suite; one client, two and two in the tests of the replication suite.
    expect(stores).toBe(1 + 1 + 2 + 2)
  })
})
