/** Several charts of one account, how its person sees them, and private lists: real stores, a real server, two devices. */
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  enteredInError,
  isJsonObject,
  parseJsonOrNull,
  PRIVATE_LISTS,
  restored,
  stringifyJson,
  trashed,
} from '@chartkeep/domain'
import type { Chart, ChartRecord, ChartSummary, Session } from '@chartkeep/sync'
import { bringPrivateLists, readableCollections } from '@chartkeep/sync/testing'
import { createAttackWorld, save, shown, texts } from '../../support/attack-world.ts'
import { seenIn } from '../../support/decisions.ts'
import { createDeviceWorld, type DeviceWorld, until } from '../../support/device-world.ts'

const CONDITION = '{"resourceType":"Condition","id":"c1","code":{"text":"Depression"},"note":[{"text":"since 2019"}]}'

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

async function person(name: string): Promise<{ session: Session; code: string }> {
  const { session, code } = await world.account(name, world.device(name))
  await session.syncNow()
  return { session, code }
}

const named = (session: Session, name: string): Promise<ChartSummary> =>
  until(session.charts$, (all) => all.some((chart) => chart.name === name)).then((all) =>
    all.find((chart) => chart.name === name)!,
  )
const listed = (chart: Chart, list: string): Promise<ChartRecord[]> => firstValueFrom(chart.list$(list))
const opened = async (session: Session, name: string): Promise<Chart> => {
  const chart = await session.openChart((await named(session, name)).slot)
  if (chart === null) throw new Error(`${name} did not open`)
  return chart
}

test('K7: on a device that came in by the kit a person is called as their own chart is, and not as the account is on the unlock screen', async () => {
  const { session, code } = await person('Ann')
  await session.createChart({ name: 'Mei', birthDate: '2010-02-03', look: { kin: 'daughter' } })
  await session.syncNow()
  const phone = await world.restore(code)
  await named(phone, 'Ann')
  expect(phone.label).toBe('Account 1')
  expect(phone.name).toBe('Ann')
  // It is what others are told: in the code that they scan, and in the list of whoever looks after the chart.
  expect((await phone.sharingCode()).name).toBe('Ann')
  const chart = await opened(phone, 'Ann')
  const { people } = await until(chart.owners.state$, (state) => state.people.length > 0)
  expect(people.map(({ name, me }) => [name, me])).toEqual([['Ann', true]])
})

test('K4, K7: where the first chart of the account is of another person, or is gone, the sealed list says what the account is called', async () => {
  const { session, code } = await person('Ann')
  await session.setAppearance((await named(session, 'Ann')).slot, { name: 'Mum', kin: 'mother' })
  await session.syncNow()
  const phone = await world.restore(code)
  await named(phone, 'Mum')
  expect([phone.label, phone.name]).toEqual(['Account 1', 'Ann'])
  expect((await phone.sharingCode()).name).toBe('Ann')
  // It hands on what it was told, also with its own words about charts.
  await phone.setAppearance((await named(phone, 'Mum')).slot, { symbol: 'M' })
  await phone.syncNow()
  const tablet = await world.restore(code, world.device('Tablet'))
  expect(tablet.name).toBe('Ann')
  await until(tablet.charts$, (charts) => charts.some(({ look }) => look.symbol === 'M'))
})

