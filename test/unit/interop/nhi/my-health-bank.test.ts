/** Fixtures are synthetic (test/fixtures/nhi/SOURCE.md). */
import { readFileSync } from 'node:fs'
import { describe as group, expect, test } from 'vitest'
import { describe, stringAt, type JsonObject } from '@chartkeep/domain'
import { readForImport, sourceOf, type ImportRead } from '@chartkeep/interop'

const bytes = (name: string) => readFileSync(new URL(`../../../fixtures/nhi/${name}`, import.meta.url))
const read = async (content: Uint8Array, name = '健康存摺.json') => (await readForImport(sourceOf(content), name))!
const shown = ({ items }: ImportRead) =>
  items.map(({ resource }) => {
    const { title, date, value, detail } = describe(resource)
    return [resource['resourceType'], date, title, value?.shown ?? detail].join(' | ')
  })
const typeCounts = ({ items }: ImportRead) => {
  const counts: Record<string, number> = {}
  for (const { resourceType } of items) counts[resourceType] = (counts[resourceType] ?? 0) + 1
  return counts
}
const edited = (change: (data: Record<string, unknown>) => void) => {
  const file = JSON.parse(bytes('mhb-sample.json').toString()) as { myhealthbank: { bdata: Record<string, unknown> } }
  change(file.myhealthbank.bdata)
  return Buffer.from(JSON.stringify(file))
}

group('My Health Bank of Taiwan', () => {
  test('every section of the made file becomes records, with raw tabs in its reports', async () => {
    const file = await read(bytes('made-full-1.json'))
    expect([file.kind, file.fileRefusal, file.refusals]).toEqual(['my-health-bank', null, []])
    expect(typeCounts(file)).toEqual({
      Patient: 1,
      Encounter: 10,
      Condition: 10,
      Procedure: 1,
      MedicationRequest: 14,
      ServiceRequest: 8,
      AllergyIntolerance: 1,
      Consent: 1,
      Immunization: 3,
      Observation: 26,
      DiagnosticReport: 1,
      CarePlan: 1,
    })
    // The order for triglycerides has no result.
    expect(file.skipped).toMatchObject([{ what: 'r7', reason: 'no-content' }])
    const { found, taken, skipped, refused } = file.counts
    expect(taken + skipped + refused).toBe(found)
  })

  test('results keep their limits and words, and have a unit only where the file writes one', async () => {
    const file = await read(bytes('made-full-1.json'))
    const results = shown(file).filter((line) => line.startsWith('Observation'))
    expect(results.slice(0, 7)).toEqual([
      'Observation | 2025-01-10 | Glucose AC | 140',
      'Observation | 2025-11-06 | HbA1c | 6.4',
      'Observation | 2025-09-08 | Creatinine | 1.19',
      'Observation | 2025-04-18 | T-Cho | <200',
      'Observation | 2025-07-17 | HBsAg | Negative',
      'Observation | 2025-10-12 | Urine protein | 1+',
      'Observation | 2025-07-26 | WBC | 6.42 10^3/uL',
    ])
    const flags = file.items
      .filter(({ resourceType }) => resourceType === 'Observation')
      .map(({ resource }) => describe(resource).value?.flag)
    expect(flags.slice(0, 3)).toEqual(['high', 'high', 'normal'])
  })

  test('an allergy has its symptoms and severity, a report its lines, a stay the precision of its months', async () => {
    const { items } = await read(bytes('made-full-1.json'))
    const of = (type: string) =>
      items.filter(({ resourceType }) => resourceType === type).map(({ resource }) => resource)
    expect(JSON.parse(JSON.stringify(of('AllergyIntolerance')[0]!['reaction']))).toEqual([
      { manifestation: [{ text: '皮疹' }, { text: '蕁麻疹' }], severity: 'moderate' },
    ])
    const data = stringAt(of('DiagnosticReport')[0], 'presentedForm', 'data')
    expect(Buffer.from(data, 'base64').toString()).toContain('\t')
    const stay = of('Encounter').find((each) => stringAt(each, 'class', 'code') === 'IMP') as JsonObject
    expect(stringAt(stay, 'period', 'start')).toBe('2025-03')
    const pharmacy = of('Encounter').find(
      (each) => stringAt(each, 'serviceProvider', 'display') === '示範藥局',
    ) as JsonObject
    expect(stringAt(pharmacy, 'period', 'start')).toBe('2025-10-28')
  })

  test('JSON and XML of the same sections give the same records', async () => {
    const xml = await read(bytes('made-full-1.xml'), '健康存摺.xml')
    expect(xml.kind).toBe('my-health-bank')
    const json = JSON.parse(
      bytes('made-full-1.json')
        .toString()
        .replace(/^\ufeff/u, '')
        .replaceAll('\t', '\\t'),
    ) as {
      myhealthbank: { bdata: Record<string, unknown> }
    }
    const { bdata } = json.myhealthbank
    for (const key of Object.keys(bdata)) if (/^r(?:9|1\d)$/iu.test(key)) delete bdata[key]
    const same = await read(Buffer.from(JSON.stringify(json)))
    expect(shown(xml)).toEqual(shown(same))
    expect(xml.items.map(({ identity }) => identity)).toEqual(same.items.map(({ identity }) => identity))
  })

  test('a file of another make: fields that nobody described are named, sections without data are none', async () => {
    const file = await read(bytes('mhb-sample.json'))
    expect(file.skipped).toEqual([{ type: 'skipped', what: 'r1.99', reason: 'no-place', place: 4, file: '' }])
    expect(typeCounts(file)).toMatchObject({ Encounter: 5, MedicationRequest: 5, ServiceRequest: 1, Immunization: 1 })
    const person = file.people.patients
    expect(person).toHaveLength(1)
    expect(person[0]!.count).toBe(file.items.length)
  })

  test('a new file of the same years changes nothing, also where rows were added or moved', async () => {
    const before = await read(bytes('mhb-sample.json'))
    const after = await read(
      edited((data) => {
        data['b1.2'] = '20260901'
        const rows = data['r1'] as Record<string, unknown>[]
        rows.unshift({ ...rows[1], 'r1.5': '20260805', 'r1.7': '0099' })
        for (const row of data['r7'] as Record<string, unknown>[]) row['r7.7'] = '202609010000'
      }),
    )
    const names = new Map(after.items.map(({ identity, canonicalHash }) => [identity, canonicalHash]))
    for (const { identity, canonicalHash } of before.items) expect(names.get(identity)).toBe(canonicalHash)
    expect(after.items.length).toBeGreaterThan(before.items.length)
  })

  test('values may be text, numbers, null or empty', async () => {
    const file = await read(
      edited((data) => {
        data['r10'] = [
          { 'r10.1': 9, 'r10.2': null, 'r10.5': 20240301, 'r10.6': 170.5, 'r10.7': '', 'r10.10': 120, 'r10.11': 80 },
        ]
      }),
    )
    const lines = shown(file).filter((line) => line.includes('2024-03-01'))
    expect(lines).toContain('Observation | 2024-03-01 | 身高 | 170.5 cm')
    expect(lines).toContain('Observation | 2024-03-01 | 血壓 | 120/80 mmHg')
  })

  test('no prefix of a file makes the reader throw', async () => {
    const whole = bytes('made-full-1.json')
    for (let end = 0; end < whole.length; end += 401) {
      const { fileRefusal } = await read(whole.subarray(0, end))
      expect(fileRefusal?.reason).not.toBe('failed')
    }
  })
})
