/** What a person and a pass write of one chart in the same moment: real stores, a real server, two people. All of it remains. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chart, ChartRecord, ChartSummary, Session } from '@chartkeep/sync'
import { confirmed, createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'

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

test('C7, Y2: that a person has confirmed whose chart it is remains, whatever a pass writes of the chart in the same moment', async () => {
  const { session, summary } = await sharedChart()
  const { id, slot, ...before } = await summary()
  expect(before.confirmed).toBe(false)
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

test('K4, Y2: two changes of how a person sees a chart, made in the same moment, both remain', async () => {
  const { session, summary } = await sharedChart()
  const { slot } = await summary()
  await Promise.all([session.setAppearance(slot, { symbol: 'M' }), session.setAppearance(slot, { tone: 4 })])
  expect((await summary()).look).toMatchObject({ symbol: 'M', tone: 4 })
})

/** One chart on two devices of its owner, with one medicine that both have in the same version. */
async function onTwoDevices(): Promise<{ laptop: Side; phone: Side; first: ChartRecord }> {
  const { session, code } = await world.account('Mei')
  await confirmed(session)
  const chart = await openFirst(session)
  const saved = await chart.save({ collection: 'medications', resource: medicine('500 mg') })
  if (saved.type !== 'saved') throw new Error(saved.type)
  await confirmed(session)
  const phone = await world.restore(code)
  return {
    laptop: { session, chart },
    phone: { session: phone, chart: await openFirst(phone) },
    first: saved.record,
  }
}

interface Side {
  session: Session
  chart: Chart
}

const medicine = (dose: string) =>
  JSON.stringify({
    resourceType: 'MedicationStatement',
    status: 'active',
    medicationCodeableConcept: { text: 'Metformin' },
    subject: { reference: 'Patient/self' },
    dosage: [{ text: dose }],
  })

test('Y3: a form that began with one version writes nothing over another that came meanwhile, and over that version once it names it', async () => {
  const { laptop, phone, first } = await onTwoDevices()
  const theirs = await phone.chart.save({ collection: 'medications', resource: medicine('250 mg'), id: first.id })
  expect(theirs.type).toBe('saved')
  await confirmed(phone.session)
  await confirmed(laptop.session)

  const mine = { collection: 'medications', resource: medicine('1000 mg'), id: first.id }
  expect(await laptop.chart.save({ ...mine, base: first.revision })).toEqual({ type: 'changed' })
  const now = laptop.chart.recordNow(first.id)!
  expect(now).toMatchObject({ resource: medicine('250 mg'), waiting: false })
  expect(await laptop.chart.history(first.id)).toHaveLength(2)

  expect(await laptop.chart.save({ ...mine, base: now.revision })).toMatchObject({ type: 'saved' })
  expect(laptop.chart.recordNow(first.id)).toMatchObject({ resource: medicine('1000 mg') })
})

test('Y3: of two forms that began with one version and are saved in the same moment one is told that the other was first', async () => {
  const { session } = await world.account('Mei', world.device('Laptop'), null)
  const chart = await openFirst(session)
  const saved = await chart.save({ collection: 'medications', resource: medicine('500 mg') })
  if (saved.type !== 'saved') throw new Error(saved.type)
  const { id, revision: base } = saved.record
  const outcomes = await Promise.all(
    ['250 mg', '1000 mg'].map((dose) => chart.save({ collection: 'medications', resource: medicine(dose), id, base })),
  )
  expect(outcomes.map(({ type }) => type)).toEqual(['saved', 'changed'])
  expect(chart.recordNow(id)).toMatchObject({ resource: medicine('250 mg') })
})

test('Y3: a form of a record that is here no more writes nothing', async () => {
  const { session } = await world.account('Mei', world.device('Laptop'), null)
  const chart = await openFirst(session)
  const input = { collection: 'medications', resource: medicine('500 mg'), id: 'no such record', base: 'any' }
  expect(await chart.save(input)).toEqual({ type: 'changed' })
})
