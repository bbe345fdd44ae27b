/** A list with the private one beside it, as who looks after the chart sees it; of a chart that is shared, the list alone. */
import { isCollection, privateName } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { combineLatest, map } from 'rxjs'
import { useChart } from '../app-context.tsx'
import { useObservable } from '../use-observable.ts'

/** Undefined until it is read. Not sorted over both. */
export function useList(collection: string): ChartRecord[] | undefined {
  const { chart } = useChart()
  const list$ = useMemo(() => {
    const open$ = chart.list$(collection)
    if (!isCollection(collection) || collection === 'audit') return open$
    const both$ = combineLatest([open$, chart.list$(privateName(collection))])
    return both$.pipe(map(([open, closed]) => (closed.length === 0 ? open : [...closed, ...open])))
  }, [chart, collection])
  return useObservable(list$)
}
