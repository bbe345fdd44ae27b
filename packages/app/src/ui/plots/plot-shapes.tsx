/** How one result is drawn: dot, triangle, octagon, bar for a partial date, tick for a limit, ring for a correction. */
import type { Placed, TrendPoint } from './plot-geometry.ts'
import styles from './trend-plot.module.css'

/** `label` is written next to the mark, '' for none; `x` and `y` are the scales, `bottom` the time axis. */
export function Shape({
  place: { point, at, start, end, isPartial },
  x,
  y,
  bottom,
  label,
  isSecond = false,
}: {
  place: Placed
  x: (time: number) => number
  y: (value: number) => number
  bottom: number
  label: string
  /** Of two numbers of one measurement the second: its dots are hollow. */
  isSecond?: boolean
}) {
  const cx = x(at)
  if (point.value === null) {
    return (
      <>
        <rect x={cx - 14} y={bottom + 24} width={28} height={28} className={styles.hit} />
        <rect x={cx - 5} y={bottom - 5} width={10} height={10} className={styles.neutral} />
        <text x={cx} y={bottom + 44} textAnchor="middle" className={styles.words}>
          {point.text.length > 14 ? `${point.text.slice(0, 13)}…` : point.text}
        </text>
      </>
    )
  }
  const cy = y(point.value)
  return (
    <>
      <circle cx={cx} cy={cy} r={14} className={styles.hit} />
      {isPartial ? (
        <line x1={x(start)} x2={x(end)} y1={cy} y2={cy} className={styles.partial} data-flag={point.flag} />
      ) : null}
      {point.was?.value != null ? (
        <>
          <circle cx={cx} cy={y(point.was.value)} r={6} className={styles.hollow} />
          <circle cx={cx} cy={cy} r={11} className={styles.ring} />
        </>
      ) : null}
      <Marker flag={point.flag} cx={cx} cy={cy} isSecond={isSecond} />
      {/^[<>]/u.test(point.comparator) ? (
        <path
          d={point.comparator.startsWith('<') ? `M${cx} ${cy + 7}v9m-4-5 4 5 4-5` : `M${cx} ${cy - 7}v-9m-4 5 4-5 4 5`}
          className={styles.limit}
        />
      ) : null}
      {label === '' ? null : (
        <text x={cx} y={cy - 13} textAnchor="middle" className={styles.label} data-flag={point.flag}>
          {label}
        </text>
      )}
    </>
  )
}

function Marker({ flag, cx, cy, isSecond }: { flag: TrendPoint['flag']; cx: number; cy: number; isSecond: boolean }) {
  switch (flag) {
    case 'above':
      return <path d={`M${cx} ${cy - 8}l8 14h-16z`} className={styles.attention} />
    case 'below':
      return <path d={`M${cx} ${cy + 8}l8-14h-16z`} className={styles.attention} />
    case 'abnormal':
      return <path d={`M${cx} ${cy - 8}l8 8-8 8-8-8z`} className={styles.attention} />
    case 'critical-high':
    case 'critical-low':
      return <path d={`M${cx - 4} ${cy - 9}h8l5 5v8l-5 5h-8l-5-5v-8z`} className={styles.critical} />
    case 'in':
    case 'none':
      return <circle cx={cx} cy={cy} r={isSecond ? 5 : 6} className={isSecond ? styles.dotHollow : styles.dot} />
  }
}
