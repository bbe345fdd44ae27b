/** What a device holds of versions before the current one, without asking the server: for "was" next to a corrected result. */
import { earlierVersions } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, resourceOf, save, type AttackWorld } from '../../support/attack-world.ts'

let world: AttackWorld
const nobody = { author: () => ({ account: '', device: '', name: '', me: false }) }

beforeEach(async () => {
  world = await createAttackWorld()
})
afterEach(() => world.close())

const earlier = async (device = world.laptop, ...ids: string[]) => {
  const found = await earlierVersions(device.machine, nobody as never, ids)
  return new Map([...found].map(([id, versions]) => [id, versions.map(({ resource }) => resource)]))
}

test('S4: versions that were current and were replaced are there, newest first; records without any are left out', async () => {
  const { laptop, phone } = world
  const { id } = await save(laptop, 'labs', 'first')
  const { id: other } = await save(laptop, 'labs', 'untouched')
  await laptop.sync()
  await save(laptop, 'labs', 'second', id)
  await laptop.sync()
  await save(laptop, 'labs', 'third', id)
  const calls = laptop.server.calls.length
  expect(await earlier(laptop, id, other, 'unknown.id')).toEqual(
    new Map([[id, [resourceOf('labs', 'second'), resourceOf('labs', 'first')]]]),
  )
  expect(laptop.server.calls.length).toBe(calls)
  // A device that came later never had them.
  await laptop.sync()
  await phone.sync()
  expect(await earlier(phone, id)).toEqual(new Map())
})

test('Y3: a version that lost and never was current is not what the record was', async () => {
  const { laptop, phone } = world
  const { id } = await save(laptop, 'labs', 'first')
  await laptop.sync()
  await phone.sync()
  await save(phone, 'labs', 'by phone', id)
  await save(laptop, 'labs', 'by laptop', id)
  await phone.sync()
  await laptop.sync()
  const [versions = []] = [...(await earlier(laptop, id)).values()]
  expect(versions).toEqual([resourceOf('labs', 'first')])
})
