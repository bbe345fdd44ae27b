/** A list together with its private twin, as the chart's owners see it; for a shared chart, the list alone. */
import { isCollection, privateName, shownList } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { combineLatest, map } from 'rxjs'
import { useChart } from '../context/app-context.tsx'
import { useObservable } from '../hooks/use-observable.ts'
import { storedOf } from '../words/collection-label.ts'

/** Undefined until it is read. Not sorted over both. */
export function useList(collection: string): ChartRecord[] | undefined {
  const { chart } = useChart()
  const list$ = useMemo(() => {
    const stored = storedOf(collection)
    const open$ = chart.list$(stored)
    if (!isCollection(stored) || stored === 'audit') return open$
    const both$ = combineLatest([open$, chart.list$(privateName(stored))])
    return both$.pipe(
      map(([open, closed]) => [...closed, ...open].filter((record) => shownList(record) === collection)),
    )
  }, [chart, collection])
  return useObservable(list$)
}
