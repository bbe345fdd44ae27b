import { describe as group, expect, test } from 'vitest'
import type { FhirItem } from '@chartkeep/interop'
import { findPatients, type Belonging } from '@chartkeep/interop/people'
import { FLETCHER, LAWERENCE, readFile, readText, SAMPLES } from '../../support/fhir-samples.ts'

const bundle = (...entries: [resource: string, fullUrl?: string][]) =>
  `{"resourceType":"Bundle","type":"collection","entry":[${entries.map(([resource, fullUrl]) => `{${fullUrl === undefined ? '' : `"fullUrl":"${fullUrl}",`}"resource":${resource}}`).join()}]}`

/** For each resource by type/id: how it relates to each patient, in the order of the patients. */
async function standing(text: string): Promise<{ patients: string[]; table: { [item: string]: Belonging[] } }> {
  const { items } = await readText(text)
  const people = findPatients(items)
  const name = (item: FhirItem) => `${item.resourceType}/${String(item.resource['id'])}`
  return {
    patients: people.patients.map((patient) => patient.name),
    table: Object.fromEntries(
      items.map((item) => [name(item), people.patients.map((patient) => people.belongsTo(item, patient))]),
    ),
  }
}

const MEI = '{"resourceType":"Patient","id":"mei","name":[{"text":"Mei"}],"birthDate":"1992-03","gender":"female"}'
const LIN = '{"resourceType":"Patient","id":"lin","name":[{"text":"Lin"}]}'

test('each resource goes to its own person, and nobody else', async () => {
  const { patients, table } = await standing(
    bundle(
      [MEI],
      [LIN],
      [
        '{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/mei"},"performer":[{"reference":"Practitioner/d"}]}',
      ],
      [
        '{"resourceType":"AllergyIntolerance","id":"2","patient":{"reference":"Patient/lin"},"recorder":{"reference":"PractitionerRole/r"}}',
      ],
      ['{"resourceType":"Coverage","id":"3","beneficiary":{"reference":"Patient/lin"}}'],
      ['{"resourceType":"Task","id":"4","for":{"reference":"Patient/mei"}}'],
      ['{"resourceType":"RelatedPerson","id":"5","patient":{"reference":"Patient/mei"}}'],
      ['{"resourceType":"Observation","id":"6","subject":{"reference":"RelatedPerson/5"}}'],
      ['{"resourceType":"Provenance","id":"7","target":[{"reference":"Observation/1"}]}'],
      [
        '{"resourceType":"Appointment","id":"8","participant":[{"actor":{"reference":"Patient/mei"}},{"actor":{"reference":"Patient/lin"}}]}',
      ],
      ['{"resourceType":"Practitioner","id":"d"}'],
      ['{"resourceType":"PractitionerRole","id":"r","organization":{"reference":"Organization/o"}}'],
      ['{"resourceType":"Organization","id":"o"}'],
      ['{"resourceType":"Medication","id":"m"}'],
    ),
  )
  expect(patients).toEqual(['Mei', 'Lin'])
  expect(table).toEqual({
    'Patient/mei': ['yes', 'other'],
    'Patient/lin': ['other', 'yes'],
    'Observation/1': ['yes', 'other'],
    'AllergyIntolerance/2': ['other', 'yes'],
    'Coverage/3': ['other', 'yes'],
    'Task/4': ['yes', 'other'],
    'RelatedPerson/5': ['yes', 'other'],
    'Observation/6': ['yes', 'other'],
    'Provenance/7': ['yes', 'other'],
    'Appointment/8': ['yes', 'yes'],
    'Practitioner/d': ['common', 'other'],
    'PractitionerRole/r': ['other', 'common'],
    'Organization/o': ['other', 'common'],
    'Medication/m': ['common', 'common'],
  })
})

test('one person in the file: what names nobody is theirs to keep', async () => {
  const { table } = await standing(bundle([MEI], ['{"resourceType":"Organization","id":"o"}']))
  expect(table['Organization/o']).toEqual(['common'])
})

