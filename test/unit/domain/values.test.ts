import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import { parseJsonOrNull, quantityText, readableDigits, valueView, type Flag } from '@chartkeep/domain'
import { seeded } from '../../support/seeded.ts'

const view = (text: string) => valueView(parseJsonOrNull(text))
const UCUM = '"system":"http://unitsofmeasure.org"'

test('a quantity keeps its digits, its unit as printed and its UCUM code', () => {
  expect(view(`{"valueQuantity":{"value":5.40,"unit":"mmol/l",${UCUM},"code":"mmol/L"}}`)).toMatchObject({
    kind: 'quantity',
    text: '5.40 mmol/l',
    literal: '5.40',
    number: 5.4,
    comparator: '',
    unit: 'mmol/l',
    unitCode: 'mmol/L',
  })
})

test.each([
  ['{"valueQuantity":{"value":5,"comparator":"<","unit":"ng/mL"}}', '<5 ng/mL', 5],
  ['{"valueQuantity":{"value":60,"comparator":">=","code":"%"}}', '>=60 %', 60],
  ['{"valueQuantity":{"value":1.0,"unit":"{score}"}}', '1.0', 1],
  ['{"valueQuantity":{"value":120,"code":"mm[Hg]"}}', '120 mmHg', 120],
  ['{"valueRange":{"low":{"value":3},"high":{"value":5,"unit":"/HPF"}}}', '3–5 /HPF', null],
  ['{"valueRange":{"low":{"value":50,"unit":"mg"}}}', '≥ 50 mg', null],
  ['{"valueRatio":{"numerator":{"value":1},"denominator":{"value":80}}}', '1:80', 80],
  ['{"valueRatio":{"numerator":{"value":1,"comparator":"<"},"denominator":{"value":40}}}', '<1:40', null],
  ['{"valueRatio":{"numerator":{"value":5,"unit":"mg"},"denominator":{"value":1,"unit":"mL"}}}', '5 mg / mL', null],
  ['{"valueString":"Positive"}', 'Positive', null],
  ['{"valueCodeableConcept":{"coding":[{"display":"Detected"}]}}', 'Detected', null],
  ['{"valueCodeableConcept":{"text":"Seen","coding":[{"display":"Detected"}]}}', 'Seen', null],
  ['{"valueBoolean":false}', 'false', null],
  ['{"valueInteger":7}', '7', 7],
  ['{"valueDateTime":"1997-03"}', '1997-03', null],
  ['{"valueTime":"10:20:00"}', '10:20:00', null],
  ['{"valuePeriod":{"start":"1997","end":"1998"}}', '1997 – 1998', null],
])('%s reads %j', (text, shown, number) => {
  expect(view(text)).toMatchObject({ text: shown, number })
})

test('a value that is missing says why, and one that was never given is none', () => {
  expect(view('{"dataAbsentReason":{"coding":[{"code":"asked-declined"}]}}')).toMatchObject({
    kind: 'absent',
    text: '',
    absentReason: 'asked-declined',
  })
  expect(view('{}')).toMatchObject({ kind: 'none', text: '', flag: 'none' })
  expect(view('{"valueQuantity":{"unit":"mg"}}')).toMatchObject({ kind: 'none', text: '' })
})

const pressure = (systolic: string, diastolic: string, unit = 'mmHg') =>
  `{"component":[
    {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}],"text":"Diastolic"},"valueQuantity":{"value":${diastolic},"unit":"${unit}"}},
    {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}],"text":"Systolic"},"valueQuantity":{"value":${systolic},"unit":"mmHg"}}]}`

test('blood pressure reads systolic over diastolic, whatever the order of its components', () => {
  const shown = view(pressure('120', '80.0'))
  expect(shown).toMatchObject({ kind: 'components', text: '120/80.0 mmHg', unit: 'mmHg', number: null })
  expect(shown.components.map(({ title, text, code }) => [title, text, code])).toEqual([
    ['Diastolic', '80.0 mmHg', '8462-4'],
    ['Systolic', '120 mmHg', '8480-6'],
  ])
})

test('blood pressure in two units is never written as one', () => {
  expect(view(pressure('120', '10.6', 'kPa')).text).toBe('Diastolic 10.6 kPa · Systolic 120 mmHg')
})

test('components with a missing part show the part that is there', () => {
  const text =
    '{"component":[{"code":{"text":"A"},"dataAbsentReason":{"coding":[{"code":"unknown"}]}},{"code":{"text":"B"},"valueString":"x"}]}'
  expect(view(text)).toMatchObject({ kind: 'components', text: 'A · B x' })
})

