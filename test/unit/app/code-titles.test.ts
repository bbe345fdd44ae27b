/** C18: a record that brings a code and no words has a name in the language of the screen. */
import i18next from 'i18next'
import { beforeAll, expect, test } from 'vitest'
import { withoutTail } from '@chartkeep/app/src/app/words/code-titles.ts'
import { titleOf } from '@chartkeep/app/src/app/words/record-view.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import { describe, parseJsonOrNull } from '@chartkeep/domain'

beforeAll(() => {
  startLanguages('en')
})

const CVX = 'http://hl7.org/fhir/sid/cvx'
function titles(type: string, element: string, coding: string): [string, string] {
  const resource = `{"resourceType":"${type}","${element}":{"coding":[${coding}]}}`
  const { title, collection } = describe(parseJsonOrNull(resource))
  const both = (['en', 'zh-Hant-TW'] as const).map((language) =>
    titleOf({ title, type, collection, resource }, i18next.getFixedT(language)),
  )
  return [both[0]!, both[1]!]
}

test('by the tables, in both languages', () => {
  expect(titles('Immunization', 'vaccineCode', `{"system":"${CVX}","code":"21"}`)).toEqual(['varicella', '水痘疫苗'])
  expect(titles('Observation', 'code', '{"system":"http://loinc.org","code":"2823-3"}')).toEqual([
    'Potassium [Moles/volume] in Serum or Plasma',
    '鉀',
  ])
})

test('by its code where there is no name', () => {
  expect(titles('Condition', 'code', '{"system":"http://snomed.info/sct","code":"39065001"}')).toEqual([
    'Code 39065001 (SNOMED CT)',
    '代碼 39065001（SNOMED CT）',
  ])
  expect(titles('Condition', 'code', '{"code":"77"}')).toEqual(['Code 77', '代碼 77'])
})

test('the words of the record stay in its own language, also where they are those of the table', () => {
  expect(titles('Immunization', 'vaccineCode', `{"system":"${CVX}","code":"21","display":"varicella"}`)).toEqual([
    'varicella',
    'varicella',
  ])
})

test('a name loses the semantic tag of its source and what has no width, and nothing else', () => {
  expect(withoutTail('Body mass index 30+ - obesity (finding)')).toBe('Body mass index 30+ - obesity')
  expect(withoutTail('Chronic pain (disorder) ')).toBe('Chronic pain')
  expect(withoutTail('Glomerular filtration rate/\u{200B}1.73 sq M.predicted')).toBe(
    'Glomerular filtration rate/1.73 sq M.predicted',
  )
  expect(withoutTail('Pain (severe)')).toBe('Pain (severe)')
  expect(withoutTail('Finding (finding) of the knee')).toBe('Finding (finding) of the knee')
  expect(withoutTail('(finding)')).toBe('(finding)')
})
