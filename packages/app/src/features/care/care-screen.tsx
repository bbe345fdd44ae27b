/**
 * The patient's side of care: what a practice planned, released, wrote and booked, and what was asked of it. Each part is a section in a file of its
 * own and says by itself that it is empty; with nothing at all, how to connect a clinic.
 */
import { Button } from '@mantine/core'
import { IconMessageHeart } from '@tabler/icons-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { mayDo, useChart } from '../../app/context/app-context.tsx'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { AppointmentsSection } from './appointments-section.tsx'
import { MessagesSection } from './messages-section.tsx'
import { PlansSection } from './plans-section.tsx'
import { RequestsSection } from './requests-section.tsx'
import { ResultsSection } from './results-section.tsx'

/** Lists that care stands in. */
const CARE_LISTS = ['plans', 'labs', 'messages', 'appointments'] as const

export function CareScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const records = useObservable(chart.all$)
  const grants = useObservable(chart.grants$)
  const isConnected = useMemo(
    () => (grants ?? []).some(({ state }) => state !== 'pending') || (records ?? []).some(({ author }) => !author.me),
    [grants, records],
  )
  const hidden = CARE_LISTS.filter((list) => !mayDo(summary, list, 'read')).length
  return (
    <Screen word="care" focusKey={summary.slot}>
      <ScreenHead title={t('screen.care')}>
        <ChartName of={summary} />
      </ScreenHead>
      {records === undefined || grants === undefined ? (
        <Delayed />
      ) : hidden === CARE_LISTS.length ? (
        <p>{t('list.noRight', { count: hidden })}</p>
      ) : !isConnected && !records.some(({ collection }) => isCareList(collection)) ? (
        <Unconnected />
      ) : (
        <>
          {mayDo(summary, 'messages', 'read') ? <MessagesSection /> : null}
          {mayDo(summary, 'appointments', 'read') ? <AppointmentsSection /> : null}
          <PlansSection records={records} />
          <ResultsSection records={records} />
          <RequestsSection records={records} />
          {hidden > 0 ? <p>{t('list.noRight', { count: hidden })}</p> : null}
        </>
      )}
    </Screen>
  )
}

/** Results alone are no care: everybody has some of their own. */
function isCareList(collection: string): boolean {
  return ['plans', 'messages', 'appointments'].includes(collection)
}

function Unconnected() {
  const { t } = useTranslation()
  const { summary } = useChart()
  return (
    <Card>
      <EmptyState
        icon={<IconMessageHeart size={32} />}
        title={t('care.emptyTitle')}
        action={
          summary.relation === 'own' ? (
            <Button component="a" href={addressOf('share', summary.slot, 'new')}>
              {t('share.with')}
            </Button>
          ) : null
        }
      >
        {t('care.emptyText')}
      </EmptyState>
    </Card>
  )
}
