/** Where results are on a plot: true time, ranges as reported, nothing joined that does not belong together. */
import { expect, test } from 'vitest'
import {
  joins,
  placePoints,
  rangeBands,
  timeTicks,
  type TrendPoint,
  valueExtent,
  valueTicks,
} from '@chartkeep/app/src/ui/plots/plot-geometry.ts'

function point(date: string, value: number | null, change: Partial<TrendPoint> = {}): TrendPoint {
  return {
    id: `${date} ${value}`,
    date,
    shownDate: date,
    value,
    text: String(value),
    comparator: '',
    isRatio: false,
    flag: 'none',
    flagWord: '',
    range: null,
    was: null,
    group: '',
    by: '',
    ...change,
  }
}

test('Charts: a partial date is a bar over its year or month, a day is a dot', () => {
  const [year, month, day] = placePoints([point('1997', 1), point('1998-03', 2), point('1998-05-09', 3)])
  expect(year?.isPartial).toBe(true)
  expect([year?.start, year?.end]).toEqual([Date.UTC(1997, 0, 1), Date.UTC(1998, 0, 1)])
  expect(month?.isPartial).toBe(true)
  expect(day?.isPartial).toBe(false)
  expect(day?.at).toBe(Date.UTC(1998, 4, 9))
})

test('Charts: a result without a readable date is not placed anywhere', () => {
  expect(placePoints([point('', 1), point('soon', 2)])).toEqual([])
})

test('Charts: `<5` is never joined, nor other specimens, nor across 18 months, nor partial dates', () => {
  const plain = placePoints([point('2026-01-01', 1), point('2026-06-01', 2)])
  expect(joins(plain)).toHaveLength(1)
  expect(joins(placePoints([point('2026-01-01', 5, { comparator: '<' }), point('2026-06-01', 2)]))).toEqual([])
  expect(joins(placePoints([point('2026-01-01', 1, { group: 'serum' }), point('2026-06-01', 2)]))).toEqual([])
  expect(joins(placePoints([point('2024-01-01', 1), point('2025-08-01', 2)]))).toEqual([])
  expect(joins(placePoints([point('2025', 1), point('2026-01-05', 2)]))).toEqual([])
  expect(joins(placePoints([point('2026-01-01', null), point('2026-06-01', 2)]))).toEqual([])
})

test('Charts: the band steps half-way where the range changed and is absent where none was given', () => {
  const range = (low: number, high: number) => ({ low, high, text: `${low}-${high}` })
  const placed = placePoints([
    point('2026-01-01', 1, { range: range(4, 6) }),
    point('2026-03-01', 1, { range: range(4, 6) }),
    point('2026-05-01', 1, { range: range(4, 5) }),
    point('2026-07-01', 1),
  ])
  const bands = rangeBands(placed, 0, 10 ** 13)
  expect(bands.map(({ text }) => text)).toEqual(['4-6', '4-5'])
  expect(bands[0]?.start).toBe(0)
  expect(bands[0]?.end).toBe((Date.UTC(2026, 2, 1) + Date.UTC(2026, 4, 1)) / 2)
  expect(bands[1]?.end).toBe((Date.UTC(2026, 4, 1) + Date.UTC(2026, 6, 1)) / 2)
})

test('Charts: the Y axis shows every value, old value and range end, is not forced to zero and never below it for positive values', () => {
  const placed = placePoints([
    point('2026-01-01', 140, { range: { low: 135, high: 145, text: '' }, was: { value: 170, text: '170' } }),
  ])
  const extent = valueExtent(placed, false)
  expect(extent?.low).toBeLessThan(135)
  expect(extent?.low).toBeGreaterThan(100)
  expect(extent?.high).toBeGreaterThan(170)
  expect(valueExtent(placePoints([point('2026-01-01', 0.1), point('2026-02-01', 9)]), false)?.low).toBe(0)
  expect(valueExtent(placePoints([point('2026-01-01', null)]), false)).toBeNull()
  const single = valueExtent(placePoints([point('2026-01-01', 5)]), false)
  expect(single?.low).toBeCloseTo(3.72)
  expect(single?.high).toBeCloseTo(6.28)
})

test('Charts: ticks are round numbers inside the axis; titres double', () => {
  expect(valueTicks(3.6, 8.2, 4, false)).toEqual([4, 6, 8])
  expect(valueTicks(0, 1, 4, false)).toEqual([0, 0.25, 0.5, 0.75, 1])
  expect(valueTicks(40, 320, 4, true)).toEqual([40, 80, 160, 320])
})

test('Charts: time ticks are months for a short span and years for a long one', () => {
  expect(timeTicks(Date.UTC(2026, 0, 15), Date.UTC(2026, 5, 15), 6).map(({ date }) => date)).toEqual([
    '2026-02',
    '2026-03',
    '2026-04',
    '2026-05',
    '2026-06',
  ])
  expect(timeTicks(Date.UTC(1990, 5, 1), Date.UTC(2026, 5, 1), 8).map(({ date }) => date)).toEqual([
    '1995',
    '2000',
    '2005',
    '2010',
    '2015',
    '2020',
    '2025',
  ])
})
