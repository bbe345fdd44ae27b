/** Over every screen of a chart that this device opened in an emergency (C13): until when, how long that is, and that it is for reading. */
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { StatusIcon, StatusMark } from '../../ui/display/status-mark.tsx'
import { useMinute } from '../hooks/use-minute.ts'
import styles from './emergency-mark.module.css'

const MINUTE = 60_000
/** In minutes. */
const HOUR = 60
/** What a clock may be wrong by before it is said, in minutes. */
const WRONG = 5

export function EmergencyMark({ chart: { emergency } }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const now = useMinute()
  if (emergency === null) return null
  const left = Math.max(0, Math.ceil((emergency.until - now.getTime()) / MINUTE))
  const span =
    left < HOUR
      ? t('emerg.left', { count: left })
      : t('emerg.leftHours', { hours: Math.floor(left / HOUR), minutes: left % HOUR })
  return (
    <p className={styles.mark}>
      <StatusIcon status="danger" />
      <span>
        <strong>{t('emerg.mark', { time: formatMoment(new Date(emergency.until), currentLanguage(), now) })}</strong>
        {` · ${span} · ${t('emerg.readOnly')}`}
      </span>
    </p>
  )
}

/** That the clock here is wrong, where the end that it shows for an emergency is another one by the server. */
export function EmergencyClock({ chart: { emergency } }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const now = useMinute()
  if (emergency === null || Math.abs(emergency.clockAhead) < WRONG * MINUTE) return null
  const time = formatMoment(new Date(now.getTime() - emergency.clockAhead), currentLanguage(), now)
  return <StatusMark status="attention">{t('emerg.clockOff', { time })}</StatusMark>
}
