/** The practice's waiting work, live: the list, and how much of it waits for the current member. */
import { type WorkItem, workItems, workOf } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { useMemo } from 'react'
import { useMinute } from '../../hooks/use-minute.ts'
import { deviceZone } from '../../../i18n/dates.ts'
import { usePatientRecords } from '../../practice/patient-records.ts'
import { isAtHand } from '../../practice/patients.ts'
import { usePatients, usePractice } from '../../practice/practice-context.tsx'
import { usePracticeRecords } from '../../practice/practice-records.ts'

const LISTS = ['messages', 'appointments', 'notes', 'labs', 'plans', 'encounters', 'profile'] as const

const TYPES = new Set(['Task', 'Appointment', 'AppointmentResponse', 'Communication'])

/** Records that may be work, or may end it; the practice's other records are not parsed. */
function isWork({ type, status }: ChartRecord): boolean {
  return TYPES.has(type) || (type === 'Composition' && status === 'draft')
}

export interface Work {
  all: WorkItem[]
  /** Theirs, and what is nobody's. */
  mine: WorkItem[]
}

/** Undefined until it is read. */
export function useWork(): Work | undefined {
  const { practice } = usePractice()
  const charts = usePatients()
  const records = usePatientRecords()
  const entries = usePracticeRecords(LISTS, isWork)
  const minute = useMinute()
  return useMemo(() => {
    if (charts === undefined || records === undefined || entries === undefined) return undefined
    const open = charts.filter(isAtHand).map(({ id, care, until, file }) => ({
      id,
      care,
      // What has ended does not end soon.
      until: file === undefined ? until : null,
      assigned: records.get(id)?.assigned ?? null,
    }))
    const all = workItems(entries, open, { now: minute.getTime(), zone: deviceZone() })
    return { all, mine: workOf(all, practice.me.id) }
  }, [charts, records, entries, minute, practice])
}
