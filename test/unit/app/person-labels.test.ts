/** Two patients of one name are told apart wherever one is chosen or named. */
import { personLabels } from '@chartkeep/app/src/app/people/person-labels.ts'
import { patientRows } from '@chartkeep/app/src/features/patients/patient-rows.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import type { ChartSummary } from '@chartkeep/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const { t } = startLanguages('en')
const WORDS = {
  date: (date: string) => `born ${date}`,
  number: (number: string) => `No. ${number}`,
  noBirthDate: 'no birth date',
}
const person = (id: string, name: string, birthDate = '', number = '') => ({ id, name, birthDate, number })
const labelled = (...people: ReturnType<typeof person>[]) => [...personLabels(people, WORDS).values()]

test.each([
  ['one of a name', [person('a1', 'Mei', '1992-03-04', '7'), person('b2', 'Bo')], ['Mei', 'Bo']],
  [
    'two of a name, by birth date',
    [person('a1', 'Mei', '1992-03-04', '7'), person('b2', 'Mei', '1961-11-30', '8')],
    ['Mei · born 1992-03-04', 'Mei · born 1961-11-30'],
  ],
  [
    'two of a name and a birth date, by number',
    [person('a1', 'Mei', '1992-03-04', '7'), person('b2', 'Mei', '1992-03-04', '8')],
    ['Mei · born 1992-03-04 · No. 7', 'Mei · born 1992-03-04 · No. 8'],
  ],
  [
    'one of them without a birth date',
    [person('a1', 'Mei', '1992-03-04'), person('b2', 'Mei')],
    ['Mei · born 1992-03-04', 'Mei · no birth date'],
  ],
  [
    'one of them without a number',
    [person('a1', 'Mei', '', '7'), person('b2', 'Mei')],
    ['Mei · no birth date · No. 7', 'Mei · no birth date'],
  ],
  [
    'nothing but the charts apart',
    [person('xxxxAAAA', 'Mei'), person('xxxxBBBB', 'Mei'), person('c3', 'Mei', '1990')],
    ['Mei · no birth date · …AAAA', 'Mei · no birth date · …BBBB', 'Mei · born 1990'],
  ],
  [
    'names in other letters',
    [person('a1', 'Mei  Chen', '1990'), person('b2', 'ＭＥＩ chen', '1991')],
    ['Mei  Chen · born 1990', 'ＭＥＩ chen · born 1991'],
  ],
])('C12: %s', (_, people, labels) => {
  expect(labelled(...people).toSorted()).toEqual(labels.toSorted())
})

test('C12: whatever the people, no two of them are called the same', () => {
  const some = fc.record({
    id: fc.string({ minLength: 8, maxLength: 8, unit: fc.constantFrom('a', 'b', 'c', 'd') }),
    name: fc.constantFrom('Mei', 'mei', 'Bo'),
    birthDate: fc.constantFrom('', '1990', '1991-02-03'),
    number: fc.constantFrom('', '7', '8'),
  })
  fc.assert(
    fc.property(fc.uniqueArray(some, { selector: ({ id }) => id.slice(-4), maxLength: 8 }), (people) => {
      const labels = personLabels(people, WORDS)
      expect(labels.size).toBe(people.length)
      expect(new Set([...labels.values()].map((label) => label.toLowerCase())).size).toBe(people.length)
    }),
  )
})

test('C12: the list of patients tells two of one name apart, and two of one name and birth date', () => {
  const chart = (at: number, birthDate: string, number: string) =>
    ({
      slot: `slot${at}`,
      id: `chart${at}`,
      kind: 'person',
      name: 'Chen Mei',
      birthDate,
      confirmed: true,
      emergency: null,
      state: 'open',
      until: null,
      care: {
        name: 'Chen Mei',
        birthDate,
        gender: '',
        numbers: [number],
        allergies: { answer: 'hidden', shown: [], more: 0 },
        lastActivity: 0,
        waits: [],
      },
    }) as unknown as ChartSummary
  const rows = patientRows(
    [chart(1, '1992-03-04', '7'), chart(2, '1992-03-04', '8'), chart(3, '1961-11-30', '9')],
    new Map(),
    {
      t,
      language: 'en',
      now: new Date('2026-11-25T10:00:00'),
    },
  )
  expect(rows.map(({ title }) => title)).toEqual([
    'Chen Mei · 4 Mar 1992 · No. 7',
    'Chen Mei · 4 Mar 1992 · No. 8',
    'Chen Mei · 30 Nov 1961',
  ])
})
