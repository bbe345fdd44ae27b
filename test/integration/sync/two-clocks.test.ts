/** H8 between real sessions and a real server whose signed times are bent on the way: what locks and opens again, what waits, what people are told. */
import { ControlLogPage } from '@chartkeep/protocol/messages'
import type { Chart, ClocksApart, Session } from '@chartkeep/sync'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBentWorld, openFirst, PASSPHRASE, until } from '../../support/device-world.ts'
import { bendMessage } from '../../support/hostile-proxy.ts'
import { signHeadAs } from '../../support/hostile-server.ts'
import type { NodeDevice } from '../../support/node-device.ts'
import { labResult } from '../../support/role-records.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY

let world: Awaited<ReturnType<typeof createBentWorld>>
let mei: Session
let chart: Chart
let code: string
let laptop: NodeDevice
let doctor: Session
let desk: NodeDevice
let end: number

beforeEach(async () => {
  world = await createBentWorld()
  const owner = await world.account('Mei')
  mei = owner.session
  code = owner.code
  laptop = owner.device
  const grantee = await world.account('Dr Lin', world.device('Desk'))
  doctor = grantee.session
  desk = grantee.device
  for (const session of [mei, doctor]) await session.syncNow()
  chart = await openFirst(mei)
  await chart.save({ collection: 'labs', resource: labResult('Potassium') })
  const named = await mei.readSharingCode((await doctor.sharingCode()).code)
  if ('type' in named) throw new Error(named.type)
  end = Date.now() + 2 * DAY
  const shared = await chart.share({
    grantee: named,
    scopes: [{ collection: 'labs', rights: ['read'] }],
    until: end,
    purpose: 'visit',
    shown: { name: 'Mei', birthDate: '' },
  })
  expect(shared.type).toBe('in-force')
  for (const session of [mei, doctor]) await session.syncNow()
  expect(await stateHere()).toBe('open')
})

afterEach(() => world.close())

/** From now on control heads say a time that is wrong by `shift`; 0: the server's own. */
function bendTime(shift: number): void {
  world.proxy.bend =
    shift === 0
      ? null
      : bendMessage('/control', ControlLogPage, async ({ entries, head }) => ({
          entries,
          head: await signHeadAs(world.server.signingKey, { ...head, time: head.time + shift }),
        }))
}

const clocksOf = async (session: Session): Promise<ClocksApart | null> =>
  (await until(session.sync$, ({ state }) => state !== 'syncing')).clocks
const shareState = async () => (await until(chart.grants$, ([grant]) => grant !== undefined))[0]!.state
/** Of Mei's chart at the doctor's. */
const shownHere = async () => (await until(doctor.charts$, () => true)).find(({ relation }) => relation === 'shared')!
const stateHere = async () => (await shownHere()).state
const titlesHere = async () => {
  const opened = await doctor.openChart((await shownHere()).slot)
  return opened === null ? null : (await until(opened.list$('labs'), () => true)).map(({ title }) => title)
}

test.each([3, 10])(
  'H8, C10: while the server says a time %i years ahead nothing ends and nothing goes; what is shared is locked, both times are told, and with its true time all opens again',
  async (years) => {
    const shift = years * YEAR
    bendTime(shift)
    for (const session of [mei, doctor]) await session.syncNow()
    expect(await shareState()).toBe('active')
    expect(await stateHere()).toBe('locked')
    expect(await titlesHere()).toBeNull()
    const told = (await clocksOf(mei))!
    expect(told.ends).toEqual([{ chart: 'Mei', grantee: 'Dr Lin', until: end }])
    expect(told.overdue, 'a server that is ahead is no reason to end anything').toBe(0)
    expect(Math.abs(told.server - told.own - shift)).toBeLessThan(HOUR)
    expect((await clocksOf(doctor))!.ends).toEqual([{ chart: 'Mei', grantee: null, until: end }])
    // It stays so without a network, after a restart, and by a clock that is set back.
    await world.server.stop()
    await doctor.lock()
    desk.clock.offset = -DAY
    doctor = world.unlocked(await desk.accountManager.unlock(doctor.slot, PASSPHRASE))
    expect(await stateHere()).toBe('locked')
    expect(await clocksOf(doctor), 'nothing was heard since').toBeNull()
    desk.clock.offset = 0
    await world.server.start()
    bendTime(0)
    for (const session of [mei, doctor]) await session.syncNow()
    expect([await clocksOf(mei), await clocksOf(doctor)]).toEqual([null, null])
    expect([await shareState(), await stateHere()]).toEqual(['active', 'open'])
    expect(await titlesHere()).toEqual(['Potassium'])
    // What should end ends once both clocks say so.
    bendTime(3 * DAY)
    laptop.clock.offset = desk.clock.offset = 3 * DAY
    for (const session of [mei, doctor]) await session.syncNow()
    expect([await shareState(), await stateHere()]).toEqual(['expired', 'ended'])
  },
)

test.each([10, -10])(
  'H8, C10: where the clocks of both people are %i years wrong nothing ends and nothing goes, and with right ones what is over does',
  async (years) => {
    const offset = years * YEAR
    laptop.clock.offset = desk.clock.offset = offset
    for (const session of [mei, doctor]) await session.syncNow()
    expect(await shareState()).toBe('active')
    expect(await stateHere()).toBe(offset > 0 ? 'locked' : 'open')
    expect(Math.abs((await clocksOf(mei))!.own - Date.now() - offset)).toBeLessThan(HOUR)
    // Days later the server's clock has passed the end; a clock that is behind has not.
    bendTime(3 * DAY)
    laptop.clock.offset = desk.clock.offset = Math.min(0, offset) + 3 * DAY
    for (const session of [mei, doctor]) await session.syncNow()
    expect([await shareState(), await stateHere()]).toEqual(offset > 0 ? ['expired', 'ended'] : ['active', 'locked'])
    laptop.clock.offset = desk.clock.offset = 3 * DAY
    for (const session of [mei, doctor]) await session.syncNow()
    expect([await shareState(), await stateHere()]).toEqual(['expired', 'ended'])
  },
)

test('H8: a server that is behind ends nothing; where another device of the owner agrees with this one by a day, one tap stops what has ended', async () => {
  const phone = world.device('Phone')
  const other = await world.restore(code, phone)
  await mei.syncNow()
  bendTime(-5 * YEAR)
  for (const { clock } of [laptop, desk]) clock.offset = 4 * DAY
  for (const session of [mei, doctor]) await session.syncNow()
  expect([await shareState(), await stateHere()]).toEqual(['active', 'locked'])
  expect(await clocksOf(mei)).toMatchObject({ ends: [{ grantee: 'Dr Lin', until: end }], overdue: 0 })
  expect(await mei.endOverdue()).toEqual({ type: 'done' })
  expect(await shareState(), 'nobody else says so yet').toBe('active')

  phone.clock.offset = 4 * DAY
  await (await openFirst(other)).save({ collection: 'labs', resource: labResult('Sodium') })
  await other.syncNow()
  await mei.syncNow()
  await mei.syncNow()
  expect(await clocksOf(mei)).toMatchObject({ overdue: 1 })
  expect(await mei.endOverdue()).toEqual({ type: 'done' })
  expect((await clocksOf(mei))!.ends).toEqual([])
  expect((await until(chart.grants$, ([grant]) => grant!.state === 'revoked'))[0]!.state).toBe('revoked')
  await doctor.syncNow()
  expect(await stateHere()).toBe('ended')
})
