/** Dates, numbers and tokens of a search, by the tables of FHIR R4. */
import { parseJsonObject } from '@chartkeep/domain'
import {
  dateRange,
  meetsDate,
  meetsNumbers,
  meetsQuantity,
  meetsString,
  meetsToken,
  numberRange,
  valuesAt,
} from '@chartkeep/gateway/src/search/values.ts'
import { expect, test } from 'vitest'

const at = (json: string, path: string) => valuesAt(parseJsonObject(json)!, [path])

test('a number of a search means the range of its digits', () => {
  expect(numberRange('7.0')).toEqual({ low: 6.95, high: 7.05 })
  expect(numberRange('100')).toEqual({ low: 99.5, high: 100.5 })
  const small = numberRange('5.40e-3')!
  expect(small.low).toBeCloseTo(0.005395, 12)
  expect(small.high).toBeCloseTo(0.005405, 12)
  for (const bad of ['', 'much', '1e999', '0x10', '1,5', '--1']) expect(numberRange(bad), bad).toBeNull()
  const value = at('{"value":7.02}', 'value')
  expect(['7.0', '7', 'gt7.0', 'lt7.1', 'ap7.5', 'ne7.2'].map((wanted) => meetsNumbers(value, wanted, 'x'))).toEqual(
    Array(6).fill(true),
  )
  expect(['7.00', 'gt7.02', 'lt7.02', 'ne7.0'].map((wanted) => meetsNumbers(value, wanted, 'x'))).toEqual(
    Array(4).fill(false),
  )
})

test('a date of a search means every moment of its text, and what is no date is refused', () => {
  for (const bad of ['2026-02-30', '0000', '2026-13', '12026', '2026-1-1', 'now', '2026-11-01T25:00:00Z'])
    expect(dateRange(bad), bad).toBeNull()
  expect(dateRange('2026-11-01T00:00:00+14:00')!.low).toBe(Date.UTC(2026, 9, 31, 10))
  const day = at('{"d":"2026-11-15"}', 'd')
  const table: [string, boolean][] = [
    ['2026', true],
    ['2026-11', true],
    ['2026-11-15', true],
    ['2026-11-16', false],
    ['ne2026-11', false],
    ['gt2026-11-14', true],
    ['gt2026-11', false],
    ['ge2026-11', true],
    ['lt2026-11-15', false],
    ['le2026-11-15', true],
    ['sa2026-10', true],
    ['eb2026-12', true],
    ['eb2026-11', false],
  ]
  for (const [wanted, expected] of table) expect([wanted, meetsDate(day, wanted, 'd')]).toEqual([wanted, expected])
  const open = at('{"d":{"start":"2026-11-10"}}', 'd')
  expect(['gt2030', 'ge2026-11-20', 'lt2026-11-11', 'eb2030'].map((wanted) => meetsDate(open, wanted, 'd'))).toEqual([
    true,
    true,
    true,
    false,
  ])
})

test('tokens, strings and quantities compare as they are written', () => {
  const code = at(
    '{"code":{"coding":[{"system":"http://loinc.org","code":"2823-3","display":"Potassium"}],"text":"Kalium"}}',
    'code',
  )
  expect(
    ['2823-3', 'http://loinc.org|2823-3', 'http://loinc.org|'].map((wanted) => meetsToken(code, wanted, '')),
  ).toEqual([true, true, true])
  expect(['2823', '|2823-3', 'http://x|2823-3'].map((wanted) => meetsToken(code, wanted, ''))).toEqual([
    false,
    false,
    false,
  ])
  expect(meetsToken(code, 'kalium', 'text')).toBe(true)
  const name = at('{"name":[{"family":"Núñez","given":["Ana"]}]}', 'name')
  expect([
    meetsString(name, 'nun', ''),
    meetsString(name, 'uñez', 'contains'),
    meetsString(name, 'nunez', 'exact'),
  ]).toEqual([true, true, false])
  const dose = at('{"q":{"value":5.40,"unit":"mg","code":"mg","system":"http://unitsofmeasure.org"}}', 'q')
  expect(
    ['5.4', '5.4||mg', 'gt5|http://unitsofmeasure.org|mg', '5.4||g'].map((wanted) => meetsQuantity(dose, wanted, 'q')),
  ).toEqual([true, true, true, false])
})
