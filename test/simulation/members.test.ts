/** Scenarios in which members of a practice come, change roles and leave while everybody writes and signs. CHARTKEEP_CARE_SCENARIOS says how many. */
import { expect, test } from 'vitest'
import { faultsUntil, overSeeds } from '../support/sim-apart.ts'
import { runMembers } from '../support/sim-members.ts'
import type { MembersMistakes } from '../support/sim-members-world.ts'

const AMOUNT = Number(process.env['CHARTKEEP_CARE_SCENARIOS'] ?? 12)
const STEPS = 70

test('C12, C4, C9, C11, N2, properties 1, 2, 3, 7: who left writes and opens nothing more, what was signed in time holds, and nothing is lost', async () => {
  const { found, counts } = await overSeeds(AMOUNT, (seed) => runMembers(seed, STEPS))
  expect(found).toEqual([])
  for (const what of ['come done', 'change done', 'leave done', 'role cut', 'late', 'holds, role lost since'])
    expect(counts[what] ?? 0, what).toBeGreaterThan(0)
})

test.each([1015961908, 1015962195])(
  'F3, C10: envelopes that were sealed before a copy was removed, and became voids, are known again by their numbers (scenario %i)',
  async (seed) => {
    expect((await runMembers(seed, STEPS)).faults).toEqual([])
  },
)

test.each([1015962139, 1015962124, 1015962262])(
  'C11, C12: what a member writes after its last role was taken waits, and is submitted as of when it still acted (scenario %i)',
  async (seed) => {
    expect((await runMembers(seed, STEPS)).faults).toEqual([])
  },
)

test('N3, C11: a signature over one that came late is out of order as long as that is in the box (scenario 1715517738)', async () => {
  const { faults, counts } = await runMembers(1715517738, STEPS)
  expect(faults).toEqual([])
  expect(counts['signed after what came late']).toBe(1)
})

/** For one mistake each: what the scenarios say of it. */
const MISTAKES: [what: string, mistakes: MembersMistakes, told: RegExp][] = [
  ['C4, C12: patients who cut nobody that left', { untidy: true }, /7 C4: .* opens epoch/u],
  ['C11: a server that takes what comes late and shows none of it', { dropsLate: true }, /2 C11: .* is lost/u],
]

test.each(MISTAKES)('%s: told: the property can fail', async (_, mistakes, told) => {
  expect(await faultsUntil(told, (seed) => runMembers(seed, STEPS, mistakes))).toMatch(told)
})
