/** H7 on the device: a server without room is said once, what was written waits, everything else is read, and it is sent once there is room. */
import { createDiskRoom, guardStorage } from '@chartkeep/sync-server/testing'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFirst, PASSPHRASE, until } from '../../support/device-world.ts'
import { openSession, type FaultDevice, type OwnDevice } from '../../support/fault-world.ts'
import { startServer, type ListeningServer } from '../../support/listening-server.ts'
import { createNodeDevice } from '../../support/node-device.ts'

const MIB = 1024 ** 2
let free = 100 * MIB
let server: ListeningServer
let laptop: OwnDevice
let phone: FaultDevice
const nodes = [createNodeDevice('Laptop'), createNodeDevice('Phone')] as const

beforeAll(async () => {
  let time = 0
  const room = createDiskRoom({
    free: () => free,
    used: () => 0,
    floorBytes: () => MIB,
    serverBytes: Infinity,
    // Each look is a new one.
    now: () => (time += 2000),
  })
  server = await startServer({ wrap: (storage) => guardStorage(storage, room, { spend: () => false }) })
  laptop = await openSession(nodes[0], server.address)
  await laptop.confirmed()
  const restored = await nodes[1].accountManager.restore({
    code: laptop.code,
    label: 'Account 1',
    passphrase: PASSPHRASE,
    server: server.address,
  })
  if (restored.type !== 'unlocked') throw new Error(restored.type)
  const { session } = restored
  await session.syncNow()
  await until(session.sync$, ({ state }) => state === 'confirmed')
  phone = { node: nodes[1], session, chart: await openFirst(session) }
  await laptop.confirmed()
})
afterAll(async () => {
  await laptop.session.lock()
  await phone.session.lock()
  for (const node of nodes) node.remove()
  await server.close()
})

async function save({ chart }: FaultDevice, text: string): Promise<void> {
  const resource = `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"${text}"}}`
  expect((await chart.save({ collection: 'allergies', resource })).type).toBe('saved')
}
const texts = async ({ chart }: FaultDevice) =>
  (await firstValueFrom(chart.list$('allergies')))
    .map(({ resource }) => /"text":"([^"]+)"/.exec(resource)![1])
    .toSorted()
const problem = ({ session }: FaultDevice) =>
  until(session.sync$, ({ state, problem: what }) => state === 'problem' && what?.key === 'server-full')

test('H7, Y6: while the server has no room, what was written waits under its own word, what others wrote is read, and all is sent once there is room', async () => {
  await save(phone, 'before')
  await phone.session.syncNow()
  await until(phone.session.sync$, ({ state, waiting }) => state === 'confirmed' && waiting === 0)
  free = 0
  await save(laptop, 'meanwhile')
  await laptop.session.syncNow()
  const told = await problem(laptop)
  expect([told.waiting > 0, told.problem, told.quarantined]).toEqual([
    true,
    { key: 'server-full', code: 'server-full' },
    0,
  ])
  expect(await texts(laptop)).toEqual(['before', 'meanwhile'])
  // A device of the account that has nothing to send is in step.
  await phone.session.syncNow()
  await until(phone.session.sync$, ({ state }) => state === 'confirmed')
  free = 100 * MIB
  await laptop.confirmed()
  await phone.session.syncNow()
  await expect.poll(() => texts(phone)).toEqual(['before', 'meanwhile'])
})

test('H7, K5: a device is removed while the server has no room, and the other continues reading', async () => {
  free = 0
  await save(laptop, 'later')
  await laptop.session.syncNow()
  await problem(laptop)
  const devices = await firstValueFrom(laptop.session.devices$)
  const other = devices.find(({ kind, thisDevice }) => kind === 'device' && !thisDevice)!
  expect(await laptop.session.removeDevice(other.id)).toEqual({ type: 'done' })
  free = 100 * MIB
  await laptop.confirmed()
})
