/** Dosages in words: in either language, and nothing that the record does not say. */
import { parseJsonOrNull } from '@chartkeep/domain'
import { dosageWords } from '@chartkeep/app/src/app/chart/dosage-words.ts'
import { LANGUAGES, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import { expect, test } from 'vitest'

const [en, zh] = LANGUAGES.map((language) => startLanguages(language).getFixedT(language))

const repeat = (frequency: string, period: string, periodUnit: string, more = '') =>
  `{"timing":{"repeat":{"frequency":${frequency}${more},"period":${period},"periodUnit":"${periodUnit}"}},"doseAndRate":[{"doseQuantity":{"value":1}}]}`
const request = (...dosages: string[]) =>
  parseJsonOrNull(`{"resourceType":"MedicationRequest","dosageInstruction":[${dosages.join()}]}`)!

test.each([
  [repeat('1', '1', 'd'), '1 each time, once a day', '每次 1，每天一次'],
  [repeat('2', '1', 'd'), '1 each time, 2 times a day', '每次 1，每天 2 次'],
  [repeat('1', '8', 'h'), '1 each time, every 8 hours', '每次 1，每 8 小時一次'],
  [repeat('3', '2', 'wk'), '1 each time, 3 times in 2 weeks', '每次 1，每 2 週 3 次'],
  [repeat('1', '1', 'd', ',"frequencyMax":2'), '1 each time, 1–2 times a day', '每次 1，每天 1–2 次'],
  ['{"text":"Take with food","asNeededBoolean":true}', 'Take with food', 'Take with food'],
  ['{"asNeededBoolean":true}', 'only as needed', '需要時才用'],
  [
    '{"doseAndRate":[{"doseQuantity":{"value":1.50,"unit":"mg"}}],"timing":{"code":{"text":"BID"}},"route":{"text":"oral"}}',
    '1.50 mg each time, BID, oral',
    '每次 1.50 mg，BID，oral',
  ],
  [
    repeat('2', '1', 'd', ',"timeOfDay":["08:00:00","20:00:00"],"dayOfWeek":["thu","mon"]'),
    '1 each time, 2 times a day, on Mon, Thu, at 08:00, 20:00',
    '每次 1，每天 2 次，每週一、週四，08:00、20:00',
  ],
  [
    '{"text":"500 mg, at meals","timing":{"repeat":{"timeOfDay":["08:00:00"]}}}',
    '500 mg, at meals, at 08:00',
    '500 mg, at meals，08:00',
  ],
  ['{"text":"500 mg at 08:00","timing":{"repeat":{"timeOfDay":["08:00:00"]}}}', '500 mg at 08:00', '500 mg at 08:00'],
  // A period without its unit, or a unit of no calendar, says nothing that could be put into words.
  ['{"timing":{"repeat":{"frequency":1,"period":1}}}', '', ''],
  ['{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"fortnight"}}}', '', ''],
  ['{}', '', ''],
])('Words: %s', (dosage, english, chinese) => {
  expect(dosageWords(request(dosage), en!)).toBe(english)
  expect(dosageWords(request(dosage), zh!)).toBe(chinese)
})

test('Words: several dosages stand one after another, and other records have none', () => {
  expect(dosageWords(request(repeat('1', '1', 'd'), '{"text":"stop after a week"}'), en!)).toBe(
    '1 each time, once a day; stop after a week',
  )
  expect(dosageWords(parseJsonOrNull('{"resourceType":"Patient"}')!, en!)).toBe('')
})
