/** Scenarios in which a practice publishes from its own vault into a patient's chart. CHARTKEEP_CARE_SCENARIOS says how many. */
import { expect, test } from 'vitest'
import { faultsUntil, overSeeds } from '../support/sim-apart.ts'
import { runPublish } from '../support/sim-publish.ts'
import type { PublishMistakes } from '../support/sim-publish-world.ts'

const AMOUNT = Number(process.env['CHARTKEEP_CARE_SCENARIOS'] ?? 5)
const STEPS = 60

test('N5, N4, T1, T2, Y1, Y3, C10, C11: what a practice published is in the chart as its own vault has it, and nothing else', async () => {
  const { found, counts } = await overSeeds(AMOUNT, (seed) => runPublish(seed, STEPS))
  expect(found).toEqual([])
  for (const what of ['publish published', 'publish no-right', 'apart', 'settled', 'hand in', 'newest'])
    expect(counts[what] ?? 0, what).toBeGreaterThan(0)
})

/** For one mistake each: what the scenarios say of it, and one that says it. */
const MISTAKES: [what: string, mistakes: PublishMistakes, told: RegExp, from: number][] = [
  [
    'N5: a practice that settles nothing of what it published apart',
    { unsettled: true },
    /N5: .* stands beside/u,
    20_261_123,
  ],
  ['N5: a vault that gives away what nobody published', { unasked: true }, /N5: .* was not published/u, 20_261_127],
]

test.each(MISTAKES)('%s: told: the property can fail', async (_, mistakes, told, from) => {
  expect(await faultsUntil(told, (seed) => runPublish(seed, STEPS, mistakes), from)).toMatch(told)
})
