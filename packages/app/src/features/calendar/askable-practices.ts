/** The practices that a patient can ask for an appointment: those that read the appointments of the chart in view. */
import { useMemo } from 'react'
import { useChart } from '../../app/app-context.tsx'
import { useObservable } from '../../app/use-observable.ts'

/** Each once, however many of its roles have a grant. */
export function useAskablePractices(): { account: string; name: string }[] {
  const { chart } = useChart()
  const grants = useObservable(chart.grants$)
  return useMemo(() => {
    const granted = (grants ?? []).filter(
      ({ role, state, scopes }) =>
        role !== null &&
        (state === 'active' || state === 'pending') &&
        scopes.some(({ collection, rights }) => collection === 'appointments' && rights.includes('read')),
    )
    return [...new Map(granted.map(({ account, name }) => [account, { account, name }])).values()]
  }, [grants])
}