test('K4, K9: several charts of one account have keys of their own, and name, relation, symbol and colour follow to its other devices', async () => {
  const { session, code } = await person('Ann')
  const mei = await session.createChart({
    name: 'Mei',
    birthDate: '2010-02-03',
    look: { kin: 'daughter', symbol: 'M', tone: 4 },
  })
  expect(mei).toMatchObject({ name: 'Mei', relation: 'own', look: { kin: 'daughter', symbol: 'M', tone: 4 } })
  await session.syncNow()

  const phone = await world.restore(code)
  const there = await named(phone, 'Mei')
  expect(there.look).toEqual(mei.look)
  expect(there.confirmedAt).not.toBeNull()
  const profile = await listed(await opened(phone, 'Mei'), 'profile')
  expect(profile[0]?.resource).toContain('2010-02-03')

  // Changed on one, then on the other: the later word counts on both, whatever is between them.
  await session.setAppearance(mei.slot, { name: 'Mei-Mei', opener: { how: 'kit', who: 'Aunt Rosa' } })
  await session.syncNow()
  await phone.syncNow()
  expect((await named(phone, 'Mei-Mei')).look.opener).toEqual({ how: 'kit', who: 'Aunt Rosa' })
  await phone.setAppearance(there.slot, { symbol: '美' })
  await phone.syncNow()
  await session.syncNow()
  expect((await named(session, 'Mei-Mei')).look).toMatchObject({ symbol: '美', tone: 4, kin: 'daughter' })

  // A record of one chart is in no other, and no key of one is in the other's log.
  const chart = await opened(session, 'Mei-Mei')
  await chart.save({ collection: 'conditions', resource: CONDITION })
  expect(await listed(await opened(session, 'Ann'), 'conditions')).toEqual([])
  await session.syncNow()
  expect((await named(session, 'Mei-Mei')).waiting).toBe(0)
})

