/** A deed on who may read a chart, as a screen runs it: offline it is kept as a wish, refused or failed it is said and the question stays. */
import type { ShareOutcome } from '@chartkeep/sync'
import { useState } from 'react'

/** Runs a deed of consent and says what came of it; `refused` and `failed` leave the question open. */
export function useConsent(run: () => Promise<ShareOutcome[]>, onDone: () => void) {
  const [problem, setProblem] = useState<'refused' | 'failed' | null>(null)
  const [isWorking, setWorking] = useState(false)
  const go = async () => {
    setWorking(true)
    setProblem(null)
    try {
      const isRefused = (await run()).some(({ type }) => type === 'refused')
      if (isRefused) setProblem('refused')
      else onDone()
    } catch {
      setProblem('failed')
    } finally {
      setWorking(false)
    }
  }
  return { problem, isWorking, go: () => void go() }
}
