/** A practice and its own vault (C12), with real sessions, stores and server. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDeviceWorld, confirmed, PASSPHRASE, until, type DeviceWorld } from '../../support/device-world.ts'

let world: DeviceWorld

beforeAll(async () => {
  world = await createDeviceWorld()
})
afterAll(() => world.close())

test('C12: a practice is made offline or online with a vault of its own and its first member, and is a practice after the next unlock', async () => {
  const { session, practice, device } = await world.practice('Green Clinic', 'Lin Wei')
  expect(practice.me).toMatchObject({ name: 'Lin Wei', roles: ['admin', 'physician'], me: true })
  expect(practice.may('sign-note')).toBe(true)
  const [vault] = await until(session.charts$, (charts) => charts.length > 0)
  expect(vault).toMatchObject({ kind: 'practice', slot: practice.slot, relation: 'own' })
  const chart = await practice.open()
  const saved = await chart.save({
    collection: 'care-team',
    resource: JSON.stringify({ resourceType: 'Organization', name: 'Green Clinic' }),
  })
  expect(saved.type).toBe('saved')
  await session.syncNow()
  await confirmed(session)
  await session.lock()
  const again = await device.accountManager.unlock(session.slot, PASSPHRASE)
  const opened = world.keep(world.unlocked(again))
  expect(opened.practice?.me.name).toBe('Lin Wei')
  expect(opened.practice?.slot).toBe(practice.slot)
})

test('C12: a person’s account is no practice', async () => {
  const { session } = await world.account('Mei')
  expect(session.practice).toBeNull()
  const [chart] = await until(session.charts$, (charts) => charts.length > 0)
  expect(chart?.kind).toBe('person')
})

test('C12, K7: the kit of a practice admits another device of its administrator, which reads and writes all of its vault', async () => {
  const { session, practice, code } = await world.practice('Blue Clinic', 'Dr. Ho')
  const chart = await practice.open()
  const organization = JSON.stringify({ resourceType: 'Organization', name: 'Blue Clinic' })
  expect(await chart.save({ collection: 'care-team', resource: organization })).toMatchObject({ type: 'saved' })
  await confirmed(session)
  const phone = await world.restore(code)
  await confirmed(phone)
  expect(phone.practice!.me).toMatchObject({ name: 'Dr. Ho', roles: ['admin', 'physician'] })
  // Called as it is, whatever is on this device's unlock screen.
  expect(phone.label).not.toBe('Blue Clinic')
  expect(phone.practice!.name).toBe('Blue Clinic')
  const there = await phone.practice!.open()
  await until(there.list$('care-team'), (rows) => rows.length === 1)
  expect(await there.save({ collection: 'care-team', resource: organization })).toMatchObject({ type: 'saved' })
  await confirmed(phone)
  await confirmed(session)
  await until(chart.list$('care-team'), (rows) => rows.length === 2)
  const [own] = await until(practice.members$, (members) => members[0]!.devices.length === 2)
  expect(own!.me).toBe(true)
  // Whoever found the kit is taken out by the device that was there before, and the roles' keys with it.
  const [, second] = own!.devices
  expect(await session.removeDevice(second!.id)).toEqual({ type: 'done' })
  await confirmed(session)
  expect(await chart.save({ collection: 'care-team', resource: organization })).toMatchObject({ type: 'saved' })
  await confirmed(session)
})
