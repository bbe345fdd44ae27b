/** The shares of the chart in view as screens ask them: who reads a list, and who can answer in it (answering.ts). */
import { useMemo } from 'react'
import { useChart } from '../../context/app-context.tsx'
import { useMinute } from '../../hooks/use-minute.ts'
import { useObservable } from '../../hooks/use-observable.ts'
import { accountsWith, type Answering, answeringOf, type ListReader, isInForce } from './answering.ts'
import { usePracticeIfAny } from '../../practice/practice-context.tsx'

/** For the owner of the chart in view; undefined until the shares are read, null for everybody else. */
export function useAnsweringOf(): ((list: string) => Answering) | null | undefined {
  const { chart, summary } = useChart()
  const isOwner = usePracticeIfAny() === null && summary.relation === 'own'
  const grants = useObservable(isOwner ? chart.grants$ : null)
  const now = useMinute().getTime()
  return useMemo(() => (isOwner ? grants && ((list) => answeringOf(grants, list, now)) : null), [isOwner, grants, now])
}

/** The same for one list. */
export function useAnswering(list: string): Answering | null | undefined {
  const answeringIn = useAnsweringOf()
  return useMemo(() => answeringIn && answeringIn(list), [answeringIn, list])
}

/**
 * The accounts that can read the list, whether or not they may write in it; undefined until they are read, empty for anyone but the chart's
 * owner.
 */
export function useListReaders(list: string): readonly ListReader[] | undefined {
  const { chart } = useChart()
  const grants = useObservable(chart.grants$)
  const now = useMinute().getTime()
  return useMemo(
    () =>
      grants &&
      accountsWith(
        grants.filter((grant) => isInForce(grant, now)),
        list,
        false,
      ),
    [grants, list, now],
  )
}
