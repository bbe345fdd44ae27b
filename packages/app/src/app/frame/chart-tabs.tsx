/** Open charts as tabs over the screen, and the question which one to close for a fifth. */
import { Button, Stack } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../people/use-chart-label.ts'
import { addressOf } from '../place/addresses.ts'
import { Screen } from '../place/screen.tsx'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import type { ChartTab } from './use-chart-tabs.ts'
import styles from './practice-frame.module.css'

/** Links, not ARIA tabs: each is a place of its own with an address. */
export function ChartTabRow({
  tabs,
  current,
  onClose,
}: {
  tabs: readonly ChartTab[]
  current: string | undefined
  onClose: (slot: string) => void
}) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  if (tabs.length === 0) return null
  return (
    <nav className={`${styles.tabs} ck-screen-only`} aria-label={t('clinic.openCharts')}>
      <ul>
        {tabs.map(({ chart, path }) => (
          <li key={chart.slot} data-current={chart.slot === current || undefined}>
            <a href={`#${path}`} aria-current={chart.slot === current ? 'true' : undefined}>
              {labelOf(chart)}
            </a>
            <button
              type="button"
              aria-label={t('clinic.closeChart', { name: labelOf(chart) })}
              onClick={() => onClose(chart.slot)}
            >
              <IconX size={18} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** In place of the fifth chart, until one of the four is closed. */
export function WhichToClose({
  asking,
  tabs,
  onClose,
}: {
  asking: ChartSummary
  tabs: readonly ChartTab[]
  onClose: (slot: string) => void
}) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  return (
    <Screen word="chart" focusKey="close">
      <ScreenHead title={t('clinic.whichToClose')} />
      <Card>
        <p>{t('clinic.whichHint', { name: labelOf(asking) })}</p>
        <Stack gap="sm" align="flex-start">
          {tabs.map(({ chart }) => (
            <Button key={chart.slot} variant="default" onClick={() => onClose(chart.slot)}>
              {t('clinic.closeChart', { name: labelOf(chart) })}
            </Button>
          ))}
          <Button component="a" href={addressOf('patients')} variant="subtle">
            {t('deed.notNow')}
          </Button>
        </Stack>
      </Card>
    </Screen>
  )
}
