/** Ended is ended, and what is to come has not begun, whatever a status says: one answer for every list, summary, reminder and file. */
import { deathIn, parseJsonOrNull, validityByDates, validityOf } from '@chartkeep/domain'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const NOW = Date.parse('2026-11-25T10:00:00Z')
const at = (fields: object, zone = 'Asia/Taipei') => {
  const validity = validityOf(parseJsonOrNull(JSON.stringify(fields)), { now: NOW, zone })
  return 'date' in validity ? `${validity.state} ${validity.date}`.trim() : validity.state
}

const statement = (more: object) => ({ resourceType: 'MedicationStatement', status: 'active', ...more })
const request = (more: object) => ({ resourceType: 'MedicationRequest', status: 'active', ...more })
const condition = (more: object) => ({
  resourceType: 'Condition',
  clinicalStatus: { coding: [{ code: 'active' }] },
  ...more,
})
const dosage = (...bounds: object[]) => bounds.map((repeat) => ({ timing: { repeat } }))
const until = (end: string) => ({ boundsPeriod: { end } })

test.each([
  ['a period that is over', statement({ effectivePeriod: { start: '2024', end: '2024-05-03' } }), 'ended 2024-05-03'],
  ['a last day that is today', statement({ effectivePeriod: { end: '2026-11-25' } }), 'current'],
  ['a last day that was yesterday', statement({ effectivePeriod: { end: '2026-11-24' } }), 'ended 2026-11-24'],
  ['a month that is not over', statement({ effectivePeriod: { end: '2026-11' } }), 'current'],
  ['a year that is over', statement({ effectivePeriod: { end: '2025' } }), 'ended 2025'],
  ['an end an hour ago', statement({ effectivePeriod: { end: '2026-11-25T09:00:00Z' } }), 'ended 2026-11-25T09:00:00Z'],
  ['an end in an hour', statement({ effectivePeriod: { end: '2026-11-25T19:00:00+08:00' } }), 'current'],
  ['an end that stands for none', statement({ effectivePeriod: { end: '9999-12-31T23:59:59Z' } }), 'current'],
  ['an end that is no date', statement({ effectivePeriod: { end: 'spring' } }), 'current'],
  ['no period', statement({}), 'current'],
  ['a start in a week', statement({ effectivePeriod: { start: '2026-12-02' } }), 'coming 2026-12-02'],
  ['a start this month', statement({ effectivePeriod: { start: '2026-11' } }), 'current'],
  ['a date to come', statement({ effectiveDateTime: '2027' }), 'coming 2027'],
  ['a date long ago', statement({ effectiveDateTime: '2019' }), 'current'],
  ['a status of its own', statement({ status: 'completed', effectivePeriod: { end: '2030' } }), 'set-aside'],
  [
    'courses that are over',
    statement({ dosage: dosage(until('2026-10-01'), until('2026-11-01')) }),
    'ended 2026-11-01',
  ],
  ['a course that goes on', statement({ dosage: dosage(until('2026-10-01'), until('2026-12-01')) }), 'current'],
  ['a course without an end', statement({ dosage: dosage(until('2026-10-01'), {}) }), 'current'],
  [
    'seven days from a known day',
    statement({
      effectivePeriod: { start: '2026-11-01' },
      dosage: dosage({ boundsDuration: { value: 7, unit: 'd', code: 'd' } }),
    }),
    'ended 2026-11-07',
  ],
  [
    'seven days from no known day',
    statement({ dosage: dosage({ boundsDuration: { value: 7, code: 'd' } }) }),
    'current',
  ],
  [
    'an order whose course is over',
    request({ dosageInstruction: dosage({ boundsPeriod: { start: '2026-01-01', end: '2026-01-08' } }) }),
    'ended 2026-01-08',
  ],
  [
    'an order whose course is to come',
    request({ dosageInstruction: dosage({ boundsPeriod: { start: '2026-12-24', end: '2027-01-08' } }) }),
    'coming 2026-12-24',
  ],
  [
    'a prescription that has run out',
    request({ dispenseRequest: { validityPeriod: { start: '2025-01-01', end: '2025-06-30' } } }),
    'ended 2025-06-30',
  ],
  [
    'a prescription that has run out, with a supply that lasts',
    request({
      dispenseRequest: { validityPeriod: { end: '2026-11-01' }, expectedSupplyDuration: { value: 30, unit: 'days' } },
    }),
    'current',
  ],
  [
    'a prescription that has run out, of a course that goes on',
    request({
      dosageInstruction: dosage(until('2027-01-01')),
      dispenseRequest: { validityPeriod: { end: '2026-01-01' } },
    }),
    'current',
  ],
  ['an abatement on a day', condition({ abatementDateTime: '2020-03-04' }), 'ended 2020-03-04'],
  ['an abatement to come', condition({ abatementDateTime: '2027-03-04' }), 'current'],
  ['an abatement over a time', condition({ abatementPeriod: { start: '2019', end: '2020-02' } }), 'ended 2020-02'],
  ['an abatement at an age', condition({ abatementAge: { value: 12, unit: 'years' } }), 'ended'],
  ['an abatement in a range of ages', condition({ abatementRange: { low: { value: 10 } } }), 'ended'],
  ['an abatement in words', condition({ abatementString: 'in childhood' }), 'ended'],
  ['an abatement in words that are a year', condition({ abatementString: '2009' }), 'ended 2009'],
  ['an abatement that is said to be', condition({ abatementBoolean: true }), 'ended'],
  ['an abatement that is said not to be', condition({ abatementBoolean: false }), 'current'],
  ['an abatement that is not known', condition({ _abatementDateTime: { extension: [] } }), 'current'],
  ['no abatement', condition({ onsetDateTime: '2015' }), 'current'],
  ['an onset to come', condition({ onsetDateTime: '2027-01-01' }), 'coming 2027-01-01'],
  ['a plan past its end', { resourceType: 'CarePlan', status: 'active', period: { end: '2026-01' } }, 'ended 2026-01'],
  [
    'a plan that runs',
    { resourceType: 'CarePlan', status: 'active', period: { start: '2026', end: '2027' } },
    'current',
  ],
  ['a plan to come', { resourceType: 'CarePlan', status: 'draft', period: { start: '2027' } }, 'coming 2027'],
  ['a team that has ended', { resourceType: 'CareTeam', status: 'active', period: { end: '2020' } }, 'ended 2020'],
  ['a flag that has ended', { resourceType: 'Flag', status: 'active', period: { end: '2020' } }, 'ended 2020'],
  [
    'a result over a time',
    { resourceType: 'Observation', status: 'final', effectivePeriod: { end: '2020' } },
    'current',
  ],
  ['an allergy', { resourceType: 'AllergyIntolerance', onsetDateTime: '2027' }, 'current'],
])('Ended is ended: %s', (_, resource, wanted) => {
  expect(at(resource)).toBe(wanted)
})

