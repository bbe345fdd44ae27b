/** One dose: taken, late, or skipped with the reason. */
import type { DoseForm as DoseValues } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { dateErrors, type FormProps, numberErrors, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

const ANSWERS = ['taken', 'late', 'skipped'] as const
const REASONS = ['forgot', 'sideEffects', 'feltWell', 'ranOut', 'told'] as const

/** See {@link FormProps}; `suggestions` are names of medicines. */
export function DoseForm(form: FormProps<DoseValues>) {
  const { t } = useTranslation()
  const reasons = REASONS.map((key) => t(`dose.${key}`))
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('medicine', t('medication.name'), values.medicine, t),
        ...requiredError('answer', t('dose.answer'), values.answer, t),
        ...requiredError('at', t('dose.at'), values.at, t),
        ...dateErrors('at', values.at, t),
        ...dateErrors('planned', values.planned, t),
        ...numberErrors(
          'dose',
          t('medication.dose'),
          { value: values.dose, before: form.initial.dose, kind: 'dose' },
          t,
        ),
      ]}
      more={({ lines }) => lines('note', t('form.notes'))}
    >
      {({ values, name, one, date, text }) => (
        <>
          {name('medicine', t('medication.name'))}
          {one(
            'answer',
            t('dose.answer'),
            ANSWERS.map((value) => ({ value, label: t(`dose.${value}`) })),
          )}
          {date('at', t(values.answer === 'skipped' ? 'dose.skippedAt' : 'dose.at'), { withNow: true })}
          {values.answer === 'late' ? date('planned', t('dose.planned'), { withTime: true }) : null}
          {values.answer === 'skipped' || values.answer === 'late'
            ? name('reason', t('dose.reason'), { description: reasons.join(t('share.comma')), suggestions: reasons })
            : null}
          {values.answer === 'skipped'
            ? null
            : text('dose', t('medication.dose'), { description: t('dose.doseHint'), reads: 'dose' })}
        </>
      )}
    </RecordForm>
  )
}
