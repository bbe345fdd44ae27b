/** Six words in the language of the screen, the other language and digits beside them: both people must see the same. */
import type { Grantee } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import styles from './share.module.css'

/** Numbered, so that nobody compares them in another order. */
export function CompareWords({ grantee }: { grantee: Grantee }) {
  const { t } = useTranslation()
  const isChinese = currentLanguage() === 'zh-Hant-TW'
  return (
    <>
      <ol className={styles.words} lang={isChinese ? 'zh-Hant-TW' : 'en'} translate="no">
        {(isChinese ? grantee.words.zh : grantee.words.en).map((word, index) => (
          <li key={index}>{word}</li>
        ))}
      </ol>
      <p className={styles.other}>
        {isChinese ? t('share.wordsEn') : t('share.wordsZh')}:{' '}
        <span lang={isChinese ? 'en' : 'zh-Hant-TW'} translate="no">
          {(isChinese ? grantee.words.en : grantee.words.zh).join(' ')}
        </span>
        <br />
        {t('share.digits')}: <span className="ck-code">{grantee.digits}</span>
      </p>
    </>
  )
}
