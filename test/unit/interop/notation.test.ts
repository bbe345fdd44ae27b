/** C15: the same fact in another notation is the same record. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe as group, expect, test } from 'vitest'
import {
  importIdentities,
  isJsonObject,
  JsonNumber,
  jsonObject,
  parseJsonOrNull,
  plainNotation,
  plainSystem,
  plainTime,
  prettyJson,
  stringifyJson,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'
import type { FhirItem } from '@chartkeep/interop'
import { FLETCHER, readText, SAMPLES, sampleText } from '../../support/fhir-samples.ts'

test.each([
  ['2026-01-05T08:00:00+08:00', '2026-01-05T00:00:00Z'],
  ['2026-01-05T00:00:00.000Z', '2026-01-05T00:00:00Z'],
  ['2026-01-05T00:00:00.1500+00:00', '2026-01-05T00:00:00.15Z'],
  ['2026-01-04T19:30Z', '2026-01-04T19:30:00Z'],
  ['2026-01-05T08:00:00.00', '2026-01-05T08:00:00'],
  ['2026-01-05', '2026-01-05'],
  ['2026-01', '2026-01'],
  ['2026-13-05T08:00:00Z', '2026-13-05T08:00:00Z'],
  ['2016-12-31T23:59:60Z', '2016-12-31T23:59:60Z'],
  ['at 2026-01-05T08:00:00Z', 'at 2026-01-05T08:00:00Z'],
])('the time %s is %s', (written, plain) => {
  expect(plainTime(written)).toBe(plain)
  expect(plainTime(plain)).toBe(plain)
})

test.each([
  ['1.2.840.1', 'urn:oid:1.2.840.1'],
  ['URN:OID:1.2.840.1', 'urn:oid:1.2.840.1'],
  ['urn:oid:2.16.840.1.113883.6.1', 'http://loinc.org'],
  ['https://LOINC.org/', 'http://loinc.org'],
  [' HTTP://Hospital.example/Ids// ', 'http://hospital.example/Ids'],
  ['urn:uuid:ABCDEF', 'urn:uuid:abcdef'],
  ['urn:example:Ids', 'urn:example:Ids'],
  ['1.2', '1.2'],
  ['12.5.3', '12.5.3'],
])('the system %s is %s', (written, plain) => {
  expect(plainSystem(written)).toBe(plain)
  expect(plainSystem(plain)).toBe(plain)
})

test.each([
  ['1.5e1', '15'],
  ['15E-1', '1.5'],
  ['2e-3', '0.002'],
  ['-1.50E+1', '-15.0'],
  ['1e2', '1e2'],
  ['1.0e3', '10e2'],
  ['1.10', '1.10'],
  ['100', '100'],
])('the number %s is %s, with no digit more or less', (written, plain) => {
  expect(stringifyJson(plainNotation<JsonValue>(new JsonNumber(written)))).toBe(plain)
})

test('what differs in meaning keeps its own name: another time, a day, another path, another precision', () => {
  const of = (when: string, system: string) =>
    importIdentities(
      parseJsonOrNull(
        `{"resourceType":"Observation","code":{"text":"K"},"effectiveDateTime":"${when}","identifier":[{"system":"${system}","value":"7"}]}`,
      ),
    )[0]
  const all = [
    of('2026-01-05T08:00:00Z', 'http://a.example/x'),
    of('2026-01-05T08:00:01Z', 'http://a.example/x'),
    of('2026-01-05', 'http://a.example/x'),
    of('2026-01-05T08:00:00', 'http://a.example/x'),
    of('2026-01-05T08:00:00Z', 'http://a.example/X'),
    of('2026-01-05T08:00:00Z', 'http://b.example/x'),
  ]
  expect(new Set(all).size).toBe(all.length)
})

/** What a chart holds: the hash by identity; an import as sync does it. */
function imported(chart: Map<string, string>, items: readonly FhirItem[]) {
  const counts = { added: 0, corrected: 0, unchanged: 0 }
  for (const { identity, canonicalHash, former } of items) {
    const name = [identity, ...former.identities].find((each) => chart.has(each))
    const hash = name === undefined ? undefined : chart.get(name)
    if (name === undefined) counts.added++
    else if (hash === canonicalHash || hash === former.canonicalHash) counts.unchanged++
    else counts.corrected++
    chart.set(name ?? identity, canonicalHash)
  }
  return counts
}

/** Whole numbers under the most, always the same ones. */
function randomly(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return most === 0 ? 0 : Math.floor((state / 2 ** 32) * most)
  }
}

const ZONES = ['Z', '+00:00', '+08:00', '-05:00', '+05:45', '-11:00', '+14:00']

