/**
 * What several scenarios show together: the same seed gives the same scenario, clocks decide nothing, a device that leaves is out.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runScenario, type ScenarioResult } from '../support/sim-scenario.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'
import { seeded } from '../support/seeded.ts'
import type { Fate } from '../support/sim-types.ts'

const { seed: first } = seeded(1)
let world: SimWorld
let other: SimWorld

beforeEach(async () => {
  world = await createSimWorld()
  other = await createSimWorld()
})
afterEach(async () => {
  await world.close()
  await other.close()
})

test('K5, C4: a device that leaves the account gets nothing from then on and opens no later epoch', async () => {
  const failures: string[] = []
  let removed = 0
  for (let seed = first; seed < first + 100; seed++) {
    const { faults, counts } = await runScenario(world, seed, { removesTablet: true })
    if (faults.length > 0) failures.push(`CHARTKEEP_SEED=${seed}: ${faults.join('; ')}`)
    removed += counts['removed'] ?? 0
  }
  console.log(`${removed} devices removed`)
  expect(failures).toEqual([])
  expect(removed).toBeGreaterThan(10)
})

function said({ trace, digest, faults }: ScenarioResult): string {
  return [...trace, digest, ...faults].join('\n')
}

test('Y2: the same seed twice gives the same trace and the same state, also after others and in another world with the same people', async () => {
  for (let seed = first; seed < first + 40; seed++) {
    const once = said(await runScenario(world, seed, { trace: true }))
    expect(said(await runScenario(other, seed, { trace: true }))).toBe(once)
    if (seed % 4 === 0) expect(said(await runScenario(world, seed, { trace: true }))).toBe(once)
  }
  const next = said(await runScenario(other, first + 1, { trace: true }))
  expect(said(await runScenario(other, first, { trace: true }))).not.toBe(next)
})

const YEAR = 365.25 * 24 * 3600_000

test('Y1, Y4: clocks that are ahead by ten years change neither what is kept nor who may read', async () => {
  for (let seed = first; seed < first + 40; seed++) {
    const right = said(await runScenario(world, seed, { trace: true, clocks: {} }))
    const clocks = { laptop: 10 * YEAR, phone: 10 * YEAR, tablet: 0, clinic: 10 * YEAR, praxis: 10 * YEAR }
    expect(said(await runScenario(other, seed, { trace: true, clocks })), `seed ${seed}`).toBe(right)
  }
})

/** From now on the server signs heads with another wrong time, or with the true one. */
const serverClock: Fate = {
  name: 'server clock',
  weight: 6,
  befall({ world: { server }, random, count, say }) {
    server.signedAhead = random.pick([0, 3 * YEAR, 10 * YEAR, -5 * YEAR])
    count('server clock')
    say(`the server signs times that are ${server.signedAhead} ms ahead`)
  },
}

// Where the server's clock and a device's are both ahead, nothing tells that they are wrong.
test('H8, property 14: whatever the server signs and clocks that are behind say, no share ends before its time, and with true times all ends in step', async () => {
  const clocks = { laptop: 0, phone: -10 * YEAR, tablet: 0, clinic: 0, praxis: -10 * YEAR }
  const failures: string[] = []
  let lies = 0
  for (let seed = first; seed < first + 60; seed++) {
    const { faults, counts } = await runScenario(world, seed, { clocks, fates: [serverClock], steps: 20 })
    if (faults.length > 0) failures.push(`CHARTKEEP_SEED=${seed}: ${faults.join('; ')}`)
    lies += counts['server clock'] ?? 0
  }
  console.log(`the server's clock was set ${lies} times`)
  expect(failures).toEqual([])
  expect(lies).toBeGreaterThan(20)
})

if (process.env['CHARTKEEP_TRACE'] === '1') {
  test('Y2: the trace of the first seed', async () => {
    console.log(said(await runScenario(world, first, { trace: true })))
  })
}
