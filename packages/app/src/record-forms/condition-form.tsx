/** Add or correct a condition: what it is, whether it is still there, since when; the rest under More. */
import { type ConditionForm as ConditionValues, contradictsEnd } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

const STATES = ['active', 'recurrence', 'remission', 'resolved', 'inactive'] as const
const SURE = ['confirmed', 'provisional', 'differential', 'unconfirmed'] as const
const SEVERITIES = ['mild', 'moderate', 'severe'] as const

/** See {@link FormProps}; `suggestions` are names of conditions. */
export function ConditionForm(form: FormProps<ConditionValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('name', t('condition.name'), values.name, t),
        ...dateErrors('onset', values.onset, t),
        ...dateErrors('end', values.end, t),
        ...(contradictsEnd(values) ? [{ field: 'clinicalStatus', message: t('condition.contradicts') }] : []),
      ]}
      more={({ one, text, date, lines }) => (
        <>
          {date('end', t('condition.end'))}
          {one(
            'severity',
            t('condition.severity'),
            SEVERITIES.map((value) => ({ value, label: t(`allergy.${value}`) })),
          )}
          {one(
            'verification',
            t('condition.sure'),
            SURE.map((value) => ({ value, label: t(`condition.${value}`) })),
          )}
          <Row>
            {text('asserter', t('condition.asserter'))}
            {text('bodySite', t('condition.bodySite'))}
          </Row>
          {lines('note', t('form.notes'))}
        </>
      )}
    >
      {({ name, one, date }) => (
        <>
          {name('name', t('condition.name'), { description: t('condition.nameHint') })}
          {one(
            'clinicalStatus',
            t('condition.state'),
            STATES.map((value) => ({ value, label: t(`condition.${value}`) })),
          )}
          {date('onset', t('condition.onset'))}
        </>
      )}
    </RecordForm>
  )
}
