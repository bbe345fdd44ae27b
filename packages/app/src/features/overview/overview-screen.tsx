/** The first screen of a chart: what needs the person, what is to do now, what matters most, latest results, recent changes. */
import { Button } from '@mantine/core'
import { IconFileImport, IconFolderOpen, IconId, IconReportMedical } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useChart } from '../../app/context/app-context.tsx'
import { deathOf, deathWords } from '../../app/words/chart-patient.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { EmergencyUseBanner } from '../../app/people/emergency-use.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useKitMoment } from '../../app/people/use-ways-back.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { RecentChanges } from '../../app/glance/recent-changes.tsx'
import { ImportantCard } from '../../app/glance/important-card.tsx'
import { NeedsYou } from './needs-you.tsx'
import { ResultsCard } from '../../app/glance/results-card.tsx'
import { TodayCard } from './today-card.tsx'
import styles from '../../app/glance/glance.module.css'

/** In one column what is to do now comes before what is important, and results last. */
export function OverviewScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const records = useObservable(chart.all$)
  const uses = useObservable(chart.emergency.uses$) ?? []
  const now = useMinute()
  useKitMoment(records)
  if (records === undefined) {
    return (
      <Screen word="overview">
        <Delayed />
      </Screen>
    )
  }
  const death = deathOf(records, now)
  const isEmpty = records.every((record) => record.collection === 'audit' || record.collection === 'profile')
  return (
    <Screen word="overview" focusKey={summary.slot}>
      <ScreenHead title={t('screen.overview')}>
        <ChartName of={summary} />
        {death === null ? null : (
          <>
            {' '}
            · <strong>{deathWords(death, t, currentLanguage())}</strong>
          </>
        )}
      </ScreenHead>
      {uses
        .filter(({ seen }) => !seen)
        .map((use) => (
          <EmergencyUseBanner key={use.id} use={use} />
        ))}
      <div className={styles.columns}>
        <div>
          <NeedsYou records={records} now={now} />
          {isEmpty ? null : <TodayCard records={records} now={now} />}
        </div>
        <div>
          {isEmpty ? <Empty /> : <ResultsCard records={records} now={now} />}
          {isEmpty ? null : <RecentChanges records={records} />}
          {isEmpty || summary.relation !== 'own' ? null : <QuickActions chart={summary.slot} />}
        </div>
        <div>{isEmpty ? null : <ImportantCard records={records} />}</div>
      </div>
    </Screen>
  )
}

/** What is handed to others on paper, one tap away. */
function QuickActions({ chart }: { chart: string }) {
  const { t } = useTranslation()
  return (
    <div className={styles.actions}>
      <Button
        component="a"
        variant="default"
        href={addressOf('page', chart)}
        leftSection={<IconReportMedical size={20} />}
      >
        {t('screen.page')}
      </Button>
      <Button component="a" variant="default" href={addressOf('card', chart)} leftSection={<IconId size={20} />}>
        {t('screen.card')}
      </Button>
    </div>
  )
}

function Empty() {
  const { t } = useTranslation()
  const { summary, slots } = useChart()
  const isOwn = summary.relation === 'own'
  return (
    <Card>
      <EmptyState
        icon={<IconFolderOpen size={32} />}
        title={t('overview.emptyTitle')}
        action={
          isOwn ? (
            <>
              <Button component="a" href={addressOf('import', summary.slot)} leftSection={<IconFileImport size={20} />}>
                {t('overview.importFile')}
              </Button>
              <Button
                component="a"
                variant="default"
                href={addressOf(
                  'form',
                  summary.slot,
                  slots.slotOf({ type: 'form', collection: 'allergies', id: null, kind: 'allergies' }),
                )}
              >
                {t('overview.typeOne')}
              </Button>
            </>
          ) : null
        }
      >
        {t('overview.emptyText')}
      </EmptyState>
    </Card>
  )
}
