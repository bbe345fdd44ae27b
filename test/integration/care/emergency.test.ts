/** C13: emergency access between real sessions and a real server: allowed beforehand, held back, opened with a reason, told at once, over in time. */
import { cpSync } from 'node:fs'
import { textId } from '@chartkeep/protocol'
import type { PracticeRole } from '@chartkeep/domain'
import { expect, test } from 'vitest'
import type { Chart, ChartSummary, EmergencyGrantView, HeldChart, Session } from '@chartkeep/sync'
import type { HttpServer } from '@chartkeep/sync/testing'
import { labResult, vitalSign } from '../../support/role-records.ts'
import {
  confirmed,
  createBentWorld,
  createDeviceWorld,
  openFirst,
  PASSPHRASE,
  until,
  type DeviceWorld,
} from '../../support/device-world.ts'
import { joinPractice } from '../../support/join-practice.ts'
import type { NodeDevice } from '../../support/node-device.ts'

const HOUR = 3_600_000
const REASON = 'Found unconscious at the station'

const heldBy = (session: Session) => until(session.emergency.held$, () => true)
const titles = async (chart: Chart) => (await until(chart.list$('labs'), () => true)).map(({ title }) => title)
const statesOf = async (chart: Chart) =>
  (await until(chart.emergency.grants$, () => true)).map(({ role, state }) => `${role} ${state}`).toSorted()

function rolesOfBoss({ practice }: Session, roles: readonly PracticeRole[]) {
  const { id, roles: from } = practice!.me
  return practice!.setRoles(id, roles, from)
}

/** A practice with a nurse, and a patient with one result who allows its physicians and nurses to open her chart in an emergency. */
async function emergencyWorld(world: DeviceWorld, ward: NodeDevice = world.device('Ward')) {
  const { session: boss, device: desk } = await world.practice('Green Clinic', 'Lin Wei')
  await confirmed(boss)
  // A member with both roles is granted twice, and finds the patient once.
  const both = ['admin', 'physician', 'nurse'] as const
  expect(await rolesOfBoss(boss, both)).toEqual({ type: 'done' })
  const nurse = await joinPractice(world, boss, 'Nurse Ng', ['nurse'], ward)
  const { session: mei, device: home, code } = await world.account('Mei')
  await confirmed(mei)
  const chart = await openFirst(mei)
  await chart.save({ collection: 'labs', resource: labResult('Potassium') })
  await confirmed(mei)
  const grantee = await mei.readSharingCode((await boss.sharingCode()).code)
  if ('type' in grantee) throw new Error(grantee.type)
  const wanted = {
    grantee,
    collections: ['labs', 'medications', 'allergies'],
    durationMs: HOUR,
    until: Date.now() + 400 * 24 * HOUR,
    purpose: 'Emergencies',
    shown: { name: 'Mei Chan', birthDate: '1990-02-03' },
  }
  /** Everybody's clocks move, the server's too. */
  const pass = (ms: number) => {
    for (const { clock } of [world.server, desk, ward, home]) clock.offset += ms
  }
  return { boss, nurse, mei, code, chart, wanted, pass, ward, desk }
}

