/**
 * Core scenarios (sim-run.ts) that continue for long: what must happen twice before it goes wrong, one epoch over after the other, say, is hardly ever
 * met in a short one. CHARTKEEP_LONG_SCENARIOS says how many, CHARTKEEP_SEED where they begin.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seeded } from '../support/seeded.ts'
import { failuresIn } from '../support/sim-run.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

/** Of people and of what befalls them; most short scenarios have fewer than ten. */
const STEPS = 150

const { seed: first, numRuns: amount } = seeded(Number(process.env['CHARTKEEP_LONG_SCENARIOS'] ?? 100))
let world: SimWorld

beforeAll(async () => {
  world = await createSimWorld()
})
afterAll(() => world.close())

test('Y1, Y2, Y3, Y4, Y6, S2, C4, C5, C9, F1, F3: after a long time of everything all devices come to rest in step with nothing lost', async () => {
  expect(await failuresIn(world, { from: first, to: first + amount }, { steps: STEPS })).toEqual([])
})
