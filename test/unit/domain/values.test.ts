import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import { objectsAt, parseJsonOrNull, quantityText, readableDigits, valueView, type Flag } from '@chartkeep/domain'
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
    // Significantly high or low is not critical: FHIR has a code of its own for that.
    ['HU', 'high'],
    ['LU', 'low'],
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

  test('the word of the source holds, even against the range', () => {
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
    [
      'a limit that may be on either side',
      '{"value":9,"comparator":"<","unit":"mg"}',
      '[{"high":{"value":2,"unit":"mg"}}]',
    ],
    ['two ranges', '{"value":9}', '[{"high":{"value":2}},{"high":{"value":20}}]'],
    ['a range for some people', '{"value":9}', '[{"high":{"value":2},"appliesTo":[{"text":"pregnancy"}]}]'],
    ['a range of therapy', '{"value":9}', '[{"high":{"value":2},"type":{"coding":[{"code":"therapeutic"}]}}]'],
    ['a range in words that can mean two things', '{"value":9}', '[{"text":"below 2, or 5 in pregnancy"}]'],
    ['two ranges by age', '{"value":9}', '[{"high":{"value":2},"age":{"high":{"value":17}}},{"high":{"value":3}}]'],
    ['ends in two units', '{"value":9,"unit":"mg"}', '[{"low":{"value":1,"unit":"mg"},"high":{"value":2,"unit":"g"}}]'],
    ['the sign for so much as reaches an amount', '{"value":9,"comparator":"ad"}', '[{"high":{"value":2}}]'],
    ['a sign that FHIR does not have', '{"value":9,"comparator":"~"}', '[{"high":{"value":2}}]'],
  ])('nothing is concluded from %s', (_, value, ranges) => {
    expect(byRange(value, ranges)).toMatchObject({ flag: 'none', flagFrom: 'none' })
  })
})