test('C13: held back until a nurse says why; open to her device alone, told at once with her name, over after its hour, and then used up', async () => {
  const world = await createDeviceWorld()
  try {
    const { boss, nurse, mei, code, chart, wanted, pass } = await emergencyWorld(world)
    const clerk = await joinPractice(world, boss, 'Clerk Ho', ['scribe'])
    expect(await chart.emergency.allow({ ...wanted, durationMs: HOUR - 1 })).toEqual({
      type: 'refused',
      error: 'duration',
    })
    expect(await chart.emergency.allow({ ...wanted, collections: ['documents-private'] })).toMatchObject({
      type: 'refused',
    })
    expect(await chart.emergency.allow(wanted)).toMatchObject({ type: 'in-force' })
    expect(await statesOf(chart)).toEqual(['nurse held', 'physician held'])
    expect(await until(chart.grants$, () => true), 'no ordinary share').toEqual([])
    await confirmed(mei)

    for (const member of [boss, nurse, clerk]) await confirmed(member)
    const held: HeldChart = {
      id: (await heldBy(nurse))[0]!.id,
      name: 'Mei Chan',
      birthDate: '1990-02-03',
      durationMs: HOUR,
      until: wanted.until,
      state: 'held',
      openUntil: null,
      isUntold: false,
      isClockAhead: false,
      slot: null,
    }
    expect(await heldBy(nurse)).toEqual([held])
    expect(await heldBy(boss)).toMatchObject([{ name: 'Mei Chan', state: 'held' }])
    expect(await heldBy(clerk)).toEqual([])
    const people = async (session: Session) =>
      (await until(session.charts$, () => true)).filter(({ kind }) => kind === 'person')
    expect(await people(nurse), 'no chart is made for what is held').toEqual([])

    expect(await nurse.emergency.open(held.id, ' too short ')).toEqual({ type: 'refused', why: 'reason' })
    expect(await clerk.emergency.open(held.id, REASON)).toEqual({ type: 'refused', why: 'no-role' })
    await world.server.stop()
    expect(await nurse.emergency.open(held.id, REASON)).toEqual({ type: 'offline' })
    // The server is started again between the grant and the request: what it holds back, it still does.
    await world.server.start()
    await confirmed(mei)
    await confirmed(nurse)

    const opened = await nurse.emergency.open(held.id, REASON)
    if (opened.type !== 'opened') throw new Error(JSON.stringify(opened))
    expect(Math.abs(opened.until - Date.now() - HOUR)).toBeLessThan(60_000)
    const byNurse = (await nurse.openChart(opened.slot))!
    expect(await titles(byNurse)).toEqual(['Potassium'])
    expect(await byNurse.save({ collection: 'labs', resource: labResult('Hers') })).toEqual({ type: 'no-right' })
    expect(await people(nurse)).toMatchObject([
      {
        name: 'Mei Chan',
        birthDate: '1990-02-03',
        state: 'open',
        until: opened.until,
        emergency: { until: opened.until },
      },
    ])
    expect(await heldBy(nurse)).toEqual([{ ...held, state: 'open', openUntil: opened.until, slot: opened.slot }])

    // Nobody syncs the patient's device: the server has told it.
    const [use] = await until(chart.emergency.uses$, (uses) => uses.length === 1)
    expect(use).toMatchObject({
      member: 'Nurse Ng',
      group: 'Green Clinic',
      reason: REASON,
      state: 'open',
      verified: true,
      seen: false,
    })
    expect(use!.until).toBe(opened.until)
    expect(await statesOf(chart)).toEqual(['nurse open', 'physician held'])
    await until(mei.charts$, (charts) => charts[0]?.emergencyUses === 1)
    await chart.emergency.markSeen(use!.id)
    expect((await until(mei.charts$, () => true))[0]!.emergencyUses).toBe(0)
    expect((await until(chart.emergency.uses$, ([each]) => each?.seen === true))[0]!.id).toBe(use!.id)
    // Another device of hers reads the opening itself, and in her audit log that she has seen it.
    await confirmed(mei)
    const tablet = await world.restore(code)
    const onTablet = await until((await openFirst(tablet)).emergency.uses$, ([each]) => each?.seen === true)
    expect(onTablet).toMatchObject([{ id: use!.id, reason: REASON, verified: true }])
    expect((await until(tablet.charts$, ([each]) => each?.name === 'Mei'))[0]!.emergencyUses).toBe(0)

    // Her colleague reads nothing by it, and what the patient writes reaches her.
    await confirmed(boss)
    expect(await people(boss)).toEqual([])
    expect(await heldBy(boss)).toMatchObject([{ state: 'held', slot: null }])
    await chart.save({ collection: 'labs', resource: labResult('Sodium') })
    await confirmed(mei)
    await until(byNurse.list$('labs'), (list) => list.length === 2)
    await confirmed(nurse)
    await confirmed(mei)
    const lines = await until(chart.audit$, (all) => all.some(({ action }) => action === 'read'))
    const hers = lines.filter(({ author }) => author.name === 'Green Clinic').toSorted((a, b) => a.at - b.at)
    expect(hers[0]).toMatchObject({ action: 'emergency', subject: REASON })
    const noted = await until(chart.access$, (all) => all.some(({ kind }) => kind === 'emergency'))
    expect(noted.filter(({ kind }) => kind === 'emergency')).toMatchObject([
      { outcome: 'ok', author: { name: 'Green Clinic' } },
    ])

    pass(HOUR + 60_000)
    await nurse.syncNow()
    await until(nurse.charts$, (all) => all.every(({ kind, state }) => kind === 'practice' || state === 'ended'))
    expect(await nurse.openChart(opened.slot)).toBeNull()
    expect(await heldBy(nurse)).toMatchObject([{ state: 'ended', slot: null }])
    await mei.syncNow()
    await until(chart.emergency.grants$, (all) => all.some(({ state }) => state === 'expired'))
    expect(await statesOf(chart)).toEqual(['nurse expired', 'physician held'])
    expect(await until(chart.emergency.uses$, () => true)).toMatchObject([{ id: use!.id, state: 'ended', seen: true }])
    await nurse.syncNow()
    expect(await heldBy(nurse)).toEqual([])
    expect(await nurse.emergency.open(held.id, REASON)).toEqual({ type: 'refused', why: 'over' })
  } finally {
    await world.close()
  }
})

