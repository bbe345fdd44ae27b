/**
 * A property that has never failed proves nothing: each mistake planted here makes the simulation fail within a bounded number of
 * scenarios, and the same scenarios pass without it. Three mistakes are in place of a module, switched by `planted`.
 */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { manyCopies } from '../support/sim-copies.ts'
import { runScenario, type ScenarioOptions, type ScenarioResult } from '../support/sim-scenario.ts'
import {
  asksForEver,
  authorsMixedUp,
  conflictsOverwritten,
  entriesTorn,
  forgottenOutbox,
  grantsEndLate,
  historyLeftOut,
  importsDouble,
  obeysItsClock,
  poisonBlocks,
  pullStopsShort,
  recordsForgotten,
  recordsInvented,
  revokedStillServed,
  sealedThrownAway,
  storedButDropped,
} from '../support/sim-planted.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

const planted = vi.hoisted(() => ({ everyWriteIsCurrent: false, doseMergesSilently: false, neverCopied: false }))

vi.mock('../../packages/sync/src/vault/device-sequence.ts', async (original) => {
  const chain = await original<typeof import('../../packages/sync/src/vault/device-sequence.ts')>()
  return {
    ...chain,
    wasCopied: (...given: Parameters<typeof chain.wasCopied>) => !planted.neverCopied && chain.wasCopied(...given),
  }
})

vi.mock('../../packages/protocol/src/streams/chain.ts', async (original) => {
  const chain = await original<typeof import('../../packages/protocol/src/streams/chain.ts')>()
  return {
    ...chain,
    outcomeOf: (...given: Parameters<typeof chain.outcomeOf>) =>
      planted.everyWriteIsCurrent ? 'current' : chain.outcomeOf(...given),
  }
})

vi.mock('../../packages/domain/src/records/merge.ts', async (original) => {
  const merge = await original<typeof import('../../packages/domain/src/records/merge.ts')>()
  return {
    ...merge,
    mergeRecords(...given: Parameters<typeof merge.mergeRecords>) {
      const outcome = merge.mergeRecords(...given)
      if (!planted.doseMergesSilently || outcome.type === 'merged') return outcome
      return { type: 'merged', resource: { ...given[2], ...given[1] } }
    },
  }
})

const MOST = 300
let world: SimWorld

beforeEach(async () => {
  world = await createSimWorld()
})
afterEach(() => world.close())

/** Scenarios until the first fault, and what it says; null when there was none in `most` of them. */
async function caught(
  ports: ScenarioOptions['ports'],
  more: ScenarioOptions,
): Promise<{ after: number; fault: string } | null> {
  for (let seed = 1; seed <= MOST; seed++) {
    const { faults } = await runScenario(world, seed, { ...more, ...(ports !== undefined && { ports }) })
    if (faults.length > 0) return { after: seed, fault: faults[0]! }
  }
  return null
}

async function expectCaught(ports: ScenarioOptions['ports'], says: RegExp, more: ScenarioOptions = {}): Promise<void> {
  const found = await caught(ports, more)
  console.log(`caught after ${found?.after} scenarios: ${found?.fault.slice(0, 160)}`)
  expect(found).not.toBeNull()
  // The same scenario without the mistake is in order.
  const control = await createSimWorld()
  Object.assign(planted, { everyWriteIsCurrent: false, doseMergesSilently: false, neverCopied: false })
  expect((await runScenario(control, found!.after, more)).faults).toEqual([])
  await control.close()
  expect(found!.fault).toMatch(says)
}

type Mistake = (world: SimWorld) => ScenarioOptions['ports']

