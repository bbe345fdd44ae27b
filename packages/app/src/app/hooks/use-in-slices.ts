/** What takes longer than a page may be held: built in slices of some milliseconds, with what was built before shown meanwhile. */
import { runInSlices } from '@chartkeep/store'
import { useEffect, useState } from 'react'

/** A new `steps` function restarts the work; null: there is nothing to build yet. Undefined until the first result. */
export function useInSlices<T>(steps: (() => Generator<void, T>) | null): T | undefined {
  const [built, setBuilt] = useState<T>()
  const [failed, setFailed] = useState<unknown>(null)
  useEffect(() => {
    if (steps === null) return
    let isGone = false
    runInSlices(untilGone(steps(), () => isGone)).then(
      (result) => {
        if (result !== null) setBuilt(() => result.value)
      },
      (error: unknown) => {
        if (!isGone) setFailed(error)
      },
    )
    return () => {
      isGone = true
    }
  }, [steps])
  // The boundary around the screens says it.
  if (failed !== null) throw failed
  return built
}

/** The steps until nobody waits for them any more; null then. */
function* untilGone<T>(steps: Generator<void, T>, isGone: () => boolean): Generator<void, { value: T } | null> {
  for (;;) {
    if (isGone()) return null
    const { done, value } = steps.next()
    if (done) return isGone() ? null : { value: value as T }
    yield
  }
}
