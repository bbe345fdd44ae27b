/** Add or correct a medicine: name, dose and frequency as the label says them. */
import { DAYS_OF_WEEK } from '@chartkeep/domain'
import { Checkbox } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChooseMany } from '../ui/fields/choices.tsx'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, numberErrors, requiredError, wholeErrors } from '../ui/forms/form-values.ts'
import type { Mark } from '../ui/lists/list-rows.ts'
import { Banner } from '../ui/display/status-mark.tsx'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** '' means not given. */
export interface MedicationValues {
  name: string
  dose: string
  frequency: string
  /** As typed: `08:00, 20:00`. */
  times: string
  days: string[]
  everyDays: string
  asNeeded: boolean
  route: string
  status: string
  start: string
  end: string
  reason: string
  supplyUntil: string
  notes: string
}

/** Nothing clinical is preselected. */
export const EMPTY_MEDICATION: MedicationValues = {
  name: '',
  dose: '',
  frequency: '',
  times: '',
  days: [],
  everyDays: '',
  asNeeded: false,
  route: '',
  status: '',
  start: '',
  end: '',
  reason: '',
  supplyUntil: '',
  notes: '',
}

/** Every status of FHIR MedicationStatement that a person may choose. */
const STATUSES = ['active', 'completed', 'stopped', 'on-hold', 'intended', 'not-taken', 'unknown'] as const

/** See {@link FormProps}; `suggestions` are names of medicines, `looksOf` returns the warnings for a typed name. */
export function MedicationForm({
  looksOf,
  ...form
}: FormProps<MedicationValues> & { looksOf: (name: string) => readonly Mark[] }) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('name', t('medication.name'), values.name, t),
        ...requiredError('status', t('medication.status'), values.status, t),
        ...(timesOf(values.times) === null ? [{ field: 'times', message: t('medication.timesBad') }] : []),
        ...numberErrors(
          'dose',
          t('medication.dose'),
          { value: values.dose, before: form.initial.dose, kind: 'dose' },
          t,
        ),
        ...wholeErrors('everyDays', t('medication.everyDays'), { value: values.everyDays, least: 1, most: 999 }, t),
        ...dateErrors('start', values.start, t),
        ...dateErrors('end', values.end, t),
        ...dateErrors('supplyUntil', values.supplyUntil, t),
      ]}
      more={({ values, set, text, date, lines }) => (
        <>
          <ChooseMany
            id="days"
            legend={t('medication.days')}
            values={values.days}
            onChange={(days) => set({ days })}
            choices={DAYS_OF_WEEK.map((value) => ({ value, label: t(`day.${value}`) }))}
          />
          {text('everyDays', t('medication.everyDays'), {
            description: t('medication.everyDaysHint'),
            inputMode: 'numeric',
            reads: 'number',
          })}
          {text('route', t('medication.route'))}
          {date('start', t('medication.start'), { withToday: true })}
          {date('end', t('medication.end'), { withToday: true })}
          {text('reason', t('medication.reason'))}
          {date('supplyUntil', t('medication.supplyUntil'))}
          {lines('notes', t('form.notes'))}
        </>
      )}
    >
      {({ values, set, name, text, one }) => (
        <>
          {name('name', t('medication.name'), { description: t('medication.nameHint') })}
          <div role="status">
            {looksOf(values.name).map(({ status, word }) => (
              <Banner key={word} status={status}>
                {word}
              </Banner>
            ))}
          </div>
          <Row>
            {text('dose', t('medication.dose'), { description: t('medication.doseHint'), reads: 'dose' })}
            {text('frequency', t('medication.frequency'), { description: t('medication.frequencyHint') })}
          </Row>
          {text('times', t('medication.times'), { description: t('medication.timesHint') })}
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

/** Times of day as FHIR needs them, `08:00`, in their order; null where a part is none. */
export function timesOf(text: string): string[] | null {
  const parts = text
    .normalize('NFKC')
    .split(/[,、;\s]+/u)
    .filter(Boolean)
  const isTime = (part: string) => /^(?:[01]?\d|2[0-3]):[0-5]\d$/u.test(part)
  return parts.every(isTime) ? [...new Set(parts.map((part) => part.padStart(5, '0')))].sort() : null
}
