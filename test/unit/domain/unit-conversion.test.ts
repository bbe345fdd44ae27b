/** Results in another unit: by UCUM where the units measure the same, by molar mass for named analytes, else not at all. */
import { expect, test } from 'vitest'
import { analyteOf, ANALYTES, convertedNumber } from '@chartkeep/domain'
import { loadConverter } from '@chartkeep/app/src/app/measures/unit-converter.ts'

const convert = await loadConverter()
const of = (code: string) => analyteOf(code)

test('Units: what measures the same is converted by UCUM', () => {
  expect(convert(98.6, '[degF]', 'Cel', null)).toBeCloseTo(37, 6)
  expect(convert(180, '[lb_av]', 'kg', null)).toBeCloseTo(81.6466, 3)
  expect(convert(70, '[in_i]', 'cm', null)).toBeCloseTo(177.8, 6)
  expect(convert(5.2, '10*3/uL', '10*9/L', null)).toBeCloseTo(5.2, 9)
  expect(convert(13.5, 'g/dL', 'g/L', null)).toBeCloseTo(135, 9)
  expect(convert(2, 'm[IU]/L', 'u[IU]/mL', null)).toBeCloseTo(2, 9)
  expect(convert(120, 'mm[Hg]', 'kPa', null)).toBeCloseTo(15.9987, 3)
})

test('Units: what measures something else stays as it is', () => {
  for (const [from, to] of [
    ['mg/dL', 'kg'],
    ['[IU]/L', 'U/L'],
    ['{score}', '{points}'],
    ['mg/dL', 'no unit'],
    ['', 'mg/dL'],
  ] as const)
    expect(convert(1, from, to, null), `${from} ${to}`).toBeNull()
})

test('Units: mass and amount of substance only for analytes with a molar mass, to the factors that laboratories print', () => {
  // Factors of mg/dL to mmol/L (µmol/L) as printed in SI conversion tables.
  expect(convert(126, 'mg/dL', 'mmol/L', of('2345-7'))).toBeCloseTo(126 * 0.0555, 1)
  expect(convert(200, 'mg/dL', 'mmol/L', of('2093-3'))).toBeCloseTo(200 * 0.02586, 2)
  expect(convert(150, 'mg/dL', 'mmol/L', of('2571-8'))).toBeCloseTo(150 * 0.01129, 2)
  expect(convert(1, 'mg/dL', 'umol/L', of('2160-0'))).toBeCloseTo(88.4, 1)
  expect(convert(1, 'mg/dL', 'umol/L', of('3084-1'))).toBeCloseTo(59.48, 1)
  expect(convert(1, 'mg/dL', 'umol/L', of('1975-2'))).toBeCloseTo(17.1, 1)
  expect(convert(10, 'mg/dL', 'mmol/L', of('17861-6'))).toBeCloseTo(2.495, 3)
  expect(convert(100, 'ug/dL', 'umol/L', of('2498-4'))).toBeCloseTo(17.9, 1)
  expect(convert(7, 'mmol/L', 'mg/dL', of('14749-6'))).toBeCloseTo(126.1, 1)
  expect(convert(126, 'mg/dL', 'mmol/L', null)).toBeNull()
  expect(convert(126, 'mg/dL', 'mmol/L', of('2951-2'))).toBeNull()
})

test('Units: HbA1c goes by its own equation, and per cent is never told as moles for another test', () => {
  expect(convert(6.5, '%', 'mmol/mol', of('4548-4'))).toBeCloseTo(47.5, 1)
  expect(convert(53, 'mmol/mol', '%', of('59261-8'))).toBeCloseTo(7.0, 2)
  expect(convert(6.5, '%', 'mmol/mol', null)).toBeNull()
  expect(convert(6.5, '%', '1', of('4548-4'))).toBeNull()
})

test('Units: an equivalent is a mole only for ions whose charge is named', () => {
  expect(convert(140, 'meq/L', 'mmol/L', of('2951-2'))).toBeCloseTo(140, 9)
  expect(convert(5, 'meq/L', 'mmol/L', of('2000-8'))).toBeCloseTo(2.5, 9)
  expect(convert(2, 'meq/L', 'mmol/L', null)).toBeNull()
})

