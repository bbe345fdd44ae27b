/** A moment is no day: which day it is depends on where its reader is. Dates are days everywhere. */
import {
  compareDates,
  dateSortKey,
  dateSpan,
  dayAfter,
  dayIn,
  dayPlan,
  dueState,
  instantText,
  isToCome,
  jsonObject,
  momentOf,
  parseJsonOrNull,
  sortKeyIn,
  spanIn,
  supplyEnd,
  zonedDay,
  zonedMoment,
} from '@chartkeep/domain'
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const ZONES = [
  'Pacific/Pago_Pago',
  'America/New_York',
  'UTC',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Asia/Taipei',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
]
const zones = fc.constantFrom(...ZONES)
/** Two years in which each of these zones changes its clocks, if it ever does: Apia left out a whole day in 2011. */
const moments = fc
  .oneof(
    fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2027, 0) }),
    fc.integer({ min: Date.UTC(2011, 11, 20), max: Date.UTC(2012, 0, 10) }),
  )
  .map((at) => Math.floor(at / 1000) * 1000)
const offsets = fc.integer({ min: -11 * 60, max: 14 * 60 })

/** The moment as clocks so many minutes ahead of UTC show it. */
function withOffset(moment: number, minutes: number): string {
  const two = (number: number) => String(number).padStart(2, '0')
  const shown = new Date(moment + minutes * 60_000).toISOString().slice(0, 19)
  return `${shown}${minutes < 0 ? '-' : '+'}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`
}

/** The moment as clocks of the zone show it, without saying which zone that is; null where they show the same twice or never. */
function local(moment: number, zone: string): string | null {
  const { day, time } = zonedDay(moment, zone)
  const seconds = instantText(moment).slice(17, 19)
  const text = `${day}T${time}:${seconds}`
  return spanIn(text, zone)?.start === moment ? text : null
}

const medicine = (start: string | undefined, end: string | undefined, repeat: object) =>
  jsonObject({
    resourceType: 'MedicationStatement',
    status: 'active',
    effectivePeriod: jsonObject({ start, end }),
    dosage: [jsonObject({ timing: parseJsonOrNull(JSON.stringify({ repeat }))! })],
  })
const REPEATS = [
  { frequency: 1, period: 1, periodUnit: 'd', timeOfDay: ['00:00:00', '08:00:00', '12:30:00', '23:59:00'] },
  { frequency: 1, period: 3, periodUnit: 'd', timeOfDay: ['02:30:00', '20:00:00'] },
  { frequency: 3, period: 1, periodUnit: 'd' },
  { frequency: 1, period: 1, periodUnit: 'wk', dayOfWeek: ['mon', 'thu'], timeOfDay: ['08:00:00'] },
  { boundsDuration: { value: 4, unit: 'd', code: 'd' }, frequency: 2, period: 1, periodUnit: 'd' },
]

function plans(resource: unknown, around: number, zone: string) {
  const { day } = zonedDay(around, zone)
  return Array.from({ length: 7 }, (_, index) => dayPlan(resource, dayAfter(day, index - 3), zone))
}

test('Days: a time with an offset falls on the day of its reader; dates, partial dates and local times stay as they are written', () => {
  const end = '2026-11-27T07:59:00Z'
  expect(ZONES.map((zone) => dayIn(end, zone))).toEqual([
    '2026-11-26',
    '2026-11-27',
    '2026-11-27',
    '2026-11-27',
    '2026-11-27',
    '2026-11-27',
    '2026-11-27',
    '2026-11-27',
    '2026-11-27',
  ])
  expect(dayIn('2026-11-27T23:30:00-05:00', 'Asia/Taipei')).toBe('2026-11-28')
  expect(dayIn('2026-11-27T11:30:00.123+14:00', 'Pacific/Pago_Pago')).toBe('2026-11-26')
  for (const zone of ZONES) {
    for (const date of ['2026', '2026-11', '2026-11-27']) expect(dayIn(date, zone)).toBe(date)
    expect(dayIn('2026-11-27T23:30:00', zone)).toBe('2026-11-27')
    // What systems write for "no date" is no date of the year 10000.
    expect(dayIn('9999-12-31T23:59:59Z', zone)).toBe('9999-12-31')
    expect(dayIn('0001-01-01T00:00:00Z', zone)).toBe('0001-01-01')
    for (const none of ['', 'soon', '2026-02-30', '2026-11-27T25:00:00Z']) expect(dayIn(none, zone)).toBe('')
  }
})

