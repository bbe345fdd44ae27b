/** Add or correct a lab result: the value is kept as it is typed (`1.10`, `<5`, `1:80`, words), unit and range as on the report. */
import { Textarea, TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../choices.tsx'
import { DateField } from '../date-field.tsx'
import { FormShell, Row } from '../form-shell.tsx'
import { Typeahead } from '../typeahead.tsx'
import { useFormValues } from './form-draft.ts'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'

/** '' means not given; `flag` is a code of HL7 v3 ObservationInterpretation. */
export interface LabValues {
  test: string
  value: string
  unit: string
  low: string
  high: string
  flag: string
  collected: string
  status: string
  orderedBy: string
  notes: string
}

/** Nothing clinical is preselected. */
export const EMPTY_LAB: LabValues = {
  test: '',
  value: '',
  unit: '',
  low: '',
  high: '',
  flag: '',
  collected: '',
  status: '',
  orderedBy: '',
  notes: '',
}

const FLAGS = ['N', 'H', 'L', 'HH', 'LL', 'A'] as const
const NUMBER = /^-?\d+(?:[.,]\d+)?$/u

/** See {@link FormProps}; `suggestions` are names of tests. `onTest` tells which suggestion was taken. */
export function LabForm({
  person,
  initial,
  suggestions,
  isCorrection = false,
  onSave,
  unitOf,
}: FormProps<LabValues> & { unitOf?: (test: string) => string }) {
  const { t } = useTranslation()
  const { values, setValues, reason, setReason } = useFormValues(initial)
  const set = (change: Partial<LabValues>) => setValues((before) => ({ ...before, ...change }))
  const text = (field: keyof LabValues, label: string, description?: string, error?: string) => (
    <TextInput
      id={field}
      label={label}
      description={description}
      value={values[field]}
      error={error}
      onChange={(event) => set({ [field]: event.currentTarget.value })}
      autoComplete="off"
    />
  )
  const numberErrors = (field: 'low' | 'high', label: string) =>
    values[field].trim() !== '' && !NUMBER.test(values[field].trim())
      ? [{ field, message: t('form.bad', { field: label }) }]
      : []
  return (
    <FormShell
      person={person}
      isCorrection={isCorrection}
      reason={reason}
      onReason={setReason}
      validate={() => [
        ...requiredError('test', t('lab.test'), values.test, t),
        ...requiredError('value', t('lab.value'), values.value, t),
        ...requiredError('collected', t('lab.collected'), values.collected, t),
        ...dateErrors('collected', values.collected, t),
        ...numberErrors('low', t('lab.low')),
        ...numberErrors('high', t('lab.high')),
      ]}
      onSave={() => onSave(values, reason)}
      isMoreOpen={isCorrection}
      more={
        <>
          <ChooseOne
            id="flag"
            legend={t('lab.flag')}
            value={values.flag}
            onChange={(flag) => set({ flag })}
            choices={FLAGS.map((value) => ({ value, label: t(`lab.flag${value}`) }))}
          />
          <ChooseOne
            id="status"
            legend={t('lab.status')}
            value={values.status}
            onChange={(status) => set({ status })}
            choices={[
              { value: 'preliminary', label: t('state.preliminary') },
              { value: 'final', label: t('state.final') },
              { value: 'corrected', label: t('state.corrected') },
            ]}
          />
          {text('orderedBy', t('lab.lab'))}
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
            id="test"
            label={t('lab.test')}
            value={values.test}
            onChange={(test) => set({ test })}
            onPick={(test) => set({ unit: values.unit || unitOf?.(test) || '' })}
            suggestions={suggestions}
            error={errorOf('test')}
          />
          <Row>
            {text('value', t('lab.value'), t('lab.valueHint'), errorOf('value'))}
            {text('unit', t('lab.unit'), t('lab.unitHint'))}
          </Row>
          <Row>
            <TextInput
              id="low"
              label={t('lab.low')}
              inputMode="decimal"
              value={values.low}
              error={errorOf('low')}
              onChange={(event) => set({ low: event.currentTarget.value })}
              autoComplete="off"
            />
            <TextInput
              id="high"
              label={t('lab.high')}
              inputMode="decimal"
              value={values.high}
              error={errorOf('high')}
              onChange={(event) => set({ high: event.currentTarget.value })}
              autoComplete="off"
            />
          </Row>
          <DateField
            id="collected"
            label={t('lab.collected')}
            value={values.collected}
            onChange={(collected) => set({ collected })}
            error={errorOf('collected')}
            withToday
          />
        </>
      )}
    </FormShell>
  )
}
