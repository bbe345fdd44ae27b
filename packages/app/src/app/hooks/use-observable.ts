/** Live values of packages/sync in React. */
import { useEffect, useState } from 'react'
import type { Observable } from 'rxjs'

/** The newest value; `undefined` until the first one, and again when another observable is given. */
export function useObservable<T>(observable$: Observable<T> | null | undefined): T | undefined {
  const [state, setState] = useState<{ of: unknown; value: T | undefined }>({ of: observable$, value: undefined })
  useEffect(() => {
    if (!observable$) return
    const subscription = observable$.subscribe((value) => setState({ of: observable$, value }))
    return () => subscription.unsubscribe()
  }, [observable$])
  return state.of === observable$ ? state.value : undefined
}
