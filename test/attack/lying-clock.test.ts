/**
 * H8: a server that signs times that are years wrong, once or always, and devices whose own clock is. No share ends and no copy is purged that should
 * remain; what should end does once both clocks have passed it; heads whose times run against their numbers are kept as evidence.
 */
import { idText } from '@chartkeep/protocol'
import type { AccountLogPage, ControlLogPage } from '@chartkeep/protocol/messages'
import { cutGrantNow, hasEnded, settleAccess, TABLE, type Answer } from '@chartkeep/sync/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAttackWorld, save, share, shown, texts, type AttackWorld, type Device } from '../support/attack-world.ts'
import { signHeadAs } from '../support/hostile-server.ts'
import { memoryHome } from '../support/memory-rows.ts'

const DAY = 24 * 60 * 60_000
const YEAR = 365 * DAY

let world: AttackWorld
let clinic: Device
/** Somebody whose share ends after two days. */
let visitor: Device
let grants: Record<'clinic' | 'visitor' | 'third', Uint8Array>

beforeEach(async () => {
  world = await createAttackWorld()
  clinic = await world.provider()
  visitor = await world.provider()
  const third = await world.provider()
  const lists: Parameters<typeof share>[2] = { medications: ['read'] }
  grants = {
    clinic: await share(world, clinic, lists, 60 * DAY),
    visitor: await share(world, visitor, lists, 2 * DAY),
    third: await share(world, third, lists, 60 * DAY),
  }
  await save(world.laptop, 'medications', 'first')
  await pass(world.laptop)
  await pass(clinic)
  await pass(visitor)
})

afterEach(() => world.close())

/** As the app does it: an owner's device settles what is due. */
async function pass(device: Device): Promise<void> {
  await device.sync()
  await settleAccess(device.machine, device.server)
}

/** Control heads that this device is shown are signed with a time that is wrong by `shift`: the next one, or all of them. */
function lie(device: Device, shift: number, often: 'once' | 'always'): void {
  device.server.lies.control = async (honest: Answer<ControlLogPage>) => {
    if (honest.type !== 'ok') return honest
    if (often === 'once') device.server.lies = {}
    const { head, entries } = honest.value
    return { type: 'ok', value: { entries, head: await signHeadAs(world.key, { ...head, time: head.time + shift }) } }
  }
}

const cutOf = (grant: Uint8Array) => world.laptop.machine.control!.grants.get(idText(grant))!.cut

/** Nobody has lost anything, also where the keys are renewed meanwhile. */
async function expectAllStands(): Promise<void> {
  const { laptop } = world
  for (const device of [laptop, clinic, visitor]) await pass(device)
  expect([cutOf(grants.clinic), cutOf(grants.visitor)]).toEqual([null, null])
  expect([hasEnded(clinic.machine), hasEnded(visitor.machine)]).toEqual([false, false])
  expect(await cutGrantNow(laptop.machine, laptop.server, grants.third, 'revoked')).toMatchObject({ type: 'done' })
  await save(laptop, 'medications', 'under new keys')
  await pass(laptop)
  // What they are told while their own server lies they may read later, and not by keys that they were never given.
  const lies = [clinic, visitor].map(({ server }) => server.lies)
  for (const device of [clinic, visitor]) {
    device.server.lies = {}
    await device.reopen()
    await pass(device)
    expect(shown(device, 'medications')).toEqual(texts('medications', 'first', 'under new keys'))
  }
  for (const [index, { server }] of [clinic, visitor].entries()) server.lies = lies[index]!
}

/** The visitor's share has ended, the clinic's is not. */
async function expectOnlyVisitorEnds(): Promise<void> {
  for (const device of [world.laptop, clinic, visitor]) await pass(device)
  expect(cutOf(grants.visitor)).toMatchObject({ reason: 'expired' })
  expect(cutOf(grants.clinic)).toBeNull()
  expect([hasEnded(clinic.machine), hasEnded(visitor.machine)]).toEqual([false, true])
}

async function wait(ms: number): Promise<void> {
  world.time.now += ms
  await world.ring()
}

