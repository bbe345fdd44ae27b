/** Which description of the person a chart goes by when a file has brought another one. */
import { patientsOf, patientText } from '@chartkeep/app/src/app/words/chart-patient.ts'
import type { ChartRecord } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const patient = (id: string, fields: string, change: Partial<ChartRecord> = {}): ChartRecord => ({
  id,
  doc: id,
  collection: 'profile',
  type: 'Patient',
  title: id,
  date: '',
  status: 'active',
  code: '',
  text: '',
  resource: `{"resourceType":"Patient"${fields}}`,
  revision: '',
  author: { account: '', device: '', member: '', name: '', me: true },
  byOwner: true,
  savedAt: 1,
  importSource: '',
  late: null,
  waiting: false,
  conflict: false,
  kept: false,
  ...change,
})

const typed = patient('typed', ',"name":[{"text":"Mei"}]', { savedAt: 9 })
const imported = patient('imported', ',"id":"7","birthDate":"1992-03-04"', { importSource: 'a.json' })
const later = patient('later', ',"id":"8","birthDate":"1992-03"', { importSource: 'b.json', savedAt: 2 })

test('Profile: what was typed goes first, then files in the order in which they came, in any order of the list', () => {
  for (const records of [
    [typed, imported, later],
    [later, imported, typed],
    [imported, typed, later],
  ])
    expect(patientsOf(records).map(({ id }) => id)).toEqual(['typed', 'imported', 'later'])
})

test('C9: what an owner says goes before what others wrote, by hand or earlier, and before what was taken in of theirs', () => {
  const theirs = patient('theirs', ',"birthDate":"1900","gender":"male"', { byOwner: false, savedAt: 0 })
  expect(patientsOf([theirs, imported, typed]).map(({ id }) => id)).toEqual(['typed', 'imported', 'theirs'])
  expect(patientText([theirs, imported], 'birthDate')).toBe('1992-03-04')
  expect(patientText([theirs, imported], 'gender')).toBe('male')
})

test('Profile: what the typed description does not say is taken from the next one, and an edited import counts as imported', () => {
  expect(patientText([later, imported, typed], 'birthDate')).toBe('1992-03-04')
  expect(patientText([later, imported, typed], 'id')).toBe('7')
  expect(patientText([typed], 'birthDate')).toBe('')
  const own = patient('own', ',"birthDate":"1990"')
  expect(patientText([imported, own], 'birthDate')).toBe('1990')
  const edited = patient('edited', '', { importSource: 'edited:a.json', savedAt: 0 })
  expect(patientsOf([edited, typed]).map(({ id }) => id)).toEqual(['typed', 'edited'])
})

test('Profile: entries in error and other records are no description of the person', () => {
  const wrong = patient('wrong', ',"birthDate":"1900"', { status: 'error' })
  const related = patient('related', ',"birthDate":"1960"', { type: 'RelatedPerson' })
  expect(patientsOf([wrong, related])).toEqual([])
  expect(patientText([wrong, related], 'birthDate')).toBe('')
})
