/** Who reads a list of the chart in view, as its owner shares it: whom something that is written there can be addressed to. */
import type { Collection } from '@chartkeep/domain'
import { useMemo } from 'react'
import { useChart } from '../app-context.tsx'
import { useObservable } from '../use-observable.ts'

export interface ListReader {
  account: string
  name: string
  isPractice: boolean
}

/** Each once, however many of its roles have a grant; undefined until they are read, none for who does not own the chart. */
export function useListReaders(collection: Collection): readonly ListReader[] | undefined {
  const { chart } = useChart()
  const grants = useObservable(chart.grants$)
  return useMemo(() => {
    const granted = grants?.filter(
      ({ state, scopes }) =>
        (state === 'active' || state === 'pending') &&
        scopes.some((scope) => scope.collection === collection && scope.rights.includes('read')),
    )
    return (
      granted && [
        ...new Map(
          granted.map(({ account, name, role }) => [account, { account, name, isPractice: role !== null }]),
        ).values(),
      ]
    )
  }, [grants, collection])
}
