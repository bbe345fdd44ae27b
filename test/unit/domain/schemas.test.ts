import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import {
  checkResource,
  EMPTY_ALLERGY,
  EMPTY_DOCUMENT,
  EMPTY_IMMUNIZATION,
  EMPTY_MEDICATION,
  EMPTY_OBSERVATION,
  EMPTY_PATIENT,
  newAllergy,
  newAuditEvent,
  newDocument,
  newImmunization,
  newMedication,
  newNoneStated,
  newObservation,
  newPatient,
  parseJsonOrNull,
  type JsonObject,
} from '@chartkeep/domain'
import { samplePaths, SAMPLES, readFile } from '../../support/fhir-samples.ts'
import { seeded } from '../../support/seeded.ts'

const ME = 'Patient/me'
const check = (text: string) => checkResource(parseJsonOrNull(text) as JsonObject)

group('an empty form says what is missing', () => {
  test.each([
    ['an allergy', newAllergy(EMPTY_ALLERGY, ME), [{ path: 'code', key: 'required' }]],
    [
      'a vaccination',
      newImmunization(EMPTY_IMMUNIZATION, ME),
      [
        { path: 'vaccineCode', key: 'required' },
        { path: 'occurrenceDateTime', key: 'required' },
      ],
    ],
    ['a medicine', newMedication(EMPTY_MEDICATION, ME), [{ path: 'medicationCodeableConcept', key: 'required' }]],
    [
      'a result',
      newObservation(EMPTY_OBSERVATION, ME),
      [
        { path: 'code', key: 'required' },
        { path: 'value[x]', key: 'required' },
      ],
    ],
    ['a person', newPatient(EMPTY_PATIENT), [{ path: 'name', key: 'required' }]],
    ['a document', newDocument(EMPTY_DOCUMENT, ME), [{ path: 'content', key: 'required' }]],
  ])('%s', (_, resource, errors) => {
    expect(checkResource(resource)).toEqual(errors)
  })
})

group('a form with what is needed has no errors', () => {
  test.each([
    [
      'an allergy',
      newAllergy(
        {
          ...EMPTY_ALLERGY,
          substance: 'Penicillin',
          criticality: 'high',
          category: 'medication',
          onset: '1997-03',
          reactions: [{ manifestation: 'Hives', severity: 'mild', date: '1997' }],
        },
        ME,
      ),
    ],
    ['no known allergies', newNoneStated('AllergyIntolerance', 'none-known', ME, '2026-11-21')],
    ['not asked about medicines', newNoneStated('MedicationStatement', 'not-asked', ME, '2026-11-21')],
    ['no known conditions', newNoneStated('Condition', 'none-known', ME, '2026-11-21T08:00:00Z')],
    [
      'a vaccination',
      newImmunization({ ...EMPTY_IMMUNIZATION, vaccine: 'MMR', date: '1999', doseNumber: '2', nextDue: '2027' }, ME),
    ],
    [
      'a medicine',
      newMedication(
        { ...EMPTY_MEDICATION, name: 'Metformin', dose: '500 mg', frequency: 'twice a day', start: '2020-05' },
        ME,
      ),
    ],
    [
      'a result',
      newObservation(
        { ...EMPTY_OBSERVATION, test: 'LDL', value: '2.90', unit: 'mmol/L', date: '2026-11-21', rangeHigh: '3.0' },
        ME,
      ),
    ],
    [
      'a blood pressure',
      newObservation(
        { ...EMPTY_OBSERVATION, kind: 'vital-signs', test: 'Blood pressure', systolic: '120', diastolic: '80' },
        ME,
      ),
    ],
    [
      'a person',
      newPatient({
        ...EMPTY_PATIENT,
        name: 'Chen Mei',
        birthDate: '1992-03',
        contacts: [{ name: 'Mum', relationship: 'mother', phone: '0912 345 678' }],
      }),
    ],
    [
      'a document',
      newDocument(
        {
          ...EMPTY_DOCUMENT,
          title: 'Letter',
          files: [
            { title: 'a.pdf', contentType: 'application/pdf', sizeBytes: 3, url: 'urn:chartkeep:blob:x', sha256: 'h' },
          ],
        },
        ME,
      ),
    ],
    [
      'an audit event',
      newAuditEvent({
        action: 'opened',
        account: 'a',
        device: 'd',
        name: '',
        collection: '',
        records: [],
        subject: '',
        count: 0,
        at: 0,
      }),
    ],
  ])('%s', (_, resource) => {
    expect(checkResource(resource)).toEqual([])
  })
})

