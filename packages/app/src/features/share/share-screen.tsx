/** Who has what of this chart until when, my own code, and the ways to start, change and stop a share. */
import { Button, Stack } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import type { TFunction } from 'i18next'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { type Share, sharesOf } from '../../app/people/shares.ts'
import { useSharingCode } from '../../app/people/use-sharing-code.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { Banner, StatusMark } from '../../ui/display/status-mark.tsx'
import { ShareCard } from './share-card.tsx'
import { LateCard } from './late-card.tsx'
import { MyCode } from './my-code.tsx'

/** A chart that was shared with us can not be shared on. */
export function ShareScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const grants = useObservable(chart.grants$)
  const code = useSharingCode()
  const [active, ended] = useMemo(() => {
    const all = sharesOf(grants ?? [])
    const isOver = ({ state }: Share) => state === 'revoked' || state === 'expired'
    return [all.filter((share) => !isOver(share)), all.filter(isOver)]
  }, [grants])
  const start = (
    <Button
      component="a"
      href={addressOf('share', summary.slot, 'new')}
      leftSection={<IconUserPlus size={20} aria-hidden="true" />}
    >
      {t('share.with')}
    </Button>
  )
  return (
    <Screen word="share" focusKey={summary.slot}>
      <ScreenHead
        title={t('screen.share')}
        actions={
          <>
            {summary.relation === 'own' && active.length > 0 ? start : null}
            {summary.relation === 'own' ? (
              <Button component="a" href={addressOf('share', summary.slot, 'people')} variant="default">
                {t('people.open')}
              </Button>
            ) : null}
            {summary.relation === 'own' ? (
              <Button component="a" href={addressOf('share', summary.slot, 'emergency')} variant="default">
                {t('emerg.title')}
              </Button>
            ) : null}
            <Button component="a" href={addressOf('who', summary.slot)} variant="default">
              {t('screen.who')}
            </Button>
            <Button component="a" href={addressOf('patients')} variant="default">
              {t('shared.title')}
            </Button>
          </>
        }
      >
        <ChartName of={summary} />
      </ScreenHead>
      {summary.relation === 'own' ? <LateCard /> : null}
      {summary.relation === 'shared' ? (
        <Banner status="info">
          {summary.until === null
            ? t('shared.confirmed')
            : t('shared.until', { time: formatMoment(new Date(summary.until), currentLanguage()) })}
        </Banner>
      ) : grants !== undefined && active.length === 0 ? (
        <Card>
          <EmptyState title={t(ended.length > 0 ? 'share.emptyNow' : 'share.emptyTitle')} action={start}>
            {t(ended.length > 0 ? 'share.emptyBefore' : 'share.emptyText')}
          </EmptyState>
        </Card>
      ) : (
        active.map((share) => <ShareCard key={share.key} share={share} />)
      )}
      {ended.length > 0 ? (
        <Card title={t('share.endedTitle')}>
          <Stack gap="md">
            {ended.map((share) => (
              <div key={share.key}>
                <strong>{share.name}</strong> <StatusMark status="neutral">{t('share.ended')}</StatusMark>
                <p>{endedText(share, t)}</p>
                {share.departed.map(({ device, at }) => (
                  <p key={device}>{t('share.departed', { time: formatMoment(new Date(at), currentLanguage()) })}</p>
                ))}
              </div>
            ))}
          </Stack>
        </Card>
      ) : null}
      {code ? <MyCode code={code} /> : null}
    </Screen>
  )
}

function endedText({ endedAt, until, state, name }: Share, t: TFunction): string {
  const time = formatMoment(new Date(endedAt ?? until), currentLanguage())
  return state === 'expired' ? t('share.expired', { name, time }) : t('share.stopped', { name, time })
}
