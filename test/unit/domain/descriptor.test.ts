import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import {
  collectionOf,
  COLLECTIONS,
  describe,
  noneStated,
  parseJsonOrNull,
  personName,
  type RecordStatus,
  stringsAt,
  tidy,
} from '@chartkeep/domain'
import { FLETCHER, readFile, samplePaths, SAMPLES } from '../../support/fhir-samples.ts'
import { seeded } from '../../support/seeded.ts'

const read = (text: string) => describe(parseJsonOrNull(text))

test('an allergy', () => {
  const text =
    '{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"Penicillin","coding":[{"system":"http://snomed.info/sct","code":"91936005","display":"Allergy to penicillin"}]},"onsetDateTime":"1997-03","reaction":[{"manifestation":[{"text":"Hives"}],"severity":"severe"}]}'
  expect(read(text)).toMatchObject({
    collection: 'allergies',
    type: 'AllergyIntolerance',
    title: 'Penicillin',
    code: { system: 'http://snomed.info/sct', code: '91936005', display: 'Allergy to penicillin' },
    date: '1997-03',
    status: 'active',
    detail: 'Hives',
  })
  for (const word of ['penicillin', '91936005', 'allergy to penicillin', 'hives', '1997-03'])
    expect(read(text).text).toContain(word)
})

test('a result shows its value, and search finds the value, the unit and the code', () => {
  const text =
    '{"resourceType":"Observation","status":"preliminary","category":[{"coding":[{"code":"laboratory"}]}],"code":{"coding":[{"system":"urn:local","code":"K"},{"system":"http://loinc.org","code":"2823-3","display":"Potassium"}]},"effectiveDateTime":"2020-05-06T10:00:00+08:00","valueQuantity":{"value":4.10,"unit":"mmol/L"}}'
  const shown = read(text)
  expect(shown).toMatchObject({
    collection: 'labs',
    title: 'Potassium',
    code: { code: '2823-3' },
    date: '2020-05-06T10:00:00+08:00',
    status: 'draft',
    detail: '4.10 mmol/L',
  })
  expect(shown.text).toContain('4.10 mmol/l')
})

test.each<[string, RecordStatus]>([
  ['{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"resolved"}]}}', 'past'],
  ['{"resourceType":"AllergyIntolerance","verificationStatus":{"coding":[{"code":"entered-in-error"}]}}', 'error'],
  [
    '{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"code":"refuted"}]}}',
    'error',
  ],
  // A translation is before the code that FHIR asks for.
  [
    '{"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]},"verificationStatus":{"coding":[{"system":"http://snomed.info/sct","code":"410516002"},{"code":"refuted"}]}}',
    'error',
  ],
  ['{"resourceType":"Condition","clinicalStatus":{"coding":[{"code":"413322009"},{"code":"resolved"}]}}', 'past'],
  ['{"resourceType":"Condition","abatementAge":{"value":12,"unit":"a"}}', 'past'],
  ['{"resourceType":"Condition","abatementString":"last spring"}', 'past'],
  ['{"resourceType":"Condition"}', 'unknown'],
  // An order not to give a medicine is no medicine in use.
  ['{"resourceType":"MedicationRequest","status":"active","doNotPerform":true}', 'not-done'],
  ['{"resourceType":"ServiceRequest","status":"active","doNotPerform":true}', 'not-done'],
  ['{"resourceType":"MedicationRequest","status":"active","doNotPerform":false}', 'active'],
  ['{"resourceType":"MedicationRequest","status":"entered-in-error","doNotPerform":true}', 'error'],
  ['{"resourceType":"Immunization","status":"completed"}', 'active'],
  ['{"resourceType":"Immunization","status":"not-done"}', 'not-done'],
  ['{"resourceType":"MedicationStatement","status":"stopped"}', 'past'],
  ['{"resourceType":"MedicationStatement","status":"active"}', 'active'],
  ['{"resourceType":"MedicationStatement","status":"not-taken"}', 'not-done'],
  ['{"resourceType":"MedicationStatement","status":"unknown"}', 'unknown'],
  ['{"resourceType":"Observation","status":"final"}', 'active'],
  ['{"resourceType":"Observation","status":"corrected"}', 'active'],
  ['{"resourceType":"Observation","status":"registered"}', 'draft'],
  ['{"resourceType":"Observation","status":"cancelled"}', 'not-done'],
  ['{"resourceType":"Observation","status":"entered-in-error"}', 'error'],
  ['{"resourceType":"DocumentReference","status":"superseded"}', 'past'],
  ['{"resourceType":"DocumentReference","status":"current","docStatus":"entered-in-error"}', 'error'],
  ['{"resourceType":"Condition","abatementDateTime":"2001"}', 'past'],
  ['{"resourceType":"CarePlan","status":"revoked"}', 'past'],
  ['{"resourceType":"CarePlan","status":"draft"}', 'draft'],
  ['{"resourceType":"Goal","lifecycleStatus":"proposed"}', 'draft'],
  ['{"resourceType":"Appointment","status":"booked"}', 'active'],
  ['{"resourceType":"Encounter","status":"finished"}', 'past'],
  ['{"resourceType":"Patient"}', 'active'],
  ['{"resourceType":"Patient","active":false}', 'past'],
  ['{"resourceType":"Nothing"}', 'unknown'],
])('the status of %s is %s', (text, status) => {
  expect(read(text).status).toBe(status)
})

