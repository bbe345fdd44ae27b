/** A deed that hands plaintext out of the app: first written down in the chart's log (A1), then done; what fails is said and nothing leaves. */
import { useState } from 'react'
import { useChart } from './app-context.tsx'

/** What is handed out, as the log names it; the words stand in the language files. */
export type PaperSubject = 'one-page-summary' | 'emergency-card'

/** `run` notes and then does; `hasFailed` until the next try. */
export function usePaperDeed(subject: PaperSubject) {
  const { chart } = useChart()
  const [hasFailed, setFailed] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const run = async (action: 'printed' | 'exported', count: number, deed: () => Promise<void>): Promise<boolean> => {
    setBusy(true)
    setFailed(false)
    try {
      await chart.note(action, { subject, count })
      await deed()
      return true
    } catch {
      setFailed(true)
      return false
    } finally {
      setBusy(false)
    }
  }
  return { run, hasFailed, isBusy }
}
