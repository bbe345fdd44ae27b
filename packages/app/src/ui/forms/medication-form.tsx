/** Add or correct a medicine: name, dose and frequency as the label says them. */
import { Checkbox } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { Row } from '../form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'
import { RecordForm } from './record-form.tsx'

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
export function MedicationForm(form: FormProps<MedicationValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('name', t('medication.name'), values.name, t),
        ...requiredError('status', t('medication.status'), values.status, t),
        ...dateErrors('start', values.start, t),
        ...dateErrors('end', values.end, t),
      ]}
      more={({ text, date, lines }) => (
        <>
          {text('route', t('medication.route'))}
          {date('start', t('medication.start'), { withToday: true })}
          {date('end', t('medication.end'), { withToday: true })}
          {text('reason', t('medication.reason'))}
          {lines('notes', t('form.notes'))}
        </>
      )}
    >
      {({ values, set, name, text, one }) => (
        <>
          {name('name', t('medication.name'), { description: t('medication.nameHint') })}
          <Row>
            {text('dose', t('medication.dose'), { description: t('medication.doseHint') })}
            {text('frequency', t('medication.frequency'), { description: t('medication.frequencyHint') })}
          </Row>
          <Checkbox
            id="asNeeded"
            label={t('medication.asNeeded')}
            checked={values.asNeeded}
            onChange={(event) => set({ asNeeded: event.currentTarget.checked })}
          />
          {one(
            'status',
            t('medication.status'),
            STATUSES.map((value) => ({ value, label: t(`medication.${value}`) })),
          )}
        </>
      )}
    </RecordForm>
  )
}
