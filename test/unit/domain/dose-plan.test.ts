/** Planned doses, what became of them, and counts with their base: nothing that nobody wrote down is called missed. */
import { expect, test } from 'vitest'
import {
  adherence,
  dayAfter,
  dayPlan,
  doseDay,
  doseDays,
  EMPTY_MEDICATION,
  type MedicationForm,
  newMedication,
  parseJsonOrNull,
  type RecordedDose,
  trackedDays,
} from '@chartkeep/domain'

const medicine = (form: Partial<MedicationForm>) =>
  newMedication({ ...EMPTY_MEDICATION, name: 'A', ...form }, 'Patient/1')
const dose = (change: Partial<RecordedDose> = {}): RecordedDose => ({
  id: 'd',
  day: '2026-11-20',
  time: '08:10',
  plannedDay: '',
  plannedTime: '',
  answer: 'taken',
  ...change,
})
const states = (day: ReturnType<typeof doseDay>) => day.doses.map(({ time, state, isExtra }) => [time, state, isExtra])
const twice = medicine({ times: ['08:00', '20:00'] })
const noon = { day: '2026-11-20', time: '12:00', zone: 'UTC' }

test('Doses: times of day are the plan of each day, and of the chosen days of the week only', () => {
  expect(dayPlan(twice, '2026-11-20', 'UTC')).toEqual({ kind: 'times', times: ['08:00', '20:00'] })
  // 2026-11-20 is a Friday.
  expect(dayPlan(medicine({ times: ['08:00'], days: ['fri'] }), '2026-11-20', 'UTC')).toEqual({
    kind: 'times',
    times: ['08:00'],
  })
  expect(dayPlan(medicine({ times: ['08:00'], days: ['mon'] }), '2026-11-20', 'UTC')).toEqual({ kind: 'none' })
  expect(dayPlan(medicine({ days: ['fri'] }), '2026-11-20', 'UTC')).toEqual({ kind: 'count', count: 1 })
})

test('Doses: every other day counts from the first day, and without one the plan stays open', () => {
  const start = { everyDays: '2', times: ['08:00'], start: '2026-11-01' }
  expect(dayPlan(medicine(start), '2026-11-03', 'UTC').kind).toBe('times')
  expect(dayPlan(medicine(start), '2026-11-04', 'UTC')).toEqual({ kind: 'none' })
  expect(dayPlan(medicine({ ...start, start: '2026-11' }), '2026-11-04', 'UTC')).toEqual({
    kind: 'open',
    asNeeded: false,
  })
})

test('Doses: none before the start and after the end; a partial end takes its whole month', () => {
  expect(dayPlan(medicine({ times: ['08:00'], start: '2026-11-21' }), '2026-11-20', 'UTC')).toEqual({ kind: 'none' })
  expect(dayPlan(medicine({ times: ['08:00'], end: '2026-11' }), '2026-11-30', 'UTC').kind).toBe('times')
  expect(dayPlan(medicine({ times: ['08:00'], end: '2026-11' }), '2026-12-01', 'UTC')).toEqual({ kind: 'none' })
  expect(dayPlan(medicine({ times: ['08:00'], start: '2026' }), '2026-01-01', 'UTC').kind).toBe('times')
})

test('Doses: a prescription counts by its frequency; as needed, words and weeks stay open', () => {
  const request = (repeat: string, more = '') =>
    parseJsonOrNull(`{"resourceType":"MedicationRequest","dosageInstruction":[{"timing":{"repeat":${repeat}}${more}}]}`)
  expect(dayPlan(request('{"frequency":2,"period":1,"periodUnit":"d"}'), '2026-11-20', 'UTC')).toEqual({
    kind: 'count',
    count: 2,
  })
  expect(dayPlan(request('{"frequency":1,"period":8,"periodUnit":"h"}'), '2026-11-20', 'UTC')).toEqual({
    kind: 'count',
    count: 3,
  })
  expect(dayPlan(request('{"frequency":1,"period":5,"periodUnit":"h"}'), '2026-11-20', 'UTC').kind).toBe('open')
  expect(dayPlan(request('{"frequency":1,"period":1,"periodUnit":"wk"}'), '2026-11-20', 'UTC').kind).toBe('open')
  expect(
    dayPlan(request('{"frequency":2,"period":1,"periodUnit":"d"}', ',"asNeededBoolean":true'), '2026-11-20', 'UTC'),
  ).toEqual({
    kind: 'open',
    asNeeded: true,
  })
  expect(dayPlan(medicine({ frequency: 'twice a day' }), '2026-11-20', 'UTC')).toEqual({
    kind: 'open',
    asNeeded: false,
  })
})

test('Doses: one that comes once a week, a month or in a span of days is never asked for each day', () => {
  const plan = (repeat: string, day = '2026-11-20') =>
    dayPlan(
      parseJsonOrNull(`{"resourceType":"MedicationRequest","dosageInstruction":[{"timing":{"repeat":${repeat}}}]}`),
      day,
      'UTC',
    )
  const at = '"timeOfDay":["08:00:00"]'
  const open = { kind: 'open', asNeeded: false }
  // Methotrexate at eight, once a week: which day is not said.
  expect(plan(`{"frequency":1,"period":1,"periodUnit":"wk",${at}}`)).toEqual(open)
  expect(plan(`{"frequency":1,"period":1,"periodUnit":"mo",${at}}`)).toEqual(open)
  expect(plan(`{"frequency":1,"period":1,"periodMax":3,"periodUnit":"d",${at}}`)).toEqual(open)
  expect(plan(`{"frequency":1,"period":4,"periodMax":6,"periodUnit":"h"}`)).toEqual(open)
  // 2026-11-20 is a Friday.
  const fridays = (period: number) => `{"frequency":1,"period":${period},"periodUnit":"wk","dayOfWeek":["fri"],${at}}`
  expect(plan(fridays(1))).toEqual({ kind: 'times', times: ['08:00'] })
  expect(plan(fridays(1), '2026-11-21')).toEqual({ kind: 'none' })
  expect(plan(fridays(2))).toEqual(open)
})

