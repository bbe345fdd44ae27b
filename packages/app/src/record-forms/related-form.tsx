/** Correct a carer or contact that came with a file. */
import type { RelatedPersonForm } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** See {@link FormProps}. */
export function RelatedForm(form: FormProps<RelatedPersonForm>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('name', t('profile.name'), values.name, t),
        ...dateErrors('birthDate', values.birthDate, t),
      ]}
      more={({ text, date }) => (
        <>
          {text('email', t('profile.email'), { type: 'email' })}
          {date('birthDate', t('profile.birthDate'), { isOthers: true })}
        </>
      )}
    >
      {({ text, one }) => (
        <>
          {text('name', t('profile.name'))}
          <Row>
            {text('relationship', t('contact.relationship'))}
            {text('phone', t('profile.phone'), { type: 'tel' })}
          </Row>
          {one('active', t('contact.stillTrue'), [
            { value: 'yes', label: t('contact.stillYes') },
            { value: 'no', label: t('contact.stillNo') },
          ])}
        </>
      )}
    </RecordForm>
  )
}