test('Days: however a moment is written, it is the same moment and the same day', () => {
  fc.assert(
    fc.property(moments, offsets, zones, (moment, offset, zone) => {
      const { day } = zonedDay(moment, zone)
      const texts = [instantText(moment), withOffset(moment, offset), local(moment, zone)].filter(
        (text): text is string => text !== null,
      )
      for (const text of texts) {
        expect(dayIn(text, zone)).toBe(day)
        expect(spanIn(text, zone)).toEqual({ start: moment, end: moment })
      }
      const span = spanIn(day, zone)!
      expect(span.start <= moment && moment < span.end).toBe(true)
    }),
    seeded(500),
  )
})

test('Doses: the plan of each day is the same however start and end are written: as a date, a local time, with an offset or in UTC', () => {
  fc.assert(
    fc.property(
      moments,
      offsets,
      offsets,
      zones,
      fc.constantFrom(...REPEATS),
      fc.integer({ min: -50, max: 200 }),
      (moment, first, second, zone, repeat, hours) => {
        const end = moment + hours * 3_600_000
        const wanted = [moment, end].map((at) =>
          plans(medicine(instantText(moment), instantText(end), repeat), at, zone),
        )
        const written = [
          medicine(withOffset(moment, first), withOffset(end, second), repeat),
          medicine(local(moment, zone) ?? instantText(moment), local(end, zone) ?? instantText(end), repeat),
        ]
        for (const resource of written) expect([moment, end].map((at) => plans(resource, at, zone))).toEqual(wanted)
        // A date is its whole day where the reader is.
        const [from, to] = [zonedDay(moment, zone).day, zonedDay(end, zone).day]
        const whole = medicine(
          instantText(spanIn(from, zone)!.start),
          instantText(spanIn(to, zone)!.end - 1000),
          repeat,
        )
        for (const at of [moment, end])
          expect(plans(medicine(from, to, repeat), at, zone)).toEqual(plans(whole, at, zone))
      },
    ),
    seeded(300),
  )
})

test('Doses: none before the moment of the start and none after the moment of the end, wherever their reader is', () => {
  fc.assert(
    fc.property(moments, zones, fc.integer({ min: 0, max: 120 }), (moment, zone, hours) => {
      const end = moment + hours * 3_600_000
      const resource = medicine(instantText(moment), instantText(end), REPEATS[0]!)
      const { day } = zonedDay(moment, zone)
      for (let ahead = -2; ahead < 8; ahead += 1) {
        const at = dayAfter(day, ahead)
        const plan = dayPlan(resource, at, zone)
        const times = plan.kind === 'times' ? plan.times : []
        for (const time of ['00:00', '08:00', '12:30', '23:59']) {
          const dose = zonedMoment(at, time, zone)
          // Apia had no 30 December 2011.
          if (zonedDay(dose, zone).day !== at) continue
          expect([at, time, times.includes(time)]).toEqual([at, time, dose >= moment && dose <= end])
        }
      }
    }),
    seeded(200),
  )
})

