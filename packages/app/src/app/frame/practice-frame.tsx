/**
 * The frame of a practice's session: its places, open charts as tabs, the patient in view over every screen of their
 * chart with the chart's menu, and who is unlocked.
 */
import {
  IconCalendar,
  IconChecklist,
  IconDots,
  IconFlask2,
  IconMessage,
  IconSearch,
  IconSettings,
  IconSignature,
  IconStethoscope,
  IconUsers,
} from '@tabler/icons-react'
import type { Chart, Practice, Session } from '@chartkeep/sync'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation, useNavigate } from 'react-router'
import { useChartLabel } from '../people/use-chart-label.ts'
import { AppFrame, type Place } from '../../ui/frame/app-frame.tsx'
import { Sheet } from '../../ui/dialogs/dialogs.tsx'
import { symbolOf, toneOf } from '../../ui/display/person-chip.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { addressOf, pathOf } from '../place/addresses.ts'
import { useApp } from '../context/app-context.tsx'
import { usePatientRecord } from '../practice/patient-records.ts'
import { PersonIndex, personFile } from '../practice/person-file.ts'
import { usePatients, WithPractice } from '../practice/practice-context.tsx'
import { useKnownPatients } from '../practice/use-known-patients.ts'
import { useWork } from '../care/work/use-work.ts'
import { NewWorkNotice } from '../care/work/new-work-notice.tsx'
import { chartKeeps, type SessionCharts, SessionChartsContext } from '../context/charts-in-session.tsx'
import { useChartTotals } from '../chart/use-chart-totals.ts'
import { useKeepStorage } from '../device/use-keep-storage.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { randomSlot } from '../place/slots.ts'
import { applyDensity, isCompact } from '../hooks/preferences.ts'
import { useSearchReady } from '../search/use-search-ready.ts'
import { useAutoLock } from '../session/use-auto-lock.ts'
import { useObservable } from '../hooks/use-observable.ts'
import { isIdentified } from '../practice/chart-name.ts'
import { ChartTabRow, WhichToClose } from './chart-tabs.tsx'
import { FrameNotices } from './frame-notices.tsx'
import { IdentityStrip } from './identity-strip.tsx'
import { PracticeAddSheet } from './practice-add-sheet.tsx'
import { chartMenu, firstPlaceOf, partOf, placesOf, type PracticePlace } from './practice-places.ts'
import { PracticeSheet } from './practice-sheet.tsx'
import { useChartTabs } from './use-chart-tabs.ts'
import { syncStateOf } from './use-sync-state.ts'
import styles from './practice-frame.module.css'
import sheetStyles from '../../ui/frame/session-frame.module.css'

const ICONS: Record<PracticePlace, ReactNode> = {
  work: <IconChecklist size={24} aria-hidden="true" />,
  patients: <IconUsers size={24} aria-hidden="true" />,
  calendar: <IconCalendar size={24} aria-hidden="true" />,
  messages: <IconMessage size={24} aria-hidden="true" />,
  results: <IconFlask2 size={24} aria-hidden="true" />,
  sign: <IconSignature size={24} aria-hidden="true" />,
  practice: <IconStethoscope size={24} aria-hidden="true" />,
}
/** What a phone's bar has room for; the rest is behind More. */
const BAR: readonly PracticePlace[] = ['work', 'patients', 'calendar']

/** Around every screen of a practice's session. */
export function PracticeFrame({
  session,
  practice,
  children,
}: {
  session: Session
  practice: Practice
  children: ReactNode
}) {
  const charts = useObservable(session.charts$)
  const latest = useRef(charts)
  latest.current = charts
  const files = useMemo(() => new FileSlots(), [session])
  const keepOf = useMemo(() => {
    const index = new PersonIndex()
    const read = new WeakSet<Chart>()
    const summaryOf = (slot: string) => latest.current?.find((one) => one.slot === slot)
    const isOver = (slot: string) => (summaryOf(slot)?.state ?? 'open') !== 'open'
    const openFile = async (slot: string) => {
      const id = summaryOf(slot)?.id ?? files.chartOf(slot)
      if (id === undefined) return null
      const file = personFile(await practice.open(), { id, slot, index })
      read.add(file)
      return file
    }
    return chartKeeps(
      async (slot) => (isOver(slot) ? null : await session.openChart(slot)) ?? openFile(slot),
      // A chart that has ended may still be open, and empty; one that is open again is read itself.
      (slot, chart) => files.chartOf(slot) !== undefined || read.has(chart) === isOver(slot),
    )
  }, [session, practice, files])
  const shared: SessionCharts = useMemo(() => ({ charts, current: undefined, keepOf }), [charts, keepOf])
  return (
    <SessionChartsContext value={shared}>
      <WithPractice practice={practice} slotOf={files.slotOf}>
        <Inside session={session} practice={practice} keepOf={keepOf}>
          {children}
        </Inside>
      </WithPractice>
    </SessionChartsContext>
  )
}