group('clinical dates', () => {
  test.each([
    ['{"resourceType":"Condition","onsetDateTime":"1997","recordedDate":"2020-01-01"}', '1997', ''],
    ['{"resourceType":"Condition","recordedDate":"2020-01-01","abatementDateTime":"2020-02"}', '2020-01-01', '2020-02'],
    ['{"resourceType":"Encounter","period":{"start":"2020-01-01","end":"2020-01-03"}}', '2020-01-01', '2020-01-03'],
    [
      '{"resourceType":"Observation","effectiveTiming":{"event":["2020-02"]},"issued":"2020-03-01T00:00:00Z"}',
      '2020-03-01T00:00:00Z',
      '',
    ],
    [
      '{"resourceType":"Specimen","collection":{"collectedDateTime":"2015-08-16T07:03:00Z"}}',
      '2015-08-16T07:03:00Z',
      '',
    ],
    ['{"resourceType":"Immunization","occurrenceString":"childhood"}', '', ''],
    ['{"resourceType":"Condition","onsetDateTime":"last year"}', '', ''],
    ['{"resourceType":"Somewhere","date":"1999-12"}', '1999-12', ''],
  ])('%s', (text, date, dateEnd) => {
    expect(read(text)).toMatchObject({ date, dateEnd })
  })
})

test.each([
  [
    '{"resourceType":"MedicationRequest","medicationReference":{"reference":"#m"},"contained":[{"resourceType":"Medication","id":"m","code":{"text":"Axid"}}]}',
    'Axid',
  ],
  [
    '{"resourceType":"MedicationStatement","medicationReference":{"reference":"Medication/1","display":"Tylenol"}}',
    'Tylenol',
  ],
  [
    '{"resourceType":"Patient","name":[{"use":"old","text":"Old"},{"family":"Chen","given":["Mei","Ling"]}]}',
    'Mei Ling Chen',
  ],
  ['{"resourceType":"Organization","name":"Green Lab"}', 'Green Lab'],
  [
    '{"resourceType":"DocumentReference","type":{"text":"Letter"},"content":[{"attachment":{"title":"scan.pdf"}}]}',
    'scan.pdf',
  ],
  [
    '{"resourceType":"Unknown","text":{"div":"<div><p>Only&nbsp;a <b>narrative</b> &amp; more</p></div>"}}',
    'Only a narrative & more',
  ],
  ['{"resourceType":"Unknown"}', ''],
])('the title of %s', (text, title) => {
  expect(read(text).title).toBe(title)
})

test('the name of a person prefers the official one and never an old one', () => {
  expect(
    personName(
      parseJsonOrNull('{"name":[{"use":"old","text":"A"},{"use":"usual","text":"B"},{"use":"official","text":"C"}]}'),
    ),
  ).toBe('C')
  expect(personName(parseJsonOrNull('{"name":[{"use":"maiden","text":"A"},{"text":"B"}]}'))).toBe('B')
  expect(personName(parseJsonOrNull('{}'))).toBe('')
})

