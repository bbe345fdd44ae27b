/**
 * One test over time: dots are data, the line only guides the eye. A figure with a summary sentence; every point is focusable and arrow
 * keys walk from one to the next; a table with the same data is one key away.
 */
import { SegmentedControl } from '@mantine/core'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { placePoints, type TrendPoint } from './plot-geometry.ts'
import { TrendDrawing } from './trend-drawing.tsx'
import styles from './trend-plot.module.css'
import { useTrendSummary } from './trend-summary.ts'
import { TrendTable } from './trend-table.tsx'

const YEAR = 365.25 * 86_400_000
const SPANS = { year: YEAR, five: 5 * YEAR, all: Number.POSITIVE_INFINITY }
type Span = keyof typeof SPANS

/**
 * `name` of the test, its `unit`, its results in any order; `now` is the end of "last year". With several `units` the person chooses one,
 * and converted values show the reported value too.
 */
export function TrendPlot({
  name,
  unit,
  units = [],
  onUnit,
  points,
  now = Date.now(),
}: {
  name: string
  unit: string
  units?: readonly { code: string; print: string }[]
  onUnit?: (code: string) => void
  points: readonly TrendPoint[]
  now?: number
}) {
  const { t } = useTranslation()
  const [view, setView] = useState<'plot' | 'table'>('plot')
  const [span, setSpan] = useState<Span>('all')
  const placed = useMemo(() => placePoints(points).filter(({ at }) => at >= now - SPANS[span]), [points, span, now])
  const sentence = useTrendSummary(name, placed)
  return (
    <figure className={styles.figure}>
      <div className={`${styles.controls} ck-screen-only`}>
        <SegmentedControl
          aria-label={t('plot.view')}
          value={view}
          onChange={(value) => setView(value === 'table' ? 'table' : 'plot')}
          data={[
            { value: 'plot', label: t('plot.plot') },
            { value: 'table', label: t('plot.table') },
          ]}
        />
        <SegmentedControl
          aria-label={t('plot.span')}
          value={span}
          onChange={(value) => setSpan(value as Span)}
          data={[
            { value: 'year', label: t('plot.year') },
            { value: 'five', label: t('plot.five') },
            { value: 'all', label: t('plot.all') },
          ]}
        />
        {units.length > 1 && onUnit ? (
          <SegmentedControl
            className={styles.unit ?? ''}
            aria-label={t('plot.unit')}
            value={unit}
            onChange={onUnit}
            data={units.map(({ code, print }) => ({ value: code, label: print }))}
          />
        ) : unit ? (
          <span className={styles.unit}>{units[0]?.print ?? unit}</span>
        ) : null}
      </div>
      {placed.length === 0 ? (
        <p>{t('plot.noneInSpan')}</p>
      ) : view === 'table' ? (
        <TrendTable name={name} placed={placed} />
      ) : (
        <TrendDrawing name={name} placed={placed} />
      )}
      <figcaption className={styles.caption}>{sentence}</figcaption>
    </figure>
  )
}
