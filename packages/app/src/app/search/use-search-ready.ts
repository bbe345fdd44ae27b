/** Fills the search of the chart in view while the page has nothing else to do, so that the first letter finds all of it. */
import { useEffect } from 'react'
import type { ChartKeep } from '../context/charts-in-session.tsx'

/** Overview and what it reads come first. */
const AFTER_MS = 2_000

export function useSearchReady(keep: ChartKeep | null): void {
  useEffect(() => {
    if (!keep) return
    let isGone = false
    const begin = async () => {
      const [{ searchOf }, chart] = await Promise.all([import('./chart-search.ts'), keep.open()])
      if (!isGone && chart) searchOf(chart)
    }
    // A chart that does not open says why on its own screen.
    const timer = setTimeout(() => void begin().catch(() => {}), AFTER_MS)
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [keep])
}
