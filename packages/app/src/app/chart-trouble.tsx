/** A chart whose store does not open, while the account does: what is safe, and the ways on. */
import { Button, Group } from '@mantine/core'
import type { ChartSummary } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { Banner } from '../ui/status-mark.tsx'
import { useApp, useSession } from './app-context.tsx'
import { RescuePart } from './rescue-part.tsx'
import { Screen } from './screen.tsx'

/** `error`: what opening threw; its text is never shown. */
export function ChartTrouble({ summary, error }: { summary: ChartSummary; error: unknown }) {
  const { t } = useTranslation()
  const session = useSession()
  const { lock } = useApp()
  const code = codeOf(error)
  return (
    <Screen word="chart">
      <h1 tabIndex={-1} id="screen-title">
        {summary.name}
      </h1>
      <Banner
        status="danger"
        urgent
        action={
          <Group gap="sm">
            <Button onClick={() => void lock({ why: 'restore' })}>{t('store.bringBack')}</Button>
          </Group>
        }
      >
        {code === 'newer' ? t('unlock.newer') : t('store.chartDamaged')} {t('error.code', { code })}
      </Banner>
      {code === 'newer' ? null : (
        <RescuePart
          rescue={async () => {
            const chart = await session.rescueChart(summary.slot)
            return chart === null ? [] : [chart]
          }}
        />
      )}
    </Screen>
  )
}

/** The failure's own word, e.g. `damaged-gap-17`; `disk` for what is none. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !('failure' in error)) return 'disk'
  const { type, reason, entry } = error.failure as { type: string; reason?: string; entry?: number }
  return [type, reason, entry].filter((part) => part !== undefined).join('-')
}
