/** Facts of a record in words: what has a word of ours is told in the language of whoever reads. */
import { parseJsonOrNull } from '@chartkeep/domain'
import { factsOf } from '@chartkeep/app/src/app/words/record-facts.ts'
import { LANGUAGES, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
import { expect, test } from 'vitest'

function factTexts(text: string): string[][] {
  return LANGUAGES.map((language) =>
    factsOf(parseJsonOrNull(text)!, startLanguages(language).getFixedT(language), language).map(({ value }) => value),
  )
}

test.each([
  ['11506-3', 'Progress note', 'Progress note', '病程紀錄'],
  ['18842-5', 'Summary of the stay', 'Discharge summary', '出院病歷摘要'],
  // For another system, or a kind that we have no word for: as its writer named it.
  ['34133-9', 'Summary of episode note', 'Summary of episode note', 'Summary of episode note'],
])('a note of the kind %s (%s) is named in both languages', (code, display, en, zh) => {
  const type = `{"coding":[{"system":"http://loinc.org","code":"${code}","display":"${display}"}]}`
  expect(factTexts(`{"resourceType":"Composition","type":${type}}`)).toEqual([[en], [zh]])
})
