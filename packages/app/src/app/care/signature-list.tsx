/** The signatures of a record in words: who by the account log, what it means, when, and whether it holds on this device (N2, N3). */
import type { ChartRecord, SignatureView } from '@chartkeep/sync'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { formatMoment } from '../../i18n/dates.ts'
import { currentLanguage } from '../../i18n/index.ts'
import { StatusMark } from '../../ui/status-mark.tsx'
import styles from './note.module.css'
import { rolesText } from './roles-text.ts'
import { breaks } from './writers.ts'

export function SignatureList({ signatures, record }: { signatures: readonly SignatureView[]; record: ChartRecord }) {
  const { t } = useTranslation()
  if (signatures.length === 0) return <p>{t('sign.none')}</p>
  return (
    <ul className={styles.signatures} aria-label={t('sign.list')}>
      {signatures.map((signature) => (
        <li key={signature.id}>
          {signature.state.type === 'broken' && !breaks(signature, record) ? (
            <StatusMark status="neutral">{t('sign.others')}</StatusMark>
          ) : signature.state.type === 'broken' ? (
            <StatusMark status="danger" filled>
              {t(`sign.why.${signature.state.why}`)}
            </StatusMark>
          ) : signature.state.type === 'waiting' ? (
            <StatusMark status="info">
              {t(signature.state.for === 'account' ? 'sign.waitingAccount' : 'sign.waitingText')}
            </StatusMark>
          ) : (
            <>
              <StatusMark status={signature.meaning === 'decline' ? 'attention' : 'good'}>
                {signedWords(signature, t)}
              </StatusMark>
              {signature.comment === '' ? null : <p>{signature.comment}</p>}
              <p className={styles.kind}>
                {[t('sign.holds'), ...(signature.ofCurrent ? [] : [t('sign.earlier')])].join(' · ')}
              </p>
            </>
          )}
        </li>
      ))}
    </ul>
  )
}

function signedWords({ who, meaning, at }: SignatureView, t: TFunction): string {
  const time = formatMoment(new Date(at), currentLanguage())
  const words = { name: who.name || t('audit.someone'), meaning: t(`sign.meaning.${meaning}`), time }
  return who.roles.length === 0 ? t('sign.byPerson', words) : t('sign.by', { ...words, roles: rolesText(who.roles, t) })
}
