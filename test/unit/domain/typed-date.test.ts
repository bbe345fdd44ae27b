/** Dates as people type them: in the habits of their place, with the precision that they typed, asked where they can mean two days. */
import { expect, test } from 'vitest'
import { type DateHabits, isSurelyBefore, readDate } from '@chartkeep/domain'

const AMERICAN: DateHabits = { dayMonth: 'month', isRoc: false }
const BRITISH: DateHabits = { dayMonth: 'day', isRoc: false }
/** The year comes first; 5/6/2015 has no usual order. */
const TAIWANESE: DateHabits = { dayMonth: null, isRoc: true }

const shown = (text: string, habits: DateHabits) => {
  const read = readDate(text, habits)
  const time = 'time' in read && read.time !== null ? ` ${Math.floor(read.time / 60)}:${read.time % 60}` : ''
  return read.type === 'date'
    ? read.date + time
    : read.type === 'unsure'
      ? read.readings.join(' or ') + time
      : read.type
}

/** What was typed, and how an American, a British and a Taiwanese reader means it; one for all where they agree. */
test.each<[string, string, string?, string?]>([
  ['2015', '2015'],
  ['2015-06', '2015-06'],
  ['2015-6-5', '2015-06-05'],
  ['2015/6/5', '2015-06-05'],
  ['2015.6.5', '2015-06-05'],
  ['２０１５／６／５', '2015-06-05'],
  ['20150605', '2015-06-05'],
  ['5/6/2015', '2015-05-06', '2015-06-05', '2015-06-05 or 2015-05-06'],
  ['05-06-2015', '2015-05-06', '2015-06-05', '2015-06-05 or 2015-05-06'],
  ['5 / 6 / 2015', '2015-05-06', '2015-06-05', '2015-06-05 or 2015-05-06'],
  ['5.6.2015', '2015-06-05'],
  ['25/6/2015', '2015-06-25'],
  ['6/25/2015', '2015-06-25'],
  ['6/6/2015', '2015-06-06'],
  ['6/2015', '2015-06'],
  ['5 June 2015', '2015-06-05'],
  ['5th June, 2015', '2015-06-05'],
  ['5 Jun 2015', '2015-06-05'],
  ['5-Jun-2015', '2015-06-05'],
  ['June 5 2015', '2015-06-05'],
  ['June 5, 2015', '2015-06-05'],
  ['Jun. 5th, 2015', '2015-06-05'],
  ['Friday, 5 June 2015', '2015-06-05'],
  ['2015 June 5', '2015-06-05'],
  ['June 2015', '2015-06'],
  ['Sept 2015', '2015-09'],
  ['2015年', '2015'],
  ['2015年6月', '2015-06'],
  ['2015年6月5日', '2015-06-05'],
  ['2015 年 6 月 5 日', '2015-06-05'],
  ['西元2015年6月5日', '2015-06-05'],
  ['民國104年6月5日', '2015-06-05'],
  ['民國 104 年 6 月', '2015-06'],
  ['民國86年', '1997'],
  ['民國104/6/5', '2015-06-05'],
  ['ROC 104', '2015'],
  ['104/6/5', 'no-date', 'no-date', '2015-06-05'],
  ['104年6月5日', 'no-date', 'no-date', '2015-06-05'],
  ['104年6月', 'no-date', 'no-date', '2015-06'],
  ['86/3/21', 'no-date', 'no-date', '1997-03-21'],
  ['1040605', 'no-date', 'no-date', '2015-06-05'],
  ['2015-06-05 08:30', '2015-06-05 8:30'],
  ['2015/6/5 下午3:30', '2015-06-05 15:30'],
  ['2015年6月5日上午12:05', '2015-06-05 0:5'],
  ['2015年6月5日 15點30分', '2015-06-05 15:30'],
  ['5 June 2015, 3:30 pm', '2015-06-05 15:30'],
  ['5/6/2015 08:30', '2015-05-06 8:30', '2015-06-05 8:30', '2015-06-05 or 2015-05-06 8:30'],
  ['', 'none'],
  ['  ', 'none'],
  // No date, or too little of one.
  ['15', 'no-date'],
  ['86/3', 'no-date'],
  ['5/6', 'no-date'],
  ['5/6/15', 'no-date'],
  ['21/3/86', 'no-date', 'no-date', 'no-date'],
  ['2015-13', 'no-date'],
  ['2015-02-30', 'no-date'],
  ['30/2/2015', 'no-date'],
  ['13/13/2015', 'no-date'],
  ['1700', 'no-date'],
  ['June', 'no-date'],
  ['5 Foo 2015', 'no-date'],
  ['5 Marble 2015', 'no-date'],
  ['2015-06-05x', 'no-date'],
  ['2015-06 08:30', 'no-date'],
  ['2015-06-05 25:00', 'no-date'],
  ['民國2015年', 'no-date'],
  ['T', 'no-date'],
])('A5: the date %j', (text, american, british = american, taiwanese = british) => {
  expect([AMERICAN, BRITISH, TAIWANESE].map((habits) => shown(text, habits))).toEqual([american, british, taiwanese])
})

test('A5: a result is older than its person only where both dates say so', () => {
  expect(isSurelyBefore('1979', '1980-05-01')).toBe(true)
  expect(isSurelyBefore('1980', '1980-05-01')).toBe(false)
  expect(isSurelyBefore('1980-04', '1980-05-01')).toBe(true)
  expect(isSurelyBefore('1980-05-01T00:30:00+08:00', '1980-05-01')).toBe(false)
  expect(isSurelyBefore('1980-04-30T23:00:00Z', '1980-05-01')).toBe(true)
  expect(isSurelyBefore('', '1980')).toBe(false)
  expect(isSurelyBefore('1979', '')).toBe(false)
})
