/**
 * That a chart of this person's was opened in an emergency, while the app is open: a line above every screen but those that tell more of it, and a
 * notification without a name where they are on. It stays until the person has seen the opening itself.
 */
import { Button } from '@mantine/core'
import type { ChartSummary, Session } from '@chartkeep/sync'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'
import { useChartLabel } from '../people/use-chart-label.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { addressOf, pathOf } from '../place/addresses.ts'
import { wantsRinging } from '../reminders/reminder-state.ts'
import { ring } from '../reminders/ring.ts'
import styles from '../../ui/frame/session-frame.module.css'

export function EmergencyNotice({ session, charts }: { session: Session; charts: readonly ChartSummary[] }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { pathname } = useLocation()
  const known = useRef(0)
  const count = charts.reduce((sum, { emergencyUses }) => sum + emergencyUses, 0)
  useEffect(() => {
    const isNew = count > known.current
    known.current = count
    // Where the browser refuses, the line above the screen stays.
    if (isNew && wantsRinging(session)) ring(t('emerg.notify')).catch(() => {})
  }, [count, session, t])
  const told = ({ slot }: ChartSummary) =>
    [pathOf('overview', slot), pathOf('share', slot, 'emergency'), pathOf('who', slot)].some(
      (path) => path === pathname,
    )
  return charts
    .filter((chart) => chart.emergencyUses > 0 && !told(chart))
    .map((chart) => (
      <div key={chart.slot} className={styles.notice} role="status">
        <Banner
          status="danger"
          action={
            <Button component="a" variant="default" href={addressOf('share', chart.slot, 'emergency')}>
              {t('deed.open')}
            </Button>
          }
        >
          {t('emerg.news', { name: labelOf(chart) })}
        </Banner>
      </div>
    ))
}
