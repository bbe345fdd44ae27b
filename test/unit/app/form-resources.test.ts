/** What forms write: FHIR that passes our schemas, digits and partial dates kept, nothing said that was not said. */
import {
  checkResource,
  conceptText,
  describe,
  EMPTY_FAMILY,
  hasCode,
  isJsonObject,
  parseJsonOrNull,
  objectsAt,
  stringAt,
  stringifyJson,
  reasonOf,
  withReason,
} from '@chartkeep/domain'
import { expect, test } from 'vitest'
import { allergyResource, allergyValues } from '@chartkeep/app/src/record-kinds/allergies.tsx'
import { familyResource } from '@chartkeep/app/src/record-kinds/family.tsx'
import { immunizationResource } from '@chartkeep/app/src/record-kinds/immunizations.tsx'
import { medicationResource, medicationValues } from '@chartkeep/app/src/record-kinds/medications.tsx'
import { profileResource } from '@chartkeep/app/src/record-kinds/profile.tsx'
import { vitalResource } from '@chartkeep/app/src/record-kinds/vitals.tsx'
import { labResource, labValues } from '@chartkeep/app/src/app/entry/lab-records.ts'
import { testCode, testNames } from '@chartkeep/app/src/app/words/test-codes.ts'
import { UNITS, unitCodeOf } from '@chartkeep/app/src/app/measures/units.ts'
import { vaccineCode, vaccineNames } from '@chartkeep/app/src/app/words/vaccine-codes.ts'
import { EMPTY_ALLERGY, withWorst } from '@chartkeep/app/src/record-forms/allergy-form.tsx'
import { EMPTY_IMMUNIZATION } from '@chartkeep/app/src/record-forms/immunization-form.tsx'
import { EMPTY_LAB } from '@chartkeep/app/src/record-forms/lab-form.tsx'
import { EMPTY_MEDICATION } from '@chartkeep/app/src/record-forms/medication-form.tsx'
import { EMPTY_VITAL } from '@chartkeep/app/src/record-forms/vital-form.tsx'
import { EMPTY_PROFILE } from '@chartkeep/app/src/record-forms/profile-form.tsx'

const start = { resource: null, patient: 'Patient/self', now: Date.UTC(2026, 10, 21, 8) }
const words = (key: string) => ({ rash: 'Rash', other: 'Other reaction' })[key] ?? key

test('Forms: an allergy keeps criticality and severity apart and passes the schema', () => {
  const resource = allergyResource(
    { ...EMPTY_ALLERGY, substance: 'Penicillin', reactions: ['rash'], severity: 'moderate', criticality: 'high' },
    start,
    words,
  )
  expect(checkResource(resource)).toEqual([])
  expect(stringAt(resource, 'criticality')).toBe('high')
  expect(stringAt(resource, 'reaction', 'severity')).toBe('moderate')
  expect(conceptText(resource, 'reaction', 'manifestation')).toBe('Rash')
  expect(resource['category']).toBeUndefined()
})

test('Forms: a severity without a reaction is kept, and says that the reaction is not known instead of naming one', () => {
  const resource = allergyResource({ ...EMPTY_ALLERGY, substance: 'Nuts', severity: 'severe' }, start, words)
  expect(checkResource(resource)).toEqual([])
  expect(stringAt(resource, 'reaction', 'severity')).toBe('severe')
  expect(stringAt(resource, 'reaction', 'manifestation', 'text')).toBe('')
  expect(hasCode(resource, ['reaction', 'manifestation'], 'unknown')).toBe(true)
  // What says nothing is no detail in a list, and comes back into the form as it was entered.
  expect(describe(resource).detail).toBe('')
  const shown = allergyValues(resource, (text) => text)
  expect(shown).toMatchObject({ reactions: [], severity: 'severe' })
  const again = allergyResource({ ...shown, notes: 'at school' }, { ...start, resource }, words)
  expect(again['reaction']).toEqual(resource['reaction'])
  const named = allergyResource({ ...shown, reactions: ['rash'] }, { ...start, resource }, words)
  expect(conceptText(named, 'reaction', 'manifestation')).toBe('Rash')
  expect(hasCode(named, ['reaction', 'manifestation'], 'unknown')).toBe(false)
  expect(allergyResource({ ...shown, severity: '' }, { ...start, resource }, words)['reaction']).toBeUndefined()
})

