/** The practice of the open session, for screens of a practice: who is unlocked, what they may do, and the practice's own vault. */
import type { Chart, Practice } from '@chartkeep/sync'
import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { combineLatest } from 'rxjs'
import { type ChartKeep, useSessionCharts } from '../context/charts-in-session.tsx'
import { Delayed } from '../hooks/delayed.tsx'
import { useInSlices } from '../hooks/use-in-slices.ts'
import { useObservable } from '../hooks/use-observable.ts'
import { type Named, NamedReader, type Patient, patientsOf } from './patients.ts'
import { type PatientRecord, usePatientRecordList } from './patient-record-list.ts'

export interface PracticeView {
  practice: Practice
  /** Everybody of whom the practice has a chart or records of its own; undefined until they are read. */
  patients: readonly Patient[] | undefined
  /** What the practice itself keeps of each, by the id of the chart; undefined until it is read. */
  records: ReadonlyMap<string, PatientRecord> | undefined
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

/** The practice's patients; offered charts and those that are over are among them. */
export function usePatients(): readonly Patient[] | undefined {
  return usePractice().patients
}

/** Lists in which a practice writes about its patients. */
const WRITTEN = ['encounters', 'notes', 'labs', 'plans', 'messages', 'appointments', 'documents'] as const

const NOBODY: ReadonlyMap<string, Named> = new Map()

/** Reads the vault for whom its records are about; while more of it is read, with those found so far. */
function usePatientsOf(
  { practice, vault, records }: Pick<PracticeView, 'practice' | 'vault' | 'records'>,
  slotOf: (chart: string) => string,
): readonly Patient[] | undefined {
  const { charts } = useSessionCharts()
  const lists$ = useMemo(() => combineLatest(WRITTEN.map((list) => vault.list$(list))), [vault])
  const lists = useObservable(lists$)
  const reader = useMemo(() => new NamedReader(), [vault])
  const reading = useMemo(() => (lists === undefined ? null : () => reader.reading(lists.flat())), [lists, reader])
  const named = useInSlices(reading) ?? NOBODY
  // What a member may read changes while they work.
  const roles = useObservable(practice.members$)?.find(({ me }) => me)?.roles ?? practice.me.roles
  const known = roles.join(' ')
  return useMemo(
    () =>
      charts === undefined || records === undefined ? undefined : patientsOf({ charts, records, named, roles, slotOf }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the roles by their names
    [charts, records, named, known, slotOf],
  )
}

/**
 * Opens the practice's vault once for all that is inside. On the device of a new member it is still on its way; a device whose member was removed
 * never gets it.
 */
export function WithPractice({
  practice,
  slotOf,
  children,
}: {
  practice: Practice
  /** The slot of a person whose chart this device does not have. */
  slotOf: (chart: string) => string
  children: ReactNode
}) {
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
  // The boundary around the screens says it.
  if (failed !== null) throw failed
  if (vault === null || keep === null)
    return <Delayed>{charts !== undefined && slot === undefined ? <Coming practice={practice} /> : <span />}</Delayed>
  return (
    <Inside practice={practice} vault={vault} keep={keep} slotOf={slotOf}>
      {children}
    </Inside>
  )
}

function Inside({
  practice,
  vault,
  keep,
  slotOf,
  children,
}: Pick<PracticeView, 'practice' | 'vault' | 'keep'> & { slotOf: (chart: string) => string; children: ReactNode }) {
  const records = usePatientRecordList(vault, keep.views)
  const patients = usePatientsOf({ practice, vault, records }, slotOf)
  const view = useMemo(() => ({ practice, vault, keep, patients, records }), [practice, vault, keep, patients, records])
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
