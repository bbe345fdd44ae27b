import { expect, test } from 'vitest'
import {
  aboutReferences,
  parseJsonOrNull,
  patientReferenceOf,
  ReferenceIndex,
  referenceParts,
  referencesIn,
  subjectReferences,
  type JsonObject,
} from '@chartkeep/domain'

const read = (text: string) => parseJsonOrNull(text) as JsonObject
const UUID = 'fe0562b5-f517-4951-8366-32fdab088930'

function indexOf(...entries: [name: string, text: string, fullUrl?: string][]): ReferenceIndex<string> {
  const index = new ReferenceIndex<string>()
  for (const [name, text, fullUrl] of entries) index.add(name, read(text), fullUrl)
  return index
}

const found = (item: string) => ({ type: 'found', item })
const from = (fullUrl: string, resource: unknown = {}) => ({ resource, fullUrl })

test('a reference is resolved by fullUrl first', () => {
  const index = indexOf(['patient', '{"resourceType":"Patient","id":"1"}', `urn:uuid:${UUID}`])
  expect(index.resolve(`urn:uuid:${UUID}`)).toEqual(found('patient'))
  expect(index.resolve(`urn:uuid:${UUID.toUpperCase()}`)).toEqual(found('patient'))
  expect(index.resolve({ reference: 'resource:0' } as unknown as JsonObject)).toEqual({ type: 'missing' })
})

test('a urn:uuid finds the resource whose id is that uuid, as stored records have no fullUrl', () => {
  expect(indexOf(['patient', `{"resourceType":"Patient","id":"${UUID}"}`]).resolve(`urn:uuid:${UUID}`)).toEqual(
    found('patient'),
  )
})

test('Type/id is meant relative to the server that the text came from', () => {
  const index = indexOf(
    ['a', '{"resourceType":"Patient","id":"1"}', 'https://a.example/fhir/Patient/1'],
    ['b', '{"resourceType":"Patient","id":"1"}', 'https://b.example/fhir/Patient/1'],
  )
  expect(index.resolve('Patient/1', from('https://a.example/fhir/Observation/5'))).toEqual(found('a'))
  expect(index.resolve('Patient/1', from('https://b.example/fhir/Observation/5'))).toEqual(found('b'))
  expect(index.resolve('Patient/1', from(''))).toEqual({ type: 'ambiguous' })
  expect(index.resolve('https://b.example/fhir/Patient/1/_history/3')).toEqual(found('b'))
})

test('an absolute reference never finds a resource of another server', () => {
  const index = indexOf(
    ['a', '{"resourceType":"Patient","id":"1"}', 'https://a.example/fhir/Patient/1'],
    ['placeless', '{"resourceType":"Patient","id":"2"}'],
  )
  expect(index.resolve('https://evil.example/fhir/Patient/1')).toEqual({ type: 'missing' })
  expect(index.resolve('https://a.example/fhir/Patient/2')).toEqual(found('placeless'))
})

test('#id finds the contained resource of the one that holds the reference', () => {
  const holder = read('{"resourceType":"MedicationRequest","contained":[{"resourceType":"Medication","id":"m"}]}')
  expect(indexOf().resolve('#m', from('', holder))).toEqual({
    type: 'contained',
    resource: read('{"resourceType":"Medication","id":"m"}'),
  })
  expect(indexOf().resolve('#n', from('', holder))).toEqual({ type: 'missing' })
  expect(indexOf().resolve('#', from('', holder))).toEqual({ type: 'missing' })
})

test('a conditional reference is resolved by its identifier, with or without system', () => {
  const index = indexOf([
    'doctor',
    '{"resourceType":"Practitioner","id":"x","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"99 9"}]}',
  ])
  expect(index.resolve('Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99%209')).toEqual(found('doctor'))
  expect(index.resolve('Practitioner?active=true&identifier=99 9')).toEqual(found('doctor'))
  expect(index.resolve('Practitioner?identifier=urn:other|99 9')).toEqual({ type: 'missing' })
  expect(index.resolve('Patient?identifier=http://hl7.org/fhir/sid/us-npi|99 9')).toEqual({ type: 'missing' })
  expect(index.resolve('Practitioner?identifier=')).toEqual({ type: 'missing' })
  expect(index.resolve('Practitioner?identifier=%E0%A4%A')).toEqual({ type: 'missing' })
})

