/**
 * Runs a consent action on a screen: offline it is kept as an intent; if it is refused or fails, the screen reports it and the question
 * stays.
 */
import type { ShareOutcome } from '@chartkeep/sync'
import { useState } from 'react'

/** Runs a consent action and reports its outcome; `refused` and `failed` leave the question open. */
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