/** Slots for persons whose charts this device does not have; created at each unlock, like those of records. */
class FileSlots {
  readonly #slots = new Map<string, string>()

  readonly slotOf = (chart: string): string => {
    const known = this.#slots.get(chart) ?? randomSlot()
    this.#slots.set(chart, known)
    return known
  }

  chartOf(slot: string): string | undefined {
    return [...this.#slots].find(([, known]) => known === slot)?.[0]
  }
}

function Inside({
  session,
  practice,
  keepOf,
  children,
}: {
  session: Session
  practice: Practice
  keepOf: SessionCharts['keepOf']
  children: ReactNode
}) {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { lock } = useApp()
  const navigate = useNavigate()
  const { pathname } = useLocation()
  const charts = usePatients()
  const current = charts?.find(({ slot }) => slot === pathname.split('/')[2])
  const sync = useObservable(session.sync$)
  // What a member may do changes while they work.
  const member = useObservable(practice.members$)?.find(({ me }) => me) ?? practice.me
  const [sheet, setSheet] = useState<'person' | 'more' | 'add' | null>(null)
  const isWarned = useAutoLock(lock)
  const { tabs, asking, close } = useChartTabs(charts, current, pathname)
  const isShown =
    current !== undefined &&
    asking === null &&
    isIdentified(current) &&
    (current.state === 'open' || current.file !== undefined)
  const keep = useMemo(() => (isShown ? keepOf(current.slot) : null), [isShown, current?.slot, keepOf])
  const totals = useChartTotals(keep)
  useKeepStorage(totals)
  useSearchReady(keep)
  const record = usePatientRecord(current?.id)
  useEffect(() => {
    applyDensity(isCompact())
    return () => applyDensity(false)
  }, [])
  useEffect(() => setSheet(null), [pathname])
  useKnownPatients(session)

  const [at = '', , slot] = pathname.split('/').slice(1)
  const target = keep?.slots.targetOf(slot)
  const place =
    keep === null
      ? at
      : target?.type === 'list' || target?.type === 'form'
        ? `list:${target.collection}`
        : ['record', 'history', 'form', 'resolve', 'docs'].includes(at)
          ? 'overview'
          : at
  const menu = keep && current ? chartMenu(current, keep.slots, t) : []
  const part = partOf(menu, place)
  const places = placesOf(practice)
  const work = useWork()
  const key = (word: PracticePlace) => `place:${word}`
  const placeOf = (word: PracticePlace): Place => ({
    key: key(word),
    label: t(`screen.${word}`),
    href: addressOf(word),
    icon: ICONS[word],
    ...(word === 'work' && work ? { count: work.mine.length } : {}),
    // A chart is opened from the list of patients, and its own tabs say where in it one is.
    ...(word === 'patients' && keep ? { covers: [place] } : {}),
  })
  const more: Place = {
    key: 'more',
    label: t('frame.more'),
    href: null,
    onPress: () => setSheet('more'),
    icon: <IconDots size={24} aria-hidden="true" />,
  }
  const inBar = places.filter((word) => BAR.includes(word))
  const me = {
    name: member.name,
    relation: [member.roles.map((role) => t(`role.${role}`)).join(t('share.comma')), practice.name].join(' · '),
    symbol: symbolOf(member.name),
    tone: toneOf(member.id),
  }
  const closeTab = (closed: string) => {
    close(closed)
    if (current?.slot === closed) void navigate(pathOf('patients'))
  }
  return (
    <>
      <AppFrame
        person={me}
        personWords={t('clinic.me', { name: me.name })}
        onPerson={() => setSheet('person')}
        sync={syncStateOf(sync)}
        syncHref={addressOf('sync')}
        before={inBar.slice(0, 2).map(placeOf)}
        after={[...inBar.slice(2).map(placeOf), more]}
        onLock={() => void lock()}
        side={[
          ...places.map(placeOf),
          {
            key: 'place:settings',
            label: t('screen.settings'),
            href: addressOf('settings'),
            icon: <IconSettings size={20} aria-hidden="true" />,
            covers: ['place:devices', 'place:backup', 'place:sync'],
          },
        ]}
        current={keep === null ? `place:${at}` : place}
        onAdd={keep === null ? null : () => setSheet('add')}
        search={
          places.includes('patients') ? (
            <a className={sheetStyles.search} href={addressOf('patients')}>
              <IconSearch size={20} aria-hidden="true" />
              <span>{t('clinic.find')}</span>
            </a>
          ) : null
        }
        searchHref={addressOf(places.includes('patients') ? 'patients' : 'practice')}
        searchWords={t('clinic.find')}
        tabs={<ChartTabRow tabs={tabs} current={isShown ? current.slot : undefined} onClose={closeTab} />}
        strip={
          isShown ? (
            <>
              <IdentityStrip chart={current} own={record} />
              <nav className={`${styles.menu} ck-screen-only`} aria-label={t('clinic.chartMenu')}>
                <ul>
                  {menu.map((entry) => (
                    <li key={entry.key}>
                      <a href={entry.href} aria-current={currentIn(entry === part, entry.key === place)}>
                        {entry.label}
                      </a>
                    </li>
                  ))}
                </ul>
                {part && part.inside.length > 1 ? (
                  <ul className={styles.inside} aria-label={part.label}>
                    {part.inside.map((entry) => (
                      <li key={entry.key}>
                        <a href={entry.href} aria-current={entry.key === place ? 'page' : undefined}>
                          {entry.label}
                        </a>
                      </li>
                    ))}
                  </ul>
                ) : null}
              </nav>
            </>
          ) : null
        }
        notice={
          <>
            {member.removed || sync?.problem?.key === 'sign-in' ? (
              <div className={sheetStyles.notice}>
                <Banner status="attention">{member.removed ? t('clinic.removed') : t('clinic.stopped')}</Banner>
              </div>
            ) : null}
            <FrameNotices session={session} isWarned={isWarned} />
            <NewWorkNotice work={work} />
          </>
        }
      >
        <ErrorBoundary resetKey={pathname}>
          {asking ? (
            <WhichToClose asking={asking} tabs={tabs} onClose={close} />
          ) : current && !isIdentified(current) && current.state === 'open' ? (
            <Navigate to={pathOf('patients')} replace />
          ) : (
            children
          )}
        </ErrorBoundary>
      </AppFrame>
      <Sheet isOpen={sheet === 'person'} onClose={() => setSheet(null)} title={t('sheet.title')} from="left">
        <PracticeSheet places={[]} onLock={() => void lock()} />
      </Sheet>
      <Sheet isOpen={sheet === 'more'} onClose={() => setSheet(null)} title={t('frame.more')} from="bottom">
        <PracticeSheet
          places={places
            .filter((word) => !BAR.includes(word))
            .map((word) => ({ key: word, label: t(`screen.${word}`), href: addressOf(word) }))}
          onLock={() => void lock()}
        />
      </Sheet>
      <Sheet
        isOpen={sheet === 'add'}
        onClose={() => setSheet(null)}
        title={current ? t('clinic.addFor', { name: labelOf(current) }) : t('deed.add')}
        from="bottom"
      >
        {current ? <PracticeAddSheet practice={practice} chart={current} /> : null}
      </Sheet>
    </>
  )
}

/** A tab is the page itself, or has it among its screens. */
function currentIn(isPart: boolean, isPage: boolean): 'page' | 'true' | undefined {
  if (!isPart) return undefined
  return isPage ? 'page' : 'true'
}

/** Where a practice's session begins. */
export function FirstPlace({ practice }: { practice: Practice }) {
  return <Navigate to={pathOf(firstPlaceOf(practice))} replace />
}
