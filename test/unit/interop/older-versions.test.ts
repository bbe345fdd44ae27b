/** FHIR DSTU2 and STU3 read as R4: what moves, what a flag means, and that no leaf of the source is lost. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe as group, expect, test } from 'vitest'
import {
  describe,
  isJsonObject,
  type JsonObject,
  JsonNumber,
  parseJsonOrNull,
  stringifyJson,
  type JsonValue,
} from '@chartkeep/domain'
import { fhirVersionOf, readForImport, sourceOf } from '@chartkeep/interop'
import { readText, SAMPLES } from '../../support/fhir-samples.ts'

const OLDER = join(SAMPLES, '../fhir-older')

async function one(resource: object): Promise<JsonObject> {
  const { items, refusals } = await readText(JSON.stringify(resource))
  expect(refusals).toEqual([])
  return items[0]!.resource
}

const P = { reference: 'Patient/1' }

group('what was not given, not taken or not done is never shown as if it was', () => {
  test.each([
    [
      'dstu2',
      {
        resourceType: 'Immunization',
        status: 'completed',
        wasNotGiven: true,
        date: '2013-01-10',
        vaccineCode: { text: 'MMR' },
      },
      'not-done',
    ],
    [
      'stu3',
      {
        resourceType: 'Immunization',
        status: 'completed',
        notGiven: true,
        date: '2013-01-10',
        vaccineCode: { text: 'MMR' },
      },
      'not-done',
    ],
    [
      'dstu2',
      {
        resourceType: 'MedicationStatement',
        status: 'active',
        wasNotTaken: true,
        patient: P,
        medicationCodeableConcept: { text: 'A' },
      },
      'not-taken',
    ],
    [
      'stu3',
      {
        resourceType: 'MedicationStatement',
        status: 'active',
        taken: 'n',
        subject: P,
        medicationCodeableConcept: { text: 'A' },
      },
      'not-taken',
    ],
    [
      'dstu2',
      { resourceType: 'MedicationAdministration', status: 'completed', wasNotGiven: true, patient: P },
      'not-done',
    ],
    ['stu3', { resourceType: 'MedicationAdministration', status: 'completed', notGiven: true, subject: P }, 'not-done'],
    ['dstu2', { resourceType: 'Procedure', status: 'completed', notPerformed: true, code: { text: 'A' } }, 'not-done'],
    ['stu3', { resourceType: 'Procedure', status: 'completed', notDone: true, code: { text: 'A' } }, 'not-done'],
    ['stu3', { resourceType: 'Communication', status: 'completed', notDone: true }, 'not-done'],
  ])('%s %j is %s', async (version, resource, status) => {
    const read = await one(resource)
    expect(read['status']).toBe(status)
    expect(describe(read).status).toBe('not-done')
    expect(stringifyJson(read)).toContain(`{"system":"urn:chartkeep:source-version","code":"${version}"}`)
  })

  test('a flag that says no changes nothing, and a record in error stays one', async () => {
    expect(
      (await one({ resourceType: 'Immunization', status: 'completed', wasNotGiven: false, date: '2013' }))['status'],
    ).toBe('completed')
    expect(
      (await one({ resourceType: 'Immunization', status: 'entered-in-error', notGiven: true, date: '2013' }))['status'],
    ).toBe('entered-in-error')
  })

  test('taken is active, and unknown where nobody knows', async () => {
    const status = async (taken: string) =>
      (await one({ resourceType: 'MedicationStatement', status: 'active', taken, subject: P }))['status']
    expect([await status('y'), await status('n'), await status('unk'), await status('na')]).toEqual([
      'active',
      'not-taken',
      'unknown',
      'unknown',
    ])
  })

  test('a refuted allergy is refuted, and one of DSTU2 in error is in error', async () => {
    const status = async (code: string) =>
      describe(await one({ resourceType: 'AllergyIntolerance', substance: { text: 'Nuts' }, status: code }))
    expect((await status('refuted')).statusCode).toBe('refuted')
    expect((await status('entered-in-error')).status).toBe('error')
    expect((await status('resolved')).status).toBe('past')
    expect((await status('active')).status).toBe('active')
  })
})

group('elements that moved', () => {
  test('an order of DSTU2 is a request of R4, with its dose, its day and its reason', async () => {
    const read = await one({
      resourceType: 'MedicationOrder',
      id: 'm1',
      status: 'active',
      dateWritten: '2015-03-01',
      patient: P,
      prescriber: { reference: 'Practitioner/1' },
      reasonCodeableConcept: { text: 'Pain' },
      note: 'with food',
      medicationCodeableConcept: { text: 'Ibuprofen' },
      dosageInstruction: [{ text: '1 daily', siteCodeableConcept: { text: 'mouth' }, doseQuantity: { value: 1 } }],
    })
    expect(read).toMatchObject({
      resourceType: 'MedicationRequest',
      intent: 'order',
      status: 'active',
      authoredOn: '2015-03-01',
      subject: P,
      requester: { reference: 'Practitioner/1' },
      reasonCode: [{ text: 'Pain' }],
      note: [{ text: 'with food' }],
    })
    expect(stringifyJson(read['dosageInstruction']!)).toBe(
      '[{"text":"1 daily","site":{"text":"mouth"},"doseAndRate":[{"doseQuantity":{"value":1}}]}]',
    )
    expect(describe(read)).toMatchObject({
      collection: 'medications',
      title: 'Ibuprofen',
      status: 'active',
      date: '2015-03-01',
    })
  })

  test('a condition of either version has concepts for its states, and its days', async () => {
    const dstu2 = await one({
      resourceType: 'Condition',
      patient: P,
      dateRecorded: '2014',
      clinicalStatus: 'resolved',
      verificationStatus: 'confirmed',
      code: { text: 'Flu' },
      category: { text: 'diagnosis' },
    })
    expect(dstu2).toMatchObject({ subject: P, recordedDate: '2014', category: [{ text: 'diagnosis' }] })
    expect(describe(dstu2)).toMatchObject({ status: 'past', statusCode: 'resolved', date: '2014' })
    const stu3 = await one({
      resourceType: 'Condition',
      subject: P,
      assertedDate: '2016',
      clinicalStatus: 'active',
      verificationStatus: 'refuted',
      code: { text: 'Flu' },
      context: { reference: 'Encounter/1' },
    })
    expect(stu3).toMatchObject({ recordedDate: '2016', encounter: { reference: 'Encounter/1' } })
    expect(describe(stu3).statusCode).toBe('refuted')
  })

  test('a resource that shows no version is of the version of the rest of its file', async () => {
    const { items } = await readText(`{"resourceType":"Bundle","type":"collection","entry":[
      {"resource":{"resourceType":"MedicationOrder","id":"2","status":"active","patient":{"reference":"Patient/1"}}},
      {"resource":{"resourceType":"Observation","id":"3","status":"final","code":{"text":"A"},"related":[{"type":"has-member","target":{"reference":"Observation/4"}}]}}]}`)
    expect(items[1]!.readAs?.version).toBe('dstu2')
    expect(items[1]!.resource).toMatchObject({ hasMember: [{ reference: 'Observation/4' }] })
  })

  test('a family name of DSTU2, which is a list, is one text', async () => {
    const { items } = await readText(
      '{"resourceType":"Patient","careProvider":[{"display":"Dr. A"}],"name":[{"family":["de la","Cruz"],"given":["Ana"]}]}',
    )
    expect(items[0]!.resource).toMatchObject({
      name: [{ family: 'de la Cruz', given: ['Ana'] }],
      generalPractitioner: [{ display: 'Dr. A' }],
    })
  })

  test('a reference to a renamed type leads to the type of today', async () => {
    const read = await one({
      resourceType: 'MedicationAdministration',
      wasNotGiven: false,
      patient: P,
      prescription: { reference: 'MedicationOrder/7' },
    })
    expect(read['request']).toEqual({ reference: 'MedicationRequest/7' })
  })
})

/** Every text, number and boolean of the value. */
function leaves(value: JsonValue | undefined, into: string[] = []): string[] {
  if (value instanceof JsonNumber) into.push(value.text)
  else if (Array.isArray(value)) for (const item of value) leaves(item, into)
  else if (isJsonObject(value)) for (const item of Object.values(value)) leaves(item, into)
  else if (value !== null && value !== undefined) into.push(String(value))
  return into
}