group('flags', () => {
  const flagged = (interpretation: string, extra = '') =>
    view(`{"valueQuantity":{"value":9,"unit":"mg"},"interpretation":${interpretation}${extra}}`)

  test.each<[string, Flag]>([
    ['N', 'normal'],
    ['L', 'low'],
    ['H', 'high'],
    ['LL', 'critical-low'],
    ['HH', 'critical-high'],
    ['A', 'abnormal'],
    ['AA', 'critical-abnormal'],
  ])('code %s means %s, on the word of the source', (code, flag) => {
    expect(flagged(`[{"coding":[{"code":"${code}"}]}]`)).toMatchObject({ flag, flagFrom: 'source' })
  })

  test('an interpretation in words only keeps its words', () => {
    expect(flagged('[{"text":"Borderline"}]')).toMatchObject({
      flag: 'other',
      flagText: 'Borderline',
      flagFrom: 'source',
    })
  })

  test('the word of the source stands, even against the range', () => {
    const range = ',"referenceRange":[{"low":{"value":1,"unit":"mg"},"high":{"value":2,"unit":"mg"}}]'
    expect(flagged('[{"coding":[{"code":"N"}]}]', range)).toMatchObject({ flag: 'normal', flagFrom: 'source' })
  })

  const byRange = (value: string, ranges: string) => view(`{"valueQuantity":${value},"referenceRange":${ranges}}`)

  test.each<[string, string, Flag]>([
    ['{"value":0.9,"unit":"mg"}', '[{"low":{"value":1,"unit":"mg"},"high":{"value":2,"unit":"mg"}}]', 'low'],
    ['{"value":1,"unit":"mg"}', '[{"low":{"value":1,"unit":"mg"},"high":{"value":2,"unit":"mg"}}]', 'normal'],
    ['{"value":2.01,"unit":"mg"}', '[{"low":{"value":1,"unit":"mg"},"high":{"value":2,"unit":"mg"}}]', 'high'],
    ['{"value":3,"unit":"mg"}', '[{"high":{"value":2}}]', 'high'],
  ])('without a word of the source %s in %s is %s', (value, ranges, flag) => {
    expect(byRange(value, ranges)).toMatchObject({ flag, flagFrom: 'range' })
  })

  test.each([
    ['another unit', '{"value":9,"unit":"mg"}', '[{"low":{"value":1,"unit":"g"},"high":{"value":2,"unit":"g"}}]'],
    ['a comparator', '{"value":9,"comparator":"<","unit":"mg"}', '[{"high":{"value":2,"unit":"mg"}}]'],
    ['two ranges', '{"value":9}', '[{"high":{"value":2}},{"high":{"value":20}}]'],
    ['a range for some people', '{"value":9}', '[{"high":{"value":2},"appliesTo":[{"text":"pregnancy"}]}]'],
    ['a range of therapy', '{"value":9}', '[{"high":{"value":2},"type":{"coding":[{"code":"therapeutic"}]}}]'],
    ['a range in words', '{"value":9}', '[{"text":"below 2"}]'],
  ])('nothing is concluded from %s', (_, value, ranges) => {
    expect(byRange(value, ranges)).toMatchObject({ flag: 'none', flagFrom: 'none' })
  })
})

test('a reference range is text to read and numbers to plot', () => {
  const { ranges } = view(
    '{"referenceRange":[{"low":{"value":3.50,"unit":"g/L"},"high":{"value":5.0,"unit":"g/L"},"type":{"coding":[{"code":"normal"}]},"appliesTo":[{"text":"women"}]},{"text":"negative"},{"high":{"value":7}}]}',
  )
  expect(ranges).toEqual([
    { text: '3.50–5.0 g/L', low: 3.5, high: 5, unit: 'g/L', type: 'normal', appliesTo: 'women' },
    { text: 'negative', low: null, high: null, unit: '', type: '', appliesTo: '' },
    { text: '≤ 7', low: null, high: 7, unit: '', type: '', appliesTo: '' },
  ])
})

test('a number too large to plot keeps its digits', () => {
  expect(view('{"valueQuantity":{"value":1e999,"unit":"x"}}')).toMatchObject({ text: '1e999 x', number: null })
})

test('any value at all gets an answer', () => {
  const anything = fc.anything({ withNullPrototype: true })
  const holder = fc.dictionary(
    fc.constantFrom(
      'valueQuantity',
      'valueRange',
      'valueRatio',
      'valueString',
      'valueSampledData',
      'component',
      'referenceRange',
      'interpretation',
      'dataAbsentReason',
      'valueX',
    ),
    anything,
  )
  fc.assert(
    fc.property(fc.oneof(anything, holder), (value) => {
      expect(typeof valueView(value).text).toBe('string')
      expect(typeof quantityText(value)).toBe('string')
    }),
    seeded(1000),
  )
})

test('a fraction longer than four digits is read as four significant ones; every digit stays in the text', () => {
  const read = {
    '164.05751395730553': '164.1',
    '17.371916719924208': '17.37',
    '0.7382242092626808': '0.7382',
    '-1.95996398': '-1.960',
    '123456.78901': '123457',
    '0.000012345678': '0.00001235',
    // As laboratories print them, and what plain notation cannot round.
    '5.40': '5.40',
    '1.0150': '1.0150',
    '0.00625': '0.00625',
    '0.000000012345': '0.000000012345',
    '1.23456789e3': '1.23456789e3',
    '120': '120',
    '': '',
  }
  for (const [digits, text] of Object.entries(read)) expect(readableDigits(digits), digits).toBe(text)

  const long = view('{"valueQuantity":{"value":164.05751395730553,"comparator":"<","unit":"mg/dL"}}')
  expect(long).toMatchObject({
    text: '<164.05751395730553 mg/dL',
    shown: '<164.1 mg/dL',
    literal: '164.05751395730553',
    number: 164.05751395730553,
  })
  expect(view(pressure('117.43210987', '78'))).toMatchObject({ text: '117.43210987/78 mmHg', shown: '117.4/78 mmHg' })
})
