/** The last numbers of a trend for its small line. */
import type { Converter } from '@chartkeep/domain'
import { placePoints, seriesOf } from '../../ui/plots/plot-geometry.ts'
import type { Wording } from '../words/record-view.ts'
import { type Trend, trendPoints, unitOf } from './trends.ts'

/** More than these are not seen in so small a line, and need not be read. */
const MOST = 12

/** Oldest first, in the unit of the newest result; limits and words are no numbers. Of blood pressure the upper number. */
export function sparkOf(trend: Trend, wording: Wording, convert: Converter): { at: number; value: number }[] {
  const last = { key: trend.key, records: trend.records.slice(0, MOST) }
  const [newest] = last.records
  const unit = newest ? unitOf(wording.views.of(newest).descriptor.value) : null
  const [series] = seriesOf(placePoints(trendPoints(last, unit, wording, convert).points))
  return (series?.placed ?? []).flatMap(({ point, at }) =>
    point.value === null || point.comparator !== '' ? [] : [{ at, value: point.value }],
  )
}