test('Forms: correcting the substance leaves elements that the form does not know', () => {
  const text = `{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Amox"},"patient":{"reference":"Patient/9"},"onsetDateTime":"1997","lastOccurrence":"2001-02","reaction":[{"manifestation":[{"text":"Hives"}],"severity":"mild","exposureRoute":{"text":"oral"}}]}`
  const before = parseJsonOrNull(text)
  if (!isJsonObject(before)) throw new Error('the fixture is JSON')
  const values = allergyValues(before, (one) => one)
  const after = allergyResource({ ...values, substance: 'Amoxicillin' }, { ...start, resource: before }, (key) => key)
  expect(after).toMatchObject({ lastOccurrence: '2001-02', onsetDateTime: '1997', patient: { reference: 'Patient/9' } })
  expect(stringifyJson(after)).toContain('"exposureRoute":{"text":"oral"}')
  expect(conceptText(after, 'code')).toBe('Amoxicillin')
})

test('Forms: the answer about the worst time gives the risk next time, unless another was recorded', () => {
  const none = { severity: '', criticality: '' }
  expect(withWorst(none, 'severe')).toEqual({ severity: 'severe', criticality: 'high' })
  expect(withWorst(none, 'moderate')).toEqual({ severity: 'moderate', criticality: 'unable-to-assess' })
  expect(withWorst(none, 'mild')).toEqual({ severity: 'mild', criticality: 'low' })
  expect(withWorst({ severity: 'severe', criticality: 'high' }, 'mild')).toEqual({
    severity: 'mild',
    criticality: 'low',
  })
  expect(withWorst({ severity: 'severe', criticality: 'high' }, '')).toEqual(none)
  // What an import wrote against it stays.
  expect(withWorst({ severity: 'severe', criticality: 'low' }, 'moderate').criticality).toBe('low')
  expect(withWorst({ severity: '', criticality: 'high' }, 'mild').criticality).toBe('high')
})

test('Forms: the worst time is that of the worst reaction, and correcting it leaves milder ones as they were', () => {
  const before = parseJsonOrNull(
    '{"resourceType":"AllergyIntolerance","code":{"text":"Nuts"},"patient":{"reference":"Patient/9"},"reaction":[{"manifestation":[{"text":"Itch"}],"severity":"mild"},{"manifestation":[{"text":"Hives"}],"severity":"moderate"}]}',
  )
  if (!isJsonObject(before)) throw new Error('the fixture is JSON')
  const values = allergyValues(before, (one) => one)
  expect(values.severity).toBe('moderate')
  const severities = (change: object) =>
    objectsAt(
      allergyResource({ ...values, ...change }, { ...start, resource: before }, (key) => key),
      'reaction',
    ).map((reaction) => stringAt(reaction, 'severity'))
  expect(severities({})).toEqual(['mild', 'moderate'])
  expect(severities({ severity: 'severe' })).toEqual(['mild', 'severe'])
  expect(severities({ severity: 'mild' })).toEqual(['mild', 'mild'])
  expect(severities({ reactions: ['Itch', 'Hives', 'Rash'] })).toEqual(['mild', 'moderate', ''])
})

test.each([
  ['1.10', 'mg/dL', '1.10 mg/dL'],
  ['<5', 'mg/L', '<5 mg/L'],
  ['1:80', '', '1:80'],
  ['not detected', '', 'not detected'],
])('Forms: the value %s is kept as it was typed', (value, unit, shown) => {
  const resource = labResource({ ...EMPTY_LAB, test: 'CRP', value, unit, collected: '2026-11' }, start, null)
  expect(checkResource(resource)).toEqual([])
  expect(describe(resource)).toMatchObject({ collection: 'labs', title: 'CRP', date: '2026-11' })
  expect(describe(resource).value?.text).toBe(shown)
  expect(labValues(resource).value).toBe(value)
})

