/**
 * The desktop program around the app: locks when the computer sleeps, when its screen locks or when the tray asks, syncs after a sleep, and reports the
 * two facts that the tray shows. Does nothing in a browser.
 */
import type { Session } from '@chartkeep/sync'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import type { Platform } from '../../platform/platform.ts'
import { locksOnSleep } from '../hooks/preferences.ts'
import { useObservable } from '../hooks/use-observable.ts'
import type { Ending } from './ending.ts'

/** @param session - null while the app is locked */
export function useShell({ shell }: Platform, session: Session | null, lock: (ending?: Ending) => Promise<void>): void {
  const { i18n } = useTranslation()
  const waiting = useObservable(session?.sync$)?.waiting ?? 0
  useEffect(() => {
    if (shell === null || session === null) return undefined
    return shell.listen(({ type }) => {
      if (type === 'lock') void lock()
      if (type === 'resume') void session.syncNow()
      if ((type === 'suspend' || type === 'lock-screen') && locksOnSleep()) void lock({ why: 'sleep' })
    })
  }, [shell, session, lock])
  useEffect(() => {
    shell?.report({ isUnlocked: session !== null, waiting, language: i18n.language })
  }, [shell, session, waiting, i18n.language])
}
