/** Add or correct a vaccine. */
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** '' means not given. */
export interface ImmunizationValues {
  vaccine: string
  /** 'not-done' where it was refused or put off. */
  status: string
  statusReason: string
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
  status: '',
  statusReason: '',
  given: '',
  doseNumber: '',
  lot: '',
  performer: '',
  site: '',
  nextDue: '',
  notes: '',
}

/** See {@link FormProps}; `suggestions` are names of vaccines. */
export function ImmunizationForm(form: FormProps<ImmunizationValues>) {
  const { t } = useTranslation()
  const isRefused = (values: ImmunizationValues) => values.status === 'not-done'
  const dateLabel = (values: ImmunizationValues) =>
    isRefused(values) ? t('immunization.refusedOn') : t('immunization.given')
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('vaccine', t('immunization.vaccine'), values.vaccine, t),
        ...requiredError('given', dateLabel(values), values.given, t),
        ...dateErrors('given', values.given, t),
        ...dateErrors('nextDue', values.nextDue, t),
      ]}
      more={({ text, date, lines }) => (
        <>
          {text('performer', t('immunization.performer'))}
          {text('site', t('immunization.site'))}
          {date('nextDue', t('immunization.nextDue'))}
          {lines('notes', t('form.notes'))}
        </>
      )}
    >
      {({ values, name, text, date, one }) => (
        <>
          {name('vaccine', t('immunization.vaccine'))}
          {one('status', t('immunization.wasGiven'), [
            { value: 'completed', label: t('immunization.yesGiven') },
            { value: 'not-done', label: t('immunization.notGiven') },
          ])}
          {isRefused(values)
            ? name('statusReason', t('immunization.whyNot'), {
                suggestions: [
                  t('immunization.reasons.declined'),
                  t('immunization.reasons.ill'),
                  t('immunization.reasons.allergy'),
                  t('immunization.reasons.none'),
                ],
              })
            : null}
          {date('given', dateLabel(values), { withToday: true })}
          {isRefused(values) ? null : (
            <Row>
              {text('doseNumber', t('immunization.dose'))}
              {text('lot', t('immunization.lot'))}
            </Row>
          )}
        </>
      )}
    </RecordForm>
  )
}
