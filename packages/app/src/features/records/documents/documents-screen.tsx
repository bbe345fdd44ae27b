/** Documents of the chart, shared list and private list together: add, find, and what was begun and not finished. */
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { ChartName } from '../../../app/people/use-chart-label.ts'
import { mayDo, useChart } from '../../../app/context/app-context.tsx'
import { MayNotAdd } from '../../../app/practice/may-not.tsx'
import { patientText } from '../../../app/words/chart-patient.ts'
import { Delayed } from '../../../app/hooks/delayed.tsx'
import { Screen } from '../../../app/place/screen.tsx'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { useWording } from '../../../app/chart/use-wording.ts'
import { ScreenHead } from '../../../ui/display/card.tsx'
import { EmptyState } from '../../../ui/display/empty-state.tsx'
import { type ListMemory, RecordList } from '../../../ui/lists/record-list.tsx'
import { filtersOf } from '../list/list-filters.ts'
import { TrashOfList } from '../list/trash.tsx'
import { AddArea, AddingList, useDroppedFiles } from './add-area.tsx'
import { documentFilters, documentRows } from './document-rows.ts'
import { UnfinishedFiles } from './unfinished-files.tsx'
import { DOCUMENT_LISTS, useAdding, useDocuments, useFileStates, useUnfinished } from './use-documents.ts'

const MEMORY = 'documents'

export function DocumentsScreen() {
  const { t } = useTranslation()
  const { chart, summary, memories } = useChart()
  const wording = useWording()
  const found = useDocuments()
  const states = useFileStates(found?.documents)
  const adding = useAdding()
  const { unfinished, look } = useUnfinished(adding)
  const profile$ = useMemo(() => chart.list$('profile'), [chart])
  const profiles = useObservable(profile$) ?? []
  const rows = useMemo(
    () =>
      found === undefined
        ? undefined
        : documentRows(found.documents, wording, { chart, versions: found.versions, states }),
    [found, wording, chart, states],
  )
  const filters = useMemo(() => documentFilters(rows ?? [], filtersOf('documents', t), t), [rows, t])
  const mayAdd = mayDo(summary, 'documents', 'append')
  const add = (files: File[], title = '') => {
    if (!mayAdd || files.length === 0) return
    const patient = `Patient/${patientText(profiles, 'id') || 'self'}`
    adding.add(chart, files, { collection: 'documents', patient, title })
  }
  const isOver = useDroppedFiles(add)
  const memory = memories.get(MEMORY) as ListMemory | undefined
  return (
    <Screen word="docs">
      <ScreenHead title={t('screen.docs')}>
        <ChartName of={summary} />
      </ScreenHead>
      {mayAdd ? <AddArea isOver={isOver} onFiles={add} /> : <MayNotAdd list="documents" />}
      <AddingList adding={adding} documents={found?.documents ?? []} />
      {mayAdd ? <UnfinishedFiles unfinished={unfinished} onFiles={add} onChange={look} /> : null}
      {rows === undefined ? (
        <Delayed />
      ) : (
        <RecordList
          name={t('screen.docs')}
          rows={rows}
          filters={filters}
          {...(memory === undefined ? {} : { memory })}
          onMemory={(left) => memories.set(MEMORY, left)}
          empty={<EmptyState title={t('docs.emptyTitle')}>{t('docs.emptyText')}</EmptyState>}
        />
      )}
      <TrashOfList list="documents" collections={DOCUMENT_LISTS} />
    </Screen>
  )
}
