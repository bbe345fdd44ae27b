/** Correct the details of a document: what it is, when it was made, who made it, and words to find it by. Its files stay as they are. */
import type { DocumentForm as DocumentFields } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { Row } from '../ui/forms/form-shell.tsx'
import { dateErrors, type FormProps, requiredError } from '../ui/forms/form-values.ts'
import { RecordForm } from '../ui/forms/record-form.tsx'

/** '' means not given; `tags` are words with commas between them. */
export type DocumentValues = Pick<DocumentFields, 'title' | 'type' | 'category' | 'author' | 'date'> & { tags: string }

/** See {@link FormProps}; `suggestions` are kinds of documents that the chart holds. */
export function DocumentForm(form: FormProps<DocumentValues>) {
  const { t } = useTranslation()
  return (
    <RecordForm
      form={form}
      validate={(values) => [
        ...requiredError('title', t('document.title'), values.title, t),
        ...dateErrors('date', values.date, t),
      ]}
    >
      {({ text, name, date }) => (
        <>
          {text('title', t('document.title'))}
          {name('type', t('document.type'), { description: t('document.typeHint') })}
          {date('date', t('document.date'), { withToday: true })}
          <Row>
            {text('author', t('document.author'))}
            {text('category', t('document.category'))}
          </Row>
          {text('tags', t('document.tags'), { description: t('document.tagsHint') })}
        </>
      )}
    </RecordForm>
  )
}
