/** C11, C12: what an account log says of those who left a practice or lost a role: since when, by which head they acted last, and which keys they have. */
import { idText } from '@chartkeep/protocol'
import {
  accountHead,
  actingHead,
  everHeld,
  lastRoleWrapFor,
  lastWrapFor,
  leftWithMember,
  lostAfter,
  roleLostAt,
  rolesAt,
  type Role,
} from '@chartkeep/protocol/account'
import { expect, test } from 'vitest'
import { createPerson, extendAccount, type Device } from '../../support/protocol-people.ts'
import {
  addMember,
  addSeatDevice,
  changeMember,
  createPractice,
  removeMember,
  seatDeviceRemovedBody,
  type Practice,
  type Seat,
} from '../../support/protocol-practice.ts'

/** A nurse who becomes a scribe, and a nurse again, and leaves; the positions of it in the log. */
async function nurse() {
  const practice = await createPractice('leavers')
  const came = await addMember(practice, 'nurse', 'scribe')
  const [device] = came.devices
  const addedAt = practice.state.n
  await addMember(practice, 'auditor')
  const scribe = await changeMember(practice, came, 'scribe')
  const lostAt = practice.state.n
  const state = practice.state
  await addMember(practice, 'physician')
  return { practice, seat: scribe, device: device!.id, addedAt, lostAt, atLoss: state }
}

const at = (state: Parameters<typeof accountHead>[0] & object, n: number) => ({ n, h: state.hashes[n - 1]! })

test('C12: a role is lost from the entry on that takes it, to whoever had its key, and by nobody before', async () => {
  const { practice, device, addedAt, lostAt } = await nurse()
  const { state } = practice
  expect(roleLostAt(state, device, ['nurse'])).toBe(lostAt)
  expect(roleLostAt(state, device, ['nurse', 'scribe'])).toBe(lostAt)
  expect(roleLostAt(state, device, ['scribe', 'physician'])).toBeNull()
  expect(rolesAt(state, device, addedAt)).toEqual(['nurse', 'scribe'])
  expect(rolesAt(state, device, lostAt - 1)).toEqual(['nurse', 'scribe'])
  expect(rolesAt(state, device, lostAt)).toEqual(['scribe'])
  expect(rolesAt(state, device, addedAt - 1)).toEqual([])
  expect(everHeld(state, state.devices.get(idText(device))!, ['nurse'])).toBe(true)
  expect(everHeld(state, state.devices.get(idText(device))!, ['physician', 'auditor'])).toBe(false)
  expect(everHeld(state, state.devices.get(idText(practice.recovery.id))!, ['nurse'])).toBe(false)
  // Who hands keys out holds them all, and loses those that it gives away with the office.
  expect(everHeld(state, state.devices.get(idText(practice.device.id))!, ['physician'])).toBe(true)
})

test('C12: a device that came after its member lost a role has lost nothing', async () => {
  const { practice, seat, device, lostAt } = await nurse()
  const late = await addSeatDevice(practice, seat)
  expect(roleLostAt(practice.state, late.id, ['nurse'])).toBeNull()
  expect(roleLostAt(practice.state, device, ['nurse'])).toBe(lostAt)
  // It acted by no role of a nurse: the newest head is its own.
  expect(actingHead(practice.state, late.id, ['nurse'])).toEqual(accountHead(practice.state))
})

test('C12: an administrator who becomes a nurse loses the keys of all other roles', async () => {
  const practice = await createPractice('admin loses')
  const seat = await addMember(practice, 'admin')
  await changeMember(practice, seat, 'nurse')
  const [device] = seat.devices
  for (const role of ['admin', 'physician', 'scribe', 'auditor'] as const)
    expect(roleLostAt(practice.state, device!.id, [role]), role).toBe(practice.state.n)
  expect(roleLostAt(practice.state, device!.id, ['nurse'])).toBeNull()
})

test('C11, C12: what can only be submitted names the last head by which its device could write it', async () => {
  const { practice, seat, device, lostAt, atLoss } = await nurse()
  const { state } = practice
  const acting = (roles: Role[], log = practice.state) => actingHead(log, device, roles)
  expect(acting(['nurse'])).toEqual(at(state, lostAt - 1))
  expect(acting(['physician', 'nurse'])).toEqual(at(state, lostAt - 1))
  expect(acting(['scribe']), 'held still').toEqual(accountHead(state))
  expect(acting(['nurse', 'scribe'])).toEqual(accountHead(state))
  expect(acting(['physician']), 'never held').toEqual(accountHead(state))
  expect(acting(['nurse'], atLoss)).toEqual(at(state, lostAt - 1))
  await removeMember(practice, seat)
  const { n } = practice.state
  await addMember(practice, 'nurse')
  // Who lost a role and left afterwards: each by its own day.
  expect(acting(['nurse'])).toEqual(at(state, lostAt - 1))
  expect(acting(['scribe'])).toEqual(at(practice.state, n - 1))
  expect(acting(['physician'])).toEqual(at(practice.state, n - 1))
  const person = await createPerson('nobody’s practice')
  expect(actingHead(person.state, person.device.id, ['nurse'])).toEqual(accountHead(person.state))
  expect(actingHead(practice.state, person.device.id, ['nurse'])).toEqual(accountHead(practice.state))
})

