/** Statements that there is none: by code and by word, in English and Chinese, and what only looks like one. */
import { readFileSync } from 'node:fs'
import { describe as group, expect, test } from 'vitest'
import {
  allAt,
  isJsonObject,
  type JsonObject,
  jsonObject,
  listAnswer,
  noneScopes,
  type NoneStated,
  noneStated,
  parseJsonOrNull,
} from '@chartkeep/domain'

const ELEMENT = { AllergyIntolerance: 'code', Condition: 'code', MedicationStatement: 'medicationCodeableConcept' }
type Type = keyof typeof ELEMENT

const read = (resource: object) => parseJsonOrNull(JSON.stringify(resource))
const said = (type: Type, concept: object) => {
  const resource = read({ resourceType: type, [ELEMENT[type]]: concept })
  return [noneStated(resource), ...noneScopes(resource)].join(' ')
}
const byWords = (type: Type, text: string) => said(type, { text })
const byCode = (type: Type, code: string, system?: string) => said(type, { coding: [{ system, code }] })

group('a statement in words', () => {
  test.each<[string, string]>([
    ['NKA', 'none-known'],
    ['nka.', 'none-known'],
    ['None', 'none-known'],
    ['none known', 'none-known'],
    ['Nil known', 'none-known'],
    ['No known allergies', 'none-known'],
    ['No Known Allergies (NKA)', 'none-known'],
    ['no allergies', 'none-known'],
    ['No known allergens', 'none-known'],
    ['Denies allergies', 'none-known'],
    ['Patient denies any known allergies', 'none-known'],
    ['No history of allergies', 'none-known'],
    ['Not aware of any allergies', 'none-known'],
    ['Allergies: none', 'none-known'],
    ['無', 'none-known'],
    ['無已知過敏', 'none-known'],
    ['无已知过敏', 'none-known'],
    ['無過敏史', 'none-known'],
    ['否認過敏史', 'none-known'],
    ['否认过敏史', 'none-known'],
    ['沒有過敏', 'none-known'],
    ['目前無已知之過敏原', 'none-known'],
    ['過敏史：無', 'none-known'],
    ['NKDA', 'none-of-kind drug'],
    ['NKDA (no known drug allergies)', 'none-of-kind drug'],
    ['No known drug allergies', 'none-of-kind drug'],
    ['No known medication allergies.', 'none-of-kind drug'],
    ['denies drug allergies', 'none-of-kind drug'],
    ['No adverse drug reactions', 'none-of-kind drug'],
    ['NKFA', 'none-of-kind food'],
    ['No known drug or food allergies', 'none-of-kind drug food'],
    ['No Known Latex Allergy', 'none-of-kind latex'],
    ['無藥物過敏', 'none-of-kind drug'],
    ['无药物过敏史', 'none-of-kind drug'],
    ['否認藥物過敏', 'none-of-kind drug'],
    ['否認藥物及食物過敏', 'none-of-kind drug food'],
    ['對藥物無過敏', 'none-of-kind drug'],
    ['無食物過敏', 'none-of-kind food'],
    ['No other allergies', 'none-of-kind'],
    ['無其他過敏', 'none-of-kind'],
    ['Not asked', 'not-asked'],
    ['Unknown', 'not-asked'],
    ['Allergies unknown', 'not-asked'],
    ['No allergies recorded', 'not-asked'],
    ['No allergy information', 'not-asked'],
    ['過敏史不詳', 'not-asked'],
    ['未詢問', 'not-asked'],
    ['無過敏紀錄', 'not-asked'],
  ])('of allergies: %s', (text, answer) => {
    expect(byWords('AllergyIntolerance', text)).toBe(answer)
  })

  test.each<[string, string]>([
    ['none', 'none-known'],
    ['No current medications', 'none-known'],
    ['No known current medicines', 'none-known'],
    ['Takes no medicines', 'none-known'],
    ['Not taking any medications', 'none-known'],
    ['Not on any medication', 'none-known'],
    ['denies taking medications', 'none-known'],
    ['無用藥', 'none-known'],
    ['目前無用藥', 'none-known'],
    ['沒有服用藥物', 'none-known'],
    ['未服藥', 'none-known'],
    ['无用药史', 'none-known'],
    ['No regular medications', 'none-of-kind'],
    ['無長期用藥', 'none-of-kind'],
    ['Medications unknown', 'not-asked'],
    ['用藥不詳', 'not-asked'],
  ])('of medicines: %s', (text, answer) => {
    expect(byWords('MedicationStatement', text)).toBe(answer)
  })

  test.each<[string, string]>([
    ['No known problems', 'none-known'],
    ['No current problems or disability', 'none-known'],
    ['No known medical conditions', 'none-known'],
    ['Denies medical problems', 'none-known'],
    ['無病史', 'none-known'],
    ['無已知疾病', 'none-known'],
    ['否認病史', 'none-known'],
    ['No chronic diseases', 'none-of-kind'],
    ['無慢性病', 'none-of-kind'],
    ['否认慢性病史', 'none-of-kind'],
    ['No known allergies', 'none-of-kind'],
  ])('of conditions: %s', (text, answer) => {
    expect(byWords('Condition', text)).toBe(answer)
  })

  test.each<[Type, string]>([
    ['AllergyIntolerance', 'No known allergies but penicillin'],
    ['AllergyIntolerance', 'No known allergies other than penicillin'],
    ['AllergyIntolerance', 'Nonebuterol'],
    ['AllergyIntolerance', 'Nonel'],
    ['AllergyIntolerance', 'Methylnaltrexone'],
    ['AllergyIntolerance', 'Penicillin: no known reaction'],
    ['AllergyIntolerance', 'Nil by mouth'],
    ['AllergyIntolerance', 'Drug allergy'],
    ['AllergyIntolerance', 'Allergy to substance'],
    ['AllergyIntolerance', 'Unknown drug'],
    ['AllergyIntolerance', 'unknown drug allergy'],
    ['AllergyIntolerance', '無花果'],
    ['AllergyIntolerance', '無花果過敏'],
    ['AllergyIntolerance', '對海鮮過敏'],
    ['AllergyIntolerance', '不明藥物'],
    ['MedicationStatement', 'Nonoxynol-9'],
    ['MedicationStatement', 'No. 7 medicine'],
    ['MedicationStatement', 'unknown medication'],
    ['MedicationStatement', 'Not active'],
    ['MedicationStatement', '停用藥物'],
    ['MedicationStatement', '無糖咳嗽糖漿'],
    ['Condition', 'No-reflow phenomenon'],
    ['Condition', 'Non-Hodgkin lymphoma'],
    ['Condition', 'Unknown disease'],
    ['Condition', '無尿症'],
    ['Condition', 'Disorder'],
    ['Condition', 'Current problem'],
  ])('a %s called "%s" is none', (type, text) => {
    expect(byWords(type, text)).toBe('')
  })
})

