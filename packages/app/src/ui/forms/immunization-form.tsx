/** Add or correct a vaccine. */
import { useTranslation } from 'react-i18next'
import { Row } from '../form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'
import { RecordForm } from './record-form.tsx'

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
export function ImmunizationForm(form: FormProps<ImmunizationValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('vaccine', t('immunization.vaccine'), values.vaccine, t),
        ...requiredError('given', t('immunization.given'), values.given, t),
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
      {({ name, text, date }) => (
        <>
          {name('vaccine', t('immunization.vaccine'))}
          {date('given', t('immunization.given'), { withToday: true })}
          <Row>
            {text('doseNumber', t('immunization.dose'))}
            {text('lot', t('immunization.lot'))}
          </Row>
        </>
      )}
    </RecordForm>
  )
}
