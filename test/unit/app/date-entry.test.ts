/** Dates as people type them: read with exactly the precision typed, or refused. */
import { readDate } from '@chartkeep/domain'
import { expect, test } from 'vitest'
import {
  dateEntry,
  localMinute,
  minuteTime,
  parseDateEntry,
  parseDueEntry,
  today,
} from '@chartkeep/app/src/ui/fields/date-entry.ts'
import { dateHabits, fieldDate, formatDate, formatDateOnly } from '@chartkeep/app/src/i18n/dates.ts'
import { decimalMark } from '@chartkeep/app/src/i18n/numbers.ts'

test.each([
  ['1997', '1997'],
  ['1997-3-9', '1997-03-09'],
  ['21 Mar 1997', '1997-03-21'],
  ['  2026-11-21 ', '2026-11-21'],
  ['民國 86/3/21', '1997-03-21'],
  ['2026-10-12T08:10:00+08:00', '2026-10-12T08:10:00+08:00'],
  // In English nobody means a ROC year without saying so.
  ['115/11/21', null],
  ['', null],
  ['1997-02-30', null],
])('Dates: %s is read as %s, neither more nor less precise', (typed, expected) => {
  expect(parseDateEntry(typed)).toBe(expected)
})

test('A5: dates are typed by the habits of the device, with ROC years where the language or the calendar has them', () => {
  expect(dateHabits('en', 'gregorian', 'en-US')).toEqual({ dayMonth: 'month', isRoc: false })
  expect(dateHabits('en', 'gregorian', 'en-GB')).toEqual({ dayMonth: 'day', isRoc: false })
  expect(dateHabits('en', 'roc', 'de-DE')).toEqual({ dayMonth: 'day', isRoc: true })
  expect(dateHabits('zh-Hant-TW', 'gregorian', 'zh-TW')).toEqual({ dayMonth: null, isRoc: true })
  expect(dateHabits('en', 'gregorian', 'no locale')).toEqual({ dayMonth: null, isRoc: false })
  expect([decimalMark('en-US'), decimalMark('zh-TW'), decimalMark('de-DE'), decimalMark('no locale')]).toEqual([
    '.',
    '.',
    ',',
    '.',
  ])
})

test('A5: a time of day is that of this device, and goes with the day that it was typed with', () => {
  const typed = parseDateEntry('21 March 1997, 3:30 pm') ?? ''
  expect(new Date(typed).getTime()).toBe(new Date(1997, 2, 21, 15, 30).getTime())
  expect(parseDateEntry(dateEntry(typed))).toBe(typed)
})

test('Dates: a partial date is shown with the precision that it has, in both languages and calendars', () => {
  expect(formatDate('1997', 'en', 'gregorian')).toBe('1997')
  expect(formatDate('1997-03', 'en', 'gregorian')).toBe('Mar 1997')
  expect(formatDate('2026-11-21', 'en', 'gregorian')).toBe('21 Nov 2026')
  expect(formatDate('2026-11-21', 'zh-Hant-TW', 'gregorian')).toBe('2026年11月21日')
  expect(formatDate('1997-03', 'zh-Hant-TW', 'roc')).toBe('民國86年3月')
  expect(formatDate('1900', 'zh-Hant-TW', 'roc')).toBe('1900年')
  expect(formatDateOnly('2026-11-21', 'en', 'gregorian')).toBe('21 Nov 2026')
  expect(formatDate('soon', 'en', 'gregorian')).toBe('soon')
})

test('Dates: today is the local day', () => {
  expect(today(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05')
})

test('Dates: a field of day and minute shows a time as this device’s clock has it, and gives back that minute; an empty one gives no time', () => {
  const time = new Date(2026, 10, 3, 8, 5, 59).getTime()
  expect(localMinute(time)).toBe('2026-11-03T08:05')
  expect(minuteTime(localMinute(time))).toBe(time - 59_000)
  expect(minuteTime('')).toBeNaN()
})

test('M7: until when something is to be done is a day, or nothing; a year alone would be over when it begins', () => {
  expect(
    ['', '  ', '2027-03-21', '21 Mar 2027', '2027-03-21 09:30'].map((text) => parseDueEntry(text)?.slice(0, 10)),
  ).toEqual(['', '', '2027-03-21', '2027-03-21', '2027-03-21'])
  expect(['2027', '2027-03', '民國116', 'soon'].map(parseDueEntry)).toEqual([null, null, null, null])
})

test('A5: a date that was pressed is shown in words that are read back as the same date, in both languages, orders and calendars', () => {
  const american = dateHabits('en', 'gregorian', 'en-US')
  expect(fieldDate('2026-11-23', 'en', 'gregorian', american)).toBe('November 23, 2026')
  expect(fieldDate('2026-11', 'en', 'gregorian', american)).toBe('November 2026')
  expect(fieldDate('2026', 'en', 'gregorian', american)).toBe('2026')
  expect(fieldDate('2026-11-23', 'en', 'gregorian', dateHabits('en', 'gregorian', 'en-GB'))).toBe('23 November 2026')
  expect(fieldDate('2026-11-23', 'zh-Hant-TW', 'roc', american)).toBe('民國115年11月23日')
  // What the reader of typed dates would not take back stays as it is.
  expect(fieldDate('2026-11-23', 'en', 'roc', american)).toBe('2026-11-23')
  expect(fieldDate('2026-11-21 08:30', 'en', 'gregorian', american)).toBe('2026-11-21 08:30')
  for (const language of ['en', 'zh-Hant-TW'] as const)
    for (const calendar of ['gregorian', 'roc'] as const)
      for (const date of ['1997', '1997-03', '1997-03-09', '1900-12-31', '2026-11-23'])
        for (const locale of ['en-US', 'en-GB', 'zh-TW'])
          expect(
            readDate(
              fieldDate(date, language, calendar, dateHabits(language, calendar, locale)),
              dateHabits(language, calendar, locale),
            ),
          ).toMatchObject({ type: 'date', date })
})
