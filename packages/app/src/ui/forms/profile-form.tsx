/** The person's basics. */
import { TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { ChooseOne } from '../choices.tsx'
import { DateField } from '../date-field.tsx'
import { FormShell, Row } from '../form-shell.tsx'
import { useFormValues } from './form-draft.ts'
import { dateErrors, type FormProps, requiredError } from './form-values.ts'

/** '' means not given. */
export interface ProfileValues {
  name: string
  birthDate: string
  gender: string
  phone: string
  email: string
  recordNumber: string
}

/** Nothing is preselected. */
export const EMPTY_PROFILE: ProfileValues = {
  name: '',
  birthDate: '',
  gender: '',
  phone: '',
  email: '',
  recordNumber: '',
}

/** See {@link FormProps}. */
export function ProfileForm({ person, initial, isCorrection = false, onSave }: FormProps<ProfileValues>) {
  const { t } = useTranslation()
  const { values, setValues, reason, setReason } = useFormValues(initial)
  const set = (change: Partial<ProfileValues>) => setValues((before) => ({ ...before, ...change }))
  return (
    <FormShell
      person={person}
      isCorrection={isCorrection}
      reason={reason}
      onReason={setReason}
      validate={() => [
        ...requiredError('name', t('profile.name'), values.name, t),
        ...dateErrors('birthDate', values.birthDate, t),
      ]}
      onSave={() => onSave(values, reason)}
      isMoreOpen={isCorrection}
      more={
        <>
          <Row>
            <TextInput
              id="phone"
              type="tel"
              label={t('profile.phone')}
              value={values.phone}
              onChange={(event) => set({ phone: event.currentTarget.value })}
              autoComplete="off"
            />
            <TextInput
              id="email"
              type="email"
              label={t('profile.email')}
              value={values.email}
              onChange={(event) => set({ email: event.currentTarget.value })}
              autoComplete="off"
            />
          </Row>
          <TextInput
            id="recordNumber"
            label={t('profile.recordNumber')}
            value={values.recordNumber}
            onChange={(event) => set({ recordNumber: event.currentTarget.value })}
            autoComplete="off"
          />
        </>
      }
    >
      {(errorOf) => (
        <>
          <TextInput
            id="name"
            label={t('profile.name')}
            value={values.name}
            error={errorOf('name')}
            onChange={(event) => set({ name: event.currentTarget.value })}
            autoComplete="off"
          />
          <DateField
            id="birthDate"
            label={t('profile.birthDate')}
            value={values.birthDate}
            onChange={(birthDate) => set({ birthDate })}
            error={errorOf('birthDate')}
          />
          <ChooseOne
            id="gender"
            legend={t('profile.gender')}
            value={values.gender}
            onChange={(gender) => set({ gender })}
            choices={(['female', 'male', 'other', 'unknown'] as const).map((value) => ({
              value,
              label: t(`profile.${value}`),
            }))}
          />
        </>
      )}
    </FormShell>
  )
}