test('C13: keys renewed while it was held are read with it; past its hour it is locked without a network (C10); stopped by the patient it ends at once; an ordinary share continues next to it', async () => {
  const world = await createDeviceWorld()
  try {
    const { boss, nurse, mei, chart, wanted, pass, ward } = await emergencyWorld(world)
    expect(await chart.emergency.allow({ ...wanted, role: 'nurse' })).toMatchObject({ type: 'in-force' })
    // An ordinary share of two lists to the same role, and one that ends: every list gets new keys while the other is held.
    const scopes = [
      { collection: 'medications', rights: ['read' as const] },
      { collection: 'vitals', rights: ['read' as const, 'append' as const] },
    ]
    const share = { grantee: wanted.grantee, purpose: '', shown: wanted.shown, until: wanted.until }
    expect(await chart.share({ ...share, role: 'nurse', scopes })).toMatchObject({ type: 'in-force' })
    const labs = [{ collection: 'labs', rights: ['read' as const] }]
    const ended = await chart.share({ ...share, role: 'physician', scopes: labs })
    if (ended.type !== 'in-force') throw new Error(ended.type)
    expect(await chart.revoke(ended.grant)).toMatchObject({ type: 'in-force' })
    await chart.save({ collection: 'labs', resource: labResult('Under new keys') })
    await confirmed(mei)

    await confirmed(nurse)
    const summary = await until(nurse.charts$, (all) => all.some(({ kind }) => kind === 'person'))
    const { slot } = summary.find(({ kind }) => kind === 'person')!
    const byNurse = (await nurse.openChart(slot))!
    expect(await titles(byNurse), 'the list of the emergency alone').toEqual([])
    const [held] = await heldBy(nurse)
    const opened = await nurse.emergency.open(held!.id, REASON)
    expect(opened).toMatchObject({ type: 'opened', slot })
    expect((await titles(byNurse)).toSorted()).toEqual(['Potassium', 'Under new keys'])
    await confirmed(nurse)
    const ofChart = async () => (await until(nurse.charts$, () => true)).find((each) => each.slot === slot)!
    expect((await ofChart()).care?.allergies.answer).not.toBe('hidden')

    // Past its hour by the nurse's own clock, with no network: what the emergency alone gave is in no view; what is shared, and what was written, is.
    const left = [
      { collection: 'medications', rights: ['read'] },
      { collection: 'vitals', rights: ['read', 'append'] },
    ]
    const [lab] = await until(byNurse.list$('labs'), () => true)
    const written: string[] = []
    const watching = byNurse.written$.subscribe((ids) => written.push(...ids))
    await world.server.stop()
    expect(await byNurse.save({ collection: 'vitals', resource: vitalSign('Pulse') })).toMatchObject({ type: 'saved' })
    const pulses = async () => (await until(byNurse.list$('vitals'), () => true)).map(({ title }) => title)
    ward.clock.offset += HOUR + 60_000
    await nurse.syncNow()
    expect(await titles(byNurse)).toEqual([])
    expect(await until(byNurse.all$, () => true)).toMatchObject([{ title: 'Pulse' }])
    expect(await until(byNurse.record$(lab!.id), () => true)).toBeNull()
    expect([byNurse.recordNow(lab!.id), byNurse.recordIds().includes(lab!.id)]).toEqual([null, false])
    expect(await byNurse.history(lab!.id)).toEqual([])
    const reviewed = { record: lab!.id, revision: lab!.revision, meaning: 'review' as const }
    expect(await byNurse.sign(reviewed), 'nor is it signed').toEqual({ type: 'changed' })
    expect(written, 'what searches and reminds is told').toContain(lab!.id)
    expect(await ofChart()).toMatchObject({
      state: 'open',
      emergency: null,
      collections: left,
      care: { allergies: { answer: 'hidden' } },
    })
    expect(await pulses()).toEqual(['Pulse'])
    // A clock that was wrong took nothing away.
    ward.clock.offset -= HOUR + 60_000
    expect((await titles(byNurse)).toSorted()).toEqual(['Potassium', 'Under new keys'])
    watching.unsubscribe()
    await world.server.start()
    await confirmed(nurse)
    await confirmed(mei)
    await until(chart.list$('vitals'), ([first]) => first?.title === 'Pulse')

    const [use] = await until(chart.emergency.uses$, (uses) => uses.length === 1)
    expect(await chart.revoke(use!.grant)).toMatchObject({ type: 'in-force' })
    await until(byNurse.list$('labs'), (list) => list.length === 0)
    expect(await until(chart.emergency.uses$, ([each]) => each?.state === 'stopped')).toMatchObject([
      { reason: REASON },
    ])
    expect(await statesOf(chart)).toEqual(['nurse revoked'])
    const isLeft = (all: ChartSummary[]) => all.find((each) => each.slot === slot)?.collections.length === left.length
    const now = (await until(nurse.charts$, isLeft)).find((each) => each.slot === slot)
    expect(now).toMatchObject({ state: 'open', until: wanted.until, emergency: null, collections: left })

    // A person can be allowed as well; allowed offline it is an intent, and in force when the device is back.
    const { session: kin, device: phone } = await world.account('Uncle')
    await confirmed(kin)
    const uncle = await mei.readSharingCode((await kin.sharingCode()).code)
    if ('type' in uncle) throw new Error(uncle.type)
    await world.server.stop()
    expect(await chart.emergency.allow({ ...wanted, grantee: uncle })).toEqual({ type: 'pending' })
    expect(await statesOf(chart)).toEqual(['null pending', 'nurse revoked'])
    await world.server.start()
    await confirmed(mei)
    const isHeld = (all: EmergencyGrantView[]) => all.some(({ role, state }) => role === null && state === 'held')
    await until(chart.emergency.grants$, isHeld)
    await confirmed(kin)
    const [known] = await heldBy(kin)
    const byKin = await kin.emergency.open(known!.id, REASON)
    if (byKin.type !== 'opened') throw new Error(JSON.stringify(byKin))
    const uses = await until(chart.emergency.uses$, (all) => all.length === 2)
    expect(uses[0]).toMatchObject({ group: 'Uncle', member: null, reason: REASON, verified: true })
    // Past its hour by its own clock alone it locks; by the server's signed time it goes.
    phone.clock.offset += 2 * HOUR
    expect(await kin.openChart(byKin.slot)).toBeNull()
    pass(HOUR + 60_000)
    await kin.syncNow()
    await until(kin.charts$, (all) => all.some((each) => each.relation === 'shared' && each.state === 'ended'))
    // The server was away twice: each device hears of it when it is back.
    await until(boss.emergency.held$, (all) => all.length === 0)
  } finally {
    await world.close()
  }
})

