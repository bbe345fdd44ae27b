/** What comes due by what records say, never by a schedule of ours. */
import { expect, test } from 'vitest'
import {
  dueState,
  EMPTY_IMMUNIZATION,
  type ImmunizationForm,
  newImmunization,
  parseJsonOrNull,
  supplyEnd,
  vaccinesDue,
} from '@chartkeep/domain'

const vaccine = (id: string, form: Partial<ImmunizationForm>) => ({
  id,
  resource: newImmunization({ ...EMPTY_IMMUNIZATION, vaccine: 'Tetanus', ...form }, 'Patient/1'),
})
const recommendation = (date: string, entry: string) => ({
  id: 'r',
  resource: parseJsonOrNull(
    `{"resourceType":"ImmunizationRecommendation","date":"${date}","recommendation":[${entry}]}`,
  ),
})
const forecast = (state: string, due = '2026-12-01') =>
  `{"vaccineCode":[{"text":"Tetanus"}],"forecastStatus":{"coding":[{"code":"${state}"}]},
    "dateCriterion":[{"code":{"coding":[{"system":"http://loinc.org","code":"30980-7"}]},"value":"${due}"}],
    "doseNumberPositiveInt":2,"seriesDosesPositiveInt":3}`

test('Due: the newest dose names the next one, until a later dose is given', () => {
  const first = vaccine('1', { date: '2016-05-01', nextDue: '2026-05' })
  expect(vaccinesDue([first])).toMatchObject([{ id: '1', vaccine: 'Tetanus', date: '2026-05', from: 'dose' }])
  expect(vaccinesDue([first, vaccine('2', { date: '2026-06-02' })])).toEqual([])
  expect(vaccinesDue([first, vaccine('2', { date: '2026-06-02', nextDue: '2036' })])).toMatchObject([
    { id: '2', date: '2036' },
  ])
})

test('Due: a refused dose neither asks for a next one nor ends what is due', () => {
  const first = vaccine('1', { date: '2016', nextDue: '2026' })
  const refused = vaccine('2', { date: '2026-06-02', status: 'not-done', nextDue: '2030' })
  expect(vaccinesDue([first, refused])).toMatchObject([{ id: '1', date: '2026' }])
})

test('Due: a recommendation is told with its dose of the series, and ends with a dose given after it', () => {
  expect(vaccinesDue([recommendation('2026-11-01', forecast('due'))])).toEqual([
    {
      id: 'r',
      vaccine: 'Tetanus',
      date: '2026-12-01',
      from: 'recommendation',
      isOverdue: false,
      doseNumber: '2',
      seriesDoses: '3',
    },
  ])
  expect(vaccinesDue([recommendation('2026-11-01', forecast('overdue'))])).toMatchObject([{ isOverdue: true }])
  expect(vaccinesDue([recommendation('2026-11-01', forecast('complete'))])).toEqual([])
  expect(vaccinesDue([recommendation('2026-11-01', forecast('immune'))])).toEqual([])
  const given = vaccine('1', { date: '2026-11-20' })
  expect(vaccinesDue([recommendation('2026-11-01', forecast('due')), given])).toEqual([])
})

test('Due: supply ends by what was written, handed out or prescribed, and by nothing else', () => {
  const of = (text: string) => supplyEnd({ id: 'x', resource: parseJsonOrNull(text) }, 'UTC')
  expect(
    of('{"resourceType":"MedicationDispense","whenHandedOver":"2026-11-01T10:00:00Z","daysSupply":{"value":28}}'),
  ).toEqual({ id: 'x', date: '2026-11-29', kind: 'supply' })
  expect(of('{"resourceType":"MedicationRequest","dispenseRequest":{"validityPeriod":{"end":"2027-01-31"}}}')).toEqual({
    id: 'x',
    date: '2027-01-31',
    kind: 'prescription',
  })
  expect(
    of(
      '{"resourceType":"MedicationStatement","extension":[{"url":"urn:chartkeep:extension:supply-until","valueDate":"2026-12"}]}',
    ),
  ).toEqual({ id: 'x', date: '2026-12', kind: 'supply' })
  expect(of('{"resourceType":"MedicationRequest"}')).toBeNull()
  expect(of('{"resourceType":"MedicationDispense","whenHandedOver":"2026-11","daysSupply":{"value":28}}')).toBeNull()
})

test('Due: a partial date is overdue only when its whole month or year has ended', () => {
  expect(dueState('2026', '2026-11-21', 30, 'UTC')).toBe('due')
  expect(dueState('2025', '2026-11-21', 30, 'UTC')).toBe('overdue')
  expect(dueState('2026-11', '2026-11-21', 30, 'UTC')).toBe('due')
  expect(dueState('2026-12', '2026-11-21', 30, 'UTC')).toBe('soon')
  expect(dueState('2026-11-20', '2026-11-21', 30, 'UTC')).toBe('overdue')
  expect(dueState('2026-12-21', '2026-11-21', 30, 'UTC')).toBe('soon')
  expect(dueState('2026-12-22', '2026-11-21', 30, 'UTC')).toBe('later')
  expect(dueState('', '2026-11-21', 30, 'UTC')).toBe('due')
})
