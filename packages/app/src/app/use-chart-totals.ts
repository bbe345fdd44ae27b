/** How many records each list of the chart in view holds. */
import { useEffect, useState } from 'react'
import type { Subscription } from 'rxjs'
import type { ChartKeep } from './charts-in-session.tsx'

/** Undefined until the chart is open. */
export function useChartTotals(keep: ChartKeep | null): Record<string, number> | undefined {
  const [totals, setTotals] = useState<{ of: ChartKeep | null; counts: Record<string, number> }>()
  useEffect(() => {
    if (!keep) return
    let subscription: Subscription | undefined
    let isGone = false
    void keep.chart.then((chart) => {
      if (!isGone) subscription = chart?.counts$.subscribe((counts) => setTotals({ of: keep, counts }))
    })
    return () => {
      isGone = true
      subscription?.unsubscribe()
    }
  }, [keep])
  return totals?.of === keep ? totals?.counts : undefined
}
