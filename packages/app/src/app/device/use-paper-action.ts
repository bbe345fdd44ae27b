/**
 * Deeds that hand plaintext out of the app: first written down in the chart's log (A1), then done; what fails is said and nothing leaves. A print by
 * the browser's own menu or keys cannot be held back; it is written down too.
 */
import { useEffect, useRef, useState } from 'react'
import { useChart } from '../context/app-context.tsx'

/** What is handed out, as the log names it; the words stand in the language files. */
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
