/**
 * The version that a form saves over: the version that it started with. If another is current at the save, the save is refused; after the
 * person has seen that version, the form may save over it with everything typed.
 */
import { useState } from 'react'

export interface FormBase<T> {
  /** What the form was begun with, and after a refusal what the person was shown; null for what is new. */
  begun: T | null
  /** After a refused save: the version that the person started with. Null until the current version can be shown. */
  before: T | null
  /** How many saves were refused because another version was current. */
  refusals: number
  /** A save was answered with `changed`. */
  refuse(): void
}

interface State<T> extends Omit<FormBase<T>, 'refuse'> {
  round: number
  /** A save was refused, and the current version has not arrived in the view. */
  isWaiting: boolean
}

/**
 * @param current - the current version; null for a new record
 * @param round - the draft's round: when it changes, the form starts again with the current version
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
