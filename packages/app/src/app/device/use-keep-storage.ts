/** Asks the browser to keep the store, once, when there is something worth keeping: more than the person's own name. */
import { useEffect } from 'react'
import { useApp } from '../context/app-context.tsx'
import { isFirstAskForStorage } from '../hooks/preferences.ts'

/** `totals`: records of the chart in view, by collection. */
export function useKeepStorage(totals: Record<string, number> | null | undefined): void {
  const { platform } = useApp()
  const saved = Object.entries(totals ?? {}).some(
    ([name, count]) => name !== 'profile' && name !== 'audit' && count > 0,
  )
  useEffect(() => {
    if (saved && isFirstAskForStorage()) void platform.keepStorage()
  }, [saved, platform])
}
