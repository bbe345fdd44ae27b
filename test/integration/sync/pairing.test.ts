/** Pairing (K8), names of devices (K5) and the kit's replacement (K7) between real devices over sealed SQLite stores and a real server. */
import { readdirSync } from 'node:fs'
import { PAIRING_MS } from '@chartkeep/protocol/pairing'
import type { Chart, NewDevice, Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  confirmed,
  createDeviceWorld,
  type DeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
} from '../../support/device-world.ts'
import { startServer } from '../../support/listening-server.ts'
import type { NodeDevice } from '../../support/node-device.ts'

const ALLERGY = '{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"Penicillin"}}'

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

async function owner(): Promise<{ laptop: NodeDevice; session: Session; chart: Chart; code: string }> {
  const { session, code, device: laptop } = await world.account('Mei')
  const chart = await openFirst(session)
  await chart.save({ collection: 'allergies', resource: ALLERGY })
  await confirmed(session)
  return { laptop, session, chart, code }
}

/** Both sides up to the moment when two people compare. */
async function compared(session: Session, phone: NodeDevice) {
  const paired = await phone.accountManager.pair(world.asked())
  if (paired.type !== 'pairing') throw new Error(paired.type)
  const added = await session.addDevice(paired.device.code)
  if (added.type !== 'pairing') throw new Error(added.type)
  const [here, there] = await Promise.all([paired.device.answered(), added.addition.revealed()])
  if (here.type !== 'compare' || there.type !== 'compare') throw new Error(`${here.type} ${there.type}`)
  return { newDevice: paired.device, addition: added.addition, here, there }
}

const names = async (session: Session) =>
  (await firstValueFrom(session.devices$))
    .filter(({ kind, removed }) => kind === 'device' && !removed)
    .map(({ name }) => name)

/** None of an account on a device: no slot, no file but the keyring's. */
const isEmpty = (phone: NodeDevice) => readdirSync(phone.folder).every((name) => name.startsWith('k.sqlite'))

test('K8: a phone enters by pairing: six equal words and twenty equal digits on both, then the whole chart', async () => {
  const { session } = await owner()
  const phone = world.device('Phone')
  const { newDevice, addition, here, there } = await compared(session, phone)
  expect(here.words).toEqual(there.words)
  expect(here.words.en).toHaveLength(6)
  expect(here.words.zh).toHaveLength(6)
  expect(here.digits).toBe(there.digits)
  expect(here.digits).toMatch(/^\d{5} \d{5} \d{5} \d{5}$/)
  expect(there.deviceName).toBe('Phone')

  const [entered, added] = await Promise.all([newDevice.confirm(), addition.confirm()])
  expect(added).toEqual({ type: 'added' })
  const second = world.unlocked(entered)
  expect(await addition.entered()).toBe('entered')
  expect(second.account).toBe(session.account)
  await second.syncNow()
  const [summary] = await until(second.charts$, (charts) => charts.length > 0)
  const chart = (await second.openChart(summary!.slot))!
  const [record] = await until(chart.list$('allergies'), (records) => records.length === 1)
  expect(record!.resource).toBe(ALLERGY)
  expect(await names(session)).toEqual(['Laptop', 'Phone'])

  const [ofLaptop] = (await firstValueFrom(second.devices$)).filter(({ name }) => name === 'Phone')
  expect(ofLaptop).toMatchObject({ added: { how: 'pairing', by: 'Laptop' }, newByKit: false, thisDevice: true })

  // It is a device like any other: it unlocks again, and lets others in.
  await second.lock()
  const [slot] = await phone.accountManager.accounts()
  const again = world.unlocked(await phone.accountManager.unlock(slot!.slot, PASSPHRASE))
  const third = await compared(again, world.device('Tablet'))
  expect(third.here.digits).toBe(third.there.digits)
  expect(third.here.digits).not.toBe(here.digits)
}, 60_000)

