/**
 * Scenarios in which a chart's holders and managers join, leave and hand over while everybody writes. CHARTKEEP_SCENARIOS scales them.
 *
 * In a process of its own (vitest.config.ts).
 * @vitest-environment-options { "alone": "simulation" }
 */
import { expect, test } from 'vitest'
import { faultsUntil, overSeeds } from '../support/sim-apart.ts'
import { runManagers } from '../support/sim-managers.ts'

/** One for fifteen hundred of the usual ones. */
const AMOUNT = Math.ceil(Number(process.env['CHARTKEEP_SCENARIOS'] ?? 4000) / 1500)
const STEPS = 60

test('C2, C4, K5, properties 1, 2, 3, 7: whoever owns the chart in the end has all of it, and who left or was removed nothing more', async () => {
  const { found, counts } = await overSeeds(AMOUNT, (seed) => runManagers(seed, STEPS))
  expect(found).toEqual([])
  for (const action of ['add manager done', 'end done', 'leave done', 'offer done', 'take over done'])
    expect(counts[action] ?? 0, action).toBeGreaterThan(0)
})

test('C4: owners who do not renew what a leaver knows are told: the property can fail', async () => {
  const told = /C4: who left knows the newest keys/u
  expect(await faultsUntil(told, (seed) => runManagers(seed, STEPS, { tidies: false }))).toMatch(told)
})