test('references by urn:uuid, by server, by identifier and by display all find the person', async () => {
  const uuid = 'fe0562b5-f517-4951-8366-32fdab088930'
  const { table } = await standing(
    bundle(
      [`{"resourceType":"Patient","id":"mei","identifier":[{"system":"urn:mrn","value":"7"}]}`, `urn:uuid:${uuid}`],
      ['{"resourceType":"Patient","id":"lin"}', 'https://a.example/fhir/Patient/lin'],
      [`{"resourceType":"Basic","id":"1","subject":{"reference":"urn:uuid:${uuid}"}}`],
      ['{"resourceType":"Basic","id":"2","subject":{"reference":"Patient?identifier=urn:mrn|7"}}'],
      ['{"resourceType":"Basic","id":"3","subject":{"type":"Patient","identifier":{"system":"urn:mrn","value":"7"}}}'],
      ['{"resourceType":"Basic","id":"4","subject":{"reference":"Patient/lin"}}', 'https://a.example/fhir/Basic/4'],
    ),
  )
  expect([1, 2, 3, 4].map((id) => table[`Basic/${id}`])).toEqual([
    ['yes', 'other'],
    ['yes', 'other'],
    ['yes', 'other'],
    ['other', 'yes'],
  ])
})

group('what is not settled is never given to a person', () => {
  test('a name that two patients carry', async () => {
    const { table } = await standing(
      bundle(
        ['{"resourceType":"Patient","id":"1","gender":"male"}', 'https://a.example/fhir/Patient/1'],
        ['{"resourceType":"Patient","id":"1","gender":"female"}', 'https://b.example/fhir/Patient/1'],
        ['{"resourceType":"Observation","id":"x","subject":{"reference":"Patient/1"}}'],
      ),
    )
    expect(table['Observation/x']).toEqual(['unclear', 'unclear'])
  })

  test('a person whom the file only refers to is another person', async () => {
    const { patients, table } = await standing(
      bundle(
        [MEI],
        ['{"resourceType":"Observation","id":"x","subject":{"reference":"Patient/absent","display":"Somebody"}}'],
      ),
    )
    expect(patients).toEqual(['Mei', 'Somebody'])
    expect(table['Observation/x']).toEqual(['other', 'yes'])
  })

  test('an absolute reference to another server is not the patient of this one', async () => {
    const { table } = await standing(
      bundle(
        ['{"resourceType":"Patient","id":"1"}', 'https://a.example/fhir/Patient/1'],
        ['{"resourceType":"Observation","id":"x","subject":{"reference":"https://evil.example/fhir/Patient/1"}}'],
      ),
    )
    expect(table['Observation/x']).toEqual(['other', 'yes'])
  })
})

test('observations without their Patient, as in NDJSON by type, list the person by reference', async () => {
  const line = (id: number, person: string) =>
    `{"resourceType":"Observation","id":"${id}","subject":{"reference":"Patient/${person}"}}`
  const { items } = await readText([line(1, 'a'), line(2, 'a'), line(3, 'b')].join('\n'), 'Observation.ndjson')
  expect(findPatients(items).patients.map(({ key, count, item }) => [key, count, item])).toEqual([
    ['reference Patient/a', 2, null],
    ['reference Patient/b', 1, null],
  ])
})

test('a contained patient is one person for all resources that contain the same', async () => {
  const holder = (id: number, name: string) =>
    `{"resourceType":"Observation","id":"${id}","contained":[{"resourceType":"Patient","id":"p","name":[{"text":"${name}"}],"birthDate":"1992"}],"subject":{"reference":"#p"}}`
  const { items } = await readText(bundle([holder(1, 'Mei')], [holder(2, 'Mei')], [holder(3, 'Lin')]))
  expect(findPatients(items).patients.map(({ name, count, birthDate }) => [name, count, birthDate])).toEqual([
    ['Mei', 2, '1992'],
    ['Lin', 1, '1992'],
  ])
})

test('resources that refer to one another in a ring end', async () => {
  const { table } = await standing(
    bundle(
      [MEI],
      [LIN],
      ['{"resourceType":"Provenance","id":"1","target":[{"reference":"Provenance/2"}]}'],
      ['{"resourceType":"Provenance","id":"2","target":[{"reference":"Provenance/1"}]}'],
      ['{"resourceType":"Organization","id":"o","partOf":{"reference":"Organization/o"}}'],
    ),
  )
  expect(table['Provenance/1']).toEqual(['common', 'common'])
})

