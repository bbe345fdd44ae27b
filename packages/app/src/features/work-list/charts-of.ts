/** The charts of the practice's patients by their ids. */
import type { ChartSummary } from '@chartkeep/sync'
import { useMemo } from 'react'
import { usePatients } from '../../app/practice/practice-context.tsx'

export function useChartsOf(): ReadonlyMap<string, ChartSummary> {
  const charts = usePatients()
  return useMemo(() => new Map((charts ?? []).map((chart) => [chart.id, chart])), [charts])
}
