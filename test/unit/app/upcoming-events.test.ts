/** What records say will come, for reminders and for the calendar file. */
import {
  chartReference,
  EMPTY_APPOINTMENT,
  EMPTY_DOSE,
  EMPTY_IMMUNIZATION,
  newAppointment,
  newCancellation,
  newDose,
  newImmunization,
  stringifyJson,
} from '@chartkeep/domain'
import { calendarEntries, upcomingEventsOf } from '@chartkeep/app/src/app/reminders/upcoming-events.ts'
import { readResource, RecordViews } from '@chartkeep/app/src/app/words/record-view.ts'
import { localTime } from '@chartkeep/app/src/ui/fields/date-entry.ts'
import type { ChartRecord, GrantView } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const NOW = new Date(2026, 10, 21, 12, 0)

function record(id: string, resource: string): ChartRecord {
  const { type, title, date, status, collection } = readResource(resource).descriptor
  return {
    id,
    doc: id,
    type,
    title,
    date,
    status,
    collection,
    resource,
    code: '',
    text: '',
    revision: '1',
    savedAt: 0,
    author: { account: '', device: '', member: '', name: '', me: true },
    byOwner: true,
    importSource: '',
    late: null,
    waiting: false,
    conflict: false,
    kept: false,
  }
}

const medicine = (id: string, repeat: string, more = '') =>
  record(
    id,
    `{"resourceType":"MedicationStatement","id":"${id}","status":"active","medicationCodeableConcept":{"text":"${id}"},"dosage":[{"timing":{"repeat":${repeat}}}]${more}}`,
  )
const TWICE = '{"frequency":2,"period":1,"periodUnit":"d","timeOfDay":["08:00:00","20:00:00"]}'
const visit = (id: string, start: string) =>
  record(
    id,
    stringifyJson(newAppointment({ ...EMPTY_APPOINTMENT, what: id, start, minutes: '30', status: 'booked' }, 'a')),
  )
const vaccine = (nextDue: string) =>
  record('v', stringifyJson(newImmunization({ ...EMPTY_IMMUNIZATION, vaccine: 'Tetanus', date: '2016', nextDue }, 'a')))

const found = (...records: ChartRecord[]) =>
  upcomingEventsOf(records, [], new RecordViews(), NOW).map(({ kind, date }) => `${kind} ${date}`)

test('Reminders: doses of today and two more days that nobody has answered, at the times of the record', () => {
  const taken = newDose(
    { ...EMPTY_DOSE, medicine: 'a', answer: 'taken', at: localTime(new Date(2026, 10, 21, 8, 5)) },
    'Patient/1',
  )
  expect(found(medicine('a', TWICE), record('dose', stringifyJson(taken)))).toEqual([
    'doses 2026-11-21T20:00',
    'doses 2026-11-22T08:00',
    'doses 2026-11-22T20:00',
    'doses 2026-11-23T08:00',
    'doses 2026-11-23T20:00',
  ])
  // Without times, or stopped, or entered in error: nothing to ring for.
  expect(found(medicine('b', '{"frequency":2,"period":1,"periodUnit":"d"}'))).toEqual([])
  const stopped = medicine('c', TWICE)
  expect(
    found({ ...stopped, status: 'past' }, { ...stopped, status: 'error' }, { ...stopped, status: 'trash' }),
  ).toEqual([])
})

test('C9: what somebody with whom the chart is shared says was taken or cancelled silences no reminder, and takes no dose of the owner’s', () => {
  const theirs = { byOwner: false, author: { account: 'x', device: 'x', member: '', name: 'X', me: false } }
  const at = (hour: number) => localTime(new Date(2026, 10, 21, hour, 0))
  const dose = (id: string, answer: 'taken' | 'skipped', hour: number, more: object = {}) => {
    const form = { ...EMPTY_DOSE, medicine: 'a', of: 'MedicationStatement/a', answer, at: at(hour) }
    return { ...record(id, stringifyJson(newDose(form, 'Patient/1'))), ...more }
  }
  const evening = 'doses 2026-11-21T20:00'
  expect(found(medicine('a', TWICE), dose('t', 'taken', 20, theirs))).toContain(evening)
  expect(found(medicine('a', TWICE), dose('o', 'taken', 20))).not.toContain(evening)
  // A medicine that bears the same name takes no doses away.
  expect(
    found(medicine('a', TWICE), { ...medicine('a', TWICE), id: 'b', ...theirs }, dose('o', 'taken', 20)),
  ).toHaveLength(5 + 6)
  const answer = stringifyJson(newCancellation({ booking: 'eye', about: chartReference('c'), reason: 'Forged' }))
  const booked = visit('eye', '2026-12-01T09:00:00+08:00')
  expect(found(booked, { ...record('no', answer), ...theirs })).toHaveLength(1)
  // Another owner's word is as good as one's own.
  expect(found(booked, { ...record('no', answer), author: theirs.author })).toHaveLength(0)
})

