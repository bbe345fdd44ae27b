/** The signatures of a record in words ({@link signatureWords}), each with what was said with it. */
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../../i18n/index.ts'
import { StatusMark } from '../../../ui/display/status-mark.tsx'
import styles from './note.module.css'
import { signatureWords } from './signature-words.ts'

export function SignatureList({ signatures, record }: { signatures: readonly SignatureView[]; record: ChartRecord }) {
  const { t } = useTranslation()
  const language = currentLanguage()
  if (signatures.length === 0) return <p>{t('sign.none')}</p>
  return (
    <ul className={styles.signatures} aria-label={t('sign.list')}>
      {signatures.map((signature) => {
        const { status, text, isProved } = signatureWords(signature, record, { t, language })
        return (
          <li key={signature.id}>
            <StatusMark status={status} filled={status === 'danger'}>
              {text}
            </StatusMark>
            {isProved && signature.comment !== '' ? <p>{signature.comment}</p> : null}
            {isProved ? (
              <p className={styles.kind}>
                {[t('sign.holds'), ...(signature.ofCurrent ? [] : [t('sign.earlier')])].join(' · ')}
              </p>
            ) : null}
          </li>
        )
      })}
    </ul>
  )
}
