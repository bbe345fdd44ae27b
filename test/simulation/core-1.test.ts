/**
 * The sync machine that ships, over the real server core, under random faults of network, disks, clocks and people: the first half
 * of the core scenarios (sim-run.ts). A failure prints the seed that shows it again: CHARTKEEP_SEED=<seed> CHARTKEEP_SCENARIOS=2.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "core-1" }
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { coreSeeds, failuresIn, makeWay, PART_MS } from '../support/sim-run.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

let world: SimWorld

beforeAll(async () => {
  makeWay()
  world = await createSimWorld()
})
afterAll(() => world.close())

for (const [part, seeds] of coreSeeds(0).parts.entries()) {
  test(
    `Y1, Y2, Y4, Y5, Y6, S2, S4, C4, C5, C9, F1: all devices come to rest in step with nothing lost (part ${part + 1})`,
    async () => {
      expect(await failuresIn(world, seeds)).toEqual([])
    },
    PART_MS,
  )
}