/** A device whose disk takes a number of entries more, and then nothing: what a kill leaves. Null: all of them. */
function dyingDisk({ platform }: NodeDevice): { left: number | null } {
  const state: { left: number | null } = { left: null }
  const { log } = platform
  platform.log = (name) => {
    const disk = log(name)
    return {
      ...disk,
      async append(...args: Parameters<typeof disk.append>) {
        if (state.left === 0) throw new Error('killed')
        if (state.left !== null) state.left -= 1
        await disk.append(...args)
      },
    }
  }
  return state
}

test('C13: who opened it ends it before its time: locked at once, told and cut with the next sync; ended where there is no network it stays locked through a kill and a clock set back, and is told then', async () => {
  const world = await createDeviceWorld()
  try {
    const ward = world.device('Ward')
    const disk = dyingDisk(ward)
    const { boss, nurse, mei, chart, wanted } = await emergencyWorld(world, ward)
    expect(await rolesOfBoss(boss, ['admin', 'physician'])).toEqual({ type: 'done' })
    expect(await chart.emergency.allow(wanted)).toMatchObject({ type: 'in-force' })
    // Physicians have an ordinary share of one list as well.
    const scopes = [{ collection: 'medications', rights: ['read' as const] }]
    const share = { grantee: wanted.grantee, purpose: '', shown: wanted.shown, until: wanted.until }
    expect(await chart.share({ ...share, role: 'physician', scopes })).toMatchObject({ type: 'in-force' })
    await confirmed(mei)
    const open = async (session: Session) => {
      await confirmed(session)
      const opened = await session.emergency.open((await heldBy(session))[0]!.id, REASON)
      if (opened.type !== 'opened') throw new Error(JSON.stringify(opened))
      await confirmed(session)
      return { ...opened, chart: (await session.openChart(opened.slot))! }
    }
    const personOf = async (session: Session) =>
      (await until(session.charts$, () => true)).find(({ kind }) => kind === 'person')!

    const byBoss = await open(boss)
    const byNurse = await open(nurse)
    await until(chart.emergency.uses$, (uses) => uses.length === 2)
    const before = Date.now()
    // What follows at once, before anybody was told.
    await world.server.stop()
    await boss.emergency.end(byBoss.slot)
    const ofBoss = { state: 'open', emergency: null, collections: scopes, care: { allergies: { answer: 'hidden' } } }
    expect(await personOf(boss)).toMatchObject({ ...ofBoss, emergencyEnded: { told: false } })
    expect(await titles(byBoss.chart)).toEqual([])
    const lists = new Set((await until(byBoss.chart.all$, () => true)).map(({ collection }) => collection))
    expect([...lists].filter((list) => list !== 'audit')).toEqual([])
    expect(await heldBy(boss)).toMatchObject([{ state: 'ended', isUntold: true }])
    await boss.emergency.end(byBoss.slot)
    await world.server.start()
    await boss.syncNow()
    await until(boss.charts$, (all) => all.some(({ emergencyEnded }) => emergencyEnded?.told === true))
    expect(await personOf(boss)).toMatchObject(ofBoss)
    await mei.syncNow()
    const uses = await until(chart.emergency.uses$, (all) => all.some(({ state }) => state === 'left'))
    const [left, still] = uses.toSorted((a, b) => a.until - b.until)
    expect(left).toMatchObject({ member: 'Lin Wei', state: 'left', verified: true })
    expect(left!.until).toBeGreaterThanOrEqual(Math.floor(before / 1000) * 1000)
    expect(left!.until).toBeLessThan(byBoss.until - HOUR / 2)
    expect(still, 'of her colleague nothing changes').toMatchObject({ member: 'Nurse Ng', state: 'open' })
    await until(chart.emergency.grants$, (all) => all.some(({ state }) => state === 'expired'))
    expect(await statesOf(chart)).toEqual(['nurse open', 'physician expired'])
    expect(await titles(byNurse.chart)).toEqual(['Potassium'])

    // Where there is no network, killed before anything could be written into the chart.
    await world.server.stop()
    disk.left = 1
    await nurse.emergency.end(byNurse.slot)
    expect(disk.left).toBe(0)
    expect(await titles(byNurse.chart), 'a screen that was left open').toEqual([])
    const { slot } = nurse
    await nurse.lock().catch(() => {})
    disk.left = null
    ward.clock.offset -= 3 * HOUR
    const again = world.unlocked(await ward.accountManager.unlock(slot, PASSPHRASE))
    expect(await again.openChart(byNurse.slot)).toBeNull()
    expect(await personOf(again)).toMatchObject({
      state: 'locked',
      emergency: null,
      emergencyEnded: { told: false },
      care: null,
    })
    expect(await heldBy(again)).toMatchObject([{ state: 'ended', isUntold: true }])
    await again.syncNow()
    ward.clock.offset = 0
    expect(await again.openChart(byNurse.slot)).toBeNull()
    await world.server.start()
    await again.syncNow()
    await until(again.charts$, (all) => all.some(({ kind, state }) => kind === 'person' && state === 'ended'))
    // Told; and gone where the patient's device, which is online, has cut the grant meanwhile.
    expect((await heldBy(again)).filter(({ state, isUntold }) => state !== 'ended' || isUntold)).toEqual([])
    await mei.syncNow()
    const told = await until(chart.emergency.uses$, (all) => all.every(({ state }) => state === 'left'))
    expect(told.map(({ member }) => member).toSorted()).toEqual(['Lin Wei', 'Nurse Ng'])
    const lines = await until(
      chart.audit$,
      (all) => all.filter(({ action }) => action === 'emergency-ended').length > 1,
    )
    expect(lines.filter(({ action }) => action === 'emergency-ended')).toHaveLength(2)
    await until(chart.emergency.grants$, (all) => all.every(({ state }) => state === 'expired'))
    await again.syncNow()
    expect(await heldBy(again)).toEqual([])
  } finally {
    await world.close()
  }
})

