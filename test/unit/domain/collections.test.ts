import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  collectionOf,
  collectionOfStreamName,
  COLLECTIONS,
  describe,
  isJsonObject,
  isMovedAway,
  isPrivateList,
  movedAway,
  parseJsonOrNull,
  privateName,
  stringifyJson,
  type Collection,
} from '@chartkeep/domain'
import { seeded } from '../../support/seeded.ts'

const byType: [string, Collection][] = [
  ['Patient', 'profile'],
  ['RelatedPerson', 'profile'],
  ['Practitioner', 'care-team'],
  ['PractitionerRole', 'care-team'],
  ['Organization', 'care-team'],
  ['CareTeam', 'care-team'],
  ['DocumentReference', 'documents'],
  ['AllergyIntolerance', 'allergies'],
  ['Immunization', 'immunizations'],
  ['MedicationStatement', 'medications'],
  ['MedicationRequest', 'medications'],
  ['MedicationAdministration', 'medications'],
  ['Specimen', 'labs'],
  ['Condition', 'conditions'],
  ['Procedure', 'conditions'],
  ['FamilyMemberHistory', 'conditions'],
  ['CarePlan', 'plans'],
  ['Goal', 'plans'],
  ['Communication', 'messages'],
  ['Appointment', 'appointments'],
  ['AppointmentResponse', 'appointments'],
  ['Encounter', 'encounters'],
  ['Composition', 'notes'],
  ['Provenance', 'notes'],
  ['AuditEvent', 'audit'],
  ['Claim', 'other'],
  ['Coverage', 'other'],
  ['ImagingStudy', 'other'],
  ['Medication', 'other'],
  ['Location', 'other'],
  ['MedicationDispense', 'other'],
]

test.each(byType)('E6: every %s belongs to %s', (resourceType, collection) => {
  expect(collectionOf({ resourceType })).toBe(collection)
})

const category = (...codes: string[]) => [{ coding: codes.map((code) => ({ code })) }]

test.each<[string, unknown, Collection]>([
  ['laboratory', category('laboratory'), 'labs'],
  ['vital-signs', category('vital-signs'), 'vitals'],
  ['laboratory beside vital-signs', category('vital-signs', 'laboratory'), 'labs'],
  ['survey', category('survey'), 'conditions'],
  ['imaging', category('imaging'), 'conditions'],
  ['no category', undefined, 'conditions'],
  ['a category in words only', [{ text: 'laboratory' }], 'conditions'],
  ['two concepts', [...category('survey'), ...category('laboratory')], 'labs'],
])('E6: an Observation with %s', (_, value, collection) => {
  expect(collectionOf({ resourceType: 'Observation', category: value })).toBe(collection)
})

test.each<[string, unknown, Collection]>([
  ['LAB', category('LAB'), 'labs'],
  ['no category', undefined, 'labs'],
  ['an empty category', [], 'labs'],
  ['a note type', category('34117-2'), 'notes'],
  ['LAB beside a note type', [...category('34117-2'), ...category('LAB')], 'labs'],
  ['a section of a laboratory', category('MB'), 'labs'],
  ['radiology', category('RAD'), 'notes'],
  ['words only', [{ text: 'Radiology' }], 'notes'],
])('E6: a DiagnosticReport with %s', (_, value, collection) => {
  expect(collectionOf({ resourceType: 'DiagnosticReport', category: value })).toBe(collection)
})

test.each<[string, unknown, Collection]>([
  ['a note', { reference: 'Composition/1' }, 'notes'],
  ['a note elsewhere', { reference: 'https://a.example/fhir/Composition/1/_history/2' }, 'notes'],
  ['a note by type', { type: 'Composition', reference: 'urn:uuid:0b9e7b43-6c3b-4a9a-9a9f-000000000000' }, 'notes'],
  ['a signature', { reference: 'Provenance/1' }, 'notes'],
  ['a contained note', { reference: '#c' }, 'notes'],
  ['a plan', { reference: 'CarePlan/1' }, 'plans'],
  ['nothing', undefined, 'plans'],
  ['something that is not there', { reference: '#x' }, 'plans'],
])('E6: a Task about %s', (_, focus, collection) => {
  expect(collectionOf({ resourceType: 'Task', focus, contained: [{ resourceType: 'Composition', id: 'c' }] })).toBe(
    collection,
  )
})

test('E6: any value at all belongs to exactly one collection', () => {
  const anything = fc.anything({ withNullPrototype: true, withSparseArray: true, withBigInt: true, withDate: true })
  const types = fc.constantFrom('Observation', 'DiagnosticReport', 'Task', 'constructor', '__proto__', 'toString', '')
  const resource = fc.record({
    resourceType: fc.oneof(types, anything),
    category: anything,
    focus: anything,
    contained: anything,
  })
  fc.assert(
    fc.property(fc.oneof(anything, resource), (value) => {
      expect(COLLECTIONS).toContain(collectionOf(value))
    }),
    seeded(1000),
  )
})

test('stream names tell their collection, private or not, and no other name does', () => {
  for (const collection of COLLECTIONS) {
    expect(collectionOfStreamName(collection)).toBe(collection)
    expect(collectionOfStreamName(privateName(collection))).toBe(collection)
  }
  for (const name of ['', 'Labs', '-private', 'labs-private-private', 'labs-', 'constructor'])
    expect(collectionOfStreamName(name)).toBeNull()
})

test.each<[string, object]>([
  ['Condition', { code: { text: 'Depression' }, note: [{ text: 'since 2019' }], clinicalStatus: { text: 'active' } }],
  ['Observation', { category: category('laboratory'), code: { text: 'HIV' }, valueString: 'positive' }],
  ['Observation', { category: category('vital-signs'), code: { text: 'Weight' } }],
  ['Observation', { code: { text: 'Smoking' } }],
  ['DiagnosticReport', { category: category('MB'), conclusion: 'positive' }],
  ['DiagnosticReport', { category: [{ text: 'Discharge letter' }], conclusion: 'positive' }],
  ['Task', { focus: { reference: 'Composition/1' }, description: 'sign the letter' }],
  ['Task', { description: 'walk' }],
  ['Coverage', { payor: [{ display: 'Somebody' }] }],
])(
  'E6: what stays of a %s that moved to the private list belongs to its collection and says nothing of it',
  (type, more) => {
    const text = JSON.stringify({ resourceType: type, id: 'secret-id', ...more })
    const resource = parseJsonOrNull(text)
    if (!isJsonObject(resource)) throw new Error('no object')
    const marker = movedAway(resource)!
    expect(collectionOf(marker)).toBe(collectionOf(resource))
    expect(stringifyJson(marker)).not.toMatch(
      /secret-id|Depression|2019|HIV|positive|Weight|Smoking|MB|Discharge|letter|walk|Somebody/u,
    )
    expect(isMovedAway(marker)).toBe(true)
    expect(describe(marker).status).toBe('trash')
    expect(isMovedAway(resource)).toBe(false)
    // With anything else in it, it is a record again, which a list shows.
    expect(isMovedAway({ ...marker, note: [{ text: 'more' }] })).toBe(false)
  },
)

test('E6: the choice for the emergency card does not move, and the audit log has no private list', () => {
  const card = { resourceType: 'Basic', code: { coding: [{ system: 'urn:chartkeep:basic', code: 'emergency-card' }] } }
  expect(movedAway(card)).toBeNull()
  expect(isPrivateList('audit-private')).toBe(false)
  expect(isPrivateList('labs-private')).toBe(true)
  expect(isPrivateList('labs')).toBe(false)
})
