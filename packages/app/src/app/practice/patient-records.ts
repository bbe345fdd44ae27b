/** The practice's own records of its patients, by the chart that each is about. */
import type { PatientRecord } from './patient-record-list.ts'
import { usePractice, usePracticeIfAny } from './practice-context.tsx'

export type { PatientRecord }

/** By the id of the chart; undefined until they are read. */
export function usePatientRecords(): ReadonlyMap<string, PatientRecord> | undefined {
  return usePractice().records
}

/** The same for parts that a person's session has too: undefined there. */
export function usePatientRecordsIfAny(): ReadonlyMap<string, PatientRecord> | undefined {
  return usePracticeIfAny()?.records
}

/** The record about one chart. */
export function usePatientRecord(chart: string | undefined): PatientRecord | undefined {
  const records = usePatientRecords()
  return chart === undefined ? undefined : records?.get(chart)
}
