/** How many records each list of the chart in view holds. */
import { useEffect, useState } from 'react'
import type { Subscription } from 'rxjs'
import type { ChartKeep } from '../context/charts-in-session.tsx'

/** Undefined until the chart is open. */
export function useChartTotals(keep: ChartKeep | null): Record<string, number> | undefined {
  const [totals, setTotals] = useState<{ of: ChartKeep | null; counts: Record<string, number> }>()
  useEffect(() => {
    if (!keep) return
    let subscription: Subscription | undefined
    let isGone = false
    let release = () => {}
    keep.open().then(
      (chart) => {
        if (isGone || !chart) return
        release = chart.hold()
        subscription = chart.counts$.subscribe((counts) => setTotals({ of: keep, counts }))
      },
      // The screen of the chart says why it does not open.
      () => {},
    )
    return () => {
      isGone = true
      subscription?.unsubscribe()
      release()
    }
  }, [keep])
  return totals?.of === keep ? totals?.counts : undefined
}
