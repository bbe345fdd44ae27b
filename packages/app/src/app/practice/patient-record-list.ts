/** The records of patients in a practice's vault. */
import { isJsonObject, practicePatientForm, type PracticePatientForm } from '@chartkeep/domain'
import type { Chart, ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import type { RecordViews } from '../words/record-view.ts'
import { useObservable } from '../hooks/use-observable.ts'

export interface PatientRecord extends PracticePatientForm {
  record: ChartRecord
}

/** The same for a screen; undefined until they are read. */
export function usePatientRecordList(vault: Chart, views: RecordViews): ReadonlyMap<string, PatientRecord> | undefined {
  const list$ = useMemo(() => vault.list$('profile'), [vault])
  const records = useObservable(list$)
  return useMemo(() => (records === undefined ? undefined : patientRecordsOf(records, views)), [records, views])
}

/**
 * From the list `profile` of a practice's vault, by {@link PracticePatientForm.chart}. Of two records about one chart, the newest counts.
 */
export function patientRecordsOf(records: readonly ChartRecord[], views: RecordViews): Map<string, PatientRecord> {
  const found = new Map<string, PatientRecord>()
  for (const record of records.toSorted((a, b) => a.savedAt - b.savedAt)) {
    const { resource } = views.of(record)
    const form = record.type === 'Patient' && isJsonObject(resource) ? practicePatientForm(resource) : null
    if (form !== null && record.status !== 'error') found.set(form.chart, { ...form, record })
  }
  return found
}
