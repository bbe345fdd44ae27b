/** Documents and original files of the chart, shared list and private list together, each saying which it is. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { useChart } from '../../app/app-context.tsx'
import { Delayed } from '../../app/delayed.tsx'
import { rowsOf } from '../../app/record-view.ts'
import { Screen } from '../../app/screen.tsx'
import { useObservable } from '../../app/use-observable.ts'
import { useWording } from '../../app/use-wording.ts'
import { ScreenHead } from '../../ui/card.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { RecordList } from '../../ui/record-list.tsx'
import { filtersOf } from './list-filters.ts'
import { TrashOfList } from './trash.tsx'

const DOCUMENTS = ['documents', 'documents-private']

/** See ux.md 2, Documents; photographs and the viewer's text search come later. */
export function DocumentsScreen() {
  const { t } = useTranslation()
  const { chart, summary } = useChart()
  const wording = useWording()
  const open = useMemo(() => chart.list$('documents'), [chart])
  const closed = useMemo(() => chart.list$('documents-private'), [chart])
  const documents = useObservable(open)
  const originals = useObservable(closed)
  const rows = useMemo(
    () => (documents && originals ? rowsOf([...originals, ...documents], wording) : undefined),
    [documents, originals, wording],
  )
  const filters = useMemo(() => filtersOf('documents', t), [t])
  return (
    <Screen word="docs">
      <ScreenHead title={t('screen.docs')}>{summary.name}</ScreenHead>
      {rows === undefined ? (
        <Delayed />
      ) : (
        <RecordList
          name={t('screen.docs')}
          rows={rows}
          filters={filters}
          empty={<EmptyState title={t('docs.emptyTitle')}>{t('docs.emptyText')}</EmptyState>}
        />
      )}
      <TrashOfList collections={DOCUMENTS} />
    </Screen>
  )
}
