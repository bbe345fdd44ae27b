/** K7, S10: who came in by the kit leads the account's other devices to no other server before its 24 hours have ended. Real devices, two real servers. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstValueFrom } from 'rxjs'
import { openSession, type OwnDevice } from '../../support/fault-world.ts'
import { PASSPHRASE, until } from '../../support/device-world.ts'
import { startServer, type ListeningServer } from '../../support/listening-server.ts'
import { createNodeDevice, type NodeDevice } from '../../support/node-device.ts'
import type { Session } from '@chartkeep/sync'

const DAY_MS = 24 * 3_600_000

let here: ListeningServer
let next: ListeningServer
let nodes: NodeDevice[]
let laptop: OwnDevice
let phone: Session
beforeEach(async () => {
  ;[here, next] = [await startServer(), await startServer()]
  nodes = [createNodeDevice('Laptop'), createNodeDevice('Phone')]
  laptop = await openSession(nodes[0]!, here.address)
  await laptop.confirmed()
  const input = { code: laptop.code, label: 'Account 1', passphrase: PASSPHRASE, server: here.address }
  const restored = await nodes[1]!.accountManager.restore(input)
  if (restored.type !== 'unlocked') throw new Error(restored.type)
  phone = restored.session
  await passOf(phone)
})
afterEach(async () => {
  await phone.lock()
  await laptop.session.lock()
  for (const node of nodes) node.remove()
  for (const server of [here, next]) await server.close()
})

async function passOf(session: Session): Promise<void> {
  await session.syncNow()
  await until(session.sync$, ({ state }) => state !== 'syncing')
}

/** A day by all clocks. */
function waitADay(): void {
  for (const { clock } of [...nodes, here, next]) clock.offset += DAY_MS + 60_000
}

const serverOf = async (session: Session) => (await firstValueFrom(session.sync$)).server?.address

test('K7, S10: within 24 hours the move is refused and no device follows; after them it is made, and the others follow', async () => {
  expect(await phone.moveServer(next.address, { follow: false })).toEqual({ type: 'refused', error: 'too-early' })
  expect([await serverOf(phone), await serverOf(laptop.session)]).toEqual([here.address, here.address])
  waitADay()
  await passOf(phone)
  expect(await phone.moveServer(next.address, { follow: false })).toEqual({ type: 'done' })
  await passOf(laptop.session)
  await until(laptop.session.sync$, ({ server }) => server?.address === next.address)
})

test('K7, S10: a server that goes away after the 24 hours keeps nobody back, and one that goes before does', async () => {
  await here.stop()
  expect(await phone.moveServer(next.address, { follow: false })).toEqual({ type: 'refused', error: 'too-early' })
  await here.start()
  waitADay()
  await passOf(phone)
  await here.stop()
  expect(await phone.moveServer(next.address, { follow: false })).toEqual({ type: 'done' })
  await here.start()
})

test('K7, S10: at another server the hours start again, by its word', async () => {
  expect(await laptop.session.moveServer(next.address, { follow: false })).toEqual({ type: 'done' })
  await passOf(laptop.session)
  await passOf(phone)
  await until(phone.sync$, ({ server }) => server?.address === next.address)
  await passOf(phone)
  waitADay()
  await passOf(phone)
  const [older] = (await firstValueFrom(phone.devices$)).filter(
    ({ thisDevice, kind }) => !thisDevice && kind === 'device',
  )
  expect(await phone.removeDevice(older!.id)).toEqual({ type: 'done' })
})
