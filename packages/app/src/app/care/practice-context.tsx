/** The practice of the open session, for screens of a practice: who is unlocked, what they may do, and the practice's own vault. */
import type { Chart, ChartSummary, Practice } from '@chartkeep/sync'
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ChartKeep, useSessionCharts } from '../charts-in-session.tsx'
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

/**
 * Opens the practice's vault once for all that is inside. On the device of a new member it is still on its way; a device whose member was removed
 * never gets it.
 */
export function WithPractice({ practice, children }: { practice: Practice; children: ReactNode }) {
  const { charts, keepOf } = useSessionCharts()
  const slot = charts?.find(({ kind }) => kind === 'practice')?.slot
  const keep = useMemo(() => (slot === undefined ? null : keepOf(slot)), [keepOf, slot])
  const [vault, setVault] = useState<Chart | null>(null)
  const [failed, setFailed] = useState<unknown>(null)
  useEffect(() => {
    if (slot === undefined) return
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
  }, [practice, slot])
  const view = useMemo(
    () => (vault === null || keep === null ? null : { practice, vault, keep }),
    [practice, vault, keep],
  )
  // The boundary around the screens says it.
  if (failed !== null) throw failed
  if (view === null)
    return <Delayed>{charts !== undefined && slot === undefined ? <Coming practice={practice} /> : <span />}</Delayed>
  return <PracticeContext value={view}>{children}</PracticeContext>
}

function Coming({ practice }: { practice: Practice }) {
  const { t } = useTranslation()
  return (
    <main>
      <h1 tabIndex={-1} id="screen-title">
        {practice.name}
      </h1>
      <p role="status">{practice.me.removed ? t('clinic.removed') : t('clinic.coming')}</p>
    </main>
  )
}
