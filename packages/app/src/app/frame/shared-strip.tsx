/** Over every screen of a chart that was shared with us: whose it is and how long it stays open; never scrolls off. */
import type { ChartSummary } from '@chartkeep/sync'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { StatusMark } from '../../ui/status-mark.tsx'
import styles from './session-frame.module.css'

const SOON_MINUTES = 30
const MINUTE = 60_000

/** In the last half hour it counts down. */
export function SharedStrip({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE / 4)
    return () => clearInterval(timer)
  }, [])
  const language = currentLanguage()
  const left = chart.until === null ? null : Math.max(0, Math.ceil((chart.until - now) / MINUTE))
  return (
    <section className={styles.strip} aria-label={t('shared.title')}>
      <strong>{chart.name}</strong>
      {chart.birthDate === '' ? null : <span>{t('import.born', { date: formatDate(chart.birthDate, language) })}</span>}
      {chart.until === null || left === null ? null : left <= SOON_MINUTES ? (
        <span role="status">
          <StatusMark status="attention">{t('access.soon', { count: left })}</StatusMark>
        </span>
      ) : (
        <span>{t('shared.until', { time: formatMoment(new Date(chart.until), language) })}</span>
      )}
    </section>
  )
}
