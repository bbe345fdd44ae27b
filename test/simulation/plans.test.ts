/** Scenarios in which a practice and a patient change, approve and acknowledge plans apart. CHARTKEEP_CARE_SCENARIOS says how many. */
import { expect, test } from 'vitest'
import { seeded } from '../support/seeded.ts'
import { type Approved, runPlans } from '../support/sim-plans.ts'

const { seed: first, numRuns } = seeded(Number(process.env['CHARTKEEP_CARE_SCENARIOS'] ?? 8))
const STEPS = 60

test('T3, T4, N1, N2, Y3: no text counts as approved but the one that was approved, no signature is lost, and two changed plans never become one', async () => {
  const found: string[] = []
  const counts: Record<string, number> = {}
  for (let seed = first; seed < first + numRuns; seed++) {
    const result = await runPlans(seed, STEPS)
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
    if (result.faults.length > 0)
      found.push(`CHARTKEEP_SEED=${seed}: ${result.faults.join('; ')}\n${result.trace.join('\n')}`)
  }
  console.log(JSON.stringify(counts))
  expect(found).toEqual([])
  for (const what of ['version', 'approve', 'acknowledge', 'approved', 'open conflict'])
    expect(counts[what] ?? 0, what).toBeGreaterThan(0)
})

test('T4: an approval that counts for whichever version stands is told: the property can fail', async () => {
  const wrong = /N1: a text counts as approved that nobody approved/u
  const once: Approved = ({ doc }, signatures) =>
    signatures.some(({ record, meaning }) => record === doc && meaning === 'approve')
  const faults: string[] = []
  for (let seed = first; seed < first + 20 && !faults.some((fault) => wrong.test(fault)); seed++)
    faults.push(...(await runPlans(seed, STEPS, once)).faults)
  expect(faults.join('\n')).toMatch(wrong)
})