test('Forms: a report state that nobody chose is "unknown", not "final"', () => {
  const resource = labResource({ ...EMPTY_LAB, test: 'CRP', value: '5', collected: '2026' }, start, null)
  expect(stringAt(resource, 'status')).toBe('unknown')
})

test('Forms: a known test keeps its code, so that the result joins its trend', () => {
  const code = { system: 'http://loinc.org', code: '1988-5', display: 'CRP' }
  const resource = labResource({ ...EMPTY_LAB, test: 'CRP', value: '5', unit: 'mg/L', collected: '2026' }, start, {
    code,
    unit: 'mg/L',
    unitCode: 'mg/L',
  })
  expect(describe(resource).code?.code).toBe('1988-5')
  expect(stringAt(resource, 'valueQuantity', 'code')).toBe('mg/L')
})

test.each([
  ['Glucose', '98', 'mg/dL', '2345-7', 'mg/dL'],
  // LOINC tells mass from substance concentration: the unit decides which code the name means.
  ['血糖', '5.4', 'mmol/L', '14749-6', 'mmol/L'],
  ['Glucose', '98', 'g', '', ''],
  ['Glucose', '98', '', '', ''],
  ['INR', '2.1', '', '6301-6', ''],
  ['My own test', '1', 'µg/L', '', 'ug/L'],
])('Forms: the test %s of %s %j gets the code %j and the UCUM code %j', (name, value, unit, code, unitCode) => {
  const resource = labResource({ ...EMPTY_LAB, test: name, value, unit, collected: '2026' }, start, null)
  expect(checkResource(resource)).toEqual([])
  expect(describe(resource).code?.code ?? '').toBe(code)
  expect(conceptText(resource, 'code')).toBe(name)
  expect(stringAt(resource, 'valueQuantity', 'code')).toBe(unitCode)
})

test('Forms: a vaccine of the list brings its CVX code in either language; other words bring none', () => {
  const codeOf = (vaccine: string) =>
    describe(immunizationResource({ ...EMPTY_IMMUNIZATION, vaccine, given: '2025' }, start)).code?.code ?? ''
  expect([codeOf('Influenza'), codeOf('流感疫苗'), codeOf('卡介苗 BCG'), codeOf('flu jab')]).toEqual([
    '88',
    '88',
    '19',
    '',
  ])
})

test('Forms: each shipped unit and name is there once, and every code has the form of its system', () => {
  expect(new Set(testNames('en')).size).toBe(testNames('en').length)
  for (const language of ['en', 'zh-Hant-TW'])
    for (const name of vaccineNames(language)) expect(vaccineCode(name)?.code, name).toMatch(/^\d{2,3}$/)
  for (const name of [...testNames('en'), ...testNames('zh-Hant-TW')]) {
    const codes = ['', ...UNITS].map((unit) => testCode(name, unitCodeOf(unit), unit)?.code).filter(Boolean)
    expect(codes.length, name).toBeGreaterThan(0)
    for (const code of codes) expect(hasCheckDigit(code ?? ''), name).toBe(true)
  }
})

/** LOINC ends in a Mod 10 check digit (LOINC Users' Guide, appendix on check digits). */
function hasCheckDigit(code: string): boolean {
  const [body = '', digit = ''] = code.split('-')
  const sum = [...body].toReversed().reduce((total, character, place) => {
    const value = Number(character) * (place % 2 === 0 ? 2 : 1)
    return total + (value > 9 ? value - 9 : value)
  }, 0)
  return (10 - (sum % 10)) % 10 === Number(digit)
}

