/** The rows of a list, and which of them are shown in which order: pure, so that it can be tested without a page. */
import type { Status } from '../display/status-mark.tsx'

/** A word with its status. */
export interface Mark {
  status: Status
  word: string
}

/** One record as a list shows it; every text is ready for people. */
export interface ListRow {
  id: string
  /** Where its detail is. */
  href: string
  title: string
  /** The type of the record, for filters. */
  type: string
  value: string
  flag?: Mark | undefined
  range: string
  /** A state worth a word under the title, e.g. entered in error (struck). */
  state?: (Mark & { struck?: boolean }) | undefined
  /** What must be read together with the title, under it: an allergy that a medicine looks like. */
  titleMarks?: readonly Mark[]
  date: string
  /** Text whose order is the order in time; '' for no date. */
  dateKey: string
  by: string
  marks: readonly Mark[]
  /** 0 active, 1 past, 2 entered in error: active comes before past, whatever the sort. */
  rank: 0 | 1 | 2
  /** Lower-case text that search looks in. */
  search: string
}

/** A chip above the list. `hides`: rows that pass `test` are hidden until the chip is pressed (entered in error). */
export interface ListFilter {
  id: string
  label: string
  test: (row: ListRow) => boolean
  hides?: boolean
}

export type SortColumn = 'title' | 'value' | 'date' | 'by'
/** The order asked for. */
export interface Sort {
  column: SortColumn
  descending: boolean
}

const collator = new Intl.Collator(['zh-Hant-TW', 'en'], { numeric: true, sensitivity: 'base' })

/**
 * Rows that contain every word of `search` and pass every picked filter, in the order of `sort`; active before past. Rows without a date
 * come last in both directions.
 */
export function shownRows(
  rows: readonly ListRow[],
  search: string,
  picked: readonly string[],
  filters: readonly ListFilter[],
  sort: Sort,
): ListRow[] {
  const words = search.normalize('NFKC').toLowerCase().split(/\s+/u).filter(Boolean)
  const hidden = filters.filter((filter) => filter.hides === true && !picked.includes(filter.id))
  const wanted = filters.filter((filter) => picked.includes(filter.id))
  const kept = rows.filter(
    (row) =>
      words.every((word) => row.search.includes(word)) &&
      hidden.every((filter) => !filter.test(row)) &&
      wanted.every((filter) => filter.test(row)),
  )
  return sorted(kept, sort)
}

function sorted(rows: readonly ListRow[], { column, descending }: Sort): ListRow[] {
  const sign = descending ? -1 : 1
  // A row works out its texts when asked, and a list of 10,000 compares 130,000 times: each is asked once.
  const keys = rows.map((row) => ({
    row,
    rank: row.rank,
    dateKey: row.dateKey,
    text: column === 'date' ? row.title : row[column],
  }))
  const places = placesOf(keys.map(({ text }) => text))
  const byText = (a: Key, b: Key) => places.get(a.text)! - places.get(b.text)!
  type Key = (typeof keys)[number]
  const byColumn = (a: Key, b: Key) => {
    if (column !== 'date') return sign * byText(a, b) || (a.dateKey < b.dateKey ? 1 : -1)
    if (a.dateKey === b.dateKey) return byText(a, b)
    if (a.dateKey === '') return 1
    if (b.dateKey === '') return -1
    return a.dateKey < b.dateKey ? -sign : sign
  }
  return keys.sort((a, b) => a.rank - b.rank || byColumn(a, b)).map(({ row }) => row)
}

/** The rank of each text in people's sort order. Many records share a name, so the slow comparison is made rarely. */
function placesOf(texts: readonly string[]): Map<string, number> {
  const distinct = [...new Set(texts)].sort(collator.compare)
  const places = new Map<string, number>()
  let place = 0
  distinct.forEach((text, at) => {
    if (at > 0 && collator.compare(distinct[at - 1]!, text) !== 0) place += 1
    places.set(text, place)
  })
  return places
}
