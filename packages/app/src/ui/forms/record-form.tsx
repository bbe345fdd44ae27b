/**
 * The form of any record: what was typed and kept of it, the fields most asked first, the rest under More, and one way for each kind of
 * field, so that every form looks, remembers and complains alike. What is asked is in the forms themselves.
 */
import { Textarea, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../fields/choices.tsx'
import { type BirthQuestion, DateField, isBeforeBorn } from '../fields/date-field.tsx'
import type { FieldError } from '../fields/error-summary.tsx'
import { FormShell } from './form-shell.tsx'
import { type NumberKind, NumberNote } from '../fields/number-note.tsx'
import { Typeahead } from '../fields/typeahead.tsx'
import { useFormValues } from './form-draft.ts'
import type { FormProps } from './form-values.ts'

/** Names of those values that are texts. */
export type TextKey<Values> = { [K in keyof Values & string]: Values[K] extends string ? K : never }[keyof Values &
  string]

/** What a form builds its fields with; each is named, labelled and stored by the value's own name. */
export interface Fields<Values> {
  values: Values
  set: (change: Partial<Values>) => void
  /** What is wrong at a field, for those that a form builds itself. */
  errorOf: (field: string) => string | undefined
  text: (
    field: TextKey<Values>,
    label: string,
    /** `reads`: the field takes a number of this kind, and says how it is read. */
    more?: { description?: string; inputMode?: 'decimal' | 'numeric'; type?: 'tel' | 'email'; reads?: NumberKind },
  ) => ReactNode
  date: (
    field: TextKey<Values>,
    label: string,
    /** `isOthers`: of another person, or of the birth itself. */
    more?: { withToday?: boolean; withNow?: boolean; withTime?: boolean; isOthers?: boolean },
  ) => ReactNode
  one: (field: TextKey<Values>, legend: string, choices: { value: string; label: string }[]) => ReactNode
  /** A name with suggestions; `onPick` tells which of them was taken. */
  name: (
    field: TextKey<Values>,
    label: string,
    more?: { description?: string; suggestions?: readonly string[]; onPick?: (text: string) => void },
  ) => ReactNode
  /** Several lines, e.g. notes. */
  lines: (field: TextKey<Values>, label: string) => ReactNode
}

/** `validate` answers with the fields to fix; saving happens only when there are none. */
export function RecordForm<Values extends object>({
  form: { person, initial, suggestions, isCorrection = false, born = '', saveLabel, onSave },
  validate,
  more,
  children,
}: {
  form: FormProps<Values>
  validate: (values: Values) => FieldError[]
  more?: (fields: Fields<Values>) => ReactNode
  children: (fields: Fields<Values>) => ReactNode
}) {
  const { values, setValues, reason, setReason } = useFormValues(initial)
  const { t } = useTranslation()
  // Dates before the birth of which who types is sure, as their fields hold them.
  const [sure, setSure] = useState<ReadonlySet<string>>(new Set())
  const asked = new Map<string, string>()
  // What the screen calls each field, for the summary of errors.
  const labels = new Map<string, string>()
  const questionAt = (field: TextKey<Values>): BirthQuestion | undefined => {
    const typed = values[field] as string
    // What the record says already is nobody's typing error now.
    if (born === '' || typed === initial[field] || !isBeforeBorn(typed, born)) return undefined
    const key = `${field} ${typed}`
    if (!sure.has(key)) asked.set(field, typed)
    return { born, isSure: sure.has(key), onSure: (isSure) => setSure(new Set(isSure ? [key] : [])) }
  }
  const set = (change: Partial<Values>) => setValues((before) => ({ ...before, ...change }))
  const fieldsWith = (errorOf: (field: string) => string | undefined): Fields<Values> => {
    const bound = (field: TextKey<Values>, label: string) => {
      labels.set(field, label.replace(/[?？]$/u, ''))
      return {
        id: field,
        value: values[field] as string,
        error: errorOf(field),
        onChange: (value: string) => set({ [field]: value } as Partial<Values>),
      }
    }
    return {
      values,
      set,
      errorOf,
      text: (field, label, { reads, ...rest } = {}) => {
        const { onChange, ...props } = bound(field, label)
        return (
          <div data-noted={reads}>
            <TextInput
              {...props}
              {...rest}
              label={label}
              onChange={(event) => onChange(event.currentTarget.value)}
              autoComplete="off"
            />
            {reads === undefined ? null : (
              <NumberNote typed={props.value} before={initial[field] as string} kind={reads} onChange={onChange} />
            )}
          </div>
        )
      },
      date: (field, label, { isOthers = false, ...rest } = {}) => (
        <DateField
          {...bound(field, label)}
          {...rest}
          label={label}
          question={isOthers ? undefined : questionAt(field)}
        />
      ),
      one: (field, legend, choices) => <ChooseOne {...bound(field, legend)} legend={legend} choices={choices} />,
      name: (field, label, rest = {}) => (
        <Typeahead {...bound(field, label)} suggestions={suggestions} {...rest} label={label} />
      ),
      lines: (field, label) => {
        const { onChange, ...props } = bound(field, label)
        return (
          <Textarea
            {...props}
            label={label}
            autosize
            minRows={2}
            onChange={(event) => onChange(event.currentTarget.value)}
            autoComplete="off"
          />
        )
      },
    }
  }
  return (
    <FormShell
      person={person}
      isCorrection={isCorrection}
      reason={reason}
      onReason={setReason}
      validate={() =>
        [
          ...validate(values),
          ...[...asked.keys()].map((field) => ({ field, message: t('date.beforeBirthError') })),
        ].map((error) => {
          const label = labels.get(error.field)
          return label === undefined ? error : { ...error, label }
        })
      }
      onSave={() => onSave(values, reason)}
      isMoreOpen={isCorrection}
      {...(saveLabel === undefined ? {} : { saveLabel })}
      {...(more ? { more: (errorOf: (field: string) => string | undefined) => more(fieldsWith(errorOf)) } : {})}
    >
      {(errorOf) => children(fieldsWith(errorOf))}
    </FormShell>
  )
}
