/** The plot of a trend as a drawing: range bands, axes, joins and points; a point takes the focus, arrow keys walk from one to the next. */
import { useElementSize } from '@mantine/hooks'
import type { TFunction } from 'i18next'
import { type KeyboardEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { formatDate } from '../../i18n/dates.ts'
import { joins, type Placed, rangeBands, seriesOf, timeTicks, valueExtent, valueTicks } from './plot-geometry.ts'
import { Shape } from './plot-shapes.tsx'
import { asReported } from './trend-summary.ts'
import styles from './trend-plot.module.css'

const HEIGHT = 280
const LEFT = 46
const RIGHT = 18
const TOP = 22
/** Longer numbers are read below the plot and in the table, where there is room for every digit. */
const LONGEST_LABEL = 7
/** What was converted carries what was reported. */
const LONGEST_CONVERTED = 24
const LETTER = 7.5
const LABEL_ROOM = 52
/** A band needs so much room for its range, and so much more for each letter of the range as it was reported. */
const BAND_ROOM = 110

/** As wide as there is room; at least one point. */
export function TrendDrawing({ name, placed }: { name: string; placed: readonly Placed[] }) {
  const { t } = useTranslation()
  const { ref, width } = useElementSize()
  const svg = useRef<SVGSVGElement>(null)
  const [active, setActive] = useState(placed.length - 1)
  const [isReading, setReading] = useState(false)
  const isLog = placed.some(({ point }) => point.isRatio)
  const extent = valueExtent(placed, isLog)
  const words = placed.filter(({ point }) => point.value === null)
  const bottom = words.length > 0 ? 54 : 30
  const firstTime = placed[0]?.start ?? 0
  const lastTime = placed.at(-1)?.end ?? 0
  const pad = Math.max((lastTime - firstTime) * 0.04, 20 * 86_400_000)
  const start = firstTime - pad
  const end = lastTime + pad
  const x = (time: number) => LEFT + ((time - start) / (end - start)) * (width - LEFT - RIGHT)
  const scale = (value: number) => (isLog ? Math.log2(value) : value)
  const y = (value: number) =>
    extent === null
      ? TOP
      : HEIGHT -
        bottom -
        ((scale(value) - scale(extent.low)) / (scale(extent.high) - scale(extent.low))) * (HEIGHT - bottom - TOP)
  const within = (value: number) => Math.min(HEIGHT - bottom, Math.max(TOP, y(value)))
  const series = seriesOf(placed)
  const labelled = new Map(series.flatMap(({ placed: own }) => [...labels(own, x, width, t)]))
  const shown = placed[Math.min(active, placed.length - 1)]

  const walk = (event: KeyboardEvent) => {
    const steps: Record<string, number> = {
      ArrowRight: active + 1,
      ArrowLeft: active - 1,
      Home: 0,
      End: placed.length - 1,
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = Math.min(placed.length - 1, Math.max(0, step))
    setActive(next)
    svg.current?.querySelector<SVGElement>(`[data-point="${next}"]`)?.focus()
  }

  return (
    <div ref={ref} className={styles.drawing}>
      {width === 0 ? (
        <div style={{ height: HEIGHT }} />
      ) : (
        <svg
          ref={svg}
          width={width}
          height={HEIGHT}
          role="group"
          aria-label={`${name}. ${t('plot.keys')}`}
          onKeyDown={walk}
        >
          {extent
            ? series
                .flatMap(({ placed: own }) => rangeBands(own, start, end))
                .map((band, index) => {
                  const top = band.high === null ? TOP : within(band.high)
                  const low = band.low === null ? HEIGHT - bottom : within(band.low)
                  const wide = x(band.end) - x(band.start)
                  const rangeWords = t('result.rangeIs', { range: asReported(band.text, band.original, t) })
                  return (
                    <g key={index} aria-hidden="true">
                      <rect
                        x={x(band.start)}
                        y={top}
                        width={wide}
                        height={Math.max(0, low - top)}
                        className={styles.band}
                      />
                      {band.high === null ? null : (
                        <line x1={x(band.start)} x2={x(band.end)} y1={top} y2={top} className={styles.bandEdge} />
                      )}
                      {band.low === null ? null : (
                        <line x1={x(band.start)} x2={x(band.end)} y1={low} y2={low} className={styles.bandEdge} />
                      )}
                      {wide > Math.max(BAND_ROOM, band.original === undefined ? 0 : rangeWords.length * LETTER) ? (
                        <text
                          x={x(band.start) + 6}
                          y={Math.min(low - 6, HEIGHT - bottom - 6)}
                          className={styles.bandText}
                        >
                          {rangeWords}
                        </text>
                      ) : null}
                    </g>
                  )
                })
            : null}
          <g aria-hidden="true">
            {extent
              ? valueTicks(extent.low, extent.high, 4, isLog).map((tick) => (
                  <g key={tick}>
                    <line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} className={styles.grid} />
                    <text x={LEFT - 8} y={y(tick) + 5} textAnchor="end" className={styles.axis}>
                      {isLog ? `1:${tick}` : tick}
                    </text>
                  </g>
                ))
              : null}
            <line x1={LEFT} x2={width - RIGHT} y1={HEIGHT - bottom} y2={HEIGHT - bottom} className={styles.base} />
            {timeTicks(start, end, Math.max(2, Math.floor((width - LEFT) / 84))).map((tick) => (
              <g key={tick.at}>
                <line
                  x1={x(tick.at)}
                  x2={x(tick.at)}
                  y1={HEIGHT - bottom}
                  y2={HEIGHT - bottom + 5}
                  className={styles.base}
                />
                <text x={x(tick.at)} y={HEIGHT - bottom + 20} textAnchor="middle" className={styles.axis}>
                  {formatDate(tick.date, currentLanguage())}
                </text>
              </g>
            ))}
            {series
              .flatMap(({ placed: own }) => joins(own))
              .map(([from, to]) => (
                <line
                  key={`${from.point.id} ${from.point.series ?? ''}`}
                  x1={x(from.at)}
                  y1={y(from.point.value ?? 0)}
                  x2={x(to.at)}
                  y2={y(to.point.value ?? 0)}
                  className={styles.line}
                />
              ))}
          </g>
          {placed.map((place, index) => (
            <g
              key={`${place.point.id} ${place.point.series ?? ''}`}
              role="img"
              tabIndex={index === active ? 0 : -1}
              data-point={index}
              aria-label={spoken(place, t)}
              className={styles.point}
              onFocus={() => {
                setActive(index)
                setReading(true)
              }}
              onBlur={() => setReading(false)}
              onClick={() => {
                setActive(index)
                setReading(true)
              }}
            >
              <Shape
                place={place}
                x={x}
                y={y}
                bottom={HEIGHT - bottom}
                label={labelled.get(`${place.point.id} ${place.point.series ?? ''}`) ?? ''}
                isSecond={series.length > 1 && place.point.series !== series[0]?.name}
              />
            </g>
          ))}
          {series.length > 1
            ? series.map(({ name: what, placed: own }) => {
                const [oldest] = own
                return oldest ? (
                  <text
                    key={what}
                    x={x(oldest.at)}
                    y={y(oldest.point.value ?? 0) - 14}
                    className={styles.series}
                    aria-hidden="true"
                  >
                    {what}
                  </text>
                ) : null
              })
            : null}
        </svg>
      )}
      {shown ? (
        <p className={styles.reading} aria-hidden="true">
          {isReading || placed.length === 1 ? null : (
            <span className={styles.newest}>{t('joined.label', { label: t('plot.newest'), text: '' })}</span>
          )}
          <strong>{shown.point.whole ?? shown.point.text}</strong>
          {asReported('', shown.point.original, t)} · {shown.point.shownDate}
          {shown.point.flagWord ? ` · ${shown.point.flagWord}` : ''}
          {shown.point.was ? ` · ${t('result.was', { old: shown.point.was.text })}` : ''}
        </p>
      ) : null}
    </div>
  )
}

/** A point in words. */
function spoken({ point }: Placed, t: TFunction): string {
  const parts = [
    point.shownDate,
    point.series ?? '',
    asReported(point.text, point.original, t),
    point.flagWord,
    point.range
      ? t('result.rangeIs', { range: asReported(point.range.text, point.range.original, t) })
      : t('result.noRange'),
    point.was ? t('result.was', { old: point.was.text }) : '',
  ]
  return parts.filter(Boolean).join(', ')
}

/** Which points carry their value in writing: the newest, and those out of range or at a limit, where there is room; what was reported with it. */
function labels(
  placed: readonly Placed[],
  x: (time: number) => number,
  width: number,
  t: TFunction,
): Map<string, string> {
  const chosen = new Map<string, string>()
  const taken: { at: number; room: number }[] = []
  for (const place of placed.toReversed()) {
    const { point } = place
    const isNewest = place === placed.at(-1)
    if (!isNewest && point.comparator === '' && (point.flag === 'in' || point.flag === 'none')) continue
    const digits = point.text.split(' ')[0] ?? ''
    const written = point.original === undefined ? digits : t('joined.bracket', { text: digits, more: point.original })
    const room = point.original === undefined ? LABEL_ROOM : written.length * LETTER + 8
    const at = x(place.at)
    const isOut = point.original !== undefined && (at - room / 2 < 0 || at + room / 2 > width)
    if (
      written.length > (point.original === undefined ? LONGEST_LABEL : LONGEST_CONVERTED) ||
      point.value === null ||
      isOut ||
      taken.some((other) => Math.abs(other.at - at) < (other.room + room) / 2)
    )
      continue
    taken.push({ at, room })
    chosen.set(`${point.id} ${point.series ?? ''}`, written)
  }
  return chosen
}