test.each([
  ['{"resourceType":"AllergyIntolerance","patient":{},"code":{"text":"x"}}', 'clinicalStatus', 'ait-1'],
  [
    '{"resourceType":"AllergyIntolerance","patient":{},"code":{"text":"x"},"clinicalStatus":{"text":"a"},"verificationStatus":{"coding":[{"code":"entered-in-error"}]}}',
    'clinicalStatus',
    'ait-2',
  ],
  [
    '{"resourceType":"AllergyIntolerance","patient":{},"code":{"text":"x"},"clinicalStatus":{"text":"a"},"criticality":"mild"}',
    'criticality',
    'not-in-list',
  ],
  [
    '{"resourceType":"AllergyIntolerance","patient":{},"code":{"text":"x"},"clinicalStatus":{"text":"a"},"reaction":[{"manifestation":[{"text":"a"}],"severity":"high"}]}',
    'reaction.0.severity',
    'not-in-list',
  ],
  [
    '{"resourceType":"AllergyIntolerance","patient":{},"code":{"text":"x"},"clinicalStatus":{"text":"a"},"reaction":[{"severity":"mild"}]}',
    'reaction.0.manifestation',
    'required',
  ],
  [
    '{"resourceType":"AllergyIntolerance","patient":{},"code":{"text":"x"},"clinicalStatus":{"text":"a"},"onsetDateTime":"2023-02-30"}',
    'onsetDateTime',
    'date-time',
  ],
  ['{"resourceType":"AllergyIntolerance","patient":{},"code":{},"clinicalStatus":{"text":"a"}}', 'code', 'required'],
  ['{"resourceType":"AllergyIntolerance","patient":{},"code":"x","clinicalStatus":{"text":"a"}}', 'code', 'wrong-type'],
  ['{"resourceType":"Patient","name":[{"text":"a"}],"birthDate":"2000-01-01T00:00:00Z"}', 'birthDate', 'date'],
  ['{"resourceType":"Patient","name":[{"text":"a"}],"contact":[{"gender":"male"}]}', 'contact.0', 'pat-1'],
  [
    '{"resourceType":"MedicationStatement","status":"active","subject":{},"medicationCodeableConcept":{"text":"a"},"effectivePeriod":{"start":"2020-05","end":"2020-04"}}',
    'effectivePeriod',
    'end-before-start',
  ],
  [
    '{"resourceType":"Immunization","status":"given","vaccineCode":{"text":"a"},"patient":{},"occurrenceDateTime":"2020"}',
    'status',
    'not-in-list',
  ],
  [
    '{"resourceType":"Immunization","status":"completed","vaccineCode":{"text":"a"},"patient":{},"occurrenceDateTime":"2020","protocolApplied":[{"doseNumberPositiveInt":0}]}',
    'protocolApplied.0.doseNumberPositiveInt',
    'number',
  ],
  [
    '{"resourceType":"Observation","status":"final","category":[{"text":"a"}],"code":{"text":"a"},"subject":{},"valueString":"a","dataAbsentReason":{"text":"b"}}',
    'dataAbsentReason',
    'obs-6',
  ],
  [
    '{"resourceType":"Observation","status":"final","category":[{"text":"a"}],"code":{"text":"a"},"subject":{},"valueString":"a","valueBoolean":true}',
    'value[x]',
    'one-value',
  ],
  [
    '{"resourceType":"Observation","status":"final","category":[{"text":"a"}],"code":{"text":"a"},"subject":{},"valueString":"a","referenceRange":[{"age":{}}]}',
    'referenceRange.0',
    'obs-3',
  ],
  [
    '{"resourceType":"Observation","status":"final","category":[{"text":"a"}],"code":{"text":"a"},"subject":{},"valueQuantity":{"value":"5"}}',
    'valueQuantity.value',
    'wrong-type',
  ],
  [
    '{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"title":"a"}}]}',
    'content.0.attachment',
    'file-required',
  ],
  [
    '{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"url":"a","contentType":"pdf"}}]}',
    'content.0.attachment.contentType',
    'content-type',
  ],
  [
    '{"resourceType":"AuditEvent","type":{},"recorded":"2020","agent":[{"requestor":true}],"source":{"observer":{}}}',
    'recorded',
    'date-time',
  ],
  [
    '{"resourceType":"AuditEvent","type":{},"recorded":"2020-01-01T00:00:00Z","agent":[{}],"source":{"observer":{}}}',
    'agent.0.requestor',
    'required',
  ],
])('%s has an error at %j: %s', (text, path, key) => {
  expect(check(text)).toContainEqual({ path, key })
})

test('elements that the schema does not know are allowed', () => {
  expect(
    check(
      '{"resourceType":"Patient","name":[{"text":"a","period":{"start":"x"}}],"animal":1,"extension":[{"url":"u"}]}',
    ),
  ).toEqual([])
})

test('a type that the app does not write has nothing to fail, and neither has a hostile one', () => {
  for (const type of ['Claim', 'constructor', '__proto__', 'toString'])
    expect(check(`{"resourceType":"${type}"}`)).toEqual([])
})

test('real records of the sample fit, but for those that break a rule of FHIR', async () => {
  const written = new Set([
    'AllergyIntolerance',
    'Immunization',
    'MedicationStatement',
    'DocumentReference',
    'AuditEvent',
  ])
  const failures = new Map<string, number>()
  let checked = 0
  for (const path of samplePaths()) {
    for (const { resource, resourceType } of (await readFile(`${SAMPLES}/${path}`)).items) {
      if (!written.has(resourceType)) continue
      checked += 1
      for (const { path: element, key } of checkResource(resource))
        failures.set(`${resourceType} ${element} ${key}`, (failures.get(`${resourceType} ${element} ${key}`) ?? 0) + 1)
    }
  }
  expect(checked).toBeGreaterThan(40)
  expect(Object.fromEntries(failures)).toEqual({})
})

test('anything at all is checked without throwing', () => {
  const anything = fc.anything({ withNullPrototype: true })
  const resource = fc
    .tuple(
      fc.constantFrom(
        'Patient',
        'Observation',
        'AllergyIntolerance',
        'MedicationStatement',
        'DocumentReference',
        'AuditEvent',
        'Immunization',
      ),
      fc.dictionary(
        fc.constantFrom(
          'code',
          'status',
          'name',
          'reaction',
          'dosage',
          'effectivePeriod',
          'content',
          'agent',
          'component',
        ),
        anything,
      ),
    )
    .map(([resourceType, rest]) => ({ ...rest, resourceType }))
  fc.assert(
    fc.property(resource, (value) => {
      expect(Array.isArray(checkResource(value as unknown as JsonObject))).toBe(true)
    }),
    seeded(500),
  )
})
