/**
 * The one open session: its start, and every way in which it ends: by hand, when idle, on sleep, when another tab takes the account, when
 * the disk fails. All take the same path: drafts are saved, the screens are unmounted, the databases close, the document is reloaded.
 */
import type { DiskTrouble } from '@chartkeep/store'
import type { AccountManager, Session } from '@chartkeep/sync'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { Platform } from '../../platform/platform.ts'
import { pathOf } from '../place/addresses.ts'
import { atMost, type Ending, keepEnding, leaveDocument, takeEnding } from './ending.ts'
import { markHere } from './was-here.ts'

/** A draft is one small write. */
const DRAFTS_MS = 3_000
/** Closing waits for the writes that run; a write that is cut off was never shown as saved. */
const CLOSE_MS = 15_000

/** Problems after which this tab can no longer write. */
const ENDS_WRITING: readonly DiskTrouble[] = ['missing', 'newer']

/** Troubles before an unlock that no answer tells of. */
const HANGS: readonly DiskTrouble[] = ['blocked', 'refused']

export interface OpenSessionState {
  session: Session | null
  /** How the last session ended; null after the next unlock. */
  ending: Ending | null
  isLocking: boolean
  /** What the disk cannot do now; the session continues. */
  trouble: DiskTrouble | null
  clearTrouble(): void
  /** `to`: the screen that opens, where it is not Home. */
  enter(session: Session, to?: string): void
  lock(ending?: Ending): Promise<void>
  /** Runs before the screens go at a lock; answers with what takes it back. */
  onLock(work: () => Promise<void>): () => void
}

/** For the root of the app; everybody else asks `useApp`. */
export function useOpenSession(accountManager: AccountManager, platform: Platform): OpenSessionState {
  const [session, setSession] = useState<Session | null>(null)
  const [ending, setEnding] = useState<Ending | null>(takeEnding)
  const [isLocking, setLocking] = useState(false)
  const [trouble, setTrouble] = useState<DiskTrouble | null>(null)
  const navigate = useNavigate()
  const open = useRef<Session | null>(null)
  const works = useRef(new Set<() => Promise<void>>())

  const lock = useCallback(
    async (why: Ending = { why: 'hand' }) => {
      const closing = open.current
      if (closing === null) return
      open.current = null
      if (why.why !== 'lost') await atMost(DRAFTS_MS, Promise.all([...works.current].map((work) => work())))
      // The screens are removed first, so that they show no part of the chart while the databases close.
      setSession(null)
      setTrouble(null)
      setLocking(true)
      void navigate(pathOf(why.why === 'restore' ? 'restore' : 'unlock'), { replace: true })
      await atMost(CLOSE_MS, closing.lock())
      keepEnding(why)
      await leaveDocument()
      setEnding(takeEnding())
      setLocking(false)
    },
    [navigate],
  )
  const enter = useCallback(
    (entered: Session, to = pathOf('overview')) => {
      open.current = entered
      markHere(platform.kind)
      setEnding(null)
      setTrouble(null)
      setSession(entered)
      void navigate(to, { replace: true })
      void entered.handover.then((handover) => {
        if (open.current === entered) void lock({ why: handover === 'asked' ? 'moved' : 'lost' })
      })
    },
    [navigate, lock, platform],
  )
  useEffect(
    () =>
      accountManager.watchTrouble((found) => {
        if (open.current === null) {
          // An unlock that fails says so itself.
          if (HANGS.includes(found)) setTrouble(found)
          return
        }
        if (found === 'taken') return void lock({ why: 'lost' })
        if (ENDS_WRITING.includes(found)) return void lock({ why: 'trouble', trouble: found })
        setTrouble(found)
      }),
    [accountManager, lock],
  )
  const onLock = useCallback((work: () => Promise<void>) => {
    works.current.add(work)
    return () => {
      works.current.delete(work)
    }
  }, [])
  const clearTrouble = useCallback(() => setTrouble(null), [])
  return useMemo(
    () => ({ session, ending, isLocking, trouble, clearTrouble, enter, lock, onLock }),
    [session, ending, isLocking, trouble, clearTrouble, enter, lock, onLock],
  )
}