test('C11, C12: what was late once stays late when the role comes back', async () => {
  const { practice, seat, device, addedAt, lostAt } = await nurse()
  const lost = (n: number, role: Role = 'nurse') => lostAfter(practice.state, device, n, role)
  expect([lost(addedAt), lost(lostAt - 1), lost(lostAt)]).toEqual([true, true, false])
  expect(lost(addedAt, 'scribe')).toBe(false)
  const again = await changeMember(practice, seat, 'nurse', 'scribe')
  const back = practice.state.n
  expect([lost(addedAt), lost(lostAt - 1), lost(back)]).toEqual([true, true, false])
  await removeMember(practice, again)
  expect([lost(back), lost(back, 'scribe')], 'who left has none').toEqual([true, true])
  expect(lostAfter(practice.state, new Uint8Array(16), 1, 'nurse')).toBe(true)
  // Who is nobody’s member has no role: paper, and a person.
  expect(lostAfter(practice.state, practice.recovery.id, 1, 'nurse')).toBe(true)
  const person = await createPerson('no member')
  expect(lostAfter(person.state, person.device.id, 1, 'nurse')).toBe(true)
})

/** Takes one device of a member out, who stays. */
async function loseDevice(practice: Practice, seat: Seat, device: Device) {
  const { body, pairs, pair, after } = seatDeviceRemovedBody(practice, seat, device, practice.device)
  await extendAccount(practice, body, practice.device)
  practice.boxKeys.push(pair)
  for (const [role, key] of pairs) practice.roleKeys.set(role, [...practice.roleKeys.get(role)!, key])
  practice.seats = after
}

test('C11, C12: what becomes of a member after a device was lost changes nothing in what that device acted by', async () => {
  const { practice, seat, device, lostAt } = await nurse()
  const lost = seat.devices.find(({ id }) => idText(id) === idText(device))!
  await loseDevice(practice, seat, lost)
  const { n } = practice.state
  const seatNow = practice.seats.find(({ id }) => idText(id) === idText(seat.id))!
  await changeMember(practice, seatNow, 'nurse', 'scribe')
  expect(actingHead(practice.state, device, ['nurse'])).toEqual(at(practice.state, lostAt - 1))
  expect(actingHead(practice.state, device, ['scribe'])).toEqual(at(practice.state, n - 1))
})

test('C11, C12: a device acts by a role from the very entry on that gives it, and until the one that takes it', async () => {
  const { practice, seat, device } = await nurse()
  const again = await changeMember(practice, seat, 'nurse')
  const back = practice.state.n
  const lost = again.devices.find(({ id }) => idText(id) === idText(device))!
  // The device goes with the next entry.
  await loseDevice(practice, again, lost)
  expect(actingHead(practice.state, device, ['nurse'])).toEqual(at(practice.state, back))
  const other = await addMember(practice, 'nurse')
  const fresh = await addSeatDevice(practice, other)
  const { n } = practice.state
  await changeMember(
    practice,
    practice.seats.find(({ id }) => idText(id) === idText(other.id))!,
    'scribe',
  )
  await addMember(practice, 'auditor')
  expect(actingHead(practice.state, fresh.id, ['nurse'])).toEqual(at(practice.state, n))
})

test('C12: who went with its member is told from a device that was lost alone', async () => {
  const { practice, seat, device } = await nurse()
  const second = await addSeatDevice(practice, seat)
  expect([leftWithMember(practice.state, device), leftWithMember(practice.state, second.id)]).toEqual([false, false])
  const { body, pairs, pair, after } = seatDeviceRemovedBody(practice, seat, second, practice.device)
  await extendAccount(practice, body, practice.device)
  practice.boxKeys.push(pair)
  for (const [role, key] of pairs) practice.roleKeys.set(role, [...practice.roleKeys.get(role)!, key])
  practice.seats = after
  expect([leftWithMember(practice.state, device), leftWithMember(practice.state, second.id)]).toEqual([false, false])
  await removeMember(
    practice,
    practice.seats.find(({ id }) => idText(id) === idText(seat.id))!,
  )
  expect([leftWithMember(practice.state, device), leftWithMember(practice.state, second.id)]).toEqual([true, false])
  expect(leftWithMember(practice.state, practice.recovery.id)).toBe(false)
  expect(leftWithMember(practice.state, new Uint8Array(16))).toBe(false)
})

test('C12: who left reaches the keys that it had until then, and no later one', async () => {
  const { practice, seat, device } = await nurse()
  const generation = practice.boxKeys.length
  const ofRole = practice.roleKeys.get('nurse')!.length
  expect(lastWrapFor(practice.state, device)).toMatchObject({ generation })
  expect(lastRoleWrapFor(practice.state, 'nurse', device)).toMatchObject({ generation: ofRole - 1 })
  await removeMember(practice, seat)
  await addMember(practice, 'nurse')
  expect(practice.state.boxKeys.length).toBe(generation + 1)
  expect(lastWrapFor(practice.state, device)).toMatchObject({ generation })
  expect(lastWrapFor(practice.state, practice.device.id)).toMatchObject({ generation: generation + 1 })
  expect(lastWrapFor(practice.state, new Uint8Array(16))).toBeNull()
  expect(lastRoleWrapFor(practice.state, 'nurse', device)).toMatchObject({ generation: ofRole - 1 })
  expect(lastRoleWrapFor(practice.state, 'physician', device)).toBeNull()
})
