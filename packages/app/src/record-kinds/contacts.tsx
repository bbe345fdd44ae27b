/** Emergency contacts: a part of the person's own description. */
import { IconPhone } from '@tabler/icons-react'
import { type JsonObject, type PatientForm, patientForm, RECORD_TYPES } from '@chartkeep/domain'
import { type FormWork, type Start, written } from '../app/entry/form-records.ts'
import { contactsOf, LINE_LETTERS, type SummaryLine, type SummarySource } from '../app/words/summary-lines.ts'
import { asWritten } from '../i18n/said.ts'
import { firstPart } from '../ui/display/first-part.ts'
import { ContactsForm, type ContactsValues } from '../record-forms/contacts-form.tsx'
import { recordKind } from './record-kind.ts'

export const contacts = recordKind({
  icon: IconPhone,
  words: { add: (t) => t('add.contacts'), thing: (t) => t('thing.contacts') },
  list: 'profile',
  corrects: () => false,
  isOffered: true,
  filter: null,
  section: {
    title: (t) => t('summary.contacts'),
    lists: ['profile'],
    lines: contactLines,
    ips: null,
    isPrintedAtFirst: true,
  },
  Form: ContactsEntry,
})

function ContactsEntry({ common, initial, start, save }: FormWork) {
  return (
    <ContactsForm
      {...common}
      initial={initial ? contactsValues(initial) : { contacts: [] }}
      onSave={(values, reason) => save(contactsResource(values, start(), common.person.name), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.Patient.form

export function contactsResource(values: ContactsValues, start: Start, name: string): JsonObject {
  return written(RECORD, start, (before): Partial<PatientForm> => ({
    name: before?.name || name,
    contacts: values.contacts.map((contact) => ({
      name: contact.name.trim(),
      relationship: contact.relationship.trim(),
      phone: contact.phone.trim(),
    })),
  }))
}

export function contactsValues(resource: JsonObject): ContactsValues {
  return { contacts: patientForm(resource).contacts }
}

function contactLines({ records }: SummarySource): SummaryLine[] {
  return contactsOf(records).map(({ name, relationship, phone, savedAt }) => ({
    key: `contact ${name || phone}`,
    what: asWritten(firstPart(name || phone, LINE_LETTERS)),
    words: asWritten(firstPart([relationship, name === '' ? '' : phone].filter(Boolean).join(', '), LINE_LETTERS)),
    when: asWritten(''),
    day: '',
    isHigh: false,
    savedAt,
  }))
}
