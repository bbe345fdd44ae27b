/**
 * The version that a form saves over: the one that it began with. Where another stands by then the save is refused, and only once the person was
 * shown that one does the form go over it, with all that they typed.
 */
import { useState } from 'react'

export interface FormBase<T> {
  /** What the form was begun with, and after a refusal what the person was shown; null for what is new. */
  begun: T | null
  /** Where a save was refused: what the person had begun with. Null until what stands now is here to be shown. */
  before: T | null
  /** How many saves were refused because another version stood. */
  refusals: number
  /** A save was answered with `changed`. */
  refuse(): void
}

interface State<T> extends Omit<FormBase<T>, 'refuse'> {
  round: number
  /** Refused, and the version that stands has not arrived in the view. */
  isWaiting: boolean
}

/**
 * @param current - what stands now; null for a form of something new
 * @param round - of the draft: the form begins anew with what stands when it changes
 */
export function useFormBase<T>(current: T | null, revisionOf: (of: T) => string, round: number): FormBase<T> {
  const first: State<T> = { round, begun: current, before: null, refusals: 0, isWaiting: false }
  const [kept, keep] = useState(first)
  const state = kept.round === round ? afterArrival(kept, current, revisionOf) : first
  if (state !== kept) keep(state)
  const { begun, before, refusals } = state
  return {
    begun,
    before,
    refusals,
    refuse: () => keep((now) => ({ ...now, refusals: now.refusals + 1, isWaiting: true })),
  }
}

function afterArrival<T>(state: State<T>, current: T | null, revisionOf: (of: T) => string): State<T> {
  const { begun, before, isWaiting } = state
  if (!isWaiting || current === null || begun === null || revisionOf(current) === revisionOf(begun)) return state
  return { ...state, begun: current, before: before ?? begun, isWaiting: false }
}