test.each([
  [FLETCHER, 'Mr. Fletcher Hyatt', '1915-07-03', 1111],
  [LAWERENCE, 'Mr. Lawerence6 Baumbach677', '', 1379],
])('%s is the chart of one person', async (path, name, birthDate, all) => {
  const { items } = await readFile(`${SAMPLES}/${path}`)
  const people = findPatients(items)
  expect(people.patients).toHaveLength(1)
  const [patient] = people.patients
  expect(patient!.name).toBe(name)
  if (birthDate !== '') expect(patient!.birthDate).toBe(birthDate)
  expect(
    items.filter((item) => people.belongsTo(item, patient!) === 'yes' || people.belongsTo(item, patient!) === 'common'),
  ).toHaveLength(all)
})

// In step with their size they take seconds; with its square they would take many minutes, on a busy machine as well.
group('files made to hold a device up', { timeout: 60_000 }, () => {
  const made = (count: number, resource: (at: number) => object) =>
    Array.from({ length: count }, (_, at): [string] => [JSON.stringify(resource(at))])
  const references = (count: number, to: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => ({ reference: to(at) }))

  test('records that all name one another are each gone through once', async () => {
    const all = made(150, (at) => ({
      resourceType: 'Provenance',
      id: `p${at}`,
      target: references(150, (other) => `Provenance/p${other}`),
    }))
    const { table } = await standing(bundle([MEI], [LIN], ...all))
    expect(table['Provenance/p149']).toEqual(['common', 'common'])
  })

  test('twenty thousand people, and as many records of nobody', async () => {
    const people = made(20_000, (at) => ({ resourceType: 'Patient', id: `n${at}` }))
    const others = made(20_000, (at) => ({ resourceType: 'Practitioner', id: `d${at}` }))
    const visit = made(1, () => ({
      resourceType: 'Basic',
      subject: { reference: 'Patient/n5' },
      author: { reference: 'Practitioner/d7' },
    }))
    const { items } = await readText(bundle([MEI], ...people, ...others, ...visit))
    const { patients, belongsTo } = findPatients(items)
    expect(patients).toHaveLength(20_001)
    const standings = new Map(items.map((item) => [String(item.resource['id']), belongsTo(item, patients[0]!)]))
    expect(standings.get('d7')).toBe('other')
    expect(standings.get('d8')).toBe('common')
    expect(standings.get('n5')).toBe('other')
  })

  test('a record that refers to each of ten thousand contained ones', async () => {
    const { patients } = await standing(
      bundle([
        JSON.stringify({
          resourceType: 'Basic',
          id: '1',
          subject: references(10_000, (at) => `#c${at}`),
          contained: Array.from({ length: 10_000 }, (_, at) => ({ resourceType: 'Patient', id: `c${at}` })),
        }),
      ]),
    )
    expect(patients).toHaveLength(1)
  })

  test('where the records of a file name more people together than a device can hold, the last ones are unclear and nobody gets them', async () => {
    const people = made(3000, (at) => ({ resourceType: 'Patient', id: `n${at}` }))
    const groups = made(2, (half) => ({
      resourceType: 'Basic',
      id: `g${half}`,
      subject: references(1500, (at) => `Patient/n${half * 1500 + at}`),
    }))
    const notes = made(2000, (at) => ({
      resourceType: 'Provenance',
      id: `p${at}`,
      target: [{ reference: 'Basic/g0' }, { reference: 'Basic/g1' }],
    }))
    const { items } = await readText(bundle(...people, ...groups, ...notes))
    const { patients, belongsTo } = findPatients(items)
    const of = (id: string) =>
      belongsTo(
        items.find((item) => item.resource['id'] === id)!,
        patients[0]!,
      )
    expect([of('g0'), of('g1'), of('p0'), of('p1999')]).toEqual(['yes', 'other', 'yes', 'unclear'])
  })
})
