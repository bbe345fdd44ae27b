/** What a device without its network tells of the last confirmation: kept over a restart, per session and per chart. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Session } from '@chartkeep/sync'
import { firstValueFrom } from 'rxjs'
import {
  confirmed,
  createDeviceWorld,
  type DeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
} from '../../support/device-world.ts'

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

const statusOf = (session: Session) => firstValueFrom(session.sync$)
const save = async (session: Session, text: string) => {
  const chart = await openFirst(session)
  const resource = `{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"${text}"}}`
  expect((await chart.save({ collection: 'allergies', resource })).type).toBe('saved')
}
const chartOf = async (session: Session) => (await until(session.charts$, (charts) => charts.length > 0))[0]!

test('Y6: after a restart without its network a device tells when the server last confirmed everything, and what has waited since', async () => {
  const { session, device } = await world.account('Mei', world.device('Mei'))
  expect((await statusOf(session)).confirmedAt).toBeNull()
  await save(session, 'before')
  await confirmed(session)
  const before = (await statusOf(session)).confirmedAt
  expect(before).not.toBeNull()
  const chartBefore = (await chartOf(session)).confirmedAt
  expect(chartBefore).not.toBeNull()
  await session.lock()
  await world.server.stop()

  const away = world.unlocked(await device.accountManager.unlock(session.slot, PASSPHRASE))
  // From the first moment on, before any pass has found out that nobody answers.
  expect(await statusOf(away)).toMatchObject({ confirmedAt: before })
  await save(away, 'after')
  await away.syncNow()
  const status = await statusOf(away)
  expect(status).toMatchObject({ state: 'offline', confirmedAt: before })
  expect(status.waiting).toBeGreaterThan(0)
  expect(await chartOf(away)).toMatchObject({ confirmedAt: chartBefore, waiting: status.waiting })
})

test('Y6: an account that no server ever had tells of no confirmation, after a restart either', async () => {
  const { session, device } = await world.account('Ann', world.device('Ann'), null)
  await save(session, 'here')
  await session.lock()
  const again = world.unlocked(await device.accountManager.unlock(session.slot, PASSPHRASE))
  expect((await statusOf(again)).confirmedAt).toBeNull()
  expect((await chartOf(again)).confirmedAt).toBeNull()
})
