/** Who a patient is has been confirmed for the whole practice once one member has: the practice's own record of them says so. */
import type { Session } from '@chartkeep/sync'
import { useEffect } from 'react'
import { usePatientRecords } from './patient-records.ts'
import { usePatients } from './practice-context.tsx'

/** For the frame of a practice's session. */
export function useKnownPatients(session: Session): void {
  const patients = usePatients()
  const records = usePatientRecords()
  useEffect(() => {
    const known = (patients ?? []).filter(
      ({ id, confirmed, state }) => !confirmed && state === 'open' && records?.has(id) === true,
    )
    for (const { slot } of known) void session.confirmChart(slot).catch(() => {})
  }, [session, patients, records])
}
