/** Dosages in words: in either language, and nothing that the record does not say. */
import { EMPTY_MEDICATION, newMedication, parseJsonOrNull } from '@chartkeep/domain'
import { dosageWords } from '@chartkeep/app/src/app/words/dosage-words.ts'
import { LANGUAGES, startLanguages } from '@chartkeep/app/src/i18n/index.ts'
import '@chartkeep/app/src/i18n/all.ts'
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
  ['{"text":"Take with food","asNeededBoolean":true}', 'Take with food, only as needed', 'Take with food，需要時才用'],
  ['{"text":"1 tablet PRN","asNeededBoolean":true}', '1 tablet PRN', '1 tablet PRN'],
  [
    '{"text":"500 mg, with water","patientInstruction":"With water","additionalInstruction":[{"text":"not with milk"}]}',
    '500 mg, with water, not with milk',
    '500 mg, with water，not with milk',
  ],
  ['{"patientInstruction":"Chew it"}', 'Chew it', 'Chew it'],
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
  [repeat('1', '4', 'h', ',"periodMax":6'), '1 each time, every 4–6 hours', '每次 1，每 4–6 小時一次'],
  [
    '{"doseAndRate":[{"doseRange":{"low":{"value":1,"unit":"tablet"},"high":{"value":2,"unit":"tablet"}}}],"asNeededCodeableConcept":{"text":"pain"},"maxDosePerPeriod":{"numerator":{"value":4,"unit":"g"},"denominator":{"value":24,"unit":"h"}}}',
    '1–2 tablet each time, only as needed: pain, at most 4 g / 24 h',
    '每次 1–2 tablet，需要時才用：pain，最多 4 g / 24 h',
  ],
  [
    '{"timing":{"repeat":{"when":["MORN","EVE","ACM","MORN.early"]}},"doseAndRate":[{"doseQuantity":{"value":0.5,"unit":"tablet"}}]}',
    '0.5 tablet each time, in the morning, in the evening, before breakfast, early in the morning',
    '每次 0.5 tablet，早上、晚上、早餐前、清晨',
  ],
  [
    '{"timing":{"repeat":{"boundsDuration":{"value":7,"unit":"d"},"count":14,"when":["XX"]}},"doseAndRate":[{"rateQuantity":{"value":50,"unit":"mL/h"}}]}',
    '50 mL/h, XX, for 7 d, 14 times in all',
    '50 mL/h，XX，共 7 d，總共 14 次',
  ],
  [
    repeat('1', '1', 'd', ',"boundsPeriod":{"start":"2026-11-01","end":"2026-11-07T12:00:00Z"}'),
    '1 each time, once a day, until 2026-11-07',
    '每次 1，每天一次，到 2026-11-07 為止',
  ],
  // A period without its unit, or a unit of no calendar, says nothing that could be put into words.
  ['{"timing":{"repeat":{"frequency":1,"period":1}}}', '', ''],
  ['{"timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"fortnight"}}}', '', ''],
  ['{}', '', ''],
])('Words: %s', (dosage, english, chinese) => {
  expect(dosageWords(request(dosage), en!)).toBe(english)
  expect(dosageWords(request(dosage), zh!)).toBe(chinese)
})

test('Words: what a person ticks and types in the form of a medicine is told', () => {
  const resource = newMedication(
    { ...EMPTY_MEDICATION, name: 'A', dose: '500 mg', asNeeded: true, instructions: 'At most four a day' },
    'Patient/1',
  )
  expect(dosageWords(resource, en!)).toBe('500 mg, only as needed, At most four a day')
})

test('Words: several dosages are written one after another, and other records have none', () => {
  expect(dosageWords(request(repeat('1', '1', 'd'), '{"text":"stop after a week"}'), en!)).toBe(
    '1 each time, once a day; stop after a week',
  )
  expect(dosageWords(parseJsonOrNull('{"resourceType":"Patient"}')!, en!)).toBe('')
})
