/** Signed departures (C10) between real machines and the real server core: what is taken, what a grantee's device says and when, what owners read. */
import { idText, textId } from '@chartkeep/protocol'
import type { Departure } from '@chartkeep/protocol/ended'
import {
  cutGrantNow,
  departedOf,
  departuresOf,
  purgeRevokedVault,
  ACCOUNT_TABLE,
  postDepartures,
  readDepartures,
  signDepartures,
  TABLE,
  type AccountRows,
} from '@chartkeep/sync/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAttackWorld, save, share, type AttackWorld, type Device } from '../../support/attack-world.ts'
import { signInAt } from '../../support/hostile-server.ts'
import { memoryHome } from '../../support/memory-rows.ts'

let world: AttackWorld
let clinic: Device
let grant: Uint8Array
let home: AccountRows

beforeEach(async () => {
  world = await createAttackWorld()
  await save(world.laptop, 'medications', 'first')
  await world.laptop.sync()
  clinic = await world.provider()
  home = memoryHome([])
  grant = await share(world, clinic, { medications: ['read'] })
})

afterEach(() => world.close())

async function revoke(which = grant): Promise<void> {
  const { laptop } = world
  expect(await cutGrantNow(laptop.machine, laptop.server, which, 'revoked')).toMatchObject({ type: 'done' })
}

/** The device removes its copy and home keeps what is to be posted. */
async function leave(): Promise<Record<string, Departure>> {
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  await purgeRevokedVault(clinic.machine)
  const departures = departuresOf(clinic.machine)
  const row = { grants: Object.keys(departures), own: {}, departures }
  await home.commit([{ table: ACCOUNT_TABLE.ended, key: idText(world.vault), value: row as never }])
  return departures
}

const waiting = () =>
  Object.keys(
    (home.get(ACCOUNT_TABLE.ended, idText(world.vault)) as { departures?: object } | undefined)?.departures ?? {},
  )
const posts = () => clinic.server.calls.filter((call) => call === 'depart').length
const ask = async (device: Device, departure: Departure, vault = world.vault) =>
  world.core.depart(await signInAt(world.core, device.person.account, device.secrets), vault, departure)

test('C10: after the purge the device posts a signed departure, and every owner device reads it', async () => {
  await revoke()
  await leave()
  expect(waiting()).toEqual([idText(grant)])
  await postDepartures(home, clinic.server)
  expect(waiting()).toEqual([])
  for (const device of [world.laptop, world.phone]) {
    await device.sync()
    await readDepartures(device.machine, device.server)
    expect(departedOf(device.machine, idText(grant))).toEqual([
      { device: idText(clinic.secrets.id), at: clinic.machine.clock.now() },
    ])
    await device.reopen()
    expect(departedOf(device.machine, idText(grant))).toHaveLength(1)
  }
})

test('C10: what is signed with the purge survives a crash before the post, and every post says the same', async () => {
  await revoke()
  expect(await clinic.sync()).toEqual({ type: 'ended' })
  clinic.fate = () => 'die-after'
  void purgeRevokedVault(clinic.machine)
  await clinic.died
  clinic.fate = () => 'write'
  await clinic.reopen()
  const before = departuresOf(clinic.machine)
  expect(Object.keys(before)).toEqual([idText(grant)])
  expect(clinic.rows.all()).toEqual([])
  clinic.clock.offset = 99_000
  expect(await leave()).toEqual(before)

  clinic.server.lies = { everything: () => ({ type: 'offline' }) }
  await postDepartures(home, clinic.server)
  expect(waiting()).toEqual([idText(grant)])
  clinic.server.lies = { everything: () => ({ type: 'error', error: 'server-error' }) }
  await postDepartures(home, clinic.server)
  expect(waiting()).toEqual([idText(grant)])
  clinic.server.lies = {}
  await postDepartures(home, clinic.server)
  expect(waiting()).toEqual([])
  const asked = posts()
  await postDepartures(home, clinic.server)
  expect(posts()).toBe(asked)
})

test('C10: a departure posted twice is one, and both answers are the same', async () => {
  await revoke()
  const departures = await leave()
  const departure = departures[idText(grant)]!
  expect(await ask(clinic, departure)).toBeNull()
  expect(await ask(clinic, departure)).toBeNull()
  const session = await signInAt(world.core, world.owner.account, world.laptop.secrets)
  expect(await world.core.departures(session, world.vault)).toEqual({ departures: [departure] })
})

test('C10: before any cut the server takes none, and answers as for a vault that is not there', async () => {
  await share(world, clinic, { labs: ['read'] })
  await revoke()
  await clinic.sync()
  const signed = await signDepartures(clinic.machine)
  expect(signed.size).toBe(2)
  const standing = [...signed].find(([id]) => id !== idText(grant))![1]
  const nowhere = { type: 'error', error: 'not-found' }
  expect(await ask(clinic, standing)).toMatchObject(nowhere)
  expect(await ask(clinic, standing, textId('A'.repeat(22))!)).toMatchObject(nowhere)
  expect(await ask(clinic, signed.get(idText(grant))!)).toBeNull()
})

test("C10, C6: another account's device is answered as for a vault that is not there; another device of the account is refused", async () => {
  await revoke()
  const departure = (await leave())[idText(grant)]!
  const stranger = await world.provider()
  expect(await ask(stranger, departure)).toMatchObject({ error: 'not-found' })
  // Somebody with a grant of its own that is over brings what is not its own.
  const other = await share(world, stranger, { labs: ['read'] })
  await revoke(other)
  expect(await ask(stranger, departure)).toMatchObject({ error: 'not-found' })
  // An owner departs from nothing.
  expect(await ask(world.laptop, departure)).toMatchObject({ error: 'not-found' })
  expect(await ask(clinic, { ...departure, signature: departure.signature.map((byte) => byte ^ 1) })).toMatchObject({
    error: 'refused',
  })
  expect(await ask(clinic, { ...departure, body: Uint8Array.of(1) })).toMatchObject({ error: 'bad-request' })
  const session = await signInAt(world.core, clinic.person.account, clinic.secrets)
  expect(await world.core.departures(session, world.vault)).toMatchObject({ error: 'not-found' })
})

test('C10: an owner keeps nothing that a lying server made up, moved to another grant, or took before the end', async () => {
  const { laptop } = world
  const early = await signDepartures(clinic.machine)
  const other = await share(world, clinic, { labs: ['read'] })
  const told = (departures: Departure[]) => {
    laptop.server.lies = { departures: () => ({ type: 'ok', value: { departures } }) }
    return readDepartures(laptop.machine, laptop.server)
  }
  const departure = early.get(idText(grant))!
  await laptop.sync()
  await told([departure])
  // Nothing has ended: nothing was asked.
  expect(laptop.server.calls).not.toContain('departures')
  await revoke(other)
  await told([departure])
  expect(laptop.server.calls).toContain('departures')
  expect(laptop.rows.table(TABLE.departed).size).toBe(0)
  await revoke()
  await told([{ ...departure, signature: new Uint8Array(64) }])
  expect(laptop.rows.table(TABLE.departed).size).toBe(0)
  await told([departure, departure])
  expect([...laptop.rows.table(TABLE.departed).keys()]).toEqual([`${idText(grant)}.${idText(clinic.secrets.id)}`])
})

test('C10: a grant that ran out brings a departure too, without any cut', async () => {
  world.time.now += 2 * 24 * 60 * 60_000 + 1000
  const departure = (await leave())[idText(grant)]!
  expect(await ask(clinic, departure)).toBeNull()
})
