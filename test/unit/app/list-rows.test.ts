/** Which rows a list shows, in which order. */
import { expect, test } from 'vitest'
import { type ListRow, shownRows } from '@chartkeep/app/src/ui/lists/list-rows.ts'

function row(id: string, change: Partial<ListRow> = {}): ListRow {
  return {
    id,
    href: `#${id}`,
    title: id,
    type: '',
    value: '',
    range: '',
    date: '',
    dateKey: '',
    by: '',
    marks: [],
    rank: 0,
    search: id,
    ...change,
  }
}
const newest = { column: 'date', descending: true } as const
const ids = (rows: readonly ListRow[]) => rows.map(({ id }) => id)

test('Lists: active is before past, past before entered in error, whatever the sort', () => {
  const rows = [
    row('error', { rank: 2, dateKey: '2026' }),
    row('past', { rank: 1, dateKey: '2025' }),
    row('now', { dateKey: '2020' }),
  ]
  expect(ids(shownRows(rows, '', [], [], newest))).toEqual(['now', 'past', 'error'])
  expect(ids(shownRows(rows, '', [], [], { column: 'title', descending: true }))).toEqual(['now', 'past', 'error'])
})

test('Lists: rows without a date are last in both directions', () => {
  const rows = [row('none'), row('old', { dateKey: '1997~' }), row('new', { dateKey: '2026-01-01~' })]
  expect(ids(shownRows(rows, '', [], [], newest))).toEqual(['new', 'old', 'none'])
  expect(ids(shownRows(rows, '', [], [], { column: 'date', descending: false }))).toEqual(['old', 'new', 'none'])
})

test('Lists: every word of the search must occur, in any order and in full-width letters too', () => {
  const rows = [row('a', { search: 'hba1c 6.9 % green lab' }), row('b', { search: 'ldl green lab' })]
  expect(ids(shownRows(rows, 'LAB hba1c', [], [], newest))).toEqual(['a'])
  expect(ids(shownRows(rows, 'ＨｂＡ１ｃ', [], [], newest))).toEqual(['a'])
  expect(ids(shownRows(rows, 'nothing', [], [], newest))).toEqual([])
})

test('Lists: entered in error is hidden until its chip is pressed, and then nothing else is shown', () => {
  const filters = [{ id: 'errors', label: 'Marked as a mistake', test: (one: ListRow) => one.rank === 2, hides: true }]
  const rows = [row('good'), row('bad', { rank: 2 })]
  expect(ids(shownRows(rows, '', [], filters, newest))).toEqual(['good'])
  expect(ids(shownRows(rows, '', ['errors'], filters, newest))).toEqual(['bad'])
})

test('Lists: numbers in titles sort as numbers, and the rows given are not changed', () => {
  const rows = [row('B12'), row('B2'), row('b1')]
  expect(ids(shownRows(rows, '', [], [], { column: 'title', descending: false }))).toEqual(['b1', 'B2', 'B12'])
  expect(ids(rows)).toEqual(['B12', 'B2', 'b1'])
})

test('Lists: of 1,000 rows each is asked once for what it is sorted by, and names that differ in case alone share a place', () => {
  let asked = 0
  const rows = Array.from({ length: 1000 }, (_, at) => {
    const one = row(String(at), { dateKey: String(2000 + (at % 20)) })
    return Object.defineProperty(one, 'value', {
      get: () => {
        asked += 1
        return at % 2 === 0 ? 'high' : 'HIGH'
      },
    })
  })
  const sorted = shownRows(rows, '', [], [], { column: 'value', descending: false })
  expect(asked).toBe(1000)
  expect(sorted.map(({ dateKey }) => dateKey)).toEqual(
    rows
      .map(({ dateKey }) => dateKey)
      .toSorted()
      .toReversed(),
  )
})
