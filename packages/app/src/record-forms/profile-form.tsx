/** The person's basics. */
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** '' means not given. */
export interface ProfileValues {
  name: string
  birthDate: string
  gender: string
  phone: string
  email: string
  sexAtBirth: string
  bloodType: string
  clinic: string
  recordNumber: string
}

/** Nothing is preselected. */
export const EMPTY_PROFILE: ProfileValues = {
  name: '',
  birthDate: '',
  gender: '',
  phone: '',
  email: '',
  sexAtBirth: '',
  bloodType: '',
  clinic: '',
  recordNumber: '',
}

const BLOOD_TYPES = ['O+', 'O−', 'A+', 'A−', 'B+', 'B−', 'AB+', 'AB−'] as const

/** See {@link FormProps}. */
export function ProfileForm(form: FormProps<ProfileValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('name', t('profile.name'), values.name, t),
        ...dateErrors('birthDate', values.birthDate, t),
      ]}
      more={({ text, one }) => (
        <>
          <Row>
            {text('phone', t('profile.phone'), { type: 'tel' })}
            {text('email', t('profile.email'), { type: 'email' })}
          </Row>
          {one(
            'sexAtBirth',
            t('profile.sexAtBirth'),
            (['F', 'M', 'OTH', 'UNK'] as const).map((value) => ({ value, label: t(`profile.birth${value}`) })),
          )}
          {one(
            'bloodType',
            t('profile.bloodType'),
            BLOOD_TYPES.map((value) => ({ value, label: value })),
          )}
          {text('clinic', t('profile.clinic'))}
          {text('recordNumber', t('profile.recordNumber'))}
        </>
      )}
    >
      {({ text, date, one }) => (
        <>
          {text('name', t('profile.name'))}
          {date('birthDate', t('profile.birthDate'), { isOthers: true })}
          {one(
            'gender',
            t('profile.gender'),
            (['female', 'male', 'other', 'unknown'] as const).map((value) => ({ value, label: t(`profile.${value}`) })),
          )}
        </>
      )}
    </RecordForm>
  )
}
