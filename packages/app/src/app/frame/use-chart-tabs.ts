/** The charts that a clinician has open at the same time: at most four; a fifth asks which one to close. In memory only. */
import type { ChartSummary } from '@chartkeep/sync'
import { useEffect, useMemo, useRef, useState } from 'react'
import { isIdentified } from '../practice/chart-name.ts'

export const MAX_TABS = 4

export interface ChartTab {
  chart: ChartSummary
  /** Where the person was in it last, as a path. */
  path: string
}

export interface ChartTabs {
  tabs: readonly ChartTab[]
  /** The chart that the address names and that has no room. */
  asking: ChartSummary | null
  close(slot: string): void
}

/** What is open once `wanted` is to be shown: with it where there is room, else as it was, and somebody has to choose. */
export function tabsWith(slots: readonly string[], wanted: string): { slots: readonly string[]; isAsked: boolean } {
  if (slots.includes(wanted)) return { slots, isAsked: false }
  if (slots.length >= MAX_TABS) return { slots, isAsked: true }
  return { slots: [...slots, wanted], isAsked: false }
}

/** `named`: the patient's chart that `pathname` names; an unknown or ended chart gets no tab. */
export function useChartTabs(
  charts: readonly ChartSummary[] | undefined,
  named: ChartSummary | undefined,
  pathname: string,
): ChartTabs {
  const [slots, setSlots] = useState<readonly string[]>([])
  const paths = useRef(new Map<string, string>())
  const wanted = named !== undefined && isIdentified(named) && named.state === 'open' ? named : null
  const isAsked = wanted !== null && tabsWith(slots, wanted.slot).isAsked
  if (wanted !== null && !isAsked) paths.current.set(wanted.slot, pathname)
  const wantedSlot = wanted?.slot
  // Also once a tab was closed for it.
  useEffect(() => {
    if (wantedSlot !== undefined) setSlots((before) => tabsWith(before, wantedSlot).slots)
  }, [wantedSlot, slots])
  // A chart that has ended leaves its tab.
  useEffect(() => {
    if (charts === undefined) return
    const open = new Set(charts.filter(({ state }) => state === 'open').map(({ slot }) => slot))
    setSlots((before) => (before.every((slot) => open.has(slot)) ? before : before.filter((slot) => open.has(slot))))
  }, [charts])
  const tabs = useMemo(
    () =>
      slots.flatMap((slot) => {
        const chart = charts?.find((each) => each.slot === slot)
        return chart ? [{ chart, path: paths.current.get(slot) ?? `/chart/${slot}` }] : []
      }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the paths follow the address
    [slots, charts, pathname],
  )
  return {
    tabs,
    asking: isAsked ? wanted : null,
    close: (slot) => {
      paths.current.delete(slot)
      setSlots((before) => before.filter((each) => each !== slot))
    },
  }
}
