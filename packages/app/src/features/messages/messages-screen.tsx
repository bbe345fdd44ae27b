/** Messages of all patients of a practice. Opens no chart: what patients wrote is told by the digests, what the practice wrote by its own vault. */
import { buildThreads, type CareWait, personKey, type Thread } from '@chartkeep/domain'
import type { ChartSummary } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChartLabel } from '../../app/people/use-chart-label.ts'
import { addressOf } from '../../app/place/addresses.ts'
import { useSession } from '../../app/context/app-context.tsx'
import { useSessionCharts } from '../../app/context/charts-in-session.tsx'
import { usePatients, usePractice } from '../../app/practice/practice-context.tsx'
import { isAtHand } from '../../app/practice/patients.ts'
import { usePracticeReading } from '../../app/practice/practice-records.ts'
import { Delayed } from '../../app/hooks/delayed.tsx'
import { Screen } from '../../app/place/screen.tsx'
import { useInSlices } from '../../app/hooks/use-in-slices.ts'
import { useMinute } from '../../app/hooks/use-minute.ts'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { ScreenHead } from '../../ui/display/card.tsx'
import { EmptyState } from '../../ui/display/empty-state.tsx'
import type { ListFilter } from '../../ui/lists/list-rows.ts'
import { RecordList } from '../../ui/lists/record-list.tsx'
import { ROWS_AT_ONCE, threadRow, type ThreadRow } from './thread-rows.ts'

const LISTS = ['messages'] as const

export function MessagesScreen() {
  const { t } = useTranslation()
  const labelOf = useChartLabel()
  const { practice } = usePractice()
  const { keepOf } = useSessionCharts()
  const session = useSession()
  const charts = usePatients()
  const reading = usePracticeReading(LISTS)
  const now = useMinute()
  const building = useMemo(
    () =>
      reading === undefined
        ? null
        : function* () {
            return yield* buildThreads(yield* reading(), session.account)
          },
    [reading, session],
  )
  const threads = useInSlices(building)
  const listing = useMemo(() => {
    if (threads === undefined || charts === undefined) return null
    const open = new Map(charts.filter(isAtHand).map((chart) => [chart.id, chart]))
    const words = {
      t,
      language: currentLanguage(),
      now,
      me: personKey({ member: practice.me.id }),
      asked: session.account,
      side: 'practice' as const,
    }
    const hrefOf = (chart: ChartSummary, thread: string) =>
      addressOf('messages', chart.slot, keepOf(chart.slot).slots.slotOf({ type: 'thread', thread }))
    const waits = new Map<string, { wait: CareWait; chart: ChartSummary }>()
    for (const chart of open.values())
      for (const wait of chart.care?.waits ?? [])
        if (wait.kind === 'message') waits.set(`${chart.id} ${wait.thread}`, { wait, chart })
    const ownRow = (thread: Thread, waiting: { wait: CareWait } | undefined): ThreadRow[] => {
      const chart = open.get(thread.chart)
      if (chart === undefined) return []
      const row = threadRow(thread, hrefOf(chart, thread.id), labelOf(chart), words)
      return [waiting === undefined ? row : waitingRow(row, waiting.wait)]
    }
    const firstRow = ({ wait, chart }: { wait: CareWait; chart: ChartSummary }) =>
      waitingRow(
        {
          id: `${chart.id} ${wait.thread}`,
          href: hrefOf(chart, wait.thread),
          title: wait.title || t('messages.noSubject'),
          type: 'Communication',
          value: labelOf(chart),
          range: '',
          date: '',
          dateKey: '',
          by: labelOf(chart),
          marks: [],
          rank: 0,
          search: [wait.title, labelOf(chart)].join(' ').normalize('NFKC').toLowerCase(),
          unread: 0,
          isUnanswered: false,
        },
        wait,
      )
    return function* () {
      const rows: ThreadRow[] = []
      const answered = new Set<string>()
      for (const [index, thread] of threads.entries()) {
        if (index % ROWS_AT_ONCE === 0) yield
        const key = `${thread.chart} ${thread.id}`
        answered.add(key)
        rows.push(...ownRow(thread, waits.get(key)))
      }
      return [...rows, ...[...waits].flatMap(([key, waiting]) => (answered.has(key) ? [] : [firstRow(waiting)]))]
    }

    function waitingRow(row: ThreadRow, wait: CareWait): ThreadRow {
      const since = new Date(wait.since)
      const isNewer = since.toISOString() > row.dateKey
      return {
        ...row,
        ...(isNewer ? { date: formatMoment(since, words.language, now), dateKey: since.toISOString() } : {}),
        state: { status: 'attention', word: t('messages.unanswered') },
        isUnanswered: true,
      }
    }
  }, [threads, charts, keepOf, practice, session, labelOf, t, now])
  const rows = useInSlices(listing)
  const filters: ListFilter[] = useMemo(
    () => [{ id: 'unanswered', label: t('messages.onlyUnanswered'), test: (row) => (row as ThreadRow).isUnanswered }],
    [t],
  )
  return (
    <Screen word="messages">
      <ScreenHead title={t('screen.messages')}>{practice.name}</ScreenHead>
      {rows === undefined ? (
        <Delayed />
      ) : (
        <RecordList
          name={t('screen.messages')}
          rows={rows}
          filters={filters}
          words={{
            search: t('messages.search'),
            heads: {
              title: t('messages.about'),
              value: t('messages.patient'),
              date: t('messages.last'),
              by: t('messages.lastBy'),
            },
            none: t('messages.none'),
            count: (count) => t('messages.count', { count }),
          }}
          empty={<EmptyState title={t('messages.empty')}>{t('messages.emptyAll')}</EmptyState>}
        />
      )}
    </Screen>
  )
}
