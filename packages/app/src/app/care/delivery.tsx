/** That messages have reached a person: said once for each, by a record of their own (M1). */
import {
  chartReference,
  concerns,
  instantText,
  newMark,
  type Thread,
  threadsOf,
  undeliveredIn,
} from '@chartkeep/domain'
import { useEffect, useMemo, useRef } from 'react'
import { useChart } from '../app-context.tsx'
import { useCareRecords, useCareSelf, useCareWrite, useMayWrite } from './care-chart.ts'

/** Says it of these threads for who is unlocked here; not of what was written to somebody else. */
export function useDelivered(threads: readonly Thread[] | undefined): void {
  const self = useCareSelf()
  const mayWrite = useMayWrite('messages', 'write-message')
  const { summary } = useChart()
  const write = useCareWrite('messages')
  const said = useRef(new Set<string>())
  useEffect(() => {
    if (!mayWrite) return
    for (const thread of threads ?? []) {
      const messages = undeliveredIn(thread, self.key)
        .filter((message) => concerns(message, self.asked))
        .map(({ id }) => id)
        .filter((id) => !said.current.has(id))
      if (messages.length === 0) continue
      for (const id of messages) said.current.add(id)
      const about = chartReference(summary.id)
      const sent = instantText(Date.now())
      // A disk that takes nothing says so elsewhere; it is said when the chart is opened next.
      write(newMark('delivered', { thread: thread.id, messages, from: self.reference, about, sent })).catch(() => {})
    }
  }, [threads, mayWrite, self, summary.id, write])
}

/**
 * In a chart of one's own whatever screen of it is shown: what synced has arrived. A chart that is shared is left alone: looking into its messages
 * would be noted as reading them.
 */
export function Delivery() {
  const records = useCareRecords('messages')
  const threads = useMemo(() => (records ? threadsOf(records.entries) : undefined), [records])
  useDelivered(threads)
  return null
}
