/**
 * Mistakes planted in place of a module of the client, for properties that no scenario judges: 10 (audit), 15 (sizes), and the checks of an
 * envelope one by one. Each test shows first that nothing is told without the mistake.
 */
import { encodeMessage } from '@chartkeep/protocol'
import { appendControl, commitVersions, outboxOf, prepareVersion, sealBatch } from '@chartkeep/sync/testing'
import { afterEach, expect, test, vi } from 'vitest'
import { save } from '../support/attack-world.ts'
import { createAuditWorld } from '../support/audit-world.ts'
import { rebuiltTree } from '../support/hostile-audit.ts'
import { createMutationTarget } from '../support/mutation-target.ts'
import { createSimWorld, type SimWorld } from '../support/sim-world.ts'
import { SimDevice } from '../support/sim-device.ts'
import { simRandom } from '../support/sim-random.ts'
import { newResource } from '../support/sim-records.ts'
import { makeVault } from '../support/sim-scenario.ts'

const planted = vi.hoisted(() => ({
  believesProofs: false,
  padsNothing: false,
  believesSignatures: false,
}))

vi.mock('../../packages/crypto/src/merkle.ts', async (original) => {
  const merkle = await original<typeof import('../../packages/crypto/src/merkle.ts')>()
  return {
    ...merkle,
    verifyConsistency: (...given: Parameters<typeof merkle.verifyConsistency>) =>
      planted.believesProofs || merkle.verifyConsistency(...given),
  }
})

vi.mock('../../packages/crypto/src/padding.ts', async (original) => {
  const padding = await original<typeof import('../../packages/crypto/src/padding.ts')>()
  return {
    ...padding,
    padText: (text: string) => (planted.padsNothing ? new TextEncoder().encode(text) : padding.padText(text)),
  }
})

vi.mock('../../packages/crypto/src/verify.ts', async (original) => {
  const verify = await original<typeof import('../../packages/crypto/src/verify.ts')>()
  return {
    ...verify,
    verify: async (...given: Parameters<typeof verify.verify>) =>
      planted.believesSignatures || (await verify.verify(...given)),
  }
})

afterEach(() => {
  for (const name of Object.keys(planted) as (keyof typeof planted)[]) planted[name] = false
})

test('A3, P7: a device that believes every proof of consistency takes a tree without a leaf (property 10)', async () => {
  const outcomes: string[] = []
  for (const mistaken of [false, true]) {
    const world = await createAuditWorld()
    await save(world.laptop, 'audit', 'opened')
    await save(world.laptop, 'medications', 'one')
    await world.own.sync()
    await world.own.sync()
    const leaves = await world.leaves()
    const envelope = leaves.findIndex(({ stream }) => stream !== null)
    leaves.splice(envelope, 1)
    world.own.audit.lies = await rebuiltTree(world.key, { vault: world.vault, time: world.time.now }, [
      ...leaves,
      ...leaves.slice(0, 1),
      ...leaves.slice(0, 1),
    ])
    planted.believesProofs = mistaken
    const outcome = await world.own.sync()
    outcomes.push(outcome.type === 'stopped' ? `stopped ${outcome.fault} ${outcome.what}` : outcome.type)
    await world.close()
  }
  console.log(outcomes)
  expect(outcomes[0]).toBe('stopped fork audit consistency')
  expect(outcomes[1]).not.toBe(outcomes[0])
})

/** Sizes on the wire of one pushed record each with a text of these lengths. */
async function wireSizes(world: SimWorld, lengths: number[], mistaken: boolean): Promise<Set<number>> {
  const { vault, entry } = await makeVault(world, simRandom('sizes'))
  await world.server.begin('sizes', world.base)
  const device = new SimDevice(world.people.laptop, world.server, vault, 'sizes', {})
  await device.start()
  const { machine } = device
  await appendControl(machine, [entry])
  const sizes = new Set<number>()
  planted.padsNothing = mistaken
  for (const length of lengths) {
    const resource = newResource('medications', 'x'.repeat(length))
    const prepared = prepareVersion(machine, { collection: 'medications', resource })
    if (prepared.type !== 'row') throw new Error(prepared.type)
    await commitVersions(machine, [prepared])
  }
  await sealBatch(machine)
  const sealed = outboxOf(machine)
  expect(sealed).toHaveLength(lengths.length)
  // Proofs differ by what place in the batch they name; their sizes have nothing to do with the text.
  for (const { header, body } of sealed) sizes.add(encodeMessage({ header, body }).length)
  device.die()
  return sizes
}

test('E3: padding that lets the length through shows in the size on the wire (property 15)', async () => {
  const world = await createSimWorld()
  // With the bytes around them these are padded to one length, or to two that follow each other.
  const lengths = Array.from({ length: 12 }, (_, i) => 10 + i)
  const honest = await wireSizes(world, lengths, false)
  const leaking = await wireSizes(world, lengths, true)
  await world.close()
  expect(honest.size).toBeLessThanOrEqual(2)
  expect(leaking.size).toBe(lengths.length)
})

test('E6: a client that believes every signature takes an envelope under another one', async () => {
  const world = await createSimWorld()
  for (let seed = 0; seed < 4; seed++) {
    const { honest, judge, pull } = await createMutationTarget(world, seed)
    expect([await judge(honest), await pull(honest)]).toEqual(['accepted', 'accepted'])
    const unsigned = {
      ...honest,
      proof: { ...honest.proof!, signature: honest.proof!.signature.map((byte) => byte ^ 1) },
    }
    expect(await pull(unsigned)).toBe('signature')
    planted.believesSignatures = true
    expect([await judge(unsigned), await pull(unsigned)]).toEqual(['accepted', 'accepted'])
    planted.believesSignatures = false
  }
  await world.close()
})
