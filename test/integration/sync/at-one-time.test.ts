/** What a person and a pass write of one chart in the same moment: real stores, a real server, two people. All of it stands. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChartSummary, Session } from '@chartkeep/sync'
import { createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

/** Mei's chart, on the device of Jun, to whom its lab results are open. */
async function sharedChart(): Promise<{ session: Session; summary: () => Promise<ChartSummary> }> {
  const { session: owner } = await world.account('Mei')
  await owner.syncNow()
  const { session } = await world.account('Jun', world.device('Tablet'))
  await session.syncNow()
  const grantee = await owner.readSharingCode((await session.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const scopes = [{ collection: 'labs', rights: ['read' as const] }]
  const shown = { name: 'Mei', birthDate: '' }
  const chart = await openFirst(owner)
  const shared = await chart.share({ grantee, scopes, until: Date.now() + 3_600_000, purpose: '', shown })
  expect(shared.type).toBe('in-force')
  await session.syncNow()
  const summary = async () => (await until(session.charts$, (all) => all.some(isShared))).find(isShared)!
  return { session, summary }
}

const isShared = ({ relation }: ChartSummary) => relation === 'shared'

/** What a pass writes of a chart when it ends. */
interface Inside {
  updateVaultRow(vault: string, change: { emergencyUses?: number; handed?: number }): Promise<void>
}

test('C7, Y2: that a person has confirmed whose chart it is stands, whatever a pass writes of the chart in the same moment', async () => {
  const { session, summary } = await sharedChart()
  const { id, slot, confirmed } = await summary()
  expect(confirmed).toBe(false)
  const inside = session as unknown as Inside
  await Promise.all([
    inside.updateVaultRow(id, { emergencyUses: 2 }),
    session.confirmChart(slot),
    inside.updateVaultRow(id, { handed: 3 }),
  ])
  expect(await summary()).toMatchObject({ confirmed: true, emergencyUses: 2, handed: 3 })
  await session.syncNow()
  expect(await summary()).toMatchObject({ confirmed: true })
})

test('K4, Y2: two changes of how a person sees a chart, made in the same moment, both stand', async () => {
  const { session, summary } = await sharedChart()
  const { slot } = await summary()
  await Promise.all([session.setLook(slot, { symbol: 'M' }), session.setLook(slot, { tone: 4 })])
  expect((await summary()).look).toMatchObject({ symbol: 'M', tone: 4 })
})
