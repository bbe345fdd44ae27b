/** How much room the store has on this device, and whether the browser has promised to keep it. */
import { useEffect, useState } from 'react'
import type { StorageState } from '../../platform/platform.ts'
import { useApp } from '../context/app-context.tsx'

/** Null until the browser has answered; call the second to ask again. */
export function useStorageState(): [state: StorageState | null, ask: () => Promise<void>] {
  const { platform } = useApp()
  const [state, setState] = useState<StorageState | null>(null)
  useEffect(() => {
    let isGone = false
    void platform.storageState().then((found) => {
      if (!isGone) setState(found)
    })
    return () => {
      isGone = true
    }
  }, [platform])
  return [state, async () => setState(await platform.storageState())]
}

/** Used and allowed megabytes, rounded; null where they are not told. */
export function roomOf(state: StorageState | null): { used: string; all: string } | null {
  if (state === null || state.usedBytes === null || state.quotaBytes === null) return null
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)
  return { used: megabytes(state.usedBytes), all: megabytes(state.quotaBytes) }
}
