/** The plans that the practice wrote for the patient whose chart is in view, with what the patient did about them. */
import { chartOf, isJsonObject } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useChart } from '../../context/app-context.tsx'
import { useObservable } from '../../hooks/use-observable.ts'
import { useOwnerAccounts } from '../../practice/unread.ts'
import { openedVersions, plansOf, type PlanView } from './plan-views.ts'
import { usePractice } from '../../practice/practice-context.tsx'

export interface PracticePlan extends PlanView {
  /** The copy in the patient's chart; null for none. */
  published: ChartRecord | null
}

/** Undefined until both vaults are read. Signatures of the patient are in their chart, those of the practice in its own. */
export function usePracticePlans(): PracticePlan[] | undefined {
  const { chart, summary, views } = useChart()
  const { vault, keep } = usePractice()
  const ours$ = useMemo(() => vault.list$('plans'), [vault])
  const theirs$ = useMemo(() => chart.list$('plans'), [chart])
  const ours = useObservable(ours$)
  const theirs = useObservable(theirs$)
  const signed = useObservable(vault.signatures$)
  const answered = useObservable(chart.signatures$)
  const owners = useOwnerAccounts()
  return useMemo(() => {
    if (!ours || !theirs || !signed || !answered || !owners) return undefined
    // If the chart is not open here, there is no copy to compare with; the practice's own records are read instead.
    const copies = summary.file === undefined ? theirs : []
    const opened = openedVersions(copies, views)
    const mine = ours.filter((record) => {
      const { resource } = keep.views.of(record)
      return isJsonObject(resource) && chartOf(resource) === summary.id
    })
    const acknowledged = answered.filter(({ meaning }) => meaning === 'acknowledge')
    const isPatient = (account: string) => summary.file === undefined && owners.has(account)
    return plansOf(mine, [...signed, ...acknowledged], keep.views, isPatient).map((view) => ({
      ...view,
      opened: opened.get(view.record.doc) ?? [],
      published: copies.find(({ doc }) => doc === view.record.doc) ?? null,
    }))
  }, [ours, theirs, signed, answered, owners, keep, views, summary.id, summary.file])
}
