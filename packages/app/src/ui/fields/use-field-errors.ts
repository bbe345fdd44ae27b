/** What is wrong with what was typed, from one press of a form's button to the next: told above the fields and at each of them. */
import { useState } from 'react'
import { errorOf, type FieldError } from './error-summary.tsx'

export interface FieldErrors {
  errors: readonly FieldError[]
  /** For {@link ErrorSummary}: changes with each press. */
  attempt: number
  /** The words at the field; undefined for nothing. */
  errorOf(field: string): string | undefined
  /** Shows what a press has found; false where there is nothing, and the form can be sent. */
  refuse(found: readonly FieldError[]): boolean
}

export function useFieldErrors(): FieldErrors {
  const [errors, setErrors] = useState<readonly FieldError[]>([])
  const [attempt, setAttempt] = useState(0)
  return {
    errors,
    attempt,
    errorOf: (field) => errorOf(errors, field),
    refuse(found) {
      setErrors(found)
      setAttempt((before) => before + 1)
      return found.length > 0
    },
  }
}
