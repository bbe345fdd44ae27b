/** C12: a member who leaves is stopped at once, online and offline: what the server, her device, patients' devices and the quarantine inbox do. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PracticeRole } from '@chartkeep/domain'
import type { Chart, Session } from '@chartkeep/sync'
import { OpenChart } from '@chartkeep/sync/testing'
import { vitalSign, visit } from '../../support/role-records.ts'
import {
  confirmed,
  createDeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
  type DeviceWorld,
} from '../../support/device-world.ts'
import { joinPractice } from '../../support/join-practice.ts'

let world: DeviceWorld

beforeEach(async () => {
  world = await createDeviceWorld()
})
afterEach(() => world.close())

/** A practice with a nurse, and a patient who shares vital signs with it. */
async function careWorld(roles: PracticeRole[] = ['nurse']) {
  const { session: boss, practice } = await world.practice('Green Clinic', 'Lin Wei')
  await confirmed(boss)
  const device = world.device('Ward')
  const nurse = await joinPractice(world, boss, 'Nurse Ng', roles, device)
  const { session: patient, device: home } = await world.account('Mei')
  await confirmed(patient)
  const chart = await openFirst(patient)
  const grantee = await patient.readSharingCode((await boss.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const shared = await chart.share({
    grantee,
    scopes: [{ collection: 'vitals', rights: ['read', 'append'] }],
    until: Date.now() + 86_400_000,
    purpose: 'Care',
    shown: { name: 'Mei', birthDate: '' },
  })
  expect(shared.type).toBe('in-force')
  await boss.syncNow()
  await nurse.syncNow()
  const charts = await until(nurse.charts$, (all) => all.length === 2)
  const slot = charts.find(({ kind }) => kind === 'person')!.slot
  const member = (await until(practice.members$, (all) => all.length === 2))[1]!.id
  return { boss, practice, nurse, device, patient, home, chart, slot, member }
}

const stateOf = async (session: Session) =>
  (await until(session.charts$, () => true)).map(({ state }) => state).toSorted()

const texts = async (chart: Chart) => (await until(chart.list$('vitals'), () => true)).map(({ title }) => title)

test('C12: removed while online: her connection ends, her copies go, patients renew their keys, and nothing more reaches her', async () => {
  const { practice, nurse, patient, chart, slot, member } = await careWorld()
  const byNurse = (await nurse.openChart(slot))!
  expect(await byNurse.save({ collection: 'vitals', resource: vitalSign('In time') })).toMatchObject({ type: 'saved' })
  await confirmed(nurse)
  expect(await practice.removeMember(member)).toEqual({ type: 'done' })
  // Her socket is closed by the server, so her device looks at once, with nobody acting.
  await until(nurse.charts$, (charts) => charts.every(({ state }) => state === 'ended'))
  expect(await nurse.openChart(slot)).toBeNull()
  expect(nurse.practice!.me).toMatchObject({ removed: true })
  const gone = await until(practice.members$, (all) => all.some(({ removed }) => removed))
  expect(gone.find(({ id }) => id === member)).toMatchObject({ name: 'Nurse Ng', removed: true })

  await confirmed(patient)
  expect(await texts(chart), 'what she wrote in time stays').toEqual(['In time'])
  await chart.save({ collection: 'vitals', resource: vitalSign('Later') })
  await confirmed(patient)
  await nurse.syncNow()
  expect(await stateOf(nurse)).toEqual(['ended', 'ended'])
  const { problem } = await until(nurse.sync$, ({ state }) => state === 'problem' || state === 'offline')
  expect(problem).not.toBeNull()
})

test('C12, C11: removed while offline: what she had not sent goes to the quarantine inbox, for the patient and the practice to decide', async () => {
  const { boss, practice, nurse, device, patient, home, slot, member } = await careWorld()
  await world.server.stop()
  const byNurse = (await nurse.openChart(slot))!
  expect(await byNurse.save({ collection: 'vitals', resource: vitalSign('Unsent') })).toMatchObject({ type: 'saved' })
  const own = await nurse.practice!.open()
  expect(await own.save({ collection: 'appointments', resource: visit })).toMatchObject({ type: 'saved' })
  const { slot: account } = nurse
  await nurse.lock()
  await world.server.start()
  await boss.syncNow()
  expect(await practice.removeMember(member)).toEqual({ type: 'done' })
  // The patient's device reads the log of the practice when it is unlocked next, and cuts her before she comes back.
  await patient.lock()
  const mei = world.unlocked(await home.accountManager.unlock(patient.slot, PASSPHRASE))
  await confirmed(mei)
  const chart = await openFirst(mei)
  await chart.save({ collection: 'vitals', resource: vitalSign('After the cut') })
  await confirmed(mei)

  const back = world.unlocked(await device.accountManager.unlock(account, PASSPHRASE))
  await back.syncNow()
  const ended = await until(back.charts$, (charts) => charts.every(({ state }) => state === 'ended'))
  expect(ended.map(({ undelivered }) => undelivered)).toEqual([0, 0])
  expect(ended.every(({ handed }) => handed > 0)).toBe(true)
  await back.lock()

  await confirmed(mei)
  expect(await texts(chart), 'put aside until somebody decides').toEqual(['After the cut'])
  const [late] = await until(chart.late$, (items) => items.length === 1)
  expect(late).toMatchObject({ title: 'Unsent', decision: 'open' })
  await confirmed(boss)
  await until((await practice.open()).late$, (items) => items.some(({ type }) => type === 'Appointment'))
})

test('C12: who loses one role of two continues by the other; the patient’s next device cuts the lost one and renews its keys, once', async () => {
  const { practice, nurse, patient, home, slot, member } = await careWorld(['nurse', 'scribe'])
  const hers = (await nurse.openChart(slot))!
  expect(await hers.save({ collection: 'vitals', resource: vitalSign('As a nurse') })).toMatchObject({ type: 'saved' })
  await confirmed(nurse)
  expect(await practice.setRoles(member, ['scribe'], ['nurse', 'scribe'])).toEqual({ type: 'done' })
  await patient.lock()
  const mei = world.unlocked(await home.accountManager.unlock(patient.slot, PASSPHRASE))
  await confirmed(mei)
  const chart = await openFirst(mei)
  if (!(chart instanceof OpenChart)) throw new Error('the chart does not open')
  const { control } = chart.machine
  expect(control!.roleCuts.map(({ reason }) => reason)).toEqual(['role-lost'])
  expect(control!.deviceCuts).toEqual([])
  await chart.save({ collection: 'vitals', resource: vitalSign('Under new keys') })
  await confirmed(mei)
  expect(chart.machine.control!.roleCuts).toHaveLength(1)
  expect((await texts(chart)).toSorted()).toEqual(['As a nurse', 'Under new keys'])

  await nurse.syncNow()
  await until(hers.list$('vitals'), (rows) => rows.length === 2)
  expect(await hers.save({ collection: 'vitals', resource: vitalSign('Not any more') })).toEqual({ type: 'no-right' })
  expect(await stateOf(nurse)).toEqual(['open', 'open'])
})
