/**
 * F3: core scenarios (sim-run.ts) in which devices are copied or restored all the time. CHARTKEEP_COPY_SCENARIOS says how many, CHARTKEEP_SEED where
 * they begin.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seeded } from '../support/seeded.ts'
import { manyCopies } from '../support/sim-copies.ts'
import { failuresIn } from '../support/sim-run.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

const { seed: first, numRuns: amount } = seeded(Number(process.env['CHARTKEEP_COPY_SCENARIOS'] ?? 200))
let world: SimWorld

beforeAll(async () => {
  world = await createSimWorld()
})
afterAll(() => world.close())

test('F3, Y1, Y3, Y4, Y6: devices that are copied or restored, again and again, lose nothing and come to rest in step, each under an id of its own', async () => {
  const counts: Record<string, number> = {}
  expect(
    await failuresIn(world, { from: first, to: first + amount }, { fates: manyCopies, steps: 10 }, counts),
  ).toEqual([])
  expect(counts['new id']).toBeGreaterThan(amount / 5)
})
