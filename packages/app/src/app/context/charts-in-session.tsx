/** The charts of the open session: the list, the one in view, and what each opened chart keeps while it is open. */
import type { Chart, ChartSummary } from '@chartkeep/sync'
import { createContext, use, useEffect, useState } from 'react'
import { RecordViews } from '../words/record-view.ts'
import { SlotBook } from '../place/slots.ts'

/** What stays with a chart from its first opening to the lock. */
export interface ChartKeep {
  /** The chart, opened again where the session has closed it meanwhile. Hold it while it is shown. */
  open(): Promise<Chart | null>
  slots: SlotBook
  views: RecordViews
  memories: Map<string, unknown>
}

/** Shared by the frame and the screens. */
export interface SessionCharts {
  charts: ChartSummary[] | undefined
  current: ChartSummary | undefined
  /** What belongs to a chart; the same for the whole session. */
  keepOf(slot: string): ChartKeep
}

export const SessionChartsContext = createContext<SessionCharts | null>(null)

/** The charts of the session. */
export function useSessionCharts(): SessionCharts {
  const charts = use(SessionChartsContext)
  if (!charts) throw new Error('no session around this screen')
  return charts
}

function opener(
  openChart: () => Promise<Chart | null>,
  isCurrent: (chart: Chart) => boolean,
): () => Promise<Chart | null> {
  let opening: Promise<Chart | null> | null = null
  return async () => {
    opening ??= openChart()
    const asked = opening
    const chart = await asked.catch((error: unknown) => {
      if (opening === asked) opening = null
      throw error
    })
    if (chart === null || (chart.isOpen() && isCurrent(chart))) return chart
    // Several screens may find it closed at once: one of them opens it again.
    if (opening === asked) opening = openChart()
    return opening
  }
}

/**
 * A store of {@link ChartKeep} by chart slot, created with each session and dropped with it. `isCurrent`: false if the slot now names
 * something other than what was opened.
 */
export function chartKeeps(
  openChart: (slot: string) => Promise<Chart | null>,
  isCurrent: (slot: string, chart: Chart) => boolean = () => true,
): (slot: string) => ChartKeep {
  const keeps = new Map<string, ChartKeep>()
  return (slot) => {
    const known = keeps.get(slot)
    if (known) return known
    const keep = {
      open: opener(
        () => openChart(slot),
        (chart) => isCurrent(slot, chart),
      ),
      slots: new SlotBook(),
      views: new RecordViews(),
      memories: new Map(),
    }
    keeps.set(slot, keep)
    return keep
  }
}

/** The chart, held open while the part that asks is shown: undefined until it is known, null where there is none or it does not open. */
export function useHeldChart(keep: ChartKeep | null | undefined): Chart | null | undefined {
  const [chart, setChart] = useState<Chart | null | undefined>(undefined)
  useEffect(() => {
    if (keep === undefined) return
    if (keep === null) return setChart(null)
    let isGone = false
    let release = () => {}
    keep.open().then(
      (opened) => {
        if (isGone) return
        release = opened?.hold() ?? release
        setChart(opened)
      },
      () => {
        if (!isGone) setChart(null)
      },
    )
    return () => {
      isGone = true
      release()
    }
  }, [keep])
  return chart
}
