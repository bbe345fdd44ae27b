/** That messages have reached a person: said once for each, by a record of their own (M1). */
import { chartReference, concerns, instantText, newMark, type Thread, undeliveredIn } from '@chartkeep/domain'
import { useEffect, useRef } from 'react'
import { useChart } from '../../context/app-context.tsx'
import { useCareSelf, useCareWrite, useMayWrite } from './care-chart.ts'
import { useChartThreads } from './chart-threads.ts'

/** Marks messages of these threads as delivered to the person here, except messages to another recipient. */
export function useDelivered(threads: readonly Thread[] | undefined): void {
  const self = useCareSelf()
  const mayWrite = useMayWrite('messages', 'write-message')
  const { summary } = useChart()
  const write = useCareWrite('messages')
  const said = useRef(new Set<string>())
  useEffect(() => {
    if (!mayWrite) return
    let isGone = false
    // One after the other: who sees a chart of years for the first time has thousands to say it of.
    const say = async () => {
      for (const thread of threads ?? []) {
        if (isGone) return
        const messages = undeliveredIn(thread, self.key)
          .filter((message) => concerns(message, self.asked))
          .map(({ id }) => id)
          .filter((id) => !said.current.has(id))
        if (messages.length === 0) continue
        for (const id of messages) said.current.add(id)
        const about = chartReference(summary.id)
        const sent = instantText(Date.now())
        // A disk that takes nothing says so elsewhere; it is said when the chart is opened next.
        await write(newMark('delivered', { thread: thread.id, messages, from: self.reference, about, sent })).catch(
          () => {},
        )
      }
    }
    void say()
    return () => {
      isGone = true
    }
  }, [threads, mayWrite, self, summary.id, write])
}

/**
 * In a chart of one's own whatever screen of it is shown: what synced has arrived. A chart that is shared is left alone: looking into its messages
 * would be noted as reading them.
 */
export function Delivery() {
  useDelivered(useChartThreads())
  return null
}
