/** Over a chart that was shared: until when it stays open; in the last half hour how many minutes are left. One opened in an emergency has its mark. */
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { StatusMark } from '../../ui/display/status-mark.tsx'
import { useMinute } from '../hooks/use-minute.ts'

const SOON_MINUTES = 30
const MINUTE = 60_000

export function AccessEnd({ chart: { until, emergency } }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const now = useMinute()
  if (until === null || emergency !== null) return null
  const left = Math.max(0, Math.ceil((until - now.getTime()) / MINUTE))
  if (left > SOON_MINUTES)
    return <span>{t('shared.until', { time: formatMoment(new Date(until), currentLanguage(), now) })}</span>
  return (
    <span role="status">
      <StatusMark status="attention">{t('access.soon', { count: left })}</StatusMark>
    </span>
  )
}
