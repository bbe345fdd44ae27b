/** A practice's device with many charts: a pass opens those in which something moved, and a digest of each is at hand without opening it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Chart, Session } from '@chartkeep/sync'
import {
  confirmed,
  createDeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
  type DeviceWorld,
} from '../../support/device-world.ts'

let world: DeviceWorld

beforeAll(async () => {
  world = await createDeviceWorld()
})
afterAll(() => world.close())

const PATIENTS = 4
/** For a machine with ten times the work that it can do. */
const PATIENCE_MS = 60_000
const allergy = (what: string) =>
  JSON.stringify({
    resourceType: 'AllergyIntolerance',
    code: { text: what },
    criticality: 'high',
    clinicalStatus: { coding: [{ code: 'active' }] },
    patient: { reference: 'Patient/1' },
  })

async function shareWith(code: string, session: Session, chart: Chart, name: string): Promise<void> {
  const grantee = await session.readSharingCode(code)
  if ('type' in grantee) throw new Error(grantee.type)
  const shared = await chart.share({
    grantee,
    scopes: ['profile', 'allergies'].map((collection) => ({ collection, rights: ['read', 'append', 'amend'] })),
    until: Date.now() + 86_400_000,
    purpose: 'visit',
    shown: { name, birthDate: '1992-03-04' },
  })
  expect(shared.type).toBe('in-force')
}

test('C12, S7: of many charts a pass opens those in which something moved; each has its digest, the newest too, without being opened', async () => {
  const { session: made, device } = await world.practice('Green Clinic', 'Lin Wei')
  await made.syncNow()
  const { code } = await made.sharingCode()
  await made.lock()
  // One person who looks after them all: the charts, not the accounts, are what is many.
  // Only one of the two devices is open while many charts are: both are in this process, where RxDB allows 13 collections.
  const { session: family, device: home } = await world.account('Chen')
  for (let at = 1; at < PATIENTS; at++) await family.createChart({ name: `Person ${at}`, birthDate: '1992-03-04' })
  const summaries = await until(family.charts$, (charts) => charts.length === PATIENTS)
  await confirmed(family)
  for (const { slot, name } of summaries) {
    const chart = (await family.openChart(slot))!
    await chart.save({ collection: 'allergies', resource: allergy(`Allergy of ${name}`) })
    await shareWith(code, family, chart, name)
  }
  await confirmed(family)
  await family.lock()
  const practice = world.unlocked(await device.accountManager.unlock(made.slot, PASSPHRASE))
  await practice.syncNow()
  const charts = await until(
    practice.charts$,
    (all) => all.filter(({ kind }) => kind === 'person').every(({ care }) => care?.allergies.answer === 'some'),
    PATIENCE_MS,
  )
  const patients = charts.filter(({ kind }) => kind === 'person')
  expect(patients).toHaveLength(PATIENTS)
  for (const { name, care } of patients) {
    expect(care?.name).toBe(name)
    expect(care?.allergies.shown).toEqual([{ title: `Allergy of ${name}`, isHigh: true, isSevere: false }])
  }
  await confirmed(practice)

  // From here on the stores that are opened are counted.
  await practice.lock()
  const opened: string[] = []
  const { log } = device.platform
  device.platform.log = (name) => {
    opened.push(name)
    return log(name)
  }
  const again = world.unlocked(await device.accountManager.unlock(practice.slot, PASSPHRASE))
  await again.syncNow()
  await confirmed(again)
  // Home, and the practice's own vault, which is nobody's chart.
  expect(new Set(opened).size).toBe(2)
  expect((await until(again.charts$, () => true)).filter(({ care }) => care !== null)).toHaveLength(PATIENTS)

  // Something moves in one of them: that chart is opened, and its digest follows.
  opened.length = 0
  const changed = summaries[2]!
  const theirs = world.unlocked(await home.accountManager.unlock(family.slot, PASSPHRASE))
  await (await theirs.openChart(changed.slot))!.save({ collection: 'allergies', resource: allergy('Wasps') })
  await confirmed(theirs)
  await theirs.lock()
  await again.syncNow()
  await until(
    again.charts$,
    (all) =>
      all.some(
        ({ name, care }) => name === changed.name && care?.allergies.shown.some(({ title }) => title === 'Wasps'),
      ),
    PATIENCE_MS,
  )
  expect(new Set(opened).size).toBeLessThanOrEqual(1)

  // What is written into one while nothing answers goes out later, though it was closed meanwhile.
  const last = (await until(again.charts$, () => true)).find(({ name }) => name === summaries[3]!.name)!
  await again.confirmChart(last.slot)
  const chart = (await again.openChart(last.slot))!
  await world.server.stop()
  const saved = await chart.save({ collection: 'allergies', resource: allergy('Written offline') })
  expect(saved.type).toBe('saved')
  await again.lock()
  await world.server.start()
  const third = world.unlocked(await device.accountManager.unlock(practice.slot, PASSPHRASE))
  await confirmed(third)
  await third.lock()
  const reader = world.unlocked(await home.accountManager.unlock(family.slot, PASSPHRASE))
  await reader.syncNow()
  const received = (await reader.openChart(summaries[3]!.slot))!
  await until(
    received.list$('allergies'),
    (records) => records.some(({ title }) => title === 'Written offline'),
    PATIENCE_MS,
  )

  // C10: with the access goes what was kept at hand of the chart.
  // For a practice each role has a grant of its own.
  const grants = await until(received.grants$, (all) => all.some(({ state }) => state === 'active'))
  for (const { id } of grants.filter(({ state }) => state === 'active'))
    expect((await received.revoke(id)).type).toBe('in-force')
  await confirmed(reader)
  await reader.lock()
  const after = world.unlocked(await device.accountManager.unlock(practice.slot, PASSPHRASE))
  await after.syncNow()
  await until(
    after.charts$,
    (all) => all.some(({ id, state, care }) => id === last.id && state === 'ended' && care === null),
    PATIENCE_MS,
  )
  expect((await until(after.charts$, () => true)).filter(({ care }) => care !== null)).toHaveLength(PATIENTS - 1)
  await after.lock()
})

