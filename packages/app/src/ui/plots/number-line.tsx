/** A single result on a line with its range: in words first, no red gradient, no alarm below the critical limit. */
import type { Flag } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import styles from './number-line.module.css'

/** `value` with its ready `text` and its `side` of the range, of which at least one end must be known. */
export function NumberLine({
  value,
  side,
  text,
  low,
  high,
  rangeText,
}: {
  value: number
  side: Flag
  text: string
  low: number | null
  high: number | null
  rangeText: string
}) {
  const { t } = useTranslation()
  const width = low !== null && high !== null && high > low ? high - low : Math.abs(high ?? low ?? 1) || 1
  const ends = [value, ...(low === null ? [] : [low - width / 2]), ...(high === null ? [] : [high + width / 2])]
  const start = low === null ? Math.min(0, ...ends) : Math.min(...ends, low)
  const end = Math.max(...ends, high ?? value, value + width * 0.1)
  const at = (number: number) => `${Math.min(100, Math.max(0, ((number - start) / (end - start)) * 100))}%`
  const isOver = side === 'high'
  const isUnder = side === 'low'
  const sentence = isOver
    ? t('plot.over', { value: text, range: rangeText })
    : isUnder
      ? t('plot.under', { value: text, range: rangeText })
      : t('plot.between', { value: text, range: rangeText })
  const bandStart = at(low ?? start)
  const bandEnd = at(high ?? end)
  return (
    <div className={styles.box}>
      <p>{sentence}</p>
      <div
        className={styles.line}
        role="img"
        aria-label={t('plot.numberLine', { value: text, low: String(low ?? start), high: String(high ?? end) })}
      >
        <span
          className={styles.band}
          style={{ insetInlineStart: bandStart, width: `calc(${bandEnd} - ${bandStart})` }}
        />
        {low === null ? null : (
          <span className={styles.end} style={{ insetInlineStart: bandStart }}>
            {low}
          </span>
        )}
        {high === null ? null : (
          <span className={styles.end} style={{ insetInlineStart: bandEnd }}>
            {high}
          </span>
        )}
        <span
          className={styles.value}
          data-out={isOver || isUnder || undefined}
          style={{ insetInlineStart: at(value) }}
        />
      </div>
    </div>
  )
}