test('a reference range is text to read and numbers to plot', () => {
  const { ranges } = view(
    '{"referenceRange":[{"low":{"value":3.50,"unit":"g/L"},"high":{"value":5.0,"unit":"g/L"},"type":{"coding":[{"code":"normal"}]},"appliesTo":[{"text":"women"}]},{"text":"negative"},{"high":{"value":7}}]}',
  )
  expect(ranges).toMatchObject([
    { text: '3.50–5.0 g/L', low: 3.5, high: 5, lowDigits: '3.50', unit: 'g/L', type: 'normal', appliesTo: 'women' },
    { text: 'negative', low: null, high: null, expects: 'negative', unit: '', type: '', appliesTo: '' },
    { text: '≤ 7', low: null, high: 7, expects: '', unit: '', type: '', appliesTo: '' },
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

group('A4: what a limit or a range in words says', () => {
  const mg = (value: string, comparator = '') =>
    `"valueQuantity":{"value":${value},"unit":"mg/dL",${comparator === '' ? '' : `"comparator":"${comparator}",`}${UCUM},"code":"mg/dL"}`
  const flagOf = (value: string, range: string) => view(`{${value},"referenceRange":[${range}]}`).flag
  const span = (low: string, high: string) =>
    `{${[low && `"low":{"value":${low},"unit":"mg/dL"}`, high && `"high":{"value":${high},"unit":"mg/dL"}`].filter(Boolean).join(',')}}`

  test.each<[string, string, string, string, Flag]>([
    ['>', '600', '70', '99', 'high'],
    ['>', '99', '70', '99', 'high'],
    ['>=', '99', '70', '99', 'none'],
    ['>=', '100', '70', '99', 'high'],
    ['>', '80', '70', '99', 'none'],
    ['>', '60', '70', '99', 'none'],
    ['>', '80', '70', '', 'normal'],
    ['>=', '70', '70', '', 'normal'],
    ['>=', '69', '70', '', 'none'],
    ['<', '5', '10', '100', 'low'],
    ['<', '10', '10', '100', 'low'],
    ['<=', '10', '10', '100', 'none'],
    ['<=', '9', '10', '100', 'low'],
    ['<', '5', '3', '10', 'none'],
    ['<', '5', '0', '10', 'normal'],
    ['<', '5', '', '10', 'normal'],
    ['<', '10', '', '10', 'normal'],
    ['<', '50', '', '10', 'none'],
    ['ad', '600', '70', '99', 'none'],
    ['', '99', '70', '99', 'normal'],
  ])('%s%s against %s–%s', (comparator, value, low, high, flag) => {
    expect(flagOf(mg(value, comparator), span(low, high))).toBe(flag)
  })

  test.each<[string, string, Flag]>([
    ['180', '<150', 'high'],
    ['150', '<150', 'high'],
    ['149', '<150', 'normal'],
    ['150', '≤ 150', 'normal'],
    ['150', '≦150', 'normal'],
    ['151', '<=150 mg/dL', 'high'],
    ['180', '＜１５０', 'high'],
    ['60', '>60', 'low'],
    ['61', '> 60 mg/dL', 'normal'],
    ['60', '≥60', 'normal'],
    ['3.4', '3.5-5.0', 'low'],
    ['3.5', '3.5 – 5.0 mg/dl', 'normal'],
    ['5.1', '3.5 – 5.0 mg/dL', 'high'],
    ['5.1', '3.5~5.0', 'high'],
    ['5.1', '3.5～5.0', 'high'],
    ['5.1', '(3.5 to 5.0)', 'high'],
    ['5.1', '3,5 - 5,0', 'high'],
    ['5.1', 'between 3.5 and 5.0', 'high'],
    ['5.1', '3.5 至 5.0', 'high'],
    ['-3', '-2 to 2', 'low'],
    ['-1', '−2–2', 'normal'],
    ['41', 'up to 40', 'high'],
    ['40', 'up to 40', 'normal'],
    ['40', 'less than 40', 'high'],
    ['40', 'Normal: <40', 'high'],
    ['40', 'Reference range: 10-39', 'high'],
    ['40', '參考值：10-39', 'high'],
    ['40', '小於 40', 'high'],
    ['40', '40 以下', 'normal'],
    ['40', '低於40', 'high'],
    ['39', '40 以上', 'low'],
    ['39', 'at least 40', 'low'],
    // What can mean more than one thing stays silent.
    ['180', '<150 mmol/L', 'none'],
    ['180', '<150 fasting', 'none'],
    ['180', 'Desirable: <150', 'none'],
    ['180', '<150; borderline 150-199', 'none'],
    ['180', 'M 13-17, F 12-15', 'none'],
    ['180', '1,200-1,500', 'none'],
    ['180', '5-3', 'none'],
    ['180', 'see report', 'none'],
    ['180', 'negative', 'none'],
    ['180', '<1:80', 'none'],
    ['180', '', 'none'],
  ])('%s mg/dL against %j', (value, text, flag) => {
    expect(flagOf(mg(value), `{"text":${JSON.stringify(text)}}`)).toBe(flag)
  })

  test.each<[string, string, Flag]>([
    ['positive', 'negative', 'abnormal'],
    ['Positive (qualifier value)', 'Negative', 'abnormal'],
    ['2+', 'negative', 'abnormal'],
    ['Reactive', 'non-reactive', 'abnormal'],
    ['Detected', 'Not detected', 'abnormal'],
    ['陽性', '陰性', 'abnormal'],
    ['陽性(+)', '陰性(-)', 'abnormal'],
    ['陰性', '陰性', 'normal'],
    ['Non Reactive', 'Non-Reactive', 'normal'],
    ['negative', 'positive', 'abnormal'],
    ['trace', 'negative', 'none'],
    ['indeterminate', 'negative', 'none'],
    ['positive', 'see report', 'none'],
    ['positive', '<5', 'none'],
    ['<5', '<10', 'normal'],
    ['>600', '70-99', 'high'],
    ['>600', '70-99 mg/dL', 'none'],
  ])('the finding %j against %j', (value, text, flag) => {
    const range = `{"text":${JSON.stringify(text)}}`
    expect(flagOf(`"valueString":${JSON.stringify(value)}`, range)).toBe(flag)
    if (!/\d/u.test(value))
      expect(flagOf(`"valueCodeableConcept":{"coding":[{"display":${JSON.stringify(value)}}]}`, range)).toBe(flag)
  })

  test('a titre is compared with a titre, and its own limit counts', () => {
    const titre = (under: string, comparator = '') =>
      `"valueRatio":{"numerator":{"value":1},"denominator":{"value":${under}${comparator === '' ? '' : `,"comparator":"${comparator}"`}}}`
    expect(flagOf(titre('160'), '{"text":"<1:80"}')).toBe('high')
    expect(flagOf(titre('40'), '{"text":"<1:80"}')).toBe('normal')
    expect(flagOf(titre('640', '>='), '{"text":"<1:80"}')).toBe('high')
    expect(flagOf(titre('160'), '{"text":"<80"}')).toBe('none')
  })

  test('a range of values is outside only as a whole', () => {
    const values = (low: number, high: number) => `"valueRange":{"low":{"value":${low}},"high":{"value":${high}}}`
    expect(flagOf(values(3, 5), '{"text":"0-2"}')).toBe('high')
    expect(flagOf(values(1, 5), '{"text":"0-2"}')).toBe('none')
    expect(flagOf(values(1, 2), '{"text":"0-2"}')).toBe('normal')
  })

  test.each([
    ['µmol/L', 'umol/l'],
    ['10*9/L', 'x10^9/L'],
    ['10*3/uL', '10³/µL'],
    ['10^12/L', '×10¹²/L'],
    ['mL/min/{1.73_m2}', 'mL/min/1.73 m²'],
    ['m[IU]/L', 'mIU/L'],
    ['/[HPF]', '/hpf'],
    ['meq/L', 'mEq/L'],
    ['mm[Hg]', 'mmHg'],
  ])('%s and %s are one unit', (unit, other) => {
    expect(flagOf(`"valueQuantity":{"value":9,"unit":"${unit}"}`, `{"high":{"value":2,"unit":"${other}"}}`)).toBe(
      'high',
    )
    expect(flagOf(`"valueQuantity":{"value":9,"unit":"${other}"}`, `{"text":"<2 ${unit}"}`)).toBe('high')
  })

  test.each([
    ['mg/dL', 'Mg/dL'],
    ['mmol/L', 'mmol/mL'],
    ['10*9/L', '10*6/L'],
    ['U/L', '[IU]/L'],
    ['ug', 'mg'],
    ['%', 'mmol/mol'],
  ])('%s and %s are two units', (unit, other) => {
    expect(flagOf(`"valueQuantity":{"value":9,"unit":"${unit}"}`, `{"high":{"value":2,"unit":"${other}"}}`)).toBe(
      'none',
    )
  })

  test('units may be written in two ways, and several ranges count where they agree', () => {
    expect(flagOf('"valueQuantity":{"value":9,"unit":"µmol/L"}', '{"high":{"value":2,"unit":"umol/l"}}')).toBe('high')
    expect(flagOf('"valueQuantity":{"value":9,"unit":"10*9/L"}', '{"text":"4-8 10^9/L"}')).toBe('high')
    expect(flagOf('"valueQuantity":{"value":9}', '{"high":{"value":2}},{"text":"<3"}')).toBe('high')
    expect(
      flagOf(
        '"valueQuantity":{"value":9}',
        '{"high":{"value":2}},{"high":{"value":5},"type":{"coding":[{"code":"therapeutic"}]}}',
      ),
    ).toBe('high')
  })

  test('the word of the laboratory goes before what the range says; off the scale says nothing about the range', () => {
    const flagged = (code: string, range: string) =>
      view(`{${mg('5', '<')},"interpretation":[{"coding":[{"code":"${code}"}]}],"referenceRange":[${range}]}`)
    expect(flagged('N', span('10', '100'))).toMatchObject({ flag: 'normal', flagFrom: 'source' })
    expect(flagged('<', span('10', '100'))).toMatchObject({ flag: 'low', flagFrom: 'range' })
    expect(flagged('<', span('3', '10'))).toMatchObject({ flag: 'other', flagText: '<', flagFrom: 'source' })
  })

  test('a sign is shown as it was written, whether FHIR has it or not', () => {
    expect(view(`{${mg('5', 'ad')}}`)).toMatchObject({ text: 'ad 5 mg/dL', comparator: 'ad' })
    expect(view(`{${mg('5', '~')}}`)).toMatchObject({ text: '~5 mg/dL', comparator: 'other' })
  })

  test('the results that were never flagged are out of range, and none is called critical', () => {
    const text = readFileSync(
      join(import.meta.dirname, '../../fixtures/numbers/comparator-and-text-range.json'),
      'utf8',
    )
    const results = objectsAt(parseJsonOrNull(text), 'entry', 'resource').slice(1)
    expect(results.map((result) => valueView(result).flag)).toEqual(['high', 'high'])
  })
})
