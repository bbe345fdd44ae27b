/** The summary file by the structural rules of IPS 2.0; the rules themselves are tried on HL7's own samples and on broken copies. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type JsonObject, parseJsonOrNull, RECORD_TYPES, stringifyJson } from '@chartkeep/domain'
import { type IpsInput, ipsDocument, type IpsSection } from '@chartkeep/interop'
import { expect, test } from 'vitest'
import { ipsFaults } from '../../support/ips-rules.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures/fhir/ips')

function json(text: string): JsonObject {
  const value = parseJsonOrNull(text)
  if (!isJsonObject(value)) throw new Error('no object')
  return value
}

const section = (name: IpsSection['name'], records: JsonObject[], more: Partial<IpsSection> = {}): IpsSection => ({
  name,
  title: name,
  lines: [`${name} & <more>`],
  records,
  empty: 'unavailable',
  ...more,
})

const ALLERGY = json(
  '{"resourceType":"AllergyIntolerance","id":"a1","meta":{"tag":[{"code":"private-tag"}]},"text":{"status":"generated","div":"<div>secret</div>"},"code":{"text":"Penicillin"},"patient":{"reference":"Patient/77"},"encounter":{"reference":"Encounter/5"},"recorder":{"reference":"Practitioner/p1","display":"Dr Lin"}}',
)
const PRACTITIONER = json('{"resourceType":"Practitioner","id":"p1","name":[{"text":"Dr Lin"}]}')
const CLAIM = json('{"resourceType":"Claim","id":"c1","status":"active"}')
const MEDICATION = json('{"resourceType":"Medication","id":"m1","code":{"text":"Metformin"}}')
const STATEMENT = json(
  '{"resourceType":"MedicationStatement","id":"s1","status":"active","medicationReference":{"reference":"Medication/m1"},"subject":{"reference":"urn:uuid:5b1b4a9e-0000-4000-8000-000000000077"},"reasonReference":[{"reference":"Claim/c1"}]}',
)
const REQUEST = json(
  '{"resourceType":"MedicationRequest","id":"r1","status":"active","intent":"order","medicationReference":{"reference":"Medication/gone","display":"Aspirin"},"subject":{"reference":"Patient/77"}}',
)
const LAB = json(
  '{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"HbA1c"},"subject":{"reference":"Patient/77"},"effectiveDateTime":"2024","valueQuantity":{"value":6.90,"unit":"%"}}',
)
const EMPTY_LAB = json('{"resourceType":"Observation","id":"o2","status":"final","code":{"text":"CRP"}}')
const VACCINE = json(
  '{"resourceType":"Immunization","id":"i1","status":"completed","patient":{"reference":"Patient/77"}}',
)

let count = 0
const INPUT: IpsInput = {
  title: 'Summary',
  language: 'en',
  person: {
    name: 'Mei Chen',
    birthDate: '',
    gender: 'female',
    numbers: ['MR-1'],
    death: null,
    contacts: [{ name: 'Bo', relationship: 'husband', phone: '0912' }],
  },
  sections: [
    section('allergies', [ALLERGY]),
    section('medications', [STATEMENT, REQUEST]),
    section('problems', [], { empty: 'nilknown' }),
    section('results', [LAB, EMPTY_LAB]),
    section('immunizations', [VACCINE, CLAIM]),
  ],
  others: [PRACTITIONER, CLAIM, MEDICATION],
  now: Date.parse('2026-11-22T01:00:00Z'),
  zone: 'Asia/Taipei',
  newId: () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`,
}

test('IPS: the rules accept what HL7 published, and refuse each broken copy', () => {
  for (const name of ['IPS-bundle-01.json', 'Bundle-bundle-ips-all-sections.json'])
    expect(ipsFaults(readFileSync(join(FIXTURES, name), 'utf8')), name).toEqual([])
  const sound = stringifyJson(ipsDocument(INPUT))
  const broken: [RegExp | string, string, RegExp][] = [
    ['"type":"document"', '"type":"collection"', /document Bundle/u],
    [/"timestamp":"[^"]*",/u, '', /bdl-10/u],
    ['"Composition","id"', '"Basic","id"', /bdl-11/u],
    ['48765-2', '48765-3', /section 48765-2/u],
    [/"emptyReason":\{"coding":\[\{[^}]*\}\]\}/u, '"emptyReason":null', /ips-comp-1/u],
    [/"performer":\[\{"extension":\[\{[^}]*\}\]\}\]/u, '"performer":[]', /a performer/u],
    ['"_birthDate"', '"birth"', /Patient\.birthDate/u],
    ['"display":"Dr Lin"', '"reference":"Practitioner/p1"', /leads nowhere/u],
  ]
  for (const [from, to, fault] of broken) {
    const changed = sound.replace(from, to)
    expect(changed, String(from)).not.toBe(sound)
    expect(ipsFaults(changed).join('\n'), String(from)).toMatch(fault)
  }
})

test('IPS: a summary has the Composition first, the required sections, and no reference that leads out of it', () => {
  const text = stringifyJson(ipsDocument(INPUT))
  expect(ipsFaults(text)).toEqual([])
  // What nobody ticked stays at home: ids of other records, tags, narratives, claims.
  expect(text).not.toMatch(/private-tag|secret|Encounter\/|Claim|Patient\/77/u)
  // Numbers as they were written; no day is made up, and what was recorded stays readable.
  expect(text).toContain('"value":6.90')
  expect(text).toContain('Date as recorded: 2024')
  expect(text).not.toContain('"effectiveDateTime":"2024"')
  // Who is named comes along once; a medicine that is not here keeps its words.
  expect(text.match(/"resourceType":"Practitioner"/gu)).toHaveLength(1)
  expect(text.match(/"resourceType":"Medication"/gu)).toHaveLength(1)
  expect(text).toContain('"medicationCodeableConcept":{"text":"Aspirin"}')
  expect(text).toContain('allergies &amp; &lt;more&gt;')
})

test('IPS: an implant is in the section of devices as a use of it since its day, with the person whom the summary is about', () => {
  const { form } = RECORD_TYPES.Device
  const stent = form.make(
    { ...form.empty, name: 'Stent', status: 'active', implantedOn: '2019-03', udi: '(01)05414734509565' },
    'Patient/77',
  )
  const bare = json('{"resourceType":"Device","id":"d2","patient":{"reference":"Patient/77"},"type":{"text":"Lens"}}')
  const text = stringifyJson(
    ipsDocument({ ...INPUT, sections: [...INPUT.sections, section('devices', [stent, bare])] }),
  )
  expect(ipsFaults(text)).toEqual([])
  const bundle = JSON.parse(text) as {
    entry: {
      fullUrl: string
      resource: {
        resourceType: string
        section?: { code: { coding: { code: string }[] }; entry?: { reference: string }[] }[]
      }
    }[]
  }
  const uses = bundle.entry.filter(({ resource }) => resource.resourceType === 'DeviceUseStatement')
  const patient = bundle.entry.find(({ resource }) => resource.resourceType === 'Patient')?.fullUrl
  const listed = bundle.entry[0]?.resource.section?.find(({ code }) => code.coding[0]?.code === '46264-8')
  expect(listed?.entry?.map(({ reference }) => reference)).toEqual(uses.map(({ fullUrl }) => fullUrl))
  expect(uses[0]?.resource).toMatchObject({
    status: 'active',
    subject: { reference: patient },
    timingDateTime: '2019-03',
    device: { reference: '#device' },
    contained: [
      {
        resourceType: 'Device',
        id: 'device',
        type: { text: 'Stent' },
        udiCarrier: [{ deviceIdentifier: '05414734509565' }],
      },
    ],
  })
  // What nobody said is marked as not known.
  expect(uses[1]?.resource).toMatchObject({
    _status: { extension: [{ valueCode: 'unknown' }] },
    _timingDateTime: { extension: [{ valueCode: 'unknown' }] },
  })
})

test('IPS: each of its UUIDs is another, the records given are not touched, and a required section cannot be left out', () => {
  const before = stringifyJson(ALLERGY)
  const bundle = JSON.parse(stringifyJson(ipsDocument(INPUT))) as { entry: { fullUrl: string }[] }
  expect(new Set(bundle.entry.map(({ fullUrl }) => fullUrl)).size).toBe(bundle.entry.length)
  expect(stringifyJson(ALLERGY)).toBe(before)
  const [, ...rest] = INPUT.sections
  expect(() => ipsDocument({ ...INPUT, sections: rest })).toThrow('allergies')
  expect(() => ipsDocument({ ...INPUT, sections: [section('allergies', [], { lines: [] }), ...rest] })).toThrow(
    'says nothing',
  )
})

/** What FHIR R4 allows as a dateTime and as an instant (https://hl7.org/fhir/R4/datatypes.html). */
const DATE_TIME =
  /^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1])(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?$/u

test.each([
  ['2024', undefined],
  ['2024-03', undefined],
  ['2024-03-09', '2024-03-09'],
  ['2024-03-09T08:30:00+08:00', '2024-03-09T08:30:00+08:00'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:60Z'],
  // Without an offset it is a time where the file is made, without seconds it has none.
  ['2024-03-09T08:30:00', '2024-03-09T00:30:00Z'],
  ['2024-03-09T08:30', '2024-03-09T00:30:00Z'],
  ['2024-03-09T08:30+08:00', '2024-03-09T00:30:00Z'],
])('A summary file holds %s as FHIR allows it', (date, wanted) => {
  const lab = json(
    JSON.stringify({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'CRP' },
      effectiveDateTime: date,
      issued: date,
      note: [{ time: date, text: date }],
      valueString: date,
    }),
  )
  const illness = json(
    JSON.stringify({
      resourceType: 'Condition',
      code: { text: 'Gout' },
      onsetDateTime: date,
      subject: { reference: 'Patient/77' },
    }),
  )
  const input = {
    ...INPUT,
    person: { ...INPUT.person, death: date },
    sections: INPUT.sections.map((one) =>
      one.name === 'results'
        ? { ...one, records: [lab] }
        : one.name === 'problems'
          ? { ...one, records: [illness] }
          : one,
    ),
  }
  const text = stringifyJson(ipsDocument(input))
  const bundle = JSON.parse(text) as { entry: { resource: { [element: string]: unknown; resourceType: string } }[] }
  const of = (type: string) => bundle.entry.find(({ resource }) => resource.resourceType === type)!.resource
  expect(of('Observation')['effectiveDateTime']).toBe(wanted)
  expect(of('Observation')['valueString']).toBe(date)
  for (const written of [of('Condition')['onsetDateTime'], of('Patient')['deceasedDateTime']])
    expect(written).toMatch(DATE_TIME)
  expect(text).not.toMatch(/Invalid|NaN/u)
})