/** Writes each time, system, key order and space of a resource another way. */
function rewritten(value: JsonValue, pick: (most: number) => number, key = ''): JsonValue {
  if (Array.isArray(value)) return value.map((item) => rewritten(item, pick, key))
  if (isJsonObject(value)) {
    const names = Object.keys(value)
    const turned: JsonObject = jsonObject()
    for (const name of [...names.slice(pick(names.length)), ...names].filter(
      (each, at, all) => all.indexOf(each) === at,
    ))
      turned[name] = rewritten(value[name]!, pick, name)
    return turned
  }
  if (typeof value !== 'string') return value
  if (key === 'system' && value.startsWith('http')) {
    const ways = [value, `${value}/`, value.replace(/^http:/, 'https:'), value.replace(/^http:/, 'HTTP:')]
    if (value === 'http://snomed.info/sct') ways.push('urn:oid:2.16.840.1.113883.6.96')
    return ways[pick(ways.length)]!
  }
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.exec(value)
  if (time === null) return value
  const fraction = /\.\d+/.exec(value)?.[0] ?? ''
  const zone = ZONES[pick(ZONES.length)]!
  const shift = zone === 'Z' ? 0 : (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))) * (zone[0] === '-' ? -1 : 1)
  const local = new Date(Date.parse(value.replace(fraction, '')) + shift * 60_000).toISOString().slice(0, 19)
  return `${local}${fraction === '' ? ['', '.0', '.000'][pick(3)]! : `${fraction}${'0'.repeat(pick(3))}`}${zone}`
}

group('a second import in another notation', () => {
  const resources = (parseJsonOrNull(sampleText(FLETCHER)) as { entry: JsonObject[] }).entry.slice(0, 200)
  /** Two hundred records of Synthea, by their fullUrl or by a number of the laboratory, as a hospital writes them. */
  const bundle = (entries: JsonValue[]) => jsonObject({ resourceType: 'Bundle', type: 'collection', entry: entries })
  const numbered = resources.map((entry, at) => {
    const resource = entry['resource'] as JsonObject
    const identifier = [jsonObject({ system: 'http://hospital.example/ids', value: `R-${Math.floor(at / 3)}` })]
    return jsonObject({ resource: jsonObject({ ...resource, identifier }) })
  })

  test.each([
    ['by their address', resources],
    ['by their number', numbered],
  ])('200 records of Synthea, known %s, bring 0 new and 0 changed ones', async (_, entries) => {
    const chart = new Map<string, string>()
    const first = await readText(stringifyJson(bundle(entries)))
    expect(imported(chart, first.items).added).toBeGreaterThan(150)
    const pick = randomly(15)
    for (let turn = 0; turn < 3; turn++) {
      const again = entries.map((entry) => {
        const url = entry['fullUrl']
        const turned = rewritten(entry, pick) as JsonObject
        return typeof url === 'string'
          ? jsonObject({ ...turned, fullUrl: pick(2) === 0 ? url.toUpperCase().replace('URN:UUID', 'urn:uuid') : url })
          : turned
      })
      const { items } = await readText(prettyJson(bundle(again)))
      expect(stringifyJson(items[7]!.resource)).not.toBe(stringifyJson(first.items[7]!.resource))
      expect(imported(chart, items)).toEqual({ added: 0, corrected: 0, unchanged: first.items.length })
    }
  })

  test('a file with offsets and the same file in UTC are one (reimport-local.json, reimport-utc.json)', async () => {
    const read = async (name: string) => (await readText(readFileSync(join(SAMPLES, '../faults', name), 'utf8'))).items
    const chart = new Map<string, string>()
    expect(imported(chart, await read('reimport-local.json')).added).toBe(4)
    expect(imported(chart, await read('reimport-utc.json'))).toEqual({ added: 0, corrected: 0, unchanged: 4 })
  })

  test('one file that says a thing in both notations says it once', async () => {
    const [one] = numbered.filter(({ resource }) => (resource as JsonObject)['resourceType'] === 'Observation')
    const other = rewritten(one!, randomly(3))
    const { items, refusals } = await readText(stringifyJson(bundle([one!, other])))
    expect(items).toHaveLength(1)
    expect(refusals.map(({ reason }) => reason)).toEqual(['duplicate'])
  })

  test('a day and its midnight are one record with two texts, whichever came first', async () => {
    const file = (when: string) =>
      readText(
        `{"resourceType":"Observation","status":"final","code":{"text":"K"},"effectiveDateTime":"${when}","identifier":[{"system":"urn:a","value":"7"}]}`,
      )
    for (const [first, second] of [
      ['2026-01-05', '2026-01-05T00:00:00+08:00'],
      ['2026-01-05T00:00:00Z', '2026-01-05'],
    ] as const) {
      const chart = new Map<string, string>()
      imported(chart, (await file(first)).items)
      expect(imported(chart, (await file(second)).items), `${first}, ${second}`).toMatchObject({
        added: 0,
        corrected: 1,
      })
      expect(imported(chart, (await file('2026-01-05T09:00:00Z')).items)).toMatchObject({ added: 1 })
    }
  })
})

test('what an earlier release stored is found by its earlier name and hash', async () => {
  const text =
    '{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"https://loinc.org","code":"2823-3"}]},"effectiveDateTime":"2026-01-05T08:00:00.000+08:00","identifier":[{"system":"1.2.840.5","value":"7"}]}'
  const [item] = (await readText(text)).items
  // Made by the release before notation.ts from this text.
  const stored = new Map([
    [
      '["Observation","identifier","1.2.840.5","7","https://loinc.org","2823-3","2026-01-05T08:00:00.000+08:00"]',
      'QQ4V4GHYyVpq3821Fc-6UHJS8-NakuIq8N6Gf56m8mU',
    ],
  ])
  expect(imported(stored, [item!])).toEqual({ added: 0, corrected: 0, unchanged: 1 })
  expect(item!.former.canonicalHash).not.toBe(item!.canonicalHash)
})
