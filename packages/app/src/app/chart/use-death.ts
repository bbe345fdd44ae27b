/** Whether the person of an open chart has died, by the descriptions of the person that this account may read. */
import { useEffect, useState } from 'react'
import type { Subscription } from 'rxjs'
import { useSessionCharts } from '../context/charts-in-session.tsx'
import { deathOf } from '../words/chart-patient.ts'

/** See {@link deathOf}; null as long as nothing is read. `slot`: of the chart; null for one that is not to be opened. */
export function useDeath(slot: string | null): { date: string } | null {
  const { keepOf } = useSessionCharts()
  const keep = slot === null ? null : keepOf(slot)
  const [death, setDeath] = useState<{ of: typeof keep; said: { date: string } | null }>()
  useEffect(() => {
    if (keep === null) return
    let subscription: Subscription | undefined
    let isGone = false
    let release = () => {}
    keep.open().then(
      (chart) => {
        if (isGone || !chart) return
        release = chart.hold()
        subscription = chart.list$('profile').subscribe((records) => setDeath({ of: keep, said: deathOf(records) }))
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
  return death?.of === keep ? death.said : null
}
