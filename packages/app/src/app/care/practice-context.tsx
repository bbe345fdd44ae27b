/** The practice of the open session, for screens of a practice: who is unlocked, what they may do, and the practice's own vault. */
import type { Chart, ChartSummary, Practice } from '@chartkeep/sync'
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { useSessionCharts } from '../charts-in-session.tsx'
import type { ChartKeep } from '../charts-in-session.tsx'
import { Delayed } from '../delayed.tsx'

export interface PracticeView {
  practice: Practice
  /** The practice's own vault, open and held as long as the session lasts. */
  vault: Chart
  /** What stays with that vault: slots for records in it, their views. */
  keep: ChartKeep
}

const PracticeContext = createContext<PracticeView | null>(null)

/** Only for screens of a practice's session. */
export function usePractice(): PracticeView {
  const view = use(PracticeContext)
  if (view === null) throw new Error('no practice around this screen')
  return view
}

/** The same for screens that a person's session has too: null there. */
export function usePracticeIfAny(): PracticeView | null {
  return use(PracticeContext)
}

/** The charts of the practice's patients; offered ones and those that are over are among them. */
export function usePatients(): ChartSummary[] | undefined {
  const { charts } = useSessionCharts()
  return useMemo(() => charts?.filter(({ kind }) => kind === 'person'), [charts])
}

/** Opens the practice's vault once for all that is inside. */
export function WithPractice({ practice, children }: { practice: Practice; children: ReactNode }) {
  const { keepOf } = useSessionCharts()
  const keep = useMemo(() => keepOf(practice.slot), [keepOf, practice.slot])
  const [vault, setVault] = useState<Chart | null>(null)
  const [failed, setFailed] = useState<unknown>(null)
  useEffect(() => {
    let isGone = false
    let release = () => {}
    practice.open().then(
      (opened) => {
        if (isGone) return
        release = opened.hold()
        setVault(opened)
      },
      (error: unknown) => {
        if (!isGone) setFailed(error)
      },
    )
    return () => {
      isGone = true
      release()
    }
  }, [practice])
  const view = useMemo(() => (vault === null ? null : { practice, vault, keep }), [practice, vault, keep])
  // The boundary around the screens says it.
  if (failed !== null) throw failed
  if (view === null) return <Delayed />
  return <PracticeContext value={view}>{children}</PracticeContext>
}
