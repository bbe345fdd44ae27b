/** Who has what of this chart until when, my own code, and the ways to start, change and stop a share. */
import { Button, Group, Stack } from '@mantine/core'
import { IconUserPlus } from '@tabler/icons-react'
import type { GrantView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/addresses.ts'
import { useChart } from '../../app/app-context.tsx'
import { collectionLabel } from '../../app/chart/collection-label.ts'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useSharingCode } from '../../app/people/use-sharing-code.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../ui/card.tsx'
import { Dialog } from '../../ui/dialogs.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { Banner, StatusMark, type Status } from '../../ui/status-mark.tsx'
import { LateCard } from './late-card.tsx'
import { MyCode } from './my-code.tsx'
import { rightsText } from './scopes.ts'

/** See ux.md 2, Sharing. A chart that was shared with us can not be shared on. */
export function ShareScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const grants = useObservable(chart.grants$)
  const code = useSharingCode()
  const [active, ended] = useMemo(() => {
    const all = grants ?? []
    const isOver = (grant: GrantView) => grant.state === 'revoked' || grant.state === 'expired'
    return [all.filter((grant) => !isOver(grant)), all.filter(isOver)]
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
        deeds={
          <>
            {summary.relation === 'own' && active.length > 0 ? start : null}
            {summary.relation === 'own' ? (
              <Button component="a" href={addressOf('share', summary.slot, 'people')} variant="default">
                {t('people.open')}
              </Button>
            ) : null}
            <Button component="a" href={addressOf('who', summary.slot)} variant="default">
              {t('screen.who')}
            </Button>
          </>
        }
      >
        {summary.name}
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
          <EmptyState title={t('share.emptyTitle')} action={start}>
            {t('share.emptyText')}
          </EmptyState>
        </Card>
      ) : (
        active.map((grant) => <GrantCard key={grant.id} grant={grant} />)
      )}
      {ended.length > 0 ? (
        <Card title={t('share.endedTitle')}>
          <Stack gap="md">
            {ended.map((grant) => (
              <div key={grant.id}>
                <strong>{grant.name}</strong> <StatusMark status="neutral">{t('share.ended')}</StatusMark>
                <p>{endedText(grant, t)}</p>
                {grant.departed.map(({ device, at }) => (
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

function endedText(grant: GrantView, t: TFunction): string {
  const time = formatMoment(new Date(grant.endedAt ?? grant.until), currentLanguage())
  return grant.state === 'expired'
    ? t('share.expired', { name: grant.name, time })
    : t('share.stopped', { name: grant.name, time })
}

function GrantCard({ grant }: { grant: GrantView }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [isAsking, setAsking] = useState(false)
  const [isRefused, setRefused] = useState(false)
  const [isFailed, setFailed] = useState(false)
  const [isWorking, setWorking] = useState(false)
  const until = formatMoment(new Date(grant.until), currentLanguage())
  const state: Record<string, { status: Status; word: string }> = {
    active: { status: 'good', word: t('share.inForce') },
    pending: { status: 'info', word: t('share.waiting') },
    stopping: { status: 'attention', word: t('share.ending') },
  }
  const mark = state[grant.state] ?? { status: 'neutral', word: t('share.ended') }
  const stop = async () => {
    setWorking(true)
    setFailed(false)
    try {
      const outcome = await chart.revoke(grant.id)
      setRefused(outcome.type === 'refused')
      if (outcome.type !== 'refused') setAsking(false)
    } catch {
      setFailed(true)
    } finally {
      setWorking(false)
    }
  }
  return (
    <Card title={grant.name} aside={<StatusMark status={mark.status}>{mark.word}</StatusMark>}>
      <Facts
        items={[
          {
            label: t('share.readsNow'),
            value: grant.scopes.map((scope) => collectionLabel(scope.collection, t)).join(' · '),
          },
          {
            label: t('share.may'),
            value: rightsText(
              grant.scopes.flatMap((scope) => scope.rights),
              t,
            ),
          },
          { label: t('share.until'), value: <span className="ck-nowrap">{until}</span> },
          ...(grant.fromNow ? [{ label: t('share.fromShown'), value: t('share.fromNowShown') }] : []),
          ...(grant.purpose === '' ? [] : [{ label: t('share.purposeLabel'), value: grant.purpose }]),
        ]}
      />
      {grant.state === 'pending' ? <p>{t('share.pending')}</p> : null}
      {grant.state === 'stopping' ? <p>{t('share.stopOffline', { name: grant.name })}</p> : null}
      <Group gap="sm" mt="md">
        {grant.state === 'active' ? (
          <Button variant="default" onClick={() => setAsking(true)}>
            {t('share.stopDeed')}
          </Button>
        ) : (
          <Button variant="default" onClick={() => void chart.dropWish(grant.id)}>
            {t('share.dropWish')}
          </Button>
        )}
      </Group>
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={t('share.stopDeed')}>
        <p>{t('share.stop', { name: grant.name })}</p>
        {isRefused ? <Banner status="attention">{t('sync.signin')}</Banner> : null}
        {isFailed ? (
          <Banner status="attention" urgent>
            {t('share.stopFailed')}
          </Banner>
        ) : null}
        <Stack gap="sm">
          <Button variant="default" onClick={() => setAsking(false)}>
            {t('share.keepSharing')}
          </Button>
          <Button onClick={() => void stop()} loading={isWorking}>
            {t('share.stopDeed')}
          </Button>
        </Stack>
      </Dialog>
    </Card>
  )
}
