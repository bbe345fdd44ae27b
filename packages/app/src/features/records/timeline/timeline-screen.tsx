/** Everything by clinical date, newest first, under years and months; filters by kind, words and years, and a jump to a year. */
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { isFactRecord, shownList } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { IconSearch } from '@tabler/icons-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../../app/people/use-chart-label.ts'
import { useChart } from '../../../app/context/app-context.tsx'
import { SHOWN_LISTS } from '../../../app/words/collection-label.ts'
import { Delayed } from '../../../app/hooks/delayed.tsx'
import { Screen } from '../../../app/place/screen.tsx'
import {
  EVERYTHING,
  filteredTimeline,
  HIDDEN_KINDS,
  placeInTime,
  type TimelineFilter,
  timelineItems,
  timelineYears,
} from '../../../app/measures/timeline.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { formatDate } from '../../../i18n/dates.ts'
import { currentLanguage } from '../../../i18n/index.ts'
import { ScreenHead } from '../../../ui/display/card.tsx'
import { EmptyState } from '../../../ui/display/empty-state.tsx'
import { FilterChips } from '../../../ui/lists/filter-chips.tsx'
import { type TimelineHandle, TimelineList } from './timeline-list.tsx'
import styles from './timeline.module.css'

/** What the timeline remembers while its chart is open. */
interface Memory {
  filter: TimelineFilter
  scroll: number
}

const MEMORY = 'timeline'

export function TimelineScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const records = useObservable(chart.all$)
  const known = useMemo(
    () =>
      records?.filter((record) => record.collection !== 'audit' && record.status !== 'error' && isFactRecord(record)),
    [records],
  )
  return (
    <Screen word="timeline">
      <ScreenHead title={t('screen.timeline')}>
        <ChartName of={summary} />
      </ScreenHead>
      {known === undefined ? <Delayed /> : <Timeline records={known} />}
    </Screen>
  )
}

function Timeline({ records }: { records: readonly ChartRecord[] }) {
  const { t } = useTranslation()
  const { memories } = useChart()
  const [before] = useState(() => memories.get(MEMORY) as Memory | undefined)
  const [filter, setFilter] = useState(before?.filter ?? EVERYTHING)
  const wanted = useDeferredValue(filter)
  const handle = useRef<TimelineHandle>(null)
  const kinds = useMemo(() => {
    const present = new Set(records.map(shownList))
    return SHOWN_LISTS.filter((kind) => present.has(kind))
  }, [records])
  const years = useMemo(
    () => [...new Set(records.map(({ date }) => placeInTime(date).year))].filter(Boolean).toSorted().toReversed(),
    [records],
  )
  const shown = useMemo(() => filteredTimeline(records, wanted, shownList), [records, wanted])
  const items = useMemo(() => timelineItems(shown), [shown])
  const jumps = useMemo(() => timelineYears(items), [items])

  const latest = useRef<Memory>({ filter, scroll: 0 })
  latest.current = { ...latest.current, filter }
  useEffect(() => {
    const keep = () => (latest.current.scroll = window.scrollY)
    window.addEventListener('scroll', keep, { passive: true })
    return () => {
      window.removeEventListener('scroll', keep)
      memories.set(MEMORY, latest.current)
    }
  }, [memories])

  const set = (change: Partial<TimelineFilter>) => setFilter((old) => ({ ...old, ...change }))
  const toggle = (kind: string) =>
    set({
      kinds: filter.kinds.includes(kind) ? filter.kinds.filter((other) => other !== kind) : [...filter.kinds, kind],
    })
  const yearChoices = (any: string) => [
    { value: '', label: any },
    ...years.map((year) => ({ value: year, label: formatDate(year, currentLanguage()) })),
  ]
  const isNarrowed = filter !== EVERYTHING && JSON.stringify(filter) !== JSON.stringify(EVERYTHING)
  const hidden = filter.kinds.length === 0 ? records.filter((record) => HIDDEN_KINDS.has(shownList(record))).length : 0
  if (records.length === 0) return <EmptyState title={t('list.emptyTitle')}>{t('list.emptyText')}</EmptyState>
  return (
    <>
      <div className={`${styles.tools} ck-screen-only`}>
        <TextInput
          className={styles.search ?? ''}
          type="search"
          label={t('list.searchIn', { list: t('screen.timeline') })}
          value={filter.search}
          onChange={(event) => set({ search: event.currentTarget.value })}
          leftSection={<IconSearch size={20} aria-hidden="true" />}
          autoComplete="off"
          spellCheck={false}
        />
        <NativeSelect
          className={styles.years ?? ''}
          label={t('timeline.from')}
          value={filter.from}
          onChange={(event) => set({ from: event.currentTarget.value })}
          data={yearChoices(t('timeline.firstYear'))}
        />
        <NativeSelect
          className={styles.years ?? ''}
          label={t('timeline.to')}
          value={filter.to}
          onChange={(event) => set({ to: event.currentTarget.value })}
          data={yearChoices(t('timeline.lastYear'))}
        />
        <NativeSelect
          className={styles.years ?? ''}
          label={t('timeline.jump')}
          value=""
          onChange={(event) => {
            const jump = jumps.find(({ year }) => year === event.currentTarget.value)
            if (jump) handle.current?.jumpTo(jump.index)
          }}
          data={[
            { value: '', label: t('timeline.chooseYear') },
            ...jumps
              .filter(({ year }) => year !== '')
              .map(({ year }) => ({ value: year, label: formatDate(year, currentLanguage()) })),
          ]}
        />
        <div className={styles.kinds}>
          <FilterChips
            name={t('timeline.kinds')}
            chips={kinds.map((kind) => ({ id: kind, label: t(`collection.${kind}`) }))}
            pressed={filter.kinds}
            onToggle={toggle}
            scrolls
          />
        </div>
        <p className={styles.count} role="status">
          {t('list.ofAll', { shown: shown.length, all: records.length })}
          {hidden > 0 ? ` · ${t('timeline.hidden', { count: hidden })}` : ''}
        </p>
      </div>
      {shown.length === 0 ? (
        <EmptyState
          title={t('list.none')}
          action={
            isNarrowed ? (
              <Button variant="default" onClick={() => setFilter(EVERYTHING)}>
                {t('deed.clear')}
              </Button>
            ) : null
          }
        >
          {t('list.searched', { count: records.length })}
        </EmptyState>
      ) : (
        <TimelineList items={items} count={shown.length} scroll={before?.scroll ?? 0} handle={handle} />
      )}
    </>
  )
}
