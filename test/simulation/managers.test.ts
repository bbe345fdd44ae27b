/** Scenarios in which a chart's holders and managers join, leave and hand over while everybody writes. CHARTKEEP_SCENARIOS scales them. */
import { expect, test } from 'vitest'
import { seeded } from '../support/seeded.ts'
import { runManagers } from '../support/sim-managers.ts'

const { seed: first, numRuns } = seeded(Number(process.env['CHARTKEEP_SCENARIOS'] ?? 4000))
/** One for fifteen hundred of the usual ones. */
const AMOUNT = Math.ceil(numRuns / 1500)
const STEPS = 60

test('C2, C4, K5, properties 1, 2, 3, 7: whoever owns the chart in the end has all of it, and who left or was removed nothing more', async () => {
  const found: string[] = []
  const counts: Record<string, number> = {}
  for (let seed = first; seed < first + AMOUNT; seed++) {
    const result = await runManagers(seed, STEPS)
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count
    if (result.faults.length > 0)
      found.push(`CHARTKEEP_SEED=${seed}: ${result.faults.join('; ')}\n${result.trace.join('\n')}`)
  }
  console.log(JSON.stringify(counts))
  expect(found).toEqual([])
  for (const deed of ['add manager done', 'end done', 'leave done', 'offer done', 'take over done'])
    expect(counts[deed] ?? 0, deed).toBeGreaterThan(0)
})

test('C4: owners who do not renew what a leaver knows are told: the property can fail', async () => {
  const faults: string[] = []
  for (let seed = first; seed < first + 20 && faults.length === 0; seed++)
    faults.push(...(await runManagers(seed, STEPS, { tidies: false })).faults)
  expect(faults.join()).toMatch(/C4: who left knows the newest keys/)
})
