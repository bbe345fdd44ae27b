/** Documents; one begins with its file. */
import { IconFile } from '@tabler/icons-react'
import { documentForm, type JsonObject, RECORD_TYPES, stringAt } from '@chartkeep/domain'
import { dateOf, type FormWork, type Start, written } from '../app/entry/form-records.ts'
import { dateEntry } from '../ui/fields/date-entry.ts'
import { DocumentForm as DocumentFields, type DocumentValues } from '../record-forms/document-form.tsx'
import { correctsType, recordKind } from './record-kind.ts'

export const documents = recordKind({
  icon: IconFile,
  words: { add: (t) => t('add.documents'), thing: (t) => t('thing.documents') },
  list: 'documents',
  corrects: correctsType('DocumentReference'),
  isOffered: false,
  filter: null,
  section: null,
  Form: DocumentsEntry,
})

function DocumentsEntry({ common, initial, others, views, start, save }: FormWork) {
  return initial === null ? null : (
    <DocumentFields
      {...common}
      suggestions={[...new Set(others.map((other) => stringAt(views.of(other).resource, 'type', 'text')))].filter(
        Boolean,
      )}
      initial={documentValues(initial)}
      onSave={(values, reason) => save(documentResource(values, start()), reason)}
    />
  )
}

const RECORD = RECORD_TYPES.DocumentReference.form

/** Words with commas between them, of either script. */
const COMMA = /[,，、]/u

export function documentResource({ tags, ...values }: DocumentValues, start: Start): JsonObject {
  const words = [...new Set(tags.split(COMMA).map((tag) => tag.trim()))].filter(Boolean)
  return written(RECORD, start, (before) => ({
    title: values.title.trim(),
    type: values.type.trim(),
    category: values.category.trim(),
    author: values.author.trim(),
    date: dateOf(values.date, before?.date),
    tags: words,
  }))
}

export function documentValues(resource: JsonObject): DocumentValues {
  const { title, type, category, author, date, tags } = documentForm(resource)
  return { title, type, category, author, date: dateEntry(date), tags: tags.join(', ') }
}
