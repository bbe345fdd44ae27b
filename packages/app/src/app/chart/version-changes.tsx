/** What is different between two versions of a record. */
import { differingFields, isJsonObject, type JsonValue } from '@chartkeep/domain'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import { fieldLabel, fieldText } from './record-facts.ts'
import styles from './version-changes.module.css'

/** Field by field, in words: "removed" and "added" are written, the strike is only a help. */
export function VersionChanges({ from, to }: { from: JsonValue | null; to: JsonValue | null }) {
  const { t } = useTranslation()
  const language = currentLanguage()
  if (!isJsonObject(from) || !isJsonObject(to)) return null
  return (
    <dl className={styles.change}>
      {differingFields(from, to).map((field) => {
        const old = fieldText(from, field, t, language)
        const now = fieldText(to, field, t, language)
        return (
          <div key={field}>
            <dt>{fieldLabel(field, t)}</dt>
            {old === '' ? null : (
              <dd>
                <span className={styles.word}>{t('joined.label', { label: t('record.removed'), text: '' })}</span>{' '}
                <span className={styles.old}>{old}</span>
              </dd>
            )}
            {old === '' && now === '' ? <dd>{t('record.changedData')}</dd> : null}
            {now === '' ? null : (
              <dd>
                <span className={styles.word}>{t('joined.label', { label: t('record.added'), text: '' })}</span> {now}
              </dd>
            )}
          </div>
        )
      })}
    </dl>
  )
}
