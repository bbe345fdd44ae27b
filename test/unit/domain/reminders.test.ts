/** Reminders: when they ring, over changes of the clock, partial dates, quiet hours, what was put off and what is done. */
import {
  afterQuiet,
  DEFAULT_REMINDERS,
  type UpcomingEvent,
  type ReminderChoices,
  remindersOf,
  rungBetween,
  zonedDay,
  zonedMoment,
} from '@chartkeep/domain'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seeded } from '../../support/seeded.ts'

const BERLIN = 'Europe/Berlin'
const TAIPEI = 'Asia/Taipei'
const NO_QUIET: ReminderChoices = { ...DEFAULT_REMINDERS, quiet: { from: '00:00', to: '00:00' } }
const NO_ACTIONS = { later: {}, done: {} }
const at = (text: string) => Date.parse(text)
const iso = (moment: number | undefined) => (moment === undefined ? '' : new Date(moment).toISOString())

function remind(
  upcoming: Partial<UpcomingEvent>,
  now: string,
  given: { choices?: ReminderChoices; zone?: string } = {},
) {
  return remindersOf([{ key: 'one', kind: 'doses', date: '', ...upcoming }], given.choices ?? NO_QUIET, NO_ACTIONS, {
    now: at(now),
    until: at('2100-01-01'),
    zone: given.zone ?? BERLIN,
  })[0]
}

test('Reminders: a day and a time of a zone are one moment, also where the clocks leap or go back', () => {
  expect(iso(zonedMoment('2026-03-28', '08:00', BERLIN))).toBe('2026-03-28T07:00:00.000Z')
  expect(iso(zonedMoment('2026-03-29', '08:00', BERLIN))).toBe('2026-03-29T06:00:00.000Z')
  // Left out in spring: as by the clocks before. Twice in autumn: the first.
  expect(zonedDay(zonedMoment('2026-03-29', '02:30', BERLIN), BERLIN)).toEqual({ day: '2026-03-29', time: '03:30' })
  expect(iso(zonedMoment('2026-10-25', '02:30', BERLIN))).toBe('2026-10-25T00:30:00.000Z')
  expect(iso(zonedMoment('2026-07-01', '00:00', TAIPEI))).toBe('2026-06-30T16:00:00.000Z')
  // Half an hour, and a night without its midnight.
  expect(iso(zonedMoment('2026-10-04', '02:15', 'Australia/Lord_Howe'))).toBe('2026-10-03T15:45:00.000Z')
  expect(zonedDay(zonedMoment('2018-11-04', '00:00', 'America/Sao_Paulo'), 'America/Sao_Paulo').time).toBe('01:00')
})

