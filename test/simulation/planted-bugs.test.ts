/**
 * A property that has never failed proves nothing: each mistake planted here makes the simulation fail within a bounded number of
 * scenarios, and the same scenarios pass without it. Two mistakes stand in place of a module, switched by `planted`.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runScenario, type ScenarioOptions } from '../support/sim-scenario.ts'
import {
  conflictsOverwritten,
  forgottenOutbox,
  importsDouble,
  pullStopsShort,
  revokedStillServed,
  storedButDropped,
} from '../support/sim-planted.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'

const planted = vi.hoisted(() => ({ everyWriteIsCurrent: false, doseMergesSilently: false }))

vi.mock('../../packages/protocol/src/chain.ts', async (original) => {
  const chain = await original<typeof import('../../packages/protocol/src/chain.ts')>()
  return {
    ...chain,
    outcomeOf: (...given: Parameters<typeof chain.outcomeOf>) =>
      planted.everyWriteIsCurrent ? 'current' : chain.outcomeOf(...given),
  }
})

vi.mock('../../packages/domain/src/merge.ts', async (original) => {
  const merge = await original<typeof import('../../packages/domain/src/merge.ts')>()
  return {
    ...merge,
    mergeRecords(...given: Parameters<typeof merge.mergeRecords>) {
      const outcome = merge.mergeRecords(...given)
      if (!planted.doseMergesSilently || outcome.type === 'merged') return outcome
      return { type: 'merged', resource: { ...given[2], ...given[1] } }
    },
  }
})

const MOST = 120
let world: SimWorld

beforeEach(async () => {
  world = await createSimWorld()
})
afterEach(() => world.close())

/** Scenarios until the first fault, and what it says; null when there was none in `most` of them. */
async function caught(ports: ScenarioOptions['ports'], most = MOST): Promise<{ after: number; fault: string } | null> {
  for (let seed = 1; seed <= most; seed++) {
    const { faults } = await runScenario(world, seed, ports === undefined ? {} : { ports })
    if (faults.length > 0) return { after: seed, fault: faults[0]! }
  }
  return null
}

async function expectCaught(ports: ScenarioOptions['ports'], says: RegExp): Promise<void> {
  const found = await caught(ports)
  console.log(`caught after ${found?.after} scenarios: ${found?.fault.slice(0, 160)}`)
  expect(found).not.toBeNull()
  // The same scenario without the mistake is in order.
  const control = await createSimWorld()
  Object.assign(planted, { everyWriteIsCurrent: false, doseMergesSilently: false })
  expect((await runScenario(control, found!.after)).faults).toEqual([])
  await control.close()
  expect(found!.fault).toMatch(says)
}

describe('planted mistakes', () => {
  test('S3, F1: a server that answers "stored" and drops is told', () =>
    expectCaught(storedButDropped(world), /F1|Y6|Y1|Y5/))

  test('Y6: a device that forgets its outbox in a crash is told', () => expectCaught(forgottenOutbox(), /Y1|Y5|Y6/))

  test('Y3: a conflict that the last writer overwrites is told', () => expectCaught(conflictsOverwritten(), /Y3/))

  test('C4, C6: a provider that is served after its cut or its end is told', () =>
    expectCaught(revokedStillServed(world), /C6/))

  test('E1: an import that doubles its records on two devices is told', () => expectCaught(importsDouble(), /E1/))

  test('S4: a pull that always leaves the last entry out is told', () => expectCaught(pullStopsShort(), /13|F1|Y1/))

  test('S2: an outcome that nobody checks, so that every write is current, is told', async () => {
    planted.everyWriteIsCurrent = true
    await expectCaught(undefined, /S2/)
  })

  test('Y3: a merge that takes a dose by itself is told', async () => {
    planted.doseMergesSilently = true
    await expectCaught(undefined, /17 Y3/)
  })
})
