/**
 * Actions that take plaintext out of the app: recorded in the chart's audit log first (A1), then carried out; on failure nothing leaves and
 * the screen reports it. A print by the browser's own menu or keys cannot be prevented; it is recorded too.
 */
import { useEffect, useRef, useState } from 'react'
import { useChart } from '../context/app-context.tsx'

/** The kind of paper, as the audit log names it; the language files have its words. */
export type PaperSubject = 'one-page-summary' | 'emergency-card'

/** `count`: facts on it. `run` notes and then does; `hasFailed` until the next try. */
export function usePaperAction(subject: PaperSubject, count: number) {
  const { chart } = useChart()
  const [hasFailed, setFailed] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const isOurs = useRef(false)
  useEffect(() => {
    const note = () => {
      if (isOurs.current || count === 0) return
      chart.note('printed', { subject, count }).catch(() => setFailed(true))
    }
    window.addEventListener('beforeprint', note)
    return () => window.removeEventListener('beforeprint', note)
  }, [chart, subject, count])
  const run = async (kind: 'printed' | 'exported', action: () => Promise<void>): Promise<boolean> => {
    setBusy(true)
    setFailed(false)
    try {
      await chart.note(kind, { subject, count })
      isOurs.current = true
      await action()
      return true
    } catch {
      setFailed(true)
      return false
    } finally {
      isOurs.current = false
      setBusy(false)
    }
  }
  return { run, hasFailed, isBusy }
}
