/** The way back to the work list: what was opened from it and is done leads there again, to the next item. */
import { useCallback } from 'react'
import { useNavigate } from 'react-router'
import { pathOf } from '../place/addresses.ts'
import { usePracticeIfAny } from './practice-context.tsx'

const OPENED = 'opened from the work list'

/** Remembers that this address is opened from the work list. */
export function useOpenFromWork(): (href: string) => void {
  const view = usePracticeIfAny()
  return useCallback((href) => void view?.keep.memories.set(OPENED, href), [view])
}

/** Goes back to the work list where the screen in view was opened from it; false where it was not. */
export function useBackToWork(): () => boolean {
  const view = usePracticeIfAny()
  const navigate = useNavigate()
  return useCallback(() => {
    const opened = view?.keep.memories.get(OPENED)
    view?.keep.memories.delete(OPENED)
    if (opened === undefined || opened !== globalThis.location.hash) return false
    void navigate(pathOf('work'), { replace: true })
    return true
  }, [view, navigate])
}