test('Ended is ended where its reader is: a day ends at their midnight', () => {
  const pill = statement({ effectivePeriod: { end: '2026-11-25' } })
  const validity = (now: string, zone: string) =>
    validityByDates('MedicationStatement', pill, { now: Date.parse(now), zone })?.state ?? 'current'
  expect(validity('2026-11-25T15:59:59Z', 'Asia/Taipei')).toBe('current')
  expect(validity('2026-11-25T16:00:00Z', 'Asia/Taipei')).toBe('ended')
  expect(validity('2026-11-26T04:00:00Z', 'America/New_York')).toBe('current')
  const file = parseJsonOrNull(readFileSync('test/fixtures/faults/end-in-utc.json', 'utf8')) as unknown as {
    entry: { resource: unknown }[]
  }
  const reader = (now: string) => ({ now: Date.parse(now), zone: 'America/Los_Angeles' })
  expect(validityOf(file.entry[1]!.resource, reader('2026-11-27T07:58:00Z')).state).toBe('current')
  expect(validityOf(file.entry[1]!.resource, reader('2026-11-27T08:00:00Z')).state).toBe('ended')
})

test.each([
  [{ deceasedDateTime: '2024-05-03' }, { date: '2024-05-03' }],
  [{ deceasedDateTime: '2024' }, { date: '2024' }],
  [{ deceasedDateTime: 'in May' }, { date: '' }],
  [{ deceasedDateTime: '2027-01-01' }, null],
  [{ deceasedBoolean: true }, { date: '' }],
  [{ deceasedBoolean: false }, false],
  [{}, null],
])('Died: %j', (patient, wanted) => {
  expect(deathIn({ resourceType: 'Patient', ...patient }, { now: NOW, zone: 'UTC' })).toEqual(wanted)
})