test('K8: before its person has confirmed the new device keeps nothing, and a pairing that is called off leaves nothing on either side', async () => {
  const { session } = await owner()
  const phone = world.device('Phone')
  for (const side of ['new', 'old'] as const) {
    const { newDevice, addition } = await compared(session, phone)
    expect(isEmpty(phone)).toBe(true)
    await (side === 'new' ? newDevice : addition).cancel()
    if (side === 'new') expect(await addition.entered()).toBe('refused')
    else expect(await newDevice.confirm()).toEqual({ type: 'ended' })
    expect(await phone.accountManager.accounts()).toEqual([])
    expect(isEmpty(phone)).toBe(true)
    await session.syncNow()
    expect(await names(session)).toEqual(['Laptop'])
  }
}, 60_000)

test('K8: where the person at the new device says no after the other one said yes, it is taken out again at once', async () => {
  const { session } = await owner()
  const phone = world.device('Phone')
  const { newDevice, addition } = await compared(session, phone)
  expect(await addition.confirm()).toEqual({ type: 'added' })
  expect(await names(session)).toEqual(['Laptop', 'Phone'])
  await newDevice.cancel()
  expect(await addition.entered()).toBe('refused')
  expect(await names(session)).toEqual(['Laptop'])
  expect(isEmpty(phone)).toBe(true)
}, 60_000)

test('K8: two devices answer one code: the second is told so, and the first pairing continues unharmed', async () => {
  const [mine, other] = [await owner(), await owner()]
  const phone = world.device('Phone')
  const { newDevice, addition } = await compared(mine.session, phone)
  expect(await other.session.addDevice(newDevice.code)).toEqual({ type: 'taken' })
  const [entered] = await Promise.all([newDevice.confirm(), addition.confirm()])
  expect(world.unlocked(entered).account).toBe(mine.session.account)
}, 60_000)

test('K8: a code that has ended, made for another server, not a code, or of a device that is in already says which', async () => {
  const { session } = await owner()
  const elsewhere = await startServer()
  const paired = (await world.device('Phone').accountManager.pair(world.asked(elsewhere.address))) as {
    device: NewDevice
  }
  expect(await session.addDevice(paired.device.code)).toEqual({ type: 'expired' })
  await elsewhere.close()

  const here = (await world.device('Phone').accountManager.pair(world.asked())) as { device: NewDevice }
  await here.device.cancel()
  expect(await session.addDevice(here.device.code)).toEqual({ type: 'expired' })
  expect(await here.device.answered()).toEqual({ type: 'cancelled' })

  for (const text of [
    '',
    'chartkeep:pair:',
    'hello',
    here.device.code.slice(0, -4),
    (await session.sharingCode()).code,
  ])
    expect(await session.addDevice(text)).toEqual({ type: 'bad-code' })

  const { newDevice, addition } = await compared(session, world.device('Phone'))
  const [entered] = await Promise.all([newDevice.confirm(), addition.confirm()])
  world.unlocked(entered)
  expect(await session.addDevice(newDevice.code)).toEqual({ type: 'known-device' })
  expect(PAIRING_MS).toBe(600_000)
}, 60_000)

test('K8: without its server no device shows a code or reads one, and says why', async () => {
  const { session } = await owner()
  const paired = (await world.device('Phone').accountManager.pair(world.asked())) as { device: NewDevice }
  await world.server.stop()
  expect(await world.device('Phone').accountManager.pair(world.asked())).toEqual({ type: 'offline' })
  expect(await session.addDevice(paired.device.code)).toEqual({ type: 'offline' })
  await world.server.start()
}, 60_000)

test('K5: a device gets another name, sealed, and every device shows it', async () => {
  const { session, code } = await owner()
  const phone = world.unlocked(await world.device('Phone').accountManager.restore({ ...world.asked(), code }))
  await session.syncNow()
  expect(await session.renameDevice(phone.device, '  Red phone ')).toEqual({ type: 'done' })
  await phone.syncNow()
  await until(phone.devices$, (all) => all.some(({ id, name }) => id === phone.device && name === 'Red phone'))
  expect((await session.renameDevice('unknown', 'x')).type).toBe('refused')
  expect(await names(session)).toEqual(['Laptop', 'Red phone'])
}, 60_000)

