/**
 * Scenarios with nothing in place of a disk or a wire: sealed stores of the app (RxDB over SQLite), the server behind Fastify with its
 * SQLite file, http between them. CHARTKEEP_REAL_SCENARIOS says how many, CHARTKEEP_SEED where they begin.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "real-stores" }
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realGround } from '../support/sim-real.ts'
import { failuresIn } from '../support/sim-run.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'
import { seeded } from '../support/seeded.ts'

const { seed: first, numRuns: amount } = seeded(Number(process.env['CHARTKEEP_REAL_SCENARIOS'] ?? 100))
let world: SimWorld

beforeAll(async () => {
  world = await createSimWorld('people', await realGround(() => world.server.key))
})
afterAll(() => world.close())

test('Y1, Y2, Y4, Y5, Y6, S2, S3, S4, C4, C6, H4: all devices come to rest in step with nothing lost, over sealed stores and a server that listens', async () => {
  expect(await failuresIn(world, { from: first, to: first + amount })).toEqual([])
})
