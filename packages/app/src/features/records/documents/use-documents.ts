/** The documents of the chart in view, shared and private list together, their versions, and where their files are. */
import type { ChartRecord, FileState, UnfinishedFile } from '@chartkeep/sync'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { useChart } from '../../../app/context/app-context.tsx'
import { documentVersions, type DocumentVersions } from '../../../app/chart/document-versions.ts'
import { useObservable } from '../../../app/hooks/use-observable.ts'
import { AddingFiles } from './adding-files.ts'

/** Both lists of documents. */
export const DOCUMENT_LISTS = ['documents', 'documents-private']

/** Undefined until both lists are read. */
export function useDocuments(): { documents: readonly ChartRecord[]; versions: DocumentVersions } | undefined {
  const { chart, views } = useChart()
  const open$ = useMemo(() => chart.list$('documents'), [chart])
  const closed$ = useMemo(() => chart.list$('documents-private'), [chart])
  const open = useObservable(open$)
  const closed = useObservable(closed$)
  return useMemo(() => {
    if (open === undefined || closed === undefined) return undefined
    const documents = [...closed, ...open]
    return { documents, versions: documentVersions(documents, views) }
  }, [open, closed, views])
}

/** Where the files of these records are; asked again when a file has moved. Undefined until the disk was looked at. */
export function useFileStates(records: readonly ChartRecord[] | undefined): ReadonlyMap<string, FileState> | undefined {
  const { chart } = useChart()
  const moving = (useObservable(chart.transfers$) ?? []).map(({ file }) => file).join()
  const [states, setStates] = useState<ReadonlyMap<string, FileState>>()
  useEffect(() => {
    if (records === undefined) return
    let isGone = false
    chart.fileStates(records.map(({ resource }) => resource)).then(
      (found) => isGone || setStates(found),
      // A chart that was locked meanwhile has no state to show.
      () => {},
    )
    return () => {
      isGone = true
    }
  }, [chart, records, moving])
  return states
}

/** What was begun and not finished, and a way to look again. */
export function useUnfinished(adding: AddingFiles): { unfinished: readonly UnfinishedFile[]; look: () => void } {
  const { chart } = useChart()
  const [unfinished, setUnfinished] = useState<readonly UnfinishedFile[]>([])
  const look = useCallback(() => {
    chart.unfinishedFiles().then(setUnfinished, () => {})
  }, [chart])
  // Asked again whenever a file has ended one way or the other.
  const steps = (useObservable(adding.files$) ?? []).map(({ step }) => step.type).join()
  useEffect(look, [look, steps])
  return { unfinished, look }
}

/** The files that are being added to this chart, whatever screen shows them. */
export function useAdding(): AddingFiles {
  const { memories } = useChart()
  return useMemo(() => {
    const known = memories.get('adding') as AddingFiles | undefined
    const adding = known ?? new AddingFiles()
    memories.set('adding', adding)
    return adding
  }, [memories])
}
