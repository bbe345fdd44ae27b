/** The description of the person; it begins with the chart. */
import { IconUser } from '@tabler/icons-react'
import { type JsonObject, type PatientForm, patientForm, RECORD_TYPES } from '@chartkeep/domain'
import { dateOf, type FormWork, type Start, written } from '../app/entry/form-records.ts'
import { EMPTY_PROFILE, ProfileForm, type ProfileValues } from '../record-forms/profile-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'

export const profile = recordKind({
  icon: IconUser,
  words: { add: (t) => t('add.profile'), thing: (t) => t('thing.profile') },
  list: 'profile',
  corrects: correctsType('Patient'),
  isOffered: false,
  filter: null,
  section: null,
  Form: ProfileEntry,
})

function ProfileEntry({ common, initial, start, save }: FormWork) {
  return (
    <ProfileForm
      {...common}
      initial={initial ? profileValues(initial) : EMPTY_PROFILE}
      onSave={(values, reason) => save(profileResource(values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.Patient.form

export function profileResource(values: ProfileValues, start: Start): JsonObject {
  const number = values.recordNumber.trim()
  return written(RECORD, start, (before) => {
    const [first, ...others] = before?.recordNumbers ?? []
    return {
      name: values.name.trim(),
      birthDate: dateOf(values.birthDate, before?.birthDate),
      gender: values.gender as PatientForm['gender'],
      phone: values.phone.trim(),
      email: values.email.trim(),
      sexAtBirth: values.sexAtBirth as PatientForm['sexAtBirth'],
      bloodType: values.bloodType,
      clinic: values.clinic.trim(),
      recordNumbers: [...(number === '' ? [] : [{ assigner: first?.assigner ?? '', value: number }]), ...others],
    }
  })
}

export function profileValues(resource: JsonObject): ProfileValues {
  const form = patientForm(resource)
  return {
    name: form.name,
    birthDate: form.birthDate,
    gender: form.gender,
    phone: form.phone,
    email: form.email,
    sexAtBirth: form.sexAtBirth,
    bloodType: form.bloodType,
    clinic: form.clinic,
    recordNumber: form.recordNumbers[0]?.value ?? '',
  }
}
