/** Six words in the screen's language, with the other language and the digits: both people must see the same. */
import type { ComparedNumber } from '@chartkeep/sync'
import { useTranslation } from 'react-i18next'
import { currentLanguage } from '../../i18n/index.ts'
import styles from './compare-words.module.css'

/** Numbered, so that nobody compares them in another order. */
export function CompareWords({ number }: { number: ComparedNumber }) {
  const { t } = useTranslation()
  const isChinese = currentLanguage() === 'zh-Hant-TW'
  return (
    <>
      <ol className={styles.words} lang={isChinese ? 'zh-Hant-TW' : 'en'} translate="no" data-testid="compare-words">
        {(isChinese ? number.words.zh : number.words.en).map((word, index) => (
          <li key={index}>{word}</li>
        ))}
      </ol>
      <p className={styles.other}>
        {t('joined.label', { label: isChinese ? t('share.wordsEn') : t('share.wordsZh'), text: '' })}
        <span lang={isChinese ? 'en' : 'zh-Hant-TW'} translate="no">
          {(isChinese ? number.words.en : number.words.zh).join(' ')}
        </span>
        <br />
        {t('joined.label', { label: t('share.digits'), text: '' })}
        <span className="ck-code" data-testid="compare-digits">
          {number.digits}
        </span>
      </p>
    </>
  )
}
