import { describe as group, expect, test } from 'vitest'
import { describe, isJsonObject, parseJsonOrNull, stringifyJson, type JsonValue } from '@chartkeep/domain'
import { fhirVersionOf, SOURCE_VERSION } from '@chartkeep/interop'
import { FLETCHER, readFile, readText, samplePaths, SAMPLES } from '../../support/fhir-samples.ts'

const PATIENT = '"subject":{"reference":"Patient/p1"}'
const concept = (text: string) => `{"coding":[{"system":"http://example.org","code":"${text}-code"}],"text":"${text}"}`

async function readOne(text: string) {
  const { items, refusals } = await readText(text)
  expect(refusals).toEqual([])
  return items[0]!
}

/** Every text, number and flag of a value, as it is written. */
function leavesOf(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf)
  if (isJsonObject(value)) return Object.values(value).flatMap(leavesOf)
  return [typeof value === 'string' ? value : stringifyJson(value)]
}

/** R5 resources with every element that moved, and what a list must show of each. */
const MOVED: [string, string, { title?: string; date?: string; status?: string; detail?: string }][] = [
  [
    'MedicationStatement',
    `"status":"recorded",${PATIENT},"medication":{"concept":${concept('Metformin')}},"effectiveDateTime":"2026-02-01","encounter":{"reference":"Encounter/e1"},"informationSource":[{"display":"the patient"},{"display":"a daughter"}],"reason":[{"concept":${concept('Diabetes')}},{"reference":{"reference":"Condition/c1"}}],"adherence":{"code":{"coding":[{"code":"taking"}]},"reason":${concept('as agreed')}},"renderedDosageInstruction":"one at noon"`,
    { title: 'Metformin', date: '2026-02-01', status: 'active', detail: 'one at noon' },
  ],
  [
    'MedicationStatement',
    `"status":"recorded",${PATIENT},"medication":{"concept":${concept('Aspirin')}},"adherence":{"code":{"coding":[{"code":"not-taking"}]}}`,
    { title: 'Aspirin', status: 'not-done' },
  ],
  [
    'MedicationStatement',
    `"status":"recorded",${PATIENT},"medication":{"reference":{"reference":"Medication/m1","display":"Ibuprofen"}},"dosage":[{"text":"when it hurts","asNeeded":true,"asNeededFor":[${concept('pain')},${concept('fever')}]}]`,
    { title: 'Ibuprofen', status: 'unknown', detail: 'when it hurts' },
  ],
  [
    'MedicationRequest',
    `"status":"ended","intent":"order",${PATIENT},"medication":{"concept":${concept('Amoxicillin')},"reference":{"reference":"Medication/m2"}},"authoredOn":"2026-03-01","performer":[{"display":"A"},{"display":"B"}],"reported":true,"dosageInstruction":[{"asNeeded":true,"text":"daily"}],"reason":[{"concept":${concept('Otitis')}}]`,
    { title: 'Amoxicillin', date: '2026-03-01', status: 'past', detail: 'daily' },
  ],
  [
    'MedicationAdministration',
    `"status":"completed",${PATIENT},"medication":{"concept":${concept('Vancomycin')}},"occurenceDateTime":"2026-03-02T08:00:00Z","category":[${concept('inpatient')}],"encounter":{"reference":"Encounter/e2"},"performer":[{"actor":{"reference":{"reference":"Practitioner/1"}}}],"reason":[{"concept":${concept('sepsis')}}],"isSubPotent":true`,
    { title: 'Vancomycin', date: '2026-03-02T08:00:00Z' },
  ],
  [
    'AllergyIntolerance',
    `"patient":{"reference":"Patient/p1"},"type":{"coding":[{"code":"allergy"}],"text":"an allergy"},"code":${concept('Peanut')},"participant":[{"function":{"coding":[{"code":"author"}]},"actor":{"display":"Dr. A"}},{"function":{"coding":[{"code":"informant"}]},"actor":{"display":"her mother"}}],"reaction":[{"manifestation":[{"concept":${concept('Hives')}},{"reference":{"display":"swollen lips"}}],"severity":"severe"}]`,
    { title: 'Peanut', detail: 'Hives, swollen lips' },
  ],
  [
    'Condition',
    `${PATIENT},"clinicalStatus":{"coding":[{"code":"active"}]},"code":${concept('Asthma')},"onsetDateTime":"2019-05","participant":[{"function":{"coding":[{"code":"enterer"}]},"actor":{"display":"Dr. B"}}],"evidence":[{"concept":${concept('wheeze')}},{"reference":{"reference":"Observation/o9"}}]`,
    { title: 'Asthma', date: '2019-05', status: 'active' },
  ],
  [
    'Immunization',
    `"status":"completed","patient":{"reference":"Patient/p1"},"vaccineCode":${concept('Influenza')},"occurrenceDateTime":"2025-10-01","manufacturer":{"concept":${concept('Maker')}},"informationSource":{"concept":${concept('the parent')}},"reason":[{"concept":${concept('travel')}}],"reaction":[{"date":"2025-10-02","manifestation":{"reference":{"reference":"Observation/fever"}}}],"protocolApplied":[{"doseNumber":"2","seriesDoses":"3"}],"programEligibility":[{"program":${concept('VFC')},"programStatus":${concept('eligible')}}]`,
    { title: 'Influenza', date: '2025-10-01' },
  ],
  [
    'Procedure',
    `"status":"completed",${PATIENT},"category":[${concept('surgical')},${concept('day case')}],"code":${concept('Appendectomy')},"occurrenceDateTime":"2020-07-04","reason":[{"concept":${concept('appendicitis')}}],"used":[{"concept":${concept('mesh')}}],"complication":[{"concept":${concept('bleeding')}},{"reference":{"reference":"Condition/c7"}}],"recorded":"2020-07-05"`,
    { title: 'Appendectomy', date: '2020-07-04', status: 'past' },
  ],
  [
    'Encounter',
    `"status":"completed","class":[${concept('ambulatory')},${concept('second class')}],"type":[${concept('Check-up')}],${PATIENT},"actualPeriod":{"start":"2026-04-01T09:00:00Z","end":"2026-04-01T09:30:00Z"},"reason":[{"use":[${concept('chief complaint')}],"value":[{"concept":${concept('cough')}}]}],"participant":[{"actor":{"display":"Dr. C"}}],"diagnosis":[{"condition":[{"reference":{"reference":"Condition/c2"}}],"use":[${concept('billing')}]}],"admission":{"dischargeDisposition":${concept('home')}},"serviceType":[{"concept":${concept('general practice')}}]`,
    { title: 'Check-up', date: '2026-04-01T09:00:00Z', status: 'past', detail: 'cough' },
  ],
  [
    'DocumentReference',
    `"status":"current","type":${concept('Letter')},${PATIENT},"date":"2026-05-01T00:00:00Z","context":[{"reference":"Encounter/e3"},{"reference":"EpisodeOfCare/1"}],"period":{"start":"2026-04-30"},"facilityType":${concept('clinic')},"event":[{"concept":${concept('visit')}}],"attester":[{"mode":${concept('legal')},"party":{"display":"Dr. D"}}],"content":[{"attachment":{"title":"Letter of Dr. D"},"profile":[{"valueCoding":{"code":"pdf-format"}},{"valueUri":"urn:other"}]}],"relatesTo":[{"code":{"coding":[{"code":"replaces"}]},"target":{"reference":"DocumentReference/0"}}]`,
    { title: 'Letter of Dr. D' },
  ],
  [
    'DiagnosticReport',
    `"status":"final","code":${concept('Panel')},${PATIENT},"effectiveDateTime":"2026-01-09","conclusion":"all fine","note":[{"text":"a note"}],"supportingInfo":[{"type":${concept('history')},"reference":{"reference":"Observation/h"}}]`,
    { title: 'Panel', detail: 'all fine' },
  ],
  [
    'CarePlan',
    `"status":"active","intent":"plan","title":"Walk more",${PATIENT},"custodian":{"display":"Dr. E"},"addresses":[{"concept":${concept('obesity')}}],"activity":[{"plannedActivityReference":{"reference":"ServiceRequest/s1"}},{"performedActivity":[{"concept":${concept('walked')}}]}]`,
    { title: 'Walk more', status: 'active' },
  ],
]