test('Units: each code belongs to one analyte', () => {
  const codes = ANALYTES.flatMap((analyte) => analyte.codes)
  expect(new Set(codes).size).toBe(codes.length)
})

/** Factors, so that each line below can be worked out by hand: value, unit, unit, code of the analyte ('' for none), digits to be read. */
const CONVERSIONS: readonly (readonly [string, string, string, string, string])[] = [
  // °F = °C × 1.8 + 32 (exact; NIST SP 811, B.8). 37.5 °C and 38 °C begin fever.
  ['36.5', 'Cel', '[degF]', '', '97.7'],
  ['37', 'Cel', '[degF]', '', '98.6'],
  ['37.5', 'Cel', '[degF]', '', '99.5'],
  ['38', 'Cel', '[degF]', '', '100.4'],
  ['38.0', 'Cel', '[degF]', '', '100.4'],
  ['37.99', 'Cel', '[degF]', '', '100.38'],
  ['38.5', 'Cel', '[degF]', '', '101.3'],
  ['39', 'Cel', '[degF]', '', '102.2'],
  ['40', 'Cel', '[degF]', '', '104.0'],
  ['-0.5', 'Cel', '[degF]', '', '31.1'],
  ['98.6', '[degF]', 'Cel', '', '37.0'],
  ['99.4', '[degF]', 'Cel', '', '37.4'],
  ['99.5', '[degF]', 'Cel', '', '37.5'],
  ['100.3', '[degF]', 'Cel', '', '37.9'],
  ['100.4', '[degF]', 'Cel', '', '38.0'],
  ['104', '[degF]', 'Cel', '', '40.0'],
  // 1 lb = 0.45359237 kg (exact; NIST SP 811, B.8).
  ['70', 'kg', '[lb_av]', '', '154.3'],
  ['82.5', 'kg', '[lb_av]', '', '181.9'],
  ['3.45', 'kg', '[lb_av]', '', '7.6'],
  ['154', '[lb_av]', 'kg', '', '69.9'],
  ['180', '[lb_av]', 'kg', '', '81.6'],
  ['250.4', '[lb_av]', 'kg', '', '113.6'],
  // 1 in = 2.54 cm (exact; NIST SP 811, B.8).
  ['175', 'cm', '[in_i]', '', '68.9'],
  ['50', 'cm', '[in_i]', '', '19.7'],
  ['70', '[in_i]', 'cm', '', '177.8'],
  ['65.5', '[in_i]', 'cm', '', '166.4'],
  // 1 mmHg = 0.133322 kPa (NIST SP 811, B.8). 140 and 90 mmHg are 18.7 and 12.0 kPa.
  ['120', 'mm[Hg]', 'kPa', '', '16.0'],
  ['139', 'mm[Hg]', 'kPa', '', '18.5'],
  ['140', 'mm[Hg]', 'kPa', '', '18.7'],
  ['90', 'mm[Hg]', 'kPa', '', '12.0'],
  ['18.7', 'kPa', 'mm[Hg]', '', '140'],
  ['18.6', 'kPa', 'mm[Hg]', '', '139.5'],
  // Glucose, 180.156 g/mol (C6H12O6, CIAAW 2021): mg/dL = mmol/L × 18.0156. Diabetes from 7.0 mmol/L = 126 mg/dL and 11.1 = 200 (ADA 2025).
  ['3.9', 'mmol/L', 'mg/dL', '14749-6', '70'],
  ['5.5', 'mmol/L', 'mg/dL', '14749-6', '99'],
  ['5.6', 'mmol/L', 'mg/dL', '14749-6', '101'],
  ['6.9', 'mmol/L', 'mg/dL', '14749-6', '124'],
  ['6.98', 'mmol/L', 'mg/dL', '14749-6', '125.7'],
  ['7.0', 'mmol/L', 'mg/dL', '14749-6', '126'],
  ['7', 'mmol/L', 'mg/dL', '14749-6', '126'],
  ['11.0', 'mmol/L', 'mg/dL', '15074-8', '198'],
  ['11.1', 'mmol/L', 'mg/dL', '15074-8', '200'],
  ['69', 'mg/dL', 'mmol/L', '2345-7', '3.8'],
  ['70', 'mg/dL', 'mmol/L', '2345-7', '3.9'],
  ['99', 'mg/dL', 'mmol/L', '2345-7', '5.5'],
  ['100', 'mg/dL', 'mmol/L', '2345-7', '5.6'],
  ['125', 'mg/dL', 'mmol/L', '2345-7', '6.9'],
  ['125.5', 'mg/dL', 'mmol/L', '2345-7', '6.97'],
  ['126', 'mg/dL', 'mmol/L', '2345-7', '7.0'],
  ['199', 'mg/dL', 'mmol/L', '2345-7', '11.0'],
  ['200', 'mg/dL', 'mmol/L', '2345-7', '11.1'],
  ['1.26', 'g/L', 'mmol/L', '2345-7', '7.0'],
  // HbA1c: NGSP % = 0.09148 × IFCC + 2.152 (https://ngsp.org/ifcc.asp). 5.7 % = 39, 6.5 % = 48 mmol/mol (ADA 2025).
  ['5.6', '%', 'mmol/mol', '4548-4', '38'],
  ['5.7', '%', 'mmol/mol', '4548-4', '39'],
  ['6.4', '%', 'mmol/mol', '4548-4', '46'],
  ['6.5', '%', 'mmol/mol', '4548-4', '48'],
  ['38', 'mmol/mol', '%', '59261-8', '5.6'],
  ['39', 'mmol/mol', '%', '59261-8', '5.7'],
  ['47', 'mmol/mol', '%', '59261-8', '6.45'],
  ['48', 'mmol/mol', '%', '59261-8', '6.5'],
  ['53', 'mmol/mol', '%', '59261-8', '7.0'],
  // Cholesterol, 386.664 g/mol (C27H46O): mg/dL = mmol/L × 38.6664. NCEP ATP III: LDL 100 mg/dL = 2.59, total 200 = 5.17 mmol/L.
  ['200', 'mg/dL', 'mmol/L', '2093-3', '5.17'],
  ['199', 'mg/dL', 'mmol/L', '2093-3', '5.15'],
  ['240', 'mg/dL', 'mmol/L', '2093-3', '6.21'],
  ['100', 'mg/dL', 'mmol/L', '13457-7', '2.59'],
  ['5.2', 'mmol/L', 'mg/dL', '14647-2', '201'],
  ['2.59', 'mmol/L', 'mg/dL', '22748-8', '100'],
  ['2.58', 'mmol/L', 'mg/dL', '22748-8', '99.8'],
  ['40', 'mg/dL', 'mmol/L', '2085-9', '1.03'],
  // Triglycerides as triolein, 885.453 g/mol (C57H104O6): mg/dL = mmol/L × 88.5453.
  ['150', 'mg/dL', 'mmol/L', '2571-8', '1.69'],
  ['1.70', 'mmol/L', 'mg/dL', '14927-8', '151'],
  // Creatinine, 113.120 g/mol (C4H7N3O): µmol/L = mg/dL × 88.402. KDIGO: 4.0 mg/dL = 354 µmol/L.
  ['0.97', 'mg/dL', 'umol/L', '2160-0', '86'],
  ['1.0', 'mg/dL', 'umol/L', '2160-0', '88'],
  ['1.49', 'mg/dL', 'umol/L', '2160-0', '132'],
  ['1.5', 'mg/dL', 'umol/L', '2160-0', '133'],
  ['88', 'umol/L', 'mg/dL', '14682-9', '1.00'],
  ['354', 'umol/L', 'mg/dL', '14682-9', '4.00'],
  ['353', 'umol/L', 'mg/dL', '14682-9', '3.99'],
  // Urate, 168.112 g/mol (C5H4N4O3): µmol/L = mg/dL × 59.484.
  ['6.0', 'mg/dL', 'umol/L', '3084-1', '357'],
  ['420', 'umol/L', 'mg/dL', '14933-6', '7.1'],
  // Bilirubin, 584.673 g/mol (C33H36N4O6): µmol/L = mg/dL × 17.104.
  ['1.2', 'mg/dL', 'umol/L', '1975-2', '21'],
  ['51', 'umol/L', 'mg/dL', '14631-6', '3.0'],
  // Calcium, 40.078 g/mol: mg/dL = mmol/L × 4.0078; two equivalents to the mole.
  ['10.5', 'mg/dL', 'mmol/L', '17861-6', '2.62'],
  ['2.35', 'mmol/L', 'mg/dL', '2000-8', '9.4'],
  ['2.45', 'mmol/L', 'meq/L', '2000-8', '4.9'],
  // Iron, 55.845 g/mol: µg/dL = µmol/L × 5.5845.
  ['100', 'ug/dL', 'umol/L', '2498-4', '17.9'],
  ['17.9', 'umol/L', 'ug/dL', '14798-3', '100'],
  // An equivalent of sodium or potassium is a mole: the digits stay.
  ['140', 'meq/L', 'mmol/L', '2951-2', '140'],
  ['4.25', 'meq/L', 'mmol/L', '2823-3', '4.25'],
  // Only the point moves: the digits stay.
  ['13.5', 'g/dL', 'g/L', '', '135'],
  ['0.045', 'mg/L', 'ug/L', '', '45'],
  ['3456', 'g', 'kg', '', '3.456'],
  ['1.75', 'm', 'cm', '', '175'],
  // In no table: two numbers that differ in their last place stay apart. 1 oz = 29.5735 mL, 1 week = 7 d.
  ['12', '[foz_us]', 'mL', '', '355'],
  ['12.5', '[foz_us]', 'mL', '', '370'],
  ['355', 'mL', '[foz_us]', '', '12.00'],
  ['10', 'd', 'wk', '', '1.4'],
]

