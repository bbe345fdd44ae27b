/**
 * One timeline of everything, newest first, under years and months. A date keeps its precision: a year comes before the months of its year
 * (it may mean their end), a month before its days; records without a date come last. Pure.
 */
import { dayIn, sortKeyIn } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { deviceZone } from '../../i18n/dates.ts'

/** A heading or a record. `year` is '' for what has no date; `month` is `2026-03`. */
export type TimelineItem =
  | { type: 'year'; key: string; year: string }
  | { type: 'month'; key: string; month: string }
  | { type: 'record'; key: string; record: ChartRecord; place: number }

/** What is shown: lists ([] for all but {@link HIDDEN_KINDS}), words that a record must hold, years from and to ('' for open). */
export interface TimelineFilter {
  kinds: readonly string[]
  search: string
  from: string
  to: string
}

export const EVERYTHING: TimelineFilter = { kinds: [], search: '', from: '', to: '' }

/** Bills, pictures' headers and the like: three lines for each visit. They show when they are chosen. */
export const HIDDEN_KINDS: ReadonlySet<string> = new Set(['other'])

/** Where a record stands for a reader in the zone. '' for a part that is not known. */
export function placeInTime(date: string, zone: string = deviceZone()): { year: string; month: string } {
  const day = dayIn(date, zone)
  return { year: day.slice(0, 4), month: day.length >= 7 ? day.slice(0, 7) : '' }
}

/** The records that the filter lets through. `kindOf` names a record's list. */
export function filteredTimeline(
  records: readonly ChartRecord[],
  { kinds, search, from, to }: TimelineFilter,
  kindOf: (record: ChartRecord) => string,
): ChartRecord[] {
  const zone = deviceZone()
  const words = search.normalize('NFKC').toLowerCase().split(/\s+/u).filter(Boolean)
  return records.filter((record) => {
    const kind = kindOf(record)
    if (kinds.length === 0 ? HIDDEN_KINDS.has(kind) : !kinds.includes(kind)) return false
    if (from !== '' || to !== '') {
      const { year } = placeInTime(record.date, zone)
      if (year === '' || (from !== '' && year < from) || (to !== '' && year > to)) return false
    }
    const text = `${record.text} ${record.title.toLowerCase()} ${dayIn(record.date, zone)}`
    return words.every((word) => text.includes(word))
  })
}

/** Records under their headings. `place` counts records from 1. */
export function timelineItems(records: readonly ChartRecord[]): TimelineItem[] {
  const zone = deviceZone()
  const placed = records.map((record) => {
    const { year, month } = placeInTime(record.date, zone)
    return { record, year, month, order: sortKeyIn(record.date, zone) }
  })
  placed.sort((a, b) => (a.order < b.order ? 1 : a.order > b.order ? -1 : a.record.title < b.record.title ? -1 : 1))
  const items: TimelineItem[] = []
  let [year, month] = [' ', '']
  placed.forEach((entry, index) => {
    if (entry.year !== year) items.push({ type: 'year', key: `year ${entry.year}`, year: entry.year })
    if (entry.month !== '' && entry.month !== month)
      items.push({ type: 'month', key: `month ${entry.month}`, month: entry.month })
    ;({ year, month } = entry)
    items.push({ type: 'record', key: entry.record.id, record: entry.record, place: index + 1 })
  })
  return items
}

/** The years of a timeline with the places of their headings, newest first. */
export function timelineYears(items: readonly TimelineItem[]): { year: string; index: number }[] {
  return items.flatMap((item, index) => (item.type === 'year' ? [{ year: item.year, index }] : []))
}