test('C13: the server hears of an early end next after the owners, and shows that device nothing more while no device of theirs is there; one that does not listen keeps no copy from going, and is asked again', async () => {
  const world = await createBentWorld()
  try {
    const { boss, nurse, mei, chart, wanted } = await emergencyWorld(world)
    expect(await rolesOfBoss(boss, ['admin'])).toEqual({ type: 'done' })
    expect(await chart.emergency.allow(wanted)).toMatchObject({ type: 'in-force' })
    await confirmed(mei)
    // Nobody of the patient's is there to cut it.
    await mei.lock()
    await confirmed(nurse)
    const opened = await nurse.emergency.open((await heldBy(nurse))[0]!.id, REASON)
    if (opened.type !== 'opened') throw new Error(JSON.stringify(opened))
    await confirmed(nurse)
    const person = (await until(nurse.charts$, () => true)).find(({ kind }) => kind === 'person')!
    const wraps = async () => {
      const { server } = nurse as Session & { server: HttpServer | null }
      const log = await server!.control(textId(person.id)!, 0)
      if (log.type !== 'ok') throw new Error(log.type)
      return log.value.entries.flatMap(({ parts }) => parts.filter(({ wrap }) => wrap !== null)).length
    }
    expect(await wraps()).toBeGreaterThan(0)

    const { proxy } = world
    const ends = () => proxy.requests.filter((each) => each.endsWith('/emergency/end')).length
    proxy.deafTo = '/emergency/end'
    await nurse.emergency.end(opened.slot)
    await nurse.syncNow()
    await until(nurse.charts$, (all) => all.some(({ id, state }) => id === person.id && state === 'ended'))
    await nurse.syncNow()
    expect(ends()).toBeGreaterThan(0)
    expect(await wraps(), 'it was not told').toBeGreaterThan(0)
    proxy.deafTo = null
    const before = ends()
    await nurse.syncNow()
    expect(await wraps()).toBe(0)
    expect(ends()).toBe(before + 1)
    await nurse.syncNow()
    expect(ends(), 'once it has answered it is told no more').toBe(before + 1)
  } finally {
    await world.close()
  }
})

