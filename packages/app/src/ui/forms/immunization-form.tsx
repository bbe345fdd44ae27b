/** Add or correct a vaccine. */
import { Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { DateField } from '../date-field.tsx'
import { FormShell, Row } from '../form-shell.tsx'
import { Typeahead } from '../typeahead.tsx'
import { useFormValues } from './form-draft.ts'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'

/** '' means not given. */
export interface ImmunizationValues {
  vaccine: string
  given: string
  doseNumber: string
  lot: string
  performer: string
  site: string
  nextDue: string
  notes: string
}

/** Nothing is preselected. */
export const EMPTY_IMMUNIZATION: ImmunizationValues = {
  vaccine: '',
  given: '',
  doseNumber: '',
  lot: '',
  performer: '',
  site: '',
  nextDue: '',
  notes: '',
}

/** See {@link FormProps}; `suggestions` are names of vaccines. */
export function ImmunizationForm({
  person,
  initial,
  suggestions,
  isCorrection = false,
  onSave,
}: FormProps<ImmunizationValues>) {
  const { t } = useTranslation()
  const { values, setValues, reason, setReason } = useFormValues(initial)
  const set = (change: Partial<ImmunizationValues>) => setValues((before) => ({ ...before, ...change }))
  const text = (field: keyof ImmunizationValues, label: string) => (
    <TextInput
      id={field}
      label={label}
      value={values[field]}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
      autoComplete="off"
    />
  )
  return (
    <FormShell
      person={person}
      isCorrection={isCorrection}
      reason={reason}
      onReason={setReason}
      validate={() => [
        ...requiredError('vaccine', t('immunization.vaccine'), values.vaccine, t),
        ...requiredError('given', t('immunization.given'), values.given, t),
        ...dateErrors('given', values.given, t),
        ...dateErrors('nextDue', values.nextDue, t),
      ]}
      onSave={() => onSave(values, reason)}
      isMoreOpen={isCorrection}
      more={
        <>
          {text('performer', t('immunization.performer'))}
          {text('site', t('immunization.site'))}
          <DateField
            id="nextDue"
            label={t('immunization.nextDue')}
            value={values.nextDue}
            onChange={(nextDue) => set({ nextDue })}
          />
          <Textarea
            id="notes"
            label={t('form.notes')}
            autosize
            minRows={2}
            value={values.notes}
            onChange={(event) => set({ notes: event.currentTarget.value })}
            autoComplete="off"
          />
        </>
      }
    >
      {(errorOf) => (
        <>
          <Typeahead
            id="vaccine"
            label={t('immunization.vaccine')}
            value={values.vaccine}
            onChange={(vaccine) => set({ vaccine })}
            suggestions={suggestions}
            error={errorOf('vaccine')}
          />
          <DateField
            id="given"
            label={t('immunization.given')}
            value={values.given}
            onChange={(given) => set({ given })}
            error={errorOf('given')}
            withToday
          />
          <Row>
            {text('doseNumber', t('immunization.dose'))}
            {text('lot', t('immunization.lot'))}
          </Row>
        </>
      )}
    </FormShell>
  )
}
