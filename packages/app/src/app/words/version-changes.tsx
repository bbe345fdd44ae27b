/** What is different between two versions of a record. */
import { differingFields, isJsonObject, type JsonValue } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { fieldLabel, fieldText } from './record-facts.ts'
import styles from './version-changes.module.css'

/** Field by field, as the record's own labels name them. */
export function VersionChanges({ from, to }: { from: JsonValue | null; to: JsonValue | null }) {
  const { t } = useTranslation()
  const language = currentLanguage()
  if (!isJsonObject(from) || !isJsonObject(to)) return null
  const fields = differingFields(from, to).map((field) => ({
    label: fieldLabel(field, t),
    was: fieldText(from, field, t, language),
    is: fieldText(to, field, t, language),
  }))
  return <ChangedFields fields={fields} />
}

/** In words: "removed" and "added" are written, the strike is only a help. */
export function ChangedFields({ fields }: { fields: readonly { label: string; was: string; is: string }[] }) {
  const { t } = useTranslation()
  return (
    <dl className={styles.change}>
      {fields.map(({ label, was, is }) => (
        <div key={label}>
          <dt>{label}</dt>
          {was === '' ? null : (
            <dd>
              <span className={styles.word}>{t('joined.label', { label: t('record.removed'), text: '' })}</span>{' '}
              <span className={styles.old}>{was}</span>
            </dd>
          )}
          {was === '' && is === '' ? <dd>{t('record.changedData')}</dd> : null}
          {is === '' ? null : (
            <dd>
              <span className={styles.word}>{t('joined.label', { label: t('record.added'), text: '' })}</span> {is}
            </dd>
          )}
        </div>
      ))}
    </dl>
  )
}
