import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import {
  canonicalJson,
  differingFields,
  fieldOf,
  isSigned,
  jsonObject,
  mergeRecords,
  movedAway,
  parseJsonOrNull,
  type JsonObject,
  type JsonValue,
} from '@chartkeep/domain'
import { seeded } from '../../support/seeded.ts'

const read = (text: string) => parseJsonOrNull(text) as JsonObject

const MEDICINE = read(
  '{"resourceType":"MedicationStatement","status":"active","medicationCodeableConcept":{"text":"Metformin"},"dosage":[{"text":"500 mg"}],"note":[{"text":"with food"}]}',
)
const changed = (resource: JsonObject, elements: { [element: string]: JsonValue | undefined }) =>
  jsonObject({ ...resource, ...elements })

test('Y3: two people change different fields, and both changes are kept', () => {
  const mine = changed(MEDICINE, { note: [jsonObject({ text: 'before food' })] })
  const theirs = changed(MEDICINE, { status: 'stopped' })
  expect(mergeRecords(MEDICINE, mine, theirs)).toEqual({
    type: 'merged',
    resource: changed(mine, { status: 'stopped' }),
  })
})

test('Y3: the side that changed nothing gives way, even for a dose', () => {
  const theirs = changed(MEDICINE, { dosage: [jsonObject({ text: '1000 mg' })] })
  expect(mergeRecords(MEDICINE, MEDICINE, theirs)).toEqual({ type: 'merged', resource: theirs })
  expect(mergeRecords(MEDICINE, theirs, MEDICINE)).toEqual({ type: 'merged', resource: theirs })
})

test('Y3: the same change on both sides is no conflict', () => {
  const both = changed(MEDICINE, { dosage: [jsonObject({ text: '1000 mg' })] })
  expect(mergeRecords(MEDICINE, both, read(canonicalJson(both)))).toMatchObject({ type: 'merged' })
})

test('Y3: moved to the private list on one side and changed on the other is for a person, whatever was changed', () => {
  const marker = movedAway(MEDICINE)!
  const noted = changed(MEDICINE, { note: [jsonObject({ text: 'before food' })] })
  const conflict = { type: 'conflict', fields: differingFields(marker, noted) }
  expect(mergeRecords(MEDICINE, marker, noted)).toEqual(conflict)
  expect(mergeRecords(MEDICINE, noted, marker)).toEqual(conflict)
  expect(mergeRecords(MEDICINE, marker, MEDICINE)).toEqual({ type: 'merged', resource: marker })
})

group('Y3: what never merges by itself, though only one side touched it', () => {
  const allergy = read(
    '{"resourceType":"AllergyIntolerance","code":{"text":"Penicillin"},"criticality":"low","reaction":[{"manifestation":[{"text":"Hives"}],"severity":"mild"}],"note":[{"text":"a"}]}',
  )
  const result = read(
    '{"resourceType":"Observation","status":"final","code":{"text":"LDL"},"valueQuantity":{"value":2.9,"unit":"mmol/L"},"note":[{"text":"a"}]}',
  )
  const text = (words: string): JsonObject => jsonObject({ text: words })
  test.each<[string, JsonObject, { [element: string]: JsonValue | undefined }, string]>([
    ['a dose', MEDICINE, { dosage: [text('850 mg')] }, 'dosage'],
    ['a medicine', MEDICINE, { medicationCodeableConcept: text('Glimepiride') }, 'medication[x]'],
    [
      'a medicine that became a reference',
      MEDICINE,
      { medicationCodeableConcept: undefined, medicationReference: jsonObject({ reference: 'Medication/1' }) },
      'medication[x]',
    ],
    ['a substance', allergy, { code: text('Amoxicillin') }, 'code'],
    ['a criticality', allergy, { criticality: 'high' }, 'criticality'],
    ['a criticality taken back', allergy, { criticality: undefined }, 'criticality'],
    [
      'a severity',
      allergy,
      { reaction: [read('{"manifestation":[{"text":"Hives"}],"severity":"severe"}')] },
      'reaction',
    ],
    ['a value', result, { valueQuantity: read('{"value":29,"unit":"mmol/L"}') }, 'value[x]'],
    ['a digit of a value', result, { valueQuantity: read('{"value":2.90,"unit":"mmol/L"}') }, 'value[x]'],
    ['a unit', result, { valueQuantity: read('{"value":2.9,"unit":"mg/dL"}') }, 'value[x]'],
    ['a value of another kind', result, { valueQuantity: undefined, valueString: 'see note' }, 'value[x]'],
    ['an extension of a value', result, { _valueString: jsonObject({ extension: [] }) }, 'value[x]'],
  ])('%s is disputed', (_, base, change, field) => {
    const mine = changed(base, change)
    const theirs = changed(base, { note: [text('b')] })
    expect(mergeRecords(base, mine, theirs)).toMatchObject({
      type: 'conflict',
      fields: expect.arrayContaining([field]),
    })
    expect(mergeRecords(base, theirs, mine)).toEqual(mergeRecords(base, mine, theirs))
  })
})

