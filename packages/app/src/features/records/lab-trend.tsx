/** A result among all results of the same test in the same unit: a trend, or for a single one a number line. */
import { sameUnit } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { titleOf, trendPointOf } from '../../app/record-view.ts'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { Card } from '../../ui/card.tsx'
import { NumberLine } from '../../ui/number-line.tsx'
import { TrendPlot } from '../../ui/trend-plot.tsx'
import { useEarlierValues } from '../../app/earlier-value.ts'

/** Never joins different units: other units of the same test are left to their own records, and said so. */
export function LabTrend({ record }: { record: ChartRecord }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const wording = useWording()
  const list$ = useMemo(() => chart.list$(record.collection), [chart, record.collection])
  const records = useObservable(list$)
  const { value } = wording.views.of(record).descriptor
  const { joined, others } = useMemo(() => {
    const same = (records ?? []).filter(
      (other) =>
        other.type === 'Observation' &&
        other.status !== 'error' &&
        (record.code === '' ? other.code === '' && other.title === record.title : other.code === record.code),
    )
    const sameUnits = same.filter((other) => {
      const otherValue = wording.views.of(other).descriptor.value
      return value && otherValue && (sameUnit(value, otherValue) || otherValue.kind === 'text')
    })
    return { joined: sameUnits, others: same.length - sameUnits.length }
  }, [records, record, wording, value])
  const earlier = useEarlierValues(joined)
  const points = useMemo(
    () => joined.map((other) => ({ ...trendPointOf(other, wording, record.id), was: earlier.get(other.id) ?? null })),
    [joined, wording, record.id, earlier],
  )
  if (!value || records === undefined) return null
  const range = value.ranges[0]
  const hasNumbers = points.some((point) => point.value !== null)
  if (points.length > 1 && hasNumbers) {
    return (
      <Card>
        <TrendPlot name={titleOf(record, t)} unit={value.unit} points={points} />
        {others > 0 ? <p>{t('plot.groups')}</p> : null}
      </Card>
    )
  }
  if (value.number !== null && value.kind === 'quantity' && range && (range.low !== null || range.high !== null)) {
    return (
      <Card>
        <NumberLine value={value.number} text={value.text} low={range.low} high={range.high} rangeText={range.text} />
      </Card>
    )
  }
  return null
}
