/** A result among all results of the same test: a trend with a choice of units, or for a single one a number line. */
import { byRanges } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../../app/context/app-context.tsx'
import { useEarlierValues } from '../../../app/chart/earlier-value.ts'
import { titleOf } from '../../../app/words/record-view.ts'
import { isResult, trendKey, trendPoints, unitChoices, unitOf } from '../../../app/measures/trends.ts'
import { useConverter } from '../../../app/measures/unit-converter.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { Card } from '../../../ui/display/card.tsx'
import { NumberLine } from '../../../ui/plots/number-line.tsx'
import { TrendPlot } from '../../../ui/plots/trend-plot.tsx'

/** In the unit of the record that is open unless the person chooses another; what cannot be brought to it is counted and left out. */
export function LabTrend({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const wording = useWording()
  const convert = useConverter()
  const [chosen, setChosen] = useState('')
  const list$ = useMemo(() => chart.list$(record.collection), [chart, record.collection])
  const records = useObservable(list$)
  const { value } = wording.views.of(record).descriptor
  const trend = useMemo(() => {
    const key = trendKey(record)
    return { key, records: (records ?? []).filter((other) => isResult(other) && trendKey(other) === key) }
  }, [records, record])
  const units = useMemo(() => unitChoices(trend, wording, convert), [trend, wording, convert])
  const unit = units.find(({ code }) => code === chosen) ?? unitOf(value) ?? units[0] ?? null
  const earlier = useEarlierValues(trend.records)
  const { points, others } = useMemo(() => {
    const found = trendPoints(trend, unit, wording, convert, record.id)
    const withEarlier = found.points.map((point) =>
      point.original === undefined && point.series === undefined
        ? { ...point, was: earlier.get(point.id) ?? null }
        : point,
    )
    return { points: withEarlier, others: found.others }
  }, [trend, unit, wording, convert, record.id, earlier])
  if (!value || records === undefined) return null
  const range = value.ranges[0]
  const measured = new Set(points.filter((point) => point.value !== null).map(({ id }) => id))
  if (points.length > 1 && measured.size > (others > 0 ? 0 : 1)) {
    return (
      <Card>
        <TrendPlot
          name={titleOf(record, t)}
          unit={unit?.code ?? ''}
          units={units.length > 0 ? units : unit ? [unit] : []}
          onUnit={setChosen}
          points={points}
        />
        {points.some(({ original }) => original !== undefined) ? <p>{t('plot.converted')}</p> : null}
        {others > 0 ? <p>{t('plot.othersLeft', { count: others })}</p> : null}
      </Card>
    )
  }
  const side = byRanges(value, value.ranges)
  // A limit such as <5 that may be on either side of the range has no place on the line.
  if (value.number !== null && value.kind === 'quantity' && range && side !== 'none') {
    return (
      <Card>
        <NumberLine
          value={value.number}
          side={side}
          text={value.shown}
          low={range.low}
          high={range.high}
          rangeText={range.text}
        />
      </Card>
    )
  }
  return null
}