test('E6, C6: a private list reaches the own devices, and nobody with whom the list next to it is shared', async () => {
  const { session: ann, code } = await person('Ann')
  const { session: lin } = await person('Dr Lin')
  const chart = await opened(ann, 'Ann')
  const own = (await named(ann, 'Ann')).collections.map(({ collection }) => collection)
  expect(PRIVATE_LISTS.filter((list) => !own.includes(list))).toEqual([])

  const seen = await chart.save({ collection: 'conditions', resource: CONDITION.replace('Depression', 'Hay fever') })
  const hidden = await chart.save({ collection: 'conditions', resource: CONDITION })
  if (seen.type !== 'saved' || hidden.type !== 'saved') throw new Error('not saved')
  const moved = await chart.move(hidden.record.id, 'private')
  if (moved.type !== 'saved') throw new Error(moved.type)
  expect(moved.record).toMatchObject({ collection: 'conditions-private', title: 'Depression', resource: CONDITION })
  expect((await listed(chart, 'conditions')).map(({ title }) => title)).toEqual(['Hay fever'])
  expect((await firstValueFrom(chart.all$)).filter(({ title }) => title === 'Depression')).toHaveLength(1)
  expect(await chart.move(moved.record.id, 'private')).toEqual({ type: 'stays' })
  await ann.syncNow()

  const grantee = await ann.readSharingCode((await lin.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const wish = { grantee, until: Date.now() + 3_600_000, purpose: '', shown: { name: 'Ann', birthDate: '' } }
  const rights: 'read'[] = ['read']
  expect(await chart.share({ ...wish, scopes: [{ collection: 'conditions-private', rights }] })).toEqual({
    type: 'refused',
    error: 'private-list',
  })
  expect((await chart.share({ ...wish, scopes: [{ collection: 'conditions', rights }] })).type).toBe('in-force')
  await ann.syncNow()
  await lin.syncNow()
  const theirs = await until(lin.charts$, (all) => all.some(({ relation }) => relation === 'shared'))
  const offered = theirs.find(({ relation }) => relation === 'shared')!
  await lin.confirmChart(offered.slot)
  const read = (await lin.openChart(offered.slot))!
  expect((await listed(read, 'conditions')).map(({ title }) => title)).toEqual(['Hay fever'])
  const written = (await firstValueFrom(read.all$)).map(({ resource }) => resource).join('\n')
  expect(written).not.toContain('Depression')
  expect(offered.collections.map(({ collection }) => collection)).toEqual(['conditions'])

  // Another device of Ann has it, and restores it.
  const phone = await world.restore(code)
  const there = await opened(phone, 'Ann')
  const [found] = await listed(there, 'conditions-private')
  expect(found?.resource).toBe(CONDITION)
  expect((await there.move(found!.id, 'shared')).type).toBe('saved')
  await phone.syncNow()
  await ann.syncNow()
  await lin.syncNow()
  expect((await listed(read, 'conditions')).map(({ title }) => title).toSorted()).toEqual(['Depression', 'Hay fever'])
  expect(await listed(chart, 'conditions-private')).toEqual([])
})

test('A1, N10: the audit log names what was done to a record: in the trash, restored, private, shared again, an error', async () => {
  const { session } = await person('Ann')
  const chart = await opened(session, 'Ann')
  const saved = await chart.save({ collection: 'conditions', resource: CONDITION })
  if (saved.type !== 'saved') throw new Error(saved.type)
  expect(saved.record.kept).toBe(false)
  let { id } = saved.record
  const resource = parseJsonOrNull(CONDITION)
  if (!isJsonObject(resource)) throw new Error('no object')
  const away = trashed(resource, '2026-11-25T08:00:00Z')
  await chart.save({ collection: 'conditions', id, resource: stringifyJson(away) })
  await chart.save({ collection: 'conditions', id, resource: stringifyJson(restored(away)) })
  for (const to of ['private', 'shared'] as const) {
    const moved = await chart.move(id, to)
    if (moved.type !== 'saved') throw new Error(moved.type)
    id = moved.record.id
  }
  await chart.save({ collection: 'conditions', id, resource: stringifyJson(enteredInError(resource, 'Not mine')) })
  const lines = (await firstValueFrom(chart.audit$)).filter(({ subject }) => subject === 'Depression')
  expect(lines.map(({ action }) => action).toReversed()).toEqual([
    'created',
    'trashed',
    'restored',
    'made-private',
    'made-shared',
    'marked-error',
  ])
})

test('Y3, P6: moved to the private list on one device and changed on another, a record is shown in both versions', async () => {
  const { session, code } = await person('Ann')
  const chart = await opened(session, 'Ann')
  const saved = await chart.save({ collection: 'conditions', resource: CONDITION })
  if (saved.type !== 'saved') throw new Error(saved.type)
  await session.syncNow()
  const phone = await world.restore(code)
  const there = await opened(phone, 'Ann')
  const [record] = await listed(there, 'conditions')
  await world.server.stop()
  expect((await chart.move(saved.record.id, 'private')).type).toBe('saved')
  await there.save({ collection: 'conditions', id: record!.id, resource: CONDITION.replace('2019', '2021') })
  await world.server.start()
  await session.syncNow()
  await phone.syncNow()
  await session.syncNow()
  const [conflict] = await until(chart.conflicts$, (all) => all.length > 0)
  expect(conflict!.current.resource).not.toContain('Depression')
  expect(conflict!.others[0]?.resource).toContain('since 2021')
  // Choosing what was written brings the record back to the list that everybody with a share sees.
  expect((await chart.resolve(saved.record.id, conflict!.others[0]!.resource, seenIn(conflict!))).type).toBe('saved')
  expect((await listed(chart, 'conditions')).map(({ title }) => title)).toEqual(['Depression'])
})

test('C1, K9: an earlier chart gets the private lists that it lacks by one entry, whichever of its devices comes first', async () => {
  const pair = await createAttackWorld()
  try {
    const { laptop, phone } = pair
    const lists = () => readableCollections(laptop.machine).filter(({ collection }) => collection.endsWith('-private'))
    expect(lists()).toEqual([])
    await bringPrivateLists(laptop.machine, laptop.server)
    await bringPrivateLists(phone.machine, phone.server)
    await laptop.sync()
    expect(
      lists()
        .map(({ collection }) => collection)
        .toSorted(),
    ).toEqual([...PRIVATE_LISTS].toSorted())
    expect(laptop.machine.control?.n).toBe(phone.machine.control?.n)
    const { streams } = laptop.machine.control!
    expect(streams.size).toBe(4 + PRIVATE_LISTS.length)
    // Written on one, read on the other.
    await save(phone, 'labs-private', 'hidden')
    await phone.sync()
    await laptop.sync()
    expect(shown(laptop, 'labs-private')).toEqual(texts('labs', 'hidden'))
  } finally {
    pair.close()
  }
})