test('C13: an opening that a clock set ahead has locked is not said to be over: set right, the clock opens it again', async () => {
  const world = await createDeviceWorld()
  try {
    const { nurse, mei, chart, wanted, pass, ward } = await emergencyWorld(world)
    expect(await chart.emergency.allow(wanted)).toMatchObject({ type: 'in-force' })
    await confirmed(mei)
    await confirmed(nurse)
    const opened = await nurse.emergency.open((await heldBy(nurse))[0]!.id, REASON)
    if (opened.type !== 'opened') throw new Error(JSON.stringify(opened))
    await confirmed(nurse)
    ward.clock.offset += 3 * HOUR
    expect(await nurse.openChart(opened.slot)).toBeNull()
    await nurse.syncNow()
    const shown = await until(nurse.emergency.held$, ([held]) => held!.state === 'ended')
    expect(shown).toMatchObject([{ isClockAhead: true, slot: null }])
    ward.clock.offset -= 3 * HOUR
    await nurse.syncNow()
    const again = await until(nurse.emergency.held$, ([held]) => held!.state === 'open')
    expect(again).toMatchObject([{ isClockAhead: false, slot: opened.slot }])
    expect(await titles((await nurse.openChart(opened.slot))!)).toEqual(['Potassium'])

    // Where the clock is right, it is over when it has ended.
    await mei.lock()
    pass(HOUR)
    await nurse.syncNow()
    const over = await until(nurse.emergency.held$, ([held]) => held!.state === 'ended')
    expect(over).toMatchObject([{ isClockAhead: false }])
  } finally {
    await world.close()
  }
})

