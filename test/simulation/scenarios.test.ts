/** The shipping sync machine under random faults: CHARTKEEP_SCENARIOS of them, from CHARTKEEP_SEED. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runScenario } from '../support/sim-scenario.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'
import { seeded } from '../support/seeded.ts'

const amount = Number(process.env['CHARTKEEP_SCENARIOS'] ?? 100)
const { seed: first } = seeded(amount)
let world: SimWorld

beforeAll(async () => {
  world = await createSimWorld()
})
afterAll(() => world.close())

test('Y2: every scenario ends with all devices in step and nothing lost', async () => {
  const counts: Record<string, number> = {}
  const failures: string[] = []
  const started = performance.now()
  for (let seed = first; seed < first + amount; seed++) {
    const result = await runScenario(world, seed, { trace: process.env['CHARTKEEP_TRACE'] === '1' })
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
    if (result.faults.length > 0) {
      if (result.trace.length > 0) console.log(result.trace.join('\n'))
      failures.push(`CHARTKEEP_SEED=${seed} CHARTKEEP_SCENARIOS=1: ${result.faults.join('; ')}`)
    }
    if (failures.length >= 20) break
  }
  console.log(`${amount} scenarios in ${Math.round(performance.now() - started)} ms`, counts)
  expect(failures).toEqual([])
}, 600_000)
