/** Numbers as people write them: read where they can mean one number, asked where they can mean two, else words. */
import { expect, test } from 'vitest'
import { type DecimalMark, plainSigns, readDose, readNumber, readValue, wholeNumber } from '@chartkeep/domain'

const shown = (text: string, mark: DecimalMark) => {
  const read = readNumber(text, mark)
  return read.type === 'number' ? read.digits : read.type === 'unsure' ? read.readings.join(' or ') : 'words'
}

/** What was typed, how it is read where decimals have a point, and where they have a comma. */
test.each<[string, string, string]>([
  ['5', '5', '5'],
  ['5.40', '5.40', '5.40'],
  ['5,40', '5.40', '5.40'],
  ['１２．５', '12.5', '12.5'],
  ['１２，５', '12.5', '12.5'],
  ['.5', '0.5', '0.5'],
  [',5', '0.5', '0.5'],
  ['-.5', '-0.5', '-0.5'],
  ['5.', '5', '5'],
  ['0,125', '0.125', '0.125'],
  ['0.125', '0.125', '0.125'],
  ['12,125', '12125 or 12.125', '12.125'],
  ['1,234', '1234 or 1.234', '1.234'],
  ['1.234', '1.234', '1234 or 1.234'],
  ['-1,234', '-1234 or -1.234', '-1.234'],
  ['1234,567', '1234.567', '1234.567'],
  ['1,234.5', '1234.5', '1234.5'],
  ['1.234,5', '1234.5', '1234.5'],
  ['1,234,567', '1234567', '1234567'],
  ['1.234.567', '1234567', '1234567'],
  ['1 234', '1234', '1234'],
  ['1\u202F234,5', '1234.5', '1234.5'],
  ["1'234.50", '1234.50', '1234.50'],
  ['−2.5', '-2.5', '-2.5'],
  ['－2.5', '-2.5', '-2.5'],
  ['1.2E+2', '1.2e2', '1.2e2'],
  ['1.2e-3', '1.2e-3', '1.2e-3'],
  ['１．２Ｅ＋２', '1.2e2', '1.2e2'],
  ['1.2×10²', '1.2e2', '1.2e2'],
  ['1.2 x 10^-3', '1.2e-3', '1.2e-3'],
  [' 7.0 ', '7.0', '7.0'],
  ['\u30007.0', '7.0', '7.0'],
  // None of these is one number.
  ['05', 'words', 'words'],
  ['1,2,3', 'words', 'words'],
  ['1.2.3', 'words', 'words'],
  ['12 34', 'words', 'words'],
  ['10²', 'words', 'words'],
  ['½', 'words', 'words'],
  ['1/2', 'words', 'words'],
  ['+++', 'words', 'words'],
  ['2+', 'words', 'words'],
  ['3E', 'words', 'words'],
  ['.', 'words', 'words'],
  ['', 'words', 'words'],
  ['12 mg', 'words', 'words'],
  ['三', 'words', 'words'],
])('A5: the number %j is %s, or %s where decimals have a comma', (text, point, comma) => {
  expect([shown(text, '.'), shown(text, ',')]).toEqual([point, comma])
})

test.each<[string, ReturnType<typeof readValue>]>([
  ['', { type: 'none' }],
  ['＜5', { type: 'number', comparator: '<', digits: '5' }],
  ['< .5', { type: 'number', comparator: '<', digits: '0.5' }],
  ['≦5', { type: 'number', comparator: '<=', digits: '5' }],
  ['≧ 1,5', { type: 'number', comparator: '>=', digits: '1.5' }],
  ['>=60', { type: 'number', comparator: '>=', digits: '60' }],
  ['＞1.2E+2', { type: 'number', comparator: '>', digits: '1.2e2' }],
  ['3-5', { type: 'range', low: '3', high: '5' }],
  ['３～５', { type: 'range', low: '3', high: '5' }],
  ['3 to 5', { type: 'range', low: '3', high: '5' }],
  ['3至5', { type: 'range', low: '3', high: '5' }],
  ['−2 – 2', { type: 'range', low: '-2', high: '2' }],
  ['1：80', { type: 'ratio', over: '1', under: '80' }],
  ['<1,234', { type: 'unsure', readings: ['<1234', '<1.234'] }],
  ['1,200-1,500', { type: 'unsure', readings: ['1200-1500', '1.200-1.500'] }],
  ['positive', { type: 'words' }],
  ['< trace', { type: 'words' }],
  ['7.0 mmol/L', { type: 'words' }],
  ['120/80', { type: 'words' }],
])('A5: the value %j', (text, expected) => {
  expect(readValue(text)).toEqual(expected)
})

test.each<[string, ReturnType<typeof readDose>]>([
  ['500 mg', { type: 'number', digits: '500', unit: 'mg' }],
  ['５００ｍｇ', { type: 'number', digits: '500', unit: 'mg' }],
  ['.5 mL', { type: 'number', digits: '0.5', unit: 'mL' }],
  ['1,5 g', { type: 'number', digits: '1.5', unit: 'g' }],
  ['1 錠', { type: 'number', digits: '1', unit: '錠' }],
  ['2', { type: 'number', digits: '2', unit: '' }],
  ['1,000 mg', { type: 'unsure', readings: ['1000 mg', '1.000 mg'] }],
  ['1/2 tablet', { type: 'words' }],
  ['1-2 tablets', { type: 'words' }],
  ['2 x 500 mg', { type: 'words' }],
  ['half a tablet', { type: 'words' }],
  ['', { type: 'none' }],
])('A5: the dose %j', (text, expected) => {
  expect(readDose(text)).toEqual(expected)
})

test('A5: a whole number is one in any digits, and nothing else', () => {
  expect(['30', '３０', '0', ' 7 '].map(wholeNumber)).toEqual([30, 30, 0, 7])
  expect(['', '-1', '1.5', '1,000', 'x', '1e3'].map(wholeNumber)).toEqual([null, null, null, null, null, null])
})

test('A5: signs are made plain one by one, and raised digits are never pulled down', () => {
  expect(plainSigns('ＡＢ（１）')).toBe('AB(1)')
  expect(plainSigns('m²')).toBe('m²')
})

test('A5: a long text is read at once', () => {
  for (const part of ['1,', '1 ', '-', 'x', '×10', '<', '9'])
    expect(readValue(part.repeat(20_000)).type, part).toBe('words')
})