test('S7, Y6: the mark by which passes leave a chart alone is off the disk before anything is written into it: a kill between the two keeps nothing back', async () => {
  const device = world.device('Ward')
  const appended: string[] = []
  const { log } = device.platform
  device.platform.log = (name) => {
    const inner = log(name)
    const append: typeof inner.append = async (...given) => {
      await inner.append(...given)
      appended.push(name)
    }
    return { ...inner, append }
  }
  const { session: practice } = await world.practice('Red Clinic', 'Dr Su', device)
  await confirmed(practice)
  const { session: family } = await world.account('Su')
  await confirmed(family)
  await shareWith((await practice.sharingCode()).code, family, await openFirst(family), 'Su')
  await practice.syncNow()
  const { slot } = (await until(practice.charts$, (all) => all.some(({ name }) => name === 'Su'))).find(
    ({ name }) => name === 'Su',
  )!
  await practice.confirmChart(slot)
  const chart = (await practice.openChart(slot))!
  await confirmed(practice)
  await practice.syncNow()
  await world.server.stop()
  await practice.syncNow()
  await until(practice.sync$, ({ state }) => state === 'offline')
  appended.length = 0
  expect((await chart.save({ collection: 'allergies', resource: allergy('Latex') })).type).toBe('saved')
  // Home goes by the name of the account's slot.
  expect(appended[0]).toBe(practice.slot)
  expect(appended[1]).not.toBe(practice.slot)
  await practice.lock()
  await family.lock()
  await world.server.start()
})

test('N5, Y5: a chart whose copies cannot be settled, for the practice’s own store is damaged, holds no other chart up', async () => {
  const device = world.device('Desk')
  const logs: string[] = []
  const { log } = device.platform
  device.platform.log = (name) => {
    logs.push(name)
    return log(name)
  }
  const { session: made, code: kit } = await world.practice('Blue Clinic', 'Dr Ho', device)
  await confirmed(made)
  const { code } = await made.sharingCode()
  const own = logs.find((name) => name !== made.slot)!
  const { session: family } = await world.account('Ng')
  await family.createChart({ name: 'Second', birthDate: '1992-03-04' })
  const all = await until(family.charts$, (charts) => charts.length === 2)
  await confirmed(family)
  for (const { slot, name } of all) await shareWith(code, family, (await family.openChart(slot))!, name)
  // The server lists them in the order in which they were shared, and a pass goes through them so.
  const [first, second] = all
  await confirmed(family)
  await family.lock()

  // Two devices of the practice change the same thing apart: a conflict, which a person decides.
  const tablet = await world.restore(kit)
  async function openAt(session: Session): Promise<Chart> {
    await session.syncNow()
    const isFirst = ({ id: vault }: { id: string }) => vault === first!.id
    const { slot } = (await until(session.charts$, (charts) => charts.some(isFirst))).find(isFirst)!
    await session.confirmChart(slot)
    await confirmed(session)
    return (await session.openChart(slot))!
  }
  const chart = await openAt(made)
  const saved = await chart.save({ collection: 'allergies', resource: allergy('Nuts') })
  if (saved.type !== 'saved') throw new Error(saved.type)
  await confirmed(made)
  const onTablet = await openAt(tablet)
  await world.server.stop()
  const { id } = saved.record
  for (const [on, how] of [
    [chart, 'low'],
    [onTablet, 'unable-to-assess'],
  ] as const) {
    const resource = allergy('Nuts').replace('"high"', `"${how}"`)
    expect(await on.save({ collection: 'allergies', id, resource })).toMatchObject({ type: 'saved' })
  }
  await world.server.start()
  for (const each of [made, tablet]) await confirmed(each)
  await until(onTablet.conflicts$, (open) => open.length === 1)
  await tablet.lock()
  await made.lock()

  writeFileSync(join(device.folder, `${own}.sqlite`), 'not a store any more')
  const practice = world.unlocked(await device.accountManager.unlock(made.slot, PASSPHRASE))
  await practice.syncNow()
  await until(
    practice.charts$,
    (charts) => charts.some(({ id: vault, care }) => vault === second!.id && care !== null),
    PATIENCE_MS,
  )
  const charts = await until(practice.charts$, () => true)
  expect(charts.find(({ id: vault }) => vault === first!.id)?.conflicts).toBe(1)
})
