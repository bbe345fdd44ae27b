/** The plans that the practice wrote for the patient whose chart is in view, with what the patient did about them. */
import { chartOf, isJsonObject } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useChart } from '../app-context.tsx'
import { useObservable } from '../use-observable.ts'
import { useOwnerAccounts } from './news.ts'
import { openedVersions, plansOf, type PlanView } from './plan-views.ts'
import { usePractice } from './practice-context.tsx'

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
    const opened = openedVersions(theirs, views)
    const mine = ours.filter((record) => {
      const { resource } = keep.views.of(record)
      return isJsonObject(resource) && chartOf(resource) === summary.id
    })
    const acknowledged = answered.filter(({ meaning }) => meaning === 'acknowledge')
    return plansOf(mine, [...signed, ...acknowledged], keep.views, (account) => owners.has(account)).map((view) => ({
      ...view,
      opened: opened.get(view.record.doc) ?? [],
      published: theirs.find(({ doc }) => doc === view.record.doc) ?? null,
    }))
  }, [ours, theirs, signed, answered, owners, keep, views, summary.id])
}