test('Y3: signed content is for a person to decide, whatever changed in it', () => {
  const note = read('{"resourceType":"Composition","status":"final","title":"Visit","section":[{"text":"a"}]}')
  const mine = changed(note, { title: 'Visit of May' })
  const theirs = changed(note, { section: [jsonObject({ text: 'b' })] })
  expect(mergeRecords(note, mine, theirs)).toEqual({ type: 'conflict', fields: ['section', 'title'] })
  const draft = changed(note, { status: 'preliminary' })
  expect(mergeRecords(draft, changed(draft, { title: 'x' }), changed(draft, { section: [] }))).toMatchObject({
    type: 'merged',
  })
  expect(isSigned(read('{"resourceType":"Provenance"}'))).toBe(true)
  expect(isSigned(read('{"resourceType":"Contract","signature":[]}'))).toBe(true)
  expect(
    isSigned(
      read('{"resourceType":"Composition","status":"preliminary","attester":[{"mode":"legal","time":"2020-01-01"}]}'),
    ),
  ).toBe(true)
})

test('Y3: without a common parent every differing field is disputed', () => {
  const mine = changed(MEDICINE, { status: 'stopped' })
  const theirs = changed(MEDICINE, { note: undefined })
  expect(mergeRecords(null, mine, theirs)).toEqual({ type: 'conflict', fields: ['note', 'status'] })
})

test('Y3: two types under one name never merge', () => {
  expect(mergeRecords(MEDICINE, MEDICINE, read('{"resourceType":"Observation"}'))).toEqual({
    type: 'conflict',
    fields: ['resourceType'],
  })
})

test('Y3: what is about the version is united and never disputed', () => {
  const tagged = (code: string, updated: string) =>
    changed(MEDICINE, {
      meta: read(`{"lastUpdated":"${updated}","tag":[{"code":"${code}"},{"code":"z"}]}`),
      [code]: code,
    })
  const merged = mergeRecords(MEDICINE, tagged('a', '2020-01-01'), tagged('b', '2020-01-02'))
  expect(merged.type === 'merged' && canonicalJson(merged.resource['meta']!)).toBe(
    '{"lastUpdated":"2020-01-02","tag":[{"code":"a"},{"code":"b"},{"code":"z"}]}',
  )
})

test('an element belongs to its field with its extension and, for a choice, with its other types', () => {
  expect(
    [
      'status',
      '_status',
      'valueQuantity',
      '_valueString',
      'value',
      'onsetAge',
      'medicationReference',
      'contentType',
    ].map(fieldOf),
  ).toEqual(['status', 'status', 'value[x]', 'value[x]', 'value', 'onset[x]', 'medication[x]', 'content[x]'])
})

test('the fields in which two versions differ are named, one that is missing included', () => {
  const theirs = changed(MEDICINE, { dosage: [jsonObject({ text: '850 mg' })], status: 'stopped', note: undefined })
  expect(differingFields(MEDICINE, theirs)).toEqual(['dosage', 'note', 'status'])
  expect(differingFields(theirs, theirs)).toEqual([])
})