test('K7: after the kit was replaced the old one opens nothing: no server, no store, on no device; the new one opens all', async () => {
  const { laptop, session, code } = await owner()
  const tablet = world.device('Tablet')
  const other = world.unlocked(await tablet.accountManager.restore({ ...world.asked(), code }))
  const kit = session.drawKit()
  expect(kit.number).toBe(2)
  expect(await session.replaceKit(kit.code)).toEqual({ type: 'done' })
  await other.syncNow()
  await until(other.devices$, (all) => all.filter(({ kind, removed }) => kind === 'recovery' && removed).length === 1)

  const thief = world.device('Thief')
  expect(await thief.accountManager.restore({ ...world.asked(), code })).toEqual({ type: 'unknown-code' })
  expect(isEmpty(thief)).toBe(true)
  for (const [at, held] of [
    [laptop, session],
    [tablet, other],
  ] as const) {
    await held.lock()
    const [slot] = await at.accountManager.accounts()
    expect(await at.accountManager.unlockWithKit(slot!.slot, code, 'another passphrase here')).toEqual({
      type: 'wrong-code',
    })
    world.unlocked(await at.accountManager.unlockWithKit(slot!.slot, kit.code, 'another passphrase here'))
  }
  const late = world.unlocked(await world.device('Late').accountManager.restore({ ...world.asked(), code: kit.code }))
  expect(late.account).toBe(session.account)
}, 60_000)

test('K7: a kit that is put in place twice, at once or after an answer that was lost, is in place, and nobody is told that it is not', async () => {
  const { session, code } = await owner()
  const kit = session.drawKit()
  const twice = await Promise.all([session.replaceKit(kit.code), session.replaceKit(kit.code)])
  expect(twice).toEqual([{ type: 'done' }, { type: 'done' }])
  expect(await session.replaceKit(kit.code)).toEqual({ type: 'done' })
  expect(session.isKit(kit.code)).toBe(true)
  expect(session.drawKit().number).toBe(3)
  // The one that was taken out stays out.
  expect((await session.replaceKit(code)).type).toBe('refused')
}, 60_000)

test('K7: a device that came in by the kit is announced with its time, waits 24 hours, and an older one removes it at once', async () => {
  const { session, code } = await owner()
  const late = world.unlocked(await world.device('Late').accountManager.restore({ ...world.asked(), code }))
  await late.syncNow()
  expect(await late.removeDevice(session.device)).toEqual({ type: 'refused', error: 'too-early' })
  expect(await late.replaceKit(late.drawKit().code)).toEqual({ type: 'refused', error: 'too-early' })
  expect(late.waitUntil()! - Date.now()).toBeGreaterThan(23 * 3_600_000)
  expect(session.waitUntil()).toBeNull()

  await session.syncNow()
  const all = await until(session.devices$, (seen) => seen.some(({ newByKit }) => newByKit))
  const shown = all.find(({ id }) => id === late.device)!
  expect(shown).toMatchObject({ newByKit: true, added: { how: 'kit', by: '' } })
  expect(shown.seen?.isExact).toBe(true)
  expect(await session.removeDevice(late.device)).toEqual({ type: 'done' })
  expect(await names(session)).toEqual(['Laptop'])
}, 60_000)

test('K7: without a server the kit is replaced on the only device, and the server learns of it at first contact', async () => {
  const { session, code } = await world.account('Mei', world.device('Laptop'), null)
  const kit = session.drawKit()
  expect(await session.replaceKit(kit.code)).toEqual({ type: 'done' })
  await session.connectServer(world.address)
  await session.syncNow()
  await until(session.sync$, ({ state }) => state === 'confirmed')
  expect(await world.device('Thief').accountManager.restore({ ...world.asked(), code })).toEqual({
    type: 'unknown-code',
  })
  world.unlocked(await world.device('Late').accountManager.restore({ ...world.asked(), code: kit.code }))
}, 60_000)
