/**
 * What is left of an earlier grant while a later one continues: what was written under it counts, and its keys are gone (C9, C10). Scenarios of emergency
 * access found both: each opening that is over leaves an audit log of its own, and empty lists.
 */
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { AccountActions, cutGrantNow, maintainMembership } from '@chartkeep/sync/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aside, createAttackWorld, save, share, shown, texts, type AttackWorld } from '../support/attack-world.ts'
import { memoryHome } from '../support/memory-rows.ts'

let world: AttackWorld

beforeAll(async () => {
  world = await createAttackWorld([], { inMemory: true })
})
afterAll(() => world.close())

test('C9: what a device wrote under a grant that is over counts on a new device too, after that device was removed', async () => {
  const { laptop, phone } = world
  const clinic = await world.provider()
  const first = await share(world, clinic, { labs: ['read', 'append'] })
  const ward = await world.secondDevice(clinic, 'ward')
  await ward.sync()
  await save(ward, 'labs', 'result of the ward')
  await ward.sync()
  await laptop.sync()
  expect(await cutGrantNow(laptop.machine, laptop.server, first, 'revoked')).toMatchObject({ type: 'done' })
  await share(world, clinic, { medications: ['read', 'append'] })

  const actions = new AccountActions({
    accountStore: memoryHome(clinic.home),
    accounts: clinic.book,
    account: clinic.person.account,
    device: clinic.secrets,
    boxKeys: () => clinic.boxKeys(),
    randomBytes,
    server: () => ({ api: clinic.server, key: world.key.publicKey }),
    hasServer: () => true,
  })
  expect(await actions.remove(ward.secrets.id)).toMatchObject({ type: 'done' })
  await laptop.sync()
  expect(await maintainMembership(laptop.machine, laptop.server, world.time.now)).toBe(true)
  const cut = laptop.machine.control!.deviceCuts.at(-1)!
  const pinned = cut.streams.map(({ stream }) => idText(stream))
  expect(pinned).not.toContain(idText(world.stream('labs')))

  const tablet = await world.addDevice('tablet')
  for (const device of [laptop, phone, tablet]) {
    expect(await device.sync()).toEqual({ type: 'synced' })
    expect(shown(device, 'labs'), device.name).toEqual(texts('labs', 'result of the ward'))
    expect(aside(device)).toEqual([])
  }
})

test('C10: with a grant that is over go the keys of empty lists, and of a part that brings keys which are needed too', async () => {
  const { laptop } = world
  const clinic = await world.provider()
  await share(world, clinic, { labs: ['read'] })
  const second = await share(world, clinic, { labs: ['read'], allergies: ['read'] })
  const names = () => [...clinic.machine.keys.streams.values()].map(({ name }) => name).toSorted()
  expect(names()).toEqual(['allergies', 'audit', 'audit', 'labs'])
  expect(await cutGrantNow(laptop.machine, laptop.server, second, 'revoked')).toMatchObject({ type: 'done' })
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect(names()).toEqual(['audit', 'labs'])
  await save(laptop, 'labs', 'newer')
  await laptop.sync()
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  await clinic.reopen()
  expect(names()).toEqual(['audit', 'labs'])
  expect(shown(clinic, 'labs')).toEqual(shown(laptop, 'labs'))
})
