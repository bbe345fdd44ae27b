/** The timeline: years and months as headings, dates as partial as they are, nothing out of its place. */
import { expect, test } from 'vitest'
import type { ChartRecord } from '@chartkeep/sync'
import {
  EVERYTHING,
  filteredTimeline,
  placeInTime,
  timelineItems,
  timelineYears,
} from '@chartkeep/app/src/app/measures/timeline.ts'
import { chartRecord } from '../../support/chart-record.ts'

const record = (id: string, date: string, collection = 'labs') => chartRecord(id, { date, collection })

const words = (records: readonly ChartRecord[]) =>
  timelineItems(records).map((item) =>
    item.type === 'year'
      ? `# ${item.year}`
      : item.type === 'month'
        ? `## ${item.month}`
        : `${item.place} ${item.record.id}`,
  )

test('Timeline: a year is before its months, a month before its days, and what has no date is last', () => {
  const records = [
    record('day', '1997-03-09'),
    record('none', ''),
    record('year', '1997'),
    record('month', '1997-03'),
    record('later', '1997-05-01'),
    record('next', '1998-01-01'),
    record('noise', 'last spring'),
  ]
  expect(words(records)).toEqual([
    '# 1998',
    '## 1998-01',
    '1 next',
    '# 1997',
    '2 year',
    '## 1997-05',
    '3 later',
    '## 1997-03',
    '4 month',
    '5 day',
    '# ',
    '6 noise',
    '7 none',
  ])
})

test('Timeline: a time is under the month of this device, and each heading comes once', () => {
  const newYear = new Date(2026, 0, 1, 0, 30).toISOString()
  const records = [
    record('at midnight', newYear),
    record('the day before', '2025-12-31'),
    record('the day', '2026-01-01'),
  ]
  const items = timelineItems(records)
  expect(new Set(items.map(({ key }) => key)).size).toBe(items.length)
  expect(timelineYears(items).map(({ year }) => year)).toEqual(['2026', '2025'])
  expect(placeInTime(newYear)).toEqual({ year: '2026', month: '2026-01' })
})

test('Timeline: kinds, years and words narrow it; other records show only when they are chosen', () => {
  const records = [
    record('a', '1997-03-09', 'labs'),
    record('b', '1998', 'medications'),
    record('bill', '1998-02-02', 'other'),
    record('c', '', 'labs'),
  ]
  const ids = (filter: Partial<typeof EVERYTHING>) =>
    filteredTimeline(records, { ...EVERYTHING, ...filter }, ({ collection }) => collection).map(({ id }) => id)
  expect(ids({})).toEqual(['a', 'b', 'c'])
  expect(ids({ kinds: ['other'] })).toEqual(['bill'])
  expect(ids({ kinds: ['labs', 'other'] })).toEqual(['a', 'bill', 'c'])
  expect(ids({ from: '1998' })).toEqual(['b'])
  expect(ids({ to: '1997' })).toEqual(['a'])
  expect(ids({ search: ' A 1997' })).toEqual(['a'])
})
