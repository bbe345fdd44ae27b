/** People who care for the person; a record begins with the file that named them. */
import { IconUsers } from '@tabler/icons-react'
import { EMPTY_RELATED_PERSON, RECORD_TYPES } from '@chartkeep/domain'
import { type FormWork, typedResource } from '../app/entry/form-records.ts'
import { RelatedForm } from '../record-forms/related-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'

export const related = recordKind({
  icon: IconUsers,
  words: { add: (t) => t('add.contacts'), thing: (t) => t('thing.related') },
  list: 'profile',
  corrects: correctsType('RelatedPerson'),
  isOffered: false,
  filter: null,
  section: null,
  Form: RelatedEntry,
})

function RelatedEntry({ common, initial, start, save }: FormWork) {
  return (
    <RelatedForm
      {...common}
      initial={initial ? RECORD.read(initial) : EMPTY_RELATED_PERSON}
      onSave={(values, reason) => save(typedResource(RECORD, values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.RelatedPerson.form
