/**
 * The sync machine that ships, over the real server core, under random faults of network, disks, clocks and people. CHARTKEEP_SCENARIOS
 * says how many, CHARTKEEP_SEED where they begin; a failure prints the seed that shows it again, with its trace.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runScenario, type ScenarioResult } from '../support/sim-scenario.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'
import { seeded } from '../support/seeded.ts'

const { seed: first, numRuns: amount } = seeded(Number(process.env['CHARTKEEP_SCENARIOS'] ?? 1000))
/** Scenarios that run at a time: while one waits for Web Crypto another goes on. They share nothing. */
const LANES = 3
const BATCHES = 5

let worlds: SimWorld[] = []

/** A world takes each seed once. */
beforeEach(async () => {
  worlds = await Promise.all(Array.from({ length: LANES }, () => createSimWorld()))
})
afterEach(async () => {
  for (const world of worlds) await world.close()
})

/** What went wrong in scenarios `from` to `to` - 1, each with its seed; the first ten at most. */
async function failuresIn(from: number, to: number): Promise<string[]> {
  const failures: string[] = []
  const counts: Record<string, number> = {}
  const started = performance.now()
  let next = from
  const lane = async (world: SimWorld) => {
    while (next < to && failures.length < 10) {
      const seed = next++
      const result = await runScenario(world, seed)
      for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
      if (result.faults.length > 0) failures.push(`CHARTKEEP_SEED=${seed}: ${result.faults.join('; ')}`)
    }
  }
  await Promise.all(worlds.map(lane))
  console.log(`seeds ${from} to ${to - 1}: ${Math.round(performance.now() - started)} ms`, JSON.stringify(counts))
  return failures
}

for (let batch = 0; batch < BATCHES; batch++) {
  const [from, to] = [batch, batch + 1].map((part) => first + Math.floor((amount * part) / BATCHES)) as [number, number]
  test(`Y1, Y2, Y4, Y5, Y6, S2, S4, C4, C5, C9, F1: all devices come to rest in step with nothing lost (part ${batch + 1})`, async () => {
    expect(await failuresIn(from, to)).toEqual([])
  })
}

test('K5, C4: a device that leaves the account gets nothing from then on and opens no later epoch', async () => {
  const failures: string[] = []
  let removed = 0
  for (let seed = first; seed < first + 25; seed++) {
    const world = await createSimWorld()
    const { faults, counts } = await runScenario(world, seed, { removesTablet: true })
    if (faults.length > 0) failures.push(`CHARTKEEP_SEED=${seed}: ${faults.join('; ')}`)
    removed += counts['removed'] ?? 0
    await world.close()
  }
  console.log(`${removed} devices removed`)
  expect(failures).toEqual([])
  expect(removed).toBeGreaterThan(2)
})

function said({ trace, digest, faults }: ScenarioResult): string {
  return [...trace, digest, ...faults].join('\n')
}

test('Y2: the same seed twice gives the same trace and the same state, also in another world with the same people', async () => {
  for (let seed = first; seed < first + 12; seed++) {
    const once = said(await runScenario(worlds[0]!, seed, { trace: true }))
    expect(said(await runScenario(worlds[1]!, seed, { trace: true }))).toBe(once)
  }
  const other = said(await runScenario(worlds[2]!, first + 1, { trace: true }))
  expect(said(await runScenario(worlds[2]!, first, { trace: true }))).not.toBe(other)
})

const YEAR = 365.25 * 24 * 3600_000

test('Y1, Y4: clocks that are wrong by ten years change neither what is kept nor who may read', async () => {
  for (let seed = first; seed < first + 12; seed++) {
    const right = said(await runScenario(worlds[0]!, seed, { trace: true, clocks: {} }))
    const clocks = { laptop: 10 * YEAR, phone: -10 * YEAR, tablet: 0, clinic: 10 * YEAR, praxis: -10 * YEAR }
    expect(said(await runScenario(worlds[1]!, seed, { trace: true, clocks })), `seed ${seed}`).toBe(right)
  }
})

if (process.env['CHARTKEEP_TRACE'] === '1') {
  test('Y2: the trace of the first seed', async () => {
    console.log(said(await runScenario(worlds[0]!, first, { trace: true })))
  })
}
