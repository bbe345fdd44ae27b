/** The frame of an open session: places, person sheet, add sheet, sync chip, automatic lock. */
import {
  IconChartDots,
  IconFolders,
  IconHome,
  IconIdBadge2,
  IconMessageHeart,
  IconPill,
  IconSearch,
  IconSettings,
  IconUsersGroup,
} from '@tabler/icons-react'
import type { ChartSummary, Session } from '@chartkeep/sync'
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLocation } from 'react-router'
import { AppFrame, type Place } from '../../ui/frame/app-frame.tsx'
import { PlainFrame } from '../../ui/frame/plain-frame.tsx'
import { Sheet } from '../../ui/dialogs/dialogs.tsx'
import { Banner } from '../../ui/display/status-mark.tsx'
import { AddSheet } from './add-sheet.tsx'
import { addressOf } from '../place/addresses.ts'
import { mayDo, useApp } from '../context/app-context.tsx'
import { usePersonLabel } from '../people/use-person-label.ts'
import { chartKeeps, type SessionCharts, SessionChartsContext } from '../context/charts-in-session.tsx'
import { isIdentified } from '../practice/chart-name.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { EmergencyNotice } from './emergency-notice.tsx'
import { FrameNotices } from './frame-notices.tsx'
import { PersonSheet } from './person-sheet.tsx'
import { SharedStrip } from './shared-strip.tsx'
import { useAutoLock } from '../session/use-auto-lock.ts'
import { useChartTotals } from '../chart/use-chart-totals.ts'
import { useKeepStorage } from '../device/use-keep-storage.ts'
import { useObservable } from '../hooks/use-observable.ts'
import { useSearchReady } from '../search/use-search-ready.ts'
import { syncStateOf } from './use-sync-state.ts'
import styles from '../../ui/frame/session-frame.module.css'

/** Lists with a row of their own in the side bar; the others are tiles of Records. */
const SIDE_LISTS = [
  { collection: 'medications', Icon: IconPill },
  { collection: 'labs', Icon: IconChartDots },
] as const
const SIDE_KEYS: readonly string[] = SIDE_LISTS.map(({ collection }) => `list:${collection}`)

/** Screens that belong to Records. */
const OF_RECORDS = ['list', 'record', 'history', 'form', 'timeline', 'docs', 'search', 'import', 'chart']