/**
 * The naive oracle: looks at one field at a time, with the rules written out one by one and values compared as texts.
 * Fields are plain elements here, so it needs no knowledge of siblings and choices.
 */
function oracle(
  base: JsonObject | null,
  mine: JsonObject,
  theirs: JsonObject,
  guarded: string[],
): { conflict: string[] } | { merged: { [field: string]: string } } {
  const text = (resource: JsonObject | null, field: string) =>
    resource?.[field] === undefined ? '' : canonicalJson(resource[field])
  const fields = [...new Set([base, mine, theirs].flatMap((resource) => Object.keys(resource ?? {})))].sort()
  const iChanged = fields.some((field) => text(base, field) !== text(mine, field))
  const theyChanged = fields.some((field) => text(base, field) !== text(theirs, field))
  const conflict: string[] = []
  const merged: { [field: string]: string } = {}
  for (const field of fields) {
    const [was, my, their] = [text(base, field), text(mine, field), text(theirs, field)]
    if (my === their) merged[field] = my
    else if (base !== null && !iChanged) merged[field] = their
    else if (base !== null && !theyChanged) merged[field] = my
    else if (base === null || guarded.includes(field)) conflict.push(field)
    else if (my === was) merged[field] = their
    else if (their === was) merged[field] = my
    else conflict.push(field)
  }
  if (conflict.length > 0) return { conflict }
  return { merged: Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== '')) }
}

const GUARDED = ['dosage', 'code', 'criticality', 'reaction', 'component', 'dataAbsentReason', 'result', 'conclusion']

test('Y3: the merge equals the naive oracle, is the same from both sides, and repeated gives the same', () => {
  const value = fc.constantFrom<JsonValue>('a', 'b', true, ['a'], jsonObject({ text: 'x' }))
  const elements = fc.dictionary(fc.constantFrom('status', 'note', 'category', 'subject', ...GUARDED), value, {
    maxKeys: 8,
  })
  const type = fc.constantFrom(
    'MedicationStatement',
    'AllergyIntolerance',
    'Observation',
    'DiagnosticReport',
    'CarePlan',
  )
  const edit = (base: JsonObject) =>
    fc
      .tuple(elements, fc.subarray(Object.keys(base).filter((key) => key !== 'resourceType')))
      .map(([new_, removed]) =>
        changed(base, { ...new_, ...Object.fromEntries(removed.map((key) => [key, undefined])) }),
      )
  const three = fc.tuple(type, elements).chain(([resourceType, rest]) => {
    const base = changed(jsonObject({ resourceType }), rest)
    return fc.tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constant<JsonObject | null>(base) }, fc.constant(null)),
      edit(base),
      edit(base),
    )
  })
  const guardedOf: { [type: string]: string[] } = {
    MedicationStatement: ['dosage'],
    AllergyIntolerance: ['code', 'criticality', 'reaction'],
    Observation: ['component', 'dataAbsentReason'],
    DiagnosticReport: ['result', 'conclusion'],
    CarePlan: [],
  }
  let conflicts = 0
  fc.assert(
    fc.property(three, ([base, mine, theirs]) => {
      const result = mergeRecords(base, mine, theirs)
      const expected = oracle(base, mine, theirs, guardedOf[String(mine['resourceType'])] ?? [])
      if (result.type === 'conflict') {
        conflicts += 1
        expect({ conflict: result.fields }).toEqual(expected)
      } else {
        expect({
          merged: Object.fromEntries(
            Object.entries(result.resource).map(([field, item]) => [field, canonicalJson(item)]),
          ),
        }).toEqual(expected)
        expect(mergeRecords(base, result.resource, result.resource)).toMatchObject({ type: 'merged' })
      }
      const swapped = mergeRecords(base, theirs, mine)
      expect(swapped.type === 'merged' ? canonicalJson(swapped.resource) : swapped).toEqual(
        result.type === 'merged' ? canonicalJson(result.resource) : result,
      )
    }),
    seeded(3000),
  )
  expect(conflicts).toBeGreaterThan(100)
})
