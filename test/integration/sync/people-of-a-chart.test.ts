/** Two people and one chart (C2), by what the app is offered: shared, ended, managed, handed over, left, with real stores and a real server. */
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chart, ChartSummary, Session } from '@chartkeep/sync'
import { createDeviceWorld, type DeviceWorld, until } from '../../support/device-world.ts'

const LAB =
  '{"resourceType":"Observation","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"text":"HbA1c"},"valueQuantity":{"value":6.90,"unit":"%"}}'

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

async function person(name: string): Promise<Session> {
  const { session } = await world.account(name, world.device(name))
  await session.syncNow()
  return session
}

async function granteeOf(by: Session, to: Session) {
  const grantee = await by.readSharingCode((await to.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  return grantee
}

/** The chart of Mei as this session has it, in the state asked for. */
async function summaryOf(session: Session, wanted: (chart: ChartSummary) => boolean): Promise<ChartSummary> {
  const isMeis = (chart: ChartSummary) => chart.name === 'Mei' && wanted(chart)
  return (await until(session.charts$, (all) => all.some(isMeis))).find(isMeis)!
}

const confirmed = async (session: Session) => {
  await session.syncNow()
  return (await until(session.sync$, ({ state }) => state !== 'syncing')).state
}
const labsOf = async (chart: Chart) => (await firstValueFrom(chart.list$('labs'))).length

test('C2, C3, C10, F3: a grantee whose shares ended becomes a manager, then the holder; who gave the chart away may be added again', async () => {
  const mei = await person('Mei')
  const jun = await person('Jun')
  const shown = { name: 'Mei', birthDate: '2008-04-01' }
  const own = (await mei.openChart((await summaryOf(mei, () => true)).slot))!
  await own.save({ collection: 'labs', resource: LAB })
  expect(await confirmed(mei)).toBe('confirmed')

  // A share of everything so far, stopped; then a narrower one from now on, stopped too.
  const grantee = await granteeOf(mei, jun)
  const soon = Date.now() + 3_600_000
  const mayAdd = ['labs', 'allergies'].map((collection) => ({
    collection,
    rights: ['read' as const, 'append' as const],
  }))
  const shared = await own.share({ grantee, scopes: mayAdd, until: soon, purpose: '', shown })
  if (shared.type !== 'in-force') throw new Error(shared.type)
  expect(await confirmed(jun)).toBe('confirmed')
  const read = (await jun.openChart((await summaryOf(jun, ({ state }) => state === 'open')).slot))!
  await read.save({ collection: 'labs', resource: LAB.replace('6.90', '7.10') })
  expect(await confirmed(jun)).toBe('confirmed')
  expect(await confirmed(mei)).toBe('confirmed')
  expect((await own.revoke(shared.grant)).type).toBe('in-force')
  await jun.syncNow()
  await summaryOf(jun, ({ state }) => state === 'ended')
  const scopes = [{ collection: 'labs', rights: ['read' as const] }]
  const narrow = await own.share({ grantee, scopes, from: 'now', until: soon, purpose: '', shown })
  if (narrow.type !== 'in-force') throw new Error(narrow.type)
  expect(await confirmed(jun)).toBe('confirmed')
  const later = (await jun.openChart((await summaryOf(jun, ({ state }) => state === 'open')).slot))!
  expect(await labsOf(later)).toBe(0)
  expect((await own.revoke(narrow.grant)).type).toBe('in-force')
  await jun.syncNow()
  await summaryOf(jun, ({ state }) => state === 'ended')

  // A manager: asked whose chart it is, then everything.
  const person2 = { account: grantee.account, name: 'Jun' }
  expect(await own.owners.add({ person: person2, role: 'manager', shown })).toEqual({ type: 'done' })
  expect(await confirmed(jun)).toBe('confirmed')
  const offered = await summaryOf(jun, ({ state, relation }) => state === 'open' && relation === 'own')
  expect(offered).toMatchObject({ confirmed: false, birthDate: '2008-04-01', until: null })
  await jun.confirmChart(offered.slot)
  const managed = (await jun.openChart(offered.slot))!
  expect(await labsOf(managed)).toBe(2)
  await until(managed.owners.state$, ({ role }) => role === 'manager')
  const seen = await firstValueFrom(managed.owners.state$)
  expect(seen.people.map(({ name, role, me }) => ({ name, role, me }))).toEqual([
    { name: 'Mei', role: 'holder', me: false },
    { name: 'Jun', role: 'manager', me: true },
  ])
  expect(seen.people[0]!.may).toEqual({ remove: false, makeHolder: false, offer: false })
  await managed.save({ collection: 'labs', resource: LAB.replace('6.90', '7.30') })
  expect(await confirmed(jun)).toBe('confirmed')
  expect(await confirmed(mei)).toBe('confirmed')
  expect(await labsOf(own)).toBe(3)

  // The hand-over: offered, taken.
  expect((await firstValueFrom(own.owners.state$)).mayLeave).toBe(false)
  expect(await own.owners.leave()).toEqual({ type: 'last-holder' })
  expect(await own.owners.offer(person2.account)).toEqual({ type: 'done' })
  await jun.syncNow()
  const offer = await until(managed.owners.state$, ({ handOver }) => handOver !== null)
  expect(offer.handOver).toMatchObject({ way: 'received', name: 'Mei' })
  expect(await managed.owners.takeOver(offer.handOver!.account)).toEqual({ type: 'done' })
  expect(await confirmed(jun)).toBe('confirmed')
  const now = await until(managed.owners.state$, ({ role }) => role === 'holder')
  expect(now.people[0]).toMatchObject({ name: 'Mei', ended: { how: 'handed-over' } })
  await mei.syncNow()
  await summaryOf(mei, ({ state }) => state === 'ended')
  expect(await confirmed(mei), 'who gave it away has nothing left to do').toBe('confirmed')

  // Added again by the one who holds it now; removed where there is no network, which is an intent that can be dropped.
  const back = await granteeOf(jun, mei)
  const helper = { account: back.account, name: 'Mei' }
  expect(await managed.owners.add({ person: helper, role: 'manager', shown })).toEqual({ type: 'done' })
  expect(await confirmed(mei)).toBe('confirmed')
  const again = await summaryOf(mei, ({ state }) => state === 'open')
  expect(await labsOf((await mei.openChart(again.slot))!)).toBe(3)
  await world.server.stop()
  expect(await managed.owners.remove(helper.account)).toEqual({ type: 'pending' })
  await until(managed.owners.state$, ({ people }) => people.some(({ removing }) => removing))
  await managed.owners.keep(helper.account)
  await until(managed.owners.state$, ({ people }) => !people.some(({ removing }) => removing))
  expect(await managed.owners.remove(helper.account)).toEqual({ type: 'pending' })
  expect(await managed.owners.offer(helper.account)).toEqual({ type: 'offline' })
  await world.server.start()
  expect(await confirmed(jun)).toBe('confirmed')
  await until(managed.owners.state$, ({ people }) => people.at(-1)?.ended?.how === 'removed')
  await mei.syncNow()
  await summaryOf(mei, ({ state }) => state === 'ended')
  expect(await labsOf(managed)).toBe(3)
}, 120_000)
