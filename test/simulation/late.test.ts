/**
 * Scenarios in which providers work on after the end of their access, and owners decide what arrives late. CHARTKEEP_SCENARIOS scales them.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TABLE } from '@chartkeep/sync/testing'
import { muchLate } from '../support/sim-late.ts'
import { runScenario } from '../support/sim-scenario.ts'
import type { ScenarioOptions } from '../support/sim-types.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'
import { seeded } from '../support/seeded.ts'

const { seed: first, numRuns } = seeded(Number(process.env['CHARTKEEP_SCENARIOS'] ?? 4000))
/** One for a hundred of the usual ones. */
const AMOUNT = Math.ceil(numRuns / 100)
let world: SimWorld

beforeEach(async () => {
  world = await createSimWorld()
})
afterEach(() => world.close())

async function failures(amount: number, ports: ScenarioOptions['ports'] = {}, isEnough = 10) {
  const found: string[] = []
  const counts: Record<string, number> = {}
  for (let seed = first; seed < first + amount && found.length < isEnough; seed++) {
    const result = await runScenario(world, seed, { fates: muchLate, steps: 50, ports })
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
    if (result.faults.length > 0) found.push(`CHARTKEEP_SEED=${seed}: ${result.faults.join('; ')}`)
  }
  return { found, counts }
}

test('C9, C10, C11, Y4: what is sealed after the end is never lost, and nothing late counts without an owner', async () => {
  const { found, counts } = await failures(AMOUNT)
  console.log(JSON.stringify(counts))
  expect(found).toEqual([])
  for (const action of ['works on', 'leave', 'take from box', 'leave out', 'accept'])
    expect(counts[action] ?? 0, action).toBeGreaterThan(0)
})

test('C11: a server that acknowledges late work and drops it is told: the property can fail', async () => {
  const dropping: ScenarioOptions['ports'] = {
    api: (api) => ({ ...api, quarantineInbox: async () => ({ type: 'ok', value: { items: [], last: 0 } }) }),
  }
  expect((await failures(100, dropping, 1)).found[0]).toMatch(/2 C11/)
})

test('C11: a device that lets go before the receipt is told: the property can fail', async () => {
  const forgetting: ScenarioOptions['ports'] = {
    api: (api) => ({ ...api, submitLate: async () => ({ type: 'error', error: 'server-error' }) }),
    rows: (rows) => ({
      ...rows,
      commit: (change) =>
        rows.commit({ ...change, sync: (change.sync ?? []).filter(({ table }) => table !== TABLE.undelivered) }),
    }),
  }
  expect((await failures(100, forgetting, 1)).found[0]).toMatch(/2 C11/)
})
