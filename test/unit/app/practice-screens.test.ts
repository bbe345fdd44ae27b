/** What a practice's screens work out of digests: rows of patients, ages, allergies in words, and which charts are open. */
import { expect, test } from 'vitest'
import { ageOf } from '@chartkeep/app/src/app/practice/age.ts'
import { allergyMarks } from '@chartkeep/app/src/app/practice/allergy-marks.ts'
import { placesOf } from '@chartkeep/app/src/app/frame/practice-places.ts'
import { MAX_TABS, tabsWith } from '@chartkeep/app/src/app/frame/use-chart-tabs.ts'
import { patientFilters, patientRows } from '@chartkeep/app/src/features/patients/patient-rows.ts'
import { whoHasNumber } from '@chartkeep/app/src/features/patients/save-patient.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { shownRows } from '@chartkeep/app/src/ui/lists/list-rows.ts'
import { type ChartProjection, mayDoInPractice, type PracticeRole } from '@chartkeep/domain'
import type { ChartSummary, Practice } from '@chartkeep/sync'

const t = startLanguages('en').t
const NOW = new Date('2026-11-22T10:00:00')
const DAY = 86_400_000

function chart(at: number, more: Partial<ChartSummary> = {}, care: Partial<ChartProjection> = {}): ChartSummary {
  return {
    slot: `slot${at}`,
    id: `chart${at}`,
    kind: 'person',
    name: `Person ${at}`,
    birthDate: '',
    confirmed: true,
    emergency: null,
    state: 'open',
    until: null,
    care: {
      name: `Chen ${at}`,
      birthDate: '1992-03-04',
      gender: 'female',
      numbers: [`N${at}`],
      allergies: { answer: 'nothing', shown: [], more: 0 },
      lastActivity: at,
      waits: [],
      ...care,
    },
    ...more,
  } as ChartSummary
}

test('C12: patients are found by name, record number and birth date as people write it, among 10,000', () => {
  const rows = patientRows(
    Array.from({ length: 10_000 }, (_, at) => chart(at, {}, at === 42 ? { birthDate: '1961-11-30' } : {})),
    new Map(),
    { t, language: 'en', now: NOW },
  )
  const find = (query: string) =>
    shownRows(rows, query, [], [], { column: 'title', descending: false }).map(({ id }) => id)
  expect(find('chen 9999')).toEqual(['slot9999'])
  expect(find('n9042')).toEqual(['slot9042'])
  for (const date of ['1961-11-30', '19611130', '1961/11/30', '30 nov 1961']) expect(find(date)).toEqual(['slot42'])
  expect(find('1961-12-30')).toEqual([])
})

test('C12, N9: an offered chart is in no list, one that has ended is shown marked after the others, and the filters say who ends soon and whose they are', () => {
  const mine = { id: 'me', name: 'Lin Wei' }
  const own = { chart: 'chart1', number: '77', practice: '', name: 'Chen 1', birthDate: '', gender: '', assigned: mine }
  const rows = patientRows(
    [
      chart(1, { until: NOW.getTime() + 2 * DAY }),
      chart(2, { until: NOW.getTime() + 20 * DAY }),
      chart(3, { confirmed: false }),
      chart(4, { state: 'ended', until: NOW.getTime() - DAY }),
      { ...chart(5, { state: 'ended' }), file: 'unknown' },
    ],
    new Map([['chart1', own as never]]),
    { t, language: 'en', now: NOW },
  )
  const filters = patientFilters('me', t)
  const shown = (...picked: string[]) =>
    shownRows(rows, '', picked, filters, { column: 'title', descending: false }).map(({ id }) => id)
  expect(shown()).toEqual(['slot1', 'slot2', 'slot4'])
  expect(shown('active')).toEqual(['slot1', 'slot2'])
  // For what has ended nothing waits to be read, and its end is no end to come.
  expect(rows[2]).toMatchObject({ state: { word: 'Access ended' }, marks: [] })
  expect(shown('ending')).toEqual(['slot1'])
  expect(shown('mine')).toEqual(['slot1'])
  expect(shown('over')).toEqual(['slot4'])
  expect(shown('elsewhere')).toEqual(['slot5'])
  expect(rows[0]!.value).toBe('4 Mar 1992 · 77')
  expect(whoHasNumber(' 77 ', 'chart2', new Map([['chart1', own as never]]))).toBe('Chen 1')
  expect(whoHasNumber('77', 'chart1', new Map([['chart1', own as never]]))).toBeNull()
})

test('C12: not shared, not read, not asked, none known and nothing recorded are said in five different ways', () => {
  const of = (answer: ChartProjection['allergies']['answer']) =>
    allergyMarks(chart(1, {}, { allergies: { answer, shown: [], more: 0 } }).care, t).map(({ word }) => word)
  const said = [
    allergyMarks(null, t)[0]!.word,
    ...(['hidden', 'not-asked', 'none-known', 'nothing'] as const).flatMap(of),
  ]
  expect(new Set(said).size).toBe(5)
  const shown = [
    { title: 'Penicillin', isHigh: true },
    { title: 'Dust', isHigh: false },
  ]
  expect(allergyMarks(chart(1, {}, { allergies: { answer: 'some', shown, more: 2 } }).care, t)).toEqual([
    { status: 'danger', word: 'Allergy: Penicillin, severe' },
    { status: 'attention', word: 'Allergy: Dust' },
    { status: 'attention', word: '2 more allergies' },
  ])
})

test('C12: an age is told as precisely as the birth date, and none is made up', () => {
  expect(ageOf('1992-03-04', NOW)).toEqual({ years: 34, isAbout: false })
  expect(ageOf('1992-11-22', NOW)).toEqual({ years: 34, isAbout: false })
  expect(ageOf('1992-11-23', NOW)).toEqual({ years: 33, isAbout: false })
  expect(ageOf('1992-11', NOW)).toEqual({ years: 33, isAbout: true })
  expect(ageOf('1992-10', NOW)).toEqual({ years: 34, isAbout: false })
  expect(ageOf('1992', NOW)).toEqual({ years: 33, isAbout: true })
  expect(ageOf('2026', NOW)).toEqual({ years: 0, isAbout: true })
  expect([ageOf('', NOW), ageOf('2027-01-01', NOW), ageOf('x', NOW)]).toEqual([null, null, null])
})

test('C12: a fifth chart is opened only once somebody has said which one may be closed', () => {
  let slots: readonly string[] = []
  for (let at = 0; at < MAX_TABS; at++) slots = tabsWith(slots, `slot${at}`).slots
  expect(slots).toHaveLength(MAX_TABS)
  expect(tabsWith(slots, 'slot2')).toEqual({ slots, isAsked: false })
  expect(tabsWith(slots, 'slot9')).toEqual({ slots, isAsked: true })
  expect(tabsWith(slots.slice(1), 'slot9').slots).toEqual(['slot1', 'slot2', 'slot3', 'slot9'])
})

test('C12: each role has its places in the frame, an auditor the practice alone', () => {
  const of = (...roles: PracticeRole[]) =>
    placesOf({ may: (action: Parameters<Practice['may']>[0]) => mayDoInPractice(roles, action) } as Practice)
  expect(of('physician')).toEqual(['work', 'patients', 'calendar', 'messages', 'results', 'sign', 'practice'])
  expect(of('auditor')).toEqual(['practice'])
  expect(of('admin')).toEqual(['work', 'practice'])
})
