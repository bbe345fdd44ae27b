/** The practices that a patient can ask for an appointment: those that read the appointments of the chart in view. */
import { useMemo } from 'react'
import { type ListReader, useListReaders } from '../../app/care/list-readers.ts'

export function useAskablePractices(): readonly ListReader[] {
  const readers = useListReaders('appointments')
  return useMemo(() => readers?.filter(({ isPractice }) => isPractice) ?? [], [readers])
}