describe.each([
  ['3 years ahead', 3 * YEAR],
  ['10 years ahead', 10 * YEAR],
  ['5 years behind', -5 * YEAR],
])("a server's time that is %s", (_, shift) => {
  const everyone = () => [world.laptop, world.phone, clinic, visitor]

  test.each([true, false])(
    'H8: for a moment: nothing ends, and what is over later ends then (known before: %s)',
    async (isKnown) => {
      for (const device of everyone()) {
        if (!isKnown) await device.reopen()
        lie(device, shift, 'once')
      }
      await expectAllStands()
      await wait(3 * DAY)
      await expectOnlyVisitorEnds()
    },
  )

  test.each([true, false])(
    'H8: for good: nothing ends before its time, and what is over ends once the clocks agree (known before: %s)',
    async (isKnown) => {
      for (const device of everyone()) {
        if (!isKnown) await device.reopen()
        lie(device, shift, 'always')
      }
      await expectAllStands()
      await wait(3 * DAY)
      for (const device of everyone()) await pass(device)
      expect(cutOf(grants.clinic)).toBeNull()
      expect(hasEnded(clinic.machine)).toBe(false)
      for (const device of everyone()) device.server.lies = {}
      await expectOnlyVisitorEnds()
    },
  )
})

describe.each([
  ['10 years ahead', 10 * YEAR],
  ['10 years behind', -10 * YEAR],
])('own clocks that are %s', (_, offset) => {
  test('H8: nothing ends before its time, and what is over ends once the clocks agree', async () => {
    const devices = [world.laptop, clinic, visitor]
    for (const { clock } of devices) clock.offset = offset
    await expectAllStands()
    await wait(3 * DAY)
    for (const device of devices) await pass(device)
    expect(cutOf(grants.clinic)).toBeNull()
    expect(hasEnded(clinic.machine)).toBe(false)
    // One that is behind waits; one that is ahead has the server's word.
    expect(cutOf(grants.visitor) === null).toBe(offset < 0)
    for (const { clock } of devices) clock.offset = 0
    await expectOnlyVisitorEnds()
  })
})

test("H8: with one owner's clock far behind, another owner's device cuts, and the visitor's copy goes by that cut", async () => {
  const { laptop, phone } = world
  laptop.clock.offset = visitor.clock.offset = -10 * YEAR
  await wait(3 * DAY)
  await pass(laptop)
  expect(cutOf(grants.visitor)).toBeNull()
  await pass(phone)
  await pass(laptop)
  expect(cutOf(grants.visitor)).toMatchObject({ reason: 'expired' })
  await pass(visitor)
  expect(hasEnded(visitor.machine)).toBe(true)
})

test('H8, F1: a later head with an earlier time is kept with the one before it, and nothing stops', async () => {
  const { laptop } = world
  lie(laptop, 3 * YEAR, 'once')
  await pass(laptop)
  expect(laptop.machine.rows.table(TABLE.evidence).size).toBe(0)
  await world.provider().then((guest) => share(world, guest, { medications: ['read'] }))
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const kept = [...laptop.machine.rows.table(TABLE.evidence)]
  expect(kept).toMatchObject([['control.time.control-head', { fault: 'time', serverKey: world.key.publicKey }]])
})

test('H8, F1: so is one of the log of an account', async () => {
  const { laptop } = world
  laptop.server.lies.accountLog = async (honest: Answer<AccountLogPage>) => {
    if (honest.type !== 'ok') return honest
    const { head, entries } = honest.value
    const told = await signHeadAs(world.key, { ...head, time: head.time + 3 * YEAR })
    return { type: 'ok', value: { entries, head: told } }
  }
  await world.addDevice('tablet')
  laptop.server.lies = {}
  await world.addDevice('watch')
  expect(await laptop.sync()).toEqual({ type: 'synced' })
  const kept = [...memoryHome(laptop.home).table('evidence').values()]
  expect(kept).toMatchObject([{ fault: 'time', what: 'account-head', serverKey: world.key.publicKey }])
})