test('Doses: a course that a prescription bounds ends with it', () => {
  const plan = (bounds: string, day: string, more = '') =>
    dayPlan(
      parseJsonOrNull(
        `{"resourceType":"MedicationStatement","dosage":[{"timing":{"repeat":{${bounds},"frequency":2,"period":1,"periodUnit":"d"}}}]${more}}`,
      ),
      day,
      'UTC',
    ).kind
  const week = '"boundsPeriod":{"start":"2026-11-02","end":"2026-11-08"}'
  expect(plan(week, '2026-11-01')).toBe('none')
  expect(plan(week, '2026-11-08')).toBe('count')
  expect(plan(week, '2026-11-09')).toBe('none')
  const length = '"boundsDuration":{"value":1,"unit":"week","system":"http://unitsofmeasure.org","code":"wk"}'
  const start = ',"effectivePeriod":{"start":"2026-11-02"}'
  expect(plan(length, '2026-11-08', start)).toBe('count')
  expect(plan(length, '2026-11-09', start)).toBe('none')
  // Without a first day nobody can say when it has ended.
  expect(plan(length, '2026-11-09')).toBe('count')
})

test('Doses: one that names its planned time answers it, others the nearest; what is left over is extra', () => {
  const evening = dose({ id: 'e', time: '11:00', plannedDay: '2026-11-20', plannedTime: '20:00', answer: 'skipped' })
  expect(states(doseDay(twice, [dose(), evening], '2026-11-20', noon))).toEqual([
    ['08:00', 'taken', false],
    ['20:00', 'skipped', false],
  ])
  const day = doseDay(
    twice,
    [dose({ time: '19:30' }), dose({ time: '08:30' }), dose({ time: '11:59' })],
    '2026-11-20',
    noon,
  )
  expect(states(day)).toEqual([
    ['08:00', 'taken', false],
    ['20:00', 'taken', false],
    ['19:30', 'taken', true],
  ])
})

test('C9: a dose that an owner wrote down answers before one of another person, whichever time either says', () => {
  const theirs = dose({
    id: 'theirs',
    day: '2026-11-20',
    time: '00:00',
    plannedDay: '2026-11-20',
    plannedTime: '08:00',
    answer: 'skipped',
    isOthers: true,
  })
  const own = dose({
    id: 'own',
    day: '2026-11-20',
    time: '08:05',
    plannedDay: '2026-11-20',
    plannedTime: '08:00',
    answer: 'taken',
  })
  const [morning] = doseDay(twice, [theirs, own], '2026-11-20', noon).doses
  expect(morning).toMatchObject({ time: '08:00', state: 'taken', dose: { id: 'own' } })
})

test('Doses: a dose after midnight that answers the evening before belongs to that day', () => {
  const late = dose({
    day: '2026-11-21',
    time: '00:30',
    plannedDay: '2026-11-20',
    plannedTime: '20:00',
    answer: 'late',
  })
  const now = { day: '2026-11-21', time: '07:00', zone: 'UTC' }
  expect(states(doseDay(twice, [late], '2026-11-20', now))).toEqual([
    ['08:00', 'not-recorded', false],
    ['20:00', 'late', false],
  ])
  expect(states(doseDay(twice, [late], '2026-11-21', now)).map(([, state]) => state)).toEqual(['coming', 'coming'])
})

test('Doses: what is to come is not in the counts, and what nobody wrote down is not recorded', () => {
  const days = doseDays(
    twice,
    [dose(), dose({ id: 's', day: '2026-11-19', time: '20:00', answer: 'skipped' })],
    7,
    noon,
  )
  expect(days.map(({ day }) => day)).toEqual(Array.from({ length: 7 }, (_, index) => dayAfter('2026-11-14', index)))
  expect(adherence(days)).toEqual({
    days: 7,
    planned: 13,
    taken: 1,
    late: 0,
    skipped: 1,
    notRecorded: 11,
    extra: 0,
  })
})

test('Doses: a medicine without a plan has no base, only what was written down', () => {
  const days = doseDays(medicine({ asNeeded: true }), [dose(), dose({ id: 'x', answer: 'skipped' })], 7, noon)
  expect(adherence(days)).toEqual({ days: 7, planned: 0, taken: 0, late: 0, skipped: 0, notRecorded: 0, extra: 1 })
})

test('Doses: without a start, days before the first dose that was written down are not counted as planned', () => {
  const days = doseDays(twice, [dose({ day: '2026-11-18' })], 7, noon)
  expect(trackedDays(twice, days).map(({ day }) => day)).toEqual(['2026-11-18', '2026-11-19', '2026-11-20'])
  const begun = medicine({ times: ['08:00'], start: '2026-11-16' })
  expect(adherence(trackedDays(begun, doseDays(begun, [dose({ day: '2026-11-18' })], 7, noon)))).toMatchObject({
    planned: 5,
    taken: 1,
    notRecorded: 4,
  })
})