/** Around every screen behind the lock. */
export function SessionFrame({ session, children }: { session: Session; children: ReactNode }) {
  const { t } = useTranslation()
  const { lock } = useApp()
  const { pathname } = useLocation()
  const charts = useObservable(session.charts$)
  const sync = useObservable(session.sync$)
  const [sheet, setSheet] = useState<'person' | 'add' | null>(null)
  const isWarned = useAutoLock(lock)
  const personOf = usePersonLabel(charts)
  const keepOf = useMemo(() => chartKeeps((slot) => session.openChart(slot)), [session])

  const [word = '', chartSlot = '', slot] = pathname.split('/').slice(1)
  const lastSlot = useRef('')
  const named = charts?.find((chart) => chart.slot === chartSlot)
  if (named) lastSlot.current = named.slot
  const current =
    named ??
    charts?.find((chart) => chart.slot === lastSlot.current) ??
    charts?.find((chart) => chart.relation === 'own' && chart.state === 'open' && chart.confirmed) ??
    charts?.find((chart) => chart.state === 'open' && isIdentified(chart))
  const keep = current && current.state === 'open' ? keepOf(current.slot) : null
  const totals = useChartTotals(keep)
  useKeepStorage(totals)
  useSearchReady(keep)
  const shared: SessionCharts = useMemo(() => ({ charts, current, keepOf }), [charts, current, keepOf])

  const switched = useSwitched(current, pathname)

  useEffect(() => setSheet(null), [pathname])
  // Before the frame is painted: who sees the key named may press it.
  useLayoutEffect(() => {
    const open = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, [contenteditable]')
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey || !current) return
      event.preventDefault()
      window.location.hash = addressOf('search', current.slot)
    }
    window.addEventListener('keydown', open)
    return () => window.removeEventListener('keydown', open)
  }, [current])

  const target = keep?.slots.targetOf(slot)
  const place = word === 'list' && target?.type === 'list' ? `list:${target.collection}` : word
  const conflicts = sync?.conflicts ?? 0
  const unconfirmed = charts?.filter((chart) => !isIdentified(chart) && chart.state === 'open').length ?? 0
  const chartOf = current?.slot
  const before: Place[] = [
    {
      key: 'overview',
      label: t('screen.overview'),
      href: addressOf('overview', chartOf),
      icon: <IconHome size={24} aria-hidden="true" />,
      count: conflicts + unconfirmed,
    },
    {
      key: 'chart',
      label: t('screen.records'),
      href: addressOf('chart', chartOf),
      icon: <IconFolders size={24} aria-hidden="true" />,
      covers: OF_RECORDS.includes(word) && !SIDE_KEYS.includes(place) ? [place] : [],
    },
  ]
  const after: Place[] = [
    {
      key: 'care',
      label: t('screen.care'),
      href: addressOf('care', chartOf),
      icon: <IconMessageHeart size={24} aria-hidden="true" />,
    },
    {
      key: 'share',
      label: t('screen.share'),
      href: current ? addressOf('share', current.slot) : addressOf('patients'),
      icon: <IconUsersGroup size={24} aria-hidden="true" />,
      covers: ['who', 'patients'],
    },
  ]
  // On a phone the lists with a row of their own belong to Records.
  const bar = before.map((each) =>
    each.key === 'chart' ? { ...each, covers: OF_RECORDS.includes(word) ? [place] : [] } : each,
  )
  const side: Place[] = [
    ...before,
    ...(keep && current
      ? SIDE_LISTS.filter(({ collection }) => mayDo(current, collection, 'read')).map(({ collection, Icon }) => ({
          key: `list:${collection}`,
          label: t(`collection.${collection}`),
          href: addressOf('list', current.slot, keep.slots.slotOf({ type: 'list', collection })),
          icon: <Icon size={20} aria-hidden="true" />,
        }))
      : []),
    ...after,
    ...(current?.relation === 'own'
      ? [
          {
            key: 'card',
            label: t('screen.card'),
            href: addressOf('card', current.slot),
            icon: <IconIdBadge2 size={20} aria-hidden="true" />,
          },
        ]
      : []),
    {
      key: 'settings',
      label: t('screen.settings'),
      href: addressOf('settings'),
      icon: <IconSettings size={20} aria-hidden="true" />,
      covers: ['devices', 'backup', 'sync'],
    },
  ]
  // The last page of the first run: there is no other place to go to yet.
  if (pathname.startsWith('/start/first')) {
    return (
      <SessionChartsContext value={shared}>
        <PlainFrame>
          <ErrorBoundary resetKey={pathname}>{children}</ErrorBoundary>
        </PlainFrame>
      </SessionChartsContext>
    )
  }
  return (
    <SessionChartsContext value={shared}>
      <AppFrame
        person={current ? personOf(current) : null}
        onPerson={() => setSheet('person')}
        sync={syncStateOf(sync)}
        syncHref={addressOf('sync')}
        onLock={() => void lock()}
        before={bar}
        after={after}
        side={side}
        current={place}
        onAdd={current && current.state === 'open' ? () => setSheet('add') : null}
        search={
          current ? (
            <a className={styles.search} href={addressOf('search', current.slot)}>
              <IconSearch size={20} aria-hidden="true" />
              <span>{t('frame.search')}</span>
              <kbd aria-hidden="true">/</kbd>
            </a>
          ) : null
        }
        searchHref={current ? addressOf('search', current.slot) : addressOf('overview')}
        notice={
          <>
            {/* Announced, and to be seen until the next step: whose chart it is must never change in silence. */}
            <div role="status">
              {switched === null ? null : (
                <div className={styles.notice}>
                  <Banner status="info">
                    {t('household.switched', { name: switched.name })}{' '}
                    {switched.draftOf === '' ? null : t('household.draftKept', { name: switched.draftOf })}
                  </Banner>
                </div>
              )}
            </div>
            {named?.relation === 'shared' && named.state === 'open' ? <SharedStrip chart={named} /> : null}
            <EmergencyNotice session={session} charts={charts ?? []} />
            <FrameNotices session={session} isWarned={isWarned} />
          </>
        }
      >
        <ErrorBoundary resetKey={pathname}>{children}</ErrorBoundary>
      </AppFrame>
      <Sheet isOpen={sheet === 'person'} onClose={() => setSheet(null)} title={t('sheet.title')} from="left">
        <PersonSheet charts={charts ?? []} current={current} onLock={() => void lock()} />
      </Sheet>
      <Sheet
        isOpen={sheet === 'add'}
        onClose={() => setSheet(null)}
        title={current ? t('add.title', { name: current.name }) : t('deed.add')}
        from="bottom"
      >
        {current && keep ? <AddSheet summary={current} slots={keep.slots} /> : null}
      </Sheet>
    </SessionChartsContext>
  )
}

/** That the chart in view has become another one, until the next step; `draftOf`: whose form was left open for it. */
function useSwitched(current: ChartSummary | undefined, pathname: string): { name: string; draftOf: string } | null {
  const [switched, setSwitched] = useState<{ name: string; draftOf: string } | null>(null)
  const before = useRef<{ slot: string; name: string; isForm: boolean } | null>(null)
  const { slot = '', name = '' } = current ?? {}
  useEffect(() => {
    if (slot === '') return
    const was = before.current
    before.current = { slot, name, isForm: pathname.startsWith('/form/') }
    if (was === null) return
    setSwitched(was.slot === slot ? null : { name, draftOf: was.isForm ? was.name : '' })
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a chart that is renamed is the same chart
  }, [slot, pathname])
  return switched
}