test('Forms: dose and frequency come back as they were typed', () => {
  const values = { ...EMPTY_MEDICATION, name: 'Metformin', dose: '500 mg', frequency: 'twice a day', status: 'active' }
  const resource = medicationResource(values, start)
  expect(checkResource(resource)).toEqual([])
  expect(medicationValues(resource)).toMatchObject({ dose: '500 mg', frequency: 'twice a day', start: '' })
})

test('Forms: a vaccine and a person pass the schema with only what was given', () => {
  const vaccine = immunizationResource({ ...EMPTY_IMMUNIZATION, vaccine: 'Influenza', given: '2025' }, start)
  expect(checkResource(vaccine)).toEqual([])
  expect(describe(vaccine)).toMatchObject({ collection: 'immunizations', date: '2025' })
  const person = profileResource({ ...EMPTY_PROFILE, name: '陳美', birthDate: '民國86年' }, start)
  expect(checkResource(person)).toEqual([])
  expect(stringAt(person, 'birthDate')).toBe('1997')
})

test('Forms: the reason of a change is with its version and not with the next one', () => {
  const resource = profileResource({ ...EMPTY_PROFILE, name: 'Mei' }, start)
  const first = withReason(resource, 'typing mistake')
  expect(reasonOf(first)).toBe('typing mistake')
  expect(reasonOf(withReason(first, ''))).toBe('')
  expect(withReason(first, '')).toEqual(resource)
})

test('A5: numbers of every form are written as FHIR decimals, and what nobody changed stays as it is', () => {
  const lab = { ...EMPTY_LAB, test: 'CRP', unit: 'mg/L', collected: '2026-11-01' }
  const written = (value: string, more = {}) => stringifyJson(labResource({ ...lab, value, ...more }, start, null))
  expect(written('１２．５')).toContain('"valueQuantity":{"value":12.5,"unit":"mg/L"')
  expect(written('.5')).toContain('"value":0.5,')
  expect(written('≦0,125')).toContain('"value":0.125,"comparator":"<="')
  expect(written('1.2E+2')).toContain('"value":1.2e2,')
  expect(written('3', { low: '０．５', high: '−1' })).toContain('"low":{"value":0.5,')
  expect(written('３', { valueKind: 'integer' })).toContain('"valueInteger":3')
  // A value of words that looks like a number stays words while something else is corrected.
  const inWords = parseJsonOrNull(
    '{"resourceType":"Observation","status":"final","code":{"text":"CRP"},"subject":{},"valueString":"１２"}',
  )
  if (!isJsonObject(inWords)) throw new Error('no object')
  const after = labResource({ ...labValues(inWords), notes: 'x' }, { ...start, resource: inWords }, null)
  expect(after['valueString']).toBe('１２')

  const pressure = vitalResource(
    { ...EMPTY_VITAL, sign: 'blood-pressure', systolic: '１２０', diastolic: '８０', date: '2026-11-01' },
    start,
  )
  expect(stringifyJson(pressure)).toContain('"value":120,')
  const weight = vitalResource({ ...EMPTY_VITAL, sign: 'weight', value: '70,5', unit: 'kg', date: '2026' }, start)
  expect(stringifyJson(weight)).toContain('"value":70.5,')
  const medicine = medicationResource(
    { ...EMPTY_MEDICATION, name: 'X', dose: '０．５ mL', everyDays: '２', status: 'active' },
    start,
  )
  expect(stringifyJson(medicine)).toContain('"doseQuantity":{"value":0.5,"unit":"mL"}')
  expect(stringifyJson(medicine)).toContain('"period":2,')
  const half = medicationResource({ ...EMPTY_MEDICATION, name: 'X', dose: '1/2 tablet', status: 'active' }, start)
  expect(stringifyJson(half)).toContain('"doseQuantity":{"unit":"1/2 tablet"}')
  const relative = familyResource(
    { ...EMPTY_FAMILY, otherRelative: '', relationship: 'MTH', conditions: [{ name: 'Gout', age: '５０' }] },
    start,
  )
  expect(stringifyJson(relative)).toContain('"onsetAge":{"value":50,')
})
