/** Who to call: the emergency contacts of a person, in the order in which they should be called. */
import type { ContactForm } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import type { FormProps } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'
import { TextRows } from '../ui/forms/text-rows.tsx'

export interface ContactsValues {
  contacts: ContactForm[]
}

/** See {@link FormProps}. */
export function ContactsForm(form: FormProps<ContactsValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={({ contacts }) =>
        contacts.flatMap(({ name, relationship, phone }, index) =>
          relationship.trim() !== '' && name.trim() === '' && phone.trim() === ''
            ? [{ field: `contacts-${index}-name`, message: t('contact.nameMissing') }]
            : [],
        )
      }
    >
      {({ values, set, errorOf }) => (
        <TextRows
          id="contacts"
          legend={t('contact.title')}
          rows={values.contacts.map((row) => ({ ...row }))}
          columns={[
            { name: 'name', label: t('profile.name') },
            { name: 'relationship', label: t('contact.relationship') },
            { name: 'phone', label: t('profile.phone'), type: 'tel' },
          ]}
          addLabel={t('contact.add')}
          errorOf={errorOf}
          onChange={(contacts) => set({ contacts })}
        />
      )}
    </RecordForm>
  )
}
