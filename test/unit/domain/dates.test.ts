import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareDates, datePrecision, dateSortKey, dateSpan, instantText, isDate, isDateTime } from '@chartkeep/domain'
import { seeded } from '../../support/seeded.ts'

test.each([
  ['1997', 'year'],
  ['1997-03', 'month'],
  ['1997-03-09', 'day'],
  ['2024-02-29', 'day'],
  ['1997-03-09T10:20:30Z', 'time'],
  ['1997-03-09T10:20:30.123+08:00', 'time'],
  ['1997-03-09T10:20', 'time'],
  ['1997-13', null],
  ['1997-00', null],
  ['2023-02-29', null],
  ['1997-02-30', null],
  ['1997-3-9', null],
  ['97', null],
  ['0000', null],
  ['1997-03-09T25:00:00Z', null],
  ['1997-03-09 10:20:30', null],
  ['1997-03-09T10:20:30+99:00', null],
  ['', null],
])('the precision of %j is %s', (text, precision) => {
  expect(datePrecision(text)).toBe(precision)
})

test('a FHIR date has no time, a FHIR dateTime has seconds and zone or no time', () => {
  expect([isDate('1997-03'), isDate('1997-03-09T10:20:30Z')]).toEqual([true, false])
  expect([
    isDateTime('1997'),
    isDateTime('1997-03-09T10:20:30Z'),
    isDateTime('1997-03-09T10:20Z'),
    isDateTime('1997-03-09T10:20:30'),
  ]).toEqual([true, true, false, false])
})

test('partial dates are at the end of their month or year, times across zones in their true order', () => {
  const inOrder = [
    '',
    '1996-12-31',
    '1997-02',
    '1997-03-09T10:20:30+08:00',
    '1997-03-09T03:00:00Z',
    '1997-03-08T23:00:00-05:00',
    '1997-03-09',
    '1997-03-31',
    '1997-03',
    '1997-12-31',
    '1997',
    '1998-01-01',
  ]
  expect(inOrder.toReversed().sort(compareDates)).toEqual(inOrder)
})

test('the order of dates is an order, and no date comes first', () => {
  const date = fc.oneof(
    fc.constantFrom('', 'garbage', '1997', '1997-03', '2000'),
    fc.date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }).chain((moment) => {
      const text = moment.toISOString()
      return fc.constantFrom(text, text.slice(0, 4), text.slice(0, 7), text.slice(0, 10), `${text.slice(0, 19)}+08:00`)
    }),
  )
  fc.assert(
    fc.property(date, date, date, (a, b, c) => {
      expect(Math.sign(compareDates(a, b))).toBe(0 - Math.sign(compareDates(b, a)))
      if (compareDates(a, b) <= 0 && compareDates(b, c) <= 0) expect(compareDates(a, c)).toBeLessThanOrEqual(0)
      if (datePrecision(a) === null) expect(dateSortKey(a)).toBe('')
      else if (datePrecision(a) !== 'time') expect(dateSortKey(a).startsWith(a)).toBe(true)
    }),
    seeded(1000),
  )
})

test('the span of a partial date is the whole of what it may mean', () => {
  expect(dateSpan('1997')).toEqual({ start: Date.UTC(1997, 0, 1), end: Date.UTC(1998, 0, 1) })
  expect(dateSpan('1997-12')).toEqual({ start: Date.UTC(1997, 11, 1), end: Date.UTC(1998, 0, 1) })
  expect(dateSpan('2024-02-29')).toEqual({ start: Date.UTC(2024, 1, 29), end: Date.UTC(2024, 2, 1) })
  expect(dateSpan('1997-03-09T10:20:30+08:00')).toEqual({
    start: Date.UTC(1997, 2, 9, 2, 20, 30),
    end: Date.UTC(1997, 2, 9, 2, 20, 30),
  })
  expect(dateSpan('1997-03-09T10:20')).toEqual({
    start: Date.UTC(1997, 2, 9, 10, 20),
    end: Date.UTC(1997, 2, 9, 10, 20),
  })
  expect(dateSpan('2016-12-31T23:59:60Z')?.start).toBe(Date.UTC(2016, 11, 31, 23, 59, 59))
  expect(dateSpan('soon')).toBeNull()
})

test('an instant is written in UTC to the second', () => {
  expect(instantText(Date.UTC(2026, 10, 21, 8, 0, 0, 999))).toBe('2026-11-21T08:00:00Z')
})
