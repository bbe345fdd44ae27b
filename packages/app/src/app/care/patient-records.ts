/** The practice's own records of its patients, by the chart that each is about. */
import { isJsonObject, practicePatientForm, type PracticePatientForm } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useObservable } from '../use-observable.ts'
import { type PracticeView, usePractice, usePracticeIfAny } from './practice-context.tsx'

export interface PatientRecord extends PracticePatientForm {
  record: ChartRecord
}

/** By {@link PracticePatientForm.chart}; undefined until they are read. Of two about one chart the newest counts. */
export function usePatientRecords(): ReadonlyMap<string, PatientRecord> | undefined {
  return useRecordsIn(usePractice())
}

/** The same for parts that a person's session has too: undefined there. */
export function usePatientRecordsIfAny(): ReadonlyMap<string, PatientRecord> | undefined {
  return useRecordsIn(usePracticeIfAny())
}

function useRecordsIn(view: PracticeView | null): ReadonlyMap<string, PatientRecord> | undefined {
  const list$ = useMemo(() => view?.vault.list$('profile'), [view])
  const records = useObservable(list$)
  return useMemo(() => {
    if (records === undefined || view === null) return undefined
    const { keep } = view
    const found = new Map<string, PatientRecord>()
    for (const record of records.toSorted((a, b) => a.savedAt - b.savedAt)) {
      const { resource } = keep.views.of(record)
      const form = record.type === 'Patient' && isJsonObject(resource) ? practicePatientForm(resource) : null
      if (form !== null && record.status !== 'error') found.set(form.chart, { ...form, record })
    }
    return found
  }, [records, view])
}

/** The record about one chart. */
export function usePatientRecord(chart: string | undefined): PatientRecord | undefined {
  const records = usePatientRecords()
  return chart === undefined ? undefined : records?.get(chart)
}