test.each(CONVERSIONS)('A1: %s %s in %s (%s) reads %s', (literal, from, to, code, expected) => {
  expect(convertedNumber(literal, { from, to, analyte: of(code), convert })?.digits).toBe(expected)
})

test('A1: a converted number relates to the end of its range as the reported one does, and never reads as nothing', () => {
  const glucose = { from: 'mg/dL', to: 'mmol/L', analyte: of('2345-7'), convert }
  expect(convertedNumber('127', glucose)?.digits).toBe('7.0')
  expect(convertedNumber('127', glucose, [{ reported: 126, shown: 7 }])?.digits).toBe('7.05')
  expect(convertedNumber('126', glucose, [{ reported: 126, shown: 7 }])?.digits).toBe('7.0')
  const bilirubin = { from: 'umol/L', to: 'mg/dL', analyte: of('14631-6'), convert }
  expect(convertedNumber('0.5', bilirubin)?.digits).toBe('0.03')
  expect(convertedNumber('0', bilirubin)?.digits).toBe('0.0')
})

test('A1: no step of the reported number crosses a limit in the other unit, for every analyte with limits', () => {
  for (const analyte of ANALYTES) {
    const [first = '', second = ''] = analyte.units
    for (const [from, to, way] of [
      [first, second, 0],
      [second, first, 1],
    ] as const)
      for (const pair of analyte.limits) {
        const places = analyte.decimals[from] ?? 0
        const limit = pair[way]
        for (const step of [-2, -1, 0, 1, 2]) {
          const literal = (limit + step * 10 ** -places).toFixed(places)
          const { digits = '' } = convertedNumber(literal, { from, to, analyte, convert }) ?? {}
          const name = `${analyte.key}: ${literal} ${from} is ${digits} ${to}, limit ${pair.join(' = ')}`
          expect(Number(digits) >= pair[1 - way]!, name).toBe(Number(literal) >= limit)
        }
      }
  }
})

test('A1: what cannot be brought to the unit has no digits', () => {
  expect(convertedNumber('7', { from: 'mg/dL', to: 'mmol/L', analyte: null, convert })).toBeNull()
  expect(convertedNumber('', { from: 'kg', to: '[lb_av]', analyte: null, convert })).toBeNull()
})
