/** Emergency access on the screens (C13): what was allowed as one thing, and finding somebody among those who allowed it. */
import { isIdentified } from '@chartkeep/app/src/app/practice/chart-name.ts'
import { allowedOf, isOver } from '@chartkeep/app/src/features/emergency/allowed.ts'
import { heldRows } from '@chartkeep/app/src/features/emergency/held-rows.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { shownRows } from '@chartkeep/app/src/ui/lists/list-rows.ts'
import type { EmergencyGrantView, HeldChart } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const HOUR = 3_600_000
const t = startLanguages('en').t

function grant(id: string, more: Partial<EmergencyGrantView> = {}): EmergencyGrantView {
  return {
    id,
    account: 'clinic',
    name: 'Green Clinic',
    role: null,
    collections: ['allergies', 'medications'],
    durationMs: 24 * HOUR,
    from: 0,
    until: 9 * HOUR,
    purpose: '',
    state: 'held',
    since: 0,
    endedAt: null,
    ...more,
  }
}

test('C13: the grants of a practice’s roles are one thing that is shown by what matters most and stopped as one', () => {
  const [clinic, person, ...others] = allowedOf([
    grant('nurse', { role: 'nurse', state: 'open', collections: ['medications', 'allergies'] }),
    grant('physician', { role: 'physician' }),
    grant('lin', { account: 'lin', name: 'Dr Lin' }),
  ])
  expect(others).toEqual([])
  expect(clinic).toMatchObject({ roles: ['physician', 'nurse'], state: 'open', grants: ['nurse', 'physician'] })
  expect(person).toMatchObject({ name: 'Dr Lin', roles: [], state: 'held', grants: ['lin'] })
})

test('C13: what is over is never one with the effective version, and another length or end is another thing', () => {
  const all = allowedOf([
    grant('a', { role: 'nurse', state: 'revoked', endedAt: 5 }),
    grant('b', { role: 'physician', state: 'expired', endedAt: 7 }),
    grant('c', { role: 'nurse' }),
    grant('d', { role: 'physician', durationMs: HOUR }),
    grant('e', { role: 'physician', until: 10 * HOUR }),
  ])
  expect(all.map(({ grants }) => grants)).toEqual([['a', 'b'], ['c'], ['d'], ['e']])
  expect(all.map(isOver)).toEqual([true, false, false, false])
  expect(all[0]!.endedAt).toBe(7)
})

const held = (name: string, birthDate: string, more: Partial<HeldChart> = {}): HeldChart => ({
  id: name,
  name,
  birthDate,
  durationMs: HOUR,
  until: 9 * HOUR,
  state: 'held',
  openUntil: null,
  isUntold: false,
  isClockAhead: false,
  slot: null,
  ...more,
})

const rowsOf = (all: readonly HeldChart[]) => heldRows(all, { t, language: 'en', now: new Date(0), first: 'chart' })
const namesOf = (all: readonly HeldChart[], words: string) =>
  shownRows(rowsOf(all), words, [], [], { column: 'title', descending: false }).map(({ title }) => title)

test('C13: somebody who allowed it is found by any words of the name and by the birth date as people write it; what is open is first', () => {
  const all = [
    held('Chan Mei', '1990-02-03'),
    held('Chan Bo', '', { state: 'ended', openUntil: HOUR }),
    held('王小美', '1961-11-30', { state: 'open', openUntil: HOUR, slot: 'ward' }),
  ]
  const names = (words: string) => namesOf(all, words)
  expect(names('')).toEqual(['王小美', 'Chan Bo', 'Chan Mei'])
  expect(names('  mei CHAN ')).toEqual(['Chan Mei'])
  for (const words of ['1990-02-03', '19900203', '1990/2/3', '3 Feb 1990']) expect(names(words)).toEqual(['Chan Mei'])
  expect(names('小美')).toEqual(['王小美'])
  expect(names('chan 1961')).toEqual([])
  const [mei, bo, open] = rowsOf(all)
  expect(mei).toMatchObject({
    href: '#/patients/emergency/Chan Mei',
    value: '3 Feb 1990',
    by: '1 hour each time',
    state: undefined,
  })
  expect(bo).toMatchObject({ href: '#/patients/emergency/Chan Bo', state: { status: 'neutral' } })
  expect(open, 'what is open leads to the chart').toMatchObject({ href: '#/chart/ward', state: { status: 'danger' } })
})

test('C13: what the clock of this device alone has locked is not said to be over', () => {
  const ended = { state: 'ended', openUntil: HOUR } as const
  const [by, over] = rowsOf([held('Chan Mei', '', { ...ended, isClockAhead: true }), held('Chan Bo', '', ended)])
  expect(by!.state).toEqual({ status: 'attention', word: 'Locked because this device’s clock is ahead' })
  expect(over!.state).toMatchObject({ status: 'neutral', word: expect.stringMatching(/^Ended /u) as string })
})

test('C13: of 10,000 who allowed it one is found by name, and by birth date', () => {
  const day = (at: number) => new Date(Date.UTC(1930, 0, 1 + at)).toISOString().slice(0, 10)
  const all = Array.from({ length: 10_000 }, (_, at) => held(`Person ${at}`, day(at)))
  expect(namesOf(all, '')).toHaveLength(10_000)
  expect(namesOf(all, 'person 9876')).toEqual(['Person 9876'])
  expect(namesOf(all, day(4321).replaceAll('-', ''))).toEqual(['Person 4321'])
})

test('C13: a chart that was opened in an emergency is one of somebody who is known, without a confirmation at the desk', () => {
  expect(isIdentified({ confirmed: false, emergency: { until: HOUR, clockAhead: 0 } })).toBe(true)
  expect(isIdentified({ confirmed: false, emergency: null })).toBe(false)
  expect(isIdentified({ confirmed: true, emergency: null })).toBe(true)
})
