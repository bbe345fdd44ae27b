/** Dates as people type them: read with exactly the precision typed, or refused. */
import { expect, test } from 'vitest'
import { localMinute, minuteTime, parseDateEntry, parseDueEntry, today } from '@chartkeep/app/src/ui/date-entry.ts'
import { formatDate, formatDateOnly } from '@chartkeep/app/src/i18n/dates.ts'

test.each([
  ['1997', '1997'],
  ['1997-03', '1997-03'],
  ['1997-3-9', '1997-03-09'],
  ['1997/03/21', '1997-03-21'],
  ['1997.3', '1997-03'],
  ['1997年3月', '1997-03'],
  ['1997年3月21日', '1997-03-21'],
  ['21 Mar 1997', '1997-03-21'],
  ['March 1997', '1997-03'],
  ['  2026-11-21 ', '2026-11-21'],
  ['１９９７', '1997'],
  ['115/11/21', '2026-11-21'],
  ['民國 86/3/21', '1997-03-21'],
  ['民國86年3月21日', '1997-03-21'],
  ['民國86年', '1997'],
  ['ROC 86', '1997'],
  ['2026-10-12T08:10:00+08:00', '2026-10-12T08:10:00+08:00'],
])('Dates: %s is read as %s, no more and no less precise', (typed, expected) => {
  expect(parseDateEntry(typed)).toBe(expected)
})

test.each(['', '97', '86/3', '1997-13', '1997-02-30', '1700', 'March', '21 Foo 1997', '1997-03-21x', '3/21/1997', 'T'])(
  'Dates: %j is refused and not guessed',
  (typed) => {
    expect(parseDateEntry(typed)).toBeNull()
  },
)

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
    ['', '  ', '2027-03-21', '116/3/21', '2027-03-21 09:30'].map((text) => parseDueEntry(text)?.slice(0, 10)),
  ).toEqual(['', '', '2027-03-21', '2027-03-21', '2027-03-21'])
  expect(['2027', '2027-03', '民國116', 'soon'].map(parseDueEntry)).toEqual([null, null, null, null])
})
