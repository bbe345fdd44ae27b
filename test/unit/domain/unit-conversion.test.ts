/** Results in another unit: by UCUM where the units measure the same, by molar mass for named analytes, else not at all. */
import { expect, test } from 'vitest'
import { analyteOf, ANALYTES, convertedDigits } from '@chartkeep/domain'
import { loadConverter } from '@chartkeep/app/src/app/chart/unit-converter.ts'

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

test('Units: a converted number has as many digits as the report, at least two and at most four', () => {
  expect(convertedDigits(6.9938, '126')).toBe('6.99')
  expect(convertedDigits(6.9938, '7')).toBe('7.0')
  expect(convertedDigits(88.417, '1.0')).toBe('88')
  expect(convertedDigits(0.0123, '0.045')).toBe('0.012')
  expect(convertedDigits(123456.7, '12')).toBe('120000')
  expect(convertedDigits(81.6466, '180.25')).toBe('81.65')
})