test('Reminders: appointments, vaccines and active shares by their own dates; moved ones are other reminders', () => {
  const share = (state: GrantView['state']) =>
    ({ id: 'g', name: 'Dr Lin', state, until: NOW.getTime(), scopes: [], departed: [] }) as unknown as GrantView
  const records = [visit('eye', '2026-12-01T09:00:00+08:00'), vaccine('2026-12')]
  const upcomingEvents = upcomingEventsOf(records, [share('active'), share('revoked')], new RecordViews(), NOW)
  expect(upcomingEvents.map(({ kind, date, name }) => [kind, date, name])).toEqual([
    ['appointments', '2026-12-01T09:00:00+08:00', ''],
    ['vaccines', '2026-12', 'Tetanus'],
    ['shares', NOW.toISOString(), 'Dr Lin'],
  ])
  const moved = upcomingEventsOf([visit('eye', '2026-12-02T09:00:00+08:00')], [], new RecordViews(), NOW)
  expect(moved[0]?.key).not.toBe(upcomingEvents[0]?.key)
})

test('Calendar: doses of one time are one entry that comes again for 90 days, or until the medicine ends', () => {
  const before = { doses: 0, appointments: 60, vaccines: 1440 }
  const entries = (...records: ChartRecord[]) => calendarEntries(records, new RecordViews(), before, NOW)
  const rules = (...records: ChartRecord[]) => entries(...records).map(({ start, repeats }) => [start, repeats])
  const daily = { everyDays: 1, weekdays: [], until: '2027-02-19' }
  expect(rules(medicine('a', TWICE), medicine('b', TWICE))).toEqual([
    ['2026-11-21T08:00', daily],
    ['2026-11-21T20:00', daily],
  ])
  const ends = ',"effectivePeriod":{"start":"2026-11-20","end":"2026-11-30"}'
  const other = '{"frequency":1,"period":2,"periodUnit":"d","timeOfDay":["08:00:00"]}'
  expect(rules(medicine('c', other, ends))).toEqual([
    ['2026-11-22T08:00', { everyDays: 2, weekdays: [], until: '2026-11-30' }],
  ])
  const weekly = '{"frequency":1,"period":1,"periodUnit":"wk","dayOfWeek":["thu","mon"],"timeOfDay":["08:00:00"]}'
  expect(rules(medicine('d', weekly))).toEqual([
    ['2026-11-23T08:00', { everyDays: 1, weekdays: ['thu', 'mon'], until: '2027-02-19' }],
  ])
  const course =
    '{"boundsPeriod":{"end":"2026-11-25"},"frequency":1,"period":1,"periodUnit":"d","timeOfDay":["08:00:00"]}'
  expect(rules(medicine('f', course))).toEqual([
    ['2026-11-21T08:00', { everyDays: 1, weekdays: [], until: '2026-11-25' }],
  ])
  // Once a week is not every day.
  expect(rules(medicine('g', '{"frequency":1,"period":1,"periodUnit":"wk","timeOfDay":["08:00:00"]}'))).toEqual([])
  const over = ',"effectivePeriod":{"end":"2026-11-01"}'
  expect(rules(medicine('e', TWICE, over))).toEqual([])
})

test('C3: an end of a share that no date can say rings never, and takes no other reminder with it', () => {
  const share = (id: string, until: number) =>
    ({ id, account: id, name: id, state: 'active', until, scopes: [], departed: [] }) as unknown as GrantView
  const shares = [share('ever', Number.MAX_SAFE_INTEGER), share('soon', NOW.getTime())]
  expect(upcomingEventsOf([], shares, new RecordViews(), NOW).map(({ name }) => name)).toEqual(['soon'])
})

test('Calendar: a visit is a moment, a vaccine a day with a morning alarm; what is past or not chosen is left out', () => {
  const before = { doses: null, appointments: 60, vaccines: 1440 }
  const records = [
    medicine('a', TWICE),
    visit('eye', '2026-12-01T09:00:00+08:00'),
    visit('past', '2026-11-01T09:00:00+08:00'),
    vaccine('2026-12'),
  ]
  const entries = calendarEntries(records, new RecordViews(), before, NOW)
  expect(entries.map(({ start, minutes, alarmMinutes }) => [start, minutes, alarmMinutes])).toEqual([
    [Date.parse('2026-12-01T01:00:00Z'), 30, 60],
    ['2026-12-01', 0, 900],
  ])
  expect(calendarEntries(records, new RecordViews(), { doses: null, appointments: null, vaccines: null }, NOW)).toEqual(
    [],
  )
})

test('Calendar: doses end with the moment at which the medicine ends, and a month ends with its last day', () => {
  const until = (end: string) =>
    calendarEntries(
      [medicine('a', TWICE, `,"effectivePeriod":{"start":"2026-11-20","end":"${end}"}`)],
      new RecordViews(),
      { doses: 0, appointments: null, vaccines: null },
      NOW,
    ).map(({ start, repeats }) => `${start} ${repeats?.until}`)
  expect(until('2026-11')).toEqual(['2026-11-21T08:00 2026-11-30', '2026-11-21T20:00 2026-11-30'])
  const noon = new Date(2026, 10, 27, 12).toISOString()
  const [morning, evening] = ['2026-11-21T08:00 2026-11-27', '2026-11-21T20:00 2026-11-26']
  expect(until(noon)).toEqual([morning, evening])
  expect(until(localTime(new Date(2026, 10, 27, 12)))).toEqual([morning, evening])
  expect(until('9999-12-31T23:59:59Z')).toEqual(['2026-11-21T08:00 2027-02-19', '2026-11-21T20:00 2027-02-19'])
})