test('Doses: a medicine whose end is written in UTC ends where its reader is, a day earlier in Los Angeles', () => {
  const file = parseJsonOrNull(readFileSync('test/fixtures/faults/end-in-utc.json', 'utf8')) as unknown as {
    entry: { resource: unknown }[]
  }
  const resource = file.entry[1]!.resource
  const days = ['2026-11-25', '2026-11-26', '2026-11-27', '2026-11-28']
  const kinds = (zone: string) => days.map((day) => dayPlan(resource, day, zone).kind)
  expect(kinds('America/Los_Angeles')).toEqual(['times', 'times', 'none', 'none'])
  // 07:59 in UTC is 15:59 in Taipei, after the dose of 8 o'clock; in London it is a minute before it.
  expect(kinds('Asia/Taipei')).toEqual(['times', 'times', 'times', 'none'])
  expect(kinds('Europe/London')).toEqual(['times', 'times', 'none', 'none'])
})

test('Days: supplies, due dates and what is to come go by the day of the reader', () => {
  const dispensed = parseJsonOrNull(
    '{"resourceType":"MedicationDispense","whenHandedOver":"2026-11-20T23:30:00Z","daysSupply":{"value":10}}',
  )
  expect(supplyEnd({ id: 'd', resource: dispensed }, 'Asia/Taipei')?.date).toBe('2026-12-01')
  expect(supplyEnd({ id: 'd', resource: dispensed }, 'America/New_York')?.date).toBe('2026-11-30')
  expect(dueState('2026-11-21T23:30:00Z', '2026-11-22', 30, 'Asia/Taipei')).toBe('due')
  expect(dueState('2026-11-21T23:30:00Z', '2026-11-22', 30, 'UTC')).toBe('overdue')
  const now = Date.parse('2026-11-21T20:00:00Z')
  expect(isToCome('2026-11-21', { now, zone: 'UTC' })).toBe(true)
  expect(isToCome('2026-11-21', { now, zone: 'Asia/Taipei' })).toBe(false)
  expect(isToCome('2026-11', { now, zone: 'Asia/Taipei' })).toBe(true)
  expect(isToCome('', { now, zone: 'UTC' })).toBe(false)
})

test('Days: records are in the order of the days that their reader sees, a month behind its days', () => {
  const dates = ['2026-11-20', '2026-11-20T17:00:00Z', '2026-11', '2026-11-20T09:00:00Z', '2025', '', '2026-11-21']
  const order = (zone: string) =>
    dates.toSorted((a, b) => (sortKeyIn(a, zone) < sortKeyIn(b, zone) ? -1 : 1)).filter((date) => date.length > 7)
  expect(order('Asia/Taipei')).toEqual(['2026-11-20T09:00:00Z', '2026-11-20', '2026-11-20T17:00:00Z', '2026-11-21'])
  expect(order('UTC')).toEqual(['2026-11-20T09:00:00Z', '2026-11-20T17:00:00Z', '2026-11-20', '2026-11-21'])
  expect(dates.toSorted((a, b) => (sortKeyIn(a, 'UTC') < sortKeyIn(b, 'UTC') ? -1 : 1)).at(-1)).toBe('2026-11')
})

test('Days: a leap second is the second before it, and never no number', () => {
  const leap = '2016-12-31T23:59:60Z'
  expect(momentOf(leap)).toBe(Date.parse('2016-12-31T23:59:59Z'))
  expect(momentOf('2016-12-31T23:59:60.999Z')).toBe(Date.parse('2016-12-31T23:59:59.999Z'))
  expect(momentOf('2017-01-01T08:59:60+09:00')).toBe(momentOf(leap))
  expect(momentOf('2016-12-31T23:59:60')).toBe(new Date(2016, 11, 31, 23, 59, 59).getTime())
  expect(dateSpan(leap)?.start).toBe(momentOf(leap))
  expect(dateSortKey(leap)).toBe('2016-12-31T23:59:59.000Z')
  expect(compareDates(leap, '2017-01-01T00:00:00Z')).toBe(-1)
  for (const zone of ZONES) {
    expect(Number.isNaN(spanIn(leap, zone)!.start)).toBe(false)
    expect(Number.isNaN(spanIn('2016-12-31T23:59:60', zone)!.start)).toBe(false)
    expect(dayIn(leap, zone)).toMatch(/^201[67]-\d\d-\d\d$/u)
  }
})
