/** Add or correct a procedure: what was done, whether and when; the rest under More. */
import type { ProcedureForm as ProcedureValues } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

const STATES = ['completed', 'preparation', 'in-progress', 'stopped', 'not-done', 'unknown'] as const

/** See {@link FormProps}; `suggestions` are names of procedures. */
export function ProcedureForm(form: FormProps<ProcedureValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('name', t('procedure.name'), values.name, t),
        ...requiredError('status', t('procedure.state'), values.status, t),
        ...dateErrors('date', values.date, t),
        ...dateErrors('end', values.end, t),
      ]}
      more={({ text, date, lines }) => (
        <>
          {date('end', t('procedure.end'))}
          <Row>
            {text('reason', t('procedure.reason'))}
            {text('bodySite', t('procedure.bodySite'))}
          </Row>
          {text('outcome', t('procedure.outcome'))}
          {lines('note', t('form.notes'))}
        </>
      )}
    >
      {({ values, name, one, date, text }) => (
        <>
          {name('name', t('procedure.name'), { description: t('procedure.nameHint') })}
          {one(
            'status',
            t('procedure.state'),
            STATES.map((value) => ({ value, label: t(`procedure.${value}`) })),
          )}
          {values.status === 'not-done' ? text('statusReason', t('procedure.whyNot')) : null}
          {date('date', t('procedure.date'), { withToday: true })}
          <Row>
            {text('performer', t('procedure.performer'))}
            {text('place', t('procedure.place'))}
          </Row>
        </>
      )}
    </RecordForm>
  )
}
