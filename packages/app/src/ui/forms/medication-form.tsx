/** Add or correct a medicine: name, dose and frequency as the label says them. */
import { Checkbox, Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../choices.tsx'
import { DateField } from '../date-field.tsx'
import { FormShell, Row } from '../form-shell.tsx'
import { Typeahead } from '../typeahead.tsx'
import { useFormValues } from './form-draft.ts'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'

/** '' means not given. */
export interface MedicationValues {
  name: string
  dose: string
  frequency: string
  asNeeded: boolean
  route: string
  status: string
  start: string
  end: string
  reason: string
  notes: string
}

/** Nothing clinical is preselected. */
export const EMPTY_MEDICATION: MedicationValues = {
  name: '',
  dose: '',
  frequency: '',
  asNeeded: false,
  route: '',
  status: '',
  start: '',
  end: '',
  reason: '',
  notes: '',
}

/** Every status of FHIR MedicationStatement that a person may choose. */
const STATUSES = ['active', 'completed', 'stopped', 'on-hold', 'intended', 'not-taken', 'unknown'] as const

/** See {@link FormProps}; `suggestions` are names of medicines. */
export function MedicationForm({
  person,
  initial,
  suggestions,
  isCorrection = false,
  onSave,
}: FormProps<MedicationValues>) {
  const { t } = useTranslation()
  const { values, setValues, reason, setReason } = useFormValues(initial)
  const set = (change: Partial<MedicationValues>) => setValues((before) => ({ ...before, ...change }))
  return (
    <FormShell
      person={person}
      isCorrection={isCorrection}
      reason={reason}
      onReason={setReason}
      validate={() => [
        ...requiredError('name', t('medication.name'), values.name, t),
        ...requiredError('status', t('medication.status'), values.status, t),
        ...dateErrors('start', values.start, t),
        ...dateErrors('end', values.end, t),
      ]}
      onSave={() => onSave(values, reason)}
      isMoreOpen={isCorrection}
      more={
        <>
          <TextInput
            id="route"
            label={t('medication.route')}
            value={values.route}
            onChange={(event) => set({ route: event.currentTarget.value })}
            autoComplete="off"
          />
          <DateField
            id="start"
            label={t('medication.start')}
            value={values.start}
            onChange={(start) => set({ start })}
            withToday
          />
          <DateField
            id="end"
            label={t('medication.end')}
            value={values.end}
            onChange={(end) => set({ end })}
            withToday
          />
          <TextInput
            id="reason"
            label={t('medication.reason')}
            value={values.reason}
            onChange={(event) => set({ reason: event.currentTarget.value })}
            autoComplete="off"
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
            id="name"
            label={t('medication.name')}
            description={t('medication.nameHint')}
            value={values.name}
            onChange={(name) => set({ name })}
            suggestions={suggestions}
            error={errorOf('name')}
          />
          <Row>
            <TextInput
              id="dose"
              label={t('medication.dose')}
              description={t('medication.doseHint')}
              value={values.dose}
              onChange={(event) => set({ dose: event.currentTarget.value })}
              autoComplete="off"
            />
            <TextInput
              id="frequency"
              label={t('medication.frequency')}
              description={t('medication.frequencyHint')}
              value={values.frequency}
              onChange={(event) => set({ frequency: event.currentTarget.value })}
              autoComplete="off"
            />
          </Row>
          <Checkbox
            id="asNeeded"
            label={t('medication.asNeeded')}
            checked={values.asNeeded}
            onChange={(event) => set({ asNeeded: event.currentTarget.checked })}
          />
          <ChooseOne
            id="status"
            legend={t('medication.status')}
            value={values.status}
            onChange={(status) => set({ status })}
            error={errorOf('status')}
            choices={STATUSES.map((value) => ({ value, label: t(`medication.${value}`) }))}
          />
        </>
      )}
    </FormShell>
  )
}
