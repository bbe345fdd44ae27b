/** Every example of docs/gateway/examples.md, run against a chart that holds one record of each kind: each finds it, in REST and in GraphQL. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectionOf, COLLECTIONS, parseJsonObject } from '@chartkeep/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGatewayWorld, type GatewayWorld } from '../../support/gateway-world.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/gateway/examples.md'), 'utf8')
const examples = page
  .split(/^## /mu)
  .slice(1)
  .map((section): [string, string, string] => [
    section.split('\n')[0]!,
    /```http\nGET (.*)\n```/u.exec(section)![1]!,
    /```graphql\n([\s\S]*?)```/u.exec(section)![1]!,
  ])

const coding = (system: string, code: string, text = code) => ({ coding: [{ system, code }], text })
const patient = { reference: 'Patient/mei' }
const RECORDS: object[] = [
  {
    resourceType: 'Patient',
    id: 'mei',
    name: [{ text: 'Mei Chen', family: 'Chen', given: ['Mei'] }],
    birthDate: '1980-02-01',
    gender: 'female',
    identifier: [{ system: 'urn:clinic', value: 'MRN-100' }],
  },
  {
    resourceType: 'DocumentReference',
    status: 'current',
    meta: { tag: [{ system: 'urn:chartkeep:tag', code: 'diabetes' }] },
    type: coding('http://loinc.org', '11502-2'),
    subject: patient,
    description: 'Result',
    content: [{ attachment: { contentType: 'text/plain', data: 'YQ==', title: 'a.txt' } }],
  },
  {
    resourceType: 'AllergyIntolerance',
    clinicalStatus: coding('http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', 'active'),
    patient,
    code: { text: 'Penicillin' },
    reaction: [{ severity: 'severe', manifestation: [{ text: 'Hives' }] }],
  },
  {
    resourceType: 'Immunization',
    status: 'completed',
    patient,
    vaccineCode: { text: 'Influenza' },
    occurrenceDateTime: '2026-10-01',
    lotNumber: 'A1',
    protocolApplied: [{ doseNumberPositiveInt: 1 }],
  },
  {
    resourceType: 'MedicationStatement',
    status: 'active',
    subject: patient,
    medicationCodeableConcept: { text: 'Metformin' },
    dosage: [{ text: '500 mg' }],
  },
  {
    resourceType: 'Observation',
    id: 'a1c',
    status: 'final',
    category: [coding('http://terminology.hl7.org/CodeSystem/observation-category', 'laboratory')],
    code: coding('http://loinc.org', '4548-4'),
    subject: patient,
    effectiveDateTime: '2026-11-01',
    valueQuantity: { value: 6.1, unit: '%' },
  },
  {
    resourceType: 'DiagnosticReport',
    status: 'final',
    subject: patient,
    code: { text: 'HbA1c' },
    result: [{ reference: 'Observation/a1c' }],
  },
  { resourceType: 'Practitioner', id: 'lin', name: [{ text: 'Dr. Lin', family: 'Lin' }] },
  {
    resourceType: 'PractitionerRole',
    practitioner: { reference: 'Practitioner/lin' },
    specialty: [coding('http://snomed.info/sct', '394579002')],
  },
  {
    resourceType: 'RelatedPerson',
    patient,
    name: [{ text: 'Wei Chen' }],
    relationship: [coding('http://terminology.hl7.org/CodeSystem/v2-0131', 'C')],
  },
  {
    resourceType: 'CarePlan',
    status: 'active',
    intent: 'plan',
    subject: patient,
    title: 'Diet',
    description: 'Less sugar',
  },
  {
    resourceType: 'Communication',
    status: 'completed',
    subject: patient,
    sent: '2026-11-02T10:00:00Z',
    payload: [{ contentString: 'Hello' }],
  },
  {
    resourceType: 'Appointment',
    status: 'booked',
    start: '2026-12-05T10:00:00Z',
    end: '2026-12-05T10:20:00Z',
    participant: [{ actor: patient, status: 'accepted' }],
  },
  {
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    subject: patient,
    period: { start: '2026-11-20T09:00:00Z' },
    identifier: [{ value: 'V-1' }],
  },
  {
    resourceType: 'Composition',
    status: 'final',
    type: coding('http://loinc.org', '11506-3'),
    subject: patient,
    date: '2026-11-20',
    author: [{ display: 'Dr. Lin' }],
    title: 'Visit',
    section: [
      { title: 'Plan', text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Rest</div>' } },
    ],
  },
]

let world: GatewayWorld
let key = ''
let person = ''

beforeAll(async () => {
  world = await createGatewayWorld()
  for (const record of RECORDS) {
    const resource = JSON.stringify(record)
    const saved = await world.chart.save({ collection: collectionOf(parseJsonObject(resource)), resource })
    if (saved.type !== 'saved') throw new Error(`${resource}: ${saved.type}`)
  }
  const lists = COLLECTIONS.filter((name) => name !== 'audit').map((name) => [name, ['read' as const]] as const)
  key = (
    await world.program('Examples', 'read', Object.fromEntries(lists.map(([name, rights]) => [name, [...rights]])))
  ).key
  await world.settle()
  const found = (await world.ask(key, '/fhir/Patient?identifier=MRN-100')).json()
  person = found.entry[0].resource.id
}, 120_000)
afterAll(() => world.close())

test('there is an example for each kind of record', () => {
  expect(examples).toHaveLength(14)
})

test.each(examples)('the examples of %s find a record', async (_name, rest, graphql) => {
  const answer = await world.ask(key, rest.replace(/=P(?=&|$)/gu, `=${person}`))
  expect(answer.text).toContain('"resourceType":"Bundle"')
  expect(answer.json().total).toBeGreaterThan(0)
  const asked = await world.ask(key, '/graphql', {
    method: 'POST',
    body: JSON.stringify({ query: graphql.replaceAll('"P"', `"${person}"`) }),
    headers: { 'content-type': 'application/json' },
  })
  const { data, errors } = asked.json()
  expect(errors).toBeUndefined()
  const [found] = Object.values(data) as unknown[]
  expect(Array.isArray(found) ? found.length : Number(found !== null)).toBeGreaterThan(0)
})
