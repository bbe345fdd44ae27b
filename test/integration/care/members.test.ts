/** Members of a practice come, change and leave (C12), with real sessions, stores and server. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CARE_ROLES } from '@chartkeep/domain'
import type { Chart, Session } from '@chartkeep/sync'
import { confirmed, createDeviceWorld, openFirst, until, type DeviceWorld } from '../../support/device-world.ts'
import { joinPractice } from '../../support/join-practice.ts'
import { labResult, plan, visit } from '../../support/role-records.ts'

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
// A process has room for 13 collections of RxDB: what a test opened is locked after it.
afterEach(() => world.close())

test('C12: a member comes in by pairing, works in the practice’s vault by its roles, and everybody sees who wrote', async () => {
  const { session: boss, practice } = await world.practice('Green Clinic', 'Lin Wei')
  await confirmed(boss)
  const nurse = await joinPractice(world, boss, 'Nurse Ng', ['nurse'])
  expect(nurse.practice!.me).toMatchObject({ name: 'Nurse Ng', roles: ['nurse'], me: true })
  expect(nurse.practice!.may('administer-members')).toBe(false)
  expect(await nurse.practice!.setRoles(nurse.practice!.me.id, ['admin'], ['nurse'])).toEqual({
    type: 'refused',
    error: 'no-right',
  })
  const members = await until(practice.members$, (all) => all.length === 2)
  expect(members.map(({ name, roles, me }) => ({ name, roles, me }))).toEqual([
    { name: 'Lin Wei', roles: ['admin', 'physician'], me: true },
    { name: 'Nurse Ng', roles: ['nurse'], me: false },
  ])
  expect(members[1]!.devices).toHaveLength(1)

  const [summary] = await until(nurse.charts$, (charts) => charts.some(({ kind }) => kind === 'practice'))
  expect(summary).toMatchObject({ kind: 'practice', slot: nurse.practice!.slot, name: 'Green Clinic' })
  const chart = await nurse.practice!.open()
  const saved = await chart.save({ collection: 'appointments', resource: visit })
  expect(saved.type).toBe('saved')
  await confirmed(nurse)
  await confirmed(boss)
  const [seen] = await until((await practice.open()).list$('appointments'), (rows) => rows.length === 1)
  expect(seen!.author).toMatchObject({ name: 'Nurse Ng', me: false })
  // Plans are a physician's.
  expect(await chart.save({ collection: 'plans', resource: plan })).toEqual({ type: 'no-right' })

  expect(await practice.setRoles(members[1]!.id, ['physician', 'nurse'], ['nurse'])).toEqual({ type: 'done' })
  await nurse.syncNow()
  expect(nurse.practice!.me.roles).toEqual(['physician', 'nurse'])
  expect(await chart.save({ collection: 'plans', resource: plan })).toMatchObject({ type: 'saved' })
  await confirmed(nurse)
  expect(await practice.setRoles(members[1]!.id, ['nurse'], ['physician', 'nurse'])).toEqual({ type: 'done' })
  await nurse.syncNow()
  expect(await chart.save({ collection: 'plans', resource: plan })).toEqual({ type: 'no-right' })
})

test('C12: of two administrators who change one member at a time, the second is told and gives back no role that the first took away', async () => {
  const { session: boss, practice } = await world.practice('Green Clinic', 'Lin Wei')
  await confirmed(boss)
  const second = await joinPractice(world, boss, 'Office Oh', ['admin'])
  const nurse = await joinPractice(world, boss, 'Nurse Ng', ['physician', 'nurse'])
  const { id, roles: from } = nurse.practice!.me
  await second.syncNow()
  const seen = await until(second.practice!.members$, (all) => all.length === 3)
  expect(seen.find((member) => member.id === id)!.roles).toEqual(from)

  expect(await practice.setRoles(id, ['nurse'], from)).toEqual({ type: 'done' })
  // Their dialogue is earlier still.
  const refused = { type: 'refused', error: 'changed' }
  expect(await second.practice!.setRoles(id, ['physician', 'nurse', 'scribe'], from)).toEqual(refused)
  expect(await second.practice!.setRoles(id, ['admin'], [...from, 'admin'])).toEqual(refused)
  // What they want is so already: nothing is to be done.
  expect(await second.practice!.setRoles(id, ['nurse'], from)).toEqual({ type: 'done' })
  const now = await until(second.practice!.members$, (all) => all.some((member) => member.roles.join() === 'nurse'))
  expect(now.find((member) => member.id === id)!.roles).toEqual(['nurse'])
  await nurse.syncNow()
  expect(nurse.practice!.me.roles).toEqual(['nurse'])

  expect(await second.practice!.setRoles(id, ['nurse', 'scribe'], ['nurse'])).toEqual({ type: 'done' })
  await nurse.syncNow()
  expect(nurse.practice!.me.roles).toEqual(['nurse', 'scribe'])
})

test('C12: a chart shared with a practice is one grant for each care role, with the rights of the role', async () => {
  const { session: boss } = await world.practice('Blue Clinic', 'Dr. Ho')
  await confirmed(boss)
  const doctor = await joinPractice(world, boss, 'Dr. Fu', ['physician'])
  const scribe = await joinPractice(world, boss, 'Scribe Su', ['scribe'])
  const auditor = await joinPractice(world, boss, 'Auditor Au', ['auditor'])
  await auditor.syncNow()
  const code = (await boss.sharingCode()).code
  await boss.lock()
  const { session: patient } = await world.account('Mei')
  await confirmed(patient)
  const mine = await openFirst(patient)
  const grantee = await patient.readSharingCode(code)
  if ('type' in grantee) throw new Error(grantee.type)
  expect(grantee.practice).toBe(true)
  const outcome = await mine.share({
    grantee,
    scopes: [
      { collection: 'labs', rights: ['read', 'append'] },
      { collection: 'appointments', rights: ['read', 'append'] },
    ],
    until: Date.now() + 86_400_000,
    purpose: 'Care',
    shown: { name: 'Mei', birthDate: '' },
  })
  expect(outcome).toMatchObject({ type: 'in-force' })
  const grants = await until(mine.grants$, (all) => all.length === CARE_ROLES.length)
  expect(grants.map(({ role }) => role).toSorted()).toEqual([...CARE_ROLES].toSorted())

  const chartOf = async (session: Session): Promise<Chart> => {
    await session.syncNow()
    const charts = await until(session.charts$, (all) => all.some(({ kind }) => kind === 'person'))
    return (await session.openChart(charts.find(({ kind }) => kind === 'person')!.slot))!
  }
  const [byDoctor, byScribe] = [await chartOf(doctor), await chartOf(scribe)]
  expect(await byDoctor.save({ collection: 'labs', resource: labResult('R') })).toMatchObject({ type: 'saved' })
  expect(await byScribe.save({ collection: 'labs', resource: labResult('S') })).toEqual({ type: 'no-right' })
  // The desk's answers go to the patient without anybody who signs them.
  expect(await byScribe.save({ collection: 'appointments', resource: visit })).toMatchObject({ type: 'saved' })
  await confirmed(doctor)
  await confirmed(scribe)
  await confirmed(patient)
  await until(mine.list$('appointments'), (rows) => rows.length === 1)
  const [seen] = await until(mine.list$('labs'), (rows) => rows.length === 1)
  expect(seen!.author).toMatchObject({ name: 'Blue Clinic', me: false })
  await scribe.syncNow()
  await until(byScribe.list$('labs'), (rows) => rows.length === 1)
  await scribe.lock()
  await auditor.syncNow()
  const others = await until(auditor.charts$, () => true)
  expect(others.filter(({ kind }) => kind === 'person')).toEqual([])
})
