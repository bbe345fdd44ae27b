/** Over every screen of a chart that was shared with us: whose it is and how long it stays open; never scrolls off. */
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { formatDate } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { deathWords } from '../words/chart-patient.ts'
import { useDeath } from '../chart/use-death.ts'
import { AccessEnd } from './access-end.tsx'
import { EmergencyDone } from './emergency-done.tsx'
import { EmergencyClock, EmergencyMark } from './emergency-mark.tsx'
import styles from '../../ui/frame/session-frame.module.css'

export function SharedStrip({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const { name, birthDate } = chart
  const death = useDeath(chart.slot)
  return (
    <section className={styles.strip} aria-label={t('shared.title')}>
      <EmergencyMark chart={chart} />
      <strong>{name}</strong>
      {birthDate === '' ? null : <span>{t('import.born', { date: formatDate(birthDate, currentLanguage()) })}</span>}
      {death === null ? null : <strong>{deathWords(death, t, currentLanguage())}</strong>}
      <AccessEnd chart={chart} />
      <EmergencyClock chart={chart} />
      <EmergencyDone chart={chart} />
    </section>
  )
}