group('C12: R5 is read as R4', () => {
  test.each(MOVED)('%s: %#', async (type, members, shown) => {
    const text = `{"resourceType":"${type}","id":"x1",${members}}`
    expect(fhirVersionOf(parseJsonOrNull(text))).toBe('r5')
    const item = await readOne(text)
    expect(item.readAs).toMatchObject({ version: 'r5' })
    expect(describe(item.resource)).toMatchObject(shown)
    expect(item.text).toContain(SOURCE_VERSION)
    expect(fhirVersionOf(item.resource), 'nothing of R5 is left where R4 has another element').not.toBe('r5')
    // What R4 has no place for is JSON inside the text of an extension.
    const kept = item.text.replaceAll('\\"', '"')
    expect(leavesOf(parseJsonOrNull(text)!).filter((leaf) => !kept.includes(leaf))).toEqual([])
    expect(item.text).toBe(stringifyJson(parseJsonOrNull(item.text)!))
  })

  test('a statement without adherence is neither taken nor refused: R5 "recorded" says only that somebody wrote it down', async () => {
    for (const [code, expected] of [
      ['', 'unknown'],
      ['taking-as-directed', 'active'],
      ['on-hold', 'on-hold'],
      ['stopped', 'stopped'],
      ['not-taking', 'not-taken'],
    ]) {
      const adherence = code === '' ? '' : `,"adherence":{"code":{"coding":[{"code":"${code}"}]}}`
      const { resource } = await readOne(
        `{"resourceType":"MedicationStatement","id":"a","status":"recorded","medication":{"concept":{"text":"M"}}${adherence}}`,
      )
      expect(resource['status'], code).toBe(expected)
    }
  })

  test('an R5 medicine inside a record keeps its name', async () => {
    const { resource } = await readOne(
      `{"resourceType":"MedicationRequest","id":"a","status":"active","intent":"order","contained":[{"resourceType":"Medication","id":"m","doseForm":{"text":"tablet"},"ingredient":[{"item":{"concept":{"text":"Metformin"}}}]}],"medication":{"reference":{"reference":"#m"}}}`,
    )
    expect(describe(resource).title).toBe('Metformin')
  })

  test('what cannot be read as R4 is refused by its name and its place, and the rest is read', async () => {
    const { items, refusals } = await readText(`{"resourceType":"Bundle","type":"collection","entry":[
      {"resource":{"resourceType":"Patient","id":"p1"}},
      {"resource":{"resourceType":"AuditEvent","id":"a","code":{"text":"read"},"recorded":"2026-01-01T00:00:00Z","agent":[]}},
      {"resource":{"resourceType":"MedicationStatement","id":"m","status":"recorded","medication":"Aspirin"}}]}`)
    expect(items.map(({ resourceType }) => resourceType)).toEqual(['Patient'])
    expect(refusals).toMatchObject([
      { scope: 'resource', reason: 'fhir-r5', resourceType: 'AuditEvent', place: 2 },
      { scope: 'resource', reason: 'fhir-r5', resourceType: 'MedicationStatement', place: 3 },
    ])
  })

  test('a type that only R5 has stays whole among the other records', async () => {
    const text =
      '{"resourceType":"Transport","id":"t","meta":{"profile":["http://hl7.org/fhir/5.0/StructureDefinition/Transport"]},"status":"completed"}'
    expect(await readOne(text)).toMatchObject({ collection: 'other', readAs: { version: 'r5', aside: [] } })
  })

  test.each([
    ['{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}', 'r5'],
    ['{"resourceType":"CapabilityStatement","fhirVersion":"4.3.0"}', 'r4b'],
    ['{"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient|5.0.0"]}}', 'r5'],
    ['{"resourceType":"Patient","meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient|4.3.0"]}}', 'r4b'],
    [
      '{"resourceType":"Patient","meta":{"profile":["http://hospital.example/StructureDefinition/p|5.0.1"]}}',
      'unknown',
    ],
    ['{"resourceType":"Encounter","class":{"code":"AMB"},"reason":[{"text":"cough"}],"incomingReferral":[]}', 'stu3'],
    ['{"resourceType":"Appointment","reason":{"text":"cough"}}', 'unknown'],
    ['{"resourceType":"Observation","category":{"text":"lab"},"valueAttachment":{"title":"x"}}', 'dstu2'],
    [
      '{"resourceType":"MedicationAdministration","wasNotGiven":false,"encounter":{"reference":"Encounter/1"}}',
      'dstu2',
    ],
  ])('%s shows %s', (text, version) => {
    expect(fhirVersionOf(parseJsonOrNull(text))).toBe(version)
  })

  test('no R4 record of the samples is taken for R5', async () => {
    for (const path of samplePaths().filter((each) => each !== FLETCHER)) {
      const { items } = await readFile(`${SAMPLES}/${path}`)
      for (const { resource, readAs } of items) expect(readAs?.version, stringifyJson(resource)).not.toBe('r5')
    }
  })
})