group('real files', () => {
  test.each([
    ['CUSTOM__hca-pat-64.json', 'dstu2'],
    ['SMART__patient-613876.fhir-bundle.xml.gz', 'dstu2'],
    ['SMART__patient-665677.fhir-bundle.json', 'stu3'],
    ['SYNTHEA__Glover_Nery_26.json.gz', 'stu3'],
  ])(
    '%s: each record is R4, no leaf of the source is lost, and a second reading gives the same',
    async (name, version) => {
      const packed = readFileSync(join(OLDER, name))
      const bytes = name.endsWith('.gz') ? gunzipSync(packed) : packed
      const read = (await readForImport(sourceOf(bytes), name))!
      expect([read.fileRefusal, read.refusals]).toEqual([null, []])
      expect(read.items.length).toBeGreaterThan(3)
      expect(new Set(read.items.map(({ readAs }) => readAs?.version))).toEqual(new Set([version]))
      for (const { resource } of read.items)
        expect(['r4', 'unknown'], stringifyJson(resource)).toContain(fhirVersionOf(resource))
      if (name.includes('.json')) {
        const source = parseJsonOrNull(bytes.toString('utf8'))
        const entries = isJsonObject(source) && Array.isArray(source['entry']) ? source['entry'] : []
        const found = new Set(read.items.flatMap(({ resource }) => leaves(resource)))
        const kept = read.items.map(({ resource }) => stringifyJson(resource)).join('')
        for (const entry of entries)
          for (const leaf of leaves(isJsonObject(entry) ? entry['resource'] : null))
            expect(
              found.has(leaf) ||
                kept.includes(JSON.stringify(leaf).slice(1, -1)) ||
                leaf.includes('MedicationOrder') ||
                /^(?:MedicationOrder|ProcedureRequest|ReferralRequest)/u.test(leaf),
              leaf,
            ).toBe(true)
      }
      const again = (await readForImport(sourceOf(bytes), name))!
      expect(again.items.map(({ identity, canonicalHash }) => [identity, canonicalHash])).toEqual(
        read.items.map(({ identity, canonicalHash }) => [identity, canonicalHash]),
      )
    },
  )
})
