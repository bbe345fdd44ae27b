import { createHash } from 'node:crypto'
import { testCode, testNames } from '@chartkeep/app/src/app/words/test-codes.ts'
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
  jsonObject,
  keptByLaw,
  mayDoInPractice,
  mayShowAction,
  mayBelongTo,
  movedAway,
  parseJsonOrNull,
  PRACTICE_ACTIONS,
  PRACTICE_ROLES,
  privateName,
  RULES_VERSION,
  stringifyJson,
  TASK_LIST,
  TASK_SYSTEM,
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
  ['Device', 'conditions'],
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

const loinc = (code: string, display?: string) => ({
  coding: [{ system: 'http://loinc.org', code, ...(display === undefined ? {} : { display }) }],
})
const RANGE = [{ low: { value: 1 }, high: { value: 5 } }]

test.each<[string, object, Collection]>([
  ['a common test, by its number alone', { code: loinc('2345-7') }, 'labs'],
  ['a panel', { code: loinc('24323-8') }, 'labs'],
  ['a blood count, which is a panel', { code: loinc('58410-2') }, 'labs'],
  [
    'a test that no table has, by its long name',
    { code: loinc('99999-9', 'Zinc [Moles/volume] in Serum or Plasma') },
    'labs',
  ],
  ['a test without a property in its name', { code: loinc('99999-9', 'Color of Urine') }, 'labs'],
  ['a panel by its name', { code: loinc('99999-9', 'Iron panel - Serum or Plasma') }, 'labs'],
  ['a test by its short name', { code: loinc('99999-9', 'Zinc SerPl-sCnc') }, 'labs'],
  ['a susceptibility', { code: loinc('99999-9', 'Cefazolin [Susceptibility] by MIC') }, 'labs'],
  ['the heart rate', { code: loinc('8867-4') }, 'vitals'],
  ['the saturation by a finger clip', { code: loinc('59408-5', 'Oxygen saturation in Arterial blood') }, 'vitals'],
  ['a blood pressure', { code: loinc('85354-9') }, 'vitals'],
  ['a vital sign as a survey', { category: category('survey'), code: loinc('29463-7') }, 'vitals'],
  ['a local code beside a LOINC one', { code: { coding: [{ code: 'GLU' }, ...loinc('2345-7').coding] } }, 'labs'],
  ['the same number of another system', { code: { coding: [{ system: 'urn:x', code: '2345-7' }] } }, 'conditions'],
  ['smoking', { category: category('social-history'), code: loinc('72166-2', 'Tobacco smoking status') }, 'conditions'],
  [
    'a questionnaire',
    { code: loinc('44249-1', 'PHQ-9 quick depression assessment panel [Reported.PHQ]') },
    'conditions',
  ],
  [
    'a text without end that is called a name',
    { code: loinc('99999-9', `${'['.repeat(400)} Zinc SerPl-sCnc`) },
    'conditions',
  ],
  ['a history of blood transfusion', { code: loinc('99999-9', 'History of Blood transfusion') }, 'conditions'],
  ['pain somewhere', { code: loinc('99999-9', 'Pain in Throat') }, 'conditions'],
  ['a score', { code: loinc('9269-2', 'Glasgow coma score total') }, 'conditions'],
  ['a number with a range', { valueQuantity: { value: 3 }, referenceRange: RANGE }, 'labs'],
  ['a number with an interpretation', { valueQuantity: { value: 3 }, interpretation: [{ text: 'H' }] }, 'labs'],
  ['a number alone', { valueQuantity: { value: 3 } }, 'conditions'],
  ['words with a range', { valueString: 'a', referenceRange: RANGE }, 'conditions'],
  ...['survey', 'social-history', 'imaging', 'procedure', 'therapy', 'activity'].map(
    (code): [string, object, Collection] => [
      `a number with a range as ${code}`,
      { category: category(code), valueQuantity: { value: 3 }, referenceRange: RANGE },
      'conditions',
    ],
  ),
])('E6: an Observation without a category of its list: %s', (_, elements, collection) => {
  const observation = jsonObject({ resourceType: 'Observation', status: 'final', ...elements })
  expect(collectionOf(observation)).toBe(collection)
  for (const list of ['labs', 'vitals', 'conditions'] as const) expect(mayBelongTo(observation, list)).toBe(true)
  // What stays of one that moves to a private list is next to it.
  expect(collectionOf(movedAway(observation))).toBe(collection)
})

test('E6: the tests that the app offers are laboratory results by their codes alone', () => {
  const codes = testNames('en').flatMap((name) => testCode(name, '', '')?.code ?? [])
  expect(codes.length).toBeGreaterThan(20)
  for (const code of codes) expect(collectionOf({ resourceType: 'Observation', code: loinc(code) }), code).toBe('labs')
})

test('E6: a record is where its writer put it, but for types of protected lists and the audit log', () => {
  for (const list of COLLECTIONS) {
    for (const resourceType of [
      'AllergyIntolerance',
      'Observation',
      'ServiceRequest',
      'Device',
      'Sequel',
      'Basic',
      'Task',
    ])
      expect(mayBelongTo({ resourceType }, list), `${resourceType} in ${list}`).toBe(list !== 'audit')
    for (const [resourceType, own] of byType) {
      if (!['profile', 'plans', 'messages', 'appointments', 'encounters', 'notes', 'audit'].includes(own)) continue
      expect(mayBelongTo({ resourceType }, list), `${resourceType} in ${list}`).toBe(list === own)
    }
    const extension = [{ url: TASK_LIST, valueCode: 'labs' }]
    const task = {
      resourceType: 'Task',
      code: { coding: [{ system: TASK_SYSTEM, code: 'release-result' }] },
      extension,
    }
    expect(mayBelongTo(task, list)).toBe(list === 'labs')
    const card = {
      resourceType: 'Basic',
      code: { coding: [{ system: 'urn:chartkeep:basic', code: 'emergency-card' }] },
    }
    expect(mayBelongTo(card, list)).toBe(list === 'profile')
  }
})

/**
 * Fails where a table changes by which a reader judges records: then RULES_VERSION goes up by one, so that what the table before quarantined is judged
 * again, and this digest is taken from the message.
 */
test('E6: the version of the rules goes up with every change of the tables that judge a record', () => {
  const types = [...byType.map(([type]) => type), 'Observation', 'DiagnosticReport', 'Task', 'ServiceRequest']
  const judged = types.flatMap((type) =>
    COLLECTIONS.map((list) => [
      type,
      list,
      mayBelongTo({ resourceType: type }, list),
      mayShowAction(type),
      [true, false].map((byPractice) => keptByLaw({ type, list, byPractice, isSignature: false })),
      PRACTICE_ROLES.map((role) => PRACTICE_ACTIONS.filter((action) => mayDoInPractice([role], action))),
    ]),
  )
  const digest = createHash('sha256').update(JSON.stringify(judged)).digest('hex').slice(0, 16)
  expect([RULES_VERSION, digest]).toEqual([3, 'e20eae9f6e4837f3'])
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
  'E6: what stays of a %s that moved to the private list belongs to its collection and says nothing about it',
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
