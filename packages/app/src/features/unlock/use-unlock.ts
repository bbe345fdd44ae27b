/** One try to open an account: at work, how far, refused; it can be stopped. */
import type { Session, UnlockOptions, UnlockRefusal } from '@chartkeep/sync'
import { useCallback, useRef, useState } from 'react'
import { useApp } from '../../app/context/app-context.tsx'

/** A small store is open before anybody could read how far it is. */
const SHOWN_AFTER_MS = 1_500

type Answer = { type: 'unlocked'; session: Session } | UnlockRefusal
/** `failed`: something was thrown that has no name. */
export type Refusal = UnlockRefusal | { type: 'failed' }

export interface UnlockTry {
  isWorking: boolean
  /** 0 to 100 once the store is being read, else null. */
  percent: number | null
  refusal: Refusal | null
  /** Enters the session, or keeps the refusal. */
  run(open: (options: UnlockOptions) => Promise<Answer>): Promise<void>
  stop(): void
  forget(): void
}

export function useUnlock(): UnlockTry {
  const { enter } = useApp()
  const [isWorking, setWorking] = useState(false)
  const [percent, setPercent] = useState<number | null>(null)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const stopping = useRef<AbortController | null>(null)
  const run = useCallback(
    async (open: (options: UnlockOptions) => Promise<Answer>) => {
      const controller = new AbortController()
      const started = performance.now()
      stopping.current = controller
      setWorking(true)
      setRefusal(null)
      try {
        const answer = await open({
          signal: controller.signal,
          onProgress({ doneBytes, totalBytes }) {
            if (totalBytes === 0 || performance.now() - started < SHOWN_AFTER_MS) return
            setPercent(Math.min(100, Math.floor((doneBytes / totalBytes) * 100)))
          },
        })
        if (answer.type === 'unlocked') enter(answer.session)
        else setRefusal(answer)
      } catch {
        setRefusal({ type: 'failed' })
      } finally {
        stopping.current = null
        setWorking(false)
        setPercent(null)
      }
    },
    [enter],
  )
  const stop = useCallback(() => stopping.current?.abort(), [])
  const forget = useCallback(() => setRefusal(null), [])
  return { isWorking, percent, refusal, run, stop, forget }
}
