/** Everything by clinical date, newest first; partial dates stand at the end of their month or year. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { collectionLabel } from '../../app/collection-label.ts'
import { Delayed } from '../../app/delayed.tsx'
import { rowsOf } from '../../app/record-view.ts'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { ScreenHead } from '../../ui/card.tsx'
import type { ListFilter } from '../../ui/list-rows.ts'
import { RecordList } from '../../ui/record-list.tsx'

const KINDS = ['labs', 'medications', 'conditions', 'encounters'] as const

/** See ux.md 2, Timeline. */
export function TimelineScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const wording = useWording()
  const records = useObservable(chart.all$)
  const shown = useMemo(
    () => records?.filter((record) => record.collection !== 'audit' && record.status !== 'error'),
    [records],
  )
  const rows = useMemo(() => {
    if (!shown) return undefined
    const collectionById = new Map(shown.map((record) => [record.id, record.collection]))
    return rowsOf(shown, wording).map(
      (row) =>
        Object.create(row, {
          rank: { value: 0 },
          by: { value: collectionLabel(collectionById.get(row.id) ?? '', t) },
        }) as typeof row,
    )
  }, [shown, wording, t])
  const filters: ListFilter[] = useMemo(
    () =>
      KINDS.map((kind) => ({
        id: kind,
        label: t(`collection.${kind}`),
        test: (row) => row.by === t(`collection.${kind}`),
      })),
    [t],
  )
  return (
    <Screen word="timeline">
      <ScreenHead title={t('screen.timeline')}>{summary.name}</ScreenHead>
      {rows === undefined ? <Delayed /> : <RecordList name={t('screen.timeline')} rows={rows} filters={filters} />}
    </Screen>
  )
}
