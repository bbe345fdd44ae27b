/** The practices that a patient can ask for an appointment: those that read and answer in the appointments of the chart in view. */
import { useMemo } from 'react'
import { type ListReader } from '../../app/care/sharing/answering.ts'
import { useAnswering } from '../../app/care/sharing/list-readers.ts'

/** Undefined until the shares are read. */
export function useAskablePractices(): readonly ListReader[] | undefined {
  const answering = useAnswering('appointments')
  return useMemo(() => answering?.people.filter(({ isPractice }) => isPractice), [answering])
}
