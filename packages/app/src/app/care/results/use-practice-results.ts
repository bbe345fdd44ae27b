/** The results of the practice of the open session, of all patients or of one. */
import { useMemo } from 'react'
import type { ChartRecord } from '@chartkeep/sync'
import { useObservable } from '../../hooks/use-observable.ts'
import { useChartLabel } from '../../people/use-chart-label.ts'
import { usePractice } from '../../practice/practice-context.tsx'
import { type PracticeResult, resultsOf } from './practice-results.ts'

/** `records`: the laboratory list of the practice's vault. Undefined until it is read. */
export function usePracticeResults(
  chart: string | null,
): { results: PracticeResult[]; records: ChartRecord[] } | undefined {
  const { vault, keep } = usePractice()
  const labelOf = useChartLabel()
  const list$ = useMemo(() => vault.list$('labs'), [vault])
  const records = useObservable(list$)
  const all = useMemo(() => (records ? resultsOf(records, keep.views) : undefined), [records, keep])
  return useMemo(
    () =>
      records && all
        ? {
            records,
            results: all
              .filter((result) => chart === null || result.chart === chart)
              .map((result) => ({ ...result, patient: labelOf({ id: result.chart, name: result.patient }) })),
          }
        : undefined,
    [records, all, chart, labelOf],
  )
}