test('Names: the family name is where the script of the name has it', () => {
  const nameOf = (name: object) => personName({ name: [name] })
  expect(nameOf({ family: '王', given: ['大文'] })).toBe('王大文')
  expect(nameOf({ family: '歐陽', given: ['小', '美'], prefix: ['Dr.'] })).toBe('Dr. 歐陽小美')
  expect(nameOf({ family: 'Chen', given: ['Mei', 'Ling'] })).toBe('Mei Ling Chen')
  expect(nameOf({ family: '王', given: ['David'] })).toBe('David 王')
  expect(nameOf({ family: '王' })).toBe('王')
  expect(nameOf({ given: ['大文'] })).toBe('大文')
  expect(nameOf({ text: '王 大文', family: '王', given: ['大文'] })).toBe('王 大文')
})

test('each dosage is told, one that is only structured next to one in words', () => {
  const dosage =
    '[{"text":"One in the morning"},{"doseAndRate":[{"doseQuantity":{"value":2,"unit":"mg"}}],"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}}]'
  expect(read(`{"resourceType":"MedicationStatement","dosage":${dosage}}`).detail).toBe('One in the morning; 2 mg 1/d')
})

test('no known allergies and not asked are two things', () => {
  const stated = (type: string, code: object, element = 'code') =>
    noneStated(parseJsonOrNull(JSON.stringify({ resourceType: type, [element]: code })))
  const coded = (code: string) => ({ coding: [{ code }] })
  expect(stated('AllergyIntolerance', coded('716186003'))).toBe('none-known')
  expect(stated('AllergyIntolerance', coded('no-allergy-info'))).toBe('not-asked')
  expect(stated('AllergyIntolerance', coded('91936005'))).toBeNull()
  expect(stated('Procedure', coded('no-procedure-info'))).toBe('not-asked')
  expect(stated('MedicationRequest', coded('787481004'), 'medicationCodeableConcept')).toBe('none-known')
})

test('none known of one kind says nothing about the others, whatever code or words it comes with', () => {
  const allergy = (code: object) =>
    noneStated(parseJsonOrNull(JSON.stringify({ resourceType: 'AllergyIntolerance', code })))
  for (const code of ['409137002', '429625007', '428607008', '716184000', '1003774007', 'no-known-food-allergies'])
    expect(allergy({ coding: [{ code }] })).toBe('none-of-kind')
  for (const text of ['NKDA', 'No Known Latex Allergy', 'No known drug allergies', 'No known food allergy (situation)'])
    expect(allergy({ text })).toBe('none-of-kind')
})

test('a statement in words alone is one, and only of its own type', () => {
  const of = (type: string, text: string, element = 'code') =>
    noneStated(parseJsonOrNull(JSON.stringify({ resourceType: type, [element]: { text } })))
  expect(of('AllergyIntolerance', 'No known allergies')).toBe('none-known')
  expect(of('Condition', 'No known current problems or disability')).toBe('none-known')
  expect(of('MedicationStatement', 'No known current medications', 'medicationCodeableConcept')).toBe('none-known')
  expect(of('AllergyIntolerance', 'No known allergies but penicillin')).toBeNull()
})

test('search text holds no file bytes, ids or urls, and has an end', () => {
  const long = 'word '.repeat(5000)
  const shown = describe({
    resourceType: 'DocumentReference',
    id: 'secret-id',
    description: long,
    content: [{ attachment: { data: 'QUJDREVG', url: 'https://a.example/file' } }],
    note: Array.from({ length: 500 }, (_, i) => ({ text: `note ${i} ${long}` })),
  })
  expect(shown.text).not.toMatch(/qujdrevg|secret-id|a\.example/)
  expect(shown.text.length).toBeLessThanOrEqual(12_000)
  expect(shown.title.length).toBeLessThanOrEqual(300)
})