test('a logical reference is resolved by type and identifier', () => {
  const index = indexOf(['person', '{"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"7"}]}'])
  expect(index.resolve(read('{"type":"Patient","identifier":{"system":"urn:mrn","value":"7"}}'))).toEqual(
    found('person'),
  )
  expect(index.resolve(read('{"type":"Patient","identifier":{"system":"urn:other","value":"7"}}'))).toEqual({
    type: 'missing',
  })
  expect(index.resolve(read('{"display":"Somebody"}'))).toEqual({ type: 'missing' })
})

test('a name that two resources carry leads to neither', () => {
  const index = indexOf(
    ['one', '{"resourceType":"Patient","id":"1"}', 'urn:uuid:a'],
    ['two', '{"resourceType":"Patient","id":"1"}', 'urn:uuid:b'],
  )
  expect(index.resolve('Patient/1')).toEqual({ type: 'ambiguous' })
  expect(index.resolve('urn:uuid:a')).toEqual(found('one'))
})

test('adding the same resource again changes nothing', () => {
  const index = indexOf(['one', '{"resourceType":"Patient","id":"1"}'], ['one', '{"resourceType":"Patient","id":"1"}'])
  expect(index.resolve('Patient/1')).toEqual(found('one'))
})

test('the parts of literal references', () => {
  expect(referenceParts('Patient/1')).toEqual({ base: '', resourceType: 'Patient', id: '1' })
  expect(referenceParts('https://a.example/fhir/Patient/1/_history/2')).toEqual({
    base: 'https://a.example/fhir',
    resourceType: 'Patient',
    id: '1',
  })
  for (const text of ['', '#a', 'urn:uuid:1', 'patient/1', 'Patient', 'Patient?identifier=1'])
    expect(referenceParts(text)).toBeNull()
})

test('all references of a resource are found, with the element that holds each', () => {
  const resource = read(
    '{"subject":{"reference":"Patient/1"},"performer":[{"actor":{"reference":"Practitioner/2"}}],"reference":"not one"}',
  )
  expect(referencesIn(resource).map(({ element, reference }) => [element, reference['reference']])).toEqual([
    ['', 'not one'],
    ['subject', 'Patient/1'],
    ['actor', 'Practitioner/2'],
  ])
})

test.each([
  [
    '{"resourceType":"Observation","subject":{"reference":"Patient/1"},"performer":[{"reference":"Patient/2"}]}',
    ['Patient/1'],
  ],
  ['{"resourceType":"AllergyIntolerance","patient":{"reference":"Patient/1"}}', ['Patient/1']],
  [
    '{"resourceType":"Coverage","beneficiary":{"reference":"Patient/1"},"subscriber":{"reference":"Patient/2"}}',
    ['Patient/1'],
  ],
  ['{"resourceType":"Task","for":{"reference":"Patient/1"}}', ['Patient/1']],
  [
    '{"resourceType":"Appointment","participant":[{"actor":{"reference":"Practitioner/2"}},{"actor":{"reference":"Patient/1"}}]}',
    ['Patient/1'],
  ],
  [
    '{"resourceType":"Communication","sender":{"reference":"Practitioner/1"},"recipient":[{"reference":"Patient/1"}]}',
    ['Patient/1'],
  ],
  ['{"resourceType":"Practitioner"}', []],
])('%s is about %j', (text, expected) => {
  expect(subjectReferences(read(text)).map((reference) => reference['reference'])).toEqual(expected)
})

test('a Provenance is about what it signs, a Patient about itself', () => {
  expect(aboutReferences(read('{"resourceType":"Provenance","target":[{"reference":"Observation/1"}]}'))).toHaveLength(
    1,
  )
  expect(patientReferenceOf(read('{"resourceType":"Patient","id":"1"}'))).toBe('Patient/1')
  expect(patientReferenceOf(read('{"resourceType":"Organization"}'))).toBe('')
})

test('a reference of a megabyte is missing, and that is told at once', () => {
  const start = performance.now()
  for (const piece of ['/A?', 'A/', '/Patient?x&', '/_history/']) {
    expect(indexOf().resolve(piece.repeat(300_000))).toEqual({ type: 'missing' })
    expect(referenceParts(piece.repeat(300_000))).toBeNull()
  }
  expect(performance.now() - start).toBeLessThan(1000)
})

test(
  'Y2: texts that look like the beginning of a conditional reference again and again are each read once',
  { timeout: 5000 },
  () => {
    const index = new ReferenceIndex<object>()
    const text = '/Ab?'.repeat(505)
    for (let time = 0; time < 20_000; time++) expect(index.resolve(`${text}${time}`).type).toBe('missing')
  },
)
