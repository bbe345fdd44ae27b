import { expect, test } from 'vitest'
import { contentIdentity, importIdentities, importIdentity, parseJsonOrNull, placeIdentity } from '@chartkeep/domain'

const identity = (text: string, fullUrl = '') => importIdentity(parseJsonOrNull(text), fullUrl)
const named = (...parts: string[]) => JSON.stringify(parts)

const UUID = 'fe0562b5-f517-4951-8366-32fdab088930'
const identifier = (system: string, value: string, extra = '') => `{"system":"${system}","value":"${value}"${extra}}`
const type = (code: string) => `,"type":{"coding":[{"code":"${code}"}]}`

test('an identifier with system and value comes first', () => {
  expect(
    identity(`{"resourceType":"Encounter","id":"1","identifier":[${identifier('urn:a', '7')}]}`, `urn:uuid:${UUID}`),
  ).toBe(named('Encounter', 'identifier', 'urn:a', '7'))
})

test.each([
  ['no system', '{"value":"7"}'],
  ['no value', '{"system":"urn:a"}'],
  ['an old number', identifier('urn:a', '7', ',"use":"old"')],
  ['a temporary number', identifier('urn:a', '7', ',"use":"temp"')],
  ['the number of an order', identifier('urn:a', '7', type('PLAC'))],
  ['the number of a specimen', identifier('urn:a', '7', type('ACSN'))],
])('an identifier with %s names nothing', (_, text) => {
  expect(identity(`{"resourceType":"Encounter","id":"${UUID}","identifier":[${text}]}`)).toBe(
    named('Encounter', 'uuid', UUID),
  )
})

test('of several identifiers the choice does not depend on their order: record number, official, others, civil numbers', () => {
  const all = [
    identifier('http://hl7.org/fhir/sid/us-ssn', '999-00-1111', type('SS')),
    identifier('urn:b', '2'),
    identifier('urn:a', '9'),
    identifier('urn:official', '5', ',"use":"official"'),
    identifier('urn:hospital', 'M1', type('MR')),
  ]
  const read = (list: string[]) =>
    importIdentities(parseJsonOrNull(`{"resourceType":"Patient","identifier":[${list.join()}]}`)).map(
      (text) => (JSON.parse(text) as string[])[3],
    )
  expect(read(all)).toEqual(['M1', '5', '9', '2', '999-00-1111'])
  expect(read(all.toReversed())).toEqual(['M1', '5', '9', '2', '999-00-1111'])
})

test('results that share the number of their order are told apart by their test', () => {
  const result = (code: string) =>
    identity(
      `{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"${code}"}]},"identifier":[${identifier('urn:lab', '77')}]}`,
    )
  expect(result('2823-3')).not.toBe(result('2951-2'))
  expect(result('2823-3')).toBe(result('2823-3'))
})

test.each([
  [
    'results of one order, by their test and their time',
    (what: string, when: string) =>
      `"resourceType":"Observation","code":{"coding":[{"code":"${what}"}]},"effectiveDateTime":"${when}"`,
  ],
  [
    'results of one order whose time is a period',
    (what: string, when: string) =>
      `"resourceType":"Observation","code":{"text":"${what}"},"effectivePeriod":{"start":"${when}","end":"2026-12-31"}`,
  ],
  [
    'medicines of one prescription',
    (what: string, when: string) =>
      `"resourceType":"MedicationRequest","medicationCodeableConcept":{"coding":[{"code":"${what}"}]},"authoredOn":"${when}"`,
  ],
  [
    'medicines that stand in resources of their own',
    (what: string, when: string) =>
      `"resourceType":"MedicationRequest","medicationReference":{"reference":"urn:uuid:${UUID}","display":"${what}"},"authoredOn":"${when}"`,
  ],
  [
    'doses that were given',
    (what: string, when: string) =>
      `"resourceType":"MedicationAdministration","medicationCodeableConcept":{"text":"${what}"},"effectiveDateTime":"${when}"`,
  ],
  [
    'vaccines of one visit',
    (what: string, when: string) =>
      `"resourceType":"Immunization","vaccineCode":{"text":"${what}"},"occurrenceDateTime":"${when}"`,
  ],
] as const)('%s share a number and are told apart', (_, body) => {
  const of = (what: string, when: string, more = '') =>
    identity(`{${body(what, when)},"identifier":[${identifier('urn:order', '77')}]${more}}`)
  const all = [of('a', '2026-01-01'), of('b', '2026-01-01'), of('a', '2026-01-02')]
  expect(new Set(all).size).toBe(3)
  expect(of('a', '2026-01-01', ',"status":"stopped","note":[{"text":"more"}]'), 'what changes otherwise').toBe(all[0])
})

test('a uuid is the same in a fullUrl, in an id, on a server and in any case', () => {
  const expected = named('Patient', 'uuid', UUID)
  expect(identity('{"resourceType":"Patient"}', `urn:uuid:${UUID}`)).toBe(expected)
  expect(identity(`{"resourceType":"Patient","id":"${UUID}"}`)).toBe(expected)
  expect(identity(`{"resourceType":"Patient","id":"${UUID}"}`, `https://a.example/fhir/Patient/${UUID}`)).toBe(expected)
  expect(identity('{"resourceType":"Patient"}', `urn:uuid:${UUID.toUpperCase()}`)).toBe(expected)
  expect(identity(`{"resourceType":"Practitioner","id":"${UUID}"}`)).not.toBe(expected)
})

test('without a uuid the fullUrl names it, else base and id', () => {
  expect(identity('{"resourceType":"Patient","id":"1"}', 'https://a.example/fhir/Patient/1')).toBe(
    named('Patient', 'url', 'http://a.example/fhir/Patient/1'),
  )
  expect(identity('{"resourceType":"Patient","id":"1","meta":{"source":"https://b.example#x"}}')).toBe(
    named('Patient', 'id', 'http://b.example', '1'),
  )
  expect(identity('{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/9"}}')).toBe(
    named('Observation', 'id', 'Patient/9', '1'),
  )
})

test('a fullUrl that means something in its own file only is no name', () => {
  expect(identity('{"resourceType":"Patient"}', 'resource:0')).toBe('')
  expect(identity('{"resourceType":"Patient"}', 'Patient/1')).toBe('')
  expect(placeIdentity(parseJsonOrNull('{"resourceType":"Patient","id":"7"}'), 'resource:0')).toBe(
    named('Patient', 'id', '', '7'),
  )
})

test('what has no name goes by its content', () => {
  const resource = parseJsonOrNull('{"resourceType":"Patient"}')
  expect(importIdentity(resource)).toBe('')
  expect(contentIdentity(resource, 'HASH')).toBe(named('Patient', 'content', 'HASH'))
  expect(importIdentity(null)).toBe('')
})

test('no two different names make one identity text', () => {
  const tricky = identity(`{"resourceType":"Patient","identifier":[${identifier('urn:a|b', 'c')}]}`)
  expect(tricky).not.toBe(identity(`{"resourceType":"Patient","identifier":[${identifier('urn:a', 'b|c')}]}`))
})
