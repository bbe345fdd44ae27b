/** What a person tells at the desk is compared with what the chart gives, and is never taken for it. */
import { birthDateOf } from '@chartkeep/app/src/app/practice/chart-name.ts'
import { comparableOf, isOneOf, isSameDate } from '@chartkeep/app/src/features/patients/told-identity.ts'
import type { ChartSummary } from '@chartkeep/sync'
import { expect, test } from 'vitest'

const chart = (birthDate: string, care: { birthDate: string; numbers: string[] } | null, state = 'open') =>
  ({ birthDate, care, state }) as unknown as ChartSummary

test('C12: a birth date is compared where the chart gives one, else a number of the chart, and with neither nothing can be', () => {
  expect(comparableOf(chart('1992-03-04', null))).toEqual({ way: 'date', birthDate: '1992-03-04' })
  expect(comparableOf(chart('', { birthDate: '1992', numbers: ['A1'] }))).toEqual({ way: 'date', birthDate: '1992' })
  expect(comparableOf(chart('', { birthDate: '', numbers: ['A1'] }))).toEqual({ way: 'number', numbers: ['A1'] })
  expect(comparableOf(chart('', { birthDate: '', numbers: [] }))).toEqual({ way: 'nothing' })
  expect(comparableOf(chart('', null))).toEqual({ way: 'nothing' })
})

test('C12: a date fits as far as both are known; nothing fits nothing', () => {
  expect(isSameDate('1992-03-04', '1992-03-04')).toBe(true)
  expect(isSameDate('1992', '1992-03-04')).toBe(true)
  expect(isSameDate('1992-03-04', '1993-03-04')).toBe(false)
  expect(isSameDate('', '1992-03-04')).toBe(false)
  expect(isSameDate('1992-03-04', '')).toBe(false)
})

test('C12: a number fits however it is spaced or written', () => {
  expect(isOneOf(['A-123 456'], 'a123456')).toBe(true)
  expect(isOneOf(['A123456'], '９')).toBe(false)
  expect(isOneOf(['1042'], '１０４２')).toBe(true)
  expect(isOneOf(['-'], ' ')).toBe(false)
})

test('C12: what the desk has typed into the record of the practice is no birth date of an open chart; what the chart gave is kept after its end', () => {
  const record = { birthDate: '1971-01-01' }
  expect(birthDateOf(chart('', null), record)).toBe('')
  expect(birthDateOf(chart('', { birthDate: '1992', numbers: [] }), record)).toBe('1992')
  expect(birthDateOf(chart('', null, 'ended'), record)).toBe('1971-01-01')
})