test('every resource of the sample has a title, a collection and a searchable text', async () => {
  for (const path of samplePaths()) {
    for (const { resource, resourceType } of (await readFile(`${SAMPLES}/${path}`)).items) {
      const shown = describe(resource)
      expect(shown.collection).toBe(collectionOf(resource))
      if (!['Parameters', 'OperationOutcome'].includes(resourceType))
        expect(shown.title, `${path} ${resourceType}`).not.toBe('')
      expect(shown.text, `${path} ${resourceType}`).toContain(shown.title.toLowerCase().slice(0, 20))
    }
  }
})

test('the whole chart of Fletcher Hyatt is described: 1,111 entries by collection', async () => {
  const counts = new Map<string, number>()
  for (const { collection } of (await readFile(`${SAMPLES}/${FLETCHER}`)).items)
    counts.set(collection, (counts.get(collection) ?? 0) + 1)
  expect(Object.fromEntries(counts)).toEqual({
    profile: 1,
    'care-team': 4,
    encounters: 127,
    conditions: 85,
    medications: 122,
    other: 381,
    plans: 12,
    vitals: 58,
    labs: 311,
    immunizations: 10,
  })
})

test('anything at all is described without throwing', () => {
  const anything = fc.anything({ withNullPrototype: true, withSparseArray: true, withDate: true, withBigInt: true })
  const elements = [
    'code',
    'status',
    'clinicalStatus',
    'category',
    'name',
    'text',
    'period',
    'contained',
    'dosage',
    'onsetDateTime',
    'medicationReference',
    'reaction',
    'total',
    'meta',
    'component',
  ]
  const types = fc.constantFrom(
    'Patient',
    'Observation',
    'MedicationStatement',
    'AllergyIntolerance',
    'Claim',
    'Appointment',
    'constructor',
    '__proto__',
    'hasOwnProperty',
    'X',
  )
  const resource = fc
    .tuple(types, fc.dictionary(fc.constantFrom(...elements), anything))
    .map(([resourceType, rest]) => ({ ...rest, resourceType }))
  fc.assert(
    fc.property(fc.oneof(anything, resource), (value) => {
      const shown = describe(value)
      expect(COLLECTIONS).toContain(shown.collection)
      for (const text of [
        shown.type,
        shown.title,
        shown.date,
        shown.dateEnd,
        shown.detail,
        shown.text,
        shown.statusCode,
      ])
        expect(typeof text).toBe('string')
    }),
    seeded(2000),
  )
})

test('hostile texts cost time in proportion to their length', () => {
  const start = performance.now()
  for (const piece of ['<', '&amp;', ' ', '<a', '>']) {
    describe({ resourceType: 'Basic', text: { div: piece.repeat(300_000) }, code: { text: piece.repeat(300_000) } })
  }
  expect(performance.now() - start).toBeLessThan(3000)
})

group('texts without untidy white space are left as they are', () => {
  test('whatever is between and around the words, each white space is one plain space', () => {
    const space = fc.constantFrom('', ' ', '  ', '\t', '\n', '\r\n', '\u00a0', '\u2003', '\u2028', '\u3000')
    const text = fc.tuple(space, fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 6 }), space)), space)
    fc.assert(
      fc.property(text, ([before, words, after]) => {
        const whole = before + words.flat().join('') + after
        expect(tidy(whole)).toBe(whole.replace(/\s+/g, ' ').trim())
      }),
      seeded(2000),
    )
  })

  test('elements are found where a list is nested in lists on the way, and where none is', () => {
    const resource = parseJsonOrNull(
      '{"code":[[{"coding":[{"code":"a"},[{"code":"b"}]]}],{"coding":{"code":["c"]}},7]}',
    )
    expect(stringsAt(resource, 'code', 'coding', 'code')).toEqual(['a', 'b', 'c'])
    expect(stringsAt(parseJsonOrNull('{"code":{"coding":{"code":"a"}}}'), 'code', 'coding', 'code')).toEqual(['a'])
    expect(stringsAt(parseJsonOrNull('{"code":{"coding":null}}'), 'code', 'coding', 'code')).toEqual([])
    expect(stringsAt(parseJsonOrNull('["a",["b"]]'))).toEqual(['a', 'b'])
  })
})
