/** How the texts of a screen's form become a record of the domain: what was not asked stays, dates keep the precision that was typed. */
import type { CodeChoice, JsonObject, RecordForm } from '@chartkeep/domain'
import type { ChartRecord } from '@chartkeep/sync'
import { dateEntry, parseDateEntry } from '../../ui/fields/date-entry.ts'
import type { FormProps } from '../../ui/forms/form-values.ts'
import { type NumberKind, typedAsRead } from '../../ui/fields/number-note.tsx'
import type { RecordViews } from '../words/record-view.ts'

/** The record that is corrected (null for a new one) and the chart's person, e.g. `Patient/1`. */
export interface Start {
  resource: JsonObject | null
  patient: string
  now: number
}

/** What a form works on. */
export interface FormWork {
  common: Omit<FormProps<never>, 'initial' | 'onSave'>
  /** The record that is corrected; null for a new one. */
  initial: JsonObject | null
  /** Its id; '' for a new one. */
  id: string
  /** The list that the record belongs to: what it already says is offered. */
  others: readonly ChartRecord[]
  views: RecordViews
  /** The medicine that a new dose is of, with the reference to its record; null where none was named. */
  about: { resource: JsonObject; reference: string } | null
  start: () => Start
  save: (resource: JsonObject, reason: string) => Promise<void>
}

/** What the form does not ask stays as the record has it. */
export function written<Form>(
  { empty, read, make, change }: RecordForm<Form>,
  { resource, patient }: Start,
  typed: (before: Form | null) => Partial<Form>,
): JsonObject {
  const before = resource === null ? null : read(resource)
  const form = { ...(before ?? empty), ...typed(before) }
  return resource === null ? make(form, patient) : change(resource, form)
}

/** A code belongs to its words: other words have none. */
export function codeOf<Form extends { code: CodeChoice | null }>(
  before: Form | null,
  isSame: (before: Form) => boolean,
) {
  return before !== null && isSame(before) ? before.code : null
}

/** The typed date in its own precision; text left as it was keeps what the record has, a time of day too. */
export function dateOf(typed: string, before: string | undefined): string {
  if (before !== undefined && [before, dateEntry(before)].includes(typed.trim())) return before
  return parseDateEntry(typed) ?? ''
}

/** The typed number as it is read; text left as it was stays as the record has it, words that look like a number too. */
export function numberOf(typed: string, before: string | undefined, kind: NumberKind = 'number'): string {
  return before !== undefined && typed.trim() === before.trim() ? before : typedAsRead(typed, kind)
}

/** What the form shows of a record, or of what a new one begins with: times as this device's local times. */
export function typedValues<Form extends object>(kind: RecordForm<Form>, form: Form): Form {
  const dates = kind.dates.map((field) => [field, dateEntry(String(form[field]))])
  return { ...form, ...Object.fromEntries(dates) }
}

/** `more` adds what the form does not ask, e.g. when it was written down; `before` is null for a new record. */
export function typedResource<Form extends object>(
  kind: RecordForm<Form>,
  values: Form,
  start: Start,
  more: (before: Form | null) => Partial<Form> = () => ({}),
): JsonObject {
  return written(kind, start, (before) => {
    const typed = Object.entries(values).map(([field, value]): [string, unknown] => {
      if (kind.dates.some((date) => date === field))
        return [field, dateOf(String(value), before === null ? undefined : String(before[field as keyof Form]))]
      const reads = kind.numbers[field as keyof Form & string]
      if (reads !== undefined)
        return [
          field,
          numberOf(String(value), before === null ? undefined : String(before[field as keyof Form]), reads),
        ]
      return [field, typeof value === 'string' ? value.trim() : value]
    })
    const { words } = kind
    const same = (other: Form) => words !== null && other[words] === String(values[words]).trim()
    const given = (values as { code?: CodeChoice | null }).code ?? null
    const code = words === null ? {} : { code: before === null ? given : codeOf(withCode(before), same as never) }
    return { ...Object.fromEntries(typed), ...code, ...more(before) } as Partial<Form>
  })
}

function withCode<Form>(form: Form): Form & { code: CodeChoice | null } {
  return form as Form & { code: CodeChoice | null }
}