group('a statement by code', () => {
  test.each<[Type, string, string]>([
    ['AllergyIntolerance', '716186003', 'none-known'],
    ['AllergyIntolerance', '160244002', 'none-known'],
    ['AllergyIntolerance', 'no-known-allergies', 'none-known'],
    ['AllergyIntolerance', '409137002', 'none-of-kind drug'],
    ['AllergyIntolerance', '429625007', 'none-of-kind food'],
    ['AllergyIntolerance', '428607008', 'none-of-kind environment'],
    ['AllergyIntolerance', '716220001', 'none-of-kind animal'],
    ['AllergyIntolerance', 'no-allergy-info', 'not-asked'],
    ['AllergyIntolerance', 'NASK', 'not-asked'],
    ['AllergyIntolerance', 'unknown', 'not-asked'],
    ['MedicationStatement', '787481004', 'none-known'],
    ['MedicationStatement', '1234391000168107', 'none-known'],
    ['MedicationStatement', 'no-known-medications', 'none-known'],
    ['Condition', '160245001', 'none-known'],
    ['Condition', 'no-known-problems', 'none-known'],
    ['Condition', '716186003', 'none-of-kind'],
  ])('of a %s: %s, whatever its system is', (type, code, answer) => {
    for (const system of [
      'http://snomed.info/sct',
      'urn:oid:2.16.840.1.113883.6.96',
      '2.16.840.1.113883.6.96',
      undefined,
    ])
      expect(byCode(type, code, system)).toBe(answer)
  })

  test('a code of all allergies next to words about drugs says no more than the words', () => {
    expect(said('AllergyIntolerance', { coding: [{ code: '716186003' }], text: 'NKDA' })).toBe('none-of-kind drug')
    expect(said('AllergyIntolerance', { coding: [{ code: '409137002' }], text: 'NKA' })).toBe('none-of-kind drug')
  })

  test('a reaction to something unknown is an allergy', () => {
    const reaction = [{ manifestation: [{ text: 'Hives' }] }]
    for (const code of [{ coding: [{ code: 'UNK' }] }, { text: 'unknown' }, { text: 'none' }])
      expect(noneStated(read({ resourceType: 'AllergyIntolerance', code, reaction }))).toBeNull()
  })
})

test('a statement in Chinese words leaves the list of allergies empty (no-known-allergy-zh.json)', () => {
  const bundle = parseJsonOrNull(
    readFileSync(new URL('../../fixtures/faults/no-known-allergy-zh.json', import.meta.url), 'utf8'),
  )
  const resources = allAt(bundle, 'entry', 'resource').filter((entry): entry is JsonObject => isJsonObject(entry))
  expect(resources.map(noneStated)).toEqual([null, 'none-known' satisfies NoneStated])
  expect(listAnswer('AllergyIntolerance', resources, { now: 0, zone: 'UTC' })).toBe('none-known')
})

test('a long text is no statement, and costs no time', () => {
  expect(byWords('AllergyIntolerance', `no ${'known '.repeat(50_000)}allergies`)).toBe('')
  expect(noneStated(jsonObject({ resourceType: 'AllergyIntolerance' }))).toBeNull()
})
