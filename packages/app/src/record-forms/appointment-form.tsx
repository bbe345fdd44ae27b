/** Add or correct an appointment. A day without a time of day is kept as asked for, and says so. */
import { type AppointmentForm as AppointmentValues, needsTime } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { parseDateEntry } from '../ui/fields/date-entry.ts'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError, wholeErrors } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

const STATES = ['booked', 'proposed', 'fulfilled', 'cancelled', 'noshow'] as const

/** See {@link FormProps}; `suggestions` are what earlier appointments were for. */
export function AppointmentForm(form: FormProps<AppointmentValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => {
        const isTimed = parseDateEntry(values.start)?.includes('T') === true
        return [
          ...requiredError('what', t('appointment.what'), values.what, t),
          ...requiredError('start', t('appointment.start'), values.start, t),
          ...dateErrors('start', values.start, t),
          ...(needsTime(values.status) && values.start.trim() !== '' && !isTimed
            ? [{ field: 'start', message: t('appointment.timeMissing') }]
            : []),
          ...wholeErrors('minutes', t('appointment.minutes'), { value: values.minutes, least: 1, most: 9999 }, t),
        ]
      }}
      more={({ text, lines }) => (
        <>
          {text('reason', t('appointment.reason'))}
          {lines('instruction', t('appointment.instruction'))}
          {lines('note', t('form.notes'))}
        </>
      )}
    >
      {({ values, name, one, date, text }) => (
        <>
          {name('what', t('appointment.what'), { description: t('appointment.whatHint') })}
          {date('start', t('appointment.start'), { withTime: true })}
          {text('minutes', t('appointment.minutes'), { inputMode: 'numeric', reads: 'number' })}
          <Row>
            {text('withWhom', t('appointment.withWhom'))}
            {text('place', t('appointment.place'))}
          </Row>
          {one(
            'status',
            t('appointment.state'),
            STATES.map((value) => ({ value, label: t(`appointment.${value}`) })),
          )}
          {values.status === 'cancelled' ? text('cancelReason', t('appointment.cancelReason')) : null}
        </>
      )}
    </RecordForm>
  )
}
