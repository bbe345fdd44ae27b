/** Opens the chart that the address names and gives it to the screens inside. */
import type { Chart } from '@chartkeep/sync'
import { Fragment, type ReactNode, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation, useParams } from 'react-router'
import { ScreenHead } from '../../ui/display/card.tsx'
import { addressOf, pathOf, type ScreenWord } from '../place/addresses.ts'
import { ChartContext, type OpenChart, type ShownSummary, useSession } from '../context/app-context.tsx'
import { AccessEnded } from '../care/sharing/access-ended.tsx'
import { usePracticeIfAny } from '../practice/practice-context.tsx'
import { usePersonLabel } from '../people/use-person-label.ts'
import { Delivery } from '../care/messages/delivery.tsx'
import { ChartTrouble } from '../frame/chart-trouble.tsx'
import { useSessionCharts } from '../context/charts-in-session.tsx'
import { Delayed } from '../hooks/delayed.tsx'
import { OtherDevice } from '../place/other-device.tsx'
import { Screen } from '../place/screen.tsx'
import { useObservable } from '../hooks/use-observable.ts'

/** Screens that read what a practice wrote about a person whose chart is not open. */
const FILE_WORDS: readonly string[] = [
  'chart',
  'visit',
  'note',
  'results',
  'plans',
  'messages',
  'calendar',
  'timeline',
  'search',
  'list',
  'record',
  'history',
  'docs',
] satisfies ScreenWord[]

/** A screen of one chart. An address without a chart goes to the current one. */
export function WithChart({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const { chart: slot } = useParams()
  const { pathname } = useLocation()
  const { practice } = useSession()
  const { charts, current, keepOf } = useSessionCharts()
  const patients = usePracticeIfAny()?.patients
  const listed: ShownSummary | undefined =
    patients?.find((candidate) => candidate.slot === slot) ?? charts?.find((candidate) => candidate.slot === slot)
  const keep = useMemo(() => (listed ? keepOf(listed.slot) : null), [listed?.slot, keepOf])
  const state = listed?.state
  const [opened, setOpened] = useState<{ slot: string; state: string | undefined; chart: Chart | null } | null>(null)
  const [failed, setFailed] = useState<{ slot: string; error: unknown } | null>(null)
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    if (!keep || !slot) return
    let isGone = false
    let release = () => {}
    keep.open().then(
      (chart) => {
        if (isGone) return
        if (chart) release = chart.hold()
        setOpened({ slot, state, chart })
      },
      (error: unknown) => {
        if (!isGone) setFailed({ slot, error })
      },
    )
    return () => {
      isGone = true
      release()
    }
    // A chart that ends is opened again: by what the practice holds of the person.
  }, [keep, slot, state, attempt])
  const chart = opened?.slot === slot && opened?.state === state ? opened?.chart : undefined
  const live = useObservable(chart?.summary$)
  const summary: ShownSummary | undefined = live ?? listed
  const personOf = usePersonLabel()
  const open: OpenChart | null = useMemo(
    () => (chart && summary && keep ? { chart, summary, person: personOf(summary), ...pickKeep(keep) } : null),
    [chart, summary, keep, personOf],
  )

  if (charts === undefined) return <Delayed />
  // A device that has just come in by the recovery kit: its charts are on the way.
  if (charts.length === 0) {
    return (
      <Delayed>
        <h1 tabIndex={-1} id="screen-title">
          {t('screen.overview')}
        </h1>
        <p role="status">{t('restore.bringing')}</p>
      </Delayed>
    )
  }
  if (slot === undefined) {
    const here = pathname.replace(/\/$/u, '') || pathOf('overview')
    return <Navigate to={current ? `${here}/${current.slot}` : pathOf('patients')} replace />
  }
  if (!listed) return <OtherDevice />
  if (failed?.slot === slot) {
    const retry = () => {
      setFailed(null)
      setAttempt((before) => before + 1)
    }
    return <ChartTrouble summary={listed} error={failed?.error} onRetry={retry} />
  }
  const isFile = listed.file !== undefined
  const hasScreen = isFile && FILE_WORDS.includes(pathname.split('/')[1] ?? '')
  if ((listed.state !== 'open' && !hasScreen) || chart === null) {
    return (
      <Screen word="chart">
        <ScreenHead
          title={listed.name || t('shared.gone')}
          above={
            <a className="ck-alone" href={isFile ? addressOf('chart', slot) : addressOf('patients')}>
              {t('deed.backTo', {
                place: isFile ? t('patients.summaryOf') : practice === null ? t('shared.title') : t('screen.patients'),
              })}
            </a>
          }
        />
        <AccessEnded chart={listed} />
      </Screen>
    )
  }
  if (!open) return <Delayed />
  // Nothing that a screen holds of one chart is ever there for another.
  return (
    <ChartContext value={open}>
      <Fragment key={slot}>
        {summary?.relation === 'own' && summary.kind === 'person' ? <Delivery /> : null}
        {isFile ? <AccessEnded chart={listed} /> : null}
        {children}
      </Fragment>
    </ChartContext>
  )
}

function pickKeep(keep: { slots: OpenChart['slots']; views: OpenChart['views']; memories: OpenChart['memories'] }) {
  return { slots: keep.slots, views: keep.views, memories: keep.memories }
}
