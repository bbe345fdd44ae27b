/** C18: codes have names. */
import { expect, test } from 'vitest'
import { codeInWords, codeName, describe, parseJsonOrNull } from '@chartkeep/domain'

const title = (text: string) => describe(parseJsonOrNull(text)).title
const coded = (element: string, system: string, code: string) =>
  `"${element}":{"coding":[{"system":"${system}","code":"${code}"}]}`

test.each([
  ['Immunization', coded('vaccineCode', 'http://hl7.org/fhir/sid/cvx', '03'), 'MMR'],
  ['Immunization', coded('vaccineCode', 'http://hl7.org/fhir/sid/cvx', '3'), 'MMR'],
  [
    'Immunization',
    coded('vaccineCode', 'urn:oid:2.16.840.1.113883.12.292', '208'),
    'COVID-19, mRNA, LNP-S, PF, 30 mcg/0.3 mL dose',
  ],
  ['Observation', coded('code', 'http://loinc.org', '2823-3'), 'Potassium [Moles/volume] in Serum or Plasma'],
  ['Observation', coded('code', 'https://loinc.org/', '8867-4'), 'Heart rate'],
  [
    'MedicationRequest',
    coded('medicationCodeableConcept', 'http://www.nlm.nih.gov/research/umls/rxnorm', '1191'),
    'aspirin',
  ],
  ['AllergyIntolerance', coded('code', 'http://www.nlm.nih.gov/research/umls/rxnorm', '7980'), 'penicillin G'],
  ['AllergyIntolerance', coded('code', 'http://snomed.info/sct', '716186003'), 'No known allergy'],
  ['AllergyIntolerance', coded('code', 'http://snomed.info/sct', '91936005'), 'Code 91936005 (SNOMED CT)'],
  [
    'MedicationStatement',
    coded('medicationCodeableConcept', 'http://www.nlm.nih.gov/research/umls/rxnorm', '999999'),
    'Code 999999 (RxNorm)',
  ],
  ['Condition', coded('code', 'http://hl7.org/fhir/sid/icd-10-cm', 'E11.9'), 'Code E11.9 (ICD-10-CM)'],
  ['Condition', coded('code', 'urn:oid:1.2.3.4', '77'), 'Code 77'],
  ['Condition', '"code":{"coding":[{"code":"12345"}]}', 'Code 12345'],
  ['Immunization', coded('vaccineCode', 'http://hl7.org/fhir/sid/cvx', '9999'), 'Code 9999 (CVX)'],
  [
    'Medication',
    '"ingredient":[{"itemCodeableConcept":{"coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"161"}]}}]',
    '',
  ],
])('%s with %s is called %s', (type, members, name) => {
  if (name === '') return expect(title(`{"resourceType":"${type}",${members}}`)).toBe('')
  expect(title(`{"resourceType":"${type}",${members}}`)).toBe(name)
})

test('words of the record go before ours, and of several codes one that has a name', () => {
  const vaccine = (coding: string, more = '') =>
    `{"resourceType":"Immunization","vaccineCode":{"coding":[${coding}]${more}}}`
  const cvx = '{"system":"http://hl7.org/fhir/sid/cvx","code":"03"'
  expect(title(vaccine(`${cvx},"display":"Priorix"}`))).toBe('Priorix')
  expect(title(vaccine(`${cvx}}`, ',"text":"measles shot"'))).toBe('measles shot')
  expect(title(vaccine(`{"system":"urn:local","code":"17"},${cvx}}`))).toBe('MMR')
})

test('a code that is a word stays as it is, and a value without words is no bare number either', () => {
  expect(title('{"resourceType":"Encounter","class":{"code":"AMB"}}')).toBe('AMB')
  expect(title('{"resourceType":"Observation","code":{"coding":[{"code":"body-mass-index"}]}}')).toBe('body-mass-index')
  const value = '"valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct","code":"260385009"}]}'
  expect(describe(parseJsonOrNull(`{"resourceType":"Observation",${value}}`)).value?.text).toBe(
    'Code 260385009 (SNOMED CT)',
  )
})

test('a title that we made of a code is read back, and no other is', () => {
  expect(codeInWords('Code 1191 (RxNorm)')).toEqual({ code: '1191', system: 'RxNorm' })
  expect(codeInWords('Code 77')).toEqual({ code: '77', system: '' })
  for (const other of ['Code blue', 'Code 12 was called', 'Barcode 12', '']) expect(codeInWords(other)).toBeNull()
  for (const [system, code] of [
    ['__proto__', 'constructor'],
    ['http://loinc.org', 'constructor'],
    ['', ''],
  ] as const)
    expect(codeName(system, code)).toBe('')
})