test('Reminders: every day and time that clocks show is read back as it was', () => {
  const zones = fc.constantFrom(BERLIN, TAIPEI, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC')
  const minutes = fc.integer({ min: at('2024-01-01') / 60_000, max: at('2030-01-01') / 60_000 })
  fc.assert(
    fc.property(zones, minutes, (zone, minute) => {
      const shown = zonedDay(minute * 60_000, zone)
      const moment = zonedMoment(shown.day, shown.time, zone)
      expect(zonedDay(moment, zone)).toEqual(shown)
      // The first of two, never a later one.
      expect(moment).toBeLessThanOrEqual(minute * 60_000)
    }),
    seeded(300),
  )
})

test('Reminders: a dose rings at its local time on the day on which the clocks change', () => {
  expect(iso(remind({ date: '2026-03-29T08:00' }, '2026-03-28T12:00:00Z')?.rings)).toBe('2026-03-29T06:00:00.000Z')
  expect(remind({ date: '2026-03-29T08:00' }, '2026-03-29T06:00:00Z')?.state).toBe('due')
  expect(remind({ date: '2026-03-29T08:00' }, '2026-03-29T05:59:00Z')?.state).toBe('coming')
  // Half a day later nobody should take it because a phone says so.
  expect(remind({ date: '2026-03-29T08:00' }, '2026-03-29T18:01:00Z')).toBeUndefined()
})

test('Reminders: a day before is a day by the clocks, and hours are hours', () => {
  const before = (minutes: number) => ({ ...NO_QUIET, before: { ...NO_QUIET.before, appointments: minutes } })
  const visit = { kind: 'appointments', date: '2026-03-29T10:00:00+02:00' } as const
  const rings = (minutes: number) => iso(remind(visit, '2026-03-01', { choices: before(minutes) })?.rings)
  expect(rings(1440)).toBe('2026-03-28T09:00:00.000Z')
  expect(rings(120)).toBe('2026-03-29T06:00:00.000Z')
  expect(rings(0)).toBe('2026-03-29T08:00:00.000Z')
  // The same moment for a person in another zone, at her own time of day.
  expect(iso(remind(visit, '2026-03-01', { choices: before(1440), zone: TAIPEI })?.rings)).toBe(
    '2026-03-28T08:00:00.000Z',
  )
})

test('Reminders: a date without a time rings in the morning, a month or a year on its first one; no date rings never', () => {
  const vaccine = (date: string) =>
    iso(
      remind({ kind: 'vaccines', date }, '2020-01-01', {
        choices: { ...NO_QUIET, before: { ...NO_QUIET.before, vaccines: 1440 } },
      })?.rings,
    )
  expect(vaccine('2026-12-10')).toBe('2026-12-09T08:00:00.000Z')
  expect(vaccine('2026-12')).toBe('2026-11-30T08:00:00.000Z')
  expect(vaccine('2027')).toBe('2026-12-31T08:00:00.000Z')
  expect(vaccine('')).toBe('')
  expect(vaccine('soon')).toBe('')
})

test('Reminders: vaccines stay due, appointments and shares end', () => {
  expect(remind({ kind: 'vaccines', date: '2020' }, '2026-11-21')?.state).toBe('due')
  expect(remind({ kind: 'appointments', date: '2026-11-21T08:00:00Z' }, '2026-11-21T10:01:00Z')).toBeUndefined()
  expect(remind({ kind: 'shares', date: '2026-11-21T08:00:00Z' }, '2026-11-21T08:00:01Z')).toBeUndefined()
  expect(remind({ kind: 'shares', date: '2026-11-21T08:00:00Z' }, '2026-11-21T07:00:00Z')?.state).toBe('due')
})

test('Reminders: in quiet hours nothing rings; it comes when they end', () => {
  const night = { from: '22:00', to: '07:00' }
  const after = (text: string, quiet = night) => iso(afterQuiet(at(text), quiet, BERLIN))
  expect(after('2026-01-10T20:59:00Z')).toBe('2026-01-10T20:59:00.000Z')
  expect(after('2026-01-10T21:00:00Z')).toBe('2026-01-11T06:00:00.000Z')
  expect(after('2026-01-11T05:59:00Z')).toBe('2026-01-11T06:00:00.000Z')
  expect(after('2026-01-11T06:00:00Z')).toBe('2026-01-11T06:00:00.000Z')
  // Through the night of the leap, and at noon.
  expect(after('2026-03-28T22:30:00Z')).toBe('2026-03-29T05:00:00.000Z')
  expect(after('2026-01-10T11:30:00Z', { from: '12:00', to: '14:00' })).toBe('2026-01-10T13:00:00.000Z')
})

test('Reminders: what was put off rings when it was put off to, what is done and what was not chosen never', () => {
  const dose = { key: 'one', kind: 'doses', date: '2026-11-21T08:00' } as const
  const clock = { now: at('2026-11-21T07:30:00Z'), until: at('2027-01-01'), zone: BERLIN }
  const until = at('2026-11-21T08:30:00Z')
  const [put] = remindersOf([dose], NO_QUIET, { later: { one: until }, done: {} }, clock)
  expect([put?.state, put?.rings]).toEqual(['later', until])
  expect(rungBetween(put ? [put] : [], until - 1, until)).toHaveLength(1)
  expect(rungBetween(put ? [put] : [], until, until + 1)).toHaveLength(0)
  expect(remindersOf([dose], NO_QUIET, { later: {}, done: { one: 1 } }, clock)).toEqual([])
  const off = { ...NO_QUIET, before: { ...NO_QUIET.before, doses: null } }
  expect(remindersOf([dose], off, NO_ACTIONS, clock)).toEqual([])
})
