/** Appointments: what was asked, booked, moved, declined and cancelled, and bookings that cannot all be true. */
import {
  availabilityOf,
  bookingsOf,
  cancelled,
  checkResource,
  ended,
  exceptionOf,
  freeTimes,
  mergeRecords,
  moved,
  newCancellation,
  newDecline,
  newException,
  openTimes,
  overlapping,
  practiceReference,
  withdrawn,
  writtenSchedule,
  collectionOf,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { ABOUT, bookingAt, entryOf, LIN, PRACTICE, requestFor, WU } from '../../support/care-records.ts'

const TAIPEI = 'Asia/Taipei'
const iso = ({ start, end }: { start: number; end: number }) =>
  `${new Date(start).toISOString().slice(0, 16)}/${new Date(end).toISOString().slice(11, 16)}`

test('M4, C12: a request waits until the practice books or declines it, and stays what the patient wrote', () => {
  const asked = requestFor('2026-12-01', { id: 'asked' })
  expect(bookingsOf([asked]).requests[0]).toMatchObject({
    state: 'waiting',
    wanted: [{ start: '2026-12-01', end: '' }],
  })
  const booked = bookingAt('2026-12-01T09:00:00+08:00', { id: 'booked', answers: 'asked' })
  const { requests, bookings, clashes } = bookingsOf([asked, booked])
  expect(requests[0]).toMatchObject({ state: 'booked', bookings: ['booked'], resource: asked.resource })
  expect(bookings[0]).toMatchObject({ state: 'booked', member: LIN.id, place: 'Room 2', patient: 'Mei Chen' })
  expect(clashes).toEqual([])
  const decline = entryOf(newDecline({ request: 'asked', about: ABOUT, member: WU, reason: 'Closed that week' }), {
    side: 'practice',
  })
  expect(bookingsOf([asked, decline]).requests[0]).toMatchObject({
    state: 'declined',
    reason: 'Closed that week',
    declinedBy: 'Nurse Wu',
  })
  // C12: nor a member for a colleague: within the practice she has her own name, for everybody else that of the practice.
  for (const name of [LIN.name, PRACTICE.name]) {
    const author = { ...PRACTICE, member: LIN.id, name }
    expect(bookingsOf([asked, { ...decline, author }]).requests[0]).toMatchObject({
      declinedBy: name,
      declinedFor: name,
    })
  }
  // A patient cannot decline for the practice, nor the practice withdraw for the patient.
  expect(bookingsOf([asked, { ...decline, side: 'patient' }]).requests[0]?.state).toBe('waiting')
  const gone = { ...asked, resource: withdrawn(asked.resource, 'Better again') }
  expect(bookingsOf([gone]).requests[0]).toMatchObject({ state: 'withdrawn', reason: 'Better again' })
})

test('M4: a booking that is moved says from when, answers the request to move it, and clashes with nothing', () => {
  const asked = requestFor('2026-12-01', { id: 'asked' })
  const first = bookingAt('2026-12-01T09:00:00+08:00', { id: 'booked', answers: 'asked' })
  const wish = requestFor('2026-12-03', { id: 'wish', moves: 'booked' })
  const second = {
    ...first,
    resource: moved(first.resource, { start: '2026-12-03T10:00:00+08:00', minutes: 45, member: WU, answers: 'wish' }),
  }
  const { requests, bookings, clashes } = bookingsOf([asked, wish, second])
  expect(requests.map(({ state }) => state)).toEqual(['booked', 'booked'])
  expect(bookings[0]).toMatchObject({
    memberName: 'Nurse Wu',
    movedFrom: Date.parse('2026-12-01T09:00:00+08:00'),
    start: Date.parse('2026-12-03T10:00:00+08:00'),
    end: Date.parse('2026-12-03T10:45:00+08:00'),
  })
  expect(clashes).toEqual([])
  // Another length at the same time is no move.
  const longer = moved(first.resource, { start: '2026-12-01T09:00:00+08:00', minutes: 60, member: LIN, answers: '' })
  expect(bookingsOf([{ ...first, resource: longer }]).bookings[0]?.movedFrom).toBeNull()
})

test('M4: what the patient cancels counts at once, before the practice has taken note; a visit that took place stays one', () => {
  const booked = bookingAt('2026-12-01T09:00:00+08:00', { id: 'booked' })
  const off = entryOf(newCancellation({ booking: 'booked', about: ABOUT, reason: 'On a journey' }), { side: 'patient' })
  expect(bookingsOf([booked, off]).bookings[0]).toMatchObject({
    state: 'cancelled',
    cancelledBy: 'patient',
    isNoted: false,
    reason: 'On a journey',
  })
  const noted = { ...booked, resource: cancelled(booked.resource, 'Cancelled by the patient') }
  expect(bookingsOf([noted, off]).bookings[0]).toMatchObject({ cancelledBy: 'patient', isNoted: true })
  expect(bookingsOf([noted]).bookings[0]).toMatchObject({ state: 'cancelled', cancelledBy: 'practice' })
  for (const how of ['fulfilled', 'noshow'] as const) {
    const over = { ...booked, resource: ended(booked.resource, how) }
    expect(bookingsOf([over, off]).bookings[0]).toMatchObject({ state: how, cancelledBy: null })
  }
})

test('M4: a request that names a practice is answered by no other, and nobody but the patient asks or cancels', () => {
  const clinic = practiceReference('account-clinic', 'Green Clinic')
  const blue = { account: 'account-blue', name: 'Blue Clinic' }
  const asked = requestFor('2026-12-01', { id: 'asked', practice: clinic })
  const decline = newDecline({ request: 'asked', about: ABOUT, member: LIN, reason: 'No' })
  const theirs = [
    { ...bookingAt('2026-12-01T01:00:00Z', { id: 'theirs', answers: 'asked' }), author: blue },
    { ...entryOf(decline, { side: 'practice' }), author: blue },
  ]
  const before = bookingsOf([asked, ...theirs])
  expect(before.requests).toMatchObject([{ id: 'asked', state: 'waiting', bookings: [], declinedBy: '' }])
  expect(before.bookings).toMatchObject([{ id: 'theirs', answers: [], by: blue }])
  const ours = bookingAt('2026-12-01T02:00:00Z', { id: 'ours', answers: 'asked' })
  const after = bookingsOf([asked, ...theirs, ours])
  expect([after.requests[0]!.bookings, after.clashes]).toEqual([['ours'], []])
  // Whom nobody asked by name may answer, and it is said for which practice.
  expect(bookingsOf([requestFor('2026-12-01', { id: 'asked' }), theirs[1]!]).requests).toMatchObject([
    { state: 'declined', declinedBy: LIN.name, declinedFor: 'Blue Clinic' },
  ])

  const cancel = newCancellation({ booking: 'ours', about: ABOUT, reason: 'Forged' })
  const others = [entryOf(cancel, { side: 'other' }), { ...requestFor('2026-12-02'), side: 'other' as const }]
  const untouched = bookingsOf([ours, ...others])
  expect(untouched.requests).toEqual([])
  expect(untouched.bookings).toMatchObject([{ state: 'booked', cancelledBy: null }])
})

test('M5: "two staff book the same slot": both bookings are kept, as a clash of two cards until one is moved or cancelled', () => {
  const one = bookingAt('2026-12-01T09:00:00+08:00', { id: 'one', chart: 'chart-a', patient: 'Ann' })
  const other = bookingAt('2026-12-01T01:15:00Z', { id: 'other', chart: 'chart-b', patient: 'Bo' })
  const { clashes, bookings } = bookingsOf([one, other])
  expect(bookings).toHaveLength(2)
  expect(clashes).toHaveLength(1)
  expect(clashes[0]).toMatchObject({ kind: 'member', key: 'member one other' })
  // The same whichever came first.
  expect(bookingsOf([other, one]).clashes[0]?.key).toBe('member one other')
  const elsewhere = moved(other.resource, { start: '2026-12-01T09:30:00+08:00', minutes: 30, member: LIN, answers: '' })
  for (const resource of [elsewhere, cancelled(other.resource, ''), ended(other.resource, 'noshow')])
    expect(bookingsOf([one, { ...other, resource }]).clashes).toEqual([])
  // Another member's time is another slot, and what ends as the next begins does not overlap.
  expect(bookingsOf([one, bookingAt('2026-12-01T09:00:00+08:00', { member: WU })]).clashes).toEqual([])
  expect(bookingsOf([one, bookingAt('2026-12-01T09:30:00+08:00')]).clashes).toEqual([])
})

test('M5: three that reach into each other are one clash; a chain is followed to its end', () => {
  const clashes = bookingsOf([
    bookingAt('2026-12-01T09:00:00Z', { id: 'a', minutes: 60 }),
    bookingAt('2026-12-01T09:10:00Z', { id: 'b', minutes: 10 }),
    bookingAt('2026-12-01T09:50:00Z', { id: 'c', minutes: 30 }),
    bookingAt('2026-12-01T10:20:00Z', { id: 'd', minutes: 30 }),
  ]).clashes
  expect(clashes.map(({ bookings }) => bookings.map(({ id }) => id))).toEqual([['a', 'b', 'c']])
})

test('M5: one request that two members booked, or one declined and one booked, is a clash at whichever times', () => {
  const asked = requestFor('2026-12-01', { id: 'asked' })
  const one = bookingAt('2026-12-01T09:00:00Z', { id: 'one', answers: 'asked' })
  const other = bookingAt('2026-12-02T09:00:00Z', { id: 'other', answers: 'asked', member: WU })
  expect(bookingsOf([asked, one, other]).clashes.map(({ kind }) => kind)).toEqual(['request'])
  // At one time with one member it is told once, and a third at that time makes it two.
  const same = bookingAt('2026-12-01T09:00:00Z', { id: 'same', answers: 'asked' })
  expect(bookingsOf([asked, one, same]).clashes.map(({ kind }) => kind)).toEqual(['request'])
  const third = bookingAt('2026-12-01T09:10:00Z', { id: 'third' })
  expect(
    bookingsOf([asked, one, same, third])
      .clashes.map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['member', 'request'])
  const decline = entryOf(newDecline({ request: 'asked', about: ABOUT, member: WU, reason: '' }), { side: 'practice' })
  expect(bookingsOf([asked, one, decline]).clashes.map(({ kind }) => kind)).toEqual(['answers'])
  // The calendar of the practice has no request of a patient in it: what can be taken back is with the clash.
  expect(bookingsOf([one, decline]).clashes.map((clash) => clash.decline)).toEqual([decline])
  expect(bookingsOf([asked, decline]).clashes).toEqual([])
})

test('M5: two versions of one booking that were made apart never merge by themselves where they say when, who or whether', () => {
  const base = bookingAt('2026-12-01T09:00:00Z').resource
  const later = moved(base, { start: '2026-12-02T09:00:00Z', minutes: 30, member: LIN, answers: '' })
  expect(mergeRecords(base, later, cancelled(base, 'Ill'))).toMatchObject({ type: 'conflict' })
})

test('M6: free times are the weekly hours without what is off and what is booked, by the clocks of the practice', () => {
  const schedule = writtenSchedule(null, {
    member: LIN.id,
    memberName: LIN.name,
    zone: TAIPEI,
    usualMinutes: 30,
    hours: [
      { days: ['tue', 'wed'], start: '09:00', end: '10:30' },
      { days: ['tue'], start: '10:00', end: '11:00' },
    ],
  })
  expect(checkResource(schedule)).toEqual([])
  expect(collectionOf(schedule)).toBe('appointments')
  const hours = availabilityOf('hours', schedule)!
  expect(hours).toMatchObject({ member: LIN.id, zone: TAIPEI, usualMinutes: 30 })
  // 1 December 2026 is a Tuesday.
  expect(openTimes(hours, [], '2026-12-01').map(iso)).toEqual(['2026-12-01T01:00/03:00'])
  expect(openTimes(hours, [], '2026-12-03')).toEqual([])
  const off = newException({
    schedule: 'hours',
    start: '2026-12-01T10:00:00+08:00',
    end: '2026-12-01T10:20:00+08:00',
    isOff: true,
    comment: 'Call',
  })
  expect(checkResource(off)).toEqual([])
  const exceptions = [exceptionOf('off', off)!]
  expect(openTimes(hours, exceptions, '2026-12-01').map(iso)).toEqual([
    '2026-12-01T01:00/02:00',
    '2026-12-01T02:20/03:00',
  ])
  const { bookings } = bookingsOf([bookingAt('2026-12-01T09:30:00+08:00')])
  expect(freeTimes(hours, exceptions, bookings, { day: '2026-12-01', minutes: 30 }).map(iso)).toEqual([
    '2026-12-01T01:00/01:30',
    '2026-12-01T02:20/02:50',
  ])
  expect(
    overlapping(bookings, {
      member: LIN.id,
      start: Date.parse('2026-12-01T01:45:00Z'),
      end: Date.parse('2026-12-01T02:00:00Z'),
    }),
  ).toHaveLength(1)
  // A day on which the clocks go back: the hours are those of the wall.
  const berlin = { ...hours, zone: 'Europe/Berlin', hours: [{ days: ['sun'] as const, start: '01:00', end: '04:00' }] }
  expect(freeTimes(berlin, [], [], { day: '2026-10-25', minutes: 60 })).toHaveLength(4)
  expect(availabilityOf('x', { resourceType: 'Schedule' })).toBeNull()
})

test('M4: what is written fits its schema and belongs to the list of appointments', () => {
  const written = [
    requestFor('2026-12-01').resource,
    withdrawn(requestFor('2026-12-01').resource, 'Better'),
    bookingAt('2026-12-01T09:00:00+08:00').resource,
    newCancellation({ booking: 'b', about: ABOUT, reason: 'Ill' }),
    newDecline({ request: 'r', about: ABOUT, member: LIN, reason: 'Full' }),
  ]
  for (const resource of written) {
    expect(checkResource(resource)).toEqual([])
    expect(collectionOf(resource)).toBe('appointments')
  }
})
