/** Emergency access to one chart: who may open it, how it was used, and the ways to allow and to stop it. */
import { Button, Group } from '@mantine/core'
import { IconShieldPlus } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { rolesText } from '../../app/practice/roles-text.ts'
import { scopeLabel } from '../../app/words/collection-label.ts'
import { ActionButton } from '../../app/actions/action-button.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { EmergencyUseBanner } from '../../app/people/emergency-use.tsx'
import { StopAccess } from '../../app/people/stop-access.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../ui/display/card.tsx'
import { HOUR } from '../../ui/fields/date-entry.ts'
import { Dialog } from '../../ui/dialogs/dialogs.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { StatusMark, type Status } from '../../ui/display/status-mark.tsx'
import { type Allowed, allowedOf, isOver } from './allowed.ts'

/** Of what is over and was seen the newest are shown; all of it stands in Who saw what. */
const PAST = 20

export function AllowedScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const grants = useObservable(chart.emergency.grants$)
  const uses = useObservable(chart.emergency.uses$)
  const [inForce, over] = useMemo(() => {
    const all = allowedOf(grants ?? [])
    return [all.filter((one) => !isOver(one)), all.filter(isOver)]
  }, [grants])
  // What is over and was seen; the rest stands above everything else.
  const told = (uses ?? []).filter(({ seen, state }) => seen && state !== 'open')
  const allow = (
    <Button
      component="a"
      href={addressOf('share', summary.slot, 'allow')}
      leftSection={<IconShieldPlus size={20} aria-hidden="true" />}
    >
      {t('emerg.allow')}
    </Button>
  )
  const language = currentLanguage()
  return (
    <Screen word="share" focusKey={`emergency ${summary.slot}`}>
      <ScreenHead
        above={
          <a className="ck-alone" href={addressOf('share', summary.slot)}>
            {t('deed.backTo', { place: t('screen.share') })}
          </a>
        }
        title={t('emerg.title')}
        actions={inForce.length > 0 ? allow : null}
      >
        <ChartName of={summary} />
      </ScreenHead>
      {grants === undefined || uses === undefined ? (
        <Delayed />
      ) : (
        <>
          {uses
            .filter((use) => !told.includes(use))
            .map((use) => (
              <EmergencyUseBanner key={use.id} use={use} />
            ))}
          {inForce.length === 0 ? (
            <Card>
              <EmptyState title={t('emerg.emptyTitle')} action={allow}>
                {t('emerg.emptyText')}
              </EmptyState>
            </Card>
          ) : (
            <>
              <p>{t('emerg.intro')}</p>
              {inForce.map((one) => (
                <AllowedCard key={one.key} allowed={one} />
              ))}
            </>
          )}
          {told.length === 0 && uses.length > 0 ? null : (
            <Card title={t('emerg.usesTitle')}>
              {told.length === 0 ? <p>{t('emerg.noUses')}</p> : null}
              {told.slice(0, PAST).map((use) => (
                <EmergencyUseBanner key={use.id} use={use} />
              ))}
            </Card>
          )}
          {over.length === 0 ? null : (
            <Card title={t('share.endedTitle')}>
              {over.slice(0, PAST).map(({ key, name, endedAt, until }) => (
                <p key={key}>
                  <strong>{name}</strong>{' '}
                  <StatusMark status="neutral">
                    {t('emerg.endedAt', { time: formatMoment(new Date(endedAt ?? until), language) })}
                  </StatusMark>
                </p>
              ))}
            </Card>
          )}
        </>
      )}
    </Screen>
  )
}

function AllowedCard({ allowed }: { allowed: Allowed }) {
  const { t } = useTranslation()
  const { chart } = useChart()
  const [isAsking, setAsking] = useState(false)
  const { name, state, roles, collections, durationMs, until, purpose, grants } = allowed
  const marks: Partial<Record<Allowed['state'], { status: Status; word: string }>> = {
    held: { status: 'good', word: t('emerg.state.held') },
    open: { status: 'danger', word: t('emerg.state.open') },
    used: { status: 'attention', word: t('emerg.state.used') },
    pending: { status: 'info', word: t('share.waiting') },
    stopping: { status: 'attention', word: t('share.ending') },
  }
  const mark = marks[state] ?? { status: 'neutral', word: t('share.ended') }
  const isUnconfirmed = state === 'pending' || state === 'stopping'
  return (
    <Card title={name} aside={<StatusMark status={mark.status}>{mark.word}</StatusMark>}>
      <Facts
        items={[
          ...(roles.length === 0 ? [] : [{ label: t('share.readersThere'), value: rolesText(roles, t) }]),
          {
            label: t('emerg.mayRead'),
            value: collections.map((collection) => scopeLabel(collection, t)).join(' · '),
          },
          { label: t('emerg.oneLasts'), value: t('emerg.hours', { count: Math.round(durationMs / HOUR) }) },
          {
            label: t('emerg.canUntil'),
            value: <span className="ck-nowrap">{formatMoment(new Date(until), currentLanguage())}</span>,
          },
          ...(purpose === '' ? [] : [{ label: t('share.purposeLabel'), value: purpose }]),
        ]}
      />
      {state === 'pending' ? <p>{t('emerg.pending')}</p> : null}
      {state === 'used' ? <p>{t('emerg.usedUp')}</p> : null}
      {state === 'stopping' ? <p>{t('share.stopOffline', { name })}</p> : null}
      <Group gap="sm" mt="md">
        {isUnconfirmed ? (
          <ActionButton
            action={t('share.dropWish')}
            run={async () => void (await Promise.all(grants.map((id) => chart.dropIntent(id))))}
          />
        ) : (
          <Button variant="default" onClick={() => setAsking(true)}>
            {t('emerg.stop')}
          </Button>
        )}
      </Group>
      <Dialog isOpen={isAsking} onClose={() => setAsking(false)} title={t('emerg.stop')}>
        <StopAccess
          grants={grants}
          question={t('emerg.stopAsk', { group: name })}
          action={t('emerg.stop')}
          keep={t('emerg.keep')}
          onDone={() => setAsking(false)}
        />
      </Dialog>
    </Card>
  )
}
