/** A grantee's stolen or sold device (K5, C4): what it can still do once it was removed from the grantee's account, and what nobody can abuse. */
import { randomBytes } from '@chartkeep/crypto'
import { idText } from '@chartkeep/protocol'
import { accountHead } from '@chartkeep/protocol/account'
import { controlHead, deviceCut } from '@chartkeep/protocol/control'
import { deviceRemovedEntry, MAX_DEVICE_CUTS, newestKey, maintainMembership } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  aside,
  createAttackWorld,
  forge,
  honestStream,
  save,
  share,
  shown,
  texts,
  type AttackWorld,
  type Device,
} from '../support/attack-world.ts'
import { makeUpStream, serveInstead } from '../support/hostile-server.ts'

let world: AttackWorld
let clinic: Device
let stolen: Device
let labs: Uint8Array

beforeEach(async () => {
  world = await createAttackWorld()
  labs = world.stream('labs')
  await save(world.laptop, 'labs', 'first')
  await world.laptop.sync()
  clinic = await world.provider()
  stolen = await world.secondDevice(clinic, 'old laptop')
  await share(world, clinic, { labs: ['read', 'append'] })
  expect(await stolen.sync()).toEqual({ type: 'synced' })
})

afterEach(() => world.close())

async function remove(device: Device): Promise<void> {
  const { account } = clinic.person
  const state = clinic.book.lookup(account)!
  const removal = await deviceRemovedEntry(state, clinic.secrets, device.secrets.id, clinic.boxKeys(), randomBytes)
  expect((await clinic.server.postAccount(account, removal)).type).toBe('ok')
  await clinic.book.append(account, [removal])
}

const tidy = (device = world.laptop) => maintainMembership(device.machine, device.server, world.time.now)
const epochOf = (device: Device) => newestKey(device.machine, idText(labs))?.epoch

test("K5, C4: an owner's device that sees the removal cuts the device, and the grantee reads on with new keys that it has not", async () => {
  const { laptop, phone } = world
  const before = epochOf(stolen)
  await remove(stolen)
  await laptop.sync()
  expect(await tidy()).toBe(true)
  const subject = { account: clinic.person.account, device: stolen.secrets.id }
  expect(deviceCut(laptop.machine.control!, subject)).toMatchObject({ reason: 'device-removed' })
  expect(await tidy()).toBe(false)
  await phone.sync()
  expect(await tidy(phone)).toBe(false)

  await save(laptop, 'labs', 'after the removal')
  await laptop.sync()
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  expect(shown(clinic, 'labs')).toEqual(texts('labs', 'after the removal', 'first'))
  expect(epochOf(clinic)).toBe(before! + 1)
  await save(clinic, 'labs', 'a result')
  expect(await clinic.sync()).toEqual({ type: 'synced' })
  // The device: no session, no new key.
  expect(await stolen.sync()).toEqual({ type: 'error', error: 'unauthenticated' })
  expect(epochOf(stolen)).toBe(before)
})

test('K5, C9: what the removed device writes with the help of the server does not count, backdated or not', async () => {
  const { laptop } = world
  const backdated = await forge(stolen, labs)
  await remove(stolen)
  await laptop.sync()
  await tidy()
  const now = clinic.book.lookup(clinic.person.account)!
  const late = await forge(stolen, labs, {
    accountLog: accountHead(now),
    control: controlHead(laptop.machine.control),
  })
  const honest = await honestStream(world, labs)
  for (const [forged, reason] of [
    [backdated, 'cut'],
    [late, 'device-not-live'],
  ] as const) {
    const reader = await world.addDevice(`reader ${reason}`)
    await reader.book.refresh(clinic.person.account, reader.server, world.key.publicKey)
    reader.server.lies = serveInstead(labs, await makeUpStream(world.key, world.vault, labs, [...honest, forged]))
    await reader.sync()
    expect(aside(reader)).toEqual([reason])
    expect(shown(reader, 'labs')).toEqual(texts('labs', 'first'))
  }
})

test('K5: a device that was gone before anything was sealed to the account is not cut, for it never held a key', async () => {
  const { laptop } = world
  const other = await world.provider()
  const gone = await world.secondDevice(other, 'gone')
  const { account } = other.person
  const state = other.book.lookup(account)!
  const removal = await deviceRemovedEntry(state, other.secrets, gone.secrets.id, other.boxKeys(), randomBytes)
  await other.server.postAccount(account, removal)
  await other.book.append(account, [removal])
  await share(world, other, { labs: ['read'] })
  const entries = laptop.machine.control!.n
  expect(await tidy()).toBe(false)
  expect(laptop.machine.control!.n).toBe(entries)
})

test('K5, Y5: an account log that the server does not show as it is cuts nobody', async () => {
  const { laptop } = world
  await remove(stolen)
  await laptop.sync()
  laptop.server.lies = { accountLog: () => ({ type: 'error', error: 'server-error' }) }
  expect(await tidy()).toBe(false)
  laptop.server.lies = {}
  expect(await tidy()).toBe(true)
})

test(
  'K5: an account that adds and removes devices without end does not fill the log',
  { timeout: 120_000 },
  async () => {
    const { laptop } = world
    await remove(stolen)
    for (let count = 0; count < MAX_DEVICE_CUTS + 3; count++)
      await remove(await world.secondDevice(clinic, `d${count}`))
    await laptop.sync()
    const entries = laptop.machine.control!.n
    await tidy()
    world.time.now += 3_600_000
    await tidy()
    expect(laptop.machine.control!.n).toBe(entries + MAX_DEVICE_CUTS)
    expect(await clinic.sync()).toEqual({ type: 'synced' })
  },
)
