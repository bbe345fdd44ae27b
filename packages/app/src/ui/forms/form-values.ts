/** What the forms share: their props, and the two checks that most need. Texts in, texts out; '' is "not given". */
import { wholeNumber } from '@chartkeep/domain'
import type { TFunction } from 'i18next'
import { readDateEntry } from '../fields/date-entry.ts'
import type { FieldError } from '../fields/error-summary.tsx'
import { type NumberKind, readTyped } from '../fields/number-note.tsx'
import type { PersonLabel } from '../display/person-chip.tsx'

/** `onSave` gets the values as typed (dates not yet read) and, for a correction, the reason. */
export interface FormProps<Values> {
  person: PersonLabel
  initial: Values
  suggestions: readonly string[]
  isCorrection?: boolean
  /** When the person was born, a FHIR date, '' where that is not known: a date before it is asked about. */
  born?: string
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
  const read = readDateEntry(value)
  if (read.type === 'unsure') return [{ field, message: t('date.unsureError') }]
  return read.type === 'no-date' ? [{ field, message: t('date.bad') }] : []
}

/**
 * One error when `value` can mean two numbers, or is no number where the kind takes nothing else. What the field began with (`before`) is not asked
 * about.
 */
export function numberErrors(
  field: string,
  label: string,
  { value, before, kind = 'number' }: { value: string; before: string; kind?: NumberKind },
  t: TFunction,
): FieldError[] {
  if (value.trim() === '' || value.trim() === before.trim()) return []
  const read = readTyped(value, kind)
  if (read.type === 'unsure') {
    const [first, second] = read.readings
    return [{ field, message: t('number.unsureError', { field: label, first, second }) }]
  }
  return read.type === 'words' && kind === 'number' ? [{ field, message: t('form.bad', { field: label }) }] : []
}

/** One error when `value` is neither empty nor a whole number from `least` to `most`. */
export function wholeErrors(
  field: string,
  label: string,
  { value, least, most }: { value: string; least: number; most: number },
  t: TFunction,
): FieldError[] {
  const number = wholeNumber(value)
  const fits = value.trim() === '' || (number !== null && number >= least && number <= most)
  return fits ? [] : [{ field, message: t('form.bad', { field: label }) }]
}
