/** The plans of the chart in view, with the signatures of both sides. */
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useChart } from '../../context/app-context.tsx'
import { useObservable } from '../../hooks/use-observable.ts'
import { useOwnerAccounts } from '../../practice/unread.ts'
import { plansOf, type PlanView } from './plan-views.ts'

/** Undefined until records, signatures and owners are read. */
export function usePatientPlans(records: readonly ChartRecord[] | undefined): PlanView[] | undefined {
  const { chart, views } = useChart()
  const signatures = useObservable(chart.signatures$)
  const owners = useOwnerAccounts()
  return useMemo(
    () =>
      records === undefined || signatures === undefined || owners === undefined
        ? undefined
        : plansOf(records, signatures, views, (account) => owners.has(account)),
    [records, signatures, owners, views],
  )
}
