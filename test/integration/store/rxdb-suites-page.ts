/** RxDB's suites in a page, on real IndexedDB: a small stand-in for mocha collects their tests and runs them in order. */
import { createSlotName, dexieLog, getRxStorageSealed } from '@chartkeep/store'
import * as suites from 'rxdb/plugins/test-utils'
import assert from './rxdb-suites-assert.ts'
import { prepareSuites, registerReplication, runPerformance } from './rxdb-suites.ts'

const tests: { name: string; run(): unknown }[] = []
Object.assign(globalThis, {
  describe: (_name: string, register: () => void) => register(),
  it: (name: string, run: () => unknown) => tests.push({ name, run }),
})

function newStorage() {
  const key = crypto.getRandomValues(new Uint8Array(32))
  return getRxStorageSealed({ key, log: dexieLog(createSlotName()), durability: 'relaxed' })
}

const api = {
  /** What each test answered; `null` when it held. */
  async run(): Promise<{ name: string; error: string | null }[]> {
    prepareSuites()
    tests.push({ name: 'an assertion that does not hold', run: () => assert.deepStrictEqual([1], [2]) })
    tests.push({ name: 'performance suite', run: () => runPerformance(suites, newStorage()) })
    registerReplication(suites, newStorage)
    const results: { name: string; error: string | null }[] = []
    for (const { name, run } of tests) {
      const error = await Promise.resolve()
        .then(run)
        .then(
          () => null,
          (reason: unknown) => (reason instanceof Error ? reason.message : String(reason)),
        )
      results.push({ name, error })
    }
    return results
  },
}

export type SuitesPage = typeof api
Object.assign(window, { api, ready: true })