/** Property by its number in sim-properties.ts, its rules, the mistake, what the scenario must say. */
const MISTAKES: [property: number, says: string, plant: Mistake, told: RegExp][] = [
  [1, 'Y4: a device that leaves out a record now and then', recordsForgotten, /1 Y4|17 Y3|2 Y3|2 Y5|4 Y6/],
  [1, 'E1: an import that doubles its records on two devices', importsDouble, /1 E1/],
  [2, 'Y3: a conflict that the last writer overwrites', conflictsOverwritten, /2 Y3/],
  [3, 'Y4: a device that shows a record which nobody has written', recordsInvented, /3 Y4|3 E6|2 Y5|1 /],
  [3, 'E6: a device that shows records under the name of somebody else', authorsMixedUp, /3 E6/],
  [4, 'Y6: a device that forgets its outbox in a crash', forgottenOutbox, /4 Y6|2 Y5|2 C11|F1|1 Y1/],
  [5, 'S3, F1: a server that answers "stored" and drops', storedButDropped, /F1|5 F1|Y6|Y1|Y5/],
  [7, 'C4, C6: a provider that is served after its cut or its end', revokedStillServed, /7 C6/],
  [8, 'C3, C7: a provider that is not shown what was there before its grant', historyLeftOut, /8 C3/],
  [9, 'C6: a grant that ends one millisecond late', grantsEndLate, /7 C6/],
  [11, 'Y6: a crash that leaves half of an entry', entriesTorn, /2 Y5|4 Y6|F1|1 Y/],
  [12, 'E6: an unreadable entry that stops its page', poisonBlocks, /13: the task/],
  [13, 'S4: a pull that always leaves the last entry out', pullStopsShort, /13|F1|Y1/],
  [13, 'F1: a device that asks for ever', asksForEver, /13: the task .* does not end/],
]

describe('planted mistakes', () => {
  test.each(MISTAKES)('property %i, %s, is told', (_, __, plant, told) => expectCaught(plant(world), told))

  test('S2: an outcome that nobody checks, so that every write is current, is told (property 6)', async () => {
    planted.everyWriteIsCurrent = true
    await expectCaught(undefined, /6 S2/)
  })

  test('Y3: a merge that takes a dose by itself is told (property 17)', async () => {
    planted.doseMergesSilently = true
    await expectCaught(undefined, /17 Y3/)
  })

  test('F3: a device that does not see that it was copied is told (properties 1, 2 and 5)', async () => {
    planted.neverCopied = true
    await expectCaught(undefined, /F3: |1 Y1: ends with error/, { fates: manyCopies })
  })

  test('F3: a device that continues as a new one without what it had sealed is told (property 2)', () =>
    expectCaught(sealedThrownAway(), /2 Y5: .* unsealed for a new id, and not kept/, { fates: manyCopies }))

  test('Y4: a device that obeys its clock makes another scenario of the same seed (property 14)', async () => {
    const said = ({ trace, digest, faults }: ScenarioResult) => [...trace, digest, ...faults].join('\n')
    const ahead = { laptop: 10 * 365 * 24 * 3_600_000 }
    let different = 0
    for (let seed = 1; seed <= 12; seed++) {
      const run = (clocks: Record<string, number>, ports: ScenarioOptions['ports'] = {}) =>
        runScenario(world, seed, { trace: true, clocks, ports })
      expect(said(await run(ahead))).toBe(said(await run({})))
      if (said(await run(ahead, obeysItsClock())) !== said(await run({}, obeysItsClock()))) different++
    }
    expect(different).toBeGreaterThan(0)
  })
})

/** Properties whose mistakes are planted next to the tests that own them: file, and the name of the test that catches one. */
const ELSEWHERE: [property: number, file: string, name: string][] = [
  [
    10,
    'test/simulation/planted-checks.test.ts',
    'A3, P7: a device that believes every proof of consistency takes a tree without a leaf',
  ],
  [11, 'test/unit/store/crash-prefixes.test.ts', 'ST14: the check of prefixes catches a planted bug'],
  [
    15,
    'test/simulation/planted-checks.test.ts',
    'E3: padding that lets the length through shows in the size on the wire',
  ],
  [16, 'test/end-to-end/canaries.test.ts', 'const planted = new Set'],
  [6, 'test/simulation/planted-bugs.test.ts', 'S2: an outcome that nobody checks'],
  [14, 'test/simulation/planted-bugs.test.ts', 'Y4: a device that obeys its clock'],
  [17, 'test/simulation/planted-bugs.test.ts', 'Y3: a merge that takes a dose by itself'],
]

test('Y2: each of the 17 properties has a planted mistake that it catches', () => {
  for (const [property, file, name] of ELSEWHERE)
    expect(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), `property ${property}`).toContain(name)
  const named = new Set([...MISTAKES, ...ELSEWHERE].map(([property]) => property))
  expect([...named].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1))
})
