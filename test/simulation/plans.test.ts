/**
 * Scenarios in which a practice and a patient change, approve and acknowledge plans apart. CHARTKEEP_CARE_SCENARIOS says how many.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { expect, test } from 'vitest'
import { faultsUntil, overSeeds } from '../support/sim-apart.ts'
import { type Approved, runPlans } from '../support/sim-plans.ts'

const AMOUNT = Number(process.env['CHARTKEEP_CARE_SCENARIOS'] ?? 39)
const STEPS = 60

test('T3, T4, N1, N2, Y3: no text counts as approved but the one that was approved, no signature is lost, and two changed plans never become one', async () => {
  const { found, counts } = await overSeeds(AMOUNT, (seed) => runPlans(seed, STEPS))
  expect(found).toEqual([])
  for (const what of ['version', 'approve', 'acknowledge', 'approved', 'open conflict'])
    expect(counts[what] ?? 0, what).toBeGreaterThan(0)
})

test('T4: an approval that counts for whichever version is effective is told: the property can fail', async () => {
  const wrong = /N1: a text counts as approved that nobody approved/u
  const once: Approved = ({ doc }, signatures) =>
    signatures.some(({ record, meaning }) => record === doc && meaning === 'approve')
  expect(await faultsUntil(wrong, (seed) => runPlans(seed, STEPS, once))).toMatch(wrong)
})
