/** How many charts are open at once, and which of them close to make room: real sealed stores, real RxDB. */
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Chart, Session } from '@chartkeep/sync'
import { createDeviceWorld, type DeviceWorld, until } from '../../support/device-world.ts'

let world: DeviceWorld
let session: Session
let slots: string[]

beforeEach(async () => {
  world = await createDeviceWorld()
  session = (await world.account('P1')).session
  for (const name of ['P2', 'P3', 'P4', 'P5', 'P6', 'P7']) await session.createChart({ name })
  slots = (await until(session.charts$, (charts) => charts.length === 7)).map(({ slot }) => slot)
}, 60_000)
afterEach(() => world.close())

/** From here on only the test opens charts. */
async function withoutServer(): Promise<void> {
  await world.server.stop()
  await session.syncNow()
}

async function open(at: number): Promise<Chart> {
  const chart = await session.openChart(slots[at]!)
  if (chart === null) throw new Error('no chart')
  return chart
}

const ALLERGY = '{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"},"code":{"text":"Peanut"}}'

test('Y2: a chart that a screen holds stays open through a sync of seven charts, and is written to afterwards', async () => {
  const shown = await open(0)
  const release = shown.hold()
  await session.syncNow()
  await session.syncNow()
  expect(shown.isOpen()).toBe(true)
  expect((await shown.save({ collection: 'allergies', resource: ALLERGY })).type).toBe('saved')
  expect((await until(shown.list$('allergies'), (records) => records.length === 1))[0]!.title).toBe('Peanut')
  expect(await session.openChart(slots[0]!)).toBe(shown)
  await withoutServer()
  release()
  release()
  for (const at of [1, 2, 3, 4]) await open(at)
  expect(shown.isOpen()).toBe(false)
  expect(await firstValueFrom((await open(0)).list$('allergies'))).toHaveLength(1)
}, 60_000)

test('A statement that there is no allergy is a record of its list, and counts as no allergy', async () => {
  const chart = await open(0)
  const said = ALLERGY.replace('Peanut', 'No known drug allergies')
  for (const resource of [ALLERGY, said]) await chart.save({ collection: 'allergies', resource })
  expect(await until(chart.list$('allergies'), (records) => records.length === 2)).toHaveLength(2)
  expect(await until(chart.counts$, ({ allergies }) => allergies !== undefined)).toMatchObject({ allergies: 1 })
}, 60_000)

test('Y2: the least recently used of those that nobody holds closes first; let go counts as used', async () => {
  await withoutServer()
  const [a, b, c, d] = [await open(0), await open(1), await open(2), await open(3)]
  const release = a.hold()
  await open(1)
  release()
  await open(4)
  expect([a, b, c, d].map((chart) => chart.isOpen())).toEqual([true, true, false, true])
}, 60_000)

test('Y2, C4: where all four are held two more open next to them, the seventh says so, and sync continues when one is let go', async () => {
  const releases: (() => void)[] = []
  for (const at of [0, 1, 2, 3, 4, 5]) releases.push((await open(at)).hold())
  await expect(session.openChart(slots[6]!)).rejects.toMatchObject({ name: 'TooManyChartsError' })
  await session.syncNow()
  await until(session.sync$, ({ state }) => state === 'waiting')
  releases[2]!()
  await open(6)
  await session.syncNow()
  await until(session.sync$, ({ state }) => state === 'confirmed')
  // Room is made down to four again once nobody holds them.
  for (const release of releases) release()
  await open(2)
}, 60_000)

test('Y5: a chart that is locked away or closed is not held by an old hold', async () => {
  await withoutServer()
  const first = await open(0)
  const release = first.hold()
  release()
  for (const at of [1, 2, 3, 4]) await open(at)
  expect(first.isOpen()).toBe(false)
  first.hold()
  const again = await open(0)
  expect(again).not.toBe(first)
  for (const at of [1, 2, 3, 4]) await open(at)
  expect(again.isOpen()).toBe(false)
}, 60_000)
