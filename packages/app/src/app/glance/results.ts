/** Which results the overview shows. Pure. */
import { collectionOfStreamName, type Flag, spanIn } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { deviceZone } from '../../i18n/dates.ts'
import { type Trend, trendsOf } from '../measures/trends.ts'

const SHOWN = 6
const SHOWN_OUTSIDE = 4
const DAY_MS = 86_400_000
/** A result counts as new when it came in these days and its sample is not much older. */
const NEW_DAYS = 14
const NEW_SAMPLE_DAYS = 60
/** A result out of range comes first only if it is recent compared with the newest of the chart: old ones are in the list. */
const OUTSIDE_YEARS_MS = 2 * 365.25 * DAY_MS

const OUTSIDE: ReadonlySet<Flag> = new Set<Flag>([
  'high',
  'low',
  'critical-high',
  'critical-low',
  'abnormal',
  'critical-abnormal',
])

/** The tests of the laboratory lists, private ones too, the one with the newest result first. */
export function testsOf(records: readonly ChartRecord[]): Trend[] {
  return trendsOf(records.filter(({ collection }) => collectionOfStreamName(collection) === 'labs'))
}

/** Those out of range and the newest of the others, a screenful in all. `flagOf` reads a record only when it is asked. */
export function picked(
  newest: readonly ChartRecord[],
  flagOf: (record: ChartRecord) => Flag,
): { outside: ChartRecord[]; others: ChartRecord[] } {
  const last = moment(newest.find(({ date }) => !Number.isNaN(moment(date)))?.date ?? '')
  const outside = newest
    .filter((record) => last - moment(record.date) <= OUTSIDE_YEARS_MS && OUTSIDE.has(flagOf(record)))
    .slice(0, SHOWN_OUTSIDE)
  const others = newest.filter((record) => !outside.includes(record)).slice(0, SHOWN - outside.length)
  return { outside, others }
}

/** Whether a result by another author has just arrived. */
export function isNewResult(
  record: Pick<ChartRecord, 'author' | 'importSource' | 'savedAt' | 'date'>,
  now: Date,
): boolean {
  const isOwn = record.author.me && record.importSource === ''
  const sample = moment(record.date)
  return (
    !isOwn &&
    now.getTime() - record.savedAt <= NEW_DAYS * DAY_MS &&
    !Number.isNaN(sample) &&
    now.getTime() - sample <= NEW_SAMPLE_DAYS * DAY_MS
  )
}

/** The first moment that the date may mean. */
function moment(date: string): number {
  return spanIn(date, deviceZone())?.start ?? Number.NaN
}
