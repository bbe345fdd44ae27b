/** A chart whose store does not open, while the account does: what is safe, and the ways on. */
import { Button, Group } from '@mantine/core'
import { diskTroubleOf } from '@chartkeep/store'
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../people/use-chart-label.ts'
import { Banner } from '../../ui/display/status-mark.tsx'
import { useApp, useSession } from '../context/app-context.tsx'
import { RescuePart } from './rescue-part.tsx'
import { Screen } from '../place/screen.tsx'
import { TroubleBanner } from './trouble-banner.tsx'

/** `error`: what opening threw; its text is never shown. What the disk refuses is no damage, and can be tried again. */
export function ChartTrouble({
  summary,
  error,
  onRetry,
}: {
  summary: ChartSummary
  error: unknown
  onRetry: () => void
}) {
  const { t } = useTranslation()
  const session = useSession()
  const { lock, trouble } = useApp()
  const code = failureOf(error)
  const title = (
    <h1 tabIndex={-1} id="screen-title">
      <ChartName of={summary} />
    </h1>
  )
  if (code === null) {
    return (
      <Screen word="chart">
        {title}
        {trouble === null ? (
          <TroubleBanner trouble={diskTroubleOf(error) ?? 'disk'} onRetry={onRetry} />
        ) : (
          // The frame says it already.
          <Button onClick={onRetry}>{t('store.retry')}</Button>
        )}
      </Screen>
    )
  }
  if (code === 'newer') {
    return (
      <Screen word="chart">
        {title}
        <Banner status="info">{t('unlock.newer')}</Banner>
      </Screen>
    )
  }
  return (
    <Screen word="chart">
      {title}
      <Banner
        status="danger"
        urgent
        action={
          <Group gap="sm">
            <Button onClick={() => void lock({ why: 'restore' })}>{t('store.bringBack')}</Button>
          </Group>
        }
      >
        {t('store.chartDamaged')} {t('error.code', { code })}
      </Banner>
      <RescuePart
        rescue={async () => {
          const chart = await session.rescueChart(summary.slot)
          return chart === null ? [] : [chart]
        }}
      />
    </Screen>
  )
}

/** The failure's own word, e.g. `damaged-gap-17`; null for an error that is none. */
function failureOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('failure' in error)) return null
  const { type, reason, entry } = error.failure as { type: string; reason?: string; entry?: number }
  return [type, reason, entry].filter((part) => part !== undefined).join('-')
}
