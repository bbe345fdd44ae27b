/** What the forms share: their props, and the two checks that most need. Texts in, texts out; '' is "not given". */
import type { TFunction } from 'i18next'
import { parseDateEntry } from '../date-entry.ts'
import type { FieldError } from '../error-summary.tsx'
import type { PersonLabel } from '../person-chip.tsx'

/** `onSave` gets the values as typed (dates not yet read) and, for a correction, the reason. */
export interface FormProps<Values> {
  person: PersonLabel
  initial: Values
  suggestions: readonly string[]
  isCorrection?: boolean
  /** Where it is saved, when not into the chart of the person. */
  saveLabel?: string
  onSave: (values: Values, reason: string) => Promise<void> | void
}

/** One error when `value` is empty. A label that asks ("Taken now?") goes into the sentence without its mark. */
export function requiredError(field: string, label: string, value: string, t: TFunction): FieldError[] {
  const name = label.replace(/[?？]$/u, '')
  return value.trim() === '' ? [{ field, message: t('form.required', { field: name }) }] : []
}

/** One error when `value` is neither empty nor a date. */
export function dateErrors(field: string, value: string, t: TFunction): FieldError[] {
  return value.trim() !== '' && parseDateEntry(value) === null ? [{ field, message: t('date.bad') }] : []
}
