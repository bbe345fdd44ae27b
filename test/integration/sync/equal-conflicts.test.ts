/** Two copies of a device that sent one version, and both lost to another one: what a person has to decide is one thing (Y3, F3). */
import { commitVersions, conflictRows, disputesOf, prepareVersion } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  createAttackWorld,
  resourceOf,
  save,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../../support/attack-world.ts'
import { decided } from '../../support/decisions.ts'

let world: AttackWorld
beforeEach(async () => {
  world = await createAttackWorld()
})
afterEach(() => world.close())

/** Calls `between` after the next read of the device and before what it sends then. */
function beforePush(device: Device, between: () => Promise<unknown>): void {
  device.server.lies = {
    push: async (honest) => {
      device.server.lies = {}
      await between()
      return honest()
    },
  }
}

test('F3, Y3: a version that two copies have sent is one conflict on every device, and one decision settles both of its envelopes', async () => {
  const { laptop, phone } = world
  const tablet = await world.addDevice('tablet')
  const reader = await world.addDevice('reader')
  const { id } = await save(laptop, 'medications', 'first')
  for (const device of [laptop, phone, tablet, reader]) expect(await device.sync()).toEqual({ type: 'synced' })

  // The very same version on both, not sent by either; a third device writes another one.
  const prepared = prepareVersion(laptop.machine, {
    collection: 'medications',
    id,
    resource: resourceOf('medications', 'copied'),
  })
  if (prepared.type !== 'row') throw new Error(prepared.type)
  for (const { machine } of [laptop, phone]) await commitVersions(machine, [prepared])
  await save(tablet, 'medications', 'other', id)
  beforePush(phone, () => tablet.sync())
  beforePush(laptop, () => phone.sync())
  await laptop.sync()
  const all = [laptop, phone, tablet, reader]
  for (const device of [...all, ...all]) expect(await device.sync()).toEqual({ type: 'synced' })

  expect(conflictRows(reader.machine, id).map(({ row }) => row.revision)).toEqual([
    prepared.row.revision,
    prepared.row.revision,
  ])
  for (const { machine } of all)
    expect(disputesOf(machine).map(({ row }) => row.resource)).toEqual([resourceOf('medications', 'copied')])

  const decision = decided(reader.machine, id, resourceOf('medications', 'decided'))
  if (decision.type !== 'row') throw new Error(decision.type)
  await commitVersions(reader.machine, [decision])
  expect(disputesOf(reader.machine)).toEqual([])
  for (const device of [reader, ...all]) expect(await device.sync()).toEqual({ type: 'synced' })
  for (const device of all) {
    expect(conflictRows(device.machine)).toEqual([])
    expect(shown(device, 'medications')).toEqual(texts('medications', 'decided'))
  }
})