test('C13, C10: where a clock is hours ahead one opening lasts as long as it should, and no longer once the clock is right; where it is hours behind it ends in time', async () => {
  const world = await createDeviceWorld()
  try {
    const { boss, nurse, mei, chart, wanted, ward, desk } = await emergencyWorld(world)
    expect(await chart.emergency.allow(wanted)).toMatchObject({ type: 'in-force' })
    await confirmed(mei)
    const open = async (session: Session, offset: number, device: NodeDevice) => {
      await confirmed(session)
      device.clock.offset = offset
      const [held] = await heldBy(session)
      const opened = await session.emergency.open(held!.id, REASON)
      if (opened.type !== 'opened') throw new Error(JSON.stringify(opened))
      await confirmed(session)
      return opened
    }
    const emergencyOf = async (session: Session) =>
      (await until(session.charts$, () => true)).find(({ kind }) => kind === 'person')!.emergency
    const leftOf = async (session: Session, { clock }: NodeDevice) =>
      (await emergencyOf(session))!.until - Date.now() - clock.offset

    const byNurse = await open(nurse, 3 * HOUR, ward)
    expect((await emergencyOf(nurse))!.clockAhead / HOUR).toBeCloseTo(3, 1)
    expect((await leftOf(nurse, ward)) / HOUR).toBeCloseTo(1, 1)
    expect(await leftOf(nurse, ward), 'never longer').toBeLessThanOrEqual(HOUR)
    expect(await heldBy(nurse)).toMatchObject([{ state: 'open', slot: byNurse.slot }])
    expect(await titles((await nurse.openChart(byNurse.slot))!)).toEqual(['Potassium'])
    await world.server.stop()
    ward.clock.offset += HOUR
    expect(await nurse.openChart(byNurse.slot)).toBeNull()
    ward.clock.offset = 0
    expect(await nurse.openChart(byNurse.slot)).not.toBeNull()
    await world.server.start()
    await nurse.syncNow()
    await until(nurse.charts$, (all) => all.some(({ emergency }) => emergency !== null && emergency.clockAhead < HOUR))
    const after = (await emergencyOf(nurse))!
    expect(after.clockAhead).toBeGreaterThanOrEqual(0)
    expect(after.clockAhead).toBeLessThan(60_000)
    expect(after.until - byNurse.until).toBe(after.clockAhead)

    const byBoss = await open(boss, -3 * HOUR, desk)
    expect((await emergencyOf(boss))!.clockAhead / HOUR).toBeCloseTo(-3, 1)
    expect((await leftOf(boss, desk)) / HOUR).toBeCloseTo(1, 1)
    expect(await boss.openChart(byBoss.slot)).not.toBeNull()
    await world.server.stop()
    desk.clock.offset += HOUR + 60_000
    expect(await boss.openChart(byBoss.slot)).toBeNull()
  } finally {
    await world.close()
  }
})

test('F3, C13: what a copied device had open in an emergency leaves it when it continues as a new one, which may ask again', async () => {
  const world = await createDeviceWorld()
  try {
    const { boss, nurse, mei, chart, wanted, ward } = await emergencyWorld(world)
    await boss.lock()
    expect(await chart.emergency.allow(wanted)).toMatchObject({ type: 'in-force' })
    await confirmed(mei)
    await confirmed(nurse)
    const { id } = (await heldBy(nurse))[0]!
    expect((await nurse.emergency.open(id, REASON)).type).toBe('opened')
    await confirmed(nurse)
    await nurse.lock()
    const copy = world.device('Copy')
    cpSync(ward.folder, copy.folder, { recursive: true })
    const first = world.unlocked(await ward.accountManager.unlock(nurse.slot, PASSPHRASE))
    await (await first.practice!.open()).save({ collection: 'labs', resource: labResult('Of the true one') })
    await confirmed(first)
    await first.lock()

    const second = world.unlocked(await copy.accountManager.unlock(nurse.slot, PASSPHRASE))
    await confirmed(second)
    expect(second.device).not.toBe(first.device)
    const charts = await until(second.charts$, () => true)
    expect(charts.filter(({ kind }) => kind === 'person').map(({ state }) => state)).toEqual(['ended'])
    const [held] = await heldBy(second)
    expect(held).toMatchObject({ name: 'Mei Chan', state: 'held' })
    const again = await second.emergency.open(held!.id, REASON)
    if (again.type !== 'opened') throw new Error(JSON.stringify(again))
    expect(await titles((await second.openChart(again.slot))!)).toEqual(['Potassium'])
    await confirmed(second)
  } finally {
    await world.close()
  }
})
