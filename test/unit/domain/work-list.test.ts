/** One list of what waits in a practice: what is on it, whose it is, and how it goes. */
import {
  assignmentsOf,
  type CareEntry,
  type CareWait,
  chartReference,
  collectionOf,
  checkResource,
  newAssignment,
  newDecline,
  newReview,
  nextAssignmentAt,
  stringifyJson,
  type WorkChart,
  workItems,
  workOf,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { ABOUT, bookingAt, entryOf, LIN, markBy, messageBy, WU } from '../../support/care-records.ts'

const NOW = Date.parse('2026-11-22T08:00:00Z')
const HOUR = 3_600_000
const READER = { now: NOW, zone: 'UTC' }

function wait(kind: CareWait['kind'], record: string, more: Partial<CareWait> = {}): CareWait {
  return { kind, record, revision: 'r1', thread: '', title: '', since: NOW - HOUR, ...more }
}

function chart(waits: CareWait[], more: Partial<WorkChart> = {}): WorkChart {
  return { id: 'chart-mei', care: { waits }, until: null, assigned: null, ...more }
}

const handed = (to: typeof LIN | null, at: string, comment = '', record = 'asked') =>
  entryOf(
    newAssignment({
      focus: { type: 'Appointment', record },
      list: 'appointments',
      about: ABOUT,
      owner: to,
      by: WU,
      at,
      due: '2026-11-23',
      comment,
    }),
    { side: 'practice' },
  )

test('M7: "staff not told of a booking": a request is on the list until it is booked or declined, whatever else happened', () => {
  const waiting = chart([wait('booking', 'asked')])
  expect(workItems([], [waiting], READER).map(({ kind }) => kind)).toEqual(['booking'])
  // Neither a message about it nor giving it to somebody takes it off.
  expect(
    workItems(
      [handed(LIN, '2026-11-22T07:00:00Z'), messageBy(LIN, { sent: '2026-11-22T07:00:00Z' })],
      [waiting],
      READER,
    ),
  ).toHaveLength(1)
  expect(workItems([bookingAt('2026-12-01T09:00:00Z', { answers: 'asked' })], [waiting], READER)).toEqual([])
  const decline = entryOf(newDecline({ request: 'asked', about: ABOUT, member: WU, reason: 'Full' }), {
    side: 'practice',
  })
  expect(workItems([decline], [waiting], READER)).toEqual([])
})

test('M7: a message leaves the list once it was read and answered, or settled, before its chart was read again', () => {
  const waiting = chart([wait('message', 'm1', { thread: 'thread-1', title: 'Dizzy' })])
  const [item] = workItems([], [waiting], READER)
  expect(item).toMatchObject({ kind: 'message', title: 'Dizzy', focus: { thread: 'thread-1' }, list: 'messages' })
  const read = markBy(LIN, 'read', ['m1'], '2026-11-22T07:30:00Z')
  expect(workItems([read], [waiting], READER)).toHaveLength(1)
  expect(workItems([messageBy(LIN, { sent: '2026-11-22T07:40:00Z' })], [waiting], READER)).toHaveLength(1)
  expect(workItems([read, messageBy(LIN, { sent: '2026-11-22T07:40:00Z' })], [waiting], READER)).toEqual([])
  expect(workItems([markBy(WU, 'settled', ['m1'], '2026-11-22T07:30:00Z')], [waiting], READER)).toEqual([])
})

test('M7, C12: what waits belongs to whoever was given it last, else to whoever is named, else to whoever looks after the patient', () => {
  const mine = chart([wait('booking', 'asked')], { assigned: LIN })
  expect(workItems([], [mine], READER)[0]).toMatchObject({ owner: LIN, through: 'patient' })
  const first = handed(LIN, '2026-11-22T06:00:00Z', 'Yours, I think')
  const second = handed(WU, '2026-11-22T07:00:00Z', 'I am off today')
  for (const order of [
    [first, second],
    [second, first],
  ]) {
    const [item] = workItems(order, [mine], READER)
    expect(item).toMatchObject({ owner: WU, through: 'assigned', assignment: { comment: 'I am off today', by: WU } })
    expect(item?.due).toBe(Date.parse('2026-11-23T23:59:59Z'))
  }
  expect(
    assignmentsOf([first, second], { type: 'Appointment', record: 'asked' }).map(({ owner }) => owner?.name),
  ).toEqual(['Nurse Wu', 'Dr Lin'])
  // C12: who handed it over is who did, whatever the record says.
  const forged = { ...second, author: { ...second.author, member: LIN.id, name: LIN.name } }
  expect(workItems([first, forged], [mine], READER)[0]?.assignment).toMatchObject({ by: LIN, owner: WU })
  expect(assignmentsOf([forged], { type: 'Appointment', record: 'asked' })[0]?.by).toEqual(LIN)
  // Given back to all, it is not the patient's provider's again by itself.
  const back = handed(null, '2026-11-22T07:30:00Z')
  const items = workItems([first, second, back], [mine], READER)
  expect(items[0]).toMatchObject({ owner: null, through: 'nobody' })
  expect(workOf(items, LIN.id)).toHaveLength(1)
  expect(workOf(workItems([second], [mine], READER), LIN.id)).toEqual([])
})

test('M7: results to release, signatures, drafts of notes, clashes, plans, corrections and consents are on it, what is due first in front', () => {
  const person = JSON.parse(stringifyJson(ABOUT as never)) as never
  const review = newReview(
    { id: 'lab', type: 'Observation', person },
    { by: WU, reviewer: LIN, at: '2026-11-22T07:00:00Z', due: '2026-11-22T09:00:00Z' },
  )
  const task = {
    resourceType: 'Task',
    status: 'requested',
    focus: { type: 'Composition', identifier: { system: 'urn:chartkeep:record', value: 'note-1' } },
    owner: { identifier: { system: 'urn:chartkeep:member', value: WU.id }, display: WU.name },
    for: ABOUT,
  }
  const note = (id: string) =>
    entryOf({ resourceType: 'Composition', status: 'preliminary', title: 'Visit', subject: ABOUT } as never, {
      id,
      side: 'practice',
    })
  const practice = [
    entryOf(review, { side: 'practice' }),
    entryOf(task as never, { side: 'practice' }),
    note('note-1'),
    note('note-2'),
    bookingAt('2026-12-01T09:00:00Z', { id: 'one' }),
    bookingAt('2026-12-01T09:10:00Z', { id: 'two' }),
  ]
  const waits = [
    wait('plan', 'plan', { since: NOW - 400 * HOUR }),
    wait('amendment', 'fix'),
    wait('cancelled', 'gone', { since: NOW - 30 * HOUR }),
  ]
  const items = workItems(practice, [chart(waits, { until: NOW + 3 * HOUR })], READER)
  expect(items.map(({ kind, isLate }) => `${kind}${isLate ? ' late' : ''}`)).toEqual([
    'plan late',
    'cancelled late',
    'result',
    'consent',
    'clash',
    'note',
    'amendment',
    'sign',
  ])
  expect(items.find(({ kind }) => kind === 'result')).toMatchObject({ owner: LIN, through: 'named' })
  expect(items.find(({ kind }) => kind === 'sign')).toMatchObject({ owner: WU, focus: { record: 'note-1' } })
  expect(items.find(({ kind }) => kind === 'note')).toMatchObject({ focus: { record: 'note-2' }, title: 'Visit' })
  // Keys tell them apart and stay the same.
  expect(new Set(items.map(({ key }) => key)).size).toBe(items.length)
  expect(
    workItems(practice.toReversed(), [chart(waits, { until: NOW + 3 * HOUR })], READER).map(({ key }) => key),
  ).toEqual(items.map(({ key }) => key))
  // What has ended, or ends in a month, waits for nobody.
  for (const until of [NOW - HOUR, NOW + 720 * HOUR, null])
    expect(workItems([], [chart([], { until })], READER)).toEqual([])
})

test('M7: what was handed over by a clock that was ahead, or at no time at all, can be handed on', () => {
  const waiting = chart([wait('booking', 'asked')])
  const ownerOf = (...tasks: CareEntry[]) => workItems(tasks, [waiting], READER)[0]?.owner?.id
  const next = (...tasks: CareEntry[]) =>
    nextAssignmentAt(assignmentsOf(tasks, { type: 'Appointment', record: 'asked' }), NOW)
  for (const ahead of ['2036-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 'zzzz']) {
    const taken = handed(WU, ahead)
    expect(ownerOf(taken)).toBe(WU.id)
    const mine = handed(LIN, next(taken))
    expect(ownerOf(taken, mine)).toBe(LIN.id)
    expect(ownerOf(mine, taken)).toBe(LIN.id)
    expect(assignmentsOf([taken, mine], { type: 'Appointment', record: 'asked' })[0]?.owner?.id).toBe(LIN.id)
    expect(ownerOf(taken, mine, handed(WU, next(taken, mine)))).toBe(WU.id)
  }
  expect(next(handed(WU, '2026-11-22T07:00:00Z'))).toBe('2026-11-22T08:00:00Z')
})

test('M7: what is due on a day is late when that day is over where its reader is', () => {
  const tasks = [handed(LIN, '2026-11-22T07:00:00Z')]
  const isLate = (now: string, zone: string) =>
    workItems(tasks, [chart([wait('booking', 'asked')])], { now: Date.parse(now), zone })[0]?.isLate
  expect(isLate('2026-11-23T15:30:00Z', 'Asia/Taipei')).toBe(false)
  expect(isLate('2026-11-23T16:30:00Z', 'Asia/Taipei')).toBe(true)
  expect(isLate('2026-11-24T04:30:00Z', 'America/New_York')).toBe(false)
})

test('M7: an assignment is in the list of what it is about, and fits its schema', () => {
  const message = newAssignment({
    focus: { thread: 'thread-1' },
    list: 'messages',
    about: chartReference('chart-mei'),
    owner: LIN,
    by: WU,
    at: '2026-11-22T07:00:00Z',
    due: '',
    comment: 'Please',
  })
  expect(checkResource(message)).toEqual([])
  expect(collectionOf(message)).toBe('messages')
  expect(collectionOf(handed(LIN, '2026-11-22T07:00:00Z').resource)).toBe('appointments')
  const waiting = chart([wait('message', 'm1', { thread: 'thread-1' })])
  expect(workItems([entryOf(message, { side: 'practice' })], [waiting], READER)[0]).toMatchObject({
    owner: LIN,
    assignment: { comment: 'Please' },
  })
})
