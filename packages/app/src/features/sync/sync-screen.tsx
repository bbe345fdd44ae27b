/** Sync health: one sentence that is true now, each chart with what waits, who has it and what was put aside, the server, and what to do. */
import { Button, Group } from '@mantine/core'
import type { SyncStatus } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { ClockBanner } from '../../app/frame/clock-banner.tsx'
import { KeptEvidence } from '../../app/people/kept-evidence.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { Banner, type Status } from '../../ui/display/status-mark.tsx'
import { ChartHealth } from './chart-health.tsx'
import { InviteForm } from './invite-form.tsx'
import { LossBanner } from './loss-banner.tsx'
import { ServerCard } from './server-card.tsx'
import styles from './chart-health.module.css'

export function SyncScreen() {
  const { t } = useTranslation()
  const session = useSession()
  const { charts, current } = useSessionCharts()
  const status = useObservable(session.sync$)
  const evidence = useObservable(session.evidence$) ?? []
  const [wasStarted, setStarted] = useState(false)
  return (
    <Screen word="sync">
      <ScreenHead
        title={t('screen.sync')}
        actions={
          status && status.state !== 'no-server' ? (
            <Button
              onClick={() => {
                setStarted(true)
                void session.syncNow().finally(() => setStarted(false))
              }}
              loading={status.state === 'syncing' || wasStarted}
            >
              {t('sync.now')}
            </Button>
          ) : null
        }
      />
      {status && !isToldByLoss(status) ? <Truth status={status} /> : null}
      {status?.clocks ? <ClockBanner clocks={status.clocks} /> : null}
      {status?.renewed ? <RenewedBanner at={status.renewed.at} /> : null}
      {status?.loss ? <LossBanner loss={status.loss} /> : null}
      {status?.problem?.key === 'invite' || status?.problem?.key === 'waiting-full' ? <InviteForm /> : null}
      {status && status.conflicts > 0 && current ? (
        <Banner
          status="attention"
          action={
            <Button component="a" href={addressOf('overview', current.slot)} variant="default">
              {t('deed.open')}
            </Button>
          }
        >
          {t('overview.conflicts', { count: status.conflicts })}
        </Banner>
      ) : null}
      <KeptEvidence views={evidence} save={() => session.saveEvidence()} />
      <h2 className={styles.charts}>{t('sync.perChart')}</h2>
      {(charts ?? [])
        .filter((chart) => chart.state === 'open' && chart.confirmed)
        .map((chart) => (
          <ChartHealth key={chart.slot} summary={chart} isOpen={chart.slot === current?.slot} />
        ))}
      {status ? <ServerCard status={status} /> : null}
    </Screen>
  )
}

/** F3: what happened, and what to do where nobody copied anything. */
function RenewedBanner({ at }: { at: number }) {
  const { t } = useTranslation()
  const session = useSession()
  return (
    <Banner
      status="attention"
      title={t('renewed.title')}
      action={
        <Group gap="xs">
          <Button component="a" href={addressOf('devices')} variant="default">
            {t('renewed.devices')}
          </Button>
          <ActionButton action={t('renewed.read')} run={() => session.acknowledgeRenewal()} />
        </Group>
      }
    >
      {t('renewed.what', { time: formatMoment(new Date(at), currentLanguage()) })}
    </Banner>
  )
}

/** While a server takes back what it lost, its own banner says what is true. */
function isToldByLoss({ loss, state, problem }: SyncStatus): boolean {
  return loss !== null && !loss.whole && (state === 'syncing' || problem?.key === 'refilling')
}

function Truth({ status }: { status: SyncStatus }) {
  const { t } = useTranslation()
  const [tone, text] = truthOf(status, t)
  return (
    <Banner status={tone}>
      {text}
      {lastConfirmed(status, t)}{' '}
      {status.problem ? t('error.code', { code: status.problem.code || status.problem.key }) : ''}
    </Banner>
  )
}

/** What is known without an answer of the server now: when it last had everything, in this session or before. */
function lastConfirmed({ state, confirmedAt }: SyncStatus, t: TFunction): string {
  if (state === 'no-server' || state === 'confirmed') return ''
  return ` ${confirmedAt === null ? t('sync.never') : t('sync.lastly', { time: formatMoment(new Date(confirmedAt), currentLanguage()) })}`
}

function truthOf(status: SyncStatus, t: TFunction): [Status, string] {
  switch (status.state) {
    case 'no-server':
      return ['neutral', t('sync.local')]
    case 'offline':
      return ['neutral', t('sync.offline', { count: status.waiting })]
    case 'syncing':
      return ['info', t('sync.working')]
    case 'waiting':
      return ['info', t('sync.waiting', { count: status.waiting })]
    case 'confirmed':
      return [
        'good',
        status.confirmedAt === null
          ? t('sync.never')
          : t('sync.confirmed', { time: formatMoment(new Date(status.confirmedAt), currentLanguage()) }),
      ]
    case 'problem':
      return ['attention', problemText(status.problem?.key, t)]
  }
}

function problemText(key: NonNullable<SyncStatus['problem']>['key'] | undefined, t: TFunction): string {
  switch (key) {
    case 'fork':
      return t('sync.fork')
    case 'withheld':
      return t('sync.withheld')
    case 'behind':
      return t('sync.behind')
    case 'refilling':
      return t('sync.refill')
    case 'server-key':
      return t('sync.serverKey')
    case 'server-address':
      return t('sync.serverAddress')
    case 'full':
      return t('sync.full')
    case 'server-full':
      return t('sync.serverFull')
    case 'refused':
      return t('sync.refused')
    case 'copied':
      return t('sync.copied')
    case 'devices-full':
      return t('sync.devicesFull')
    case 'invite':
      return t('sync.invite')
    case 'closed':
      return t('sync.closed')
    case 'waiting-full':
      return t('sync.waitingFull')
    case 'join':
      return t('sync.join')
    case 'sign-in':
    case undefined:
      return t('sync.signin')
  }
}
