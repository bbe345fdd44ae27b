/** Several lists of the chart at once, without its other records: only what a screen needs is opened. */
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { combineLatest, map } from 'rxjs'
import { useChart } from '../context/app-context.tsx'
import { useObservable } from '../hooks/use-observable.ts'

/** Undefined until they are read. Give the same array each time. */
export function useLists(collections: readonly string[]): ChartRecord[] | undefined {
  const { chart } = useChart()
  const lists$ = useMemo(
    () => combineLatest(collections.map((name) => chart.list$(name))).pipe(map((lists) => lists.flat())),
    [chart, collections],
  )
  return useObservable(lists$)
}
