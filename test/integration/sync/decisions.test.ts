/** A person decides between versions of a record while other ones come: only what they have seen is ever settled. */
import { commitVersions, disputesOf, prepareResolution, versionsNow, type SeenVersions } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, resourceOf, save, shown, texts, type AttackWorld } from '../../support/attack-world.ts'

let world: AttackWorld
beforeEach(async () => {
  world = await createAttackWorld()
})
afterEach(() => world.close())

test('Y3: a version that comes while a person looks at two others is not settled unseen; nor is one that took the place of the effective version', async () => {
  const { laptop, phone } = world
  const tablet = await world.addDevice('tablet')
  const { id } = await save(laptop, 'medications', 'first')
  for (const device of [laptop, phone, tablet]) expect(await device.sync()).toEqual({ type: 'synced' })
  await save(laptop, 'medications', 'laptop', id)
  await save(phone, 'medications', 'phone', id)
  await save(tablet, 'medications', 'tablet', id)
  for (const device of [laptop, phone, laptop]) await device.sync()
  const { machine } = laptop
  const looked = () => versionsNow(machine, machine.rows.read(id)!)
  const decide = (seen: SeenVersions) => prepareResolution(machine, id, resourceOf('medications', 'phone'), seen)
  const two = looked()
  expect(two.others).toHaveLength(1)
  expect(decide(two).type).toBe('row')

  for (const device of [tablet, laptop]) await device.sync()
  expect(disputesOf(machine)).toHaveLength(2)
  expect(decide(two)).toEqual({ type: 'changed' })
  const three = looked()
  expect(decide({ ...three, others: three.others.toReversed() }).type).toBe('row')

  await save(phone, 'medications', 'phone again', id)
  for (const device of [phone, laptop]) await device.sync()
  expect(decide(three)).toEqual({ type: 'changed' })
  expect(shown(laptop, 'medications')).toEqual(texts('medications', 'phone again'))

  const decision = decide(looked())
  if (decision.type !== 'row') throw new Error(decision.type)
  await commitVersions(machine, [decision])
  expect(decide(three)).toEqual({ type: 'changed' })
  for (const device of [laptop, phone, tablet]) expect(await device.sync()).toEqual({ type: 'synced' })
  for (const device of [laptop, phone, tablet]) {
    expect(disputesOf(device.machine)).toEqual([])
    expect(shown(device, 'medications')).toEqual(texts('medications', 'phone'))
  }
})
