/** Charts that others share with me. One that was just offered is in no list until I have confirmed whose it is. */
import { Button, Group } from '@mantine/core'
import type { ChartSummary } from '@chartkeep/sync'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { usePersonLabel } from '../../app/people/use-person-label.ts'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { scopeLabel } from '../../app/words/collection-label.ts'
import { Screen } from '../../app/place/screen.tsx'
import { isIdentified } from '../../app/practice/chart-name.ts'
import { useAction } from '../../app/actions/use-action.ts'
import { useObservable } from '../../app/hooks/use-observable.ts'
import { accessEndedText } from '../../app/people/access-ended-text.ts'
import { CodeOnScreen } from '../../app/enrol/code-on-screen.tsx'
import { useSharingCode } from '../../app/people/use-sharing-code.ts'
import { formatDate, formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { Card, Facts, ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import { PersonSymbol } from '../../ui/display/person-chip.tsx'
import { Banner, Problem, StatusMark } from '../../ui/display/status-mark.tsx'

/** For a person's account; a practice has features/patients. */
export function SharedChartsScreen() {
  const { t } = useTranslation()
  const { charts } = useSessionCharts()
  const code = useSharingCode()
  const held = useObservable(useSession().emergency.held$) ?? []
  // One that this person was asked to look after stands here until it is confirmed, and once it is over.
  const shared = (charts ?? []).filter(
    (chart) => chart.relation === 'shared' || !isIdentified(chart) || chart.state !== 'open',
  )
  const open = shared.filter((chart) => chart.state === 'open')
  const over = shared.filter((chart) => chart.state !== 'open')
  return (
    <Screen word="patients">
      <ScreenHead
        title={t('shared.title')}
        actions={
          held.length === 0 ? null : (
            <Button component="a" variant="default" href={addressOf('patients', 'emergency')}>
              {t('emerg.held')}
            </Button>
          )
        }
      />
      {shared.length === 0 ? (
        <Card>
          <EmptyState title={t('shared.empty')}>{t('shared.emptyText')}</EmptyState>
        </Card>
      ) : null}
      {open
        .filter((chart) => !isIdentified(chart))
        .map((chart) => (
          <Offered key={chart.slot} chart={chart} />
        ))}
      {open.filter(isIdentified).map((chart) => (
        <Confirmed key={chart.slot} chart={chart} />
      ))}
      {over.map((chart) => (
        <Over key={chart.slot} chart={chart} />
      ))}
      {code ? (
        <Card title={t('code.title')}>
          <p>{t('code.intro')}</p>
          <CodeOnScreen code={code} />
        </Card>
      ) : null}
    </Screen>
  )
}

function Offered({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const session = useSession()
  const [isAsking, setAsking] = useState(false)
  const { isWorking, problem, run } = useAction()
  const confirm = () =>
    run(async () => {
      await session.confirmChart(chart.slot)
      return ''
    })
  return (
    <Card title={labelOf(chart)} aside={<StatusMark status="info">{t('shared.unconfirmed')}</StatusMark>}>
      <p>{chart.relation === 'own' ? t('people.offered') : t('access.identify')}</p>
      <ChartFacts chart={chart} />
      <Problem text={problem} />
      <Group gap="sm" mt="md">
        {isAsking ? (
          <Banner
            status="info"
            action={
              <>
                <Button onClick={() => void confirm()} loading={isWorking}>
                  {t('shared.confirm')}
                </Button>
                <Button variant="default" onClick={() => setAsking(false)}>
                  {t('deed.notNow')}
                </Button>
              </>
            }
          >
            {chart.relation === 'own'
              ? t('people.offeredHow', { name: labelOf(chart) })
              : t(chart.birthDate === '' ? 'shared.confirmNothing' : 'shared.confirmHow')}
          </Banner>
        ) : (
          <Button onClick={() => setAsking(true)}>{t('shared.confirm')}</Button>
        )}
      </Group>
    </Card>
  )
}

function Confirmed({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const personOf = usePersonLabel()
  return (
    <Card
      title={
        <Group gap="sm" component="span">
          <PersonSymbol person={personOf(chart)} size={32} />
          {labelOf(chart)}
        </Group>
      }
      aside={
        chart.emergency === null ? (
          <StatusMark status="good">{t('shared.confirmed')}</StatusMark>
        ) : (
          <StatusMark status="danger">{t('emerg.title')}</StatusMark>
        )
      }
    >
      <ChartFacts chart={chart} />
      <LateWork chart={chart} />
      <Button component="a" href={addressOf('overview', chart.slot)} mt="md">
        {t('shared.open')}
      </Button>
    </Card>
  )
}

function Over({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  return (
    <Card
      title={labelOf(chart) || t('shared.gone')}
      aside={<StatusMark status="neutral">{t('shared.over')}</StatusMark>}
    >
      <p>{accessEndedText(chart, t)}</p>
      <LateWork chart={chart} />
    </Card>
  )
}

/** C10, C11: what had not been sent when access, or a part of it, ended. */
function LateWork({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  return (
    <>
      {chart.handed > 0 ? <p>{t('access.handed', { count: chart.handed })}</p> : null}
      {chart.undelivered > 0 ? <p>{t('access.undelivered', { count: chart.undelivered })}</p> : null}
    </>
  )
}

function ChartFacts({ chart }: { chart: ChartSummary }) {
  const { t } = useTranslation()
  const language = currentLanguage()
  return (
    <Facts
      items={[
        ...(chart.birthDate === ''
          ? []
          : [{ label: t('profile.birthDate'), value: formatDate(chart.birthDate, language) }]),
        ...(chart.until === null
          ? []
          : [{ label: t('share.until'), value: formatMoment(new Date(chart.until), language) }]),
        {
          label: t('share.lists', { count: chart.collections.length }),
          value: chart.collections.map(({ collection }) => scopeLabel(collection, t)).join(' · '),
        },
      ]}
    />
  )
}
